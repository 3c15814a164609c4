"""Answers that were saved, as jsonl or csv → the citations of each."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from index.errors import UsageError
from index.table import DELIMITERS, named_delimiter
from qa.answer import Status
from qa.batch.answer_files import CITATIONS, PARTS, STATUS, restored
from qa.batch.question_lines import explained

_MEND = "give an answers file, as `pullquote batch -o answers.jsonl` or `-o answers.csv` writes it"
_CUT = "the file was cut off or altered there; answer its questions again, or take that row out"
_STATUSES = {status.value for status in Status}
_LONGEST = 32 * 1024**2  # characters of a cell


class Saved(NamedTuple):
    """One answer: the line on which it begins, its citations, whatever they are, its text, where it is known, and
    whether it is said to answer."""

    line: int
    citations: list[Any]
    text: str | None = None
    answered: bool = False


def read_saved(file: Path) -> Iterator[Saved]:
    """The answers of a file, one at a time; raises `UsageError`, naming the line, where it is not one of answers."""
    is_csv = file.suffix.lower() == ".csv"
    with _explained(file), file.open(encoding="utf-8-sig", newline="" if is_csv else "\n") as lines:
        yield from _read_csv(lines, file) if is_csv else _read_jsonl(lines, file)


def saved_in(answer: Any, line: int) -> Saved | None:
    """An answer's JSON as it was saved; None where it is none."""
    found = answer.get("citations") if isinstance(answer, dict) else None
    if not isinstance(found, list):
        return None
    text = answer.get("answer")
    return Saved(line, found, text if isinstance(text, str) else None, answer.get("status") == Status.ANSWERED.value)


def _read_jsonl(lines: Iterable[str], file: Path) -> Iterator[Saved]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found = saved_in(json.loads(line), number)
        except (ValueError, RecursionError):
            raise UsageError(f"{file}:{number} is not JSON: {_MEND}") from None
        if found is None:
            raise UsageError(f"{file}:{number} is not an answer: {_MEND}")
        yield found


def _read_csv(opened: Iterable[str], file: Path) -> Iterator[Saved]:
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST))
    lines = _Lines(opened)
    header = _header(lines)
    headers = {mark: next(csv.reader(header, delimiter=mark), []) for mark in DELIMITERS}
    mark = next((mark for mark, names in headers.items() if STATUS in names), None)
    if mark is None:
        raise UsageError(f"{file} has no `{STATUS}` column: {_MEND}")
    names, before = headers[mark], lines.number
    for cells in csv.reader(lines, delimiter=mark):
        if lines.ended:
            raise UsageError(f"{file}:{before + 1} opens a quotation mark that is never closed: {_CUT}")
        if any(map(str.strip, cells)):  # blank lines are none
            lacking = len(names) - len(cells)  # empty ones that a spreadsheet left out, or a row that was cut off
            row = dict(zip(names, map(restored, cells + [""] * lacking), strict=False))
            if lacking > 0 and row[STATUS] not in _STATUSES:
                raise UsageError(f"{file}:{before + 1} ends before it says how it was answered: {_CUT}")
            yield Saved(before + 1, _cited(row), _answer(row), row[STATUS] == Status.ANSWERED.value)
        before = lines.number


class _Lines:
    """Lines for `csv.reader`, counted; `ended` once more is asked for than there is: within a row it is cut off."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.number, self.ended = 0, False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._lines, None)
        if line is None:
            self.ended = True
            raise StopIteration
        self.number += 1
        return line


def _header(lines: Iterable[str]) -> list[str]:
    """The lines of the first row: as many as it takes to close its quotation marks; Excel's `sep=;` is none."""
    header, open_mark = list[str](), False
    for line in lines:
        if not header and named_delimiter(line):
            continue
        header.append(line)
        open_mark ^= line.count('"') % 2 == 1
        if not open_mark:
            break
    return header


def _cited(row: Mapping[str, str]) -> list[Any]:
    """The citations in a row, shaped as in JSON; a csv has no digest of their articles."""
    found = []
    for number in range(1, CITATIONS + 1):
        cells = {key: row.get(f"pq_citation_{number}_{part}", "") for part, key in PARTS.items()}
        if any(cells.values()):
            found.append({key: _number(cell) if key.endswith("_index") else cell for key, cell in cells.items()})
    return found


def _answer(row: Mapping[str, str]) -> str | None:
    """The answer's text; None where the column of it, or of one of its quotes, was left out."""
    quotes = [f"pq_citation_{number}_text" for number in range(1, CITATIONS + 1)]
    return row.get("pq_answer") if all(quote in row for quote in quotes) else None


def _number(cell: str) -> int | str:
    return int(cell) if cell.isascii() and cell.isdecimal() and len(cell) < 20 else cell


@contextmanager
def _explained(file: Path) -> Iterator[None]:
    """Turns a file that cannot be read, or is not what it should be, into one line about it."""
    with explained(file):
        try:
            yield
        except UnicodeDecodeError as error:
            raise UsageError(
                f"{file} is not a file of answers in UTF-8: save it as one, in a spreadsheet as “CSV UTF-8”"
            ) from error
        except csv.Error as error:
            raise UsageError(f"{file} is not a readable csv file: {error}") from error
