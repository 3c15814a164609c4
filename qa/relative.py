"""Days named by how far they lie back from the day of asking: "three weeks ago", "last month", "in the last year"."""

import datetime as dt
import re
from collections.abc import Callable

from qa.periods import Days, days_back, months, whole_year

_LOOSE = {"hour": 1, "day": 0, "week": 3, "fortnight": 3, "month": 15}  # days either way: "three weeks ago"
_LENGTH = {"day": 1, "week": 7, "fortnight": 14, "month": 30, "year": 365}
_COUNTS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "couple": 2, "a couple": 2, "three": 3, "few": 4, "a few": 4, "four": 4,
    "five": 5, "several": 6, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
UNIT = r"(?P<unit>hour|day|week|fortnight|month|year)"
NUMBER = (  # not the end of a longer one: "46,000 years ago"
    rf"(?<![\d.,])(?P<count>\d{{1,3}}|(?:{'|'.join(sorted(_COUNTS, key=len, reverse=True))})(?: of)?)"
)


def ago(found: re.Match[str], as_of: dt.date) -> Days | None:
    unit, count = found["unit"].lower(), _count(found["count"])
    if unit == "year":
        return whole_year(as_of.year - count)
    middle, loose = _length(count, unit), _LOOSE[unit]
    return days_back(as_of, middle + loose, max(0, middle - loose))


def past(found: re.Match[str], as_of: dt.date) -> Days | None:
    return days_back(as_of, _length(_count(found["count"] or "one"), found["unit"].lower()), 0)


def _length(count: int, unit: str) -> int:
    """So many units in days, begun ones counted."""
    return -(-count // 24) if unit == "hour" else count * _LENGTH[unit]


def last(found: re.Match[str], as_of: dt.date) -> Days | None:
    """The calendar's week, month, quarter or year before the one that `as_of` is in."""
    match found["unit"].lower():
        case "week":
            return days_back(as_of, as_of.weekday() + 7, as_of.weekday() + 1)
        case "month":
            return months(as_of.year - (as_of.month == 1), (as_of.month - 2) % 12 + 1)
        case "quarter":
            return months(as_of.year - (as_of.month <= 3), ((as_of.month - 1) // 3 * 3 - 3) % 12 + 1, 3)
    return whole_year(as_of.year - 1)


def before_last(found: re.Match[str], as_of: dt.date) -> Days | None:
    days = last(found, as_of)
    return days and last(found, days[0])


def this(found: re.Match[str], as_of: dt.date) -> Days | None:
    """On a Monday, "this week" still means the days just past."""
    match found["unit"].lower():
        case "week":
            return days_back(as_of, 7, 0)
        case "month":
            return days_back(as_of, as_of.day - 1, 0)
    return dt.date(as_of.year, 1, 1), as_of


def weekend(found: re.Match[str], as_of: dt.date) -> Days | None:
    """The one that has begun last; on a Saturday or a Sunday "last" means the one before."""
    saturday = (as_of.weekday() - 5) % 7
    if saturday < 2 and found["which"].lower() == "last":
        saturday += 7
    return days_back(as_of, saturday, max(0, saturday - 1))


def just_back(first: int, last: int) -> Callable[[re.Match[str], dt.date], Days | None]:
    return lambda _, as_of: days_back(as_of, first, last)


def _count(words: str) -> int:
    words = words.lower().removesuffix(" of")
    return int(words) if words.isdigit() else _COUNTS[words]
