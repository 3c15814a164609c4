"""Filters: nothing outside them is ever shown, and everything inside them can be."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Article
from index.errors import QuestionError
from index.library import Library
from index.update import index_articles
from index.views import day_of
from qa.answer import Answer, Status
from qa.citation import Citation
from qa.engine import Engine
from qa.question import MAX_SOURCES, NO_FILTERS, Filters, filters_of
from tests.qa.test_engine import engine_over
from tests.toy import ToyEncoder

QUESTION = "How many bees did the keeper count?"
COUNTED = "The keeper counted 40,000 bees in May."
DAYS = st.dates(dt.date(2023, 1, 1), dt.date(2023, 1, 6))
SOURCES = st.sampled_from(["AA", "BB", "aa"])
TEXTS = st.sampled_from(
    [COUNTED, f"{COUNTED} Bees buzz.", "The keeper counted no bees.", "Bees count. So may keepers."]
)
ARTICLES = st.lists(
    st.tuples(TEXTS, st.none() | SOURCES, st.none() | DAYS.map(dt.date.isoformat) | DAYS.map(lambda d: f"{d}T23:59Z")),
    min_size=1,
    max_size=8,
).map(lambda rows: [Article(f"{n}", text, "", None, source, None, day) for n, (text, source, day) in enumerate(rows)])
FILTERS = st.builds(
    lambda source, days: Filters(source, min(days, default=None), max(days, default=None) if len(days) > 1 else None),
    st.none() | SOURCES | st.lists(SOURCES, max_size=2).map(tuple),
    st.lists(DAYS, max_size=2),
)


def passes(article: Article, filters: Filters) -> bool:
    """The filters' meaning, written down a second time."""
    if filters.sources and article.source not in filters.sources:
        return False
    day = day_of(article.published_at)
    after, before = filters.published_after, filters.published_before
    if (after or before) and day is None:
        return False
    return not (after and day and day < after) and not (before and day and day > before)


def shown(answer: Answer) -> Iterator[Citation]:
    for cited in answer.citations:
        yield cited
        yield from cited.same_as
    yield from answer.hits


@settings(max_examples=10, deadline=None)
@given(ARTICLES, st.lists(FILTERS, min_size=3, max_size=6), st.none() | DAYS)
def test_nothing_outside_the_filters_is_ever_shown(
    articles: list[Article], several: list[Filters], as_of: dt.date | None
) -> None:
    known = {article.id: article for article in articles}
    with engine_over(articles, threshold=0.3) as engine:
        for filters in several:
            answer = engine.ask(QUESTION, 100, filters=filters, as_of=as_of)
            for cited in shown(answer):
                assert passes(cited.article, filters), cited
                assert cited.article.source == known[cited.article.id].source
            found = engine.search(QUESTION, 100, filters=filters, as_of=as_of)
            assert found.hits == answer.hits
            inside = {article.text for article in articles if passes(article, filters)}
            if as_of is None and inside:
                assert {known[hit.article.id].text for hit in found.hits} == inside, "all is found in one this small"
            if not inside:
                assert answer.status is Status.ABSTAINED
                assert answer.reason == "No article passes the filters: widen them."


@pytest.fixture
def copies(library: Library, toy_encoder: ToyEncoder, engine: Engine) -> Engine:
    """One text under four ids."""
    text = "The beadle counted 12 goats in June."
    rows = [("a", "AA", "2023-01-01"), ("b", "BB", "2023-01-03"), ("c", "CC", None), ("d", None, "2023-01-05")]
    index_articles(library, toy_encoder, [Article(i, text, source=s, published_at=day) for i, s, day in rows])
    return engine


def ids(engine: Engine, **filters: Any) -> list[str]:
    """The ids under which the goats are cited."""
    answer = engine.ask("How many goats did the beadle count?", min_confidence=0.0, filters=Filters(**filters))
    cited = answer.citations[0]
    return [one.article.id for one in (cited, *cited.same_as)]


