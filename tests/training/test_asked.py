"""Other ways to ask a training question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.rows import chance
from training.asked import as_typed, in_other_words, names_in, of_another, on_a_day


@pytest.mark.parametrize(
    ("question", "typed"),
    [
        ("In what year did Webb reach its orbit?", "when did webb reach its orbit"),
        ("What year was the canal dug?", "when was the canal dug"),
        ("In which city did they meet?", "where did they meet"),
        ("What is the number of ships that waited?", "how many ships that waited"),
        ("What years are shown?", "what years are shown"),
        ("Who met whom?", "who met whom"),
    ],
)
def test_a_question_as_it_is_typed(question: str, typed: str) -> None:
    assert as_typed(question) == typed


def test_words_of_the_answer_go_and_others_stay() -> None:
    asked = in_other_words("How long was the canal blocked by the ship?", "The ship blocked the canal.", 1.0, chance(0))
    assert asked == "How long was the by the"
    assert (
        in_other_words("Who blocked it?", "He blocked it.", 1.0, chance(0)) == "Who blocked it?"
    )  # too little is left


@pytest.mark.parametrize(
    ("question", "others"),
    [
        ("Who ruled in 1998?", {f"Who ruled in {year}?" for year in range(1970, 2030) if year != 1998}),
        ("Who was the first to land?", {"Who was the last to land?"}),
        ("Where did Charlie Chaplin live?", {"Where did Greta Garbo live?"}),
        ("How is it made?", {None}),
        ("What came after the flood?", {"What came before the flood?"}),
    ],
)
def test_a_question_about_another_thing(question: str, others: set[str | None]) -> None:
    for seed in range(10):
        assert of_another(question, ["Greta Garbo"], "He lived there.", chance(seed)) in others


def test_a_name_that_the_sentence_has_is_no_other_thing() -> None:
    assert of_another("Where did Chaplin live?", ["Greta Garbo"], "Greta Garbo lived there.", chance(0)) is None


def test_another_month_is_another_thing() -> None:
    found = of_another("What sank in May?", [], "It sank.", chance(0))
    assert found is not None
    assert found.startswith("What sank in ")
    assert found != "What sank in May?"


def test_names_are_told_from_the_first_word_and_from_months() -> None:
    assert names_in("Who met Xi Jinping in Moscow in April?") == ["Xi Jinping", "Moscow"]


@given(st.text(max_size=60), st.integers(0, 5))
def test_any_text_can_be_asked_in_all_ways(question: str, seed: int) -> None:
    as_typed(question)
    on_a_day(question, chance(seed))
    in_other_words(question, question, 0.5, chance(seed))
    assert of_another(question, ["Ann Lee"], "", chance(seed)) != question
