"""What a misspelt word of a question means among the words that articles have."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from index.library import Library
from index.update import index_articles, remove_articles
from qa.near import near
from tests.toy import ToyEncoder


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return made(tmp_path_factory.mktemp("near"))


def made(folder: Path) -> Library:
    library = Library.create(folder / "library", ToyEncoder())
    texts = [
        "Tomas Hjelmsen asked the government for a lighthouse.", "The lighthouse, he said, was received with joy.",
        "A motel by the harbour lost its sign.", "Two harbours froze.",
    ]  # fmt: skip
    index_articles(library, ToyEncoder(), [Article(str(n), text, "Harbour news") for n, text in enumerate(texts)])
    return library


def nearest(library: Library, word: str) -> str | None:
    with library.reading() as (snapshot, truth):
        return near(word, snapshot.lexical, truth)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("Helmsen", "Hjelmsen"),
        ("hjelmsenn", "Hjelmsen"),
        ("Hjelmsne's", "Hjelmsen"),
        ("goverment", "government"),
        ("GOVERMENT", None),  # a name, for all one knows
        ("lihgthouse", "lighthouse"),
        ("recieved", "received"),
        ("habour", "Harbour"),
        ("model", None),  # a letter in another's place
        ("ighthouse", None),  # the first letter is nearly always right
        ("joyy", None),
        ("lighthouse2", None),
        ("zeppelin", None),
    ],
)
def test_a_slip_is_seen_through(harbour: Library, word: str, meant: str | None) -> None:
    assert nearest(harbour, word) == meant


@given(st.text(min_size=5, max_size=60))
def test_any_word_will_do(harbour: Library, word: str) -> None:
    nearest(harbour, word)


def test_what_is_gone_or_not_allowed_is_not_named(tmp_path: Path) -> None:
    library = made(tmp_path)
    with library.reading() as (snapshot, truth):
        bodies = np.zeros(9, dtype=np.bool_)
        assert near("Helmsen", snapshot.lexical, truth, bodies) is None
    remove_articles(library, ["0"])
    assert nearest(library, "Helmsen") is None
