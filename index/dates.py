"""Dates as people write them → ISO dates."""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

_ISO = re.compile(r"\d{4}-\d\d-\d\d(?!\d)")
# A month alone is no day (`/2023/12/title`), nor is the number that a title begins with (`/2023/12/10-best-books`).
_URL_DAYS = (
    re.compile(r"/((?:19|20)\d\d)/(\d{1,2}|[a-z]{3,9})/(\d{1,2})(?=[/?#_.]|$)", re.IGNORECASE),
    re.compile(r"/((?:19|20)\d\d)-?(\d\d)[-/]?(\d\d)(?=[/?#_.-]|$)"),  # /20231005/, /2023-10-05-title, /2023-10/05/
    re.compile(r"/((?:19|20)\d\d)/(\d\d)(\d\d)(?=[/?#_.-]|$)"),  # /2023/1005/
    re.compile(r"-((?:19|20)\d\d)-(\d\d)-(\d\d)(?=[/?#.]|$)"),  # /ship-freed-2023-10-05/
)
_NAME_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_.]?)(\d\d)\2(\d\d)(?!\d)")
_URL_MONTH = re.compile(r"/((?:19|20)\d\d[/-](?:0[1-9]|1[0-2]))(?=[/?#]|$)")
_PART = re.compile(  # 2025-06, June 2025, 06/2025
    r"(?P<year>(?:19|20)\d\d)[-/.](?P<month>\d\d?)|(?P<name>[^\W\d_]{3,9}\.?|\d\d?)[-/., ]+(?P<behind>(?:19|20)\d\d)"
)
_EPOCH = re.compile(r"([1-9]\d{9}(?:\d{3})?)(?:\.0)?")  # pandas writes .0 where another row has none
_LAST_EPOCH = 4_102_444_800  # 2100: a larger number of ten digits is something else
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DEFAULTS = (datetime(2001, 1, 1), datetime(2002, 2, 2, 23))
_LONGEST_DATE = 80  # characters; what is longer is prose


def iso_date(value: object) -> str | None:
    """`value` as an ISO date or date-time, or None where it names no single day.

    A string that is ISO already comes back as it is (without the spaces around it); other spellings are parsed with
    dateutil, and refused where the day and the month could be either way round (`03/04/2023`) or one of year,
    month and day is missing. Whole numbers are `YYYYMMDD`, or seconds or milliseconds since 1970 (UTC).
    """
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_number(value)
    if not isinstance(value, str):
        return None
    text = value.strip()
    if is_iso(text):
        return text
    if text.isdecimal():  # `isdigit` takes ① and ² too, which `int` does not
        return _from_number(int(text)) if len(text) == 8 else None
    return _from_words(text)


def date_in_field(value: object) -> str | None:
    """As `iso_date`, for a field that holds nothing but a date: there a string of 10 or 13 digits counts from 1970.

    A csv has no other numbers. Not read are those that could as well be `YYYYMMDDHH`.
    """
    found = _EPOCH.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        return iso_date(value)
    digits = found[1]
    if int(digits[:10]) >= _LAST_EPOCH or (len(digits) == 10 and day_of(digits[:4], int(digits[4:6]), digits[6:8])):
        return None
    return _from_number(int(digits))


def first_day(part: object) -> date | None:
    """The first day that a part of a date may mean: `June 2025`, 2025, `03/04/2025`; None where it names no year."""
    if isinstance(part, int) and 1900 <= part < 2100:
        return date(part, 1, 1)
    text = part.strip() if isinstance(part, str) and len(part) <= _LONGEST_DATE else ""
    found = _PART.fullmatch(text)
    year = int(found["year"] or found["behind"]) if found else year_in(text)
    month = month_number((found["month"] or found["name"]).rstrip(".")) if found else 1
    return date(year, month if 1 <= month <= 12 else 1, 1) if year else None


def is_iso(text: str) -> bool:
    """Whether `text` is an ISO 8601 date (`2023-02-22`) or date-time that names a real moment."""
    if not _ISO.match(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _zone(name: str, offset: int | None) -> tzinfo | None:
    """A zone by its offset alone: what a name such as "IST" means differs from country to country."""
    return None if offset is None else timezone(timedelta(seconds=offset))


def date_in_url(url: str | None) -> str | None:
    """The day in a URL's path: `/2023/10/05/`, `/2023/oct/05/`, `/2023-10-05/`, `/20231005/`, `/title-2023-10-05/`."""
    for pattern in _URL_DAYS:
        for found in pattern.finditer(url or ""):
            if day := day_of(found[1], month_number(found[2]), found[3]):
                return day
    return None


def month_in_url(url: str | None) -> str | None:
    """The month in a URL's path that holds no day: `/2025/06/title` → `2025/06`."""
    found = _URL_MONTH.search(url or "")
    return found[1] if found else None


def date_in_name(name: str) -> tuple[str, str] | None:
    """The day in a file's name and the name without it: `2023-02-22-title` → `("2023-02-22", "title")`."""
    for found in _NAME_DAY.finditer(name):
        if day := day_of(found[1], int(found[3]), found[4]):
            return day, (name[: found.start()] + " " + name[found.end() :]).strip(" -_.")
    return None


def year_in(text: str) -> int | None:
    """The one year that `text` (a path or a URL) names, else None."""
    years = {int(year) for year in _YEAR.findall(text)}
    return years.pop() if len(years) == 1 else None


def month_number(month: str) -> int:
    """1–12 for a number or an English month's name or abbreviation; 0 for anything else."""
    if month.isdecimal():
        return int(month)
    start = month[:3].lower()
    return _MONTHS.index(start) + 1 if start in _MONTHS else 0


def day_of(year: int | str, month: int, day: int | str) -> str | None:
    """The ISO date of these numbers, or None where there is no such day."""
    try:
        return date(int(year), month, int(day)).isoformat()
    except ValueError:
        return None


def _from_number(number: float) -> str | None:
    if abs(number) >= 1e14:  # past any year, in milliseconds too; a whole number may be too large for a float
        return None
    digits = str(number)
    if isinstance(number, int) and len(digits) == 8:
        return day_of(digits[:4], int(digits[4:6]), digits[6:])
    seconds = number / 1000 if number >= 1e11 else number
    if not 1e8 <= seconds < 1e10:  # 1973 to 2286: a smaller number is a count or a bare year
        return None
    return datetime.fromtimestamp(int(seconds), UTC).isoformat().replace("+00:00", "Z")


def _from_words(text: str) -> str | None:
    from dateutil import parser  # type: ignore[import-untyped]  # it carries no types

    if not 6 <= len(text) <= _LONGEST_DATE or not any(letter.isdigit() for letter in text):
        return None
    # Parsed under two defaults and both orders: a part that is missing or ambiguous makes the results differ.
    readings: set[datetime] = set()
    for default in _DEFAULTS:
        for dayfirst in (False,) if _ISO.match(text) else (False, True):
            try:
                readings.add(parser.parse(text, default=default, dayfirst=dayfirst, tzinfos=_zone))
            except (ValueError, OverflowError, TypeError):  # TypeError: dateutil's own on some malformed input
                return None
    if len({reading.date() for reading in readings}) != 1:
        return None
    times = {reading.replace(tzinfo=None).time() for reading in readings}
    reading = readings.pop()
    return reading.isoformat() if len(times) == 1 else reading.date().isoformat()
