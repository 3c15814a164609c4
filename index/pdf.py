"""PDF files → articles.

PDFium reads a book of 117 pages in 0.3 s (pypdf: 3.6 s), gives ligatures as letters and marks the hyphens that
divide words; pypdf orders Arabic better.
"""

from threading import Lock
from typing import Any

from index.article import Article
from index.errors import ReadError
from index.metadata import complete_from_name, file_stem, without_title
from index.plain import split_headline
from index.quiet import quiet
from index.reflow import HYPHEN, Line, reflow

MAX_PAGES = 2_000

_Box = tuple[float, float, float, float]  # left, bottom, right, top, in points

_FILES = (".doc", ".docx", ".pdf", ".indd", ".qxd", ".tex", ".odt", ".html", ".htm", ".txt", ".rtf", ".pptx", ".xlsx")

_PDFIUM = Lock()  # PDFium is not safe under threads: one document at a time
_REASONS = {
    3: "is damaged or not a PDF; save it again",
    4: "is locked with a password; save it without one",
    5: "is protected in a way that cannot be read; save it without protection",
}


def read_pdf(data: bytes, file_id: str) -> Article:
    """The article in a PDF with text in it, paragraphs one a line. Raises `ReadError` where it has none."""
    quiet("pypdfium2")
    from pypdfium2 import PdfDocument, PdfiumError  # type: ignore[import-untyped]  # it carries no types

    with _PDFIUM:
        try:
            document = PdfDocument(data)
        except PdfiumError as error:
            raise ReadError(_REASONS.get(error.err_code, _REASONS[3])) from None
        try:
            facts = document.get_metadata_dict()
            text = reflow(_pages(document))
        finally:
            document.close()
    if not text.strip():
        raise ReadError("has no text, only pictures; run it through text recognition (OCR) first")
    return _article(text, facts, file_id)


def _article(text: str, facts: dict[str, str], file_id: str) -> Article:
    title = _useful_title(facts.get("Title", ""), file_id)
    if title:
        text = without_title(text, title)
    else:
        title, text = split_headline(text)
    article = Article(id=file_id, text=text, title=title, author=facts.get("Author") or None)
    return complete_from_name(article, created=_date(facts.get("CreationDate", "")))


def _pages(document: Any) -> list[list[Line]]:
    if len(document) > MAX_PAGES:
        raise ReadError(f"has more than {MAX_PAGES:,} pages; split it")
    pages = []
    for page in document:
        glyphs = page.get_textpage()
        pages.append(_lines(glyphs, page.get_bbox()))
        glyphs.close()
        page.close()
    return pages


def _lines(glyphs: Any, shown: _Box) -> list[Line]:
    """The lines of a page in reading order, as PDFium divides them; of what lies outside the box `shown`, none."""
    codes = _codes(glyphs, shown)
    lines = []
    start = 0
    for place, code in enumerate([*codes, 10]):
        if code in (10, 13, 2):  # 2: a dividing hyphen, after which PDFium writes no line end
            stop = place + (code == 2)
            if line := _line(glyphs, codes[start:stop], start):
                lines.append(line)
            start = place + 1
    return lines


def _codes(glyphs: Any, shown: _Box) -> list[int]:
    """The page's characters, those outside the box `shown` as spaces: they were cropped away, or put where no one sees.

    Boxes are those of the page before it is turned. A box without any room, which viewers pass over, hides nothing.
    """
    from pypdfium2 import raw

    codes = [raw.FPDFText_GetUnicode(glyphs, place) for place in range(glyphs.count_chars())]
    left, bottom, right, top = shown
    # The rectangles of whole runs of text are few, and nearly always all within.
    rectangles = (glyphs.get_rect(number) for number in range(glyphs.count_rects() if codes else 0))
    if left >= right or bottom >= top or all(_holds(shown, rectangle) for rectangle in rectangles):
        return codes
    return [
        code if code <= 32 or _holds(shown, _middle(glyphs.get_charbox(place))) else 32
        for place, code in enumerate(codes)
    ]


def _holds(outer: _Box, inner: _Box) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def _middle(box: _Box) -> _Box:
    """The point in the middle: a glyph that the edge of the page cuts is shown where more than half of it is."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return x, y, x, y


def _line(glyphs: Any, codes: list[int], start: int) -> Line | None:
    from pypdfium2 import raw

    shown = [place for place, code in enumerate(codes) if code > 32]
    if not shown:
        return None
    text = "".join(chr(code) if code >= 32 or code == 2 else " " for code in codes)
    # Astral characters may come as two surrogates; U+FFFE and U+FFFF are glyphs without a character.
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = " ".join(text.replace("\ufffe", "").replace("\uffff", "").split())
    if not text.strip(HYPHEN):
        return None
    left, bottom, *_ = glyphs.get_charbox(start + shown[0], loose=True)
    right = glyphs.get_charbox(start + shown[-1], loose=True)[2]
    size = raw.FPDFText_GetFontSize(glyphs, start + shown[0])
    return Line(text, left, right, bottom, size)


def _useful_title(title: str, file_id: str) -> str:
    """The title of the document's properties, unless a program put a file's name or nothing there."""
    title = " ".join(title.split())
    lower = title.casefold()
    named = lower.startswith(("microsoft word", "untitled")) or lower == file_stem(file_id).casefold()
    return "" if named or lower.endswith(_FILES) else title


def _date(stamp: str) -> str | None:
    """`D:20240103093826+01'00'` → `2024-01-03`."""
    from index.dates import day_of

    digits = stamp.removeprefix("D:")[:8]
    return day_of(digits[:4], int(digits[4:6]), digits[6:]) if digits.isdecimal() and len(digits) == 8 else None
