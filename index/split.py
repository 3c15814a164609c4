"""Text to sentences, by slicing: every span points into the text as it was given.

Three steps, each linear in the length of the text: lines are gathered into paragraphs (hard-wrapped lines are one
paragraph), paragraphs are cut at the stops that end a sentence, and what is still too long to be quoted is cut
at the best weaker place.
"""

import re
import unicodedata
from collections.abc import Iterator

from index.abbreviations import is_marked_name, opens_sentence, stop_ends
from index.article import Span

MAX_SENTENCE = 600  # code points: a longer quotation answers nothing
_MIN_PIECE = 100  # code points: a forced cut leaves no crumb where it can be helped
_WINDOW = 80  # code points looked at before a stop: enough for a word and its neighbours

_HARD = "。！？｡︒؟۔।॥።։။"  # end a sentence whatever follows
_STOP = re.compile(
    rf"[.!?…{_HARD}]++(?:[ \u00a0][.!?…]++)*+"
    # what closes with the stop: quotation marks, brackets, a footnote's number; a space before it in tokenised text
    r"((?:[\"'”’»›)\]}」』）】》〉＂]|[“‘«](?!\S)| (?:''|[”»)\]}])(?!\w)|\[\w{1,3}\])*+)"
)
_NEXT = re.compile(r"\s*+([^\w\s]{0,8}+)\s?+([^\W\d_]{1,40}+|\d{1,20}+)?")
_JOINT = re.compile(r"[“\"‘']?[A-Z][a-z’']{0,20}[\s,]")  # “said.The next”: a space was lost
_SPACED_DOTS = re.compile(r"\.(?:[ \u00a0]\.){3}")
_BULLET = re.compile(r"(?<=[^\s•⁃‣▪◦●])\s*[•⁃‣▪◦●](?=\s*\w)")
_ITEM_START = re.compile(r"\W{0,4}(?:1|a)[.)]")
_ITEM = re.compile(r"(?<!\S)(\d{1,2}|[a-z])(\.\)|[.)])(?=\s+[^\W\d_a-z])")
_ONLY_MARKER = re.compile(r"\W{0,4}(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,4})\W{1,3}")
_SAYING = re.compile(
    r"(?:[A-Z][\w.'’-]{0,30} ){1,4}(?:said|says|asked|asks|told|added|wrote|writes|replied|shouted|tweeted|quipped|joked)\b"
)
_NONSPACE = re.compile(r"\S")
_SPACE = re.compile(r"\s+")


def split_sentences(text: str) -> list[Span]:
    """The sentences of `text`: ordered, disjoint spans in code points that together cover every non-space character.

    Each span begins and ends on a non-space character, none crosses a paragraph break, and none is longer than
    `MAX_SENTENCE`. The time is linear in `len(text)`.
    """
    spans: list[Span] = []
    for start, end in _paragraphs(text):
        for sentence in _sentences(text, start, end):
            spans.extend(_bounded(text, sentence))
    return spans


# --- paragraphs


_MARKER = re.compile(r"[-*+•⁃‣▪◦●·#>|=]|\(?(?:\d{1,3}|[A-Za-z])[.)]+\s")
_TERMINAL = re.compile(rf"[.!?…:;{_HARD}][\"'”’»)\]]{{0,3}}$")
_MIN_WRAP, _MAX_WRAP = 40, 130  # widths, in code points, between which text gets hard-wrapped


def _paragraphs(text: str) -> Iterator[Span]:
    """The paragraphs, without the space around them: runs of hard-wrapped lines, else single lines."""
    block: list[Span] = []
    offset = 0
    for line in text.splitlines(keepends=True):
        stripped = line.strip()
        if stripped:
            start = offset + line.index(stripped[0])
            block.append(Span(start, start + len(stripped)))
        if block and (not stripped or line[-1] == "\u2029"):
            yield from _joined(text, block)
            block = []
        offset += len(line)
    yield from _joined(text, block)


def _joined(text: str, block: list[Span]) -> Iterator[Span]:
    """The lines of `block` (no blank line among them), those that one hard-wrapped paragraph was broken into joined."""
    if not block:
        return
    width = _wrap_width(text, block)
    first, last = block[0]
    for above, line in zip(block, block[1:], strict=False):
        if not _continues(text, above, line, width):
            yield Span(first, last)
            first = line.start
        last = line.end
    yield Span(first, last)


