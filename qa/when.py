"""When: the days that a question means, and how much sooner than an old sentence a recent one answers it."""

import datetime as dt
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.views import day_of
from qa.days import comes_again, in_front_of, named_days

STRENGTH = 2.0  # logits between what was published on the day of asking and what is far older
CUED = 2.0  # times as many where the question itself says when
DAYS = 14.0  # after which a bonus has fallen to 1/e
_FAR = 183  # days: "what opens by June 1", asked in May, means the June to come
RECENT = 14  # days before the day of asking whose best sentences are always looked at


@dataclass(frozen=True, slots=True)
class Window:
    """The days that a question means, both included; where it `ends`, nothing that came after them is meant."""

    first: dt.date
    last: dt.date
    ends: bool = False


def recency(question: str, as_of: dt.date | None, published: Sequence[str | None]) -> list[float]:
    """A bonus in logits, never negative, for sentences published on these ISO dates; all zero without `as_of`.

    It is highest on the day of asking and decays exponentially with age. Where the question says when ("this
    week", "on Monday", "in October"), articles of those days, and of the days after them as these pass, have a
    higher one. Where it says until when ("before May 10"), they have a higher one the nearer to that day, and what
    came after it has none, as what is undated, or later than `as_of`.
    """
    if as_of is None:
        return [0.0] * len(published)
    cued = window(question, as_of)
    return [_bonus(day_of(value), as_of, cued) for value in published]


def _bonus(day: dt.date | None, as_of: dt.date, cued: Window | None) -> float:
    if day is None or day > as_of:
        return 0.0
    if cued and cued.ends:
        return STRENGTH * (CUED - 1 + _decayed(cued.last - day)) if day <= cued.last else 0.0
    bonus = STRENGTH * _decayed(as_of - day)
    if cued and day >= cued.first:
        bonus = max(bonus, CUED * STRENGTH * _decayed(max(day - cued.last, dt.timedelta())))
    return bonus


def _decayed(distance: dt.timedelta) -> float:
    return math.exp(-distance.days / DAYS)


def looked_at(question: str, as_of: dt.date) -> Window:
    """The days whose best sentences are looked at besides the best of all: what the question means, else `RECENT`.

    News of a day is told on the days after it too, unless the question asks what was before.
    """
    cued = window(question, as_of)
    if cued is None:
        return _lately(as_of)
    return cued if cued.ends else Window(cued.first, min(as_of, _moved(cued.last, RECENT)))


def window(question: str, as_of: dt.date) -> Window | None:
    """The days that `question` means, seen from `as_of` and none after it; None where it does not say."""
    for found, (first, last) in named_days(question, as_of):
        if first <= as_of and (meant := _turned(found, first, last, as_of)):
            return meant
    return _lately(as_of) if _RECENTLY.search(question) else None


def _turned(found: re.Match[str], first: dt.date, last: dt.date, as_of: dt.date) -> Window | None:
    """The days found, or all before or after them where the words in front say so; None where those lie ahead.

    None, too, where they are part of a name.
    """
    question = found.string
    if _names_an_event(found) and (as_of - last).days > RECENT:
        return None
    if _SINCE.search(question, 0, found.end()):
        return Window(first, as_of)
    if last < as_of and comes_again(found) and _looks_ahead(found):
        return None
    led = _LED.search(question, *in_front_of(found))
    if led is None or _tells_which(led, found, last - first):
        return Window(first, min(last, as_of))
    if led["word"].lower() == "after":
        return Window(min(last, as_of) if led["edge"] == "end" else first, as_of)
    far = comes_again(found) and (as_of - last).days > _FAR
    if (far and not _TOLD.search(question)) or (_AHEAD.search(question) and not found.groupdict().get("year")):
        return None
    return Window(dt.date.min, min(_end(led, first, last), as_of), ends=True)


def _names_an_event(found: re.Match[str]) -> bool:
    """Whether a day without its year stands in an event's name, of whichever year: "the January 6 hearings"."""
    return comes_again(found) and "day" in found.groupdict() and _EVENT.match(found.string, found.end()) is not None


def _looks_ahead(found: re.Match[str]) -> bool:
    """Whether the question asks what is to come: "Will it rain on Friday?"; not "who said on Friday he will go?"."""
    question, start = found.string, found.start()
    ahead = _COMING.search(question, 0, start or len(question))
    return ahead is not None and not _TOLD.search(question, ahead.end(), max(start, ahead.end()))


def _end(led: re.Match[str], first: dt.date, last: dt.date) -> dt.date:
    """The last day meant: "until" and "by" include the days named, "before" does not."""
    if led["word"].lower() in ("before", "prior to"):
        return last if led["edge"] == "end" else _moved(first, -1)
    return first if led["edge"] in ("start", "beginning") else last


def _tells_which(led: re.Match[str], found: re.Match[str], length: dt.timedelta) -> bool:
    """Whether the days only tell which thing is meant: "by Tuesday's storm", "after the 2019 vote"."""
    after = found.string[found.end() - 2 : found.end() + 2]
    the = led["the"] and not led["edge"] and not _ORDINAL.match(found[0])
    if not the and "'s" not in after.replace("’", "'"):
        return False
    return led["word"].lower() == "by" or length >= dt.timedelta(days=7)


def _lately(as_of: dt.date) -> Window:
    return Window(_moved(as_of, -RECENT), as_of)


def _moved(day: dt.date, days: int) -> dt.date:
    """The day so many days later, or the calendar's first or last."""
    return dt.date.fromordinal(min(max(1, day.toordinal() + days), dt.date.max.toordinal()))


_SINCE = re.compile(r"\bsince\b", re.IGNORECASE)
_RECENTLY = re.compile(r"\b(?:recent(?:ly)?|latest|lately|newest|current(?:ly)?|(?:has|have|had) just)", re.IGNORECASE)
_LED = re.compile(  # what leads up to a day and sets the days before or after it apart
    r"\b(?P<word>before|prior to|until|till|up to|by|after)(?P<the> the)?(?: (?P<edge>end|start|beginning) of)?"
    r"(?:[ -](?:the|early|late|mid|last|this|past|about|around|on))*[ -]$",
    re.IGNORECASE,
)
_AHEAD = re.compile(  # not "Will Smith"
    r"^(?:Will|Must|Should|Can)\b"
    r"|\b(?:will|must|should|shall|can|expected|planned|due (?:by|before)|(?:have|has|needs?|going|is|are) to)\b"
)
_COMING = re.compile(  # plans need "is" or "are": "Who planned Monday's raid?" asks of the past
    r"^Will\b|\b(?:will|won['’]t|shall|upcoming|the (?:next|coming) (?!day|morning))\b"
    r"|(?:\b(?:is|are|be)|['’]s)\b.{0,60}?"
    r" (?:(?:expected|scheduled|planned|slated) |due (?:on|in|for) |(?:going|set) to )"
)
_TOLD = re.compile(r"\b(?:did|had|was|were|said|told|happened)\b", re.IGNORECASE)
_EVENT = re.compile(  # what is spoken of by its day long after it
    r" (?:[A-Z]\w+ |terror(?:ist)? ){0,2}(?:riot(?:er)?|attack(?:er)?|uprising|insurrection|coup|massacre|bombing"
    r"|committee|commission|panel|inquiry|investigation|probe|hearing|case|trial|charge|defendant|anniversary)s?\b"
)
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)\b")
