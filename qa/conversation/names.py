"""Which names of a conversation are people's, places' or days', by the words around them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal

from index.abbreviations import leads_on
from qa.conversation.grammar import (
    INSIDE,
    INSTITUTIONS,
    MADE,
    MAKING,
    NAMED_MONTHS,
    SPEAKING,
    TITLES,
    WHEREABOUTS,
)
from qa.conversation.mentions import Talk
from qa.conversation.word import PAST, Word

Kind = Literal["person", "place", "date"]
_LATELY = 2  # exchanges; a name that fell before them is no longer what a pronoun means
_LIKELY, _UNLIKELY = 4.0, 0.2  # how much more, or less, a word counts that is of the kind, or is not

_THING = 3.0  # against a person
_ASKED = 0.5  # for a person: users ask about people more than about anything else that has a name


def likeness(talk: Talk, kind: Kind) -> dict[str, float]:
    """For each key that is in a name how well it fits the kind: above 0 it is likely of it, below 0 not."""
    found: dict[str, float] = defaultdict(float)
    sure = {word.key for said in talk.turns for word in said.words if word.named}
    for said in talk.turns:
        for first, last in runs(said.words, talk) if said.age <= _LATELY else ():
            # A capital that only ever opens a sentence says nothing.
            if first < last or said.words[first].key in sure or said.words[first].key.isdecimal():
                sign = _sign(said.words, first, last, kind) + _ASKED * (said.by_user and kind == "person")
                for word in said.words[first : last + 1]:
                    found[word.key] += sign
    return dict(found)


def weighed(talk: Talk, signs: dict[str, float]) -> dict[str, float]:
    """The talk's weights where names of these signs are wanted."""
    return {key: weight * _factor(signs.get(key, -1.0)) for key, weight in talk.weights.items()}


def _factor(sign: float) -> float:
    return _LIKELY if sign > 0 else 1.0 if sign == 0 else _UNLIKELY


def runs(words: Sequence[Word], talk: Talk) -> Iterator[tuple[int, int]]:
    """The first and last places of each run of capitals, and of each year; “Gov.” is in none."""
    place = 0
    while place < len(words):
        last = place
        word = words[place]
        if word.tells and not leads_on(word.text) and (talk.is_name(word) or word.key.isdecimal()):
            while last + 1 < len(words) and _goes_on(words[last], words[last + 1]):
                last += 1
            yield place, last
        place = last + 1


def _goes_on(word: Word, after: Word) -> bool:
    return after.near and after.capital and not word.owning and not word.is_day and not leads_on(after.text)


def _sign(words: Sequence[Word], first: int, last: int, kind: Kind) -> float:
    run = words[first : last + 1]
    date = float(any(word.key.isdecimal() or is_day(word, len(run) > 1) for word in run))
    if kind == "date":
        return date
    before = [word.text.casefold() for word in words[max(0, first - 2) : first]] if not words[first].fresh else []
    after = [word.text for word in words[last + 1 : last + 3]]
    left = before[-1] if before else ""
    if kind == "place":
        return (left in WHEREABOUTS) - date
    thing = _THING * _is_thing(before, [text.casefold() for text in after])
    return _person(run, left, after) - 3 * date - thing - (left in INSIDE)


def is_day(word: Word, in_name: bool) -> bool:
    """Is it a month or a day of the week, and not somebody's name, such as “May”?"""
    return word.is_day or (not in_name and word.text.casefold() in NAMED_MONTHS)


def _person(run: Sequence[Word], left: str, after: Sequence[str]) -> float:
    """A title, a first name and what people do speak for a person; the rest against."""
    keys = {word.key for word in run} | {word.text.casefold() for word in run}
    likely = 2.0 * (left in TITLES or bool(keys & TITLES)) + 0.5 * (2 <= len(run) <= 3) + 0.5 * (left in SPEAKING)
    if left != "of":  # in “the board of Norvik said” it is not Norvik that says
        said = any(key in SPEAKING for key in after)
        likely += 1.0 if said else 0.5 * any(PAST.search(key) is not None for key in after[:1])
    unlikely = (left in WHEREABOUTS) + 1.5 * (left == "the") + 2.0 * bool(keys & INSTITUTIONS)
    odd = any((word.text.isupper() and len(word.text) > 2) or not word.capital for word in run)
    return likely - unlikely - 2.0 * odd


def _is_thing(before: Sequence[str], after: Sequence[str]) -> bool:
    """“The musical …”, “who directed …”, “… was directed”, “what is … about”: are the words around a name a thing's?"""
    if before and (before[-1] in MADE or before[-1] in MAKING):
        return True
    if len(after) > 1 and after[0] in ("is", "was", "were") and after[1] in MAKING:
        return True
    asked = len(before) > 1 and before[0] == "what" and before[1] in ("is", "was")
    return asked and (not after or after[0] == "about")