def _wrap_width(text: str, block: list[Span]) -> int:
    """The column at which the lines of `block` were wrapped, 0 where they were not."""
    if len(block) < 3:
        return 0
    widths = sorted(end - start for start, end in block)
    width = widths[(len(widths) - 1) * 9 // 10]
    if not _MIN_WRAP <= width <= _MAX_WRAP or widths[-1] > 2 * width:
        return 0
    pairs = list(zip(block, block[1:], strict=False))
    full = sum(_is_full(text, above, below, width) for above, below in pairs)
    unended = sum(not _is_ended(text, above) for above, _ in pairs)
    return width if full >= 0.6 * len(pairs) and unended >= 0.4 * len(pairs) else 0


def _is_full(text: str, above: Span, below: Span, width: int) -> bool:
    """Whether the first word of `below` would not have fitted at the end of `above`."""
    word = text[below.start : below.start + _WINDOW].split()[0]
    return above.end - above.start + 1 + len(word) > 0.9 * width


def _is_ended(text: str, line: Span) -> bool:
    return _TERMINAL.search(text, max(line.start, line.end - 4), line.end) is not None


def _continues(text: str, above: Span, below: Span, width: int) -> bool:
    """Whether `below` goes on with the paragraph of `above`; `width` is where the block was wrapped, or 0."""
    if _MARKER.match(text, below.start, below.end) or text[above.start] in "#|":
        return False
    if width and _is_full(text, above, below, width):
        return True
    long_enough = above.end - above.start >= _MIN_WRAP
    return long_enough and text[below.start].islower() and not _is_ended(text, above)


# --- sentences


def _sentences(text: str, start: int, end: int) -> Iterator[Span]:
    """The sentences of the paragraph `[start, end)`."""
    items = _item_starts(text, start, end)
    for cut in (*sorted(items), end):
        if cut > start:
            yield from _between_items(text, start, cut)
            start = cut


def _between_items(text: str, start: int, end: int) -> Iterator[Span]:
    """The sentences of a paragraph or list item: cut at each stop that ends one."""
    last_word = next((at for at in range(end - 1, start - 1, -1) if text[at].isalnum()), start)
    for stop in _STOP.finditer(text, start, end):
        cut = _cut_after(text, start, end, stop)
        if start < cut <= last_word:  # marks alone make no sentence of their own
            yield _trimmed(text, start, cut)
            start = cut
    if start < end:
        yield _trimmed(text, start, end)


def _trimmed(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    return Span(end - len(piece.lstrip()), start + len(piece.rstrip()))


def _item_starts(text: str, start: int, end: int) -> set[int]:
    """Where the items of a list begin that was run into one paragraph: at bullets, or at 1. 2. 3. or a) b) c)."""
    starts = {match.end() - 1 for match in _BULLET.finditer(text, start, end)}
    if not _ITEM_START.match(text, start, end):
        return starts
    expected, style = "", ""
    for item in _ITEM.finditer(text, start, end):
        if (expected and (item[1], item[2]) == (expected, style)) or (not expected and item[1] in ("1", "a")):
            expected, style = _next_label(item[1]), item[2]
            starts.add(item.start())
    return starts


def _next_label(label: str) -> str:
    return str(int(label) + 1) if label.isdigit() else chr(ord(label) + 1)


def _cut_after(text: str, start: int, end: int, stop: re.Match[str]) -> int:
    """Where the sentence that began at `start` ends if `stop` ends it, else 0."""
    cut = stop.end()
    if cut == end:
        return 0
    if not text[cut].isspace():
        return _cut_unspaced(text, start, end, stop)
    following = _NEXT.match(text, cut, end)
    if following is None or _ONLY_MARKER.fullmatch(text, start, cut):
        return 0
    if following[2] and following[2][0].islower() and not _is_camel(following[2]):
        return 0
    return _cut_spaced(text, start, stop, following)


def _is_camel(word: str) -> bool:
    return len(word) > 1 and word[1].isupper()  # “iPhone”


def _cut_spaced(text: str, start: int, stop: re.Match[str], following: re.Match[str]) -> int:
    """As `_cut_after`, where space and then no lower-case word follow the stop."""
    closing, at, cut = stop[1], stop.start(), stop.end()
    marks = text[at : stop.start(1)]
    word = following[2] or ""
    detached = text[at - 1].isspace() if at > start else False
    if any(mark in _HARD for mark in marks):
        return cut
    if at > start and text[at - 1] in "[(":  # “[...]”
        return 0
    if _SPACED_DOTS.fullmatch(marks) and not closing and not detached:
        return at + 1  # “compounds. . . . The practice”: the omission belongs to what follows
    dots = marks.count(".") + 3 * marks.count("…")
    if dots == len(marks.replace(" ", "")) and dots == 3 or "…" in marks:
        return 0 if detached or word == "I" else cut
    if marks[-1] in "!?":
        return _cut_exclaimed(text, start, stop, following)
    if len(marks) > 1 or closing.strip("'\"”’)]»") or (closing and not detached and closing[0] not in ")]"):
        return cut
    return cut if _plain_stop_ends(text, start, at, following, detached) else 0


def _plain_stop_ends(text: str, start: int, at: int, following: re.Match[str], detached: bool) -> bool:
    """Whether the single full stop at `at` ends its sentence, judged by the words around it."""
    before = text[max(start, at - _WINDOW) : at].split()
    word = before[-1].lstrip("([{“\"‘'«-–—") if before else ""
    if detached and not (len(word) == 1 and word.isupper()):
        return True
    lead = text[max(start, at - _WINDOW) : at].rstrip()
    return stop_ends(word, lead[: len(lead) - len(word)].strip() if lead else "", following[2] or "")


def _cut_exclaimed(text: str, start: int, stop: re.Match[str], following: re.Match[str]) -> int:
    """A “!” or “?” ends the sentence, but not in “Yahoo! News” and not in “Who?” Smith asked."""
    word = following[2] or ""
    quoted = any(mark in "\"'”’»" for mark in stop[1])
    if quoted and not opens_sentence(word) and _SAYING.match(text, following.start(2) if word else stop.end()):
        return 0
    name = text[max(start, stop.start() - _WINDOW) : stop.start()].split()[-1:]
    if not stop[1] and name and is_marked_name(name[0]) and not opens_sentence(word):
        return 0
    return stop.end()


def _cut_unspaced(text: str, start: int, end: int, stop: re.Match[str]) -> int:
    """A stop with no space after it: ends a sentence in scripts without spaces, or where the space was lost."""
    cut, at = stop.end(), stop.start()
    if text[stop.start(1) - 1] in _HARD:
        return 0 if stop[1] and text[cut] in "と、，," else cut
    if _JOINT.match(text, cut, end) and at - start > 2 and text[at - 2 : at].isalpha() and text[at - 2 : at].islower():
        word = text[max(start, at - _WINDOW) : at].split()[-1]
        return cut if word.lstrip("“\"‘'(").isalpha() else 0
    return 0


# --- too long to quote


_WEAKER = (re.compile(r"[\n\r\x0b\x0c\x85\u2028\u2029]"), re.compile(r"[;:–—]\s"), re.compile(r"[,،、，]\s?"), _SPACE)


def _bounded(text: str, span: Span) -> Iterator[Span]:
    """`span` itself, or where it is too long its pieces, cut at the best weaker places."""
    start, end = span
    while end - start > MAX_SENTENCE:
        cut = _weaker_cut(text, start, end)
        yield _trimmed(text, start, cut)
        start = _NONSPACE.search(text, cut, end).start()
    yield Span(start, end)


def _weaker_cut(text: str, start: int, end: int) -> int:
    """The place to cut `[start, end)` within its first `MAX_SENTENCE` code points, near to equal pieces."""
    pieces = -(-(end - start) // MAX_SENTENCE)
    ideal = start + (end - start) // pieces
    for weaker in _WEAKER:
        ends = [match.end() for match in weaker.finditer(text, start + _MIN_PIECE, start + MAX_SENTENCE)]
        if ends:
            return min(ends, key=lambda cut: abs(cut - ideal))
    return _whole_character_cut(text, start)


def _whole_character_cut(text: str, start: int) -> int:
    """The last place at or before the limit that does not part a character from the marks that belong to it."""
    limit = start + MAX_SENTENCE
    for cut in range(limit, start + _MIN_PIECE, -1):
        if not _belongs_to_previous(text[cut]) and text[cut - 1] != "\u200d":
            return cut
    return limit


def _belongs_to_previous(char: str) -> bool:
    """Combining marks, joiners, variation selectors, skin tones, conjoining vowels, low surrogates."""
    return (
        unicodedata.category(char)[0] == "M"
        or char == "\u200d"
        or "\u1160" <= char <= "\u11ff"
        or "\udc00" <= char <= "\udfff"
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\U000e0020" <= char <= "\U000e007f"
    )
