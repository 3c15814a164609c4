"""Days as a question names them: "on 12 May", "last week", "the third quarter of 2022"."""

import datetime as dt
import re
from collections.abc import Callable, Iterator

from index.dates import month_number
from qa import relative
from qa.periods import DAY, Days, date_of, days_back, months, whole_year
from qa.words import DAY_NAMES, MONTH_NAMES
from qa.years import OF_YEAR, YEAR, counts

_NEAR = 60  # characters in front of a day that tell how it is meant
_SEASON_OVER = 120  # days after which "this summer" is no more the one that has passed


def named_days(question: str, as_of: dt.date) -> Iterator[tuple[re.Match[str], Days]]:
    """What in `question` names days, and the first and the last of these, seen from `as_of`; the most exact first."""
    read: list[re.Match[str]] = []
    for pattern, days_of in _CUES:
        for found in pattern.finditer(question):
            if any(_overlap(found, more_exact) for more_exact in read):
                continue  # the year of a day is no year by itself
            if days := days_of(found, as_of):
                read.append(found)
                yield found, days


def _overlap(one: re.Match[str], other: re.Match[str]) -> bool:
    return one.start() < other.end() and other.start() < one.end()


def in_front_of(found: re.Match[str]) -> tuple[int, int]:
    """Where in the question the words are that lead up to the days' name; a preposition in the cue is one of them."""
    start = found.start("at") if "at" in found.re.groupindex else found.start()
    return max(0, start - _NEAR), start


def comes_again(found: re.Match[str]) -> bool:
    """Whether such days come again and again, and the question does not say "last": "in May", "on Friday"."""
    named = found.re.groupindex.keys()
    last = "edge" not in named and found[0].lower().startswith(("last", "past"))
    return not (last or _HAS_YEAR.search(found[0]) or named.isdisjoint(_AGAIN))


def _between(found: re.Match[str], as_of: dt.date) -> Days | None:
    """From the first day of `one` end to the last of the `other`, whose year is that of both where it alone has one."""
    one, year = found["one"], _HAS_YEAR.search(found["other"])
    first, last = _named(one, as_of), _named(found["other"], as_of)
    if year and not _HAS_YEAR.search(one):
        first = _named(f"{one} {year[0]}", as_of)
        if first and last and first > last:
            first = _named(f"{one} {int(year[0]) - 1}", as_of)
    if not first or not last or (first > last and year):
        return None
    return first[0], last[1] if first <= last else as_of  # "from August to November", asked in October


def _named(words: str, as_of: dt.date) -> Days | None:
    return next((days for _, days in named_days(f"until {words}", as_of)), None)


def _date(found: re.Match[str], as_of: dt.date) -> Days | None:
    """A day of a month: of the year named, else the last one that is not after `as_of`."""
    if not _is_month(found):
        return None
    month, day = month_number(found["month"]), int(found["day"])
    years = [int(found["year"])] if found["year"] else range(as_of.year, as_of.year - 5, -1)  # 29 February
    days = (date_of(year, month, day) for year in years)
    return next(((day, day) for day in days if day and (found["year"] or day <= as_of)), None)


def _days_of_month(found: re.Match[str], as_of: dt.date) -> Days | None:
    """From one day of a month to another: “10 and 12 March”, “March 10-12”."""
    last = _date(found, as_of)
    if last is None or not _is_month(found):
        return None
    first = date_of(last[0].year, last[0].month, int(found["one"]))
    return (first, last[0]) if first and first <= last[0] else None


def _in_numbers(found: re.Match[str], as_of: dt.date) -> Days | None:
    """A day whose month may come first or second, where only one of these is a day; with dots it comes second."""
    one, other, year = int(found["one"]), int(found["two"]), int(found["year"])
    orders = [(other, one)] if found["mark"] == "." else [(other, one), (one, other)]
    days = {date for month, day in orders if (date := date_of(year, month, day))}
    return (min(days), max(days)) if len(days) == 1 else None


def _in_month(found: re.Match[str], as_of: dt.date) -> Days | None:
    """A month: of the year named, else the last one that has begun."""
    if not _is_month(found):
        return None
    month = month_number(found["month"])
    return months(_year(found, month, as_of), month)


def _year(found: re.Match[str], month: int, as_of: dt.date) -> int:
    """The year named, else the last in which that month has begun."""
    named = found.groupdict().get("year")
    return int(named) if named else as_of.year - (month > as_of.month)


def _edge_of_month(found: re.Match[str], as_of: dt.date) -> Days | None:
    days = _in_month(found, as_of)
    if days is None:
        return None
    first, last = days
    return (first, first + 6 * DAY) if found["edge"].lower() == "first" else (last - 6 * DAY, last)


