"""Ranking the candidates: which sentence answers best?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from index.article import Span
from qa.query import Query
from qa.retrieve import Candidate

_QUANTUM = 1e-3  # scores closer than this are equal: the same order then, whichever way they were computed


@dataclass(frozen=True, slots=True)
class Score:
    """What a ranker says of a candidate. `value` orders: higher is better.

    `logit` is the network's own, above 0 where it takes the sentence for an answer; None where no network read it.
    `likeliest` is where the answer stands, if it does, in code points of the article, and `answer` the same where that
    is sure enough to be shown; None where it is not known.
    """

    value: float
    logit: float | None = None
    answer: Span | None = None
    likeliest: Span | None = None


class Ranker(Protocol):
    """Anything that scores how well sentences answer a question. `name` tells one ranker's results from another's."""

    @property
    def name(self) -> str: ...

    def scores(self, query: Query, candidates: Sequence[Candidate]) -> list[Score]:
        """One score a candidate, in their order."""
        ...


@runtime_checkable
class ManyRanker(Ranker, Protocol):
    """A ranker that is quicker with several questions at a time."""

    def scores_many(self, asked: Sequence[tuple[Query, Sequence[Candidate]]]) -> list[list[Score]]:
        """What `scores` gives for each question and its candidates."""
        ...


def scores_of(ranker: Ranker, asked: Sequence[tuple[Query, Sequence[Candidate]]]) -> list[list[Score]]:
    """The scores of each question's candidates."""
    if isinstance(ranker, ManyRanker):
        return ranker.scores_many(asked)
    return [ranker.scores(query, candidates) for query, candidates in asked]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate and what the ranker says of it."""

    candidate: Candidate
    said: Score

    @property
    def score(self) -> float:
        return self.said.value


def in_order(candidates: Sequence[Candidate], scores: Sequence[Score]) -> list[Ranked]:
    """Best first, by the quantised score, then by article and place (invariant 5)."""
    ranked = [Ranked(candidate, score) for candidate, score in zip(candidates, scores, strict=True)]
    return sorted(ranked, key=lambda r: (-round(r.score / _QUANTUM), r.candidate.article.id, r.candidate.span))
