"""Dates as people write them."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.dates import (
    date_in_field,
    date_in_name,
    date_in_url,
    first_day,
    is_iso,
    iso_date,
    month_in_url,
    month_number,
    year_in,
)


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        ("2023-02-22", "2023-02-22"),
        ("2023-02-22T10:30:00Z", "2023-02-22T10:30:00Z"),
        ("2023-04-03 10:30", "2023-04-03 10:30"),
        ("2023-04-03 10:30:00 UTC", "2023-04-03T10:30:00+00:00"),
        ("5 Oct 2023", "2023-10-05"),
        ("October 5, 2023", "2023-10-05"),
        ("Thu, 05 Oct 2023 08:00:00 +0200", "2023-10-05T08:00:00+02:00"),
        ("Oct 5, 2023 10:30 EST", "2023-10-05T10:30:00"),
        ("25/12/2023", "2023-12-25"),
        ("04/04/2023", "2023-04-04"),
        ("20231005", "2023-10-05"),
        (20231005, "2023-10-05"),
        ("٢٠٢٣١٠٠٥", "2023-10-05"),
        (1696492800, "2023-10-05T08:00:00Z"),
        (1696492800000, "2023-10-05T08:00:00Z"),
        (date(2023, 2, 22), "2023-02-22"),
        (datetime(2023, 2, 22, 1, 2), "2023-02-22T01:02:00"),
    ],
)
def test_dates_that_are_read(value: object, iso: str) -> None:
    assert iso_date(value) == iso


@pytest.mark.parametrize(
    "value",
    [
        "03/04/2023",
        "2023",
        "October 2023",
        "Oct 5",
        "yesterday",
        "",
        "2023-13-45",
        "0000-00-00",
        "①②③④⑤⑥⑦⑧",
        "²0231005",
        10**320,
        -(10**320),
        pytest.param(1 << 20_000, id="6000 digits"),
        float("inf"),
        2023,
        5,
        True,
        None,
        [],
        "The 5 of us met in 2023 in the town of that name, as we had done in every year since we met.",
    ],
)
def test_dates_that_are_not_guessed(value: object) -> None:
    assert iso_date(value) is None


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        ("1748822400", "2025-06-02T00:00:00Z"),
        (" 1748822400000 ", "2025-06-02T00:00:00Z"),
        ("1748822400.0", "2025-06-02T00:00:00Z"),
        ("4102444800", None),  # 2100
        ("0748822400", None),
        ("174882240", None),
        ("2023100508", None),  # 2034, or 8 o'clock on 5 October 2023?
        ("20231005", "2023-10-05"),
        ("5 Oct 2023", "2023-10-05"),
        (None, None),
    ],
)
def test_seconds_since_1970_in_a_field(value: object, iso: str | None) -> None:
    assert date_in_field(value) == iso


def test_a_line_of_ten_digits_is_no_date() -> None:
    assert iso_date("1748822400") is None


@pytest.mark.parametrize(
    ("part", "first"),
    [
        ("2025-06", date(2025, 6, 1)),
        ("2025/6", date(2025, 6, 1)),
        ("06/2025", date(2025, 6, 1)),
        ("June 2025", date(2025, 6, 1)),
        ("Sept. 2025", date(2025, 9, 1)),
        ("03/04/2025", date(2025, 1, 1)),
        ("summer 2025", date(2025, 1, 1)),
        ("2025-13", date(2025, 1, 1)),
        (" 2025 ", date(2025, 1, 1)),
        (2025, date(2025, 1, 1)),
        ("2024 or 2025", None),
        ("in June", None),
        ("1748822400", None),
        pytest.param(1 << 20_000, None, id="6000 digits"),
        (None, None),
    ],
)
def test_the_first_day_that_a_part_of_a_date_may_mean(part: object, first: date | None) -> None:
    assert first_day(part) == first


@given(st.text() | st.integers() | st.floats() | st.none() | st.from_regex(r"(20)?\d\d[-/. ]\w{1,9}", fullmatch=True))
def test_nothing_that_may_be_part_of_a_date_raises(part: object) -> None:
    first_day(part)
    date_in_field(part)


@given(st.datetimes(min_value=datetime(1000, 1, 1)))
def test_iso_comes_back_as_it_is(moment: datetime) -> None:
    assert is_iso(moment.isoformat())
    assert iso_date(moment.isoformat()) == moment.isoformat()


@given(st.text(max_size=60) | st.floats() | st.integers())
def test_nothing_else_raises_and_what_comes_back_is_iso(value: object) -> None:
    found = iso_date(value)
    assert found is None or is_iso(found)


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://a.example/2023/10/05/title", "2023-10-05"),
        ("https://a.example/world/2023/oct/05/title", "2023-10-05"),
        ("https://a.example/2023-10-05/title", "2023-10-05"),
        ("https://a.example/news/20231005/title", "2023-10-05"),
        ("https://a.example/2023/october/05?page=2", "2023-10-05"),
        ("https://a.example/2023/1005/title", "2023-10-05"),
        ("https://a.example/2023-10/05/c_1.htm", "2023-10-05"),
        ("https://a.example/world/ship-freed-2023-10-05/", "2023-10-05"),
        ("https://a.example/2023/12/title", None),
        ("https://a.example/2023/11/", None),
        ("https://a.example/2023/12/10-best-books", None),
        ("https://a.example/2023-12-title", None),
        ("https://a.example/2023/13/45/title", None),
        ("https://a.example/article/20231", None),
        (None, None),
    ],
)
def test_date_in_url(url: str | None, day: str | None) -> None:
    assert date_in_url(url) == day


@pytest.mark.parametrize(
    ("url", "month"),
    [
        ("https://a.example/2025/06/title", "2025/06"),
        ("https://a.example/world/2025-06/", "2025-06"),
        ("https://a.example/2025/06?page=2", "2025/06"),
        ("https://a.example/2025/13/title", None),
        ("https://a.example/2025/06-best-books", None),
        ("https://a.example/olympics/2025/title", None),
        (None, None),
    ],
)
def test_month_in_url(url: str | None, month: str | None) -> None:
    assert month_in_url(url) == month


def test_date_in_name() -> None:
    assert date_in_name("2023-02-22-putin-wang") == ("2023-02-22", "putin-wang")
    assert date_in_name("report_20230222") == ("2023-02-22", "report")
    assert date_in_name("2023-22-02-x") is None
    assert date_in_name("000_be366cde38887e44") is None


def test_a_year_is_known_only_if_there_is_one() -> None:
    assert year_in("archive/2023/a.txt") == 2023
    assert year_in("2022-to-2023.txt") is None


def test_a_month_that_is_no_number_and_no_name() -> None:
    assert [month_number(month) for month in ("10", "October", "②③", "xyz")] == [10, 10, 0, 0]
