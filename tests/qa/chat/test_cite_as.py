"""Citations for other people's pages: as their style guides have them, and never markup by accident."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Article, Span
from qa.answer import Answer, Status
from qa.chat.cite_as import apa, apa_names, in_markdown, markdown, plain, whole_answer
from tests.qa.making import answered, citation

SHIP = Article(
    "ship.txt",
    "It sank.",
    "Ship sinks",
    author="Ann B. Lee and Bo de Wit",
    source="Harbour Wire",
    published_at="2021-03-29T08:00:00Z",
    url="https://example.org/ship",
)
BARE = Article("notes/1.txt", "It sank.")


def test_plain() -> None:
    assert plain(SHIP, Span(0, 8), "It sank.") == (
        "“It sank.” Ann B. Lee and Bo de Wit, “Ship sinks”, Harbour Wire, 29 March 2021, https://example.org/ship"
    )
    assert plain(BARE, Span(0, 8), "“It” sank.") == "“It” sank. “notes/1.txt”, notes/1.txt, characters 0–8"


def test_markdown() -> None:
    assert markdown(SHIP, Span(0, 8), "It *sank*.\nSo") == (
        "> “It \\*sank\\*.\n> So”\n>\n> — Ann B. Lee and Bo de Wit, [Ship sinks](<https://example.org/ship>), "
        "*Harbour Wire*, 29 March 2021"
    )
    assert markdown(BARE, Span(0, 8), "It sank.").endswith("> — notes/1.txt, notes/1.txt, characters 0–8")


def test_apa() -> None:
    assert apa(SHIP) == (
        "Lee, A. B., & de Wit, B. (2021, March 29). Ship sinks. Harbour Wire. https://example.org/ship"
    )
    assert apa(BARE) == "notes/1.txt. (n.d.)."
    assert apa(Article("x", "", "Who sank it?", published_at="spring")) == "Who sank it? (spring)."


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", ""),
        ("By Jane Doe", "Doe, J."),
        ("Doe, Jane", "Doe, J."),
        ("Jane Doe, John Roe", "Doe, J., & Roe, J."),
        ("Jane Doe, John Roe and Jean-Paul Sartre", "Doe, J., Roe, J., & Sartre, J.-P."),
        ("Jane Doe; John Roe", "Doe, J., & Roe, J."),
        ("Martin Luther King Jr.", "King, M. L., Jr."),
        ("Ludwig van Beethoven", "van Beethoven, L."),
        ("Conor O’Brien", "O’Brien, C."),
        ("Reuters", "Reuters"),
        ("AFP", "AFP"),
        ("BBC News", "BBC News"),
        ("Associated Press", "Associated Press"),
        ("Jane Doe, BBC News", "Jane Doe, BBC News"),
        ("Harbour Wire staff", "Harbour Wire staff"),
        ("王毅", "王毅"),
        ("<b>Jane</b> Doe", "<b>Jane</b> Doe"),
        (" the  night\ndesk ", "the night desk"),
    ],
)
def test_names_are_turned_only_where_they_plainly_are_names(given: str, expected: str) -> None:
    assert apa_names(given) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Heading", "\\# Heading"),
        ("1. item\n- item\n+ item", "1\\. item\n\\- item\n\\+ item"),
        ("in 2022. It", "in 2022. It"),
        ("well-known (so-called)", "well-known (so-called)"),
        ("[x](javascript:alert(1))", "\\[x\\](javascript:alert(1))"),
        ("![x](y)", "\\!\\[x\\](y)"),
        ("<img src=x>", "\\<img src=x\\>"),
        ("see https://x.org or www.x.org", "see https:/\\/x.org or www\\.x.org"),
        ("&lt;", "\\&lt;"),
        ("a\r\n    code\rb", "a\ncode\nb"),
        ("$185 billion", "$185 billion"),
        ("$x$ and `y`", "\\$x$ and \\`y\\`"),
        ("===\n---", "\\===\n\\---"),
    ],
)
def test_markdown_is_held(text: str, expected: str) -> None:
    assert in_markdown(text) == expected


@settings(deadline=None)
@given(st.text(max_size=80))
def test_in_markdown_only_backslashes_and_line_ends_differ(text: str) -> None:
    assert "".join(in_markdown(text).replace("\\", "").split()) == "".join(text.replace("\\", "").split())


def test_a_whole_answer() -> None:
    two = answered(citation("It sank."), citation("Nobody was hurt.", 9))
    place = "“Bees of the valley”, The Valley Post, bees.txt, characters"
    assert whole_answer(two) == (f"“It sank.” [1]\n“Nobody was hurt.” [2]\n\n[1] {place} 0–8\n[2] {place} 9–25")
    hits = (citation("It sank."),)
    assert whole_answer(Answer("Who?", Status.ABSTAINED, 0.1, (), hits, "Unsaid.")) == ""
    possible = Answer("Who?", Status.ABSTAINED, 0.1, (), hits, "Unsaid.", possible=True)
    assert whole_answer(possible).startswith("Possible answer, unconfirmed:\n“It sank.” [1]")


def test_a_sentence_that_leans_is_copied_behind_its_context() -> None:
    leaning = citation("She won.", context="Nina Dahl\nran.")
    assert whole_answer(answered(leaning)).startswith("(Context: Nina Dahl ran.) “She won.” [1]\n\n[1] ")
