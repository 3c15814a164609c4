"""The pronouns of a question that nothing in the question itself explains."""

import re
from collections.abc import Sequence
from itertools import pairwise

from qa.conversation.grammar import AUXILIARIES, CALENDAR, LINKS, OWNERS, PERSONS, POINTING, THINGS, WORKS
from qa.conversation.word import Word

_MEANING_IT = re.compile(
    r"\bit (?:\w+ )?mean (?:to|when|if|that|for)\b|\bit (?:take|cost) to\b|\bit been since\b|\bit (?:rain|snow)\b"
    r"|\bma(?:de|kes?) it (?:out|past|through|to)\b|\b(?:time|day|date) is it(?: now)?(?: in\b|\W*$)",
    re.I,
)
_FORMAL_IT = re.compile(r"\b(?:is|was) it \w+ (?:to|that|when|if)\b|\bit(?:['’]s| is| was) \S+ (?:\S+ )?that\b", re.I)


def unexplained(text: str, words: Sequence[Word], before: Sequence[Word]) -> list[Word]:
    """The pronouns of a sentence that neither it nor the sentences before it explain."""
    formal = bool(_MEANING_IT.search(text)) or (
        bool(_FORMAL_IT.search(text)) and sum(word.kind == "topic" for word in words) > 1
    )
    found: list[Word] = []
    for place, word in enumerate(words):
        if word.key in PERSONS | THINGS:
            leans = not (formal and word.key == "it") and not _is_explained(words, place)
        elif word.key in POINTING:
            leans = _points(words, place, before)
        elif word.key in CALENDAR:
            leans = place > 0 and words[place - 1].key == "that" and word.key not in ("time", "world")
        else:
            leans = (
                word.key in ("there", "then")
                and place == len(words) - 1 > 0
                and words[place - 1].key not in AUXILIARIES
            )
        if leans:
            found.append(word)
    return found


def _is_explained(words: Sequence[Word], place: int) -> bool:
    """Can the pronoun at this place mean a noun before it, or people in general, or is it part of a title?"""
    word, left = words[place], words[place - 1].key if place else ""
    if word.key == "they" and left in ("do", "did", "does") and sum(w.kind == "topic" for w in words[place:]) > 1:
        return True
    title = any(a.key in WORKS and b.key in PERSONS | THINGS for a, b in pairwise(words[:place]))
    if title or (place + 1 < len(words) and (left in WORKS or _is_tied(words, place))):
        return True
    noun = next((n for n in range(place) if words[n].kind == "topic"), place)
    owning = word.key in OWNERS and place + 1 < len(words) and words[place + 1].near
    return noun < place and (owning or any(w.key in LINKS for w in words[noun + 1 : place]))


def _is_tied(words: Sequence[Word], place: int) -> bool:
    """Does “it” or “they” at this place follow right on a noun?"""
    return place > 0 and words[place].key in THINGS and words[place].near and words[place - 1].kind == "topic"


def _points(words: Sequence[Word], place: int, before: Sequence[Word]) -> bool:
    """Does “this”, “that”, “these” or “those” at this place point back?"""
    word, last = words[place], place == len(words) - 1
    if not last and (words[place + 1].key in CALENDAR or is_repeated(words, place + 1)):
        return False
    if word.key in ("this", "that") and last:
        spoken = any(w.kind == "topic" for w in before) or any(w.kind == "topic" for w in words[: place - 1])
        return not spoken
    return word.key != "that" or (place == 1 and words[0].key in AUXILIARIES)


def is_repeated(words: Sequence[Word], place: int) -> bool:
    """Does the word at this place stand before it already?"""
    return place < len(words) and words[place].key in {word.key for word in words[:place]}
