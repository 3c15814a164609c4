"""Measures against values worked out by hand and against plain references."""

import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.evaluation.measures import Judged, answering, calibration_interval, qrels_of, ranking, run_of


def judged(
    name: str, right: str = "", confidence: float = 0.5, answered: bool = True, answerable: bool = True
) -> Judged:
    """`right` is a string of `1` and `0`, best hit first."""
    hits = tuple(f"a.txt[{i}:{i + 1}]" for i in range(len(right)))
    return Judged(name, answerable, answered, confidence, hits, tuple(mark == "1" for mark in right))


def test_ranks_by_hand() -> None:
    found = ranking([judged("a", "100"), judged("b", "0100"), judged("c", "00001"), judged("d", "000"), judged("e")])
    assert found == pytest.approx(
        {"hit@1": 0.2, "hit@3": 0.4, "hit@5": 0.6, "hit@10": 0.6, "mrr@10": (1 + 1 / 2 + 1 / 5) / 5}
    )


def test_several_right_hits_count_once_and_the_eleventh_not_at_all() -> None:
    found = ranking([judged("a", "0111"), judged("b", "0" * 10 + "1")])
    assert (found["hit@10"], found["mrr@10"]) == (0.5, 0.25)


def test_unanswerable_questions_do_not_enter_the_ranks() -> None:
    assert ranking([judged("a", "1"), judged("b", "0", answerable=False)])["hit@1"] == 1.0


def test_nothing_found_at_all_is_zero_and_nothing_answerable_is_no_score() -> None:
    assert set(ranking([judged("a"), judged("b")]).values()) == {0.0}
    assert ranking([judged("a", "1", answerable=False)]) == {}
    assert ranking([]) == {}


@given(st.lists(st.text("01", max_size=12), min_size=1, max_size=20))
def test_ranks_against_a_plain_reference(marks: list[str]) -> None:
    found = ranking([judged(str(i), right) for i, right in enumerate(marks)])
    for k in (1, 3, 5, 10):
        assert found[f"hit@{k}"] == pytest.approx(sum("1" in right[:k] for right in marks) / len(marks))
    ranks = [right.find("1", 0, 10) + 1 for right in marks]
    assert found["mrr@10"] == pytest.approx(sum(1 / rank for rank in ranks if rank) / len(marks))


def test_the_run_keeps_the_order_and_the_qrels_what_is_right() -> None:
    one = judged("a", "01")
    assert [(s.doc_id, s.score) for s in run_of([one])] == [("a.txt[0:1]", 1.0), ("a.txt[1:2]", 0.5)]
    assert [(q.doc_id, q.relevance) for q in qrels_of([one])] == [("a.txt[1:2]", 1)]
    assert [q.doc_id for q in qrels_of([judged("b", "0")])] == ["(not found)"]


def test_keeping_quiet_by_hand() -> None:
    found = answering(
        [
            judged("a", "1", 0.95),
            judged("b", "0", 0.85),
            judged("c", "1", 0.35, answered=False),
            judged("d", "0", 0.15, answered=False, answerable=False),
        ]
    )
    assert found == pytest.approx(
        {
            "answered": 0.5,
            "precision": 0.5,
            "coverage": 1 / 3,
            "coverage@p90": 1 / 3,
            "auroc": 3 / 4,
            "ece": (0.05 + 0.85 + 0.65 + 0.15) / 4,
        }
    )


def test_a_right_hit_of_an_unanswerable_question_is_not_right() -> None:
    assert answering([judged("a", "1", answerable=False)])["precision"] == 0.0


@pytest.mark.parametrize(
    ("outcomes", "left_out"),
    [
        ([], {"answered", "precision", "coverage", "coverage@p90", "auroc", "ece"}),
        ([judged("a", "1", answered=False)], {"precision", "auroc"}),
        ([judged("a", "0", answerable=False)], {"coverage", "coverage@p90", "auroc"}),
        ([judged("a", "1"), judged("b", "1")], {"auroc"}),
        ([judged("a", "0"), judged("b", "0")], {"auroc"}),
        ([judged("a", answered=False, confidence=0.0)], {"precision", "auroc", "ece"}),
    ],
)
def test_what_does_not_apply_gives_no_score(outcomes: list[Judged], left_out: set[str]) -> None:
    everything = {"answered", "precision", "coverage", "coverage@p90", "auroc", "ece"}
    assert set(answering(outcomes)) == everything - left_out


def outcomes_of(pairs: list[tuple[float, bool]]) -> list[Judged]:
    return [judged(str(i), "01"[right], confidence) for i, (confidence, right) in enumerate(pairs)]


@pytest.mark.parametrize(
    ("pairs", "coverage"),
    [
        ([(0.9, True), (0.8, False)], 0.5),
        ([(0.9, False), (0.8, True)], 0.0),
        ([(0.9, False)] + [(0.8, True)] * 9, 0.9),  # the threshold goes as low as precision allows
        ([(0.9, True), (0.9, False)], 0.0),  # equal confidences are taken together
        ([(0.9, True)] * 9 + [(0.5, False)], 0.9),  # nine of ten is 90 %
        ([(0.9, True)] * 27 + [(0.5, False)] * 3 + [(0.4, False)], 27 / 31),
        ([(0.0, True)], 1.0),
    ],
)
def test_coverage_at_ninety_percent_precision(pairs: list[tuple[float, bool]], coverage: float) -> None:
    shuffled = random.Random(7).sample(pairs, len(pairs))  # noqa: S311 — a fixed shuffle, not a secret
    assert answering(outcomes_of(shuffled))["coverage@p90"] == pytest.approx(coverage)


PAIRS = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.5, 0.75, 0.9, 1.0]), st.booleans()), min_size=1)


@given(PAIRS)
def test_coverage_against_every_threshold_tried(pairs: list[tuple[float, bool]]) -> None:
    best = 0
    for threshold in {confidence for confidence, _ in pairs}:
        kept = [right for confidence, right in pairs if confidence >= threshold]
        if 10 * sum(kept) >= 9 * len(kept):
            best = max(best, sum(kept))
    assert answering(outcomes_of(pairs))["coverage@p90"] == pytest.approx(best / len(pairs))


@given(PAIRS)
def test_auroc_against_all_pairs(pairs: list[tuple[float, bool]]) -> None:
    found = answering(outcomes_of(pairs))
    right = [confidence for confidence, is_right in pairs if is_right]
    wrong = [confidence for confidence, is_right in pairs if not is_right]
    if not right or not wrong:
        assert "auroc" not in found
        return
    won = sum((r > w) + 0.5 * (r == w) for r, w in product(right, wrong))
    assert found["auroc"] == pytest.approx(won / (len(right) * len(wrong)))


@given(PAIRS)
def test_calibration_error_against_its_definition(pairs: list[tuple[float, bool]]) -> None:
    error = 0.0
    for low in range(10):
        inside = [pair for pair in pairs if low <= 10 * pair[0] < low + 1 or (low == 9 and pair[0] == 1.0)]
        error += abs(sum(c for c, _ in inside) - sum(r for _, r in inside)) / len(pairs)
    assert answering(outcomes_of(pairs))["ece"] == pytest.approx(error)


def test_the_interval_of_the_calibration_error_holds_it_and_is_always_the_same() -> None:
    every = [judged(str(n), "1" if n % 10 < 7 else "0", confidence=0.75) for n in range(200)]
    low, high = calibration_interval(every) or (1.0, 0.0)
    assert (low, high) == calibration_interval(every)
    assert low <= answering(every)["ece"] <= high
    assert high < 0.15
    assert calibration_interval([]) is None
