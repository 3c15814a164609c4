"""The lexical view within what is allowed: the same hits with the same scores, without the others."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Article
from index.lexical import Lexical, terms_of
from index.library import Library
from index.update import index_articles, remove_articles
from tests.toy import ToyEncoder


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Lexical:
    """Seven living texts, of eight."""
    encoder = ToyEncoder()
    library = Library.create(tmp_path_factory.mktemp("lexical") / "library", encoder)
    texts = [f"The bees of hive {n} buzz. {'They buzz on. ' * n}A ship lies by." for n in range(8)]
    index_articles(library, encoder, [Article(f"{n}", text) for n, text in enumerate(texts)])
    remove_articles(library, ["3"])
    with library.reading() as (snapshot, _):
        return snapshot.lexical


@settings(max_examples=40, deadline=None)
@given(allowed=st.lists(st.booleans(), min_size=9, max_size=9), count=st.integers(1, 60))
def test_what_is_allowed_is_found_as_ever(words: Lexical, allowed: list[bool], count: int) -> None:
    terms = terms_of("bees buzz ship hive")
    found = words.search(terms, count, np.array(allowed))
    expected = [hit for hit in words.search(terms, 1000) if allowed[hit.body]]
    assert sorted(hit.bm25 for hit in found) == pytest.approx(sorted(h.bm25 for h in expected[:count]))
    assert {(hit.body, hit.ordinal) for hit in found} <= {(hit.body, hit.ordinal) for hit in expected}


def test_nothing_allowed_is_nothing_found(words: Lexical) -> None:
    assert words.search(terms_of("bees"), 5, np.zeros(9, dtype=np.bool_)) == []
    assert len(words.search(terms_of("hive"), 50, np.ones(9, dtype=np.bool_))) == len(
        words.search(terms_of("hive"), 50)
    )
