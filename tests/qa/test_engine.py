"""Invariants of every answer: the quotes are the articles' own, and the same question has the same answer."""

import datetime as dt
import json
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from index.article import Article
from index.errors import QuestionError
from index.library import Library
from index.update import index_articles, remove_articles
from qa.answer import Status
from qa.confidence import Calibration
from qa.engine import Engine
from qa.linear import ASKS
from qa.question import Filters, Question, Turn, filters_of, turns
from qa.retrieve import CANDIDATES
from qa.smalltalk import small_talk
from tests.conftest import BEES, SHIP
from tests.toy import ToyEncoder, ToyRanker

KEYS = {
    "id", "question", "input", "status", "confidence", "answer", "citations", "sources", "hits", "rewritten_question",
    "reason", "library",
}  # fmt: skip

WORDS = st.sampled_from(
    [
        "Bees", "bees", "buzz", "keeper's", "honey", "Ship", "blocked", "canal", "vessel", "freed", "Monday", "7", "8",
        "May",
        "not", "40,000", "“quote”", "战争", "🐝", "e\u0301", "naïve", "U.S.", "Mr.", "(", ")", "\u202e", "\u00ad", "ﬁ",
    ]
)  # fmt: skip
SENTENCE = st.builds(
    lambda words, end: " ".join(words) + end, st.lists(WORDS, min_size=1, max_size=7), st.sampled_from(".?!…")
)
PROSE = st.builds(
    lambda ss, gap: gap.join(ss),
    st.lists(SENTENCE, min_size=1, max_size=5),
    st.sampled_from([" ", "\n", "\n\n", "\r\n", "\u2028"]),
)
TEXT = PROSE | st.text(max_size=60) | st.builds(lambda a, b: a + b, PROSE, st.text(st.characters(), max_size=20))
ARTICLES = st.lists(
    st.builds(
        Article, id=st.text(min_size=1, max_size=5), text=TEXT, title=st.just("") | SENTENCE, source=st.none() | WORDS
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda article: article.id,
)
ODD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
QUESTIONS = st.lists(
    st.builds(lambda words: " ".join(words) + "?", st.lists(WORDS | ODD, min_size=1, max_size=6)),
    min_size=4,
    max_size=8,
)
PROPERTY = settings(max_examples=12, deadline=None)  # each makes a library: many questions of few libraries


@contextmanager
def engine_over(articles: list[Article], threshold: float = 0.5) -> Iterator[Engine]:
    encoder = ToyEncoder()
    with tempfile.TemporaryDirectory() as folder:
        library = Library.create(Path(folder), encoder)
        index_articles(library, encoder, articles)
        yield Engine(library, encoder, ToyRanker(), Calibration(score=1.0, intercept=-2.0, threshold=threshold))


def every(citations: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Citations and all that they say is the same."""
    for cited in citations:
        yield cited
        yield from every(cited["same_as"])


def check(engine: Engine, answer: dict[str, Any]) -> None:
    """What must hold of any answer's JSON."""
    assert set(answer) == KEYS
    with engine.library.reading() as (_, truth):
        for cited in every([*answer["citations"], *answer["hits"]]):
            article = truth.article(cited["document_id"])
            assert article is not None
            assert article.text[cited["start_char_index"] : cited["end_char_index"]] == cited["cited_text"] != ""
            assert article.sha256 == cited["document_sha256"]
            assert cited["context"] is None or cited["context"] in article.text
    if answer["status"] == "answered":
        assert 1 <= len(answer["citations"]) <= 3
        assert answer["reason"] is None
        assert answer["confidence"] >= 0.5
        assert answer["sources"] >= 1
    else:
        assert answer["status"] == "abstained"
        assert (answer["citations"], answer["answer"], answer["sources"]) == ([], "", 0)
        assert answer["reason"]
    assert answer["confidence"] == (answer["hits"][0]["confidence"] if answer["hits"] else None)
    assert not any(hit["same_as"] for hit in answer["hits"])


def asked(engine: Engine, question: str, top_k: int = 10) -> dict[str, Any]:
    return engine.ask(question, top_k).to_json()


@PROPERTY
@given(ARTICLES, QUESTIONS)
def test_every_quote_is_its_articles_own_text(articles: list[Article], questions: list[str]) -> None:
    with engine_over(articles) as engine:
        for question in questions:
            check(engine, asked(engine, question, 100))


@PROPERTY
@given(ARTICLES, QUESTIONS)
def test_the_same_question_has_the_same_answer_however_much_is_asked_for(
    articles: list[Article], questions: list[str]
) -> None:
    with engine_over(articles) as engine:
        for question in questions:
            ten, three = asked(engine, question), asked(engine, question, 3)
            assert asked(engine, question) == ten
            assert three["hits"] == ten["hits"][:3]
            assert {**three, "hits": None} == {**ten, "hits": None}


@PROPERTY
@given(st.lists(SENTENCE, min_size=1, max_size=12), st.lists(WORDS, min_size=1, max_size=4))
def test_hits_are_in_the_order_that_is_promised(sentences: list[str], words: list[str]) -> None:
    half = len(sentences) // 2
    articles = [Article("b", "\n".join(sentences[half:])), Article("a", "\n".join(sentences[: half or 1]))]
    with engine_over(articles) as engine:
        hits = asked(engine, " ".join(words), 100)["hits"]
        order = [(-round(h["scores"]["ranker"] / 1e-3), h["document_id"], h["start_char_index"]) for h in hits]
        assert order == sorted(order)
        assert len(set(order)) == len(order)


@PROPERTY
@given(PROSE, st.integers(2, 3))
def test_a_text_under_several_ids_is_one_hit_and_one_source(text: str, copies: int) -> None:
    articles = [
        Article(f"copy {n}", text, source=f"Outlet {n}", published_at=f"2024-05-0{9 - n}") for n in range(copies)
    ]
    with engine_over(articles, threshold=0.0) as engine:
        answer = asked(engine, text[:40] + " bees?")
        assume(answer["citations"])
        assert {hit["document_id"] for hit in answer["hits"]} == {f"copy {copies - 1}"}  # the earliest
        for cited in answer["citations"]:
            assert {same["document_id"] for same in cited["same_as"]} >= {f"copy {n}" for n in range(copies - 1)}
        assert answer["sources"] == 1


@pytest.fixture(scope="module")
def at_rest() -> Iterator[Engine]:
    """An engine over a library that no test changes."""
    with engine_over([BEES, SHIP]) as engine:
        yield engine


def test_a_good_question_is_answered_from_the_right_place(at_rest: Engine) -> None:
    answer = asked(at_rest, "How many bees did the keeper count?")
    check(at_rest, answer)
    assert answer["status"] == "answered"
    assert answer["citations"][0]["cited_text"] == "The keeper counted 40,000 bees in May."
    assert answer["answer"].startswith("“The keeper counted 40,000 bees in May.” [1]")


def test_a_word_that_no_article_has_is_named(at_rest: Engine) -> None:
    answer = asked(at_rest, "Which giraffe fled?")
    check(at_rest, answer)
    assert answer["status"] == "abstained"
    assert "“giraffe”" in answer["reason"]
    assert answer["hits"] == [] or answer["confidence"] < 0.5


@pytest.mark.parametrize("question", ["Wann wurde der Turm zerstört?", "متى ولد الرئيس؟", "Zelko?", "Who is Zelko?"])
def test_a_question_of_whose_words_no_article_has_one_is_not_confirmed(at_rest: Engine, question: str) -> None:
    assert at_rest.ask(question).hits[0].confidence <= ASKS < at_rest.ask(f"{question} Bees?").hits[0].confidence


def test_a_word_is_named_once_its_article_is_gone(engine: Engine, toy_encoder: ToyEncoder) -> None:
    assert asked(engine, "How many bees did the keeper count?")["status"] == "answered"
    remove_articles(engine.library, ["bees.txt"], None)
    answer = asked(engine, "How many bees did the keeper count?")
    check(engine, answer)
    assert answer["status"] == "abstained"
    assert "“bees”" in answer["reason"]
    assert not any(hit["document_id"] == "bees.txt" for hit in answer["hits"])
    index_articles(engine.library, toy_encoder, [BEES])
    assert asked(engine, "How many bees did the keeper count?")["status"] == "answered"


def test_an_answer_names_the_state_of_the_library_it_came_from(engine: Engine, toy_encoder: ToyEncoder) -> None:
    before = asked(engine, "bees buzz dawn")["library"]
    index_articles(engine.library, toy_encoder, [replace(BEES, author="A. Keeper")])
    after = asked(engine, "bees buzz dawn")["library"]
    assert after["generation"] > before["generation"]
    assert after["sha256"] != before["sha256"]


def test_near_identical_sentences_are_one_citation_of_two_sources(engine: Engine, toy_encoder: ToyEncoder) -> None:
    echo = Article("echo", "The keeper counted 40,000 bees in May! Other news.", source="The Echo")
    denial = Article("denial", "The keeper counted 4,000 bees in May.", source="The Denial")
    index_articles(engine.library, toy_encoder, [echo, denial])
    answer = asked(engine, "How many bees did the keeper count?")
    check(engine, answer)
    together = [{c["document_id"], *(same["document_id"] for same in c["same_as"])} for c in answer["citations"]]
    assert {"bees.txt", "echo"} in together
    assert {"denial"} in together
    assert answer["sources"] == 3


@pytest.mark.parametrize("turn", ["Hello", "thanks", "what can you do?", "summarise this"])
def test_small_talk_is_neither_answered_nor_looked_up(at_rest: Engine, turn: str) -> None:
    answer = asked(at_rest, turn)
    check(at_rest, answer)
    assert (answer["hits"], answer["reason"]) == ([], small_talk(turn))


def test_how_does_it_work_is_a_question_about_what_was_spoken_of(at_rest: Engine) -> None:
    history = (Turn("user", "Who sells the beehive?"),)
    answer = at_rest.ask("How does it work?", history=history)
    assert answer.rewritten == "How does it work? (beehive)"
    assert answer.hits
    assert at_rest.ask_many([Question("How does it work?", history=history)])[0].hits == answer.hits


def test_an_empty_library_abstains(tmp_path: Path, toy_encoder: ToyEncoder) -> None:
    library = Library.create(tmp_path / "empty", toy_encoder)
    engine = Engine(library, toy_encoder, ToyRanker(), Calibration(score=1.0, intercept=-2.0, threshold=0.5))
    answer = asked(engine, "Who?")
    check(engine, answer)
    assert "no articles yet" in answer["reason"]


@pytest.mark.parametrize(
    "question", ["?", "…", "\u200b", "🐝🐝", "a" * 1000, "bees " * 200, "‮bees", "' OR 1=1 --", "\x1b[2J"]
)
def test_odd_questions_are_asked_like_any_other(at_rest: Engine, question: str) -> None:
    check(at_rest, asked(at_rest, question))


@pytest.mark.parametrize("question", ["", "  ", "Who\0?", "\ud800", "a" * 1001])
def test_what_cannot_be_asked_is_refused(at_rest: Engine, question: str) -> None:
    with pytest.raises(QuestionError):
        at_rest.ask(question)


def test_threads_get_the_same_answers(at_rest: Engine) -> None:
    questions = ["How many bees did the keeper count?", "Which vessel blocked the canal?", "Who?"] * 8
    alone = [json.dumps(asked(at_rest, question)) for question in questions]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda question: json.dumps(asked(at_rest, question)), questions)) == alone


