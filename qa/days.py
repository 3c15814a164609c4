"""Days as a question names them: "on 12 May", "last week", "the third quarter of 2022"."""

import datetime as dt
import re
from collections.abc import Callable, Iterator

from index.dates import month_number
from qa.years import OF_YEAR, YEAR, counts

_Days = tuple[dt.date, dt.date]

_DAY = dt.timedelta(days=1)
_LOOSE = {"day": 0, "week": 3, "fortnight": 3, "month": 15}  # days either way that "three weeks ago" may mean
_LENGTH = {"day": 1, "week": 7, "fortnight": 14, "month": 30, "year": 365}
_NEAR = 60  # characters in front of a day that tell how it is meant
_SEASON_OVER = 120  # days after which "this summer" is no more the one that has passed


def named_days(question: str, as_of: dt.date) -> Iterator[tuple[re.Match[str], _Days]]:
    """What in `question` names days, and the first and the last of these, seen from `as_of`; the most exact first."""
    for pattern, days_of in _CUES:
        for found in pattern.finditer(question):
            if days := days_of(found, as_of):
                yield found, days


def in_front_of(found: re.Match[str]) -> tuple[int, int]:
    """Where in the question the words are that lead up to the days' name; a preposition in the cue is one of them."""
    start = found.start("at") if "at" in found.re.groupindex else found.start()
    return max(0, start - _NEAR), start


def comes_again(found: re.Match[str]) -> bool:
    """Whether such days come again and again, and the question does not say "last": "in May", "on Friday"."""
    if found[0].lower().startswith(("last", "past")) or found.groupdict().get("year"):
        return False
    return not found.re.groupindex.keys().isdisjoint(("month", "weekday", "weekend"))


def _date(found: re.Match[str], as_of: dt.date) -> _Days | None:
    """A day of a month: of the year named, else the last one that is not after `as_of`."""
    if not _is_month(found):
        return None
    month, day = month_number(found["month"]), int(found["day"])
    years = [int(found["year"])] if found["year"] else range(as_of.year, as_of.year - 5, -1)  # 29 February
    days = (_day(year, month, day) for year in years)
    return next(((day, day) for day in days if day and (found["year"] or day <= as_of)), None)


def _in_month(found: re.Match[str], as_of: dt.date) -> _Days | None:
    """A month: of the year named, else the last one that has begun."""
    if not _is_month(found):
        return None
    month = month_number(found["month"])
    named = found.groupdict().get("year")
    return _months(int(named) if named else as_of.year - (month > as_of.month), month)


def _is_month(found: re.Match[str]) -> bool:
    """Words, too, are "may" and "march": in small letters months with a year, after "on", or where a clause ends."""
    if (
        found["month"].lower() not in ("may", "march", "mar")
        or found["month"].istitle()
        or found.groupdict().get("year")
    ):
        return True
    return bool(_POINTS.search(found.string, *in_front_of(found)) or _CLOSES.match(found.string, found.end()))


def _in_year(found: re.Match[str], as_of: dt.date) -> _Days | None:
    return None if counts(found) else _whole_year(int(found["year"]))


def _in_decade(found: re.Match[str], as_of: dt.date) -> _Days | None:
    year = int(found["year"])
    return dt.date(year, 1, 1), dt.date(year + 9, 12, 31)


def _in_quarter(found: re.Match[str], as_of: dt.date) -> _Days | None:
    named = found["quarter"].lower()
    number = int(named) if named.isdigit() else _QUARTERS.index(named) + 1
    return _months(int(found["year"]), number * 3 - 2, 3)


def _in_season(found: re.Match[str], as_of: dt.date) -> _Days | None:
    """Three whole months, by the seasons of the northern hemisphere: summer is June to August, winter from December.

    "Last summer" is the last that is over; "this summer" is the one that has begun, or ended not long ago.
    """
    month, which = _SEASONS[found["season"].lower()], found.groupdict().get("which")
    if which is None:
        return _months(int(found["year"]), month, 3)
    year = as_of.year - (month > as_of.month)
    days = _months(year, month, 3)
    if which.lower() == "this":
        return days if days and (as_of - days[1]).days < _SEASON_OVER else None
    return days if days and days[1] < as_of else _months(year - 1, month, 3)


