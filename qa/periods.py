"""Stretches of days by the calendar: months, years, so many days back; None where the calendar has no such days."""

import datetime as dt

Days = tuple[dt.date, dt.date]  # the first and the last

DAY = dt.timedelta(days=1)


def days_back(as_of: dt.date, first: int, last: int) -> Days | None:
    """From `first` to `last` days before `as_of`."""
    if first >= as_of.toordinal():
        return None
    return as_of - first * DAY, as_of - last * DAY


def months(year: int, month: int, count: int = 1) -> Days | None:
    """So many whole months from that one on."""
    behind = month - 1 + count
    first, after = date_of(year, month, 1), date_of(year + behind // 12, behind % 12 + 1, 1)
    return (first, after - DAY) if first and after else None


def whole_year(year: int) -> Days | None:
    first, last = date_of(year, 1, 1), date_of(year, 12, 31)
    return (first, last) if first and last else None


def date_of(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None
