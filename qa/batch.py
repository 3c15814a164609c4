"""A question file in, an answers file out: the same answers as one by one, in the file's order.

Answers go to a journal beside the output, one line each, so that a killed run can be resumed; the output itself
appears whole, at the end.
"""

import csv
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from index.errors import PullquoteError, UsageError
from qa.answer import Answer, Status
from qa.engine import Engine
from qa.questions import Row, read_questions

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


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """How many rows came to what; `resumed` of them were there already."""

    answered: int
    abstained: int
    errors: int
    resumed: int

    def line(self) -> str:
        """The run in one line."""
        resumed = f" ({self.resumed} from the run before)" if self.resumed else ""
        return f"{self.answered} answered, {self.abstained} abstained, {self.errors} errors{resumed}"


def run_batch(
    engine: Engine,
    questions: Path,
    output: Path,
    top_k: int,
    resume: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> BatchSummary:
    """Answers every row of `questions` into `output`; `on_progress(done, total)`.

    A row that cannot be asked becomes a row of status `error`. Raises `UsageError` for files that make no sense.
    """
    if output.suffix.lower() not in OUTPUTS:
        raise UsageError(f"{output} must end in {' or '.join(OUTPUTS)}")
    rows, header = read_questions(questions)
    journal = output.with_name(output.name + ".journal")
    with _explained(output):
        settings = _settings(rows, top_k, engine)
        done = _resumed(journal, settings) if resume else 0
        if not done:
            journal.write_text(json.dumps({"settings": settings}) + "\n", "utf-8")
        with journal.open("a", encoding="utf-8") as out:
            for number, row in enumerate(rows[done:], done + 1):
                out.write(json.dumps(answer_row(engine, row, top_k)) + "\n")
                out.flush()
                if on_progress is not None:
                    on_progress(number, len(rows))
        summary = _finish(journal, output, header, done)
        journal.unlink()
    return summary


def answer_row(engine: Engine, row: Row, top_k: int) -> dict[str, Any]:
    """One row's answer JSON: what the other doors give for the same question, with the row's id and columns."""
    try:
        if row.problem is not None:
            raise UsageError(row.problem)
        answer = engine.ask(row.question, top_k)
    except UsageError as error:
        answer = Answer(row.question if isinstance(row.question, str) else "", Status.ERROR, reason=str(error))
    return answer.to_json(row.id, row.given)


def _settings(rows: list[Row], top_k: int, engine: Engine) -> str:
    """A digest of all that the answers depend on: a journal of another run is not continued."""
    with engine.library.reading() as (_, truth):
        library = truth.articles_digest()
    asked = [[row.id, row.question, row.given, row.problem] for row in rows]
    return hashlib.sha256(json.dumps([asked, top_k, library]).encode()).hexdigest()


def _resumed(journal: Path, settings: str) -> int:
    """How many rows the journal holds; a last line cut short by a kill is taken off it."""
    if not journal.exists():
        return 0
    data = journal.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    lines = whole.split(b"\n")[:-1]
    if not lines or json.loads(lines[0]).get("settings") != settings:
        raise UsageError(f"{journal} is of other questions, settings or articles: run without --resume to start anew")
    if len(whole) < len(data):
        with journal.open("r+b") as file:
            file.truncate(len(whole))
    return len(lines) - 1


def _finish(journal: Path, output: Path, header: list[str], resumed: int) -> BatchSummary:
    """Writes the output from the journal, aside, and puts it in its place."""
    counts = dict.fromkeys(("answered", "abstained", "error"), 0)
    aside = output.with_name(output.name + ".new")
    with aside.open("w", encoding="utf-8", newline="") as out:
        write = _csv_writer(out, header or _columns(journal)) if output.suffix.lower() == ".csv" else _jsonl_writer(out)
        for answer in _journalled(journal):
            counts[answer["status"]] += 1
            write(answer)
    aside.replace(output)
    return BatchSummary(counts["answered"], counts["abstained"], counts["error"], resumed)


def _journalled(journal: Path) -> Iterator[dict[str, Any]]:
    with journal.open(encoding="utf-8") as lines:
        next(lines)
        yield from map(json.loads, lines)


def _columns(journal: Path) -> list[str]:
    """The columns of a csv made from questions that had no header: those of all rows, as they first come."""
    names = dict.fromkeys(name for answer in _journalled(journal) for name in answer["input"])
    return ["id", "question", *names]


def _jsonl_writer(out: IO[str]) -> Callable[[dict[str, Any]], None]:
    return lambda answer: print(json.dumps(answer, ensure_ascii=False), file=out)


def _csv_writer(out: IO[str], header: list[str]) -> Callable[[dict[str, Any]], None]:
    kept = [name for name in header if name not in _ADDED]
    writer = csv.DictWriter(out, [*kept, *_ADDED], extrasaction="ignore", restval="")
    writer.writeheader()
    return lambda answer: writer.writerow(_cells(answer))


def _cells(answer: dict[str, Any]) -> dict[str, Any]:
    cells = {**answer["input"], "id": answer["id"], "question": answer["question"]}
    cells |= {f"pq_{name}": answer[name] for name in ("status", "confidence", "answer", "reason")}
    for n, cited in enumerate(answer["citations"][:_CITATIONS], 1):
        cells |= {f"pq_citation_{n}_{part}": cited[key] for part, key in _PARTS.items()}
    return cells


@contextmanager
def _explained(output: Path) -> Iterator[None]:
    """Turns a failing disk into one line about the output."""
    try:
        yield
    except OSError as error:
        raise PullquoteError(
            f"{output} cannot be written: {error.strerror}: mend that, then go on with --resume"
        ) from error
