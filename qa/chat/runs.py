"""A question file's run on behalf of the page: in a folder of its own, which is removed with it."""

import json
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from index.errors import UsageError
from qa.batch.answer_files import write_answers
from qa.batch.questions import FORMATS, open_questions
from qa.batch.run import Asking, BatchSummary, run_batch
from qa.chat.errand import Errand, Errands
from qa.chat.tray import Upload
from qa.engine import Engine
from qa.question import TOP_K

AT_ONCE = 2  # runs under way, of all visitors together: they share the machine with those who ask
BUSY = "other question files are being answered just now: try again when one of them has finished"
PAGE = 20  # rows of the table that are shown at once
_COPIED = 1024**2  # bytes at a time

_PLAINLY = Asking(TOP_K)
_MAKING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Answers:
    """What a run came to: how its rows were asked, the answers file, and where each of its lines begins."""

    summary: BatchSummary
    asking: Asking
    file: Path
    columns: Mapping[str, str]
    offsets: list[int] = field(default_factory=list)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        with self.file.open(encoding="utf-8", newline="\n") as lines:
            for line in lines:
                yield json.loads(line)

    def rows(self, first: int, count: int = PAGE) -> list[dict[str, Any]]:
        """The answers' JSON from row `first` (0-based) on; fewer at the end."""
        with self.file.open("rb") as lines:
            found = []
            for offset in self.offsets[max(0, first) : max(0, first) + count]:
                lines.seek(offset)
                found.append(json.loads(lines.readline()))
            return found


class Runs:
    """Question files that are being answered or were lately."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._errands: Errands[Answers] = Errands(AT_ONCE)

    def begin(self, upload: Upload, asking: Asking = _PLAINLY) -> str:
        """Starts answering the file and gives the run's token; closes the file. Raises `UsageError`.

        A file that is no question file is told at once, before anything is answered.
        """
        with upload.file:
            suffix = PurePosixPath(upload.name.lower()).suffix
            if suffix not in FORMATS:
                raise UsageError(f"“{upload.name}” is not a question file: give one that ends in {', '.join(FORMATS)}")
            folder = tempfile.TemporaryDirectory(prefix="pullquote-", ignore_cleanup_errors=True)
            try:
                questions = Path(folder.name) / f"questions{suffix}"
                _copy(upload, questions)
                columns = _columns(questions, upload.name)
                errand = Errand[Answers](
                    lambda errand: self._work(questions, columns, asking, errand), folder.cleanup, upload.name
                )
                return self._errands.begin(errand, BUSY)
            except BaseException:
                folder.cleanup()
                raise

    def get(self, token: object) -> Errand[Answers] | None:
        """The run of `token`, None where there is none (any more)."""
        return self._errands.get(token)

    def answers(self, token: str, form: str) -> tuple[Path, str] | None:
        """The answers file as csv or jsonl and a name for it; None where there is none (any more)."""
        errand = self.get(token)
        if errand is None or errand.result is None:
            return None
        file = errand.result.file if form == "jsonl" else _as_csv(errand.result)
        stem = PurePosixPath(errand.name.replace("\\", "/")).stem or "questions"
        return file, f"{stem}-answers.{form}"

    def _work(self, questions: Path, columns: Mapping[str, str], asking: Asking, errand: Errand[Answers]) -> Answers:
        output = questions.with_name("answers.jsonl")
        tell, as_of, filters = errand.progress, asking.as_of, asking.filters
        summary = run_batch(
            self._engine, questions, output, asking.top_k, on_progress=tell, as_of=as_of, filters=filters
        )
        return Answers(summary, asking, output, columns, _offsets(output))


def _copy(upload: Upload, to: Path) -> None:
    upload.file.seek(0)
    with to.open("wb") as out:
        while block := upload.file.read(_COPIED):
            out.write(block)


def _columns(questions: Path, name: str) -> Mapping[str, str]:
    """A csv's columns; raises `UsageError` in words that name the file as its sender does."""
    try:
        file = open_questions(questions)
        if next(iter(file), None) is None:
            raise UsageError(f"“{name}” holds no question")
    except UsageError as error:
        raise UsageError(str(error).replace(str(questions), f"“{name}”")) from None
    return file.columns


def _offsets(file: Path) -> list[int]:
    offsets, at = [], 0
    with file.open("rb") as lines:
        for line in lines:
            offsets.append(at)
            at += len(line)
    return offsets


def _as_csv(answers: Answers) -> Path:
    """The same answers as a csv with the question file's own columns, made once it is asked for."""
    file = answers.file.with_suffix(".csv")
    with _MAKING:
        if not file.exists():
            write_answers(file, answers, answers.columns)
    return file
