"""Text to paragraphs, by slicing: runs of hard-wrapped lines are one, else each line is its own."""

import re
from collections.abc import Iterator
from itertools import pairwise
from statistics import median_low

from index.article import Span

HARD_STOPS = "。！？｡︒؟۔।॥።։။"  # end a sentence whatever follows
_WINDOW = 80  # code points of a line in which its first word is looked for

_MIN_WRAP, _MAX_WRAP = 40, 130  # widths, in code points, between which text gets hard-wrapped
_MARKER = re.compile(r"[-*+•⁃‣▪◦●·#>|=]|\(?(?:\d{1,3}|[a-z])[.)]+\s")
_ENDED = re.compile(rf"[.!?…:;{HARD_STOPS}][\"'”’»)\]]{{0,3}}$")


def paragraphs(text: str) -> Iterator[Span]:
    """The paragraphs, without the space around them: runs of hard-wrapped lines, else single lines."""
    blocks = _blocks(text)
    widths = [_wrap_width(text, block) for block in blocks]
    wrapped = [width for width in widths if width]
    usual = median_low(wrapped) if len(wrapped) * 2 > sum(len(block) > 2 for block in blocks) else 0
    for block, width in zip(blocks, widths, strict=True):
        if len(block) == 2 and max(end - start for start, end in block) <= 1.1 * usual:
            width = usual  # two lines alone do not show where they were wrapped; their neighbours do
        yield from _joined(text, block, width)


def _blocks(text: str) -> list[list[Span]]:
    """The lines of `text`, without the space around them, in runs that hold no blank line."""
    blocks: list[list[Span]] = [[]]
    offset = 0
    for line in text.splitlines(keepends=True):
        stripped = line.strip()
        if stripped:
            start = offset + line.index(stripped[0])
            blocks[-1].append(Span(start, start + len(stripped)))
        if blocks[-1] and (not stripped or line[-1] == "\u2029"):
            blocks.append([])
        offset += len(line)
    return blocks if blocks[-1] else blocks[:-1]


def _wrap_width(text: str, block: list[Span]) -> int:
    """The column at which the lines of `block` were wrapped; 0 where they were not, or are too few to tell."""
    if len(block) < 3:
        return 0
    lengths = sorted(end - start for start, end in block)
    width = lengths[(len(lengths) - 1) * 9 // 10]
    if not _MIN_WRAP <= width <= _MAX_WRAP or lengths[-1] > 2 * width:
        return 0
    pairs = list(pairwise(block))
    full = sum(_is_full(text, above, below, width) for above, below in pairs)
    unended = sum(not _is_ended(text, above) for above, _ in pairs)
    return width if full >= 0.6 * len(pairs) and unended >= 0.4 * len(pairs) else 0


def _is_full(text: str, above: Span, below: Span, width: int) -> bool:
    """Whether the first word of `below` would hardly have fitted at the end of `above`."""
    word = text[below.start : below.start + _WINDOW].split(maxsplit=1)[0]
    return above.end - above.start + 1 + len(word) > 0.9 * width


def _is_ended(text: str, line: Span) -> bool:
    return _ENDED.search(text, max(line.start, line.end - 4), line.end) is not None


def _joined(text: str, block: list[Span], width: int) -> Iterator[Span]:
    """The lines of `block`, those that one paragraph hard-wrapped at `width` was broken into joined."""
    first, last = block[0]
    for above, line in pairwise(block):
        if not _continues(text, above, line, width):
            yield Span(first, last)
            first = line.start
        last = line.end
    yield Span(first, last)


def _continues(text: str, above: Span, below: Span, width: int) -> bool:
    """Whether `below` goes on with the paragraph of `above`; `width` is where the block was wrapped, or 0."""
    full = width > 0 and _is_full(text, above, below, width)
    if not full:
        midway = text[below.start].islower() or text[above.end - 1] == ","
        if not midway or above.end - above.start < _MIN_WRAP or _is_ended(text, above):
            return False
    return text[above.start] not in "#|" and not _MARKER.match(text, below.start, below.end)