def _weekday(found: re.Match[str], as_of: dt.date) -> _Days | None:
    """The last such day: `as_of` itself may be meant, unless the question says "last"."""
    back = (as_of.weekday() - _WEEKDAYS.index(found["weekday"].lower())) % 7
    if back == 0 and found["which"].lower() == "last":
        back = 7
    return _back(as_of, back, back)


def _weekday_alone(found: re.Match[str], as_of: dt.date) -> _Days | None:
    """A day without "on": "he was freed Monday in Ohio"; in small letters only where a clause ends."""
    question, end = found.string, found.end()
    told = _ENDS.match(question, end) or (found[0].istitle() and _GOES_ON.match(question, end))
    return _weekday(found, as_of) if told and _VERB.search(question, *in_front_of(found)) else None


def _ago(found: re.Match[str], as_of: dt.date) -> _Days | None:
    unit, count = found["unit"].lower(), _count(found["count"])
    if unit == "year":
        return _whole_year(as_of.year - count)
    middle, loose = count * _LENGTH[unit], _LOOSE[unit]
    return _back(as_of, middle + loose, max(0, middle - loose))


def _past(found: re.Match[str], as_of: dt.date) -> _Days | None:
    return _back(as_of, _count(found["count"] or "one") * _LENGTH[found["unit"].lower()], 0)


