"""When: the days that a question means, and how much sooner than an old sentence a recent one answers it."""

import datetime as dt
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.dates import month_number
from index.views import day_of

STRENGTH = 2.0  # logits between what was published on the day of asking and what is far older
CUED = 2.0  # times as many where the question itself says when
DAYS = 14.0  # after which a bonus has fallen to 1/e
RECENT = 14  # days before the day of asking whose best sentences are always looked at

_DAY = dt.timedelta(days=1)
_LOOSE = {"day": 0, "week": 3, "month": 15}  # days either way that "three weeks ago" may mean
_LENGTH = {"day": 1, "week": 7, "month": 30, "year": 365}


@dataclass(frozen=True, slots=True)
class Window:
    """The days that a question means, both included."""

    first: dt.date
    last: dt.date


def recency(question: str, as_of: dt.date | None, published: Sequence[str | None]) -> list[float]:
    """A bonus in logits, never negative, for sentences published on these ISO dates; all zero without `as_of`.

    It is highest on the day of asking and decays exponentially with age. Where the question says when ("this
    week", "on Monday", "in October"), articles of those days, and of the days after them as these pass, have a
    higher one. What is undated, or later than `as_of`, has none.
    """
    if as_of is None:
        return [0.0] * len(published)
    cued = window(question, as_of)
    return [_bonus(day_of(value), as_of, cued) for value in published]


def _bonus(day: dt.date | None, as_of: dt.date, cued: Window | None) -> float:
    if day is None or day > as_of:
        return 0.0
    bonus = STRENGTH * _decayed(as_of - day)
    if cued and day >= cued.first:
        bonus = max(bonus, CUED * STRENGTH * _decayed(max(day - cued.last, dt.timedelta())))
    return bonus


def _decayed(distance: dt.timedelta) -> float:
    return math.exp(-distance.days / DAYS)


def looked_at(question: str, as_of: dt.date) -> Window:
    """The days whose best sentences are looked at besides the best of all: what the question means, else `RECENT`.

    News of a day is told on the days after it too.
    """
    cued = window(question, as_of)
    if cued is None:
        return Window(_moved(as_of, -RECENT), as_of)
    return Window(cued.first, min(as_of, _moved(cued.last, RECENT)))


def window(question: str, as_of: dt.date) -> Window | None:
    """The days that `question` means, seen from `as_of` and none after it; None where it does not say."""
    for pattern, days_of in _CUES:
        for found in pattern.finditer(question):
            days = days_of(found, as_of)
            if days and days[0] <= as_of:
                return Window(days[0], as_of if _SINCE.search(question, 0, found.end()) else min(days[1], as_of))
    return None


_Days = tuple[dt.date, dt.date]


def _date(found: re.Match[str], as_of: dt.date) -> _Days | None:
    """A day of a month: of the year named, else the last one that is not after `as_of`."""
    month, day = month_number(found["month"]), int(found["day"])
    years = [int(found["year"])] if found["year"] else range(as_of.year, as_of.year - 5, -1)  # 29 February
    days = (_day(year, month, day) for year in years)
    return next(((day, day) for day in days if day and (found["year"] or day <= as_of)), None)


def _in_month(found: re.Match[str], as_of: dt.date) -> _Days | None:
    """A month: of the year named, else the last one that has begun."""
    month = month_number(found["month"])
    named = found.groupdict().get("year")
    return _whole_month(int(named) if named else as_of.year - (month > as_of.month), month)


def _in_year(found: re.Match[str], as_of: dt.date) -> _Days | None:
    return _whole_year(int(found["year"]))


def _weekday(found: re.Match[str], as_of: dt.date) -> _Days | None:
    """The last such day: `as_of` itself may be meant, unless the question says "last"."""
    back = (as_of.weekday() - _WEEKDAYS.index(found["weekday"].lower())) % 7
    if back == 0 and found["which"] and found["which"].lower() == "last":
        back = 7
    return _back(as_of, back, back)


def _ago(found: re.Match[str], as_of: dt.date) -> _Days | None:
    unit, count = found["unit"].lower(), _count(found["count"])
    if unit == "year":
        return _whole_year(as_of.year - count)
    middle, loose = count * _LENGTH[unit], _LOOSE[unit]
    return _back(as_of, middle + loose, max(0, middle - loose))


def _past(found: re.Match[str], as_of: dt.date) -> _Days | None:
    return _back(as_of, _count(found["count"] or "one") * _LENGTH[found["unit"].lower()], 0)


def _last(found: re.Match[str], as_of: dt.date) -> _Days | None:
    """The calendar's week, month or year before this one."""
    match found["unit"].lower():
        case "week":
            return _back(as_of, as_of.weekday() + 7, as_of.weekday() + 1)
        case "month":
            return _whole_month(as_of.year - (as_of.month == 1), (as_of.month - 2) % 12 + 1)
    return _whole_year(as_of.year - 1)


