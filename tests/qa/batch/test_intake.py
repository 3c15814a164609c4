"""What a client posts: a bad row is refused by its place, and stops no other."""

import pytest

from index import rows
from index.article import Article, Refusal
from qa.batch.intake import read_rows


def test_numbers_that_are_no_dates_spoil_no_row() -> None:
    given = [
        {"id": "a", "text": "①②③④⑤⑥⑦⑧\nThe mayor resigned."},
        {"id": "b", "text": "B.", "published_at": 10**320},
        {"id": "c", "text": "C.", "pubDate": "²0231005"},
    ]
    assert [getattr(article, "id", article) for article in read_rows(given)] == ["a", "b", "c"]


def test_a_row_that_no_reader_foresaw_spoils_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(article: Article) -> Article:
        if article.id == "b":
            raise OverflowError("too large")
        return article

    monkeypatch.setattr(rows, "complete", failing)
    first, refused, last = read_rows([{"id": name, "text": "Text."} for name in "abc"])
    assert isinstance(refused, Refusal)
    assert (refused.where, refused.reason) == ("articles[1]", "holds a value that cannot be read: too large")
    assert [getattr(article, "id", article) for article in (first, last)] == ["a", "c"]
