"""The page's two events, called as Gradio calls them: trouble is one calm line, and nothing sent is trusted."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import gradio as gr
import pytest

from index.errors import LibraryBusy
from index.library import Library
from qa.answer import Answer, Status
from qa.chat.blocks import TURNS, _asking, _opening, build_page
from qa.chat.page import Turn
from qa.chat.recall import recall
from qa.confidence import Calibration
from qa.engine import Engine
from qa.query import Query
from qa.question import MAX_TURN_CHARACTERS
from qa.rank import Score
from qa.retrieve import Candidate
from tests.conftest import BEES, SHIP
from tests.qa.making import answered, citation
from tests.toy import ToyEncoder


class Failing:
    """A ranker that fails, as a library would that is being changed, or as a bug would."""

    name = "failing"

    def __init__(self, error: Exception) -> None:
        self._error = error

    def scores(self, query: Query, candidates: Sequence[Candidate]) -> list[Score]:
        raise self._error


def event(**data: Any) -> gr.EventData:
    return gr.EventData(None, data or None)


def asked(
    engine: Engine, typed: str, turns: Sequence[Turn] = (), as_of: str | None = "", within: str | None = "", **data: Any
) -> list[tuple[Any, ...]]:
    """What the page is told, step by step: conversation, note, turns, what the browser is to keep."""
    return list(_asking(engine)(typed, as_of, list(turns), within, event(**data)))


def test_the_question_shows_at_once_and_then_its_answer(engine: Engine) -> None:
    first, *stages, last = asked(engine, " How many bees did the keeper count? ")
    assert "Looking through the articles" in first[0]
    assert all(step[3] == gr.skip() for step in (first, *stages))
    assert json.loads(last[3])["turns"][0]["question"] == "How many bees did the keeper count?"
    assert "40,000 bees" in last[0]
    assert [turn.question for turn in last[2]] == ["How many bees did the keeper count?"]


def test_an_example_is_asked_in_place_of_what_is_typed(engine: Engine) -> None:
    assert asked(engine, "typed", question="How many bees?")[-1][2][0].question == "How many bees?"


def test_a_question_that_cannot_be_asked_leaves_all_as_it_is(engine: Engine) -> None:
    (only,) = asked(engine, "a\0b", [Turn("earlier")])
    assert "remove it" in only[1]
    assert only[0] == only[2] == only[3] == gr.skip()


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (LibraryBusy("the library is busy: try again"), "The library is busy: try again."),
        (RuntimeError("a bug in /some/place"), "Something went wrong here, not with the question; the server's log"),
    ],
)
def test_trouble_is_one_calm_line(library: Library, toy_encoder: ToyEncoder, error: Exception, line: str) -> None:
    engine = Engine(library, toy_encoder, Failing(error), Calibration(score=1.0, intercept=-2.0, threshold=0.5))
    shown = asked(engine, "How many bees?")[-1][0].replace("&#x27;", "'")
    assert f'<p class="pq-trouble">{line}' in shown
    assert "a bug" not in shown


def test_an_answer_that_cannot_be_shown_is_one_calm_line(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    class Odd(Engine):
        def ask(self, *question: Any, **settings: Any) -> Any:
            return replace(super().ask(*question, **settings), citations=None)

    before = asked(engine, "How many bees did the keeper count?")[-1][2]
    engine.__class__ = Odd
    last = asked(engine, "How many bees?", before)[-1]
    assert '<p class="pq-trouble">Something went wrong here' in last[0]
    assert "pq-pending" not in last[0]
    assert [turn.is_done for turn in last[2]] == [True, True]
    assert len(json.loads(last[3])["turns"]) == 2
    assert "TypeError" in caplog.text


def test_a_long_conversation_loses_no_question_and_says_when_it_is_full(engine: Engine) -> None:
    turns = [Turn(str(n)) for n in range(TURNS - 1)]
    full = asked(engine, "How many bees?", turns)[-1][2]
    assert full[:-1] == turns
    (only,) = asked(engine, "How many more?", full)
    assert "has 50 questions, and more are not kept: begin a new one" in only[1]
    assert only[0] == only[2] == only[3] == gr.skip()
    assert len(asked(engine, "", full, again=full[0].key)[-1][2]) == TURNS


def test_a_day_is_asked_as_of_and_shown_with_the_turn(engine: Engine) -> None:
    first, *_, last = asked(engine, "How many bees did the keeper count?", as_of=" 2024-05-01 ")
    assert "As of 1 May 2024" in first[0]
    assert "40,000 bees" not in last[0]
    assert "40,000 bees" in asked(engine, "How many bees did the keeper count?", as_of="2024-05-02")[-1][0]
    assert last[2][0].as_of == "2024-05-01"
    assert "As of" not in asked(engine, "How many bees?", as_of=None)[-1][0]


def test_a_day_that_is_none_is_one_line_and_leaves_all_as_it_is(engine: Engine) -> None:
    (only,) = asked(engine, "How many bees?", as_of="last <week>")
    assert "As of: &#x27;last &lt;week&gt;&#x27; is not a date: write it as 2023-10-05." in only[1]
    assert only[0] == only[2] == only[3] == gr.skip()


@pytest.mark.parametrize("within", ["", None])
def test_without_filters_all_articles_are_asked(engine: Engine, within: str | None) -> None:
    last = asked(engine, "How many bees did the keeper count?", within=within)[-1]
    assert "40,000 bees" in last[0]
    assert "pq-narrowed" not in last[0]


def test_filters_are_asked_with_and_shown_with_the_turn(engine: Engine) -> None:
    question = "How many bees did the keeper count?"
    within = json.dumps({"source": ["Harbour Wire", "<b>"], "published_after": "2021-01-01"})
    last = asked(engine, question, within=within)[-1]
    assert "Only <bdi>Harbour Wire</bdi>, <bdi>&lt;b&gt;</bdi>, from 1 January 2021" in last[0]
    assert "40,000 bees" not in last[0]
    assert "40,000 bees" in asked(engine, question, within=json.dumps({"source": "The Valley Post"}))[-1][0]


@pytest.mark.parametrize(
    ("within", "line"),
    [
        ("{", "The filters cannot be read"),
        ("[" * 100_000, "The filters cannot be read"),
        ('{"source": 5}', "must be an outlet"),
        ('{"published_after": "2024-01-02", "published_before": "2024-01-01"}', "The first day, 2024-01-02, is later"),
        ('{"published_after": "soon"}', "is not a date"),
    ],
)
def test_filters_that_are_none_are_one_line_and_leave_all_as_it_is(engine: Engine, within: str, line: str) -> None:
    (only,) = asked(engine, "How many bees?", within=within)
    assert line in only[1]
    assert only[0] == only[2] == only[3] == gr.skip()


def test_a_question_is_asked_after_those_before_it(engine: Engine) -> None:
    asking: list[dict[str, Any]] = []

    class Listening(Engine):
        def ask(self, *question: Any, **settings: Any) -> Any:
            asking.append(settings)
            return super().ask(*question, **settings)

    engine.__class__ = Listening
    turns = asked(engine, "How many bees did the keeper count?")[-1][2]
    turns = asked(engine, "Hello", turns)[-1][2]
    asked(engine, "And which vessel blocked the canal?", turns)
    assert asking[0]["history"] == ()
    assert [(said.role, said.content) for said in asking[2]["history"]] == [
        ("user", "How many bees did the keeper count?"),
        ("assistant", "The keeper counted 40,000 bees in May."),
    ]


def test_only_the_last_turns_are_remembered_and_no_more_than_may_be_said() -> None:
    long = answered(citation("x" * 30_000))
    turns = [Turn(f"Question {n}?", long if n == 19 else None, "trouble" if n == 15 else None) for n in range(20)]
    said = recall(turns)
    assert [one.content for one in said if one.role == "user"] == [f"Question {n}?" for n in range(10, 20)]
    assert [len(one.content) for one in said if one.role == "assistant"] == [MAX_TURN_CHARACTERS]


def test_a_follow_up_that_looks_like_small_talk_is_remembered() -> None:
    asked = "How does it work?"
    reply = Answer(asked, Status.ABSTAINED, reason="I answer questions.")
    turns = [Turn(asked, reply), Turn(asked, replace(answered(), question=asked, rewritten=f"{asked} (beehive)"))]
    assert [one.content for one in recall(turns)] == [asked]


def test_a_citation_opens_marked(engine: Engine) -> None:
    opened = _opening(engine)(event(article=BEES.id, start="0", end="18", sha256=BEES.sha256))
    assert '<mark id="quote">Bees buzz at dawn.</mark>' in opened


def test_a_citation_opens_with_the_answers_words_in_bold(engine: Engine) -> None:
    place = {"article": BEES.id, "start": "0", "end": "18", "sha256": BEES.sha256}
    opened = _opening(engine)(event(**place, answerStart="10", answerEnd="17"))
    assert '<mark id="quote">Bees buzz <b class="pq-answer">at dawn</b>.</mark>' in opened
    for nonsense in ("x", None, [], float("inf"), "99999"):
        opened = _opening(engine)(event(**place, answerStart=nonsense, answerEnd=nonsense))
        assert '<mark id="quote">Bees buzz at dawn.</mark>' in opened


@pytest.mark.parametrize(
    "sent",
    [
        {"article": SHIP.id},
        {"article": SHIP.id, "start": "x", "end": []},
        {"article": SHIP.id, "start": -5, "end": 10**9},
    ],
)
def test_a_nonsensical_place_opens_the_article_unmarked(engine: Engine, sent: dict[str, Any]) -> None:
    opened = _opening(engine)(event(**sent))
    assert SHIP.title in opened
    assert "<mark" not in opened


@pytest.mark.parametrize("sent", [{}, {"article": None}, {"article": ["x"]}, {"article": "no such article"}])
def test_what_is_no_article_is_said_to_be_gone(engine: Engine, sent: dict[str, Any]) -> None:
    assert "no longer in the library" in _opening(engine)(event(**sent))


def test_the_page_reports_to_nobody_and_offers_no_api_of_its_own(engine: Engine) -> None:
    page = build_page(engine)
    assert page.analytics_enabled is False
    assert {fn.api_visibility for fn in page.fns.values()} == {"private"}
