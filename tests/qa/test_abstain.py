"""The reason of an abstention names what is missing."""

from pathlib import Path

import pytest

from index.article import Article
from index.commit import Prepared
from index.library import Library
from index.passage import make_passages
from index.split import split_sentences
from index.update import index_articles, remove_articles
from qa.abstain import Abstention, abstain, unknown_words
from qa.citation import Citation
from tests.qa.making import citation
from tests.toy import ToyEncoder


def abstained(library: Library, question: str, hits: list[Citation], threshold: float = 0.5) -> Abstention:
    with library.reading() as (snapshot, truth):
        return abstain(question, hits, threshold, truth, snapshot.lexical)


def reason(library: Library, question: str, hits: list[Citation], threshold: float = 0.5) -> str:
    return abstained(library, question, hits, threshold).reason


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
        ("During the dawn, how deep was it because of Zelko?", ["Zelko"]),
        ("How long did the deep bees count?", ["deep"]),
        ("What happened to Zelko last week?", ["Zelko", "week"]),
        ("What did Berthe Till count?", ["Berthe", "Till"]),
        ("What did the keeper of Last Chance count?", ["Last", "Chance"]),
        ("战争", ["战争"]),
        ("???", []),
    ],
)
def test_words_that_no_article_has_are_named_as_typed(library: Library, question: str, words: list[str]) -> None:
    assert unknown(library, question) == words


def test_a_name_that_the_nearest_sentence_lacks_is_told(library: Library) -> None:
    index_articles(library, ToyEncoder(), [Article("a", "Zelko was in Oslo in 1998, not in 2024.", "Oslo")])
    nearest = citation(confidence=0.2, article=Article("bees.txt", "", "Bees of the Valley", published_at="2024-05-02"))

    def said(question: str) -> str:
        return reason(library, question, [nearest])

    rest = "is 20% likely to answer, and an answer needs 50%."
    assert said("What do bees do?") == f"The articles do not say: the nearest sentence {rest}"
    assert said("What do Valley bees do in 2024?") == f"The articles do not say: the nearest sentence {rest}"
    assert said("What did Zelko's bees do in 1998?") == (
        f"The articles do not say: the nearest sentence, which does not mention “Zelko” or “1998”, {rest}"
    )


def test_a_word_gone_with_its_article_is_named(library: Library) -> None:
    assert unknown(library, "Who sold the honey?") == []
    remove_articles(library, ["bees.txt"], None)
    assert unknown(library, "Who sold the honey?") == ["sold", "honey"]
    assert reason(library, "Where is the honey?", [citation()]) == (
        "The articles do not say: none of them mentions “honey”."
    )


def test_an_irregular_form_is_known_by_its_word(library: Library) -> None:
    """“none of them mentions “won”” would be no reason where the articles say “wins”."""
    index_articles(library, ToyEncoder(), [Article("race", "Nobody expects that she wins. The women ran.")])
    assert unknown(library, "Which woman won or had begun to win the run?") == ["begun"]


def test_many_unknown_words_are_counted(library: Library) -> None:
    said = reason(library, "Zaba zebo zico zudu zylo zyne zyte?", [])
    assert said == "The articles do not say: none of them mentions “Zaba”, “zebo”, “zico”, “zudu”, “zylo” or 2 more."


def test_what_a_misspelt_word_may_mean_is_named_too(library: Library) -> None:
    index_articles(library, ToyEncoder(), [Article("cup", "Ana Ohtani won the regatta.")])
    said = reason(library, "Did Otani of Zelko win the reggata?", [])
    assert said == (
        "The articles do not say: none of them mentions “Otani”, “Zelko” or “reggata”; they do mention “Ohtani”."
    )
    assert reason(library, "Did Otani win the regata?", []).endswith("; they do mention “Ohtani” and “regatta”.")


def test_known_words_without_an_answer(library: Library) -> None:
    assert "no sentence comes near" in reason(library, "bees?", [])
    assert "has no word to look for" in reason(library, "?!", [citation()])


def test_an_empty_library_says_so(tmp_path: Path) -> None:
    assert "no articles yet" in reason(Library.create(tmp_path / "empty", ToyEncoder()), "bees?", [])


def test_articles_that_are_stored_and_not_indexed_yet_are_not_called_none(tmp_path: Path) -> None:
    folder, article = tmp_path / "first", Article("bees.txt", "Bees buzz at dawn.", "Bees")
    library = Library.create(folder, ToyEncoder())
    spans = split_sentences(article.text)
    prepared = Prepared(spans, make_passages(spans), ToyEncoder().encode([article.text]))
    with library.writing() as writer:
        writer.put(article, prepared)
        assert "not indexed yet" in reason(Library(folder, ToyEncoder()), "bees?", [])
    assert "no sentence comes near" in reason(Library(folder, ToyEncoder()), "bees?", [])


@pytest.mark.parametrize(
    ("confidence", "threshold", "said"),
    [
        (0.31, 0.5, "31% likely to answer, and an answer needs 50%"),
        (0.4999, 0.5, "49% likely to answer, and an answer needs 50%"),
        (0.503, 0.504, "50% likely to answer, and an answer needs 51%"),
        (0.29, 0.55, "29% likely to answer, and an answer needs 55%"),
    ],
)
def test_what_falls_short_never_reads_as_enough(
    library: Library, confidence: float, threshold: float, said: str
) -> None:
    assert said in reason(library, "bees?", [citation(confidence=confidence)], threshold)


@pytest.mark.parametrize(
    ("question", "confidence", "possible", "said"),
    [
        ("How many bees?", 0.25, True, "A possible answer, unconfirmed: the nearest sentence is 25% likely"),
        ("How many bees?", 0.24, False, "The articles do not say: the nearest sentence is 24% likely"),
        ("How many bees fled?", 0.4, False, "The articles do not say: none of them mentions “fled”."),
        ("How many bees fled in May?", 0.4, True, "needs 50%; no article mentions “fled”."),
        ("How many bees had Zelko in May?", 0.4, False, "The articles do not say: none of them mentions “Zelko”."),
        ("Zelko: how many bees in May?", 0.4, False, "The articles do not say: none of them mentions “Zelko”."),
        ("How many May bees in 1999?", 0.4, False, "The articles do not say: none of them mentions “1999”."),
    ],
)
def test_just_below_the_threshold_it_is_a_possible_answer(
    library: Library, question: str, confidence: float, possible: bool, said: str
) -> None:
    found = abstained(library, question, [citation(confidence=confidence)])
    assert found.possible is possible
    assert said in found.reason


def test_a_reason_is_one_sentence(library: Library) -> None:
    for confidence in (0.1, 0.4):
        for question in ("How many bees?", "How many bees fled in May?", "Who is Zelko?"):
            said = reason(library, question, [citation(confidence=confidence)])
            assert said.endswith(".")
            assert ". " not in said
