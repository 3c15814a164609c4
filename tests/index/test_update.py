"""An index run: what is embedded while the next is read, and in which order articles are acknowledged."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index import schema, update
from index.article import Article
from index.library import Library
from index.update import index_articles
from tests.toy import ToyEncoder

ARTICLES = [Article(f"a{n}", f"Bees number {n} buzz. Ships number {n} sail.", "News") for n in range(7)]


@pytest.fixture(autouse=True)
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(update, "WINDOW_PASSAGES", 4)  # two of the articles


def test_articles_are_read_while_others_are_embedded(tmp_path: Path) -> None:
    read_on = threading.Event()

    class Waiting(ToyEncoder):
        def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
            assert read_on.wait(60), "nothing is read while a window is embedded"
            return super().encode(texts)

    def articles() -> Iterator[Article]:
        yield from ARTICLES[:2]
        read_on.set()
        yield from ARTICLES[2:]

    library = Library.create(tmp_path, Waiting())
    assert index_articles(library, Waiting(), articles()).added == len(ARTICLES)


def test_articles_are_acknowledged_in_their_order_once_they_are_there(tmp_path: Path, toy_encoder: ToyEncoder) -> None:
    library, told = Library.create(tmp_path, toy_encoder), list[str]()

    def acknowledged(article: Article, _: object) -> None:
        told.append(article.id)
        with closing(sqlite3.connect(tmp_path / schema.FILE)) as other:
            assert other.execute("SELECT id FROM articles ORDER BY row").fetchall() == [(one,) for one in told]

    index_articles(library, toy_encoder, ARTICLES, acknowledged)
    assert told == [article.id for article in ARTICLES]


def test_no_more_than_three_windows_are_held(tmp_path: Path, toy_encoder: ToyEncoder) -> None:
    library = Library.create(tmp_path, toy_encoder)
    committed = 0

    def count(article: Article, _: object) -> None:
        nonlocal committed
        committed += 1

    def articles() -> Iterator[Article]:
        for taken, article in enumerate(ARTICLES):
            assert taken - committed <= 6
            yield article

    index_articles(library, toy_encoder, articles(), count)


def test_a_text_that_is_on_its_way_is_not_embedded_twice(tmp_path: Path, toy_encoder: ToyEncoder) -> None:
    library = Library.create(tmp_path, toy_encoder)
    twin = Article("twin", ARTICLES[0].text, "Other news")
    summary = index_articles(library, toy_encoder, [*ARTICLES[:3], twin, *ARTICLES[3:]])
    assert summary.twins == [("twin", "a0")]
    assert len(toy_encoder.encoded) == len(set(toy_encoder.encoded)) == 2 * len(ARTICLES)


def test_what_was_committed_stays_where_embedding_fails(tmp_path: Path) -> None:
    class Failing(ToyEncoder):
        def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
            if len(self.encoded) >= 8:
                raise MemoryError
            return super().encode(texts)

    library, told = Library.create(tmp_path, ToyEncoder()), list[str]()
    with pytest.raises(MemoryError):
        index_articles(library, Failing(), ARTICLES, lambda article, _: told.append(article.id))
    with Library(tmp_path).reading() as (_, truth):
        assert truth.ids() == told == ["a0", "a1", "a2", "a3"]
    assert all("encoding" not in thread.name for thread in threading.enumerate())
