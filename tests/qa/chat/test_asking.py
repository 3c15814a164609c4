"""Asking for a turn: how far it has come is told while it is looked up, and last comes the answer, or one calm line."""

import threading
from collections.abc import Sequence

import pytest

from index.library import Library
from qa.chat.asking import asking
from qa.chat.page import Turn
from qa.confidence import Calibration
from qa.engine import Engine
from qa.query import Query
from qa.rank import Score
from qa.retrieve import Candidate
from tests.toy import ToyEncoder, ToyRanker


class Waiting(ToyRanker):
    """Ranks once it may, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.may_go_on = threading.Event()
        self._error = error

    def scores(self, query: Query, candidates: Sequence[Candidate]) -> list[Score]:
        assert self.may_go_on.wait(60)
        if self._error:
            raise self._error
        return super().scores(query, candidates)


def engine_with(library: Library, ranker: Waiting) -> Engine:
    return Engine(library, ToyEncoder(), ranker, Calibration(score=1.0, intercept=-2.0, threshold=0.5))


def test_each_stage_that_lasts_is_told_and_then_the_answer(library: Library) -> None:
    ranker = Waiting()
    turn = Turn("How many bees did the keeper count?", as_of="2024-06-01")
    steps = asking(engine_with(library, ranker), turn, ())
    seen = [next(steps)]
    while seen[-1].stage != "reading":
        seen.append(next(steps))
    assert not any(step.is_done for step in seen)
    ranker.may_go_on.set()
    seen += steps
    assert seen[-1].answer is not None
    assert seen[-1].answer.citations[0].text == "The keeper counted 40,000 bees in May."
    assert {step.key for step in seen} == {turn.key}


@pytest.mark.parametrize("error", [RuntimeError("a bug in /some/place"), MemoryError()])
def test_a_bug_is_one_calm_line_and_the_log_has_the_rest(
    library: Library, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    ranker = Waiting(error)
    ranker.may_go_on.set()
    last = list(asking(engine_with(library, ranker), Turn("How many bees?"), ()))[-1]
    assert last.trouble is not None
    assert last.trouble.startswith("something went wrong here")
    assert "a question could not be answered" in caplog.text


def test_what_cannot_be_asked_is_said(library: Library) -> None:
    last = list(asking(engine_with(library, Waiting()), Turn("x" * 1001), ()))[-1]
    assert last.trouble == "the question has 1001 characters: shorten it to 1000"
