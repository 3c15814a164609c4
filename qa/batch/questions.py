"""Question files: csv, jsonl or txt, read one row at a time."""

import datetime as dt
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.decode import has_stray_bytes, mended
from index.errors import QuestionError, UsageError
from qa.batch.question_lines import MAX_ROW, Lines
from qa.batch.question_table import Table
from qa.question import Turn, named_day, turns

FORMATS = (".csv", ".jsonl", ".txt")
_DEEPEST = 64  # levels of lists and objects in a row's other columns
_OURS = ("id", "question")
_TOO_LONG = f"the row is longer than {MAX_ROW:,} characters"
_ARRAY = re.compile(r"\s*\[\s*(\{|$)")  # how a file begins that is one JSON array of objects


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
        return named_day("asked_at", given.strip() if isinstance(given, str) else given)


def _listed(text: str) -> Any:
    try:
        return json.loads(text) if text.strip() else None
    except (ValueError, RecursionError):
        raise QuestionError(
            'the history is not JSON: write a list of {"role": "user" or "assistant", "content": text}'
        ) from None


@dataclass(frozen=True, slots=True)
class QuestionFile:
    """A file's rows in order, read anew at each iteration, one at a time.

    `columns` are a csv's: each one's name in `Row.given` → in the file's header; any other file has none.
    """

    columns: Mapping[str, str]
    _read: Callable[[], Iterator[Row]]

    def __iter__(self) -> Iterator[Row]:
        return self._read()


def open_questions(file: Path) -> QuestionFile:
    """The question file; raises `UsageError` where it is missing, of another format, not text, empty, or without a
    `question` column. A bad row is a row with a `problem`."""
    suffix = file.suffix.lower()
    if suffix not in FORMATS:
        raise UsageError(f"{file} is not a question file: give one that ends in {', '.join(FORMATS)}")
    lines = Lines(file, json=suffix == ".jsonl")
    if suffix == ".csv":
        table = Table(lines)
        return QuestionFile(table.columns, lambda: _csv(table))
    if suffix == ".txt":
        return QuestionFile({}, lambda: _txt(lines))
    if _is_array(lines):
        raise UsageError(f"{file} holds a JSON array: write one JSON object a line")
    return QuestionFile({}, lambda: _jsonl(lines))


def _txt(lines: Lines) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        if line is None:
            yield Row(None, None, problem=f"line {number}: {_TOO_LONG}")
        elif text := mended(line).strip():
            yield Row(None, text)


def _csv(table: Table) -> Iterator[Row]:
    for _, cells, problem in table:
        given = {name: value for name, value in cells.items() if name not in _OURS}
        yield Row(cells.get("id") or None, cells["question"], given, problem)


# jsonl


def _jsonl(lines: Lines) -> Iterator[Row]:
    """One row a line; a line that is not UTF-8 spoils no other."""
    for number, line in enumerate(lines, 1):
        if line is None or line.strip():
            yield json_row(line, f"line {number}")


def _is_array(lines: Lines) -> bool:
    """Is the whole file one JSON array of rows, and not a line of it a bad row?"""
    first = next(line for line in lines if line is None or line.strip())
    return bool(first and _ARRAY.match(first))


def json_row(line: str | None, where: str) -> Row:
    """The row of a line of JSON, None for a line that is too long; `where` names it in its `problem`."""
    try:
        fields = _json_object(line)
    except ValueError as error:
        return Row(None, None, problem=f"{where}: {error}")
    given = {name: value for name, value in fields.items() if name not in _OURS}
    identity = fields.get("id")
    if identity is not None and not isinstance(identity, str):
        identity = json.dumps(identity, ensure_ascii=False)
    problem = None if "question" in fields else f"{where}: the row has no `question`"
    return Row(identity, fields.get("question"), given, problem)


def _json_object(line: str | None) -> dict[str, Any]:
    """Raises `ValueError`, which says what is wrong with the row."""
    if line is None:
        raise ValueError(_TOO_LONG)
    if has_stray_bytes(line):
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
