"""“Why this sentence?”: the words in common, in whatever form they stand, and each stage's score."""

import pytest

from index.article import Article
from qa.chat.why import matched, why
from tests.qa.making import citation


@pytest.mark.parametrize(
    ("question", "text", "words"),
    [
        ("Who freed the ships?", "Tugs freed the ship, and the SHIPS went.", ["freed", "ship", "SHIPS"]),
        ("What is the price?", "What the price is, is known.", ["price"]),
        ("Où est le café?", "The CAFE is shut.", ["CAFE"]),
        ("Who was removed?", "They re\u00admoved Ann.", ["removed"]),
        ("Why?", "Because.", []),
        ("", "", []),
    ],
)
def test_the_words_in_common(question: str, text: str, words: list[str]) -> None:
    assert matched(question, text) == words


def test_scores_are_shown_and_what_has_none_says_so() -> None:
    cited = citation(scores={"dense": -0.5, "bm25": None, "fused": 0.139, "ranker": 14.2}, confidence=0.93)
    page = why(cited, "When do bees buzz?")
    for figure in ("−0.500", "0.139", "14.20", "93%", 'aria-label="none'):
        assert figure in page
    assert "<b><bdi>Bees</bdi></b>, <b><bdi>buzz</bdi></b>" in page
    assert "Its title: <b><bdi>Bees</bdi></b>" in page


def test_names_and_numbers_of_the_question_that_are_not_mentioned_are_told() -> None:
    cited = citation(context="It was warm in Oslo.")
    page = why(cited, "When do the Valley bees of Oslo and Ann buzz in 1998?")
    assert "Not mentioned: <b><bdi>Ann</bdi></b>, <b><bdi>1998</bdi></b>." in page, (
        "the title and the context have others"
    )
    assert "Not mentioned" not in why(cited, "When do bees of Os\u00adlo buzz?")


def test_a_sentence_without_a_word_in_common_says_so_and_markup_is_text() -> None:
    odd = citation("<script>x</script>", article=Article("a", "", "<b>"))
    assert "shares no word" in why(odd, "Bees?")
    assert "<bdi>script</bdi>" in why(odd, "script?")
