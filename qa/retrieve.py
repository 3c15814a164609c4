"""From a query to candidate sentences: FAISS's passages and Tantivy's sentences, fused by reciprocal rank."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.article import Article, Span
from index.dense import PassageHit
from index.lexical import SentenceHit
from index.truth import Body, Truth
from index.views import Snapshot
from qa.query import Query

PASSAGES = 50  # taken from the dense view
SENTENCES = 50  # taken from the lexical view
CANDIDATES = 100  # kept after fusion
_RRF_K = 10  # Cormack, Clarke and Büttcher (2009) with k = 10, which was measured better than their 60

_Key = tuple[int, int]  # body and ordinal


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer, of the article that published it first, with the spans of its neighbours.

    `dense` is the cosine of its own passage to the question, `around` the better one of its neighbours' (its own
    where it has none); `bm25` is None where the lexical view did not return it.
    """

    body: Body
    article: Article
    ordinal: int
    span: Span
    before: Span | None
    after: Span | None
    dense: float
    around: float
    bm25: float | None
    fused: float

    @property
    def text(self) -> str:
        return self.quoted(self.span)

    def quoted(self, span: Span | None) -> str:
        """The text of a span of the same article; empty for None."""
        return self.body.text[span.start : span.end] if span else ""


def retrieve(snapshot: Snapshot, truth: Truth, query: Query) -> list[Candidate]:
    """At most `CANDIDATES` sentences for a query, best fused first."""
    near = _sentences_of(truth, snapshot.dense.search(query.vector, PASSAGES))
    worded = {(hit.body, hit.ordinal): hit for hit in snapshot.lexical.search(query.terms, SENTENCES)}
    fused = _fuse([near, {key: rank for rank, key in enumerate(worded, 1)}])
    order = sorted(fused, key=lambda key: (-fused[key], key))[:CANDIDATES]
    found = []
    for number in dict.fromkeys(body for body, _ in order):
        ordinals = [ordinal for body, ordinal in order if body == number]
        found += _of_body(truth, number, ordinals, query.vector[0], worded, fused)
    return sorted(found, key=lambda c: (-c.fused, c.body.number, c.ordinal))


def _sentences_of(truth: Truth, hits: Sequence[PassageHit]) -> dict[_Key, int]:
    """The rank of each sentence of the passages found: that of the best passage that holds it."""
    stored = truth.passages([hit.passage for hit in hits])
    ranks: dict[_Key, int] = {}
    for rank, hit in enumerate(hits, 1):
        if passage := stored.get(hit.passage):
            for ordinal in range(passage.first, passage.last):
                ranks.setdefault((passage.body, ordinal), rank)
    return ranks


def _fuse(rankings: Sequence[dict[_Key, int]]) -> dict[_Key, float]:
    fused: dict[_Key, float] = defaultdict(float)
    for ranking in rankings:
        for key, rank in ranking.items():
            fused[key] += 1 / (_RRF_K + rank)
    return fused


def _of_body(
    truth: Truth,
    number: int,
    ordinals: Sequence[int],
    vector: NDArray[np.float32],
    worded: dict[_Key, SentenceHit],
    fused: dict[_Key, float],
) -> list[Candidate]:
    """The candidates that one body gives."""
    body = truth.body(number)
    if body is None:
        return []
    article, spans = truth.origins(number)[0], truth.sentences(number)
    wanted = {near for n in ordinals for near in (n - 1, n, n + 1) if 0 <= near < len(spans)}
    cosines = {n: float(found @ vector) for n, found in truth.sentence_vectors(number, wanted).items()}
    candidates = []
    for n in ordinals:
        hit = worded.get((number, n))
        before, after = (spans[m] if 0 <= m < len(spans) else None for m in (n - 1, n + 1))
        around = max((cosines[m] for m in (n - 1, n + 1) if m in cosines), default=cosines[n])
        candidates.append(
            Candidate(
                body,
                article,
                n,
                spans[n],
                before,
                after,
                cosines[n],
                around,
                hit.bm25 if hit else None,
                fused[number, n],
            )
        )
    return candidates
