"""Question files: csv, jsonl or txt, as people and their spreadsheets write them."""

import csv
import datetime as dt
import io
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.decode import decode, looks_binary, marked_encoding
from index.errors import QuestionError, ReadError, UsageError
from qa.question import Turn, day, turns

FORMATS = (".csv", ".jsonl", ".txt")
_MAX_BYTES = 100 * 1024**2
_DEEPEST = 64  # levels of lists and objects in a row's other columns
_DELIMITERS = (",", ";", "\t", "|")
_OURS = ("id", "question")
_USED = ("history", "asked_at")  # columns that are carried through and shape the answer too


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a question file. `problem` says why it cannot be asked; `given` holds its other columns."""

    id: str | None
    question: Any
    given: dict[str, Any] = field(default_factory=dict)
    problem: str | None = None

    def history(self) -> tuple[Turn, ...]:
        """The conversation before the question: a list, or the JSON text of one. Raises `QuestionError`."""
        given = self.given.get("history")
        return turns(_listed(given) if isinstance(given, str) else given)

    def asked_at(self) -> dt.date | None:
        """The day on which the question is asked, None where the row names none. Raises `QuestionError`."""
        given = self.given.get("asked_at")
        try:
            return day(given.strip() if isinstance(given, str) else given)
        except QuestionError as error:
            raise QuestionError(f"asked_at: {error}") from None


def _listed(text: str) -> Any:
    try:
        return json.loads(text) if text.strip() else None
    except (ValueError, RecursionError):
        raise QuestionError(
            'the history is not JSON: write a list of {"role": "user" or "assistant", "content": text}'
        ) from None


def read_questions(file: Path) -> tuple[list[Row], dict[str, str]]:
    """The file's rows in order, and a csv's columns: each one's name in `Row.given` → in the file's header.

    The two differ where the header has one name twice. Any other file has no columns: an empty dict. Raises
    `UsageError` for a file that is missing, of another format, not text, empty, or without a `question` column.
    """
    if file.suffix.lower() not in FORMATS:
        raise UsageError(f"{file} is not a question file: give one that ends in {', '.join(FORMATS)}")
    data = _data(file)
    if file.suffix.lower() == ".jsonl":
        return _jsonl(data, file), {}
    text = _text(data, file)
    if file.suffix.lower() == ".csv":
        return _csv(text, file)
    return [Row(None, line) for line in map(str.strip, text.split("\n")) if line], {}


def _data(file: Path) -> bytes:
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise UsageError(f"{file} has more than {_MAX_BYTES // 1024**2} MB: split it")
        return file.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"no such file: {file}") from None
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error


def _text(data: bytes, file: Path) -> str:
    if looks_binary(data):
        raise UsageError(f"{file} is binary, not text: save the questions as csv, jsonl or txt")
    try:
        text = decode(data)
    except ReadError as error:
        raise UsageError(f"{file} {error}") from error
    if not text.strip():
        raise UsageError(f"{file} holds no question")
    return text


# csv


class _Lines:
    """The lines of a csv for `csv.reader`; `ended` once more were asked for: within a row, a quote is unclosed."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self.ended = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._lines.readline()
        if not line:
            self.ended = True
            raise StopIteration
        return line


def _csv(text: str, file: Path) -> tuple[list[Row], dict[str, str]]:
    named, first = None, text.split("\n", 1)[0]
    if first.lower().startswith("sep=") and len(first) == 5:  # Excel's own line that names the delimiter
        named, text = first[4], text[len(first) :]
    csv.field_size_limit(_MAX_BYTES)
    try:
        delimiter = named or _delimiter(text)
        records = list(_records(text, delimiter))
    except csv.Error as error:
        raise UsageError(f"{file} is not a readable csv file: {error}") from error
    names = [name.strip() for name in records[0][1]] if records else []
    columns = _columns(names, file)
    keys = list(columns)
    return [_csv_row(keys, line, cells, problem) for line, cells, problem in records[1:]], columns


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str], str | None]]:
    """Each record's first line, its cells, and what is wrong with it; blank lines are none."""
    lines = _Lines(text)
    # People who type "id, question" mean no space at the front of each question.
    spaced = any(cell[:1] == " " for cell in _header(text, delimiter))
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=spaced)
    first = 1
    for cells in reader:
        if cells:
            unclosed = "a quotation mark is opened and never closed: the rest of the file is in this row"
            yield first, cells, unclosed if lines.ended else None
        first = reader.line_num + 1


