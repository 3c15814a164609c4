"""Why there is no answer, in one sentence, and whether the nearest miss is a possible one."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.lexical import Lexical, base_of, distinct_terms, terms_of
from index.truth import Truth
from index.views import Allowed
from qa.citation import Citation
from qa.confidence import hundredths, possible
from qa.conversation.grammar import FUNCTION
from qa.near import near
from qa.specifics import lacked
from qa.words import ASKING, MEASURED, OF_DAYS

_WORD = re.compile(r"[^\W_](?:(?:[\w'’.-]|,(?=\d))*[^\W_])?")
POSSIBLY = "A possible answer, unconfirmed: "  # how the reason of a possible answer opens
_NAMED = 5  # words that are named before the rest are counted


@dataclass(frozen=True, slots=True)
class Abstention:
    """Why nothing is answered, in one sentence; `possible` where the best hit is a possible answer all the same."""

    reason: str
    possible: bool = False


class Among(NamedTuple):
    """What the articles that were looked at are called, what one of them, and what is said where there is none."""

    many: str
    one: str
    none: str


ALL = Among(
    "The articles", "no article", "The library holds no articles yet: add some with `pullquote index`."
)  # fmt: skip
FILTERED = Among(
    "The articles that pass the filters", "no article that passes the filters",
    "No article passes the filters: widen them.",
)  # fmt: skip
BY_THEN = Among(
    "The articles published by then or undated", "no article published by then or undated",
    "No article was published by then: ask as of a later day.",
)  # fmt: skip


def abstain(
    question: str,
    hits: Sequence[Citation],
    threshold: float,
    truth: Truth,
    words: Lexical,
    passing: Allowed | None = None,
    among: Among = ALL,
) -> Abstention:
    """What is missing, naming the words of the question that no article has, of those `passing` where not all do.

    A best hit close below the threshold is a possible answer, unless no article has a name that was asked about.
    """
    if not len(words):
        if not truth.is_newest():
            return Abstention("The first articles are not indexed yet: ask again once `pullquote index` has succeeded.")
        return Abstention(ALL.none)
    if passing is not None and not passing.bodies.any():
        return Abstention(among.none)
    if not terms_of(question):
        return Abstention("The question has no word to look for: ask it in words.")
    unknown = unknown_words(question, words, passing, [hit.text for hit in hits])
    unsaid = f"{among.many} do not say"
    if hits and possible(hits[0].confidence, threshold) and not any(_names(word, question) for word in unknown):
        missing = f"; {among.one} mentions {_quoted(unknown, 'or')}" if unknown else ""
        return Abstention(f"{POSSIBLY}{_likely(question, hits[0], threshold)}{missing}.", possible=True)
    if unknown:
        return Abstention(
            f"{unsaid}: none of them mentions {_quoted(unknown, 'or')}{_misspelt(unknown, truth, words, passing)}."
        )
    if not hits:
        return Abstention(f"{unsaid}: no sentence comes near the question.")
    return Abstention(f"{unsaid}: {_likely(question, hits[0], threshold)}.")


def _misspelt(unknown: Sequence[str], truth: Truth, words: Lexical, passing: Allowed | None) -> str:
    """Names the words that articles have and the question may mean."""
    bodies = None if passing is None else passing.bodies
    meant = [found for word in unknown[:_NAMED] if (found := near(word, words, truth, bodies))]
    return f"; they do mention {_quoted(meant, 'and')}" if meant else ""


def _likely(question: str, nearest: Citation, threshold: float) -> str:
    # Rounded away from each other, so that what falls short never reads as enough.
    likely, needed = math.floor(hundredths(nearest.confidence)), math.ceil(hundredths(threshold))
    missing = lacked(question, *nearest.told)
    without = f", which does not mention {_quoted(missing, 'or')}," if missing else ""
    return f"the nearest sentence{without} is {likely}% likely to answer, and an answer needs {needed}%"


def unknown_words(
    question: str, words: Lexical, passing: Allowed | None = None, found: Sequence[str] = ()
) -> list[str]:
    """The question's words, as typed and each once, that occur in no article.

    Left out are those that only ask or hold the question together: “during”, “long” in “how long”.
    What stands in `found`, sentences of articles that pass, need not be looked for.
    """
    bodies = None if passing is None else passing.bodies
    met = frozenset[str]().union(*map(distinct_terms, found))
    typed: dict[str, str] = {}
    before = ""
    for word in _WORD.findall(question):
        if not _asks(word, before):
            typed.setdefault(word.casefold(), word)
        before = word.casefold()
    return [word for word in typed.values() if _is_unknown(word, words, bodies, met)]


def _asks(word: str, before: str) -> bool:
    """Is it a word that only asks, contracted or not (“what's”, “didn't”), or holds a sentence together?

    With a capital, but for the first word, one of the latter may be a name: “Theresa May”, “Next plc”.
    """
    folded = word.casefold()
    whole, _, tail = folded.replace("’", "'").partition("'")
    asking = (whole.removesuffix("n") if tail == "t" else whole) in ASKING
    holding = (folded in FUNCTION or folded in OF_DAYS) and (word == folded or not before)
    return asking or holding or (before == "how" and folded in MEASURED)


def _is_unknown(word: str, words: Lexical, bodies: NDArray[np.bool_] | None, met: frozenset[str]) -> bool:
    """Does no article hold it? Of “Zelko's” or “Covid-19”, the part that names something decides, of “won” “win”."""
    terms = [term for term in terms_of(word) if not base_of(term)]
    telling = [term for term in terms if len(term) > 1 and not term.isdecimal()] or terms
    return any(term not in met and not words.holds(term, bodies) for term in telling)


def _names(word: str, question: str) -> bool:
    """Does the word, as typed, name something? Where the question has no capitals past its first letter, any may."""
    told = any(c.isupper() for c in question.strip()[1:])
    return not told or any(c.isupper() or c.isdecimal() for c in word)


def _quoted(words: Sequence[str], link: str) -> str:
    quoted = [f"“{word}”" for word in words[:_NAMED]]
    if rest := len(words) - len(quoted):
        quoted.append(f"{rest} more")
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {link} {quoted[-1]}"
