"""What a question says about days, and what a day is worth."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.when import DAYS, RECENT, STRENGTH, Window, looked_at, recency, window

ASKED = dt.date(2023, 10, 12)  # a Thursday
DATES = st.dates(dt.date(1990, 1, 1), dt.date(2040, 1, 1))
END_OF_TIME = st.dates(max_value=dt.date(1, 2, 1)) | st.dates(dt.date(9999, 12, 1))
QUESTIONS = st.sampled_from(
    [
        "Who freed the ship?", "Who freed the ship this week?", "Who freed the ship on Monday?", "Who won in March?",
        "What was found on 5 October?", "What did the baker buy last year?", "Who has recently left the valley?",
        "Who won before 5 October?", "Who had won by the end of 2021?", "Who won until today?", "Who won after Monday?",
        "Who won last winter?", "Who won this summer?", "Who won last quarter?", "Who won Monday?",
        "Who won last weekend?", "Who won before yesterday?", "Who won in the 2000s?",
        "Who had won up to three weeks ago?", "who won on 12 may",
        "Who won from August to September?", "Who won between November and January 2022?", "Who won in Q3?",
        "Who won in the first week of June?", "Who won the month before last?", "Who won in the last 30 hours?",
        "Who won on 7.10.2023?", "Will she win in November?", "Who led the May 3 attack?",
        "Who won on the first Monday of May?", "Who won on the last Sunday in December?",
    ]
)  # fmt: skip


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("Which ship was freed this week?", "2023-10-05", "2023-10-12"),
        ("Which ship was freed last week?", "2023-10-02", "2023-10-08"),
        ("Which ship was freed in the past week?", "2023-10-05", "2023-10-12"),
        ("Which ship has recently been freed?", "2023-09-28", "2023-10-12"),
        ("What is the latest on the bees?", "2023-09-28", "2023-10-12"),
        ("Who swarmed last month?", "2023-09-01", "2023-09-30"),
        ("Who swarmed this month?", "2023-10-01", "2023-10-12"),
        ("Who swarmed in the past three weeks?", "2023-09-21", "2023-10-12"),
        ("Who has swarmed in the last few days?", "2023-10-08", "2023-10-12"),
        ("Who has swarmed in the last day?", "2023-10-11", "2023-10-12"),
        ("Who swarmed two weeks ago?", "2023-09-25", "2023-10-01"),
        ("Who swarmed a couple of years ago?", "2021-01-01", "2021-12-31"),
        ("What happened yesterday?", "2023-10-11", "2023-10-11"),
        ("What happened today?", "2023-10-12", "2023-10-12"),
        ("What happened over the weekend?", "2023-10-07", "2023-10-08"),
        ("Who spoke on Monday?", "2023-10-09", "2023-10-09"),
        ("Who spoke on Thursday?", "2023-10-12", "2023-10-12"),
        ("Who spoke last Thursday?", "2023-10-05", "2023-10-05"),
        ("Who won Tuesday’s vote?", "2023-10-10", "2023-10-10"),
        ("How many jars were sold in October?", "2023-10-01", "2023-10-12"),
        ("How many jars were sold in November?", "2022-11-01", "2022-11-30"),
        ("how many jars were sold in may?", "2023-05-01", "2023-05-31"),
        ("How many jars have been sold since March?", "2023-03-01", "2023-10-12"),
        ("What was sold in early June 2019?", "2019-06-01", "2019-06-30"),
        ("What opened on 5 October 2023?", "2023-10-05", "2023-10-05"),
        ("What opened between 2 and 5 October?", "2023-10-02", "2023-10-05"),
        ("What opened from the 2nd to the 5th of October?", "2023-10-02", "2023-10-05"),
        ("What opened from October 2-5, 2021?", "2021-10-02", "2021-10-05"),
        ("What opened between October 2 and 5?", "2023-10-02", "2023-10-05"),
        ("What opened between October 2 and 5 November 2021?", "2021-10-02", "2021-11-05"),
        ("What opened since October 2 and 5 ships?", "2023-10-02", "2023-10-12"),
        ("Who won 3-2 on 5 October?", "2023-10-05", "2023-10-05"),
        ("What opened from 30 to 2 October?", "2023-10-02", "2023-10-02"),
        ("What opened on the 5th of October?", "2023-10-05", "2023-10-05"),
        ("What opened on October 5?", "2023-10-05", "2023-10-05"),
        ("What opened on Oct. 5th, 2021?", "2021-10-05", "2021-10-05"),
        ("What opened on November 5?", "2022-11-05", "2022-11-05"),
        ("What opened on 29 February?", "2020-02-29", "2020-02-29"),
        ("What opened on 2023-09-30?", "2023-09-30", "2023-09-30"),
        ("Who kept most bees in 2021?", "2021-01-01", "2021-12-31"),
        ("Who kept most bees last year?", "2022-01-01", "2022-12-31"),
        ("Who kept most bees this year?", "2023-01-01", "2023-10-12"),
        ("Who was elected in March 2020, after the 2019 vote?", "2020-03-01", "2020-03-31"),
        ("what happened on 12 may", "2023-05-12", "2023-05-12"),
        ("what happened on may 12", "2023-05-12", "2023-05-12"),
        ("what happened on the 12th of march?", "2023-03-12", "2023-03-12"),
        ("what happened may 12?", "2023-05-12", "2023-05-12"),
        ("what opened march 3 2021 in the valley", "2021-03-03", "2021-03-03"),
        ("how many jars have been sold since march", "2023-03-01", "2023-10-12"),
        ("who swarmed last may?", "2023-05-01", "2023-05-31"),
        ("Who spoke Monday?", "2023-10-09", "2023-10-09"),
        ("Who was freed Monday in which valley?", "2023-10-09", "2023-10-09"),
        ("who was freed in the valley monday night?", "2023-10-09", "2023-10-09"),
        ("Who has swarmed since the weekend?", "2023-10-07", "2023-10-12"),
        ("Who swarmed the day before yesterday?", "2023-10-10", "2023-10-10"),
        ("Who swarmed a fortnight ago?", "2023-09-25", "2023-10-01"),
        ("Who swarmed last summer?", "2023-06-01", "2023-08-31"),
        ("Who swarmed this summer?", "2023-06-01", "2023-08-31"),
        ("Who swarmed this fall?", "2023-09-01", "2023-10-12"),
        ("Who swarmed last autumn?", "2022-09-01", "2022-11-30"),
        ("Who swarmed last winter?", "2022-12-01", "2023-02-28"),
        ("Who swarmed in the summer of 2021?", "2021-06-01", "2021-08-31"),
        ("How much was earned last quarter?", "2023-07-01", "2023-09-30"),
        ("How much was earned in the third quarter of 2022?", "2022-07-01", "2022-09-30"),
        ("How much was earned in Q4 2022?", "2022-10-01", "2022-12-31"),
        ("Who kept most bees in the 1990s?", "1990-01-01", "1999-12-31"),
        ("What has happened after 5 October?", "2023-10-05", "2023-10-12"),
        ("What has happened after Monday?", "2023-10-09", "2023-10-12"),
        ("Who kept bees after 2021?", "2021-01-01", "2023-10-12"),
        ("What burnt down after the 2019 vote?", "2019-01-01", "2019-12-31"),
        ("What was hit by Tuesday’s storm?", "2023-10-10", "2023-10-10"),
        ("What was hit by the May 10 storm?", "2023-05-10", "2023-05-10"),
        ("Who was favoured before the 2022 World Cup?", "2022-01-01", "2022-12-31"),
        ("Who was favoured before last year's vote?", "2022-01-01", "2022-12-31"),
        ("Who said on Monday that bees will swarm?", "2023-10-09", "2023-10-09"),
        ("Will we know what happened on Monday?", "2023-10-09", "2023-10-09"),
        ("Who will pay for what was lost last May?", "2023-05-01", "2023-05-31"),
        ("Will it rain on Thursday?", "2023-10-12", "2023-10-12"),
        ("What will be shown in October?", "2023-10-01", "2023-10-12"),
        ("Who was scheduled to speak on Monday?", "2023-10-09", "2023-10-09"),
        ("What will become of those elected in November 2022?", "2022-11-01", "2022-11-30"),
        ("What did the keeper find the next day, on Tuesday?", "2023-10-10", "2023-10-10"),
        ("How long will the bees have slept since Monday?", "2023-10-09", "2023-10-12"),
        ("Who swarmed in the last week of September?", "2023-09-24", "2023-09-30"),
        ("Who swarmed in the first week of May 2021?", "2021-05-01", "2021-05-07"),
        ("Who swarmed on the first Monday of September?", "2023-09-04", "2023-09-04"),
        ("Who swarmed on the last Friday of December?", "2022-12-30", "2022-12-30"),
        ("Who swarmed on the fourth sunday in may 2021?", "2021-05-23", "2021-05-23"),
        ("Who swarmed in the last week?", "2023-10-05", "2023-10-12"),
        ("Who swarmed over the last month?", "2023-09-12", "2023-10-12"),
        ("Who swarmed within the last year?", "2022-10-12", "2023-10-12"),
        ("Who has swarmed in the last 24 hours?", "2023-10-11", "2023-10-12"),
        ("Who has swarmed in the past 36 hours?", "2023-10-10", "2023-10-12"),
        ("Who swarmed the week before last?", "2023-09-25", "2023-10-01"),
        ("Who swarmed the month before last?", "2023-08-01", "2023-08-31"),
        ("Who swarmed the year before last?", "2021-01-01", "2021-12-31"),
        ("Which orchard froze overnight?", "2023-10-11", "2023-10-12"),
        ("How much was earned in Q2?", "2023-04-01", "2023-06-30"),
        ("What opened on 25/7/2023?", "2023-07-25", "2023-07-25"),
        ("What opened on 7/25/2023?", "2023-07-25", "2023-07-25"),
        ("What opened on 7.10.2023?", "2023-10-07", "2023-10-07"),
        ("What opened on 5-5-2023?", "2023-05-05", "2023-05-05"),
        ("What opened on 2023/10/7?", "2023-10-07", "2023-10-07"),
        ("What opened between September 1 and October 1?", "2023-09-01", "2023-10-01"),
        ("What opened between 1 March and the 3rd of April 2021?", "2021-03-01", "2021-04-03"),
        ("What opened between November and January 2022?", "2021-11-01", "2022-01-31"),
        ("What opened from August to September?", "2023-08-01", "2023-09-30"),
        ("What opened from August to November?", "2023-08-01", "2023-10-12"),
        ("what opened from may till june", "2023-05-01", "2023-06-30"),
        ("What opened between Monday and Wednesday?", "2023-10-09", "2023-10-11"),
        ("Who kept most bees from 2010 to 2015?", "2010-01-01", "2015-12-31"),
        ("What did the October 5 attack destroy?", "2023-10-05", "2023-10-05"),
    ],
)
def test_cues(question: str, first: str, last: str) -> None:
    assert window(question, ASKED) == Window(dt.date.fromisoformat(first), dt.date.fromisoformat(last))


@pytest.mark.parametrize(
    ("question", "last"),
    [
        ("What did a jar cost before 5 October?", "2023-10-04"),
        ("What did a jar cost before October 5?", "2023-10-04"),
        ("what did a jar cost before may 10?", "2023-05-09"),
        ("What did a jar cost prior to the 5th of October?", "2023-10-04"),
        ("What did a jar cost until October 5?", "2023-10-05"),
        ("What did a jar cost till 5 October?", "2023-10-05"),
        ("How many jars had been sold by 5 October?", "2023-10-05"),
        ("How many jars had been sold by the 5th of October?", "2023-10-05"),
        ("How many jars had been sold by October?", "2023-10-12"),
        ("How many jars had been sold by early September?", "2023-09-30"),
        ("How many jars had been sold up to Monday?", "2023-10-09"),
        ("How many jars had been sold before last week?", "2023-10-01"),
        ("How many jars had been sold before the weekend?", "2023-10-06"),
        ("How many jars had been sold before Tuesday’s vote?", "2023-10-09"),
        ("How many jars had been sold before 2022?", "2021-12-31"),
        ("How many jars had been sold before the end of March?", "2023-03-31"),
        ("How many jars had been sold by the start of March?", "2023-03-01"),
        ("How many jars had been sold by the end of 2021?", "2021-12-31"),
        ("What did Will Long sell before 5 October?", "2023-10-04"),
        ("How many jars will have been sold by 2022?", "2022-12-31"),
    ],
)
def test_until_when(question: str, last: str) -> None:
    meant = Window(dt.date.min, dt.date.fromisoformat(last), ends=True)
    assert window(question, ASKED) == looked_at(question, ASKED) == meant


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("2023-05-19", "2023-05-13", "2023-05-14"),
        ("2023-05-20", "2023-05-13", "2023-05-14"),  # a Saturday
        ("2023-05-21", "2023-05-13", "2023-05-14"),
        ("2023-05-22", "2023-05-20", "2023-05-21"),
    ],
)
def test_last_weekend(asked: str, first: str, last: str) -> None:
    meant = Window(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    assert window("Who won last weekend?", dt.date.fromisoformat(asked)) == meant


def test_the_weekend_may_be_this_one() -> None:
    sunday = dt.date(2023, 5, 21)
    assert window("Who won at the weekend?", sunday) == Window(dt.date(2023, 5, 20), sunday)


@pytest.mark.parametrize(
    ("asked", "last", "this"),
    [
        ("2023-01-10", "2021-12-01", "2022-12-01"),
        ("2023-04-10", "2022-12-01", "2022-12-01"),
        ("2023-10-12", "2022-12-01", None),
        ("2023-12-24", "2022-12-01", "2023-12-01"),
    ],
)
def test_winter_goes_over_the_new_year(asked: str, last: str, this: str | None) -> None:
    for which, first in (("last", last), ("this", this)):
        meant = window(f"Who froze {which} winter?", dt.date.fromisoformat(asked))
        assert (meant and meant.first) == (dt.date.fromisoformat(first) if first else None)


@pytest.mark.parametrize(
    "question",
    [
        "In which 2020 vote did they win?",
        "Who won the 2020 election?",
        "Who won 2020 elections?",
        "What did the 2020 floods destroy?",
        "Who won in 2020?",
        "Who, in 2020, won?",
        "In 2020 workers at which dairy struck?",
        "Who passed the 2020 budget?",
        "Who won the 2020 women’s final?",
        "What did the 2020 jobs report say?",
        "How did 2020 end?",
    ],
)
@pytest.mark.parametrize("year", [2000, 2020, 2022])
def test_a_year(question: str, year: int) -> None:
    asked = question.replace("2020", str(year))
    if year == 2000 and ("workers" in question or question.endswith("won 2020 elections?")):
        assert window(asked, ASKED) is None  # what is counted, by so round a number
    else:
        assert window(asked, ASKED) == Window(dt.date(year, 1, 1), dt.date(year, 12, 31))


@pytest.mark.parametrize(
    "question",
    [
        "Why did 2000 workers strike?",
        "Why did 2023 workers strike?",
        "Who fired 2000 people?",
        "How did 2000 bees die?",
        "Why did 2000 angry farmers march?",
        "What sank in 2000 metres of water?",
        "Who stole 2000 tonnes of honey?",
        "Who lost $2000?",
        "Who lost 2000 dollars?",
        "Which hall seats more than 2000?",
        "What is a 2000-strong swarm called?",
        "What is 2000m high?",
        "What froze 46,000 years ago?",
    ],
)
def test_a_number_that_is_no_year(question: str) -> None:
    assert window(question, ASKED) is None


def test_a_number_behind_a_month_is_no_year_either_where_it_counts() -> None:
    assert window("Why did in March 2000 workers strike?", ASKED) == window("Why was there a strike in March?", ASKED)
    assert window("Who had on 5 October 2000 jars?", ASKED) == Window(dt.date(2000, 10, 5), dt.date(2000, 10, 5))


@pytest.mark.parametrize(
    "question",
    [
        "Who freed the ship?",
        "What may 5 bees carry?",
        "Where did the army march 10 miles?",
        "Who is speaking next Monday?",
        "What opens in 2031?",
        "What opened on 31 June?",
        "What is a Friday afternoon worth?",
        "Are there 2,019 bees or 1,999.5?",
        "Who lived 2999 years ago?",
        "How many of the 12 may vote?",
        "Who said this may happen?",
        "Why did 300 march 12 miles?",
        "What was rejected by May?",
        "What happened after April Jones left?",
        "Is Monday a day off?",
        "Who won Monday Night Football?",
        "what happened on black friday",
        "Whom did Sheffield Wednesday beat?",
        "What will be paid by Friday?",
        "What is owed before November 1?",
        "Who sings this winter?",
        "When did the price last fall below 3?",
        "What caused this fall in prices?",
        "Who scored in the last quarter?",
        "What will happen in November?",
        "Will it rain on Friday?",
        "On Friday, will it rain?",
        "Who is expected to speak at the mill on Monday?",
        "Which ferry is going to sail on 1 November?",
        "When is the next market in December?",
        "What's scheduled for the opening on Saturday?",
        "Who will play this weekend?",
        "What will open in the last week of November?",
        "What will open on the first Monday of November?",
        "Who swarmed on the fifth Monday of September?",
        "What will open between November and December?",
        "What opens on 27 November 2023?",
        "What opened on 10/7/2023?",
        "Who scored in the last week of the season?",
        "Who was charged over the January 6 riot?",
        "Who sat on the January 6 Senate committee?",
        "Who was an overnight success?",
        "",
    ],
)
def test_no_cue(question: str) -> None:
    assert window(question, ASKED) is None


@settings(deadline=None)
@given(st.text(max_size=60) | QUESTIONS, st.dates())
def test_a_window_lies_before_the_day_of_asking(question: str, as_of: dt.date) -> None:
    meant = window(question, as_of)
    assert meant is None or meant.first <= meant.last <= as_of


@settings(deadline=None)
@given(QUESTIONS | st.sampled_from(["Who won today?", "Who won last month?"]), st.dates() | END_OF_TIME)
def test_what_is_looked_at_lies_before_the_day_of_asking(question: str, as_of: dt.date) -> None:
    days = looked_at(question, as_of)
    assert days.first <= days.last <= as_of


def test_a_question_that_does_not_say_when_looks_at_the_last_days() -> None:
    assert looked_at("Who freed the ship?", ASKED) == Window(ASKED - dt.timedelta(days=RECENT), ASKED)


def test_news_of_a_day_is_told_on_the_days_after_it() -> None:
    told = looked_at("Who won on 1 March 2023?", ASKED)
    assert told == Window(dt.date(2023, 3, 1), dt.date(2023, 3, 1) + dt.timedelta(days=RECENT))


@settings(deadline=None)
@given(QUESTIONS, st.lists(DATES.map(dt.date.isoformat) | st.none() | st.just("in spring")))
def test_no_day_of_asking_no_bonus(question: str, published: list[str | None]) -> None:
    assert recency(question, None, published) == [0.0] * len(published)


@settings(deadline=None)
@given(QUESTIONS, st.lists(DATES, min_size=2))
def test_a_bonus_decays_with_age(question: str, days: list[dt.date]) -> None:
    """From the window's last day on for a question that has one; from the day of asking for any other."""
    as_of = max(days)
    meant = window(question, as_of)
    newest_first = sorted((day for day in days if not meant or day <= meant.last), reverse=True)
    bonuses = recency("Who freed the ship?", as_of, [day.isoformat() for day in newest_first])
    assert bonuses == sorted(bonuses, reverse=True)
    assert all(0 <= bonus <= STRENGTH for bonus in bonuses)
    cued = recency(question, as_of, [day.isoformat() for day in newest_first])
    assert all(c >= b for c, b in zip(cued, bonuses, strict=True))


