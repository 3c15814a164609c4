"""Rows of JSON lines, CSV files and the API → articles."""

import io
import json
from collections.abc import Iterator, Mapping
from typing import BinaryIO, NamedTuple

from index.article import Article, Refusal
from index.decode import encoding_of_rows, has_stray_bytes, looks_binary
from index.errors import ReadError
from index.metadata import complete, published

MAX_ROW = 32 * 1024 * 1024  # characters: more than any article, and less than memory
MAX_MARKS = 2_000_000  # commas, colons and brackets in a row: each may be a value, of 60 bytes and more

TOO_LONG = f"row is longer than {MAX_ROW:,} characters; split the article"
HEAD_BYTES = 256 * 1024  # of a file that are looked at to know its encoding
_HOPELESS = 50  # bad rows at a file's start, and no good one: the file is not what its name says
_FIELDS = ("id", "title", "text", "source", "url", "published_at", "author", "language")


class TooLong(NamedTuple):
    """In the place of a line of more than `MAX_ROW` characters: how many quotation marks were in it."""

    quotes: int


class Located(NamedTuple):
    """An article and where it was read, in the words of `Refusal.where`."""

    where: str
    article: Article


def article_from_row(row: Mapping[str, object], where: str, default_id: str | None = None) -> Article:
    """The article that `row` holds, its text exactly as given (but for NULs and lone surrogates, see `storable`).

    Only `text` is required, and `id` where there is no `default_id`; fields without a name of ours become metadata.
    A date that cannot be read stays there too. Raises `ReadError`, which names the field and the mend; `where` is
    for errors that have no field to name.
    """
    try:
        return _article(row, where, default_id)
    except (ValueError, OverflowError) as error:
        # No field is known to raise them; if one does after all, it costs its own row and no other.
        raise ReadError(f"holds a value that cannot be read: {error}") from error


def _article(row: Mapping[str, object], where: str, default_id: str | None) -> Article:
    if not isinstance(row, Mapping):
        raise ReadError(f"{where} is not an object with the fields of an article")
    text = row.get("text")
    if text is None:
        raise ReadError('has no field "text"; put the article\'s text there')
    if not isinstance(text, str):
        raise ReadError(f'field "text" is a {_kind(text)}; write it as a string')
    article_id = _string(row, "id") or default_id
    if not article_id:
        raise ReadError('has no field "id"; give each article its own')
    iso, kept = published(row.get("published_at"))
    article = Article(
        id=article_id,
        text=text,
        title=_string(row, "title") or "",
        author=_string(row, "author"),
        source=_string(row, "source"),
        url=_string(row, "url"),
        published_at=iso,
        language=_string(row, "language"),
        metadata={**{name: value for name, value in row.items() if name not in _FIELDS}, **kept},
    )
    return complete(article)


def read_jsonl(stream: BinaryIO, file_id: str, where: str) -> Iterator[Located | Refusal]:
    """One article a line of a seekable `stream`; a bad line is refused by its number and the others go on.

    Raises `ReadError` where the whole file is something else.
    """
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    if looks_binary(head):
        raise ReadError("is binary, not JSON lines")
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        raise ReadError("holds a JSON array; write one JSON object a line")
    lines = text_lines(stream, encoding_of_rows(head, json=True), newline="\n")
    return until_hopeless(_jsonl_rows(lines, file_id, where), where)


def _jsonl_rows(lines: Iterator[str | TooLong], file_id: str, where: str) -> Iterator[Located | Refusal]:
    for number, line in enumerate(lines, 1):
        place = f"{where}:{number}"
        if isinstance(line, str) and not line.strip():
            continue
        try:
            yield Located(place, article_from_row(_json_object(line), place, f"{file_id}:{number}"))
        except ReadError as error:
            yield Refusal(place, str(error))


def _json_object(line: str | TooLong) -> Mapping[str, object]:
    if isinstance(line, TooLong):
        raise ReadError(TOO_LONG)
    if has_stray_bytes(line):
        raise ReadError("is not UTF-8; save the file as UTF-8")
    if len(line) > MAX_MARKS and sum(map(line.count, ",:[{")) > MAX_MARKS:
        raise ReadError(f"has more than {MAX_MARKS:,} commas, colons and brackets; leave out what is not the article")
    try:
        row = json.loads(line, parse_constant=_no_number)
    except RecursionError:
        raise ReadError("is JSON nested too deeply; a row is one flat object") from None
    except json.JSONDecodeError as error:
        raise ReadError(f"is not JSON: {error.msg} at column {error.colno}") from None
    except ValueError:  # a whole number of thousands of digits
        raise ReadError("holds a number of too many digits; write it as a string") from None
    if not isinstance(row, dict):
        raise ReadError(f'is a {_kind(row)}, not an object; write {{"id": …, "title": …, "text": …}}')
    return row


def text_lines(stream: BinaryIO, encoding: str, newline: str) -> Iterator[str | TooLong]:
    """The lines of `stream` with their ends, as `open(…, newline=newline)` splits them; none is over `MAX_ROW`.

    In UTF-8, bytes that are not become lone surrogates (see `has_stray_bytes`); elsewhere U+FFFD.
    """
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    wrapper = io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline=newline)
    try:
        while line := wrapper.readline(MAX_ROW + 1):
            if len(line) <= MAX_ROW:
                yield line
                continue
            quotes = line.count('"')
            while line and not line.endswith(("\n", "\r")):
                line = wrapper.readline(MAX_ROW)
                quotes += line.count('"')
            yield TooLong(quotes)
    finally:
        wrapper.detach()  # or it would close the stream, which is the caller's


def until_hopeless(rows: Iterator[Located | Refusal], where: str) -> Iterator[Located | Refusal]:
    """`rows`; but where the first fifty are all bad, one refusal of the file in their stead."""
    bad: list[Refusal] = []
    good = False
    for row in rows:
        if isinstance(row, Located):
            good = True
            yield from bad
            yield row
            break
        bad.append(row)
        if len(bad) == _HOPELESS:
            yield Refusal(where, f"none of its first {_HOPELESS} rows holds an article; the first one {bad[0].reason}")
            return
    if not good:
        yield from bad or [Refusal(where, "holds no rows")]
    yield from rows


def _string(row: Mapping[str, object], name: str) -> str | None:
    """The field as a string: a number as written, a list of strings joined by commas; None where there is none."""
    value = row.get(name)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if name == "author" and isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ", ".join(value)
    raise ReadError(f'field "{name}" is a {_kind(value)}; write it as a string')


def _kind(value: object) -> str:
    """The JSON name of a value's type."""
    if isinstance(value, bool):
        return "boolean"
    kinds = {str: "string", list: "list", Mapping: "object", int: "number", float: "number", type(None): "null"}
    return next((word for kind, word in kinds.items() if isinstance(value, kind)), type(value).__name__)


def _no_number(_: str) -> None:
    """NaN and Infinity are not JSON, but they are what pandas writes for an empty cell."""
