"""What an article says about itself."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from index.errors import ReadError
from index.metadata import clean_metadata, complete, complete_from_name, dateline, first_words, not_before, published
from index.views import Scope


@pytest.mark.parametrize(
    ("line", "source", "day"),
    [
        ("MOSCOW (AA) – Russian officials said", "AA", None),
        ("WASHINGTON, Feb. 22 (Reuters) - The Senate", "Reuters", (2, 22)),
        ("NEW YORK (AP) — A man", "AP", None),
        ("BEIJING, Feb 22 (Xinhua) -- China", "Xinhua", (2, 22)),
        ("BRUSSELS, 22 Feb (Reuters) - The Union", "Reuters", (2, 22)),
        ("KYIV, Ukraine (AP) — Russian forces", "AP", None),
        ("WASHINGTON, D.C., Feb. 22 (UPI) -- The", "UPI", (2, 22)),
        ("Feb 22 (Reuters) - Shares of", "Reuters", (2, 22)),
        ("PARIS/LONDON, Oct 5 (Reuters) - Airbus", "Reuters", (10, 5)),
        ("MOSCOW, February 22. /TASS/. Russian", "TASS", (2, 22)),
        ("SÃO PAULO (AP) — Brazil", "AP", None),
        ("Washington (AFP) - US", "AFP", None),
        ("SAN FRANCISCO — The city", None, None),
        ("WASHINGTON, Oct. 5, 2023 — The", None, (10, 5)),
        ("LONDON, 5 October 2023 – The", None, (10, 5)),
        ("OSLO, Oct. 5, 2023 /PRNewswire/ -- The", "PRNewswire", (10, 5)),
    ],
)
def test_datelines(line: str, source: str | None, day: tuple[int, int] | None) -> None:
    found = dateline(line)
    assert found is not None
    assert found.source == source
    assert (found.month, found.day) == (day or (None, None))


@pytest.mark.parametrize(
    "line",
    [
        "Jane Smith (Labour) – the MP for Leeds – said",
        "NATO (North Atlantic Treaty Organization) – is",
        "A man (he) – said",
        "In 2020 (Reuters) said",
        "Nothing of the kind.",
    ],
)
def test_no_datelines(line: str) -> None:
    assert dateline(line) is None


def test_a_dateline_gives_the_date_where_the_year_is_known() -> None:
    text = "WASHINGTON, Feb. 22 (Reuters) - The Senate voted."
    assert complete(Article("a", text)).published_at is None
    assert complete(Article("a", text, url="https://a.example/2023/x")).published_at == "2023-02-22"
    assert complete_from_name(Article("2023/a.txt", text)).published_at == "2023-02-22"
    assert complete(Article("a", "LONDON, March 3, 2021 (Reuters) - It rained.")).published_at == "2021-03-03"
    assert complete(Article("a", "LONDON, Feb. 30, 2021 (Reuters) - It rained.")).published_at is None


@pytest.mark.parametrize("name", ["date", "pubDate", "publish_date", "published", "datePublished"])
def test_a_date_under_another_name(name: str) -> None:
    article = complete(Article("a", "It rained.", url="https://a.example/2020/01/01/x", metadata={name: "5 Oct 2023"}))
    assert (article.published_at, article.metadata[name]) == ("2023-10-05", "5 Oct 2023")
    assert complete(Article("a", "It rained.", metadata={name: "last week"})).published_at is None


def test_seconds_since_1970_as_a_csv_has_them() -> None:
    assert published("1748822400") == ("2025-06-02T00:00:00Z", {})
    assert complete(Article("a", "It rained.", metadata={"date": "1748822400"})).published_at == "2025-06-02T00:00:00Z"
    assert complete(Article("a", "1748822400\n\nIt rained.")).published_at is None


@pytest.mark.parametrize(
    ("metadata", "url", "first"),
    [
        ({"published_at": "June 2025"}, None, dt.date(2025, 6, 1)),
        ({"published_at": 2025}, None, dt.date(2025, 1, 1)),
        ({"published_at": "of late", "pubDate": "2025-06"}, None, dt.date(2025, 6, 1)),
        ({}, "https://a.example/2025/06/rain", dt.date(2025, 6, 1)),
        ({"published_at": ["2025"], "year": 2025}, "https://a.example/rain-in-2025", None),
        ({}, None, None),
    ],
)
def test_a_part_of_a_date_shows_no_day_and_keeps_an_article_out_of_earlier_ones(
    metadata: dict[str, object], url: str | None, first: dt.date | None
) -> None:
    article = complete(Article("a", "It rained.", url=url, metadata=metadata))
    assert article.published_at is None
    assert not_before(article) == first
    assert Scope(last=dt.date(2024, 12, 31)).of([article]) == ([] if first else [article])
    assert Scope(last=dt.date(2025, 6, 1)).of([article]) == [article]


def test_a_part_of_a_date_says_nothing_where_there_is_a_whole_one() -> None:
    article = Article("a", "It rained.", url="https://a.example/2025/06/rain", published_at="2023-01-01")
    assert Scope(last=dt.date(2024, 1, 1)).of([article]) == [article]


def test_a_copy_that_came_later_stays_out_though_an_earlier_one_may_be_shown() -> None:
    first = Article("a", "It rained.", published_at="2023-01-01")
    copy = Article("b", "It rained.", metadata={"published_at": "June 2025"})
    assert Scope(last=dt.date(2024, 1, 1)).of([first, copy]) == [first]


@pytest.mark.parametrize(
    "line", ["October 5, 2023", "2023-10-05", "Published: 5 October 2023", "Posted on Oct 5, 2023"]
)
def test_a_first_line_that_is_a_date(line: str) -> None:
    assert complete(Article("a", f"{line}\n\nIt rained.")).published_at == "2023-10-05"


def test_what_is_given_is_never_replaced() -> None:
    given_article = Article("a", "MOSCOW (AA) – Text.", title="T", source="cnn.com", published_at="2020-01-01")
    assert complete_from_name(given_article, created="2021-01-01").source == "cnn.com"
    assert complete_from_name(given_article, created="2021-01-01").published_at == "2020-01-01"


def test_title_and_date_from_the_name() -> None:
    article = complete_from_name(Article("news/2023-02-22-senate-votes.txt.gz", "The Senate voted on Monday."))
    assert (article.title, article.published_at) == ("Senate votes", "2023-02-22")


def test_a_name_without_words_gives_no_title() -> None:
    article = complete_from_name(Article("000_be366cde38887e44.txt", "The Senate voted on Monday. It rained."))
    assert article.title == "The Senate voted on Monday."


def test_the_day_of_making_is_the_last_resort() -> None:
    article = complete_from_name(Article("a.pdf", "Text."), created="2021-01-01")
    assert article.published_at == article.metadata["created"] == "2021-01-01"
    assert complete_from_name(Article("2020-02-02.pdf", "Text."), created="2021-01-01").published_at == "2020-02-02"


def test_first_words() -> None:
    assert first_words("MOSCOW (AA) – Officials said so on Monday. More.") == "Officials said so on Monday."
    long = first_words("word " * 100)
    assert long.endswith("word…")
    assert first_words("---\n\nThe rule above is no title.") == "The rule above is no title."


@given(st.text())
def test_first_words_are_short_and_in_the_text(text: str) -> None:
    title = first_words(text)
    assert len(title) <= 81
    assert title.removesuffix("…") in text or not title.removesuffix("…")


def test_metadata_is_json_that_can_be_stored() -> None:
    fields = {"a": float("nan"), "b": ["x\0", {"c": "\ud800"}], "d": {1}, 5: None}
    assert clean_metadata(fields) == {  # type: ignore[arg-type]
        "a": None,
        "b": ["x\ufffd", {"c": "\ufffd"}],
        "d": [1],
        "5": None,
    }


def test_metadata_has_limits() -> None:
    deep: list[object] = []
    for _ in range(100):
        deep = [deep]
    with pytest.raises(ReadError, match="nested"):
        clean_metadata({"x": deep})
    wide = ["x"] * 200
    with pytest.raises(ReadError, match="values"):
        clean_metadata({"x": [wide] * 200})


def test_an_empty_text_is_refused() -> None:
    with pytest.raises(ReadError, match="no text"):
        complete(Article("a", " \n\t"))
