"""Exponents and the marks of notes, in pages, e-books and Word documents."""

import io
import time

import docx
import pytest
from lxml import html  # type: ignore[import-untyped]  # it carries no types

from index.docx import read_docx
from index.epub import read_epub
from index.markup import parse_xhtml
from index.page import read_page
from index.raised import write_out_raised
from tests.index.test_read_office import book

RAISED = (
    "The dam holds 9.5×10<sup>9</sup> litres behind 10<sup>6</sup> m<sup>2</sup> of wall, a clerk said.<sup>1</sup> "
    "It leaks.<sup><a href='#n2'>[2]</a></sup> The water is H<sub>2</sub>O on the 19<sup>th</sup> of May."
)
SHOWN = (
    "The dam holds 9.5×10⁹ litres behind 10⁶ m² of wall, a clerk said. It leaks. The water is H2O on the 19th of May."
)


def written(markup: str) -> str:
    tree = html.fromstring(f"<p>{markup}</p>")
    write_out_raised(tree)
    return str(tree.text_content())


def test_in_a_page() -> None:
    page = f"<html><body><article><h1>Dam</h1><p>{RAISED}</p><p>The mayor went to see it.</p></article></body></html>"
    assert SHOWN in read_page(page.encode(), "a.html").text


def test_in_a_book() -> None:
    chapter = f"<html xmlns='http://www.w3.org/1999/xhtml'><head><title/></head><body><p>{RAISED}</p></body></html>"
    assert read_epub(book(**{"OEBPS/ch1.xhtml": chapter}), "a.epub").text.startswith(SHOWN)


def test_in_a_word_document() -> None:
    document, packed = docx.Document(), io.BytesIO()
    paragraph = document.add_paragraph("The dam holds 10")
    paragraph.add_run("9").font.superscript = True
    paragraph.add_run(" litres of H")
    paragraph.add_run("2").font.subscript = True
    paragraph.add_run("O.")
    document.save(packed)
    assert "The dam holds 10⁹ litres of H2O." in read_docx(packed.getvalue(), "a.docx").text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("10<sup>−6</sup>", "10⁻⁶"),
        ("10<sup>2.5</sup>", "10^2.5"),
        ("Ca<sup>2+</sup>", "Ca²⁺"),
        ("(a+b)<sup>2</sup>", "(a+b)²"),
        ("a <a href='#sums'>loan of 10<sup>9</sup> francs</a>", "a loan of 10⁹ francs"),
        ("<b>10</b><sup><i>9</i></sup>", "10⁹"),
        ("the 2<sup>nd</sup> M<sup>me</sup> Roy", "the 2nd Mme Roy"),
        ("<sup>1</sup>/<sub>2</sub> a jar", "1/2 a jar"),
    ],
)
def test_an_exponent_is_kept_raised(markup: str, text: str) -> None:
    assert written(markup) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("It was found.<sup>1</sup> Mites", "It was found. Mites"),
        ("“It was found.”<sup>1,2</sup> Mites", "“It was found.” Mites"),
        ("It was found<sup>3</sup><sup>4</sup>", "It was found³⁴"),
        ("It was found.<sup>3</sup><sup>4</sup>", "It was found."),
        ("found in 1998<a href='#fn3'><sup>3</sup></a> by", "found in 1998 by"),
        ("found<sup class='reference'><a href='#cite-1'>[note 1]</a></sup> by", "found by"),
        ("found<a epub:type='noteref' href='notes.xhtml#n1'>*</a> by", "found by"),
        ("found<a role='doc-noteref' href='#n1'>12</a> by", "found by"),
    ],
)
def test_the_mark_of_a_note_is_no_word(markup: str, text: str) -> None:
    assert written(markup) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("a <a epub:type='noteref' href='#bees'>keeper of bees</a> said", "a keeper of bees said"),
        ("It decays. <sup>14</sup>C is rare", "It decays. 14C is rare"),
        ("<sup>1</sup> A note", "1 A note"),
        ("It costs $5.<sup>99</sup> now", "It costs $5.99 now"),
        ("It opens at 10:<sup>30</sup> daily", "It opens at 10:30 daily"),
    ],
)
def test_what_may_be_more_than_a_mark_stays(markup: str, text: str) -> None:
    assert written(markup) == text


def test_a_long_link_full_of_raised_numbers_takes_no_longer_than_it_is_long() -> None:
    def seconds(count: int) -> float:
        tree = parse_xhtml(f"<html><body><p><a href='x'>{'x<sup>2</sup>' * count}</a></p></body></html>")
        started = time.process_time()
        write_out_raised(tree)
        return time.process_time() - started

    seconds(10)
    assert seconds(4000) < 40 * max(seconds(400), 0.001)