def _header(text: str, delimiter: str) -> list[str]:
    return next((cells for cells in csv.reader(_Lines(text), delimiter=delimiter) if cells), [])


def _delimiter(text: str) -> str:
    """Excel writes semicolons where a comma is the decimal mark: the one under which there is a `question` column.

    A lone column has no delimiter: then it is one that no question holds outside quotation marks.
    """
    headers = {mark: [name.strip().lower() for name in _header(text, mark)] for mark in _DELIMITERS}
    fitting = [mark for mark, names in headers.items() if "question" in names]
    if fitting and all(len(headers[mark]) == 1 for mark in fitting):
        whole = (mark for mark in fitting if all(len(cells) == 1 for _, cells, _ in _records(text, mark)))
        return next(whole, fitting[0])
    return max(fitting or _DELIMITERS, key=lambda mark: len(headers[mark]))


def _columns(names: list[str], file: Path) -> dict[str, str]:
    """Each column by a name that no other has: a name's second column is `name (2)`."""
    columns: dict[str, str] = {}
    for name in names:
        known = name.lower() in (*_OURS, *_USED)
        key = name.lower() if known else name
        if known and key in columns:
            raise UsageError(f"{file} has two columns named `{key}`: rename one")
        count = 2
        while key in columns:
            key, count = f"{name} ({count})".strip(), count + 1
        columns[key] = name
    if "question" not in columns:
        raise UsageError(f"{file} has no `question` column: its first line is {', '.join(names)[:200]!r}")
    return columns


def _csv_row(keys: list[str], line: int, cells: list[str], problem: str | None) -> Row:
    fields = dict(zip(keys, cells + [""] * (len(keys) - len(cells)), strict=False))
    if any(cells[len(keys) :]):
        problem = problem or f"the row has {len(cells)} cells, the header {len(keys)}: check its quotation marks"
    given = {name: value for name, value in fields.items() if name not in _OURS}
    return Row(fields.get("id") or None, fields["question"], given, problem and f"line {line}: {problem}")


# jsonl


def _jsonl(data: bytes, file: Path) -> list[Row]:
    """One row a line. In a file without a byte-order mark, a line that is not UTF-8 spoils no other."""
    text = _text(data, file)
    if marked_encoding(data) is None and b"\0" not in data:
        text = data.decode("utf-8", "surrogateescape")
    lines = text.split("\n")
    if _is_array(text):
        raise UsageError(f"{file} holds a JSON array: write one JSON object a line")
    return [_json_row(line, number) for number, line in enumerate(lines, 1) if line.strip()]


def _is_array(text: str) -> bool:
    """Is the whole file one JSON array of rows?"""
    if not text.lstrip().startswith("["):
        return False
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(rows, list) and bool(rows) and all(isinstance(row, dict) for row in rows)


def _json_row(line: str, number: int) -> Row:
    try:
        fields = _json_object(line)
    except ValueError as error:
        return Row(None, None, problem=f"line {number}: {error}")
    given = {name: value for name, value in fields.items() if name not in _OURS}
    identity = fields.get("id")
    if identity is not None and not isinstance(identity, str):
        identity = json.dumps(identity, ensure_ascii=False)
    problem = None if "question" in fields else f"line {number}: the row has no `question`"
    return Row(identity, fields.get("question"), given, problem)


def _json_object(line: str) -> dict[str, Any]:
    """Raises `ValueError`, which says what is wrong with the row."""
    if any("\udc80" <= character <= "\udcff" for character in line):
        raise ValueError("the row is not in UTF-8: save the file so")
    try:
        fields = json.loads(line, parse_constant=lambda _: None, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise ValueError(f"the row is not JSON: {error.msg} at column {error.colno}") from None
    except ValueError:
        raise ValueError("the row holds a number of too many digits: write it as a string") from None
    except RecursionError:
        raise ValueError("the row is JSON nested too deeply") from None
    if not isinstance(fields, dict):
        raise ValueError("the row is not a JSON object")
    if _deeper(fields, _DEEPEST):
        raise ValueError("the row is JSON nested too deeply")
    return fields


def _finite(text: str) -> float | str:
    """A number that no float holds stays as it is written: what goes out must be JSON again."""
    number = float(text)
    return number if math.isfinite(number) else text


def _deeper(value: Any, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels == 0 or any(_deeper(each, levels - 1) for each in inner)
