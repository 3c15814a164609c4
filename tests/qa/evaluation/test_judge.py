"""When a hit is right, by the evaluation sets' rules."""

from typing import Any

import pytest

from index.article import Article
from qa.evaluation.judge import LONGEST, is_right
from tests.qa.making import citation


def evidence(start: int, end: int, article_id: Any = "bees.txt") -> dict[str, Any]:
    return {"evidence": [{"article_id": article_id, "start": start, "end": end}], "answers": ["never looked at"]}


@pytest.mark.parametrize(
    ("start", "end", "right"),
    [
        (10, 20, True),  # the very place
        (15, 25, True),  # half of both
        (16, 26, False),  # less than half of both
        (0, 100, True),  # the evidence is longer: all of the hit is in it
        (12, 14, True),  # the evidence is shorter: all of it is in the hit
        (19, 21, True),  # half of the shorter
        (19, 22, False),  # a third of the shorter
        (20, 30, False),  # side by side
        (0, 10, False),
        (40, 50, False),
    ],
)
def test_half_of_the_shorter_must_overlap(start: int, end: int, right: bool) -> None:
    assert is_right(citation("x" * 10, start=10), evidence(start, end)) is right


def test_the_evidence_must_be_of_the_same_article() -> None:
    hit = citation("x" * 10, start=10)
    assert not is_right(hit, evidence(10, 20, "ship.txt"))
    assert is_right(citation("x" * 10, start=10, article=Article("7", "")), evidence(10, 20, 7))


def test_any_of_several_spans_will_do() -> None:
    spans = [*evidence(0, 5)["evidence"], *evidence(10, 20)["evidence"]]
    assert is_right(citation("x" * 10, start=10), {"evidence": spans})


@pytest.mark.parametrize("question", [evidence(0, LONGEST), {"evidence": [], "answers": ["x"]}])
def test_a_very_long_quotation_is_never_right(question: dict[str, Any]) -> None:
    assert is_right(citation("x " * (LONGEST // 2)), question)
    assert not is_right(citation("x " * (LONGEST // 2) + "x"), question)


@pytest.mark.parametrize(
    ("text", "answer", "right"),
    [
        ("The keeper counted 40,000 bees.", "40,000", True),
        ("The keeper counted 40,000 bees.", "40 000", True),
        ("The keeper counted 40,000 bees.", "000", True),
        ("The keeper counted 40,000 bees.", "BEES", True),
        ("The keeper counted 40,000 bees.", "bee", False),
        ("The keeper counted 40,000 bees.", "keeper-counted", True),
        ("The keeper counted 40,000 bees.", "counted keeper", False),
        ("Il est né à Orléans.", "Orle\u0301ans", True),
        ("snake_case", "case", True),
        ("Anything at all.", "…", False),
        ("Anything at all.", "", False),
    ],
)
def test_the_answer_is_looked_for_in_whole_words(text: str, answer: str, right: bool) -> None:
    assert is_right(citation(text), {"answers": [answer]}) is right


@pytest.mark.parametrize("question", [{}, {"evidence": [], "answers": []}, {"evidence": None, "answers": None}])
def test_nothing_is_right_where_there_is_no_answer(question: dict[str, Any]) -> None:
    assert not is_right(citation(), question)
