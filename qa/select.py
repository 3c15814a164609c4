"""Which of the ranked sentences make the answer: at most three, no two of them saying the same thing."""

from collections.abc import Callable, Sequence
from functools import cache

from index.lexical import distinct_terms
from qa.wording import Wording, same, wording

SENTENCES = 3
_SAID = 0.6  # share of the shorter one's terms from which the second adds nothing worth a quote

_SHARED = 1 / 3  # share of the shorter one's terms that two sentences in the same words have in common at least ...
_FEW = 8  # ... unless it has fewer terms than these


def choose(
    texts: Sequence[str], good: Sequence[bool], apart: Callable[[int, int], bool] = lambda one, other: False
) -> list[tuple[int, list[int]]]:
    """Indexes into `texts` (ranked, best first) of the answer's sentences, each with its near-identical twins.

    `good[i]` says whether sentence i may be shown on its own. Twins need not be good: they say what a good one says.
    `apart(i, j)`, asked only of sentences in the same words, says whether they are about different things all the same.
    """
    said = cache(lambda i: wording(texts[i]))  # told of few: it takes time

    def twin_of(j: int, i: int) -> bool:
        return _comparable(texts[j], texts[i]) and same(said(j), said(i)) and not apart(j, i)

    chosen: list[tuple[int, list[int]]] = []
    for i in range(len(texts)):
        twin = next((twins for j, twins in chosen if twin_of(j, i)), None)
        if twin is not None:
            twin.append(i)
        elif good[i] and len(chosen) < SENTENCES and not any(_adds_nothing(said(j), said(i)) for j, _ in chosen):
            chosen.append((i, []))
    return chosen


def _comparable(one: str, other: str) -> bool:
    """Can the two be in the same words at all? Numbers and listed phrases may be spelt in other ways."""
    mine, theirs = distinct_terms(one), distinct_terms(other)
    fewer = min(len(mine), len(theirs))
    return fewer < _FEW or len(mine & theirs) >= _SHARED * fewer


def _adds_nothing(one: Wording, other: Wording) -> bool:
    """Most of the shorter one is in the longer, and the two are not at odds over a number, a date or a denial."""
    mine, theirs = distinct_terms(" ".join(one.body)), distinct_terms(" ".join(other.body))
    if len(mine & theirs) < _SAID * min(len(mine), len(theirs)):
        return False
    return not (one.exact - other.exact and other.exact - one.exact) and one.denies == other.denies