def _weekday_of_month(found: re.Match[str], as_of: dt.date) -> Days | None:
    """As in “the first Tuesday of November”: of the year named, else the last one that is not after `as_of`."""
    if not _is_month(found):
        return None
    years = [int(found["year"])] if found["year"] else [as_of.year, as_of.year - 1]
    days = (_counted(found, months(year, month_number(found["month"]))) for year in years)
    return next(((day, day) for day in days if day and (found["year"] or day <= as_of)), None)


def _counted(found: re.Match[str], month: Days | None) -> dt.date | None:
    """That one of the month's days of this name; None where it has not so many."""
    if month is None:
        return None
    days = [month[0] + n * DAY for n in range((month[1] - month[0]).days + 1)]
    named = [day for day in days if day.weekday() == DAY_NAMES.index(found["day"].capitalize())]
    which = found["which"].lower()
    return named[-1] if which == "last" else dict(zip(_COUNTED, named, strict=False)).get(which)


def _is_month(found: re.Match[str]) -> bool:
    """Words, too, are "may" and "march": in small letters months with a year, after "on", or where a clause ends."""
    month = found["month"]
    if month.lower() not in ("may", "march", "mar") or month.istitle() or found.groupdict().get("year"):
        return True
    return bool(_POINTS.search(found.string, *in_front_of(found)) or _CLOSES.match(found.string, found.end()))


def _in_year(found: re.Match[str], as_of: dt.date) -> Days | None:
    return None if counts(found) else whole_year(int(found["year"]))


def _in_decade(found: re.Match[str], as_of: dt.date) -> Days | None:
    year = int(found["year"])
    return dt.date(year, 1, 1), dt.date(year + 9, 12, 31)


def _in_quarter(found: re.Match[str], as_of: dt.date) -> Days | None:
    named = found["quarter"].lower()
    month = 3 * (int(named) if named.isdigit() else _QUARTERS.index(named) + 1) - 2
    return months(_year(found, month, as_of), month, 3)


def _in_season(found: re.Match[str], as_of: dt.date) -> Days | None:
    """Three whole months, by the seasons of the northern hemisphere: summer is June to August, winter from December.

    "Last summer" is the last that is over; "this summer" is the one that has begun, or ended not long ago.
    """
    month, which = _SEASONS[found["season"].lower()], found.groupdict().get("which")
    if which is None:
        return months(int(found["year"]), month, 3)
    year = as_of.year - (month > as_of.month)
    days = months(year, month, 3)
    if which.lower() == "this":
        return days if days and (as_of - days[1]).days < _SEASON_OVER else None
    return days if days and days[1] < as_of else months(year - 1, month, 3)


def _weekday(found: re.Match[str], as_of: dt.date) -> Days | None:
    """The last such day: `as_of` itself may be meant, unless the question says "last"."""
    back = (as_of.weekday() - DAY_NAMES.index(found["weekday"].capitalize())) % 7
    if back == 0 and found["which"].lower() == "last":
        back = 7
    return days_back(as_of, back, back)


def _weekday_alone(found: re.Match[str], as_of: dt.date) -> Days | None:
    """A day without "on": "he was freed Monday in Ohio"; in small letters only where a clause ends."""
    question, end = found.string, found.end()
    told = _ENDS.match(question, end) or (found[0].istitle() and _GOES_ON.match(question, end))
    return _weekday(found, as_of) if told and _VERB.search(question, *in_front_of(found)) else None


