"""Which sentences lean on the one before, and what they are shown with; which of the same words speak of others."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from index.library import Library
from index.split import split_sentences
from index.update import index_articles
from qa.confidence import Calibration
from qa.context import context_of, leans
from qa.engine import Engine
from tests.toy import ToyEncoder, ToyRanker


@pytest.mark.parametrize(
    "sentence",
    [
        "He left the hall.",
        "She sold nine jars.",
        "They won.",
        "It sank.",
        "Its captain fled.",
        "“It is over,” she said.",
        "But he left.",
        "And they won.",
        "In 2019, she won the cup.",
        "However, they stayed.",
        "Within hours, he was back.",
        "When the talks ended, she spoke.",
        "The company failed.",
        "But the minister refused.",
        "The former mayor resigned.",
        "The 45-year-old was arrested.",
        "The vote was unanimous.",
        "In a letter, the agency denied it.",
        "“If it turns out that we were wrong, we will say so.”",
        "Two of them died.",
        "All three were freed.",
        "At least seven were hurt.",
        "Most were children.",
        "Ten of the 14 had expected a rise.",
        "Others fled.",
        "The first was in 2011.",
        "Er trat zurück.",
        "Sie sagte, das sei falsch.",
        "Elle ne rouvrira pas avant le 1er septembre.",
        "Ihre Mutter sagte, sie komme.",
        "Il a démissionné.",
        "Il n'a rien dit.",
        "Il s’est tu.",
        "Ella no vino.",
        "Él dijo que no.",
        "Она отказалась.",
        "That is why.",
        "These were the last.",
        "Both agreed.",
        "The two met again.",
        "The former is cheaper.",
        "“We will win.”",
        "“The road is open,” he added.",
        "“The road is open,” said she.",
        "There, she met the king.",
        "The company, which makes pumps, failed.",
        "Speaking in the town hall on Monday, she promised a bridge.",
        "Born in Lyon in 1941, he crossed the sea.",
        "Elected in 2019, she left in 2021.",
        "Having lost in Oslo, he gave up.",
        "As mayor of Oslo, she built a bridge.",
        "As a boy, he kept bees.",
        "According to his daughter Ana Silva, he slept.",
        "To win, he must run.",
        "Asked about Silva, he laughed.",
        "Prosecutors said he had fled.",
        "“We will appeal,” the company said.",
        "“We will appeal,” said the company.",
        "No leaks were found, she said.",
        "No leaks were found, it also said on Monday.",
        "No leaks were found, they later added in a statement.",
        "Olives, he said, will be dear in May.",
    ],
)
def test_what_is_named_before_is_leant_on(sentence: str) -> None:
    assert leans(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Silva left the hall.",
        "Theresa came.",
        "Heavy rain fell.",
        "Italy won.",
        "It is unclear whether he will come.",
        "It took two days to free the ship.",
        "This year the crop failed.",
        "That week the crop failed.",
        "Those who came were glad.",
        "Both Norway and Chile agreed.",
        "The minister of defence resigned.",
        "The company that makes pumps failed.",
        "The company Acme failed.",
        "The mayor, Ana Silva, resigned.",
        "The Ministry of Defence denied it.",
        "When Silva arrived, she spoke.",
        "“The road is open,” Silva said.",
        "Two of the ships sank.",
        "All ships were freed.",
        "More than 300 people were hurt.",
        "2019 was a warm year.",
        "Some have said so.",
        "Il y a trois blessés.",
        "Il s'agit de trois blessés.",
        "Il faut partir.",
        "Il governo ha deciso.",
        "Ella said so.",
        "Il est possible de venir.",
        "Ella Berg left the hall.",
        "The government fell.",
        "The first bees came.",
        "As Silva arrived, she spoke.",
        "Speaking in the town hall, Silva promised a bridge.",
        "Born in Lyon, Silva crossed the sea.",
        "“We will appeal,” said the company Acme.",
        "Prosecutors said Silva had fled.",
        "Silva said he had fled.",
        "When Silva came, she said nothing.",
        "Silva came, and she said it was late.",
        "No leaks were found, Silva said.",
        "",
        "…",
    ],
)
def test_what_stands_alone_does_not(sentence: str) -> None:
    assert not leans(sentence)


def context(text: str, ordinal: int) -> str | None:
    spans = split_sentences(text)
    return context_of(text, spans[ordinal - 1] if ordinal else None, spans[ordinal])


@pytest.mark.parametrize("gap", [" ", "\n", "\n\n", "\r\n\r\n"])
def test_context_is_the_sentence_before_across_paragraphs_too(gap: str) -> None:
    assert context(f"Silva came to Oslo.{gap}She left again.", 1) == "Silva came to Oslo."
    assert context(f"“Silva came to Oslo.”{gap}She left again.", 1) == "“Silva came to Oslo.”"


@pytest.mark.parametrize(
    ("text", "ordinal", "before"),
    [
        ("Q: Will you resign?\nA: No, not today.", 1, "Q: Will you resign?"),
        ("CHAIR: When did you hear of it?\n\nMR. BERG: In March 2023.", 1, "CHAIR: When did you hear of it?"),
        ("“Will you resign?” the paper asked. “No,” Silva said.", 1, None),
        ("Will schools close? Not today, the ministry says.", 1, "Will schools close?"),
        ("¿Habrá elecciones? «No», respondió Silva.", 1, "¿Habrá elecciones?"),
        ("Did you know? Did Silva?", 1, None),
        ("Where will it be held?\nThe cup of 2026 will be held in sixteen cities of Norway and Chile.", 1, None),
        (
            "Q: How large is it?\nA: If the stock recovers, 48,000 tonnes would be possible in a year or two.",
            1,
            "Q: How large is it?",
        ),
    ],
)
def test_a_reply_is_shown_with_its_question(text: str, ordinal: int, before: str | None) -> None:
    assert context(text, ordinal) == before


def test_it_is_one_sentence_even_where_that_one_leans_too() -> None:
    assert context("Silva came. She sang. She left.", 2) == "She sang."


def test_a_heading_is_no_context_and_the_first_sentence_has_none() -> None:
    assert context("The visit\n\nShe left again.", 1) is None
    assert context("She left again.", 0) is None


@given(st.text(max_size=200))
def test_context_is_the_articles_own_text(text: str) -> None:
    spans = split_sentences(text)
    for before, span in zip([None, *spans], spans, strict=False):
        found = context_of(text, before, span)
        assert found is None or (before is not None and found == text[before.start : before.end])


def test_leaning_is_told_in_time_however_odd_the_text() -> None:
    for piece in ("In a ", "the ", "“", "when it ", "and ", "a, ", "said he "):
        leans(piece * 3000)


def citations(*articles: Article) -> list[dict[str, object]]:
    encoder = ToyEncoder()
    with tempfile.TemporaryDirectory() as folder:
        library = Library.create(Path(folder), encoder)
        index_articles(library, encoder, articles)
        calibration = Calibration(score=1.0, intercept=10.0, threshold=0.0)
        found: list[dict[str, object]] = (
            Engine(library, encoder, ToyRanker(), calibration)
            .ask("How old was the singer when he died?")
            .to_json()["citations"]
        )
        return found


def test_the_same_words_about_somebody_else_are_not_merged() -> None:
    one = Article("a", "The singer Tomas Berg is dead. He died aged 82.", "Berg, singer of shanties, dies")
    other = Article("b", "Nobody knew the painter Xenia Yu. He died aged 82.", "Xenia Yu: queer quiet year")
    again = Article("c", "The singer Tomas Berg is dead. He died aged 82. Fans wept.", "Berg, singer of shanties, dies")
    assert not any(cited["same_as"] for cited in citations(one, other) if cited["cited_text"] == "He died aged 82.")
    assert any(cited["same_as"] for cited in citations(one, again) if cited["cited_text"] == "He died aged 82.")


def test_the_same_reply_to_another_question_is_not_merged() -> None:
    def asked(article_id: str, question: str, title: str) -> Article:
        return Article(article_id, f"{question}\nSinger Tomas Berg never said so in Oslo.", title)

    one = asked("a", "Is the old canal closed?", "Gulls over the canal")
    other = asked("b", "Does Xenia Yu paint queer birds?", "Xenia Yu: queer quiet year")
    again = asked("c", "Is the old canal closed?", "Ships wait")
    for second, same in ((other, False), (again, True)):
        replies = [cited for cited in citations(one, second) if str(cited["cited_text"]).startswith("Singer")]
        assert any(cited["same_as"] for cited in replies) is same


def test_a_short_quotation_of_a_named_speaker_is_merged() -> None:
    one = Article("a", "“I never took a penny,” Kral told reporters outside the court.", "Xenia Yu: queer quiet year")
    other = Article("b", "“I never took a penny,” Mr Kral told reporters outside the court.", "Kral, a singer, goes")
    assert any(cited["same_as"] for cited in citations(one, other))


def merged(sentence: str, first: str | None, second: str | None) -> bool:
    """Whether the sentence counts as the same in two outlets' articles of these days."""
    text = f"Nobody was surprised. {sentence} Markets were calm."
    one = Article("a", text, "The singer Tomas Berg", source="Post", published_at=first)
    other = Article("b", f"{text} Gulls cried.", "The singer Tomas Berg", source="Echo", published_at=second)
    return any(cited["same_as"] for cited in citations(one, other) if cited["cited_text"] == sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The singer Tomas Berg died on Thursday in the old harbour town.",
        "The singer Tomas Berg died yesterday in the old harbour town.",
        "The singer Tomas Berg died last week in the old harbour town.",
        "The singer Tomas Berg died three days ago in the old harbour town.",
        "The singer Tomas Berg died last month in the old harbour town.",
    ],
)
def test_the_same_words_about_another_day_are_not_merged(sentence: str) -> None:
    assert not merged(sentence, "2023-02-02", "2023-03-16")
    assert merged(sentence, "2023-02-02", "2023-02-03")
    assert merged(sentence, "2023-02-02", None)


def test_what_names_its_day_or_a_longer_time_is_the_same_for_longer() -> None:
    dated = "The singer Tomas Berg died on Thursday, 2 February, in the old harbour town."
    assert merged(dated, "2023-02-02", "2023-03-16")
    assert not merged(dated, "2023-02-02", "2024-02-02")
    assert merged(dated.replace("February", "February 2023"), "2023-02-02", "2024-02-02")
    yearly = "The singer Tomas Berg died this year in the old harbour town."
    assert merged(yearly, "2023-02-02", "2023-03-16")
    assert not merged(yearly, "2022-12-12", "2023-03-16")
    monthly = "The singer Tomas Berg died this month in the old harbour town."
    assert merged(monthly, "2023-02-02", "2023-02-22")