def _this(found: re.Match[str], as_of: dt.date) -> _Days | None:
    """On a Monday, "this week" still means the days just past."""
    match found["unit"].lower():
        case "week":
            return _back(as_of, 7, 0)
        case "month":
            return _back(as_of, as_of.day - 1, 0)
    return dt.date(as_of.year, 1, 1), as_of


def _weekend(found: re.Match[str], as_of: dt.date) -> _Days | None:
    saturday = (as_of.weekday() - 5) % 7
    return _back(as_of, saturday, max(0, saturday - 1))


def _just_back(first: int, last: int) -> Callable[[re.Match[str], dt.date], _Days | None]:
    return lambda _, as_of: _back(as_of, first, last)


def _back(as_of: dt.date, first: int, last: int) -> _Days | None:
    """From `first` to `last` days before `as_of`; None where that is before all dates."""
    if first >= as_of.toordinal():
        return None
    return as_of - first * _DAY, as_of - last * _DAY


def _moved(day: dt.date, days: int) -> dt.date:
    """The day so many days later, or the calendar's first or last."""
    return dt.date.fromordinal(min(max(1, day.toordinal() + days), dt.date.max.toordinal()))


def _whole_month(year: int, month: int) -> _Days | None:
    first, behind = _day(year, month, 1), _day(year + month // 12, month % 12 + 1, 1)
    return (first, behind - _DAY) if first and behind else None


def _whole_year(year: int) -> _Days | None:
    first, last = _day(year, 1, 1), _day(year, 12, 31)
    return (first, last) if first and last else None


def _day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _count(words: str) -> int:
    words = words.lower().removeprefix("the ").removesuffix(" of")
    return int(words) if words.isdigit() else _COUNTS[words]


_WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_COUNTS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "couple": 2, "a couple": 2, "three": 3, "few": 4, "a few": 4, "four": 4,
    "five": 5, "several": 6, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
# "May" and "March" are words too: they are months with a capital, or after "in".
_MONTH = (
    r"(?P<month>(?-i:May|March|Mar)|(?<=\bin )(?:may|march)|January|February|April|June|July|August|September|October"
    r"|November|December|(?:Jan|Feb|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_YEAR = r"(?P<year>(?:19|20)\d\d)(?!\d|[.,]\d)"
_NUMBER = rf"(?P<count>\d{{1,3}}|(?:{'|'.join(sorted(_COUNTS, key=len, reverse=True))})(?: of)?)"
_UNIT = r"(?P<unit>day|week|month|year)"
_SINCE = re.compile(r"\bsince\b", re.IGNORECASE)


def _cue(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})", re.IGNORECASE)


# What says most exactly when comes first.
_CUES: list[tuple[re.Pattern[str], Callable[[re.Match[str], dt.date], _Days | None]]] = [
    (_cue(rf"{_YEAR}-(?P<month>\d\d)-(?P<day>\d\d)\b"), _date),
    (_cue(rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?{_MONTH}(?:,? {_YEAR})?"), _date),
    (_cue(rf"{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? {_YEAR})?"), _date),
    (_cue(rf"{_MONTH},? (?:of )?{_YEAR}"), _in_month),
    (_cue(rf"(?:in|during|since|last|this|early|late|mid|from|until|through|throughout)[ -]{_MONTH}\b"), _in_month),
    (_cue(rf"{_NUMBER} {_UNIT}s? ago\b"), _ago),
    (_cue("yesterday|last night"), _just_back(1, 1)),
    (_cue("today|tonight|this (?:morning|afternoon|evening)"), _just_back(0, 0)),
    (_cue(rf"(?P<which>on|last|this|since|late|early|until) (?P<weekday>{'|'.join(_WEEKDAYS)})\b"), _weekday),
    (_cue(rf"(?P<which>)(?P<weekday>{'|'.join(_WEEKDAYS)})['’]s\b"), _weekday),
    (_cue(r"(?:this|last|past|over the|at the|on the) weekend\b"), _weekend),
    (_cue(rf"(?:past|last|previous) {_NUMBER} {_UNIT}s?\b"), _past),
    (_cue(rf"(?:past|last(?= day)) (?P<count>){_UNIT}\b"), _past),
    (_cue(r"(?:last|previous) (?P<unit>week|month|year)\b"), _last),
    (_cue(r"this (?P<unit>week|month|year)\b"), _this),
    (_cue(_YEAR), _in_year),
    (_cue(r"recent(?:ly)?|latest|lately|newest|current(?:ly)?|(?:has|have|had) just"), _just_back(RECENT, 0)),
]
