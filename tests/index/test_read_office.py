"""Word documents and e-books, made here with the libraries that make real ones."""

import io
import zipfile
from datetime import datetime

import docx
import docx.document
import pytest
from docx.enum.style import WD_STYLE_TYPE

from index.docx import read_docx
from index.epub import read_epub
from index.errors import ReadError

CONTAINER = """<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>"""
PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf" xmlns:opf="http://www.idpf.org/2007/opf"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>The Valley</dc:title>
<dc:creator>Ann Lee</dc:creator><dc:creator>Bo Li</dc:creator><dc:language>en</dc:language>
<dc:publisher>Valley Press</dc:publisher><dc:date opf:event="modification">2020-01-01</dc:date>
<dc:date opf:event="publication">2019-05-06</dc:date></metadata><manifest>
<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>
<item id="two" href="ch%202.xhtml" media-type="application/xhtml+xml"/>
<item id="one" href="ch1.xhtml" media-type="application/xhtml+xml"/></manifest>
<spine><itemref idref="nav"/><itemref idref="one"/><itemref idref="two"/></spine></package>"""
ENCRYPTION = """<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData
 xmlns="http://www.w3.org/2001/04/xmlenc#"><CipherData><CipherReference URI="{name}"/></CipherData></EncryptedData>
</encryption>"""


MATH = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
KEPT = '<w:t xml:space="preserve">'


def word(title: str = "", heading: str = "") -> bytes:
    document = docx.Document()
    document.core_properties.title = title
    document.core_properties.author = "Ann Lee"
    document.core_properties.created = datetime(2023, 2, 22, 8, 0)
    if heading:
        document.add_heading(heading, 0)
    document.add_paragraph("VALLEY (Reuters) – Bees & wasps came back on Monday.")
    paragraph = document.add_paragraph("The keeper ")
    paragraph.add_run("counted").bold = True
    paragraph.add_run(" them.").add_break()
    paragraph.add_run("Then she left.")
    document.add_paragraph("Nine jars", style="List Bullet")
    table = document.add_table(2, 2)
    for cell, text in zip(
        (cell for row in table.rows for cell in row.cells), ("Year", "Jars", "2023", "9"), strict=True
    ):
        cell.text = text
    packed = io.BytesIO()
    document.save(packed)
    return packed.getvalue()


BODY = (
    "VALLEY (Reuters) – Bees & wasps came back on Monday.\nThe keeper counted them.\nThen she left.\nNine jars\n"
    "Year | Jars\n2023 | 9"
)


@pytest.mark.parametrize(
    ("title", "heading"), [("Bees return", ""), ("", "Bees return"), ("Bees return", "Bees return")]
)
def test_a_word_document(title: str, heading: str) -> None:
    article = read_docx(word(title, heading), "a.docx")
    assert (article.title, article.text) == ("Bees return", BODY)
    assert (article.author, article.source, article.published_at) == ("Ann Lee", "Reuters", "2023-02-22T08:00:00Z")


def test_a_word_document_without_a_title() -> None:
    article = read_docx(word(), "a.docx")
    assert (article.title, article.text) == ("Bees & wasps came back on Monday.", BODY)


def book(**more: str) -> bytes:
    packed = io.BytesIO()
    members = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": PACKAGE,
        "OEBPS/nav.xhtml": "<html><body>Contents</body></html>",
        "OEBPS/ch1.xhtml": '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html>'
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body><h1>One</h1>'
        "<p>The first&nbsp;chapter\n says so.</p><p style='display:none'>HIDDEN</p>"
        "<p>Caf&eacute; &amp; bar<br/>too.</p>"
        "</body></html>",
        "OEBPS/ch 2.xhtml": "<html><body><h1>Two</h1><p>Not <b>well<p>formed.</body></html>",
    }
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in {**members, **more}.items():
            archive.writestr(name, text)
    return packed.getvalue()


def test_a_book() -> None:
    article = read_epub(book(), "a.epub")
    assert article.text == "One\nThe first\xa0chapter says so.\nCafé & bar\ntoo.\nTwo\nNot well\nformed."
    assert (article.title, article.author, article.source) == ("The Valley", "Ann Lee, Bo Li", "Valley Press")
    assert (article.published_at, article.language) == ("2019-05-06", "en")


@pytest.mark.parametrize("chapter", ["", " ", "\0\1\2\3" * 500])
def test_a_chapter_without_text_is_left_out(chapter: str) -> None:
    assert read_epub(book(**{"OEBPS/ch1.xhtml": chapter}), "a.epub").text == "Two\nNot well\nformed."


def linked(link: str, css: str) -> str:
    """The text of a chapter that links so to a style sheet of the book."""
    page = f"<html><head>{link}</head><body><p>Shown.</p><p class='hid'>HIDDEN</p></body></html>"
    return read_epub(book(**{"OEBPS/ch1.xhtml": page, "OEBPS/css/s.css": css}), "a.epub").text.removesuffix(
        "\nTwo\nNot well\nformed."
    )


def test_what_a_sheet_of_the_book_hides_is_no_evidence() -> None:
    css = ".hid { display: none }"
    assert linked("<link rel='stylesheet' href='css/s.css'/>", css) == "Shown."
    assert linked("<link rel='stylesheet' href='../OEBPS/css/s.css' media='screen'/>", css) == "Shown."
    for link in ("rel='stylesheet' media='print'", "rel='alternate stylesheet'", "rel='next'"):
        assert linked(f"<link {link} href='css/s.css'/>", css) == "Shown.\nHIDDEN"
    assert linked("<link rel='stylesheet' href='missing.css'/><link rel='stylesheet'/>", css) == "Shown.\nHIDDEN"
    assert linked("<link rel='stylesheet' href='css/s.css'/>", css + " " * 2_000_000) == "Shown.\nHIDDEN"


def test_a_formula_in_a_book_is_kept() -> None:
    math = "<math xmlns='http://www.w3.org/1998/Math/MathML'><msup><mi>c</mi><mn>2</mn></msup></math>"
    text = read_epub(book(**{"OEBPS/ch1.xhtml": f"<html><body><p>So {math} is.</p></body></html>"}), "a.epub").text
    assert text.startswith("So c^2 is.\n")


def test_only_a_book_whose_chapters_are_encrypted_is_refused() -> None:
    fonts = {"META-INF/encryption.xml": ENCRYPTION.format(name="OEBPS/font.otf")}
    assert read_epub(book(**fonts), "a.epub").title == "The Valley"
    chapters = {"META-INF/encryption.xml": ENCRYPTION.format(name="OEBPS/ch%202.xhtml")}
    with pytest.raises(ReadError, match="DRM"):
        read_epub(book(**chapters), "a.epub")


def test_a_book_cannot_read_other_files() -> None:
    entity = (
        '<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/hostname">]><html><body><p>Before &x; after.</p></body></html>'
    )
    text = read_epub(book(**{"OEBPS/ch1.xhtml": entity}), "a.epub").text
    assert text.startswith("Before")
    assert "after.\nTwo" in text
    assert len(text.split("\n")[0]) < len("Before &x; after.") + 1


@pytest.mark.parametrize(("name", "text"), [("META-INF/container.xml", "<x/>"), ("OEBPS/book.opf", "")])
def test_a_damaged_book_is_refused(name: str, text: str) -> None:
    with pytest.raises(ReadError, match="damaged"):
        read_epub(book(**{name: text}), "a.epub")


def test_hidden_text_of_a_word_document_is_no_evidence() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("The keeper")
    paragraph.add_run(" HIDDEN").font.hidden = True
    paragraph.add_run(" counted").font.hidden = False
    paragraph.add_run(" the bees.")
    packed = io.BytesIO()
    document.save(packed)
    assert read_docx(packed.getvalue(), "a.docx").text == "The keeper counted the bees."
    assert read_docx(word("Bees return"), "a.docx").text == BODY


def test_a_chapter_that_a_book_names_again_and_again_is_read_once() -> None:
    again = PACKAGE.replace("</spine>", '<itemref idref="one"/>' * 1000 + "</spine>")
    assert read_epub(book(**{"OEBPS/book.opf": again}), "a.epub").text.count("The first") == 1


def styled(*, based: bool = False, off: bool = False) -> docx.document.Document:
    """A document with two styles that hide, `Hid` of characters and `HidP` of paragraphs, or two based on those."""
    document = docx.Document()
    for name, kind in (("Hid", WD_STYLE_TYPE.CHARACTER), ("HidP", WD_STYLE_TYPE.PARAGRAPH)):
        document.styles.add_style(name, kind).font.hidden = True
        if based:
            heir = document.styles.add_style(f"{name}2", kind)
            heir.base_style = document.styles[name]
            heir.font.hidden = False if off else None
    return document


def text_of(document: docx.document.Document) -> str:
    packed = io.BytesIO()
    document.save(packed)
    return read_docx(packed.getvalue(), "a.docx").text


@pytest.mark.parametrize("based", ["", "2"])
def test_text_that_a_style_hides_is_no_evidence(based: str) -> None:
    document = styled(based=bool(based))
    paragraph = document.add_paragraph("The keeper")
    paragraph.add_run(" HIDDEN", style=f"Hid{based}")
    paragraph.add_run(" counted", style=f"Hid{based}").font.hidden = False
    paragraph.add_run(" the bees.")
    document.add_paragraph("HIDDEN", style=f"HidP{based}").add_run(" HIDDEN too")
    document.add_paragraph(style=f"HidP{based}").add_run("She left.").font.hidden = False
    assert text_of(document) == "The keeper counted the bees.\nShe left."


def test_a_style_may_show_what_the_one_it_is_based_on_hides() -> None:
    document = styled(based=True, off=True)
    document.add_paragraph("The keeper", style="HidP2").add_run(" left.", style="Hid2")
    assert text_of(document) == "The keeper left."


def test_styles_based_on_one_another_are_not_followed_for_ever() -> None:
    document = styled()
    one, two = (document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH) for name in ("One", "Two"))
    one.base_style, two.base_style = two, one
    document.add_paragraph("The keeper left.", style="One")
    assert text_of(document) == "The keeper left."


def m_run(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


def with_formula(formula: str) -> str:
    """The text of a Word document in which a formula stands in a sentence."""
    document, packed, filled = docx.Document(), io.BytesIO(), io.BytesIO()
    document.add_paragraph("It is FORMULA for all.")
    document.save(packed)
    with zipfile.ZipFile(packed) as package, zipfile.ZipFile(filled, "w") as changed:
        for name in package.namelist():
            part = package.read(name).decode("utf-8", "surrogateescape")
            if name == "word/document.xml":
                part = part.replace("<w:document", f"<w:document {MATH}", 1).replace("<w:t>", KEPT)
                part = part.replace("FORMULA", f"</w:t></w:r>{formula}<w:r>{KEPT}")
            changed.writestr(name, part.encode("utf-8", "surrogateescape"))
    return read_docx(filled.getvalue(), "a.docx").text


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("<m:oMath><m:r><m:t>12</m:t></m:r></m:oMath>", "12"),
        (
            "<m:oMath><m:f><m:fPr><m:ctrlPr/></m:fPr><m:num><m:r><m:t>a+b</m:t></m:r></m:num>"
            "<m:den><m:sSup><m:e><m:r><m:t>c</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:den>"
            "</m:f></m:oMath>",
            "(a+b)/(c^2)",
        ),
        (
            "<m:oMathPara><m:oMath><m:r><m:t>x=</m:t></m:r></m:oMath><m:oMath><m:r><m:t>1</m:t></m:r></m:oMath>"
            "</m:oMathPara>",
            "x=1",
        ),
        ("<m:oMath/>", ""),
        (f"<m:oMath>{m_run('f')}<m:d><m:dPr/><m:e>{m_run('x')}</m:e></m:d></m:oMath>", "f(x)"),
        (
            f'<m:oMath><m:d><m:dPr><m:begChr m:val="["/><m:endChr m:val=""/></m:dPr><m:e>{m_run("a")}</m:e>'
            f"<m:e>{m_run('b')}</m:e></m:d></m:oMath>",
            "[a|b",
        ),
        (
            f"<m:oMath><m:sSup><m:e>{m_run('10')}</m:e><m:sup>{m_run('−9')}</m:sup></m:sSup></m:oMath>",
            "10^−9",
        ),
        (f"<m:oMath>{'<m:sSup><m:e>' * 900}{m_run('x')}{'</m:e></m:sSup>' * 900}</m:oMath>", "x"),
        (f"<m:oMath><m:rad><m:deg/><m:e>{m_run('x+1')}</m:e></m:rad></m:oMath>", ""),  # left out, as it is not known
    ],
)
def test_a_formula_of_a_word_document_is_kept_in_its_sentence(formula: str, text: str) -> None:
    assert with_formula(formula) == f"It is {text} for all.".replace("  ", " ")


def test_a_formula_nested_too_deeply_to_be_read_does_not_cut_the_document_off() -> None:
    with pytest.raises(ReadError, match="nested too deeply"):
        with_formula(f"<m:oMath>{'<m:sSup><m:e>' * 1100}{m_run('x')}{'</m:e></m:sSup>' * 1100}</m:oMath>")


def test_the_author_of_a_template_is_none() -> None:
    document, packed = docx.Document(), io.BytesIO()
    document.add_paragraph("Bees came back.")
    document.save(packed)
    assert read_docx(packed.getvalue(), "a.docx").author is None