def _last(found: re.Match[str], as_of: dt.date) -> _Days | None:
    """The calendar's week, month, quarter or year before this one."""
    match found["unit"].lower():
        case "week":
            return _back(as_of, as_of.weekday() + 7, as_of.weekday() + 1)
        case "month":
            return _months(as_of.year - (as_of.month == 1), (as_of.month - 2) % 12 + 1)
        case "quarter":
            return _months(as_of.year - (as_of.month <= 3), ((as_of.month - 1) // 3 * 3 - 3) % 12 + 1, 3)
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
    """The one that has begun last; on a Saturday or a Sunday "last" means the one before."""
    saturday = (as_of.weekday() - 5) % 7
    if saturday < 2 and found["which"].lower() == "last":
        saturday += 7
    return _back(as_of, saturday, max(0, saturday - 1))


def _just_back(days: int) -> Callable[[re.Match[str], dt.date], _Days | None]:
    return lambda _, as_of: _back(as_of, days, days)


def _back(as_of: dt.date, first: int, last: int) -> _Days | None:
    """From `first` to `last` days before `as_of`; None where that is before all dates."""
    if first >= as_of.toordinal():
        return None
    return as_of - first * _DAY, as_of - last * _DAY


def _months(year: int, month: int, count: int = 1) -> _Days | None:
    """So many whole months from that one on."""
    behind = month - 1 + count
    first, after = _day(year, month, 1), _day(year + behind // 12, behind % 12 + 1, 1)
    return (first, after - _DAY) if first and after else None


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
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_QUARTERS = ["first", "second", "third", "fourth"]
_COUNTS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "couple": 2, "a couple": 2, "three": 3, "few": 4, "a few": 4, "four": 4,
    "five": 5, "several": 6, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
_MONTH = (
    r"(?P<month>(?:January|February|March|April|May|June|July|August|September|October|November|December)\b"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_UNIT = r"(?P<unit>day|week|fortnight|month|year)"
_NUMBER = (  # not the end of a longer one: "46,000 years ago"
    rf"(?<![\d.,])(?P<count>\d{{1,3}}|(?:{'|'.join(sorted(_COUNTS, key=len, reverse=True))})(?: of)?)"
)
_BOUNDS = "before|after|by|till|prior to|up to"
_POINTS = re.compile(
    rf"\b(?:on|in|during|since|until|early|late|mid|through|throughout|{_BOUNDS})(?: the)?[ -]$", re.IGNORECASE
)
_CLOSES = re.compile(r"\s*(?:$|[?!.,;:)])")
# A weekday without "on" follows what happened: not "a Friday", "every Friday", "next Friday", nor a day's own name.
_NO_VERB = (
    "on|by|this|last|late|early|since|until|till|before|after|for|from|to|of|per|with|about|like|than|as|and|or"
    "|a|an|the|every|each|any|one|next|coming|following|is|are|was|were"
    "|be|do|does|did|will|can|could|would|what|which|how|why|when|where|if|because|called|named|titled|plays?|playing"
    "|black|good|cyber|super|easter|ash|palm|bloody|giving|whit|shrove|sheffield|ruby|freaky|fat|casual|happy"
)
_VERB = re.compile(rf"\b(?!(?:{_NO_VERB})\b)[a-z]+ $")
_ENDS = re.compile(rf"(?: (?:morning|afternoon|evening|night))?{_CLOSES.pattern}")
_GOES_ON = re.compile(
    r" (?:in|at|on|after|before|by|for|with|to|from|when|as|that|during|over|against|and|who|which|what|near|amid"
    r"|following|because|while|morning|afternoon|evening|night)\b"
)


def _cue(pattern: str) -> re.Pattern[str]:
    """Where a preposition is part of the cue, an empty group `at` stands after it."""
    return re.compile(rf"\b(?:{pattern})", re.IGNORECASE)


# What says most exactly when comes first.
_CUES: list[tuple[re.Pattern[str], Callable[[re.Match[str], dt.date], _Days | None]]] = [
    (_cue(rf"{YEAR}-(?P<month>\d\d)-(?P<day>\d\d)\b"), _date),
    (_cue(rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?{_MONTH}(?:,? {OF_YEAR})?"), _date),
    (_cue(rf"{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? {OF_YEAR})?"), _date),
    (_cue(rf"{_MONTH},? (?:of )?{OF_YEAR}"), _in_month),
    (
        _cue(
            r"(?:in|during|since|last|this|early|late|mid|from|until|through|throughout|(?:end|start|beginning) of)"
            rf"[ -](?P<at>){_MONTH}"
        ),
        _in_month,
    ),
    (_cue(rf"(?:{_BOUNDS}) (?P<at>)(?!May\b){_MONTH}(?! (?-i:[A-Z]))"), _in_month),  # "after May" left: a name
    (_cue(rf"(?P<quarter>{'|'.join(_QUARTERS)}) quarter,? (?:of )?{YEAR}"), _in_quarter),
    (_cue(rf"Q(?P<quarter>[1-4]),? (?:of )?{YEAR}"), _in_quarter),
    (_cue(rf"(?P<season>spring|summer|autumn|fall),? (?:of )?{YEAR}"), _in_season),
    (_cue(rf"{_NUMBER} {_UNIT}s? ago\b"), _ago),
    (_cue("the day before yesterday"), _just_back(2)),
    (_cue("yesterday|last night"), _just_back(1)),
    (_cue("today|tonight|this (?:morning|afternoon|evening)"), _just_back(0)),
    (_cue(rf"(?P<which>on|last|this|since|late|early|until) (?P<at>)(?P<weekday>{'|'.join(_WEEKDAYS)})\b"), _weekday),
    (_cue(rf"(?P<which>{_BOUNDS}) (?P<at>)(?P<weekday>{'|'.join(_WEEKDAYS)})\b(?! (?-i:[A-Z]))"), _weekday),
    (_cue(rf"(?P<which>)(?P<weekday>{'|'.join(_WEEKDAYS)})['’]s\b"), _weekday),
    (_cue(rf"(?P<which>)(?P<weekday>{'|'.join(_WEEKDAYS)})\b"), _weekday_alone),
    (
        _cue(r"(?P<which>this|last|past|(?:over|at|on|since|before|after|until) the) (?P<at>)(?P<weekend>weekend)\b"),
        _weekend,
    ),
    (_cue(rf"(?:past|last|previous) {_NUMBER} {_UNIT}s?\b"), _past),
    (_cue(rf"(?:past|last(?= day| fortnight)) (?P<count>){_UNIT}\b"), _past),
    (_cue(r"(?:last|previous) (?P<unit>week|month|year)\b"), _last),
    (_cue(r"(?<!in the )(?:last|previous) (?P<unit>quarter)\b(?! of)"), _last),  # "in the last quarter": of a match?
    (_cue(r"this (?P<unit>week|month|year)\b"), _this),
    (_cue(r"(?P<which>this|last|past)(?: past)? (?P<season>spring|summer|autumn|winter)\b"), _in_season),
    (_cue(r"(?P<which>this|last|past) (?P<season>fall)\b(?! (?:in|of|to|by|below|under|from)\b)"), _in_season),
    (_cue(r"(?P<year>(?:19|20)\d0)s\b"), _in_decade),
    (_cue(YEAR), _in_year),
]
