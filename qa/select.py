"""Which of the ranked sentences make the answer: at most three, no two of them saying the same thing."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from index.lexical import terms_of
from qa.words import DENYING, EMPTY, EXACT, NUMBERS, TURNING

SENTENCES = 3
_SAME = 0.8  # share of all terms in common from which two sentences may be one sentence printed twice
_SAID = 0.6  # share of the shorter one's terms from which the second adds nothing worth a quote
_EMPTY = frozenset(term for word in EMPTY for term in terms_of(word))
_LONGEST = 400  # terms: a longer sentence is the same only as one with the very same terms
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3})")
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
    folded = _THOUSANDS.sub("", unicodedata.normalize("NFKC", text).casefold())
    folded = _WORD.sub(lambda word: NUMBERS.get(word[0], word[0]), folded)
    words = _WORD.findall(folded)
    terms = [*terms_of(folded), *(letter for run in _UNSPACED.findall(folded) for letter in run)]
    return _Said(
        tuple(terms) or tuple(folded.split()),
        tuple(word for word in words if word in EXACT or word[0].isdecimal()),
        tuple("not" for word in words if word in DENYING or word.endswith(("n't", "n’t"))),
        tuple(word for word in words if word in TURNING),
    )


def _same(one: _Said, other: _Said) -> bool:
    """Near-identical, and not at odds: no number, date or denial differs, and no word is put in another's place."""
    if (one.exact, one.denying, one.turning) != (other.exact, other.denying, other.turning):
        return False
    mine, theirs = set(one.terms), set(other.terms)
    if len(mine & theirs) < _SAME * len(mine | theirs):
        return False
    if one.terms == other.terms or max(len(one.terms), len(other.terms)) > _LONGEST:
        return one.terms == other.terms
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
