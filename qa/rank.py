"""Ranking the candidates: which sentence answers best?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from qa.query import Query
from qa.retrieve import Candidate

_QUANTUM = 1e-3  # scores closer than this are equal: the same order then, whichever way they were computed


class Ranker(Protocol):
    """Anything that scores how well sentences answer a question. `name` tells one ranker's results from another's."""

    @property
    def name(self) -> str: ...

    def scores(self, query: Query, candidates: Sequence[Candidate]) -> list[float]:
        """One score a candidate, a logit: higher is better."""
        ...


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate and the ranker's score for it."""

    candidate: Candidate
    score: float


def in_order(candidates: Sequence[Candidate], scores: Sequence[float]) -> list[Ranked]:
    """Best first, by the quantised score, then by article and place (invariant 5)."""
    ranked = [Ranked(candidate, score) for candidate, score in zip(candidates, scores, strict=True)]
    return sorted(ranked, key=lambda r: (-round(r.score / _QUANTUM), r.candidate.article.id, r.candidate.span))
