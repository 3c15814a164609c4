"""A toy encoder whose vectors can be worked out by eye, a toy ranker that reads nothing but the cosine; libraries."""

import hashlib
import shutil
import string
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from index.article import Article
from index.library import Library
from index.update import index_articles
from qa.query import Query
from qa.rank import Score
from qa.retrieve import Candidate


class ToyEncoder:
    """One dimension a letter: how often it begins a word, at length one. "Bees buzz at dawn" is a1 b2 d1."""

    name = "toy"
    dimension = 26
    digest = hashlib.sha256(b"toy").hexdigest()

    def __init__(self) -> None:
        self.encoded: list[str] = []  # everything that was ever embedded: idempotence is counted here

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.encoded += texts
        return np.array([self._vector(text) for text in texts], dtype=np.float32).reshape(-1, 26)

    def encode_question(self, question: str) -> NDArray[np.float32]:
        return self._vector(question).reshape(1, 26)

    def _vector(self, text: str) -> NDArray[np.float32]:
        counts = np.full(26, 1e-3, dtype=np.float32)
        for word in text.lower().split():
            if word[0] in string.ascii_lowercase:
                counts[string.ascii_lowercase.index(word[0])] += 1
        return counts / np.linalg.norm(counts)


class ToyRanker:
    """Scores a sentence by the words it shares with the question, less a little for each word it does not."""

    name = "toy"

    def scores(self, query: Query, candidates: Sequence[Candidate]) -> list[Score]:
        asked = _words(query.text)
        return [Score(2.0 * len(asked & _words(c.text)) - 0.1 * len(_words(c.text))) for c in candidates]


def _words(text: str) -> set[str]:
    return {word.strip(string.punctuation) for word in text.lower().split() if len(word) > 3}


def toy_library(folder: Path, encoder: ToyEncoder, articles: Sequence[Article]) -> Library:
    """A new library of `articles` in `folder`: a copy of one, as making it takes longer than what is done with it."""
    original = Path(_originals().name, hashlib.sha256(repr(articles).encode()).hexdigest())
    if not original.exists():
        library = Library.create(original, encoder)
        index_articles(library, encoder, articles)
        library.close()
    shutil.copytree(original, folder, dirs_exist_ok=True)
    return Library(folder, encoder)


@cache
def _originals() -> "TemporaryDirectory[str]":
    return TemporaryDirectory(prefix="pullquote-tests-")
