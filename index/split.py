"""Text to sentences, by slicing: every span points into the text as it was given.

Three steps, each linear in the length of the text: lines are gathered into paragraphs (hard-wrapped lines are one
paragraph), paragraphs are cut at the stops that end a sentence, and what is still too long to be quoted is cut
at the best weaker place.
"""

import re
import unicodedata
from collections.abc import Iterator

from index.abbreviations import is_marked_name, leads_on, opens_sentence, stop_ends
from index.article import Span
from index.paragraphs import HARD_STOPS, paragraphs

MAX_SENTENCE = 600  # code points: a longer quotation answers nothing
_BRACKETED = 200  # code points looked at on either side of a stop for the brackets around it
_WINDOW = 80  # code points looked at around a stop: enough for a word and its neighbours


def split_sentences(text: str) -> list[Span]:
    """The sentences of `text`: ordered, disjoint spans in code points that together cover every non-space character.

    Each span begins and ends on a non-space character, none crosses a paragraph break, and none is longer than
    `MAX_SENTENCE`. The time is linear in `len(text)`.
    """
    spans: list[Span] = []
    for start, end in paragraphs(text):
        for sentence in _sentences(text, start, end):
            if sentence.end - sentence.start <= MAX_SENTENCE:
                spans.append(sentence)
            else:
                spans.extend(_pieces(text, sentence))
    return spans


_STOP = re.compile(
    rf"[.!?…{HARD_STOPS}]++(?:[ \u00a0][.!?…]++)*+"
    # what closes with the stop: quotation marks, brackets, a footnote's number, then a further stop; in tokenised
    # text with a space before it
    r"((?:[\"'”’»›)\]}」』）】》〉＂]|[“‘«](?!\S)| (?:''|[”»)\]}])(?!\w)|\[\w{1,3}\]|[¹²³⁰⁴-⁹]{1,3}(?!\w)| ?[.!?]++)*+)"
)
_NEXT = re.compile(r"\s*+[^\w\s]{0,8}+\s?+([^\W\d_]{1,40}+|\d{1,20}+)?")
_STOP_THEN_OMISSION = re.compile(r"[.!?][ \u00a0](?:…|\.\.\.|\.[ \u00a0]\.[ \u00a0]\.)")
_OMISSION = re.compile(r"[.\u00a0 ]*…[.…\u00a0 ]*|\.[ \u00a0]?\.[ \u00a0]?\.")
# “said.The next”: a space was lost; but “Node.Js” is a name
_JOINT = re.compile(r"[“\"‘']?(?:A|An|As|At|By|He|I|If|In|It|My|No|On|Or|So|To|We|[A-Z][a-z’']{2,20})[\s,]")
_ONLY_MARKER = re.compile(r"\W{0,4}(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,4})\W{1,3}")
_SAYING = re.compile(
    r"(?:[A-Z][\w.'’-]{0,30} ){1,4}"
    r"(?:said|says|asked|asks|told|added|wrote|writes|replied|shouted|tweeted|posted|quipped|joked)\b"
)
_CUTTING = re.compile(rf"[.!?…){HARD_STOPS}•⁃‣▪◦●]")  # without one of these, a paragraph is one sentence
_LETTER = re.compile(r"[^\W\d_]")
_ALNUM = re.compile(r"[^\W_]")
_BULLET = re.compile(r"(?<=[^\s•⁃‣▪◦●])\s*[•⁃‣▪◦●](?=\s*\w)")
_FIRST_ITEM = re.compile(r"\W{0,4}(?:1|a)[.)]")
_ITEM = re.compile(r"(?<!\S)(\d{1,2}|[a-z])(\.\)|[.)])(?=\s+[^\W\d_a-z])")


def _sentences(text: str, start: int, end: int) -> Iterator[Span]:
    """The sentences of the paragraph `[start, end)`: no item of a list run into it shares one with the next."""
    if not _CUTTING.search(text, start, end - 1):
        yield Span(start, end)
        return
    for cut in (*sorted(_item_starts(text, start, end)), end):
        if cut > start:
            yield from _within_item(text, start, cut)
            start = cut


