"""PDF files, written here by hand, and how their lines become paragraphs."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ReadError
from index.pdf import read_pdf
from index.reflow import HYPHEN, Line, reflow

MEDIA = "/MediaBox [0 0 612 792]"


def pdf(
    pages: Sequence[Sequence[str]], title: str = "", encrypt: bool = False, page: str = MEDIA, all_pages: str = ""
) -> bytes:
    """A PDF with these lines on its pages, 12 points high and 14 apart, from 720 down; an empty line is a gap.

    `page` and `all_pages` go into the dictionaries of each page and of what they inherit from.
    """
    kids = " ".join(f"{number} 0 R" for number in range(4, 4 + 2 * len(pages), 2))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} {all_pages} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for lines in pages:
        shown = " ".join(f"({line}) Tj 0 -14 Td" for line in lines)
        stream = f"BT /F1 12 Tf 72 720 Td {shown} ET"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R {page} /Contents {len(objects) + 2} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    objects.append(f"<< /Title ({title}) /Author (Ann Lee) /CreationDate (D:20230222080000Z) >>")
    body, places = "%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{text}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    lock = (
        "/Encrypt << /Filter /Standard /V 1 /R 2 /O (" + "x" * 32 + ") /U (" + "y" * 32 + ") /P -4 >> /ID [<00> <00>] "
    )
    return (
        f"{body}xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(objects) + 1} "
        f"/Root 1 0 R {lock if encrypt else ''}/Info {len(objects)} 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    ).encode("latin-1")


def test_a_pdf() -> None:
    lines = [
        "Bees return to the valley",
        "",
        "Bees have come back to the valley after seven",
        "years, the keeper said.",
    ]
    article = read_pdf(pdf([lines], title="Bees return to the valley"), "a.pdf")
    assert article.title == "Bees return to the valley"
    assert article.text == "Bees have come back to the valley after seven years, the keeper said."
    assert (article.author, article.published_at) == ("Ann Lee", "2023-02-22")


@pytest.mark.parametrize("title", ["Microsoft Word - bees.docx", "final.html", "FINAL.TXT", "slides.pptx"])
def test_a_program_s_title_is_no_title(title: str) -> None:
    lines = [
        "Bees return to the valley",
        "",
        "Bees have come back to the valley after seven",
        "years, the keeper said.",
    ]
    article = read_pdf(pdf([lines], title=title), "a.pdf")
    assert article.title == "Bees return to the valley"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (pdf([[]]), "OCR"),
        (pdf([["Text."]], encrypt=True), "password"),
        (b"%PDF-1.4 nothing", "damaged"),
        (b"x", "damaged"),
    ],
)
def test_what_cannot_be_read(data: bytes, reason: str) -> None:
    with pytest.raises(ReadError, match=reason):
        read_pdf(data, "a.pdf")


def test_a_pdf_of_too_many_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.pdf.MAX_PAGES", 1)
    with pytest.raises(ReadError, match="more than 1 pages"):
        read_pdf(pdf([["a"], ["b"]]), "a.pdf")


NEIGHBOURS = ["The mayor resigned.", *[""] * 10, "The keeper counted the bees.", *[""] * 10, "The baker was fined."]


@pytest.mark.parametrize(
    ("page", "all_pages"),
    [
        (f"{MEDIA} /CropBox [0 500 612 650]", ""),
        (f"{MEDIA} /CropBox [0 500 612 650] /Rotate 90", ""),
        (f"{MEDIA} /CropBox [0 500 612 650] /Rotate 180", ""),
        (f"{MEDIA} /CropBox [612 650 0 500]", ""),
        ("/MediaBox [0 500 612 650]", ""),
        ("", f"{MEDIA} /CropBox [0 500 612 650] /Rotate 270"),
        ("/MediaBox [0 0 612 650]", "/CropBox [0 500 700 800]"),
    ],
)
def test_what_is_cropped_away_is_no_evidence(page: str, all_pages: str) -> None:
    article = read_pdf(pdf([NEIGHBOURS], page=page, all_pages=all_pages), "a.pdf")
    assert (article.title, article.text) == ("The keeper counted the bees.",) * 2


@pytest.mark.parametrize(
    "page",
    [MEDIA, f"{MEDIA} /CropBox [0 0 0 0]", f"{MEDIA} /CropBox [700 800 900 1000]", f"{MEDIA} /CropBox [0 400 300 792]"],
)
def test_all_that_is_shown_is_read(page: str) -> None:
    text = read_pdf(pdf([NEIGHBOURS], page=page), "a.pdf").text
    assert " ".join(text.split()) == " ".join(filter(None, NEIGHBOURS))


def test_text_beside_the_page_is_no_evidence() -> None:
    beside = ["The keeper counted", "the bees.) Tj 2000 0 Td (HIDDEN", "HIDDEN) Tj -4000 0 Td (HIDDEN"]
    assert read_pdf(pdf([beside]), "a.pdf").text == "The keeper counted the bees."


def test_a_line_that_the_edge_cuts_is_read_as_far_as_it_goes() -> None:
    article = read_pdf(pdf([["The keeper counted the bees."]], page="/MediaBox [0 0 178 792]"), "a.pdf")
    assert article.text == "The keeper counted"


def column(*texts: str, left: float = 0, size: float = 10, top: float = 700) -> list[Line]:
    """Lines of five points a letter, twelve points apart."""
    return [Line(text, left, left + 5 * len(text), top - 12 * place, size) for place, text in enumerate(texts)]


def test_wrapped_lines_are_joined_and_short_ones_end_a_paragraph() -> None:
    lines = column(
        "The keeper counted the bees in the", "valley on Monday.", "She sold nine jars of honey to the", "baker."
    )
    assert (
        reflow([lines])
        == "The keeper counted the bees in the valley on Monday.\nShe sold nine jars of honey to the baker."
    )


def test_divided_words_are_made_whole() -> None:
    lines = column(
        f"The keeper counted the bees in Mon{HYPHEN}",
        f"treal, a well-known city and well{HYPHEN}",
        "known place of bees.",
    )
    assert reflow([lines]) == "The keeper counted the bees in Montreal, a well-known city and well-known place of bees."


@pytest.mark.parametrize(
    ("divided", "whole"),
    [
        ("well|attended", "well-attended"),
        ("Self|employed", "Self-employed"),
        ("so|called", "so-called"),
        ("long|running", "long-running"),
        ("low|lying", "low-lying"),
        ("short|term", "short-term"),
        ("well|ness", "wellness"),
        ("self|ishly", "selfishly"),
        ("so|cial", "social"),
        ("low|ering", "lowering"),
        ("short|ened", "shortened"),
        ("long|ing", "longing"),
        ("high|lighted", "highlighted"),
        ("ex|pected", "expected"),
    ],
)
def test_the_hyphen_of_a_compound_is_kept(divided: str, whole: str) -> None:
    start, end = divided.split("|")
    lines = column(f"It was what the keepers called a {start}{HYPHEN}", f"{end} evening.")
    assert reflow([lines]) == f"It was what the keepers called a {whole} evening."


def test_a_gap_or_another_size_begins_a_paragraph() -> None:
    head = column("The valley and all the bees in it", size=16)
    body = column("The keeper counted all of the bees", "in the valley in a day.", top=680)
    apart = column("The baker bought nine of the jars.", top=640)
    assert reflow([head + body + apart]).split("\n") == [
        "The valley and all the bees in it",
        "The keeper counted all of the bees in the valley in a day.",
        "The baker bought nine of the jars.",
    ]


def test_columns_are_read_one_after_the_other() -> None:
    left = column("The keeper counted the bees in", "the valley, and then she went")
    right = column("home to the baker and his bees.", "They were glad, all of them, too.", left=300)
    assert reflow([left + right]) == (
        "The keeper counted the bees in the valley, and then she went home to the baker and his bees. "
        "They were glad, all of them, too."
    )


def test_running_heads_and_page_numbers_are_left_out() -> None:
    pages = [
        column("The Valley Post", f"Page text number {name}.", f"- {page} -") for page, name in enumerate("abcd", 1)
    ]
    assert reflow(pages) == "\n".join(f"Page text number {name}." for name in "abcd")


@given(st.lists(st.lists(st.text("ab .-", min_size=1).filter(str.strip), max_size=6), max_size=4))
def test_no_word_is_lost(pages: list[list[str]]) -> None:
    text = reflow([column(*lines) for lines in pages])
    if len(pages) < 3:  # with more, what repeats is taken for a running head
        assert text.split() == " ".join(word for lines in pages for word in lines).split()
