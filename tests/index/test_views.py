"""The views against plain references: FAISS against NumPy, Tantivy against BM25 written out."""

import datetime as dt
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index import lexical
from index.article import Article
from index.dense import Dense
from index.library import Library
from index.split import split_sentences
from index.update import index_articles, remove_articles
from index.views import Scope
from tests.toy import ToyEncoder

WORDS = ["canal", "ship", "bees", "honey", "talks", "moscow", "trade", "moon", "goal", "probe"]
SENTENCES = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8), min_size=1, max_size=12)


def made(folder: Path, texts: list[str]) -> tuple[Library, ToyEncoder]:
    encoder = ToyEncoder()
    library = Library.create(folder, encoder)
    index_articles(library, encoder, [Article(f"{n}", text, title=f"T{n}") for n, text in enumerate(texts)])
    return library, encoder


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(SENTENCES, min_size=1, max_size=4), question=st.lists(st.sampled_from(WORDS), min_size=1))
def test_dense_is_numpy_top_k(
    texts: list[list[list[str]]], question: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    articles = [" ".join(" ".join(words).capitalize() + "." for words in sentences) for sentences in texts]
    library, encoder = made(tmp_path_factory.mktemp("views") / "library", articles)
    remove_articles(library, ["0"])
    asked = encoder.encode_question(" ".join(question))
    with library.reading() as (snapshot, truth):
        blocks = list(truth.vectors_added(-1, encoder.dimension))
        expected = {}
        for keys, vectors in blocks:
            expected |= dict(zip(keys.tolist(), (vectors @ asked[0]).tolist(), strict=True))
        hits = snapshot.dense.search(asked, 5)
    assert [h.cosine for h in hits] == pytest.approx(sorted(expected.values(), reverse=True)[:5], abs=1e-5)
    assert all(expected[h.passage] == pytest.approx(h.cosine, abs=1e-5) for h in hits)


def test_dense_wants_a_question_of_its_own_dimension() -> None:
    with pytest.raises(ValueError, match=r"shape \(1, 3\), the view wants \(1, 4\)"):
        Dense.empty(4).search(np.zeros((1, 3), dtype=np.float32), 1)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sentences=SENTENCES, question=st.sets(st.sampled_from(WORDS), min_size=1, max_size=3))
def test_lexical_is_bm25(
    sentences: list[list[str]], question: set[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = " ".join(" ".join(words).capitalize() + "." for words in sentences)
    library, _ = made(tmp_path_factory.mktemp("views") / "library", [text])
    cut = [text[span.start : span.end] for span in split_sentences(text)]
    titled = [lexical.terms_of(f"T0 {sentence}") for sentence in cut]
    around = [lexical.terms_of(" ".join(cut[max(0, n - 1) : n + 2])) for n in range(len(cut))]
    with library.reading() as (snapshot, _):
        hits = snapshot.lexical.search(lexical.terms_of(" ".join(sorted(question))), 100)
    scores = [_bm25(titled[n], titled, question) + 0.5 * _bm25(around[n], around, question) for n in range(len(cut))]
    expected = {n: score for n, score in enumerate(scores) if score > 0}
    assert {hit.ordinal: hit.bm25 for hit in hits} == pytest.approx(expected, rel=1e-3)


def _bm25(
    document: list[str], documents: list[list[str]], question: set[str], k1: float = 1.2, b: float = 0.75
) -> float:
    """Robertson's BM25 with Lucene's idf over N documents, one more of them (the watermark) without a word."""
    count = len(documents) + 1
    mean = sum(map(len, documents)) / count
    frequencies = Counter(document)
    score = 0.0
    for term in {stem for word in question for stem in lexical.terms_of(word)}:
        holding = sum(term in other for other in documents)
        idf = math.log(1 + (count - holding + 0.5) / (holding + 0.5))
        frequency = frequencies[term]
        score += idf * frequency * (k1 + 1) / (frequency + k1 * (1 - b + b * len(document) / mean))
    return score


def test_words_match_whatever_their_form() -> None:
    assert lexical.terms_of("Cafe\u0301s") == lexical.terms_of("CAFÉS") == lexical.terms_of("cafe")
    assert lexical.terms_of("pass\u00adwords") == lexical.terms_of("passwords"), "an invisible soft hyphen"
    assert lexical.terms_of("ﬁnal") == lexical.terms_of("final")
    assert lexical.terms_of("!?…") == []
    assert lexical.terms_of("She won") == ["she", "won", "win"]
    assert set(lexical.terms_of("wins")) < set(lexical.terms_of("won"))
    assert lexical.terms_of("left, founded") == ["left", "found"], "as often another word"


def test_a_word_finds_its_irregular_forms_and_they_find_it(tmp_path: Path) -> None:
    library, _ = made(tmp_path / "library", ["The women won. A woman can win. Men lost."])
    with library.reading() as (snapshot, _):
        found = {
            word: [hit.ordinal for hit in snapshot.lexical.search(lexical.terms_of(word), 9)]
            for word in ("won", "winning", "woman", "child")
        }
    assert set(found["won"][:1]) == {0}, "the form itself first"
    assert set(found["winning"]) == set(found["woman"]) == set(found["won"]) == {0, 1, 2}, "the last by its neighbour"
    assert found["child"] == []


def test_a_document_frequency_counts_titles_too(library: Library) -> None:
    with library.reading() as (snapshot, _):
        assert snapshot.lexical.document_frequency("valley") == 3
        assert snapshot.lexical.document_frequency("zorblax") == 0


def test_a_scope_lets_through_the_passages_of_the_bodies_in_it(tmp_path: Path) -> None:
    encoder, library = ToyEncoder(), Library.create(tmp_path / "library", ToyEncoder())
    texts = [f"Bees buzz at gate {n}. {'They buzz on. ' * n}" for n in range(6)]
    articles = [Article(f"{n}", text, published_at=f"2024-01-0{n + 1}") for n, text in enumerate(texts)]
    index_articles(
        library, encoder, [*articles, Article("copy", texts[1], published_at="2024-01-09"), Article("?", "A.")]
    )
    remove_articles(library, ["0", "3"])
    with library.reading() as (snapshot, truth):
        stored = truth.passages(truth.passage_keys())
        for last in range(1, 10):
            allowed = snapshot.allowed(truth, Scope(last=dt.date(2024, 1, last)))
            assert allowed is not None
            held = {
                truth.body_of(name) for name in truth.ids() if name == "?" or (name.isdecimal() and int(name) < last)
            }
            assert set(np.flatnonzero(allowed.bodies)) == held
            assert set(np.flatnonzero(allowed.passages)) == {p.number for p in stored.values() if p.body in held}
