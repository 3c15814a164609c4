"""The names and numbers of a question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.specifics import lacked, specifics


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Who won the World Cup in 1998?", ["World", "Cup", "1998"]),
        ("How many jars did Ann Lee's baker buy?", ["Ann", "Lee"]),
        ("Did 12 of the O’Briens meet Reuters on Monday?", ["12", "Briens", "Reuters"]),
        ("Who spoke on 12 May 2023 in Oslo, and on June 3rd?", ["2023", "Oslo"]),
        ("What sank between 10 and 12 May, or from June 3rd to the 5th?", []),
        ("Did 10 of the 12 ships sink in May?", ["10", "12"]),
        ("Putin said what about Putin and putin?", ["Putin"]),
        ("who won the world cup in 1998", ["1998"]),
        ("What Is The Capital Of Norway In 2024?", ["2024"]),
        ("WHAT DID PUTIN SAY?", []),
        ("What did the EU, the US and the U.S. tell NATO?", ["NATO"]),
        ("Did I or You or We go, and What for?", []),
        ("What did he say? (Vladimir Putin, Moscow)", []),
        ("Was it over 10,000 or 3-2?", ["10", "000", "3", "2"]),
        ("Wer hat in Österreich gewonnen?", ["Österreich"]),
        ("谁赢了？", []),
        ("", []),
    ],
)
def test_by_hand(question: str, words: list[str]) -> None:
    assert [one.word for one in specifics(question)] == words


WORDS = st.sampled_from(["Who", "won", "12", "May", "1998", "Oslo", "(Ann", "Lee)", "in"])


@given(st.text(max_size=80) | st.lists(WORDS).map(" ".join))
def test_they_stand_in_the_question_once_and_can_be_looked_for(question: str) -> None:
    found = specifics(question)
    assert all(one.word in question and one.terms for one in found)
    assert len({one.word.casefold() for one in found}) == len(found)


def test_what_is_lacked_is_in_none_of_the_texts() -> None:
    question = "How many bees did Ann Lee's baker count in 1998?"
    assert lacked(question) == ["Ann", "Lee", "1998"]
    assert lacked(question, "The LEES baked.", "In 1998, 40,000 bees swarmed.") == ["Ann"]
