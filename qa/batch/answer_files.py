"""How answers are written to a file: as jsonl, or as a csv with the question file's own columns."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO, Any

from index.article import storable
from index.files import replaced
from qa.lines import json_line

OUTPUTS = (".csv", ".jsonl")
STATUS = "pq_status"  # the column by which a csv is known as one of answers
CITATIONS = 3
PARTS = {
    "text": "cited_text",
    "source": "source",
    "document_id": "document_id",
    "start": "start_char_index",
    "end": "end_char_index",
}
_ADDED = [STATUS, "pq_confidence", "pq_answer", "pq_reason"] + [
    f"pq_citation_{n}_{part}" for n in range(1, CITATIONS + 1) for part in PARTS
]

# What makes a spreadsheet run a cell (OWASP's list, with the wide and small forms that some take for the plain ones),
# also after spaces, controls, marks without width and straight quotation marks, which some take off first.
_TAKEN_OFF = r"[\s\x00-\x20\x7f-\xa0\u200b-\u200f\u2060\ufeff\"]*"
_RUNS = re.compile(rf"[\t\r\n]|{_TAKEN_OFF}[=+\-@＝＋－＠﹦﹢﹣﹫]")
_GUARDED = re.compile(rf"'+(?:{_RUNS.pattern})")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d+)*|\.\d+)(?:[eE][+-]?\d+)?%?|-", re.ASCII)

Write = Callable[[dict[str, Any]], None]


def guarded(cell: str) -> str:
    """`cell` with an apostrophe before it where a spreadsheet might run it; a number, or a dash alone, it does not."""
    runs = _RUNS.match(cell) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if runs or _GUARDED.match(cell) else cell


def restored(cell: str) -> str:
    """The cell that `guarded` was given."""
    return cell[1:] if _GUARDED.match(cell) else cell


def jsonl_writer(out: IO[str]) -> Write:
    """Writes answers to `out`, one JSON a line."""
    return lambda answer: print(json_line(answer), file=out)


def csv_writer(out: IO[str], columns: Mapping[str, str]) -> Write:
    """Writes answers to `out` as rows: `columns` (name in `input` → heading), then ours.

    Columns of an earlier run's answers are replaced. Every cell, the question file's own ones too, is `guarded`.
    """
    kept = [name for name, heading in columns.items() if heading not in _ADDED]
    writer = csv.writer(out)
    writer.writerow([*(guarded(storable(columns[name])) for name in kept), *_ADDED])

    def write(answer: dict[str, Any]) -> None:
        cells = _cells(answer)
        writer.writerow([guarded(_cell(cells.get(name))) for name in (*kept, *_ADDED)])

    return write


def columns_of(answers: Iterable[dict[str, Any]]) -> dict[str, str]:
    """The columns of a csv made from questions that had none: those of all rows, as they first come."""
    names: dict[str, str] = {}
    any_id = False
    for answer in answers:
        any_id = any_id or answer["id"] is not None
        names |= dict.fromkeys(answer["input"], "")
    ours = ["id", "question"] if any_id else ["question"]
    return {name: name for name in (*ours, *names)}


def write_answers(file: Path, answers: Iterable[dict[str, Any]], columns: Mapping[str, str]) -> None:
    """Writes `answers`, which may be iterated twice, to `file`, as its name says: aside first, then in its place.

    `columns` are those of a csv of questions; empty, they are gathered from the answers.
    """
    with replaced(file) as out:
        is_csv = file.suffix.lower() == ".csv"
        write = csv_writer(out, columns or columns_of(answers)) if is_csv else jsonl_writer(out)
        for answer in answers:
            write(answer)


def _cells(answer: dict[str, Any]) -> dict[str, Any]:
    cells = {**answer["input"], "id": answer["id"], "question": answer["question"]}
    cells |= {f"pq_{name}": answer[name] for name in ("status", "confidence", "answer", "reason")}
    for n in range(1, CITATIONS + 1):
        cited = answer["citations"][n - 1] if len(answer["citations"]) >= n else {}
        cells |= {f"pq_citation_{n}_{part}": cited.get(key) for part, key in PARTS.items()}
    return cells


def _cell(value: Any) -> str:
    """Text as it is (but for what no file can hold), nothing as nothing, any other value as JSON."""
    if isinstance(value, str):
        return storable(value)
    return "" if value is None else storable(json.dumps(value, ensure_ascii=False))
