"""What the browser keeps of a conversation, what people say of answers, and both as files."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from starlette.requests import Request

from index.article import Article, Span
from index.errors import PullquoteError, UsageError
from index.library import Library
from index.update import index_articles, remove_articles
from qa.chat.feedback import FILE, MAX_BYTES, export, record
from qa.chat.footnotes import file_name, markdown
from qa.chat.history import TURNS, kept, restored
from qa.chat.memory import _judging, _reopening, _saving, build_history
from qa.chat.page import Turn, conversation
from qa.citation import Citation, Origin
from qa.engine import Engine
from qa.evaluation.evalset import read_questions
from qa.question import Filters, day
from qa.question import Turn as Said
from tests.conftest import BEES
from tests.qa.making import answered, citation

QUESTION = "How many bees did the keeper count?"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def asked(engine: Engine, question: str = QUESTION, **given: Any) -> Turn:
    filters = given.pop("filters", Filters())
    return Turn(question, engine.ask(question, filters=filters), filters=filters, **given)


def back(engine: Engine, text: str) -> list[Turn]:
    with engine.library.reading() as (_, truth):
        return restored(json.loads(text)["turns"], truth)


# what the browser keeps


def test_a_conversation_comes_back_as_it_was(engine: Engine) -> None:
    filters = Filters(("The Valley Post", "<b>"), day("2020-01-01"), day("2025-01-01"))
    turns = [
        asked(engine, as_of="2024-06-01", filters=filters),
        asked(engine, "Who invented the telephone?"),
        asked(engine, "Hello"),
        Turn("a question", trouble="a line of trouble"),
    ]
    again = back(engine, kept(turns))
    assert conversation(again) == conversation(turns)
    assert [turn.key for turn in again] == [turn.key for turn in turns]
    assert again[0].filters == filters
    assert json.loads(kept(turns, "x"))["of"] == "x"


def test_all_that_an_answer_shows_comes_back(engine: Engine) -> None:
    one = citation(context="Before.", answer=Span(0, 4), origin=Origin("0" * 64, "The Valley Post"))
    other = citation(article=Article("copy", "", "Copy", source="The Other"), origin=Origin("1" * 64, "The Other"))
    turn = Turn("What do bees do?", answered(replace(one, same_as=(other,)), other))
    (again,) = back(engine, kept([turn]))
    assert again.answer is not None
    assert turn.answer is not None
    assert again.answer.sources == turn.answer.sources == 2
    assert again.answer.citations == turn.answer.citations


def test_a_turn_that_is_still_asked_is_not_kept() -> None:
    assert json.loads(kept([Turn("pending")]))["turns"] == []


def test_words_are_not_put_into_an_articles_mouth(engine: Engine) -> None:
    (turn,) = sent = json.loads(kept([asked(engine)]))["turns"]
    turn["answer"]["citations"][0]["text"] = "The keeper counted 9 bees, the liar."
    with pytest.raises(UsageError), engine.library.reading() as (_, truth):
        restored(sent, truth)


def test_what_an_article_said_before_it_was_changed_or_gone_is_still_a_record(engine: Engine) -> None:
    text = kept([asked(engine)])
    index_articles(engine.library, engine.encoder, [replace(BEES, text="Another text. Of no bee.")])
    assert "40,000 bees" in conversation(back(engine, text))
    remove_articles(engine.library, [BEES.id])
    assert "40,000 bees" in conversation(back(engine, text))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=JSON)
def test_anything_else_is_refused_in_one_line(engine: Engine, sent: Any) -> None:
    with pytest.raises(UsageError, match="cannot be read"), engine.library.reading() as (_, truth):
        restored(sent, truth)


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, child in children for path in paths(child, (*at, key)))]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_part_changed_is_refused_or_shown_as_text(engine: Engine, data: st.DataObject) -> None:
    sent = json.loads(kept([asked(engine, as_of="2024-06-01")]))["turns"]
    path = data.draw(st.sampled_from([path for path in paths(sent) if path]))
    value = data.draw(JSON | st.just('"><script>alert(1)</script>'))
    place: Any = sent
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with engine.library.reading() as (_, truth):
        try:
            turns = restored(sent, truth)
        except UsageError:
            return
    assert "<script" not in conversation(turns)
    assert "<script" not in MarkdownIt("commonmark", {"html": False}).render(markdown(turns))
    json.loads(kept(turns))


def test_too_many_turns_are_refused(engine: Engine) -> None:
    sent = json.loads(kept([asked(engine)]))["turns"] * (TURNS + 1)
    with pytest.raises(UsageError), engine.library.reading() as (_, truth):
        restored(sent, truth)


# as Markdown


def test_a_conversation_as_markdown_has_its_footnotes(engine: Engine) -> None:
    filters = Filters("The Valley Post", day("2020-01-01"))
    text = markdown([asked(engine, filters=filters), asked(engine, "Who invented the telephone?")])
    assert f"# {QUESTION}" in text
    assert "> “The keeper counted 40,000 bees in May.”[^1]" in text
    assert "*Only The Valley Post, from 1 January 2020*" in text
    assert "[^1]: The Valley Post, Bees of the valley, 2 May 2024, article bees.txt, characters 19–57 (" in text
    assert "“Who invented" not in text


@settings(max_examples=150, deadline=None)
@given(
    words=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=60)
    | st.sampled_from(["[x](javascript:alert(1))", "1. one", "# a", "***", "<b>"])
)
def test_in_markdown_what_others_wrote_is_only_text(words: str) -> None:
    article = Article("id " + words, "", words, source=words, url="https://example.org/<x>")
    turn = Turn(words, answered(citation(words, article=article)))
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(markdown([turn]))
    inside = [child for token in tokens for child in token.children or ()]
    kinds = {child.type for child in inside} | {token.type for token in tokens}
    assert not kinds & {
        "html_inline",
        "html_block",
        "image",
        "code_inline",
        "fence",
        "code_block",
        "s_open",
        "table_open",
    }
    links = [child.attrs["href"] for child in inside if child.type == "link_open"]
    assert set(links) <= {"https://example.org/%3Cx%3E"}
    assert [token.tag for token in tokens if token.type == "heading_open"] == ["h1", "h2"]
    shown = " ".join("".join(child.content for child in token.children or ()) for token in tokens if token.children)
    assert "".join(words.split()) in "".join(shown.split())


def test_a_file_has_the_questions_name() -> None:
    assert file_name([Turn("../Who met Żółw?")]) == "who-met-żółw.md"
    assert file_name([Turn("???")]) == file_name([]) == "conversation.md"


# feedback


def lines(library: Library) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (library.folder / FILE).read_text("utf-8").splitlines()]


def test_feedback_says_what_was_asked_shown_and_judged(engine: Engine) -> None:
    turn = asked(engine, as_of="2024-06-01")
    record(engine.library.folder, turn, "up", [Said("user", "Hello there")])
    (line,) = lines(engine.library)
    assert (line["verdict"], line["question"], line["asked_at"]) == ("up", QUESTION, "2024-06-01")
    assert line["history"] == [{"role": "user", "content": "Hello there"}]
    (place,) = line["citations"]
    assert BEES.text[place["start"] : place["end"]] == place["text"]
    assert place["sha256"] == BEES.sha256


def test_feedback_becomes_an_evaluation_set(engine: Engine, tmp_path: Path) -> None:
    folder = engine.library.folder
    right, none, wrong = asked(engine), asked(engine, "Who invented the telephone?"), asked(engine, "How many jars?")
    taken_back, changed = asked(engine, "Who bought honey?"), asked(engine, "Which container ship blocked the canal?")
    for turn, verdict in ((right, "down"), (right, "up"), (none, "up"), (wrong, "down"), (taken_back, "up")):
        record(folder, turn, verdict, ())  # type: ignore[arg-type]
    record(folder, taken_back, "none", ())
    record(folder, changed, "up", ())
    with (folder / FILE).open("a", encoding="utf-8") as file:
        file.write("{half a line\n[]\n")
    remove_articles(engine.library, ["news/ship.txt"])
    exported = export(engine.library, tmp_path / "set")
    assert (exported.answerable, exported.unanswerable, exported.disputed, exported.stale) == (1, 1, 1, 1)
    questions = {question["question"]: question for question in read_questions(tmp_path / "set")}
    (evidence,) = questions[QUESTION]["evidence"]
    assert BEES.text[evidence["start"] : evidence["end"]] == "The keeper counted 40,000 bees in May."
    assert (questions[none.question]["answerable"], questions[none.question]["evidence"]) == (False, [])
    assert len(questions) == 2
    articles = (tmp_path / "set" / "articles.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(article)["text"] for article in articles] == [BEES.text]
    assert "How many jars?" in (tmp_path / "set" / "disputed.jsonl").read_text("utf-8")


def test_an_abstention_of_some_articles_is_none_of_the_library(engine: Engine, tmp_path: Path) -> None:
    record(engine.library.folder, asked(engine, filters=Filters("Harbour Wire")), "up", ())
    assert export(engine.library, tmp_path / "set").unanswerable == 0


def test_there_is_nothing_to_export_and_nothing_is_overwritten(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no feedback yet"):
        export(engine.library, tmp_path / "set")
    record(engine.library.folder, asked(engine), "up", ())
    with pytest.raises(UsageError, match="not empty"):
        export(engine.library, engine.library.folder)


def test_the_file_of_feedback_does_not_grow_for_ever(engine: Engine) -> None:
    with (engine.library.folder / FILE).open("wb") as file:
        file.truncate(MAX_BYTES)
    with pytest.raises(PullquoteError, match="full"):
        record(engine.library.folder, asked(engine), "up", ())


# the page's events


def event(**data: Any) -> gr.EventData:
    return gr.EventData(None, data or None)


def memory(engine: Engine, writes: bool = True) -> Any:
    with gr.Blocks(analytics_enabled=False):
        return build_history(engine, lambda request: writes)


def request() -> gr.Request:
    return gr.Request(Request({"type": "http", "headers": []}))


def test_a_conversation_is_reopened_and_gone_on_with(engine: Engine) -> None:
    sent = json.loads(kept([asked(engine)]))["turns"]
    talk, note, turns, text = _reopening(memory(engine))(event(turns=sent, id="c1"))
    assert "40,000 bees" in talk
    assert "pq-note" in note
    assert turns[0].question == QUESTION
    assert json.loads(text) == {"turns": sent, "of": "c1"}


def test_what_is_no_conversation_leaves_all_as_it_is(engine: Engine) -> None:
    for sent in (None, [], [{}], "x"):
        talk, note, turns, text = _reopening(memory(engine))(event(turns=sent))
        assert "cannot be read" in note
        assert talk == turns == text == gr.skip()
        assert "cannot be read" in _saving(memory(engine))(event(turns=sent))[1]


def test_a_verdict_is_kept_of_ones_own_answers_only(engine: Engine) -> None:
    turns, judge = [asked(engine, "Hello"), asked(engine)], _judging(memory(engine))
    assert judge(turns, event(turn=turns[1].key, verdict="up"), request()) == gr.skip()
    assert lines(engine.library)[0]["question"] == QUESTION
    for key, verdict in (("x", "up"), (turns[1].key, "sideways"), (None, None), ([], "up")):
        assert "no longer in this conversation" in judge(turns, event(turn=key, verdict=verdict), request())
    assert "not change" in _judging(memory(engine, False))(turns, event(turn=turns[1].key, verdict="up"), request())
    assert len(lines(engine.library)) == 1


def test_a_citation_of_any_kind_can_be_kept(engine: Engine) -> None:
    hit = citation(scores={"dense": 0.5, "bm25": None})
    assert isinstance(hit, Citation)
    (again,) = back(engine, kept([Turn("What?", answered(hit))]))
    assert again.answer is not None
    assert again.answer.hits[0].scores == {"dense": 0.5, "bm25": None}
