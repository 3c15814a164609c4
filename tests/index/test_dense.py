"""The dense view within what is allowed: NumPy's top k of the rest."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.dense import Dense
from index.library import Library
from index.update import index_articles, remove_articles
from tests.conftest import BEES, SHIP
from tests.toy import ToyEncoder


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Dense, dict[int, np.ndarray]]:
    """A view with a base, a tail and a dead passage, and the living passages' vectors by key."""
    folder: Path = tmp_path_factory.mktemp("dense") / "library"
    encoder = ToyEncoder()
    library = Library.create(folder, encoder)
    for number in range(6):
        index_articles(library, encoder, [_numbered(number)])
    with library.reading():  # from here on the view holds what is removed next
        pass
    remove_articles(library, ["2"])
    with library.reading() as (snapshot, truth):
        blocks = list(truth.vectors_added(-1, encoder.dimension))
        vectors = {int(key): row for keys, rows in blocks for key, row in zip(keys, rows, strict=True)}
        assert len(snapshot.dense.dead), "the test wants a dead passage"
        return snapshot.dense, vectors


def _numbered(number: int):  # type: ignore[no-untyped-def]
    article = (BEES, SHIP)[number % 2]
    return type(article)(f"{number}", f"{article.text} The {'abcdef'[number]} is number {number}.", article.title)


@settings(max_examples=30, deadline=None)
@given(forbidden=st.sets(st.integers(0, 40)), count=st.integers(1, 30), question=st.sampled_from(["bees", "ship a"]))
def test_what_is_allowed_is_numpy_top_k(
    kept: tuple[Dense, dict[int, np.ndarray]], forbidden: set[int], count: int, question: str
) -> None:
    view, vectors = kept
    allowed = np.ones(max(vectors) + 1, dtype=np.bool_)
    allowed[[key for key in forbidden if key < len(allowed)]] = False
    asked = ToyEncoder().encode_question(question)
    hits = view.search(asked, count, allowed)
    cosines = {key: float(row @ asked[0]) for key, row in vectors.items() if key not in forbidden}
    assert [hit.cosine for hit in hits] == pytest.approx(sorted(cosines.values(), reverse=True)[:count], abs=1e-5)
    assert all(cosines[hit.passage] == pytest.approx(hit.cosine, abs=1e-5) for hit in hits)


def test_nothing_allowed_is_nothing_found(kept: tuple[Dense, dict[int, np.ndarray]]) -> None:
    asked = ToyEncoder().encode_question("bees")
    assert kept[0].search(asked, 5, np.zeros(100, dtype=np.bool_)) == []
    assert kept[0].search(asked, 5, np.zeros(0, dtype=np.bool_)) == [], "no key is below 0"
