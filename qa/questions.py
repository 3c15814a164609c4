"""Question files: csv, jsonl or txt, as people and their spreadsheets write them."""

import csv
import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.decode import decode
from index.errors import ReadError, UsageError

FORMATS = (".csv", ".jsonl", ".txt")
_MAX_BYTES = 100 * 1024**2


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a question file. `problem` says why it cannot be asked; `given` holds its other columns."""

    id: str | None
    question: Any
    given: dict[str, Any] = field(default_factory=dict)
    problem: str | None = None


def read_questions(file: Path) -> tuple[list[Row], list[str]]:
    """The file's rows in order, and a csv's header (empty otherwise).

    Raises `UsageError` for a file that is missing, of another format, not text, or without a `question` column.
    """
    if file.suffix.lower() not in FORMATS:
        raise UsageError(f"{file} is not a question file: give one that ends in {', '.join(FORMATS)}")
    text = _text(file)
    match file.suffix.lower():
        case ".csv":
            return _csv(text, file)
        case ".jsonl":
            return [_json_row(line) for line in text.split("\n") if line.strip()], []
        case _:
            return [Row(None, line) for line in map(str.strip, text.split("\n")) if line], []


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise UsageError(f"{file} has more than {_MAX_BYTES // 1024**2} MB: split it")
        text = decode(file.read_bytes())
    except FileNotFoundError:
        raise UsageError(f"no such file: {file}") from None
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    except ReadError as error:
        raise UsageError(f"{file} is not a text file: {error}") from error
    if not text.strip():
        raise UsageError(f"{file} holds no question")
    return text


def _csv(text: str, file: Path) -> tuple[list[Row], list[str]]:
    if (first := text.split("\n", 1)[0]).lower().startswith("sep="):
        text = text[len(first) + 1 :]  # Excel's own line that names the delimiter
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    csv.field_size_limit(_MAX_BYTES)
    try:
        lines = [line for line in reader if line]
    except csv.Error as error:
        raise UsageError(f"{file} is not a readable csv file: line {reader.line_num}: {error}") from error
    header = [_named(name.strip()) for name in lines[0]]
    if "question" not in header:
        raise UsageError(f"{file} has no `question` column: its first line is {', '.join(header)[:200]!r}")
    return [_csv_row(header, line) for line in lines[1:]], header


def _named(name: str) -> str:
    """The two columns that we read, however they are capitalised; any other as it is."""
    return name.lower() if name.lower() in ("id", "question") else name


def _delimiter(text: str) -> str:
    """Excel writes semicolons where a comma is the decimal mark: the header tells."""
    header = text.lstrip().split("\n", 1)[0]
    return max(",;\t", key=header.count)


def _csv_row(header: list[str], line: list[str]) -> Row:
    fields = dict(zip(header, line + [""] * (len(header) - len(line)), strict=False))
    problem = None
    if len(line) > len(header):
        problem = f"the row has {len(line)} cells, the header {len(header)}: check its quotation marks"
    given = {name: value for name, value in fields.items() if name not in ("id", "question")}
    return Row(fields.get("id") or None, fields["question"], given, problem)


def _json_row(line: str) -> Row:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Row(None, None, problem=f"the row is not JSON: {str(error)[:200]}")
    if not isinstance(fields, dict):
        return Row(None, None, problem="the row is not a JSON object")
    given = {name: value for name, value in fields.items() if name not in ("id", "question")}
    identity = fields.get("id")
    problem = None if "question" in fields else "the row has no `question`"
    return Row(None if identity is None else str(identity), fields.get("question"), given, problem)
