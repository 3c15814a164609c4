"""Several rankings made one by reciprocal rank. Equal scores have equal ranks, and a cut parts no equals: then nothing
depends on the order in which a library's articles came. The rank of equals is the mean of their places: a sentence that
stands in a hundred articles must not crowd out all others."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import groupby
from typing import TypeVar

_RRF_K = 10  # Cormack, Clarke and Büttcher (2009) with k = 10, which was measured better than their 60
MORE = 14  # hits than are wanted are looked for: hardly any tie at the cut goes on beyond them
_MOST = 800  # hits of one search: of a longer tie at its cut some are left out

Hit = TypeVar("Hit")
Key = TypeVar("Key", bound=Hashable)


def with_ties(
    found: Sequence[Hit], search: Callable[[int], Sequence[Hit]], count: int, score: Callable[[Hit], float]
) -> list[tuple[Hit, float]]:
    """The `count` best hits that `search` finds and all that tie with the last one, best first, with their ranks.

    `found` is what it finds for so many and `MORE`. `score` is rounded so far that one sentence's scores do not differ
    that were computed in two ways.
    """
    wanted = count + MORE
    while True:
        levels = [score(hit) for hit in found]
        least = levels[count - 1] if len(found) > count else float("-inf")
        if len(found) < wanted or levels[-1] < least or wanted >= _MOST:
            break
        wanted = min(4 * wanted, _MOST)
        found = search(wanted)
    kept = sum(level >= least for level in levels)
    return list(zip(found, _ranks(levels[:kept]), strict=False))


def _ranks(levels: Sequence[float]) -> list[float]:
    """The rank of each of these descending values, from 1."""
    ranks: list[float] = []
    for _, equals in groupby(levels):
        many = len(list(equals))
        ranks += [len(ranks) + (many + 1) / 2] * many
    return ranks


def fuse(rankings: Sequence[Mapping[Key, float]]) -> dict[Key, float]:
    """What each ranked key has of all rankings together: higher is better, and equals are equal to the bit."""
    fused: dict[Key, float] = defaultdict(float)
    for ranking in rankings:
        for key, rank in ranking.items():
            fused[key] += 1 / (_RRF_K + rank)
    return {key: round(value, 9) for key, value in fused.items()}


def foremost(fused: Mapping[Key, float], most: int) -> list[Key]:
    """The `most` best, and all that equal the last of them; in no order."""
    if len(fused) <= most:
        return list(fused)
    least = sorted(fused.values(), reverse=True)[most - 1]
    return [key for key, value in fused.items() if value >= least]