def _item_starts(text: str, start: int, end: int) -> set[int]:
    """Where the items of a list begin that was run into one paragraph: at bullets, or at 1. 2. 3. or a) b) c)."""
    starts = {match.end() - 1 for match in _BULLET.finditer(text, start, end)}
    if not _FIRST_ITEM.match(text, start, end):
        return starts
    expected, style = "", ""
    for item in _ITEM.finditer(text, start, end):
        if (expected and (item[1], item[2]) == (expected, style)) or (not expected and item[1] in ("1", "a")):
            expected, style = _next_label(item[1]), item[2]
            starts.add(item.start())
    return starts


def _next_label(label: str) -> str:
    return str(int(label) + 1) if label.isdigit() else chr(ord(label) + 1)


def _within_item(text: str, start: int, end: int) -> Iterator[Span]:
    """The sentences of `[start, end)`, cut after each stop that ends one."""
    last_word = next((at for at in range(end - 1, start - 1, -1) if text[at].isalnum()), start)
    word = _ALNUM.search(text, start, end)
    for stop in _STOP.finditer(text, start, end):
        if word is None or stop.start() < word.start():
            continue  # marks alone make no sentence of their own
        cut = _cut_at(text, start, end, stop)
        if start < cut <= last_word:
            yield _trimmed(text, start, cut)
            start = cut
            word = _ALNUM.search(text, start, end)
    yield _trimmed(text, start, end)


