"""From a query to candidate sentences: FAISS's passages and Tantivy's sentences, fused by reciprocal rank.

With a day of asking nothing published after it is looked at, inside both views: they give as many as ever.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.article import Article, Span
from index.dense import PassageHit
from index.encode import Encoder
from index.lexical import SentenceHit
from index.truth import Body, Truth
from index.views import EVERYTHING, Allowed, Scope, Snapshot
from qa.fuse import MORE, foremost, fuse, with_ties
from qa.query import Query
from qa.question import Filters
from qa.when import looked_at

PASSAGES = 50  # taken from the dense view
SENTENCES = 50  # taken from the lexical view
CANDIDATES = 50  # kept after fusion, for the ranker

_Key = tuple[int, int]  # body and ordinal


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer, of the first article in scope that published it, with the spans of its neighbours.

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

    @property
    def neighbours(self) -> tuple[str, str]:
        """The texts of the sentences before and after; empty where there is none."""
        return self.quoted(self.before), self.quoted(self.after)

    def quoted(self, span: Span | None) -> str:
        """The text of a span of the same article; empty for None."""
        return self.body.text[span.start : span.end] if span else ""


def retrieve(
    snapshot: Snapshot,
    truth: Truth,
    query: Query,
    encoder: Encoder,
    as_of: dt.date | None = None,
    within: Scope = EVERYTHING,
    most: int = CANDIDATES,
) -> list[Candidate]:
    """At most `most` sentences for a query, best fused first, of articles `within` and none after `as_of`.

    With `as_of`, the best of the days that the question means, or of the last ones, are fused in.
    """
    within = scope_of(as_of, within)
    scopes = [within]
    if as_of is not None:
        days = looked_at(query.text, as_of)
        scopes.append(within.narrowed(Scope(days.first, days.last, undated=False)))
    found = _search(snapshot, query, encoder, [snapshot.allowed(truth, scope) for scope in scopes])
    worded = {(hit.body, hit.ordinal): hit for hits in found.worded for hit, _ in hits}
    by_words = [{(hit.body, hit.ordinal): rank for hit, rank in hits} for hits in found.worded]
    by_vector = _sentences_of(truth, found.near)
    fused = fuse([ranks for both in zip(by_vector, by_words, strict=True) for ranks in both])
    return _candidates(truth, fused, most, found.vector[0], worded, within)


def scope_of(as_of: dt.date | None, within: Scope = EVERYTHING) -> Scope:
    """What may be shown to a question asked on that day: `scope.of` a text's origins are its articles."""
    return within.narrowed(Scope(last=as_of))


def passing(filters: Filters) -> Scope:
    """What passes `filters`, as a scope."""
    sources = frozenset(filters.sources) or None
    return Scope(filters.published_after, filters.published_before, not filters.dated, sources)


@dataclass(frozen=True, slots=True)
class _Found:
    """A question's vector, float32[1, d], and by scope what either view finds and its rank, best first."""

    vector: NDArray[np.float32]
    near: list[list[tuple[PassageHit, float]]]
    worded: list[list[tuple[SentenceHit, float]]]


def _search(snapshot: Snapshot, query: Query, encoder: Encoder, scopes: Sequence[Allowed | None]) -> _Found:
    """What is found within each scope, None for everything: words are looked up while the vector is made."""
    from index.workers import workers  # imports torch, which no command but one that asks should wait for

    by_words = [_words_in(snapshot, query, scope) for scope in scopes]
    words = workers().begin(lambda: [search(SENTENCES + MORE) for search in by_words])
    vector = encoder.encode_question(query.text)
    by_vector = [_vectors_in(snapshot, vector, scope) for scope in scopes]
    near = zip(workers().map(lambda search: search(PASSAGES + MORE), by_vector), by_vector, strict=True)
    worded = zip(words(), by_words, strict=True)
    return _Found(
        vector,
        [with_ties(*both, PASSAGES, lambda hit: round(hit.cosine, 6)) for both in near],
        [with_ties(*both, SENTENCES, lambda hit: round(hit.bm25, 4)) for both in worded],
    )


def _words_in(snapshot: Snapshot, query: Query, scope: Allowed | None) -> Callable[[int], list[SentenceHit]]:
    allowed = scope.bodies if scope else None
    return lambda count: snapshot.lexical.search(query.terms, count, allowed)


def _vectors_in(
    snapshot: Snapshot, vector: NDArray[np.float32], scope: Allowed | None
) -> Callable[[int], list[PassageHit]]:
    allowed = scope.passages if scope else None
    return lambda count: snapshot.dense.search(vector, count, allowed)


def _sentences_of(truth: Truth, found: Sequence[Sequence[tuple[PassageHit, float]]]) -> list[dict[_Key, float]]:
    """By search, the rank of each sentence of the passages found: that of the best passage that holds it."""
    stored = truth.passages(sorted({hit.passage for hits in found for hit, _ in hits}))
    rankings: list[dict[_Key, float]] = []
    for hits in found:
        ranks: dict[_Key, float] = {}
        for hit, rank in hits:
            if passage := stored.get(hit.passage):
                for ordinal in range(passage.first, passage.last):
                    ranks.setdefault((passage.body, ordinal), rank)
        rankings.append(ranks)
    return rankings


def _candidates(
    truth: Truth,
    fused: Mapping[_Key, float],
    most: int,
    vector: NDArray[np.float32],
    worded: Mapping[_Key, SentenceHit],
    within: Scope,
) -> list[Candidate]:
    """The `most` best fused, equals by article and place, of the bodies that an article in scope publishes."""
    places = foremost(fused, most)
    origins = {n: within.of(found) for n, found in truth.origins({number for number, _ in places}).items()}
    held = [(number, n) for number, n in places if origins.get(number)]
    best = sorted(held, key=lambda key: (-fused[key], origins[key[0]][0].id, key[1]))[:most]
    bodies = truth.bodies({number for number, _ in best})
    shown = [(number, n) for number, n in best if number in bodies]
    ordinals: dict[int, list[int]] = defaultdict(list)
    for number, n in shown:
        ordinals[number].append(n)
    spans = {
        (number, m): span
        for number, body in bodies.items()
        for m, span in truth.spans_about(body, ordinals[number]).items()
    }
    near = {(b, m) for b, n in shown for m in (n - 1, n, n + 1)} & spans.keys()
    cosines = {place: float(found @ vector) for place, found in truth.sentence_vectors(near).items()}
    candidates = []
    for place in shown:
        (number, n), hit = place, worded.get(place)
        before, after = (number, n - 1), (number, n + 1)
        candidates.append(
            Candidate(
                bodies[number],
                origins[number][0],
                n,
                spans[place],
                spans.get(before),
                spans.get(after),
                cosines[place],
                max((cosines[beside] for beside in (before, after) if beside in cosines), default=cosines[place]),
                hit.bm25 if hit else None,
                fused[place],
            )
        )
    return candidates
