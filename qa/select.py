"""Which of the ranked sentences make the answer: at most three, no two of them saying the same thing."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from index.lexical import terms_of

SENTENCES = 3
_SAME = 0.8  # share of all terms in common from which two sentences may be one sentence printed twice
_SAID = 0.6  # share of the shorter one's terms from which the second adds nothing worth a quote
_COUNTS = {
    word: str(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen twenty".split()
    )
}
_EXACT = frozenset(
    "thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion dozen half quarter "
    "twice double triple first second third fourth fifth once "
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec "
    "monday tuesday wednesday thursday friday saturday sunday yesterday today tomorrow".split()
)
_DENYING = frozenset("not no never nor neither none nobody nothing without cannot".split())
# Words by which a sentence is turned or hedged: where one has them and the other has not, they are not the same.
_TURNING = frozenset(
    "denied denies deny denying refused refuses refuse refusing rejected rejects reject failed fails fail false "
    "falsely fake alleged allegedly reportedly may might could would should will if unless former ex almost nearly "
    "only less more fewer least most before after until since against under over above below up down by from "
    "increase increased decrease decreased rose fell north south east west left right".split()
)
# Words that may stand in one of two sentences, or differ between them, without a difference in what is said.
_EMPTY = frozenset(
    term
    for word in "a an the that which who and also is was are were be been has have had it its said says say".split()
    for term in terms_of(word)
)
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?")
_UNSPACED = re.compile(r"[^\W\d_]{18,}")  # a sentence in a script without spaces, too long to be one index term


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence as it is compared: its terms in order, and the words on which the facts hang, in order."""

    terms: tuple[str, ...]
    exact: tuple[str, ...]
    denying: tuple[str, ...]
    turning: tuple[str, ...]


def _said(text: str) -> _Said:
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = [_COUNTS.get(word, word) for word in _WORD.findall(folded)]
    terms = [*terms_of(text), *(letter for run in _UNSPACED.findall(folded) for letter in run)]
    return _Said(
        tuple(terms) or tuple(folded.split()),
        tuple(word.replace(",", "") for word in words if word in _EXACT or word[0].isdecimal()),
        tuple("not" for word in words if word in _DENYING or word.endswith(("n't", "n’t"))),
        tuple(word for word in words if word in _TURNING),
    )


def _same(one: _Said, other: _Said) -> bool:
    """Near-identical, and not at odds: no number, date or denial differs, and no word is put in another's place."""
    if (one.exact, one.denying, one.turning) != (other.exact, other.denying, other.turning):
        return False
    mine, theirs = set(one.terms), set(other.terms)
    if len(mine & theirs) < _SAME * len(mine | theirs):
        return False
    # In order: “Russia thanked China” and “China thanked Russia” have the same words.
    steps = SequenceMatcher(None, one.terms, other.terms, autojunk=False).get_opcodes()
    changed = [(one.terms[a:b], other.terms[c:d]) for step, a, b, c, d in steps if step != "equal"]
    return not any(_full(left) for left, _ in changed) or not any(_full(right) for _, right in changed)


def _full(terms: Sequence[str]) -> bool:
    return any(term not in _EMPTY for term in terms)


def _adds_nothing(one: _Said, other: _Said) -> bool:
    """Most of the shorter one is in the longer, and the two are not at odds over a number, a date or a denial."""
    mine, theirs = set(one.terms), set(other.terms)
    if len(mine & theirs) < _SAID * min(len(mine), len(theirs)):
        return False
    at_odds = bool(set(one.exact) - set(other.exact) and set(other.exact) - set(one.exact))
    return not at_odds and bool(one.denying) == bool(other.denying)


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