def test_more_hits_than_are_ranked_change_nothing_of_those_before() -> None:
    text = "".join(f"On day {n} the keeper counted {n * 7} bees in hive {n % 9}. " for n in range(130))
    with engine_over([Article(id="diary", title="", text=text)]) as engine:
        ten, most = (asked(engine, "How many bees did the keeper count?", k) for k in (10, 100))
        check(engine, most)
        assert CANDIDATES < len(most["hits"]) <= 100
        assert len({hit["cited_text"] for hit in most["hits"]}) == len(most["hits"])
        assert most["hits"][:10] == ten["hits"]
        assert {**most, "hits": []} == {**ten, "hits": []}
        confidences = [hit["confidence"] for hit in most["hits"]]
        assert confidences == sorted(confidences, reverse=True)
        unranked = [hit["scores"]["ranker"] is None for hit in most["hits"]]
        assert unranked == [n >= CANDIDATES for n in range(len(unranked))]


def test_a_question_that_an_article_asks_is_no_answer_to_it() -> None:
    quiz = Article("quiz", "Who counted bees in May? The keeper counted 40,000 bees in May.", "The quiz")
    with engine_over([quiz], threshold=0.1) as engine:
        asks, tells = engine.ask("Who counted bees in May?").hits
        assert asks.text.endswith("?")
        assert asks.confidence < 0.02 < 0.1 < tells.confidence
    with engine_over([replace(quiz, text="Who counted bees in May?")], threshold=0.1) as engine:
        answer = engine.ask("Who counted bees in May?")
        assert answer.status is Status.ABSTAINED
        assert not answer.possible
        assert answer.hits


