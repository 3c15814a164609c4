"""Which sentences say the same: what differs in a fact never does, whatever the words around it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.wording import same, wording
from qa.words import MONTHS, NUMBERS, WEEKDAYS
from tests.qa.sameness import AT_ODDS, MISSED, SAME

ALIKE = [pair for pairs in SAME.values() for pair in pairs]
OTHERS = [pair for pairs in AT_ODDS.values() for pair in pairs]
EVERY = sorted({text for pair in (*ALIKE, *OTHERS, *MISSED) for text in pair})

NAMES = ["Silva", "Larsen", "Norway", "Chile", "US", "U.S.", "Zelenskyy's"]
DAYS = [*sorted(WEEKDAYS), "on Monday", "7 May", "May 7", "Feb. 22nd", "today", "2019", "in June"]
AMOUNTS = [*NUMBERS, "25", "1,000", "3.5%", "$5m", "£2 billion", "-4", ".5", "twenty-five", "a third"]
PLAIN = [
    "said", "says", "met", "talks", "hold talks", "negotiate", "the", "a", "that", "and", "between", "of", "to", "in",
    "will", "shall", "may", "ever", "it's", "don't", "has", "had", "also", "which", "ministers", "a few", "no one",
    "stabilization", "in this regard", "he", "they",
]  # fmt: skip
MARKS = ["", "", "", ",", '"', "“", "”", "’", " –", ":", "?", "…"]
WORD = st.builds(
    lambda word, mark: word + mark, st.sampled_from(NAMES + DAYS + AMOUNTS + PLAIN), st.sampled_from(MARKS)
)
SENTENCE = st.sampled_from(EVERY) | st.builds(
    lambda words, opening: opening + " ".join(words) + ".",
    st.lists(WORD, min_size=2, max_size=12),
    st.sampled_from(["", "“", "OSLO (AP) — "]),
)


def alike(one: str, other: str) -> bool:
    both_ways = [same(wording(a), wording(b)) for a, b in ((one, other), (other, one))]
    assert both_ways[0] == both_ways[1]
    return both_ways[0]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_a_sentence_edited_or_translated_says_the_same(one: str, other: str) -> None:
    assert alike(one, other)


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_sentences_at_odds_do_not(one: str, other: str) -> None:
    assert not alike(one, other)


@pytest.mark.parametrize(("one", "other"), MISSED)
def test_what_is_known_to_be_missed_is_still_missed(one: str, other: str) -> None:
    assert not alike(one, other)


@given(SENTENCE | st.text(max_size=60))
def test_a_sentence_says_the_same_as_itself(text: str) -> None:
    assert alike(text, text)
    assert alike(text, f" {text}")


@given(SENTENCE, SENTENCE)
def test_saying_the_same_has_no_direction(one: str, other: str) -> None:
    alike(one, other)


def inserted(text: str, word: str, at: int) -> str:
    """The text with a word more, before one of its words."""
    words = text.split(" ")
    return " ".join([*words[: at % len(words)], word, *words[at % len(words) :]])


@given(SENTENCE.filter(lambda text: re.search(r"\d", text)), st.data())
def test_no_digit_may_differ(text: str, data: st.DataObject) -> None:
    at = data.draw(st.sampled_from([at for at, character in enumerate(text) if character.isdecimal()]))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != text[at]]))
    assert not alike(text, text[:at] + other + text[at + 1 :])


@pytest.mark.parametrize("kind", [sorted(NUMBERS), sorted(set(MONTHS.values())), sorted(WEEKDAYS)])
@given(text=SENTENCE, at=st.integers(0, 20), data=st.data())
def test_no_number_word_month_or_weekday_may_differ(kind: list[str], text: str, at: int, data: st.DataObject) -> None:
    one, other = data.draw(st.lists(st.sampled_from(kind), min_size=2, max_size=2, unique=True))
    assert not alike(inserted(text, one, at), inserted(text, other, at))
    assert not alike(inserted(text, one.title(), at), inserted(text, other.title(), at))


@given(SENTENCE, st.sampled_from(["not", "never", "n't"]), st.data())
def test_no_denial_may_come_or_go(text: str, denial: str, data: st.DataObject) -> None:
    ends = [match.end() for match in re.finditer(r"[A-Za-z]{2,}(?![\w'’.])", text)]
    at = data.draw(st.sampled_from(ends or [len(text)]))
    assert not alike(text, text[:at] + (denial if denial == "n't" else f" {denial}") + text[at:])
