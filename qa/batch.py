"""A question file in, an answers file out: the same answers as one by one, in the file's order.

Answers go to a journal beside the output, one line each, so that a killed run can be resumed; the output itself
appears whole, at the end.
"""

import datetime as dt
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from index.errors import PullquoteError, UsageError
from qa.answer import Answer, Status
from qa.answer_files import OUTPUTS, columns_of, csv_writer, jsonl_writer
from qa.engine import Engine
from qa.question import check_min_confidence, check_top_k
from qa.questions import Row, read_questions


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
        errors = "1 error" if self.errors == 1 else f"{self.errors} errors"
        return f"{self.answered} answered, {self.abstained} abstained, {errors}{resumed}"


@dataclass(frozen=True, slots=True)
class Asking:
    """How every row is asked; a row's own `asked_at` wins over `as_of`. Raises `QuestionError` on birth."""

    top_k: int
    as_of: dt.date | None = None
    min_confidence: float | None = None
    fast: bool = False

    def __post_init__(self) -> None:
        check_top_k(self.top_k)
        check_min_confidence(self.min_confidence)


def run_batch(
    engine: Engine,
    questions: Path,
    output: Path,
    top_k: int,
    resume: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
    *,
    as_of: dt.date | None = None,
    min_confidence: float | None = None,
    fast: bool = False,
) -> BatchSummary:
    """Answers every row of `questions` into `output`; `on_progress(done, total)`.

    The settings are those of `Engine.ask`; a row's own `history` and `asked_at` are used. A row that cannot be asked
    becomes a row of status `error`. Raises `UsageError` for files and settings that make no sense, and
    `PullquoteError` where the output cannot be written.
    """
    asking = Asking(top_k, as_of, min_confidence, fast)
    _check_output(questions, output)
    rows, columns = read_questions(questions)
    journal = output.with_name(output.name + ".journal")
    with _explained(output):
        settings = _settings(rows, asking, engine)
        done = _resumed(journal, settings) if resume else 0
        if not done:
            journal.write_text(json.dumps({"settings": settings}) + "\n", "utf-8")
        with journal.open("a", encoding="utf-8") as out:
            for number, row in enumerate(rows[done:], done + 1):
                out.write(json.dumps({"row": number, "answer": answer_row(engine, row, asking)}) + "\n")
                out.flush()
                if on_progress is not None:
                    on_progress(number, len(rows))
        summary = _finish(journal, output, columns, len(rows), done)
        journal.unlink()
    return summary


def answer_row(engine: Engine, row: Row, asking: Asking) -> dict[str, Any]:
    """One row's answer JSON: what the other doors give for the same question, with the row's id and columns."""
    try:
        if row.problem is not None:
            raise UsageError(row.problem)
        answer = engine.ask(
            row.question,
            asking.top_k,
            history=row.history(),
            as_of=row.asked_at() or asking.as_of,
            min_confidence=asking.min_confidence,
            fast=asking.fast,
        )
    except UsageError as error:
        answer = Answer(_shown(row.question), Status.ERROR, reason=str(error))
    return answer.to_json(row.id, row.given)


def _shown(question: Any) -> str:
    """What stands where a question should: text as it is, nothing as nothing, any other value as JSON."""
    if isinstance(question, str):
        return question
    return "" if question is None else json.dumps(question, ensure_ascii=False)


def _check_output(questions: Path, output: Path) -> None:
    """Raises `UsageError` before any work is done for an output that could never be put in its place."""
    if output.suffix.lower() not in OUTPUTS:
        raise UsageError(f"{output} must end in {' or '.join(OUTPUTS)}")
    if output.is_dir():
        raise UsageError(f"{output} is a folder: give the name of a file")
    if not output.parent.is_dir():
        raise UsageError(f"there is no folder {output.parent}: make it first")
    if output.exists() and questions.exists() and output.samefile(questions):
        raise UsageError(f"{output} is the question file itself: give the answers another name")


def _settings(rows: list[Row], asking: Asking, engine: Engine) -> str:
    """A digest of all that the answers depend on: a journal of another run is not continued."""
    with engine.library.reading() as (_, truth):
        library = [truth.generation, truth.articles_digest()]
    asked = [[row.id, row.question, row.given, row.problem] for row in rows]
    deciding = [asked, astuple(asking), library, engine.settings, engine.encoder.digest]
    return hashlib.sha256(json.dumps(deciding, default=str).encode()).hexdigest()


def _resumed(journal: Path, settings: str) -> int:
    """How many rows the journal holds; whatever a kill left half written is taken off its end."""
    if not journal.exists():
        return 0
    with journal.open("rb") as file:
        first = file.readline()
        if not first.endswith(b"\n"):
            return 0
        if _parsed(first).get("settings") != settings:
            raise UsageError(
                f"{journal} is of other questions, settings or articles: run without --resume to start anew"
            )
        count, whole = 0, file.tell()
        for line in file:
            if not line.endswith(b"\n") or _parsed(line).get("row") != count + 1:
                break
            count, whole = count + 1, whole + len(line)
    os.truncate(journal, whole)
    return count


def _parsed(line: bytes) -> dict[str, Any]:
    """A journal line as an object; an empty one where it is none."""
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _finish(journal: Path, output: Path, columns: dict[str, str], rows: int, resumed: int) -> BatchSummary:
    """Writes the output from the journal, aside, and puts it in its place."""
    counts = dict.fromkeys(("answered", "abstained", "error"), 0)
    aside = output.with_name(output.name + ".new")
    with aside.open("w", encoding="utf-8", newline="") as out:
        if output.suffix.lower() == ".csv":
            write = csv_writer(out, columns or columns_of(_journalled(journal, rows)))
        else:
            write = jsonl_writer(out)
        for answer in _journalled(journal, rows):
            counts[answer["status"]] += 1
            write(answer)
        out.flush()
        os.fsync(out.fileno())
    aside.replace(output)
    return BatchSummary(counts["answered"], counts["abstained"], counts["error"], resumed)


def _journalled(journal: Path, rows: int) -> Iterator[dict[str, Any]]:
    """The journal's answers, which must be those to all rows in order."""
    count = 0
    with journal.open("rb") as lines:
        next(lines)
        for count, line in enumerate(lines, 1):
            entry = _parsed(line)
            if entry.get("row") != count:
                raise PullquoteError(f"{journal} was written by two runs at once: run again, one at a time")
            yield entry["answer"]
    if count != rows:
        raise PullquoteError(f"{journal} holds {count} answers to {rows} questions: run again, one run at a time")


@contextmanager
def _explained(output: Path) -> Iterator[None]:
    """Turns a failing disk into one line about the output."""
    try:
        yield
    except OSError as error:
        raise PullquoteError(
            f"{output} cannot be written: {error.strerror}: mend that, then go on with --resume"
        ) from error
