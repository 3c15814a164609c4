"""What may be asked, and what is said of what may not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import QuestionError
from qa.question import MAX_CHARACTERS, MAX_TOP_K, Question, check_top_k


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        (" \n\t\u2003", "empty"),
        ("Who?\0", "NUL"),
        ("Who\ud800?", "half a character"),
        ("a" * (MAX_CHARACTERS + 1), f"{MAX_CHARACTERS + 1} characters"),
        (None, "null"),
        (5, "a number"),
        (0.5, "a number"),
        (True, "a boolean"),
        (["Who?"], "a list"),
        ({"q": "Who?"}, "an object"),
        (b"Who?", "bytes"),
    ],
)
def test_what_cannot_be_asked_is_told_in_one_line(text: Any, problem: str) -> None:
    with pytest.raises(QuestionError, match=problem) as error:
        Question(text)
    assert "\n" not in str(error.value)


def test_the_longest_question_is_counted_in_characters_not_bytes() -> None:
    assert Question("战" * MAX_CHARACTERS).text == "战" * MAX_CHARACTERS


@pytest.mark.parametrize("top_k", [0, -1, MAX_TOP_K + 1, True, 1.0, "5", None])
def test_top_k_is_a_whole_number_within_bounds(top_k: Any) -> None:
    with pytest.raises(QuestionError, match="top_k"):
        Question("Who?", top_k)


def test_the_bounds_themselves_are_good() -> None:
    check_top_k(1)
    check_top_k(MAX_TOP_K)


@given(st.text(max_size=50))
def test_a_question_is_kept_as_it_was_typed(text: str) -> None:
    try:
        assert Question(text).text == text
    except QuestionError:
        assert not text.strip() or "\0" in text
