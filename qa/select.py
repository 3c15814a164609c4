"""Which of the ranked sentences make the answer: at most three, no two of them saying the same thing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.lexical import terms_of

SENTENCES = 3
_SAME = 0.8  # share of all terms in common from which two sentences are one sentence printed twice
_SAID = 0.6  # share of the shorter one's terms from which the second adds nothing worth a quote
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class _Said:
    terms: frozenset[str]
    numbers: tuple[str, ...]


def _said(text: str) -> _Said:
    return _Said(frozenset(terms_of(text)), tuple(sorted(_NUMBER.findall(text))))


def _same(one: _Said, other: _Said) -> bool:
    """Near-identical, and no number differs: 185 billion is never merged with 190 billion."""
    if one.numbers != other.numbers or not one.terms:
        return one == other
    return len(one.terms & other.terms) >= _SAME * len(one.terms | other.terms)


def _adds_nothing(one: _Said, other: _Said) -> bool:
    shorter = min(len(one.terms), len(other.terms))
    return len(one.terms & other.terms) >= _SAID * shorter


def choose(texts: Sequence[str], good: Sequence[bool]) -> list[tuple[int, list[int]]]:
    """Indexes into `texts` (ranked, best first) of the answer's sentences, each with its near-identical twins.

    `good[i]` says whether sentence i may be shown on its own. Twins need not be good: they say what a good one says.
    """
    said = [_said(text) for text in texts]
    chosen: list[tuple[int, list[int]]] = []
    for i, mine in enumerate(said):
        twin = next((twins for j, twins in chosen if _same(said[j], mine)), None)
        if twin is not None:
            twin.append(i)
        elif good[i] and len(chosen) < SENTENCES and not any(_adds_nothing(said[j], mine) for j, _ in chosen):
            chosen.append((i, []))
    return chosen
