"""From a question to candidate sentences: FAISS's passages and Tantivy's sentences, fused by reciprocal rank."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.article import Article, Span
from index.dense import PassageHit
from index.lexical import SentenceHit
from index.truth import Body, Truth
from index.views import Snapshot

PASSAGES = 50  # taken from the dense view
SENTENCES = 100  # taken from the lexical view
CANDIDATES = 100  # kept after fusion
_RRF_K = 10  # Cormack, Clarke and Büttcher (2009) with k = 10, which was measured better than their 60


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer, of the article that published it first.

    `dense` is the best cosine of the passages that hold it, `bm25` its own score; None where it was not found so.
    """

    body: Body
    article: Article
    ordinal: int
    span: Span
    before: Span | None
    dense: float | None
    bm25: float | None
    fused: float

    @property
    def text(self) -> str:
        return self.body.text[self.span.start : self.span.end]


def retrieve(
    snapshot: Snapshot, truth: Truth, vector: NDArray[np.float32], terms: list[str], passages: int = PASSAGES
) -> list[Candidate]:
    """At most `CANDIDATES` sentences for a question (`vector` float32[1, d], `terms` as indexed), best fused first."""
    near = snapshot.dense.search(vector, passages)
    worded = snapshot.lexical.search(terms, SENTENCES)
    dense = _dense_sentences(truth, near)
    bm25 = {(hit.body, hit.ordinal): hit for hit in worded}
    fused = _fuse([_ranks(dense), {key: rank for rank, key in enumerate(bm25, 1)}])
    order = sorted(fused, key=lambda key: (-fused[key], key))[:CANDIDATES]
    return _candidates(truth, order, {key: hit.cosine for key, hit in dense.items()}, bm25, fused)


def _dense_sentences(truth: Truth, hits: list[PassageHit]) -> dict[tuple[int, int], PassageHit]:
    """Each sentence of the passages found, with the best passage that holds it, best first."""
    stored = truth.passages([hit.passage for hit in hits])
    found: dict[tuple[int, int], PassageHit] = {}
    for hit in hits:
        if passage := stored.get(hit.passage):
            for ordinal in range(passage.first, passage.last):
                found.setdefault((passage.body, ordinal), hit)
    return found


def _ranks(sentences: dict[tuple[int, int], PassageHit]) -> dict[tuple[int, int], int]:
    """The sentences of one passage share its rank."""
    places = {passage: rank for rank, passage in enumerate(dict.fromkeys(h.passage for h in sentences.values()), 1)}
    return {key: places[hit.passage] for key, hit in sentences.items()}


def _fuse(rankings: list[dict[tuple[int, int], int]]) -> dict[tuple[int, int], float]:
    fused: dict[tuple[int, int], float] = defaultdict(float)
    for ranking in rankings:
        for key, rank in ranking.items():
            fused[key] += 1 / (_RRF_K + rank)
    return fused


def _candidates(
    truth: Truth,
    order: list[tuple[int, int]],
    dense: dict[tuple[int, int], float],
    bm25: dict[tuple[int, int], SentenceHit],
    fused: dict[tuple[int, int], float],
) -> list[Candidate]:
    texts = {number: body for number in {key[0] for key in order} if (body := truth.body(number))}
    spans = {number: truth.sentences(number) for number in texts}
    origins = {number: truth.origins(number)[0] for number in texts}
    return [
        Candidate(
            texts[number],
            origins[number],
            ordinal,
            spans[number][ordinal],
            spans[number][ordinal - 1] if ordinal else None,
            dense.get((number, ordinal)),
            bm25[number, ordinal].bm25 if (number, ordinal) in bm25 else None,
            fused[number, ordinal],
        )
        for number, ordinal in order
        if number in texts
    ]
