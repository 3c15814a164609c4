"""CSV files → articles: whatever spreadsheets write."""

import csv
from collections.abc import Iterator
from typing import BinaryIO

from index.article import Refusal
from index.decode import encoding_of_rows, looks_binary, mended
from index.errors import ReadError
from index.rows import (
    HEAD_BYTES,
    MAX_MARKS,
    MAX_ROW,
    Located,
    TooLong,
    article_from_row,
    text_lines,
    until_hopeless,
)

DELIMITERS = (",", ";", "\t", "|")
_MAX_HEADER = 1_000_000  # characters: each of them may be a column
_LEAST = 32  # what a line counts at least: a million of empty ones in a record are an unclosed quotation mark
_TOO_LONG = f"the record is longer than {MAX_ROW:,} characters"
_TOO_MANY = f"the record holds more than {MAX_MARKS:,} delimiters; leave out what is not the article"
_FIELDS = frozenset(("id", "title", "text", "source", "url", "published_at", "author", "language"))


def read_csv(stream: BinaryIO, file_id: str, where: str) -> Iterator[Located | Refusal]:
    """One article a record of a seekable `stream`, under a header with a `text` column.

    Commas, semicolons, tabs or bars between the cells; UTF-8, UTF-16, or an older code page. A record is named by the
    line on which it begins. Raises `ReadError` where the whole file is something else.
    """
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    if not head.strip():
        raise ReadError("is empty")
    if looks_binary(head):
        raise ReadError("is binary, not CSV")
    lines = _Lines(text_lines(stream, encoding_of_rows(head, json=False), newline=""))
    header = _header(lines)
    named = named_delimiter(header)
    columns, lines.delimiter = _columns(_header(lines) if named else header, named)
    csv.field_size_limit(MAX_ROW)
    rows = _records(lines, csv.reader(lines, delimiter=lines.delimiter), columns, file_id, where)
    return until_hopeless(rows, where)


def named_delimiter(line: str) -> str | None:
    """The delimiter that a first line of Excel's own names, as `sep=;` does; None where it is another line."""
    bare = line.rstrip("\r\n")
    return bare[4] if len(bare) == 5 and bare.lower().startswith("sep=") else None


class _Lines:
    """The lines of the file for `csv.reader`, counted, and refused where one record goes on too long."""

    def __init__(self, lines: Iterator[str | TooLong]) -> None:
        self._lines = lines
        self.number = 0
        self.delimiter: str | None = None  # once the header has told it
        self.ended = False  # asked for more than there is: within a record, its quotation mark is unclosed
        self.begin()

    def begin(self) -> None:
        """A new record begins with the next line."""
        self._length = self._delimiters = 0  # of the record so far; a short line counts as `_LEAST` characters
        self.skipped: str | None = None  # why the record, which was one line, is not given: an empty one is

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        try:
            line = next(self._lines)
        except StopIteration:
            self.ended = True
            raise
        self.number += 1
        first = not self._length
        if reason := self._too_much(line):
            quotes = line.quotes if isinstance(line, TooLong) else line.count('"')
            if not first or quotes % 2:  # no telling where the record ends
                raise ReadError(f"{reason}; is a quotation mark unclosed? The rest of the file was not read")
            self.skipped = reason
            return "\n"
        assert isinstance(line, str)  # noqa: S101 - for the type checker: a line that is too long has a reason
        return mended(line)

    def _too_much(self, line: str | TooLong) -> str | None:
        """Why the record cannot be held in memory with this line; each of its cells takes some 60 bytes and more."""
        if isinstance(line, TooLong):
            return _TOO_LONG
        self._length += max(len(line), _LEAST)
        self._delimiters += line.count(self.delimiter) if self.delimiter else 0
        if self._length > MAX_ROW:
            return _TOO_LONG
        return _TOO_MANY if self._delimiters > MAX_MARKS else None


def _records(
    lines: _Lines, reader: Iterator[list[str]], columns: list[str], file_id: str, where: str
) -> Iterator[Located | Refusal]:
    while True:
        first = lines.number + 1
        lines.begin()
        place = f"{where}:{first}"
        try:
            cells = next(reader, None)
        except (csv.Error, ReadError) as error:  # no telling where the next record begins
            yield Refusal(place, f"is not CSV: {error}" if isinstance(error, csv.Error) else str(error))
            return
        if cells is None:
            return
        if lines.ended:
            yield Refusal(place, "opens a quotation mark that is never closed, so that its end cannot be told")
            return
        if lines.skipped:
            yield Refusal(place, lines.skipped)
        if not any(cells):
            continue
        try:
            yield Located(place, article_from_row(_row(cells, columns), place, f"{file_id}:{first}"))
        except ReadError as error:
            yield Refusal(place, str(error))


def _row(cells: list[str], columns: list[str]) -> dict[str, object]:
    """The record by column; empty cells are absent fields, but for the text, whose reason is "has no text"."""
    if any(cells[len(columns) :]):
        raise ReadError(
            f"has {len(cells)} cells under {len(columns)} columns; put the cell that holds the delimiter in quotes"
        )
    return {name: cell for name, cell in zip(columns, cells, strict=False) if name and (cell or name == "text")}


def _header(lines: _Lines) -> str:
    """The header record's source: as many lines as it takes to close its quotation marks."""
    header: list[str] = []
    length = quotes = 0
    blank = True
    for line in lines:
        header.append(line)
        length, quotes = length + max(len(line), _LEAST), quotes + line.count('"')
        if length > _MAX_HEADER or lines.skipped:
            raise ReadError(f"has a first line of more than {_MAX_HEADER:,} characters; it should name the columns")
        blank = blank and line.isspace()
        if quotes % 2 == 0 and not blank:
            break
    return "".join(header)


def _columns(header: str, named: str | None) -> tuple[list[str], str]:
    """(the column names, the delimiter), by the delimiter under which there is a `text` column, the one named first."""
    readings = {mark: _split(header, mark) for mark in (*(named or ""), *DELIMITERS)}
    for mark, columns in readings.items():
        if "text" in columns:
            twice = sorted(name for name in _FIELDS if columns.count(name) > 1)
            if twice:
                raise ReadError(f'has two columns named "{twice[0]}"; rename one')
            return columns, mark
    widest = max(readings.values(), key=len)
    names = ", ".join(name[:30] for name in widest[:10])
    raise ReadError(f'has no column "text" in its first line, which reads: {names}; name the column of the texts so')


def _split(header: str, mark: str) -> list[str]:
    """The names under `mark`, the known ones in lower case, others as written."""
    try:
        cells = next(csv.reader(header.splitlines(keepends=True), delimiter=mark), [])
    except (csv.Error, ValueError):  # the latter of a mark that cannot be a delimiter
        return []
    names = [cell.strip() for cell in cells]
    return [name.lower() if name.lower() in _FIELDS else name for name in names]
