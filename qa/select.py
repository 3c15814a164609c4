"""Which of the ranked sentences make the answer: at most three, no two of them saying the same thing."""

from collections.abc import Callable, Sequence

from index.lexical import terms_of
from qa.wording import Wording, same, wording

SENTENCES = 3
_SAID = 0.6  # share of the shorter one's terms from which the second adds nothing worth a quote


def choose(
    texts: Sequence[str], good: Sequence[bool], apart: Callable[[int, int], bool] = lambda one, other: False
) -> list[tuple[int, list[int]]]:
    """Indexes into `texts` (ranked, best first) of the answer's sentences, each with its near-identical twins.

    `good[i]` says whether sentence i may be shown on its own. Twins need not be good: they say what a good one says.
    `apart(i, j)`, asked only of sentences in the same words, says whether they are about different things all the same.
    """
    said = [wording(text) for text in texts]
    chosen: list[tuple[int, list[int]]] = []
    for i, mine in enumerate(said):
        twin = next((twins for j, twins in chosen if same(said[j], mine) and not apart(j, i)), None)
        if twin is not None:
            twin.append(i)
        elif good[i] and len(chosen) < SENTENCES and not any(_adds_nothing(said[j], mine) for j, _ in chosen):
            chosen.append((i, []))
    return chosen


def _adds_nothing(one: Wording, other: Wording) -> bool:
    """Most of the shorter one is in the longer, and the two are not at odds over a number, a date or a denial."""
    mine, theirs = set(terms_of(" ".join(one.body))), set(terms_of(" ".join(other.body)))
    if len(mine & theirs) < _SAID * min(len(mine), len(theirs)):
        return False
    return not (one.exact - other.exact and other.exact - one.exact) and one.denies == other.denies
