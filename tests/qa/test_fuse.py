"""Equal scores have equal ranks and are never parted: neither their order nor the cut can tell them apart."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.fuse import MORE, foremost, fuse, with_ties

Hits = list[tuple[int, float]]
SCORED = st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.5]), max_size=60)


def searched(hits: Hits, seed: int) -> Hits:
    """The same hits as another view may give them: equals in another order."""
    mixed = list(hits)
    random.Random(seed).shuffle(mixed)  # noqa: S311 — no secret
    return sorted(mixed, key=lambda hit: -hit[1])


def ranked(search: Callable[[int], Hits], count: int) -> dict[tuple[int, float], float]:
    return dict(with_ties(search(count + MORE), search, count, lambda hit: hit[1]))


@given(SCORED, st.integers(1, 20), st.integers(), st.integers())
def test_what_is_found_does_not_depend_on_the_order_of_equals(
    scores: list[float], count: int, one: int, other: int
) -> None:
    hits = list(enumerate(scores))
    found = [
        ranked(lambda n, seed=seed: searched(hits, seed)[:n], count)  # type: ignore[misc]
        for seed in (one, other)
    ]
    assert found[0] == found[1]
    assert len(found[0]) >= min(count, len(hits))


@given(SCORED, st.integers(1, 20))
def test_a_rank_is_the_mean_place_of_its_equals(scores: list[float], count: int) -> None:
    hits = searched(list(enumerate(scores)), 0)
    ranks = ranked(lambda n: hits[:n], count)
    for hit in hits:
        better, equal = sum(other > hit[1] for other in scores), scores.count(hit[1])
        assert ranks.get(hit) == (better + (1 + equal) / 2 if better < count else None)


def test_a_search_is_repeated_only_where_a_tie_goes_on() -> None:
    asked = []

    def search(n: int) -> Hits:
        asked.append(n)
        return [(i, 1.0 if i < 30 else 0.5) for i in range(90)][:n]

    assert len(ranked(search, 20)) == 30
    assert asked == [20 + MORE]
    assert len(ranked(search, 10)) == 30
    assert asked[1:] == [10 + MORE, 4 * (10 + MORE)]


def test_a_tie_without_end_is_cut_somewhere() -> None:
    assert len(ranked(lambda n: [(i, 1.0) for i in range(n)], 50)) == 800


@given(st.permutations([{"a": 1, "b": 2}, {"b": 3, "c": 1}, {"a": 4}, {"b": 1, "c": 2}]))
def test_what_is_fused_is_the_same_to_the_bit_whatever_comes_first(rankings: list[dict[str, int]]) -> None:
    assert fuse(rankings) == fuse(rankings[::-1])
    assert fuse(rankings)["b"] == pytest.approx(1 / 12 + 1 / 13 + 1 / 11)


@given(st.dictionaries(st.integers(), st.sampled_from([1.0, 2.0, 3.0])), st.integers(1, 12))
def test_the_foremost_hold_all_equals_of_their_last(fused: dict[int, float], most: int) -> None:
    kept = foremost(fused, most)
    assert set(kept) == {k for k in fused if sum(value > fused[k] for value in fused.values()) < most}