_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_QUARTERS = ["first", "second", "third", "fourth"]
_COUNTED = [*_QUARTERS, "fifth"]
_MONTH = (
    rf"(?P<month>(?:{'|'.join(MONTH_NAMES)})\b"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
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
_MONTH_NAME = _MONTH.replace("?P<month>", "?:")
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_ONE_DAY = r"(?P<one>\d{1,2})(?:st|nd|rd|th)?"
_TO = r"(?: ?[-–] ?| (?:and|to|until|till|through|or) (?:the )?)"
_DAY_MONTH = rf"{_DAY} (?:of )?{_MONTH}(?:,? {OF_YEAR})?"
_MONTH_DAY = rf"{_MONTH} {_DAY}\b(?:,? {OF_YEAR})?"
_MONTH_YEAR = rf"{_MONTH},? (?:of )?{OF_YEAR}"
_WEEKDAY = rf"(?P<weekday>{'|'.join(DAY_NAMES)})\b"
_END = re.sub(r"\(\?P<\w+>", "(?:", "|".join((_DAY_MONTH, _MONTH_DAY, _MONTH_YEAR, _MONTH, _WEEKDAY, OF_YEAR)))
_AGAIN = frozenset(("month", "weekday", "weekend", "quarter", "other"))  # groups of such cues
_HAS_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def _cue(pattern: str) -> re.Pattern[str]:
    """Where a preposition is part of the cue, an empty group `at` stands after it."""
    return re.compile(rf"\b(?:{pattern})", re.IGNORECASE | re.ASCII)


# What says most exactly when comes first.
_CUES: list[tuple[re.Pattern[str], Callable[[re.Match[str], dt.date], Days | None]]] = [
    (_cue(rf"between (?:the )?(?P<one>{_END}),? and (?:the )?(?P<other>{_END})"), _between),
    (_cue(rf"from (?:the )?(?P<one>{_END}) (?:to|until|till|through) (?:the )?(?P<other>{_END})"), _between),
    (_cue(rf"{YEAR}(?P<mark>[-/])(?P<month>\d\d?)(?P=mark)(?P<day>\d\d?)\b"), _date),
    (_cue(rf"(?P<one>\d\d?)(?P<mark>[./-])(?P<two>\d\d?)(?P=mark){YEAR}"), _in_numbers),
    (_cue(rf"{_ONE_DAY}{_TO}{_DAY_MONTH}"), _days_of_month),
    (_cue(rf"{_MONTH} {_ONE_DAY}{_TO}{_DAY}\b(?! {_MONTH_NAME})(?:,? {OF_YEAR})?"), _days_of_month),
    (_cue(_DAY_MONTH), _date),
    (_cue(_MONTH_DAY), _date),
    (_cue(rf"(?:the )?(?P<edge>first|last|final) week of {_MONTH}(?:,? (?:of )?{OF_YEAR})?"), _edge_of_month),
    (
        _cue(
            rf"(?:the )?(?P<which>{'|'.join(_COUNTED)}|last) (?P<day>{'|'.join(DAY_NAMES)}) (?:of|in) "
            rf"{_MONTH}(?:,? (?:of )?{OF_YEAR})?"
        ),
        _weekday_of_month,
    ),
    (_cue(_MONTH_YEAR), _in_month),
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
    (_cue(rf"(?:in|during|for|since|from|until|through|{_BOUNDS}) (?P<at>)Q(?P<quarter>[1-4])\b"), _in_quarter),
    (_cue(rf"(?P<season>spring|summer|autumn|fall),? (?:of )?{YEAR}"), _in_season),
    (_cue(rf"{relative.NUMBER} {relative.UNIT}s? ago\b"), relative.ago),
    (_cue("the day before yesterday|the night before last"), relative.just_back(2, 2)),
    (_cue("yesterday|last night"), relative.just_back(1, 1)),
    (_cue(rf"overnight(?={_ENDS.pattern}|{_GOES_ON.pattern})"), relative.just_back(1, 0)),
    (_cue("today|tonight|this (?:morning|afternoon|evening)"), relative.just_back(0, 0)),
    (_cue(rf"(?P<which>on|last|this|since|late|early|until) (?P<at>){_WEEKDAY}"), _weekday),
    (_cue(rf"(?P<which>{_BOUNDS}) (?P<at>){_WEEKDAY}(?! (?-i:[A-Z]))"), _weekday),
    (_cue(rf"(?P<which>){_WEEKDAY}['’]s\b"), _weekday),
    (_cue(rf"(?P<which>){_WEEKDAY}"), _weekday_alone),
    (
        _cue(r"(?P<which>this|last|past|(?:over|at|on|since|before|after|until) the) (?P<at>)(?P<weekend>weekend)\b"),
        relative.weekend,
    ),
    (_cue(rf"(?:past|last|previous) {relative.NUMBER} {relative.UNIT}s?\b"), relative.past),
    (_cue(rf"(?:past|last(?= day| fortnight)) (?P<count>){relative.UNIT}\b(?! of)"), relative.past),
    (_cue(rf"(?:in|within|over|during|for) (?P<at>)the last (?P<count>){relative.UNIT}\b(?! of)"), relative.past),
    (_cue(r"(?:the )?(?P<unit>week|month|year) before last\b"), relative.before_last),
    (_cue(r"(?:last|previous) (?P<unit>week|month|year)\b(?! of)"), relative.last),
    # "In the last quarter": of a match?
    (_cue(r"(?<!in the )(?:last|previous) (?P<unit>quarter)\b(?! of)"), relative.last),
    (_cue(r"this (?P<unit>week|month|year)\b"), relative.this),
    (_cue(r"(?P<which>this|last|past)(?: past)? (?P<season>spring|summer|autumn|winter)\b"), _in_season),
    (_cue(r"(?P<which>this|last|past) (?P<season>fall)\b(?! (?:in|of|to|by|below|under|from)\b)"), _in_season),
    (_cue(r"(?P<year>(?:19|20)\d0)s\b"), _in_decade),
    (_cue(rf"(?<!\d[./-]\d[./-])(?<!\d[./-]\d\d[./-]){YEAR}"), _in_year),  # not of 10/7/2023: which day it is
]
