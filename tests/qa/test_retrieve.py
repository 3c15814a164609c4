"""Candidates: nothing later than the day of asking, and as many as ever."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.article import Article
from index.library import Library
from index.update import index_articles, remove_articles
from index.views import EVERYTHING, Scope, day_of
from qa.query import make_query
from qa.retrieve import PASSAGES, SENTENCES, Candidate, retrieve, scope_of
from tests.conftest import BEES, SHIP
from tests.toy import ToyEncoder

DAYS = st.dates(dt.date(2023, 1, 1), dt.date(2023, 3, 1))
PUBLISHED = st.none() | DAYS.map(dt.date.isoformat) | DAYS.map(lambda day: f"{day}T23:30:00-11:00")
TEXTS = ["Bees buzz at dawn.", "A ship lies by. It waits.", "The baker sold honey. Bees came."]
ARTICLES = st.lists(st.tuples(st.sampled_from(TEXTS), PUBLISHED), min_size=1, max_size=6)
QUESTION = "When do bees buzz this week?"


def made(library: Library, *articles: Article) -> Library:
    index_articles(library, ToyEncoder(), articles)
    return library


def asked(
    library: Library, as_of: dt.date | None, within: Scope = EVERYTHING, question: str = QUESTION
) -> list[Candidate]:
    with library.reading() as (snapshot, truth):
        return retrieve(snapshot, truth, make_query(question, snapshot.lexical), ToyEncoder(), as_of, within)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(articles=ARTICLES, as_of=DAYS, gone=st.booleans())
def test_nothing_later_is_ever_returned(
    articles: list[tuple[str, str | None]], as_of: dt.date, gone: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    library = Library.create(tmp_path_factory.mktemp("time") / "library", ToyEncoder())
    made(library, *(Article(f"{n}", text, published_at=published) for n, (text, published) in enumerate(articles)))
    if gone:
        remove_articles(library, ["0"])
        articles = [("", None), *articles[1:]]
    days = {text: [day_of(p) for t, p in articles if t == text] for text in TEXTS}
    allowed = {
        text for text, found in days.items() if found and (any(day and day <= as_of for day in found) or not any(found))
    }
    candidates = asked(library, as_of)
    assert {c.body.text for c in candidates} == allowed, "and everything else is, in a library this small"
    for c in candidates:
        day = day_of(c.article.published_at)
        assert day is None or day <= as_of
        assert c.article.published_at in [p for text, p in articles if text == c.body.text]


def test_without_a_day_everything_may_be_shown(library: Library) -> None:
    assert {c.article.id for c in asked(library, None)} == {"bees.txt", "news/ship.txt"}


def test_the_day_itself_is_included(library: Library) -> None:
    assert "bees.txt" in {c.article.id for c in asked(library, dt.date(2024, 5, 2))}
    assert "bees.txt" not in {c.article.id for c in asked(library, dt.date(2024, 5, 1))}


def test_a_time_counts_by_its_own_calendar_day(library: Library) -> None:
    made(library, Article("late", "Wasps buzz at dusk.", published_at="2024-05-01T23:30:00-11:00"))
    assert "late" in {c.article.id for c in asked(library, dt.date(2024, 5, 1))}, "though it is 2 May in London"


def test_the_filter_acts_inside_retrieval(library: Library) -> None:
    """Later articles that match better do not crowd out the earlier ones."""
    crowd = [Article(f"later {n}", f"When do bees buzz? Bees buzz {n}.", published_at="2024-06-01") for n in range(60)]
    early = [Article(f"early {n}", f"{n} bees are buzzing.", published_at="2024-04-01") for n in range(60)]
    made(library, *crowd, *early)
    found = asked(library, dt.date(2024, 5, 1))
    assert len({c.article.id for c in found} & {a.id for a in early}) >= max(PASSAGES, SENTENCES)
    assert not {c.article.id for c in found} & {a.id for a in crowd}


def test_a_recent_sentence_is_among_the_candidates(library: Library) -> None:
    """However many old ones match the question better."""
    old = [Article(f"old {n}", f"When do bees buzz? Bees do {n}.", published_at="2020-01-01") for n in range(120)]
    made(library, *old, Article("new", "The hive was seen.", published_at="2024-06-28"))
    assert "new" not in {c.article.id for c in asked(library, None)}
    assert "new" in {c.article.id for c in asked(library, dt.date(2024, 7, 1))}
    assert "new" in {c.article.id for c in asked(library, dt.date(2024, 7, 1), question="When do bees buzz?")}


def test_fewer_than_enough_are_all_there_is(library: Library) -> None:
    assert {c.article.id for c in asked(library, dt.date(2022, 1, 1))} == {"news/ship.txt"}


def test_an_empty_scope_gives_no_candidates(library: Library) -> None:
    assert asked(library, dt.date(1999, 1, 1)) == []
    assert asked(library, None, Scope(dt.date(2022, 1, 1), dt.date(2022, 1, 2), undated=False)) == []


def test_an_empty_library_gives_no_candidates(toy_encoder: ToyEncoder, library: Library) -> None:
    remove_articles(library, [BEES.id, SHIP.id])
    assert asked(library, dt.date(2024, 1, 1)) == []


def test_a_text_is_that_of_its_earliest_article_in_scope(library: Library) -> None:
    made(library, *(Article(f"copy {day}", "Wasps buzz.", published_at=f"2024-01-0{day}") for day in (1, 2, 3)))
    first = {c.article.id for c in asked(library, None) if c.body.text == "Wasps buzz."}
    within = Scope(first=dt.date(2024, 1, 2))
    second = {c.article.id for c in asked(library, None, within) if c.body.text == "Wasps buzz."}
    assert (first, second) == ({"copy 1"}, {"copy 2"})
    with library.reading() as (_, truth):
        (origins,) = truth.origins([truth.body_of("copy 1") or 0]).values()
    scope = scope_of(dt.date(2024, 1, 2), within)
    assert [article.id for article in scope.of(origins)] == ["copy 2"]


def test_an_undated_copy_counts_as_published_with_the_dated_one() -> None:
    undated, later = Article("u", "Wasps buzz."), Article("l", "Wasps buzz.", published_at="2024-03-01")
    assert Scope(last=dt.date(2024, 2, 1)).of([later, undated]) == []
    assert Scope(last=dt.date(2024, 3, 1)).of([later, undated]) == [later, undated]
    assert Scope(last=dt.date(2024, 2, 1)).of([undated]) == [undated]
    assert Scope(last=dt.date(2024, 2, 1), undated=False).of([undated]) == []


@settings(deadline=None)
@given(*[st.builds(Scope, st.none() | DAYS, st.none() | DAYS, st.booleans())] * 2, st.lists(PUBLISHED))
def test_what_lies_in_both_scopes_lies_in_the_narrowed_one(a: Scope, b: Scope, published: list[str | None]) -> None:
    articles = [Article(f"{n}", "Wasps buzz.", published_at=day) for n, day in enumerate(published)]
    both = [article for article in a.of(articles) if article in b.of(articles)]
    assert a.narrowed(b).of(articles) == both