def test_a_copy_outside_is_neither_cited_nor_the_same(copies: Engine) -> None:
    assert ids(copies) == ["a", "b", "d", "c"]
    assert ids(copies, source="BB") == ["b"]
    assert ids(copies, source=("BB", "CC")) == ["b", "c"]
    assert ids(copies, published_after=dt.date(2023, 1, 2)) == ["b", "d"], "and not the one without a date"
    assert ids(copies, published_after=dt.date(2023, 1, 3), published_before=dt.date(2023, 1, 3)) == ["b"]
    assert ids(copies, source="AA", published_before=dt.date(2023, 1, 1)) == ["a"]


def test_an_abstention_speaks_of_what_passes(copies: Engine) -> None:
    question = "Which vessel did the tugs free?"
    assert copies.ask(question).status is Status.ANSWERED
    answer = copies.ask(question, filters=Filters("The Valley Post"))
    assert answer.reason is not None
    assert answer.reason.startswith("The articles that pass the filters do not say: none of them mentions “vessel”")


def test_stages_are_told_as_they_begin(engine: Engine) -> None:
    stages: list[str] = []
    engine.ask(QUESTION, on_stage=stages.append)
    assert stages == ["searching", "reading", "choosing"]
    engine.search(QUESTION, on_stage=stages.append)
    assert stages[3:] == stages[:3]


def test_what_a_stage_raises_ends_the_asking(engine: Engine) -> None:
    def gone(stage: str) -> None:
        raise KeyError(stage)

    with pytest.raises(KeyError, match="searching"):
        engine.ask(QUESTION, on_stage=gone)
    assert engine.ask(QUESTION).status is Status.ANSWERED, "and the library can be read again"


def test_a_search_is_an_answers_hits(engine: Engine) -> None:
    found, answer = engine.search(QUESTION, 3), engine.ask(QUESTION, 3)
    assert (found.hits, found.library) == (answer.hits, answer.library)
    assert found.to_json() == {
        "question": QUESTION,
        "hits": answer.to_json()["hits"],
        "rewritten_question": None,
        "library": answer.to_json()["library"],
    }


def test_a_reason_tells_nothing_of_what_was_published_later(engine: Engine) -> None:
    answer = engine.ask("How many bees blocked the canal?", as_of=dt.date(2022, 1, 1), min_confidence=1.0)
    assert answer.reason == "The articles published by then or undated do not say: none of them mentions “bees”."
    answer = engine.ask("How many bees blocked the canal?", as_of=dt.date(2020, 1, 1))
    assert answer.reason == "No article was published by then: ask as of a later day."


@pytest.mark.parametrize(
    ("given", "filters"),
    [
        (None, NO_FILTERS),
        ({}, NO_FILTERS),
        ({"source": None, "published_after": None, "published_before": ""}, NO_FILTERS),
        ({"source": "AA"}, Filters("AA")),
        ({"source": ["AA", "BB"]}, Filters(("AA", "BB"))),
        ({"published_after": "2023-01-02T10:00:00+09:00"}, Filters(None, dt.date(2023, 1, 2))),
        ({"published_before": "2023-01-02"}, Filters(None, None, dt.date(2023, 1, 2))),
    ],
)
def test_filters_are_read_from_json(given: object, filters: Filters) -> None:
    assert filters_of(given) == filters
    assert bool(filters) == (filters != NO_FILTERS)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("AA", "must be an object"),
        (["AA"], "must be an object"),
        ({"outlet": "AA"}, "'outlet' is no filter"),
        ({"source": 7}, "an outlet's name"),
        ({"source": []}, "names no outlet"),
        ({"source": ["AA", 7]}, "names no outlet"),
        ({"source": ["AA", " "]}, "names no outlet"),
        ({"source": "x" * 301}, "300 at most"),
        ({"source": ["x"] * (MAX_SOURCES + 1)}, "100 at most"),
        ({"published_after": "May"}, "published_after: 'May' is not a date"),
        ({"published_before": 2023}, "published_before: 2023 is not a date"),
        ({"published_after": "2023-02-01", "published_before": "2023-01-01"}, "swap them"),
    ],
)
def test_filters_that_make_no_sense_are_refused(given: object, says: str) -> None:
    with pytest.raises(QuestionError, match=says):
        filters_of(given)
