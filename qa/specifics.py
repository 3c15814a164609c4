"""What a question says exactly, its names and numbers: a sentence without them may be about others.

"Who won in 1998?" is not answered by who won in 2022, however alike the rest is.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from index.lexical import distinct_terms
from qa.words import ASKING, MONTHS, WEEKDAYS

_WORD = re.compile(r"[^\W_]+")
_ASIDE = re.compile(r"\([^()]*\)")  # where a follow-up is told what it leans on
_CALENDAR = MONTHS.keys() | WEEKDAYS
_WRITTEN_OUT = frozenset(("eu", "uk", "un", "usa", "uae"))  # as often as not: “the European Union” in the sentence
_LONGEST_DAY = 2  # digits of a day of the month
_BETWEEN_DAYS = frozenset(("and", "or", "to", "the", "until", "till", "through"))


class Specific(NamedTuple):
    """A word as it stands in the question, and its index terms."""

    word: str
    terms: frozenset[str]


@lru_cache(64)  # each of a question's candidates is looked at for them
def specifics(question: str) -> tuple[Specific, ...]:
    """The names and numbers of a question, in order, each once; months, weekdays and days of a month left out.

    A name is told by its capital. So the first word is none, nor is any where every word has one.
    """
    words = _WORD.findall(_ASIDE.sub(" ", question))
    telling = any(word[0].islower() for word in words)
    found: dict[str, Specific] = {}
    for at, word in enumerate(words):
        named = telling and at > 0 and word[0].isupper() and _names(word)
        if (named or (word[0].isdecimal() and not _is_day(words, at))) and (terms := distinct_terms(word)):
            found.setdefault(word.casefold(), Specific(word, terms))
    return tuple(found.values())


def lacked(question: str, *texts: str) -> list[str]:
    """Those of the question's names and numbers, as they stand in it, that none of the texts has."""
    wanted = specifics(question)
    told = frozenset[str]().union(*map(distinct_terms, texts if wanted else ()))
    return [one.word for one in wanted if not one.terms <= told]


def _names(word: str) -> bool:
    folded = word.casefold()
    return len(word) > 1 and not any(folded in known for known in (ASKING, _CALENDAR, _WRITTEN_OUT))


def _is_day(words: Sequence[str], at: int) -> bool:
    """Is the number there a day beside its month, as in “12 May”, “May 12th” and “between 10 and 12 May”?"""
    return _may_be_day(words[at]) and any(
        next((word.casefold() for word in way if not (_may_be_day(word) or word in _BETWEEN_DAYS)), "") in MONTHS
        for way in (words[at + 1 :], words[:at][::-1])
    )


def _may_be_day(word: str) -> bool:
    return word[0].isdecimal() and sum(c.isdecimal() for c in word) <= _LONGEST_DAY
