"""Equal scores have equal ranks and are never parted: neither their order nor the cut can tell them apart."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.fuse import foremost, fuse, with_ties

SCORED = st.lists(st.sampled_from([0.1, 0.2, 0.2000001, 0.3, 0.5]), max_size=60)


def searched(hits: list[tuple[int, float]], seed: int) -> list[tuple[int, float]]:
    """The same hits as another view may give them: equals in another order."""
    mixed = list(hits)
    random.Random(seed).shuffle(mixed)  # noqa: S311 — no secret
    return sorted(mixed, key=lambda hit: -hit[1])


@given(SCORED, st.integers(1, 20), st.integers(), st.integers())
def test_what_is_found_does_not_depend_on_the_order_of_equals(
    scores: list[float], count: int, one: int, other: int
) -> None:
    hits = list(enumerate(scores))
    found = [
        with_ties(lambda n, seed=seed: searched(hits, seed)[:n], count, lambda hit: hit[1])  # type: ignore[misc]
        for seed in (one, other)
    ]
    assert found[0] == found[1]
    assert len(found[0]) >= min(count, len(hits))


@given(SCORED, st.integers(1, 20))
def test_a_rank_is_the_mean_place_of_its_equals(scores: list[float], count: int) -> None:
    hits = searched(list(enumerate(scores)), 0)
    ranks = with_ties(lambda n: hits[:n], count, lambda hit: hit[1])
    levels = [round(score, 5) for score in scores]
    for hit in hits:
        level = round(hit[1], 5)
        better, equal = sum(other > level for other in levels), levels.count(level)
        assert ranks.get(hit) == (better + (1 + equal) / 2 if better < count else None)


def test_a_search_is_repeated_only_where_a_tie_goes_on() -> None:
    asked = []

    def search(n: int) -> list[tuple[int, float]]:
        asked.append(n)
        return [(i, 1.0 if i < 10 else 0.5) for i in range(30)][:n]

    assert len(with_ties(search, 10, lambda hit: hit[1])) == 10
    assert asked == [11]
    assert len(with_ties(search, 7, lambda hit: hit[1])) == 10
    assert asked == [11, 8, 32]


def test_a_tie_without_end_is_cut_somewhere() -> None:
    assert len(with_ties(lambda n: [(i, 1.0) for i in range(n)], 50, lambda hit: hit[1])) == 800


@given(st.permutations([{"a": 1, "b": 2}, {"b": 3, "c": 1}, {"a": 4}, {"b": 1, "c": 2}]))
def test_what_is_fused_is_the_same_to_the_bit_whatever_comes_first(rankings: list[dict[str, int]]) -> None:
    assert fuse(rankings) == fuse(rankings[::-1])
    assert fuse(rankings)["b"] == pytest.approx(1 / 12 + 1 / 13 + 1 / 11)


@given(st.dictionaries(st.integers(), st.sampled_from([1.0, 2.0, 3.0])), st.integers(1, 12))
def test_the_foremost_hold_all_equals_of_their_last(fused: dict[int, float], most: int) -> None:
    kept = foremost(fused, most)
    assert set(kept) == {k for k in fused if sum(value > fused[k] for value in fused.values()) < most}
