"""Bytes of a text file → its text."""

import codecs
import re

from index.errors import ReadError

# Longest first: the UTF-32 mark begins with the UTF-16 one.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 64 * 1024
# Languages of Latin script that Windows-1252 cannot write: for these the detector's guess is better than 1252.
_NOT_WESTERN = frozenset(
    ("Croatian", "Czech", "Estonian", "Hungarian", "Latvian", "Lithuanian", "Polish", "Romanian", "Slovak", "Slovene")
)
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_HIGH = bytes(range(0x80, 0x100))
_STRAY = re.compile("[\udc80-\udcff]+")  # how `surrogateescape` gives bytes that are not UTF-8
_WHOLE = 2  # sequences of UTF-8 for each stray byte, at least, in what was written as such: other code pages have few
_CONTROLS = bytes(sorted(set(range(0x20)) - set(b"\t\n\v\f\r\x1a\x1b")))
_BINARY_SHARE = 0.02  # of a sample's bytes are control characters: no text has that many


def decode(data: bytes) -> str:
    """The text of `data`, its line ends made `\\n`, otherwise unchanged.

    A byte-order mark decides; then UTF-8, in which a few stray bytes are mended; then UTF-16 without a mark; then the
    guess of charset-normalizer, or Windows-1252 where the guess is just another Western code page. Raises `ReadError`
    where `data` is not text.
    """
    encoding = marked_encoding(data)
    if encoding is None and _is_binary(data):
        raise ReadError("is binary, not text; if it is an article in another format, give it that format's extension")
    try:
        text = data.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        if encoding in (None, "utf-8-sig") and is_nearly_utf8(data):
            text = _mended_utf8(data.removeprefix(codecs.BOM_UTF8))
        elif encoding:
            raise ReadError(f"begins as {error.encoding} but is damaged at byte {error.start}; save it again") from None
        else:
            text = data.decode(guess_encoding(data), errors="replace")
    else:
        if encoding is None and (wide := _unmarked_utf16(data)):
            text = data.decode(wide, errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def marked_encoding(head: bytes) -> str | None:
    """The encoding that a byte-order mark at the start of `head` names, else None."""
    return next((encoding for mark, encoding in _MARKS if head.startswith(mark)), None)


def encoding_of_rows(head: bytes, *, json: bool) -> str:
    """The encoding of a file of rows that begins with `head`; one of JSON is in Unicode, whatever else it holds."""
    if marked := marked_encoding(head):
        return marked
    # Text of Latin script in UTF-16 is UTF-8 too, with a NUL in every second place.
    if wide := _unmarked_utf16(head):
        return wide
    return "utf-8" if json or begins_as_utf8(head) or is_nearly_utf8(head) else guess_encoding(head)


def has_stray_bytes(text: str) -> bool:
    """Whether `text`, decoded with `surrogateescape`, held bytes that are not UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def mended(text: str) -> str:
    """`text` with such bytes as what they most likely are, Windows-1252; what is UTF-8 stays."""
    return _STRAY.sub(_as_1252, text) if has_stray_bytes(text) else text


def _as_1252(stray: re.Match[str]) -> str:
    return stray[0].encode("utf-8", "surrogateescape").decode("cp1252", "replace")


def is_nearly_utf8(data: bytes) -> bool:
    """Whether `data` holds characters of UTF-8 beyond ASCII, and beside them few bytes that are not UTF-8."""
    text, cut = _escaped(data)
    strays = len(data) - cut - len(text.encode("utf-8", "ignore"))
    whole = len(text) - strays - len(data.translate(None, _HIGH))
    return whole >= max(1, _WHOLE * (strays + bool(cut)))


def _mended_utf8(data: bytes) -> str:
    """As `mended`; a last character that was cut off is U+FFFD."""
    text, cut = _escaped(data)
    return mended(text) + ("\ufffd" if cut else "")


def _escaped(data: bytes) -> tuple[str, int]:
    """(`data` as UTF-8 with surrogates for stray bytes, how many at its end are the beginning of a character)."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    return decoder.decode(data), len(decoder.getstate()[0])


def guess_encoding(data: bytes) -> str:
    """The likeliest encoding of text that is not UTF-8 (a codec name); `cp1252` where nothing tells against it."""
    from charset_normalizer import from_bytes

    if wide := _unmarked_utf16(data):
        return wide
    sample = _sample(data)
    best = from_bytes(sample).best()
    if best is None:
        return "cp1252"
    if best.language == "Turkish":
        return "cp1254"
    letters = [letter for letter in str(best) if letter.isalpha()]
    foreign = sum(ord(letter) > 0x24F for letter in letters) * 2 > len(letters)
    if foreign or best.language in _NOT_WESTERN:
        return best.encoding
    # The detector picks among code pages that agree on nearly all Western letters; 1252 is what was meant.
    try:
        sample.decode("cp1252")
    except UnicodeDecodeError:
        return best.encoding
    return "cp1252"


def looks_binary(head: bytes) -> bool:
    """Whether the first bytes of a file of rows cannot be the start of a text in any encoding.

    UTF-8 never is, however odd: a row's text is stored as given.
    """
    return marked_encoding(head) is None and not begins_as_utf8(head) and _is_binary(head)


def begins_as_utf8(head: bytes) -> bool:
    """Whether `head` is UTF-8, but for a character that it may cut off at its end."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _sample(data: bytes) -> bytes:
    """A stretch of `data` for the detector: from shortly before the first byte that is not ASCII."""
    first = _NOT_ASCII.search(data)
    start = max(0, first.start() - 1024) if first else 0
    return data[start : start + _SAMPLE_BYTES]


def _is_binary(data: bytes) -> bool:
    sample = data[:_SAMPLE_BYTES]
    if not sample or _unmarked_utf16(sample):
        return False
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    # A short text may hold a few stray NULs: those are stored as U+FFFD, not refused.
    return sample.startswith((b"%PDF-", b"\x7fELF", b"\x89PNG", b"PK\x03\x04", b"\x1f\x8b")) or (
        controls > max(4, _BINARY_SHARE * len(sample))
    )


def _unmarked_utf16(data: bytes) -> str | None:
    """UTF-16 without a mark shows in text of Latin script: every second byte is NUL, and no other is."""
    sample = data[:4096]
    even, odd = sample[0::2], sample[1::2]
    if len(sample) < 4:
        return None
    if odd.count(0) > 0.6 * len(odd) and even.count(0) < 0.05 * len(even):
        return "utf-16-le"
    if even.count(0) > 0.6 * len(even) and odd.count(0) < 0.05 * len(odd):
        return "utf-16-be"
    return None
