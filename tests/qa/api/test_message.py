"""An answer as a chat message: quoted word for word, numbered, with its sources; and how it is taken back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from qa.answer import Answer, Status
from qa.api.message import message_of, recalled
from qa.citation import Citation
from qa.question import MAX_TURN_CHARACTERS, MAX_TURNS, Turn
from tests.qa.making import answered, citation

SENTENCES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=60)
MARKED = st.lists(
    st.sampled_from(["![a](http://x.org/p.png)", "```\n", "`", "<img src=x>", "[1]: http://x.org", "” [1]", "a", "\n"]),
    min_size=1,
    max_size=6,
).map("".join)


def link(cited: Citation) -> str:
    return f"http://localhost/a/{cited.article.id}"


def abstained(reason: str, *hits: Citation, possible: bool = False) -> Answer:
    return Answer("What do bees do?", Status.ABSTAINED, 0.3, (), hits, reason, (1, "0" * 64), possible=possible)


def test_an_answer_reads_as_its_sentences_and_their_sources() -> None:
    article = Article("ship.txt", "", "Ship [freed]", source="Harbour Wire", published_at="2021-03-29")
    twin = citation(article=Article("copy.txt", "", source="The Echo"))
    message = message_of(
        answered(citation(same_as=(twin,)), citation("It left.", 40, article=article, context="A ship came.")), link
    )
    assert message.content == (
        "“Bees buzz at dawn.” [1]\n\n"
        "“It left.” [2]\n\n"
        "Sources:\n"
        "- [1] Bees of the valley, The Valley Post (also in The Echo): <http://localhost/a/bees.txt>\n"
        "- [2] Ship \\[freed\\], Harbour Wire, 29 March 2021: <http://localhost/a/ship.txt> "
        "(the sentence before it: “A ship came.”)"
    )


@given(st.lists(SENTENCES | MARKED, min_size=1, max_size=3), st.none() | SENTENCES)
def test_a_mention_is_the_sentence_word_for_word(texts: list[str], rewritten: str | None) -> None:
    cited = tuple(citation(text) for text in texts)
    given_answer = Answer("Who?", Status.ANSWERED, 0.9, cited, cited, rewritten=rewritten)
    message = message_of(given_answer, link)
    assert [m.citation for m in message.mentions] == list(cited)
    assert [message.content[m.span.start : m.span.end] for m in message.mentions] == texts
    assert message_of(given_answer, link) == message


@pytest.mark.parametrize(
    ("text", "fence"),
    [
        ("See ![this](http://x.org/p.png).", "```"),
        ("Click [here](http://x.org).", "```"),
        ("<script>alert(1)</script>", "```"),
        ("```html\n<b>\n```", "````"),
        ("~~~\nx", "```"),
    ],
)
def test_markup_is_shown_as_code_that_it_cannot_leave(text: str, fence: str) -> None:
    message = message_of(answered(citation(text)), link)
    assert message.content.startswith(f"{fence}\n“{text}”\n{fence}\n[1]\n\nSources:")


@pytest.mark.parametrize("text", ["He paid 5 < 6 dollars.", "A [sic] note.", "It is `quoted`.", "2 * 3 * 4"])
def test_plain_sentences_are_not(text: str) -> None:
    assert message_of(answered(citation(text)), link).content.startswith(f"“{text}” [1]")


def test_an_abstention_says_why_and_offers_the_nearest_as_such() -> None:
    content = message_of(abstained("The articles do not say: not at all.", citation()), link).content
    assert content.startswith(
        "The articles do not say: not at all.\n\nThe nearest sentences, which do not answer it:\n- “"
    )
    assert not message_of(abstained("The articles do not say: no.", citation()), link).mentions
    possible = message_of(abstained("A possible answer, unconfirmed: near.", citation(), possible=True), link).content
    assert "The nearest sentences, best first:" in possible
    assert message_of(abstained("Hello."), link).content == "Hello."


@given(st.lists(SENTENCES.filter(lambda text: "\n\n" not in text), min_size=1, max_size=3))
def test_what_was_quoted_is_recalled(texts: list[str]) -> None:
    message = message_of(answered(*map(citation, texts)), link)
    (said,) = recalled([Turn("assistant", message.content)]) or (None,)
    joined = " ".join(texts)
    assert said == Turn("assistant", joined) if joined.strip() else said is None


def test_a_conversation_is_recalled_without_small_talk_and_abstentions() -> None:
    abstention = message_of(abstained("The articles do not say: no.", citation()), link).content
    turns = [
        Turn("user", "hello"),
        Turn("assistant", "Hello. I answer questions."),
        Turn("user", "Who met Putin?"),
        Turn("assistant", abstention),
        Turn("user", "And who met Xi?"),
        Turn("assistant", "Somebody else's answer \ud800."),
        Turn("assistant", ""),
    ]
    assert recalled(turns) == (turns[2], turns[4], Turn("assistant", "Somebody else's answer \ufffd."))


def test_long_conversations_are_cut_to_what_can_be_asked_with() -> None:
    kept = recalled([Turn("user", f"{n} " + "x" * MAX_TURN_CHARACTERS) for n in range(MAX_TURNS + 5)])
    assert len(kept) == MAX_TURNS
    assert kept[-1].content.startswith(f"{MAX_TURNS + 4} ")
    assert len(kept[-1].content) == MAX_TURN_CHARACTERS
