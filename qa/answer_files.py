"""How answers are written to a file: as jsonl, or as a csv with the question file's own columns."""

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from typing import IO, Any

from index.article import storable
from qa.lines import json_line

OUTPUTS = (".csv", ".jsonl")
_CITATIONS = 3
_PARTS = {
    "text": "cited_text",
    "source": "source",
    "document_id": "document_id",
    "start": "start_char_index",
    "end": "end_char_index",
}
_ADDED = ["pq_status", "pq_confidence", "pq_answer", "pq_reason"] + [
    f"pq_citation_{n}_{part}" for n in range(1, _CITATIONS + 1) for part in _PARTS
]

Write = Callable[[dict[str, Any]], None]


def jsonl_writer(out: IO[str]) -> Write:
    """Writes answers to `out`, one JSON a line."""
    return lambda answer: print(json_line(answer), file=out)


def csv_writer(out: IO[str], columns: Mapping[str, str]) -> Write:
    """Writes answers to `out` as rows: `columns` (name in `input` → heading), then ours.

    Columns of an earlier run's answers are replaced.
    """
    kept = [name for name, heading in columns.items() if heading not in _ADDED]
    writer = csv.writer(out)
    writer.writerow([*(columns[name] for name in kept), *_ADDED])

    def write(answer: dict[str, Any]) -> None:
        cells = _cells(answer)
        writer.writerow([_cell(cells.get(name)) for name in (*kept, *_ADDED)])

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


def _cells(answer: dict[str, Any]) -> dict[str, Any]:
    cells = {**answer["input"], "id": answer["id"], "question": answer["question"]}
    cells |= {f"pq_{name}": answer[name] for name in ("status", "confidence", "answer", "reason")}
    for n in range(1, _CITATIONS + 1):
        cited = answer["citations"][n - 1] if len(answer["citations"]) >= n else {}
        cells |= {f"pq_citation_{n}_{part}": cited.get(key) for part, key in _PARTS.items()}
    return cells


def _cell(value: Any) -> str:
    """Text as it is (but for what no file can hold), nothing as nothing, any other value as JSON."""
    if isinstance(value, str):
        return storable(value)
    return "" if value is None else storable(json.dumps(value, ensure_ascii=False))