def test_many_at_once_get_the_same_answers(at_rest: Engine) -> None:
    said = turns([{"role": "user", "content": "Which vessel blocked the canal near Port Tawfiq?"}])
    questions = [
        Question("How many bees did the keeper count?"),
        Question("hello"),
        Question("When did they free it?", 3, said, dt.date(2022, 1, 1)),
        Question("Who?", min_confidence=0.0),
        Question("Which vessel blocked the canal?", filters=Filters("The Valley Post")),
    ]
    alone = [
        at_rest.ask(
            q.text, q.top_k, history=q.history, as_of=q.as_of, min_confidence=q.min_confidence, filters=q.filters
        )
        for q in questions
    ]
    assert at_rest.ask_many(questions) == alone
    assert at_rest.ask_many([]) == []


def test_a_word_with_a_soft_hyphen_in_it_is_one_word(engine: Engine) -> None:
    question = "Which bee\u00adkeepers had Zel\u00adko?"
    answer = engine.ask(question)
    assert answer.question == question
    assert answer.reason == "The articles do not say: none of them mentions “beekeepers” or “Zelko”."


def test_a_conversation_a_day_and_filters_may_be_given_as_json_has_them(at_rest: Engine) -> None:
    asked, said = "How many in May?", {"role": "user", "content": "How many bees did the keeper count?"}
    day, within = dt.date(2023, 6, 1), {"published_after": "2000-01-01"}
    for door in (at_rest.ask, at_rest.search):
        typed = door(asked, history=turns([said]), as_of=day, filters=filters_of(within)).to_json()
        assert door(asked, history=[said], as_of="2023-06-01", filters=within).to_json() == typed
        late = dt.datetime(2023, 6, 1, 23, 59, tzinfo=dt.UTC)
        assert door(asked, history=[said], as_of=late, filters=within).to_json() == typed


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"history": "How many bees?"}, "history must be a list"),
        ({"history": [{"role": "user"}]}, 'turn 1 of the history needs a "role"'),
        ({"as_of": "yesterday"}, "as_of: 'yesterday' is not a date"),
        ({"filters": {"outlet": "AA"}}, "'outlet' is no filter"),
    ],
)
def test_what_is_no_conversation_day_or_filter_is_refused(at_rest: Engine, how: dict[str, Any], said: str) -> None:
    for door in (at_rest.ask, at_rest.search):
        with pytest.raises(QuestionError, match=said):
            door("How many bees did the keeper count?", **how)