def test_a_cue_makes_it_stronger() -> None:
    plain, cued = (recency(q, ASKED, ["2023-10-10"])[0] for q in ("Who won?", "Who won this week?"))
    assert cued > plain > 0


def test_the_days_meant_and_those_just_after_are_preferred() -> None:
    before, within, after, long_after = recency(
        "Who won in March?", ASKED, ["2023-02-20", "2023-03-20", "2023-04-05", "2023-07-01"]
    )
    assert within > after > long_after
    assert within > before


def test_the_last_days_before_are_preferred_and_none_after() -> None:
    long_before, before, the_day, after = recency(
        "What did a jar cost before 1 October?", ASKED, ["2019-09-30", "2023-09-29", "2023-10-01", "2023-10-12"]
    )
    assert before > long_before > the_day == after == 0
    assert recency("What did a jar cost until 1 October?", ASKED, ["2023-10-01"])[0] > before


def test_without_a_cue_equal_days_have_equal_bonuses() -> None:
    days = ["2023-10-10", "2023-10-10T23:59:59-11:00", "2023-10-10 08:00"]
    assert len(set(recency("Who won?", ASKED, days))) == 1
    assert recency("Who won?", ASKED, days) == recency("Which ship?", ASKED, days)


def test_what_is_undated_or_later_has_none() -> None:
    assert recency("Who won this week?", ASKED, [None, "", "in spring", "2023-10-13"]) == [0.0] * 4


def test_the_bonus_falls_to_a_third_in_the_days_it_names() -> None:
    old = (ASKED - dt.timedelta(days=round(DAYS))).isoformat()
    assert recency("Who won?", ASKED, [old]) == pytest.approx([STRENGTH * 0.368], rel=0.1)


@pytest.mark.parametrize(
    "day", ["on FRİDAY", "last Frıday", "last wınter", "SİX days ago", "in the ſecond quarter of 2022"]
)
def test_letters_that_only_look_like_those_of_a_day_name_none(day: str) -> None:
    window(f"What happened {day}?", dt.date(2023, 3, 1))
