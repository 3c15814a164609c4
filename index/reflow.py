"""Lines on a page → paragraphs. A PDF holds only placed glyphs: what its text is, is decided here."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

HYPHEN = "\x02"  # at a line's end: the mark under which PDFium gives a hyphen that divides a word

_ENDED = re.compile(r"[.!?…:;][\"'”’»)\]]*$")
_ITEM = re.compile(r"(?:[•‣▪●○·*–—-]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s")
_DIVIDED = re.compile(rf"(\w+){HYPHEN}(\w+)")
# Compounds with a hyphen of their own, which no text need write a second time: “well-attended”, “long-running”.
_COMPOUND = re.compile(
    r"(?:well|self)-(?!ness|ish|less|hood|head|ington)\w+|so-called"
    r"|(?:long|short|high|low|half)-(?!er|en|light|list|com)(?:\w{2,}(?:ed|ing)|term|range|level|profile)",
    re.IGNORECASE,
)
_RUNNING = 3  # pages that must repeat a line at their top or bottom before it is taken for a running head
_SAME_SIZE = 0.12  # relative difference of type size within one paragraph
_GAP = 1.35  # times the page's usual distance between lines: more is a space between paragraphs


class Line(NamedTuple):
    """A line of text and where it stands, in points from the page's lower left corner; `size` is its type's."""

    text: str
    left: float
    right: float
    bottom: float
    size: float


def reflow(pages: Sequence[Sequence[Line]]) -> str:
    """The text of the pages, a paragraph a line, words divided at line ends joined, running heads left out."""
    paragraphs: list[str] = []
    last: Line | None = None
    for lines in _without_running_heads(pages):
        for block in _blocks(lines):
            parts = _paragraphs(block)
            if last is not None and _continues(last, block[0]):
                paragraphs[-1] = _join(paragraphs[-1], parts.pop(0))
            paragraphs += parts
            last = block[-1]
    return _undivided("\n".join(paragraphs))


def _blocks(lines: Sequence[Line]) -> list[list[Line]]:
    """Runs of lines one under another, evenly spaced and of one size."""
    falls = [above.bottom - below.bottom for above, below in pairwise(lines)]
    usual = median([fall for fall in falls if fall > 0] or [0])
    blocks: list[list[Line]] = []
    for line in lines:
        above = blocks[-1][-1] if blocks else None
        if (
            above is not None
            and 0 < above.bottom - line.bottom <= max(_GAP * usual, 1)
            and abs(above.size - line.size) <= _SAME_SIZE * above.size
        ):
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return blocks


def _paragraphs(block: Sequence[Line]) -> list[str]:
    margin = max(line.right for line in block)
    parts = [block[0].text]
    for above, line in pairwise(block):
        if _begins_paragraph(above, line, margin):
            parts.append(line.text)
        else:
            parts[-1] = _join(parts[-1], line.text)
    return parts


def _begins_paragraph(above: Line, line: Line, margin: float) -> bool:
    if above.text.endswith(HYPHEN):
        return False
    if _ITEM.match(line.text):
        return True
    if _ENDED.search(above.text) and line.left - above.left > 0.8 * line.size and not _ITEM.match(above.text):
        return True  # a first line set in
    # In running text a line breaks where the next word no longer fits; where it would have, a paragraph ended.
    word = len(line.text.split()[0]) + 1
    width = word * (line.right - line.left) / max(len(line.text), 1)
    return above.right + width < margin - 0.5 * line.size


def _continues(last: Line, line: Line) -> bool:
    """Whether a paragraph goes on from the foot of a column or page to the top of the next."""
    if last.text.endswith(HYPHEN):
        return True
    if line.text[0].islower() and abs(last.size - line.size) <= _SAME_SIZE * last.size:
        return not _ENDED.search(last.text)
    return last.text.endswith(",") and abs(last.size - line.size) <= _SAME_SIZE * last.size


def _join(start: str, end: str) -> str:
    return start + end if start.endswith(HYPHEN) else f"{start} {end}"


def _undivided(text: str) -> str:
    """Divided words made whole: without the hyphen, unless it is a compound's, or the text writes it elsewhere."""

    def whole(found: re.Match[str]) -> str:
        start, end = found[1], found[2]
        compound = f"{start}-{end}"
        if compound in text or not end[0].islower() or not start[-1].isalpha() or _COMPOUND.fullmatch(compound):
            return compound
        return start + end

    previous = None
    while previous != text:  # a word divided twice
        previous, text = text, _DIVIDED.sub(whole, text)
    return text.replace(HYPHEN, "-")


def _without_running_heads(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The pages without page numbers, and without first and last lines that half of the pages share but for digits."""
    edges = Counter(key for lines in pages for key in {_key(line) for line in (*lines[:1], *lines[-1:])})
    needed = max(_RUNNING, len(pages) / 2)
    running = {key for key, count in edges.items() if count >= needed}
    kept = []
    for number, lines in enumerate(pages, 1):
        first, last = 0, len(lines)
        while first < last and _is_running(lines[first], running, number, len(pages)):
            first += 1
        while last > first and _is_running(lines[last - 1], running, number, len(pages)):
            last -= 1
        kept.append(list(lines[first:last]))
    return kept


def _is_running(line: Line, running: set[str], number: int, pages: int) -> bool:
    text = line.text.strip(" -–—")
    return _key(line) in running or text == str(number) or (pages > 1 and text.isdecimal() and len(text) < 4)


def _key(line: Line) -> str:
    return re.sub(r"\d+", "#", line.text.strip())