def _trimmed(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    return Span(end - len(piece.lstrip()), start + len(piece.rstrip()))


def _cut_at(text: str, start: int, end: int, stop: re.Match[str]) -> int:
    """Where the sentence that began at `start` ends if `stop` ends it, else 0."""
    marks_end, cut = stop.span(1)
    if cut == end:
        return 0
    if not text[cut].isspace():
        return cut if _unspaced_stop_ends(text, start, end, stop) else 0
    if text[marks_end - 1] in HARD_STOPS:
        return cut
    following = _NEXT.match(text, cut, end)
    word = (following and following[1]) or ""
    if word[:1].islower() and not word[1:2].isupper():  # but “iPhone” can begin a sentence
        return 0
    if text[max(start, stop.start() - 1)] in "[(" or _ONLY_MARKER.fullmatch(text, start, cut):  # “[...]”, “1.”
        return 0
    if word.isdigit() and len(word) == 4 and text.startswith("(", following.start(1) - 1 if following else cut):
        return 0  # “Mamma Mia! (2008)”
    if _is_bracketed(text, start, end, stop):
        return 0
    if following and text.startswith((".", ":"), following.end()) and (word == "No" or _LETTER.fullmatch(word)):
        word = ""  # “the U.S. No. 1”, unlike “the U.S. No one”; “Gen. A. Smith”
    return _cut_before(text, start, stop, word)


def _is_bracketed(text: str, start: int, end: int, stop: re.Match[str]) -> bool:
    """Whether `stop` stands within brackets that were opened amid the sentence and are closed soon."""
    bracket = text.rfind("(", max(start + 2, stop.start() - _BRACKETED), stop.start())
    if bracket < 0 or text.find(")", bracket, stop.end()) >= 0:
        return False
    closing = text.find(")", stop.end(), min(end, stop.end() + _BRACKETED))
    return closing >= 0 and text.find("(", stop.end(), closing) < 0


def _cut_before(text: str, start: int, stop: re.Match[str], word: str) -> int:
    """As `_cut_at`, where space and then `word` follow: upper-case, a number, or "" where there is none."""
    at, (marks_end, cut) = stop.start(), stop.span(1)
    detached = at > start and text[at - 1].isspace()
    closing = text[marks_end:cut].strip()
    if not closing and not detached and _STOP_THEN_OMISSION.fullmatch(text, at, marks_end):
        return at + 1  # “compounds. . . . The practice”: the omission belongs to what follows
    if _OMISSION.fullmatch(text, at, marks_end):
        ends = not detached and word != "I"
    elif text[marks_end - 1] in "!?":
        ends = _exclamation_ends(text, start, stop, word)
    elif marks_end - at > 1 or closing.strip(")]}") or (detached and closing):
        ends = True
    else:
        ends = _full_stop_ends(text, start, at, word)
    return cut if ends else 0


def _full_stop_ends(text: str, start: int, at: int, following: str) -> bool:
    """Whether the full stop at `at` ends its sentence, judged by the words around it."""
    if text[max(start, at - 3) : at].lower() in ("a.m", "p.m") and _ZONE.match(text, at + 1):
        return False  # “at 7:14 p.m. U.S. Eastern time”
    detached = at > start and text[at - 1].isspace()
    before, _, word = text[max(start, at - _WINDOW) : at].strip().replace("\n", " ").rpartition(" ")
    if detached and not leads_on(word) and (len(word) != 1 or not (word.isupper() or following[:1].isdigit())):
        return True  # tokenised text: an abbreviation keeps its stop, an initial may not
    return stop_ends(word.lstrip("([{“\"‘'«„‚»›‹¿¡–—-"), before, following)


def _exclamation_ends(text: str, start: int, stop: re.Match[str], following: str) -> bool:
    """Whether a “!” or “?” ends its sentence: it does not in “Yahoo! News” and in “Who?” Smith asked."""
    if opens_sentence(following):
        return True
    if stop[1]:
        return not (stop[1].strip(")]} ") and _SAYING.match(text, stop.end() + 1))
    name = text[max(start, stop.start() - _WINDOW) : stop.start()].split()[-1:]
    return not (name and is_marked_name(name[0]))


def _unspaced_stop_ends(text: str, start: int, end: int, stop: re.Match[str]) -> bool:
    """Whether a stop with no space after it ends its sentence: in scripts without spaces, or where one was lost."""
    at, (marks_end, cut) = stop.start(), stop.span(1)
    if text[marks_end - 1] in HARD_STOPS:
        return not (stop[1] and text[cut] in "と、，,")  # 「…。」と言った goes on
    word = text[max(start, at - _WINDOW) : at].rpartition(" ")[2].lstrip("“\"‘'(")
    return word.isalpha() and word[1:].islower() and len(word) > 2 and _JOINT.match(text, cut, end) is not None


# --- too long to quote

_MIN_PIECE = 100  # code points: a forced cut leaves no crumb where that can be helped
_WEAKER_ENDS = [re.compile(end) for end in (r"[\n\r\x0b\x0c\x85\u2028\u2029]", r"[;:–—]\s", r",\s|[،、，]", r"\s+")]
_ZONE = re.compile(r"\s(?:[A-Z][\w.]{0,20}\s){1,3}time\b")
_NONSPACE = re.compile(r"\S")


def _pieces(text: str, span: Span) -> Iterator[Span]:
    """The pieces of a sentence too long to be quoted, cut at the best weaker places."""
    start, end = span
    while end - start > MAX_SENTENCE:
        cut = _weaker_cut(text, start, end)
        yield _trimmed(text, start, cut)
        after = _NONSPACE.search(text, cut, end)
        start = after.start() if after else end
    yield Span(start, end)


def _weaker_cut(text: str, start: int, end: int) -> int:
    """The place to cut `[start, end)` within its first `MAX_SENTENCE` code points, near to equal pieces."""
    ideal = start + (end - start) // -(-(end - start) // MAX_SENTENCE)
    for weaker_end in _WEAKER_ENDS:
        cuts = [match.end() for match in weaker_end.finditer(text, start + _MIN_PIECE, start + MAX_SENTENCE)]
        if cuts:
            return min(cuts, key=lambda cut: abs(cut - ideal))
    return _whole_character_cut(text, start)


def _whole_character_cut(text: str, start: int) -> int:
    """The last place at or before the limit that does not part a character from the marks that belong to it."""
    limit = start + MAX_SENTENCE
    for cut in range(limit, start + _MIN_PIECE, -1):
        if not _belongs_to_previous(text[cut]) and text[cut - 1] != "\u200d":
            return cut
    return limit


def _belongs_to_previous(char: str) -> bool:
    """Combining marks, variation selectors, joiners, conjoining vowels, low surrogates, skin tones, tags."""
    return (
        unicodedata.category(char)[0] == "M"
        or char == "\u200d"
        or "\u1160" <= char <= "\u11ff"
        or "\udc00" <= char <= "\udfff"
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\U000e0020" <= char <= "\U000e007f"
    )
