"""Which of the ranked sentences make the answer: at most three, no two of them saying the same thing."""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import takewhile

from index.lexical import distinct_terms
from qa.wording import Wording, same, wording
from qa.words import ASKING, HEDGING, MONTHS, OPPOSITES

SENTENCES = 3
_SAID = 0.6  # share of the shorter one's terms from which the second adds nothing worth a quote ...
_WORDED_ALIKE = 0.6  # ... and of the longer one's from which another name makes it say something else
_SHARED = 1 / 3  # share of the shorter one's terms that two sentences in the same words have in common at least ...
_FEW = 8  # ... unless it has fewer terms than these
_IN_STEAD = 2  # words that stand where the other sentence has at most as many others


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
    """Most of the shorter one is in the longer, and the two are not at odds over a number, a date, a denial, a name.

    A number that only the other has is something that it adds.
    """
    mine, theirs = distinct_terms(" ".join(one.body)), distinct_terms(" ".join(other.body))
    shared = len(mine & theirs)
    if shared < _SAID * min(len(mine), len(theirs)):
        return False
    if one.denies != other.denies or any(a - b and b - a for a, b in zip(one.exact, other.exact, strict=True)):
        return False
    if any(word[0].isdecimal() for word in other.exact[0] - one.exact[0]):
        return False
    return shared < _WORDED_ALIKE * max(len(mine), len(theirs)) or not _at_odds(one, other)


def _at_odds(one: Wording, other: Wording) -> bool:
    """Whether two sentences in nearly the same words name others, turn it round, change parts in it or hedge it."""
    mine, theirs = one.names(), other.names()
    return (
        (_is_missing(mine, theirs, other.body) and _is_missing(theirs, mine, one.body))
        or _of_another(one.body, other.body)
        or any(_on_two_sides(one.body, other.body, sides) for sides in OPPOSITES)
        or _hedges(one) != _hedges(other)
        or _is_replaced(one.body, other.body)
        or _swapped(one, other, one.exact[1].union(*mine, *theirs))
    )


def _is_missing(names: Sequence[frozenset[str]], known: Sequence[frozenset[str]], body: Sequence[str]) -> bool:
    """Whether one of the names is not in `body`, nor a part of a name `known` there, nor has one of these as a part."""
    return any(
        not name.issubset(body) and not any(name <= theirs or theirs <= name for theirs in known) for name in names
    )


def _of_another(one: Sequence[str], other: Sequence[str]) -> bool:
    """“Hansen won the vote” and “Olsen won the vote”: at the start a capital does not tell a name."""
    if not one[1:2] or one[1:2] != other[1:2]:
        return False
    first, second = one[0], other[0]
    return first not in other and second not in one and first not in ASKING and second not in ASKING


def _on_two_sides(one: Sequence[str], other: Sequence[str], sides: Sequence[frozenset[str]]) -> bool:
    mine, theirs = ({n for n, side in enumerate(sides) if not side.isdisjoint(body)} for body in (one, other))
    return bool(mine and theirs) and mine.isdisjoint(theirs)


def _hedges(said: Wording) -> frozenset[str]:
    """The words that hedge it; with a capital “May” is a month, or somebody."""
    return HEDGING.intersection(said.body) - {told.word for told in said.spoken if told.name and told.word in MONTHS}


def _is_replaced(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether they differ in one place only, where each has words of its own: “kept” for “raised”, “miles” for “km”."""
    start = _alike(one, other)
    mine, theirs = one[start:], other[start:]
    end = _alike(mine[::-1], theirs[::-1])
    return 0 < len(mine) - end <= _IN_STEAD and 0 < len(theirs) - end <= _IN_STEAD


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """With how many of the same words they begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _swapped(one: Wording, other: Wording, told: frozenset[str]) -> bool:
    """Whether the same words stand in the same places but for names and numbers, `told`: “A beat B”, “B beat A”."""
    if sorted(one.body) != sorted(other.body):
        return False
    moved = {mine for mine, theirs in zip(one.body, other.body, strict=True) if mine != theirs}
    return bool(moved) and moved <= told
