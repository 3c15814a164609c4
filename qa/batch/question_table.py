"""A csv of questions, as people and their spreadsheets write it."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from index.decode import mended
from index.errors import UsageError
from index.table import DELIMITERS, named_delimiter
from qa.batch.answer_files import STATUS, restored
from qa.batch.question_lines import MAX_ROW, Lines

_KNOWN = ("id", "question", "history", "asked_at")  # found however they are capitalised
_UNCLOSED = "a quotation mark is opened and never closed"
_TOO_LONG = f"the row is longer than {MAX_ROW:,} characters"


class Record(NamedTuple):
    """A row of the file: the line on which it begins, its cells by column, and what is wrong with it."""

    line: int
    cells: dict[str, str]
    problem: str | None


class Table:
    """A csv's records, read anew at each iteration. `columns` is each column's own name → what its header says.

    The two differ where the header has one name twice. Raises `UsageError` where there is no `question` column.
    """

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        # A cell may hold as much as a row; the limit is the process's, and is never lowered here.
        csv.field_size_limit(max(csv.field_size_limit(), 2 * MAX_ROW))
        beginning, self._skipped = _beginning(lines)
        self._delimiter = (self._skipped and named_delimiter(beginning[0])) or self._told(beginning[self._skipped :])
        header = _header(beginning[self._skipped :], self._delimiter)
        # People who type "id, question" mean no space at the front of each question.
        self._spaced = any(cell[:1] == " " for cell in header)
        names = [name.strip() for name in header]
        self._guarded = STATUS in names  # it is an earlier run's answers
        self.columns = _columns([restored(name) for name in names] if self._guarded else names, lines)

    def __iter__(self) -> Iterator[Record]:
        keys = list(self.columns)
        records = self._records(self._delimiter, self._spaced)
        next(records, None)
        for line, cells, problem in records:
            if any(cells[len(keys) :]):
                problem = (
                    problem or f"the row has {len(cells)} cells, the header {len(keys)}: check its quotation marks"
                )
            filled = cells + [""] * (len(keys) - len(cells))
            if self._guarded:
                filled = [restored(cell) for cell in filled]
            yield Record(line, dict(zip(keys, filled, strict=False)), problem and f"line {line}: {problem}")

    def _told(self, beginning: list[str]) -> str:
        """Excel writes semicolons where a comma is the decimal mark: the one under which there is a `question` column.

        A lone column has no delimiter: then it is one that no question holds outside quotation marks.
        """
        headers = {mark: [n.strip().lower() for n in _header(beginning, mark)] for mark in DELIMITERS}
        fitting = [mark for mark, names in headers.items() if "question" in names]
        if fitting and all(len(headers[mark]) == 1 for mark in fitting):
            whole = (m for m in fitting if all(len(cells) == 1 for _, cells, _ in self._records(m, spaced=False)))
            return next(whole, fitting[0])
        return max(fitting or DELIMITERS, key=lambda mark: len(headers[mark]))

    def _records(self, delimiter: str, spaced: bool) -> Iterator[tuple[int, list[str], str | None]]:
        """Each record's first line, its cells, and what is wrong with it; blank lines are none.

        Where a quotation mark is never closed, its line alone is a bad record, and reading goes on after it.
        """
        source = _Source(self._lines, self._skipped)
        while True:
            for cells in csv.reader(source, delimiter=delimiter, skipinitialspace=spaced):
                if source.ended:
                    break
                if cells:
                    yield source.first, cells, None
                source.close()
            if not source.taken:
                return
            first, problem = source.back()
            yield source.first, _cells(first, delimiter, spaced), problem
            source.close()


class _Source:
    """Lines for `csv.reader` that remember the record under way, so that reading can go back to its second line.

    `ended` once more is asked for than there is, or than a row may hold: within a record a quotation mark is unclosed.
    """

    def __init__(self, lines: Iterable[str | None], skipped: int) -> None:
        self._lines, self._again = iter(lines), deque[str | None]()
        self.taken: list[str | None] = []
        self.first, self.ended, self._length = skipped + 1, False, 0
        for _ in range(skipped):
            next(self._lines)

    def __iter__(self) -> "_Source":
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines, "")
        if line:
            self.taken.append(line)
            self._length += len(line)
        elif line is None:
            self.taken.append(None)
        if not line or self._length > MAX_ROW:
            self.ended = True
            raise StopIteration
        return mended(line)

    def close(self) -> None:
        """The record under way is read."""
        self.first += len(self.taken)
        self.taken, self._length = [], 0

    def back(self) -> tuple[str, str]:
        """Goes back to the second line of the record under way; gives the first one and what is wrong with it."""
        first = self.taken[0]
        self._again.extendleft(reversed(self.taken[1:]))
        self.taken, self._length, self.ended = self.taken[:1], 0, False
        return (mended(first), _UNCLOSED) if first is not None else ("", _TOO_LONG)


def _beginning(lines: Lines) -> tuple[list[str], int]:
    """The lines that can hold the header, and how many come before it: Excel's own that names the delimiter."""
    beginning, length = [], 0
    for line in lines:
        if line is None or length > MAX_ROW:
            break
        beginning.append(mended(line))
        length += len(line)
        if len(beginning) > 1 and beginning[-1].strip() and "".join(beginning).count('"') % 2 == 0:
            break
    return beginning, int(bool(beginning and named_delimiter(beginning[0])))


def _header(beginning: Iterable[str], delimiter: str) -> list[str]:
    return next((cells for cells in csv.reader(beginning, delimiter=delimiter) if cells), [])


def _cells(line: str, delimiter: str, spaced: bool) -> list[str]:
    """The cells of a line whose quotation mark is never closed."""
    cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=spaced), [])
    return [*cells[:-1], cells[-1].removesuffix("\n")] if cells else []


def _columns(names: list[str], lines: Lines) -> dict[str, str]:
    """Each column by a name that no other has: a name's second column is `name (2)`."""
    columns: dict[str, str] = {}
    for name in names:
        known = name.lower() in _KNOWN
        key = name.lower() if known else name
        if known and key in columns:
            raise UsageError(f"{lines.file} has two columns named `{key}`: rename one")
        count = 2
        while key in columns:
            key, count = f"{name} ({count})".strip(), count + 1
        columns[key] = name
    if "question" not in columns:
        raise UsageError(f"{lines.file} has no `question` column: its first line is {', '.join(names)[:200]!r}")
    return columns
