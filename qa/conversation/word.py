"""The words of what was said, where they stand, and which of them make a name."""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import NamedTuple

from index.abbreviations import leads_on
from index.lexical import terms_of
from qa.conversation.grammar import (
    FIRST_NAMES,
    FUNCTION,
    LIGHT,
    MONTHS_AND_DAYS,
    NAMED_MONTHS,
    RELATIONAL,
    SPEAKING,
    SURNAMES,
)

_WORD = re.compile(r"[A-Z]\.(?= [A-Z])|[^\W_]+(?:[-.&’'][^\W_]+)*")
PAST = re.compile(r"(?:[a-z][a-df-z]|agre|fre)ed$")  # but not “seed”
_BREAK = re.compile(r"[.!?…:;]\s|\n|[“\"(\[]")


class Word(NamedTuple):
    """A word where it stands.

    `key` is what it is matched by; `kind` is function, light, related or topic; `fresh` means that it opens a
    sentence, `near` that it follows the word before it on a single space.
    """

    text: str
    key: str
    kind: str
    fresh: bool
    near: bool
    start: int
    end: int

    @property
    def named(self) -> bool:
        """Is it written as a name, where a capital means one?"""
        return self.capital and not self.fresh

    @property
    def capital(self) -> bool:
        return self.text[:1].isupper()

    @property
    def plain(self) -> bool:
        """Is it a word that by itself is never what something is about?"""
        return self.kind in ("function", "light")

    @property
    def tells(self) -> bool:
        """May it be what something is about? Of numbers, only years may."""
        if self.plain:
            return False
        return self.is_year if self.key.isdecimal() else len(self.text) > 1

    @property
    def is_year(self) -> bool:
        return self.key.isdecimal() and len(self.key) == 4

    @property
    def is_day(self) -> bool:
        """Is it a day of the week, or a month that is nobody's name?"""
        text = self.text.casefold()
        return text in MONTHS_AND_DAYS and text not in NAMED_MONTHS

    @property
    def is_date(self) -> bool:
        return self.is_year or self.is_day

    @property
    def owning(self) -> bool:
        return self.text.endswith(("'s", "’s"))

    def moved(self, by: int) -> "Word":
        """The word where the text that it was read from starts `by` characters into another."""
        return self._replace(start=self.start + by, end=self.end + by)


@lru_cache(maxsize=8192)
def key_of(word: str) -> tuple[str, str]:
    """How a word is matched, and its kind."""
    stem, _, tail = word.casefold().replace("’", "'").partition("'")
    if tail == "t" and stem.endswith("n"):
        stem = stem[:-1] or stem
    if stem in FUNCTION:
        return stem, "function"
    if stem in LIGHT:
        return stem, "light"
    single = stem[:-3] + "y" if stem.endswith("ies") else stem.removesuffix("s")
    key = " ".join(terms_of(stem)) or stem
    return key, "related" if stem in RELATIONAL or single in RELATIONAL else "topic"


def words_of(text: str) -> list[Word]:
    """The words of a text in order."""
    words: list[Word] = []
    last = 0
    for found in _WORD.finditer(text):
        between = text[last : found.start()]
        fresh = not words or (bool(_BREAK.search(between)) and not _is_short(words[-1], between))
        words.append(Word(found[0], *key_of(found[0]), fresh, between == " ", found.start(), found.end()))
        last = found.end()
    return words


def _is_short(word: Word, behind: str) -> bool:
    """Is it “Gov.” or the like, whose stop ends no sentence?"""
    return behind == ". " and leads_on(word.text)


def with_names(words: Sequence[Word], small: Collection[str] = ()) -> tuple[Word, ...]:
    """The words, where those that make a name such as “Will Smith” or “Martin Short” are function or light no more.

    `small` are keys that are written without a capital elsewhere, and so beside such a word no name.
    """
    names = {place for place, word in enumerate(words) if word.plain and _is_in_name(words, place, small)}
    return tuple(word._replace(kind="topic") if place in names else word for place, word in enumerate(words))


def _is_in_name(words: Sequence[Word], place: int, small: Collection[str]) -> bool:
    return _may_name(words[place], small) and (_opens_name(words, place, small) or _closes_name(words, place, small))


def _may_name(word: Word, small: Collection[str]) -> bool:
    return word.capital and len(word.text) > 1 and word.key not in small


def _opens_name(words: Sequence[Word], place: int, small: Collection[str]) -> bool:
    """“by Hope Hicks”, “in New York”: a capital that the place in the sentence does not ask for, before another."""
    word, right, after = words[place], _right(words, place), _right(words, place + 1)
    if (
        right is None
        or not _may_name(right, small)
        or word.owning
        or (word.kind == "function" and word.key not in FIRST_NAMES)
    ):
        return False
    if word.fresh:
        return word.key in FIRST_NAMES and not right.plain and _is_told(after)
    heading = words[place - 1].capital and words[place - 1].plain and after is not None and after.capital
    return word.near and not heading


def _is_told(verb: Word | None) -> bool:
    """Is it a verb that “Will Norland …?” cannot have behind it?"""
    return verb is not None and (
        verb.key in ("is", "was", "has", "had") or verb.text in SPEAKING or PAST.search(verb.text) is not None
    )


def _closes_name(words: Sequence[Word], place: int, small: Collection[str]) -> bool:
    """“Martin Short”, “Theresa May”: a capital right behind a name, but not “Friday May 9” or “Norland May Leave”."""
    word, left, right = words[place], words[place - 1], _right(words, place)
    if not place or not word.near or not _may_name(left, small) or left.owning:
        return False
    if left.plain and not _opens_name(words, place - 1, small):
        return False
    if word.kind == "function" and (word.key not in SURNAMES or (right is not None and right.capital)):
        return False
    return not (word.key in MONTHS_AND_DAYS and right is not None and right.key.isdecimal())


def _right(words: Sequence[Word], place: int) -> Word | None:
    """The next word, where only a single space is between."""
    return words[place + 1] if place + 1 < len(words) and words[place + 1].near else None
