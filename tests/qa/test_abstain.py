"""The reason of an abstention names what is missing."""

from pathlib import Path

import pytest

from index.library import Library
from index.update import remove_articles
from qa.abstain import reason_for, unknown_words
from qa.citation import Citation
from tests.qa.making import citation
from tests.toy import ToyEncoder


def reason(library: Library, question: str, hits: list[Citation], threshold: float = 0.5) -> str:
    with library.reading() as (snapshot, truth):
        return reason_for(question, hits, threshold, truth, snapshot.lexical)


def unknown(library: Library, question: str) -> list[str]:
    with library.reading() as (snapshot, _):
        return unknown_words(question, snapshot.lexical)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Who is Zelko?", ["Zelko"]),
        ("What did Zelko's keeper count?", ["Zelko's"]),
        ("What did Zelko’s keeper count?", ["Zelko’s"]),
        ("Zelko? ZELKO! zelko", ["Zelko"]),
        ("Did the ship carry Covid-19?", ["carry", "Covid-19"]),
        ("Were there 50,000 bees?", ["50,000"]),
        ("Were there 40,000 bees in 2019?", ["2019"]),
        ("Who's buzzing at dawn, and why didn't the keepers count honey?", []),
        ("How many bees did the keeper count, and what would you do?", []),
        ("战争", ["战争"]),
        ("???", []),
    ],
)
def test_words_that_no_article_has_are_named_as_typed(library: Library, question: str, words: list[str]) -> None:
    assert unknown(library, question) == words


def test_a_word_gone_with_its_article_is_named(library: Library) -> None:
    assert unknown(library, "Who sold the honey?") == []
    remove_articles(library, ["bees.txt"], None)
    assert unknown(library, "Who sold the honey?") == ["sold", "honey"]
    assert reason(library, "Where is the honey?", [citation()]) == (
        "The articles do not say: none of them mentions “honey”."
    )


def test_many_unknown_words_are_counted(library: Library) -> None:
    said = reason(library, "Zaba zebo zico zudu zylo zyne zyte?", [])
    assert said == "The articles do not say: none of them mentions “Zaba”, “zebo”, “zico”, “zudu”, “zylo” or 2 more."


def test_known_words_without_an_answer(library: Library) -> None:
    assert "no sentence comes near" in reason(library, "bees?", [])
    assert "has no word to look for" in reason(library, "?!", [citation()])


def test_an_empty_library_says_so(tmp_path: Path) -> None:
    assert "no articles yet" in reason(Library.create(tmp_path / "empty", ToyEncoder()), "bees?", [])


@pytest.mark.parametrize(
    ("confidence", "threshold", "said"),
    [
        (0.31, 0.5, "31% likely to answer, and an answer needs 50%"),
        (0.4999, 0.5, "49% likely to answer, and an answer needs 50%"),
        (0.503, 0.504, "50% likely to answer, and an answer needs 51%"),
    ],
)
def test_what_falls_short_never_reads_as_enough(
    library: Library, confidence: float, threshold: float, said: str
) -> None:
    assert said in reason(library, "bees?", [citation(confidence=confidence)], threshold)
