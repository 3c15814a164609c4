"""Text and Markdown files: where the headline ends and the article begins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ReadError
from index.plain import read_markdown, read_text, split_headline

BODY = "The ministers of the two countries met on Monday, and said that they would meet again within the year."


@pytest.mark.parametrize(
    ("headline", "between"),
    [
        ("Ministers of two countries meet", "\n"),
        ("Ministers of two countries meet", "\n\n"),
        ("Will the ministers meet?", "\n\n"),
        ("“We will meet,” ministers say", "\n\n"),
        ("Ministers: the meeting was good", "\n"),
        ("Will the ministers meet?", "\nMOSCOW (AA) – "),
        ("Ministers meet", "\nBy Ann Lee\n\n"),
        ("Ministers meet", "\n22 February 2023\n\n"),
    ],
)
def test_headlines(headline: str, between: str) -> None:
    found, rest = split_headline(headline + between + BODY)
    assert found == headline
    assert rest == between.lstrip("\n") + BODY


@pytest.mark.parametrize(
    "text",
    [
        BODY,
        "The ministers met on Monday.\n" + BODY,
        "“We met on Monday.”\n\n" + BODY,
        "The ministers of two countries who met on\nMonday in a town by the sea have said that\nThey will meet again.",
        "The ministers met,\n" + BODY,
        "This is what they said:\n" + BODY,
        "Who came?\n" + BODY,
        "MOSCOW (AA) –\n" + BODY,
        "MOSCOW (AA) – The ministers met\n\n" + BODY,
        "By Ann Lee\n\n" + BODY,
        "- a list\n- " + BODY,
        "Only one line",
        "Apples\n\nPears\n\nPlums",
        "Roses are red\nViolets are blue\nSugar is sweet",
        "2023\n" + BODY,
        "Ministers meet\nand then " + BODY,
    ],
)
def test_no_headlines(text: str) -> None:
    assert split_headline(text) == ("", text)


@given(st.lists(st.sampled_from(["A word", BODY, "", "x.", "lower", "MOSCOW (AA) – x", "A?"]), max_size=6))
def test_nothing_is_lost(lines: list[str]) -> None:
    text = "\n".join(lines)
    headline, rest = split_headline(text)
    assert "".join((headline + rest).split()) == "".join(text.split())
    assert text.endswith(rest)


def test_a_text_with_a_headline() -> None:
    article = read_text(f"Ministers meet\r\n\r\nMOSCOW (AA) – {BODY}\r\n\r\nMore.".encode(), "a.txt")
    assert article.title == "Ministers meet"
    assert article.text == f"MOSCOW (AA) – {BODY}\n\nMore."
    assert article.source == "AA"


def test_a_text_without_a_headline() -> None:
    article = read_text(f"{BODY}\nMore.".encode(), "a.txt")
    assert article.text == f"{BODY}\nMore."
    assert article.title == "The ministers of the two countries met on Monday, and said that they would…"


def test_front_matter() -> None:
    source = (
        f"---\ntitle: Ministers meet\ndate: 2023-02-22\nauthors: [Ann Lee, Bo Li]\ntags: [a]\n---\n\n# Other\n\n{BODY}"
    )
    article = read_markdown(source.encode(), "a.md")
    assert (article.title, article.published_at, article.author) == ("Ministers meet", "2023-02-22", "Ann Lee, Bo Li")
    assert article.metadata == {"tags": ["a"]}
    assert article.text == BODY


@pytest.mark.parametrize("heading", ["# Ministers *meet*\n", "# Ministers *meet* ##\n", "Ministers *meet*\n====\n"])
def test_markdown_is_kept_as_written(heading: str) -> None:
    article = read_markdown(f"{heading}\nA *word* and a [link](x).\n".encode(), "a.md")
    assert (article.title, article.text) == ("Ministers *meet*", "A *word* and a [link](x).\n")


def test_a_rule_is_no_front_matter() -> None:
    assert read_markdown(b"---\n\nA rule stands above.\n", "a.md").text == "---\n\nA rule stands above.\n"


@pytest.mark.parametrize("date", ["2023-02-30", "2023-13-45", "0000-00-00", "2023-02-22 25:99:00"])
def test_a_day_that_is_none_is_kept_and_front_matter_is_no_text(date: str) -> None:
    source = f"---\ntitle: Lighthouse\ndate: {date}\nnote: Not to be printed.\n---\n{BODY}"
    article = read_markdown(source.encode(), "a.md")
    assert (article.title, article.text, article.published_at) == ("Lighthouse", BODY, None)
    assert article.metadata == {"note": "Not to be printed.", "published_at": date}


@pytest.mark.parametrize(
    ("date", "iso"),
    [
        ("2023-02-22T10:30:00Z", "2023-02-22T10:30:00+00:00"),
        ("2023-02-22 10:30:00", "2023-02-22T10:30:00"),
        ("2023-2-5 10:30:00 +1", "2023-02-05T10:30:00+01:00"),
        ("20230222", "2023-02-22"),
    ],
)
def test_the_date_of_front_matter(date: str, iso: str) -> None:
    assert read_markdown(f"---\ndate: {date}\n---\n{BODY}".encode(), "a.md").published_at == iso


@pytest.mark.parametrize("value", ["0x_", "!!int x", "!!float x", "1" + ":59" * 400 + ".5", "9" * 5000])
def test_front_matter_with_a_number_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(ReadError, match="not YAML"):
        read_markdown(f"---\ntitle: Lighthouse\nx: {value}\n---\n{BODY}".encode(), "a.md")


def test_front_matter_cannot_run_code_or_fill_memory() -> None:
    with pytest.raises(ReadError, match="not YAML at line 2"):
        read_markdown(b'---\n!!python/object/apply:os.system ["true"]\n---\nText', "a.md")
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    with pytest.raises(ReadError, match="values"):
        read_markdown(("---\n" + "\n".join(lines) + "\n---\nText").encode(), "a.md")
