"""Does the jobs of a library, one after the other, in a thread that gives way to those who ask."""

import errno
import json
import logging
import os
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock

from index.article import Article, Refusal
from index.digests import digest_of_file
from index.errors import LibraryBusy, LibraryError, PullquoteError
from index.summary import Summary
from index.threads import give_way
from index.update import index_articles
from qa.batch.answer_files import write_answers
from qa.batch.intake import parse_json, read_rows, read_uploads
from qa.batch.jobs import Job, Jobs, Kind, Status, now
from qa.batch.questions import open_questions
from qa.batch.run import journal_of, run_batch
from qa.engine import Engine
from qa.question import day, filters_of

LOCK = "worker.lock"  # of all processes that serve the library, one works
RESULT = "result.json"
_POLL_SECONDS = 2.0  # between two looks for what other processes have been sent
_SAVE_SECONDS = 0.5  # between two notes of how far a job is
_ALTERED = "was damaged on the server's disk: send it again"
_FAULT = "an error of ours, not of the job: the server's log has the particulars"
_UNUSABLE = "the library cannot be used: the server's log says why, `pullquote doctor` what to do"
_LOG = logging.getLogger("pullquote.jobs")


class CancelledError(PullquoteError):
    """Nobody wants the job any more."""


class Worker:
    """Works once `wake` is called, and again whenever there is something to do; `wake` is cheap."""

    def __init__(self, engine: Engine, jobs: Jobs) -> None:
        self._engine, self._jobs = engine, jobs
        self._woken, self._starting = threading.Event(), threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, daemon=True, name="jobs")
                self._thread.start()
        self._woken.set()

    def _work(self) -> None:
        give_way()
        self._jobs.folder.mkdir(exist_ok=True)
        # Waits for as long as another process works; the lock goes with that one, however it ends.
        with FileLock(self._jobs.folder / LOCK, poll_interval=_POLL_SECONDS):
            while self._jobs.folder.is_dir():
                self._woken.clear()
                if not self._did_one():
                    self._woken.wait(_POLL_SECONDS)

    def _did_one(self) -> bool:
        try:
            job = self._jobs.next()
            if job is not None:
                do(self._engine, self._jobs, job)
        except OSError as error:  # a full disk may be mended
            _LOG.error("jobs: %s", error)
            return False
        return job is not None


def do(engine: Engine, jobs: Jobs, job: Job) -> None:
    """Does a job; what goes wrong becomes its error. One that was begun before is gone on with.

    Raises `OSError` where the disk is full: then it is to be done again.
    """
    under_way = _UnderWay(jobs, job)
    if job.unwanted:
        under_way.end(Status.CANCELLED)
        _tidy(job)
        return
    work = _answer if job.kind is Kind.BATCH else _take_in
    try:
        if altered := job.altered():
            raise PullquoteError(f"{altered[0]} {_ALTERED}")
        summary = _patiently(lambda: work(engine, job, under_way), job)
        # Whoever was told that it is cancelled is not told otherwise later, however far it had come.
        under_way.end(Status.CANCELLED if job.unwanted else Status.DONE, summary=summary)
    except CancelledError:
        under_way.end(Status.CANCELLED)
    except Exception as error:  # a thread's last line: its job is not tried for ever
        if _is_of_a_full_disk(error):
            raise OSError(str(error)) from error  # what was sent and what was answered stay: it is gone on with
        under_way.end(Status.FAILED, error=_told_of(error, job))
    _tidy(job)


class _UnderWay:
    """How far a job is, noted now and then."""

    def __init__(self, jobs: Jobs, job: Job) -> None:
        self._jobs, self._job = jobs, job
        began = job.state.began_at or now()
        self._state = replace(job.state, status=Status.RUNNING, began_at=began, error=None)
        self._from: tuple[int, float] | None = None
        self._saved = -_SAVE_SECONDS
        jobs.save(job, self._state)

    def tell(self, done: int, total: int) -> None:
        """Raises `CancelledError` where the job is no longer wanted."""
        if self._job.unwanted:
            raise CancelledError("cancelled")
        self.note(done, total)

    def note(self, done: int, total: int) -> None:
        at = time.monotonic()
        # The first number is where this process came in: what was done before tells nothing of its pace.
        first, began = self._from = self._from or (done, at)
        left = (at - began) / (done - first) * (total - done) if done > first else None
        self._state = replace(self._state, done=done, total=total, seconds_left=left)
        if at - self._saved >= _SAVE_SECONDS:
            self._jobs.save(self._job, self._state)
            self._saved = at

    def end(self, status: Status, error: str | None = None, summary: dict[str, int] | None = None) -> None:
        done = self._state.total if status is Status.DONE else self._state.done
        results = {file.name: digest_of_file(file) for file in results_of(self._job) if file.exists()}
        ended = replace(self._state, status=status, done=done, seconds_left=None, ended_at=now(), results=results)
        self._jobs.save(self._job, replace(ended, error=error, summary=summary))


# what there is to do


def _answer(engine: Engine, job: Job, under_way: _UnderWay) -> dict[str, int]:
    """Answers a question file; gives how many rows came to what."""
    (questions,) = job.inputs()
    whole = answers_of(job, "jsonl")
    if not whole.exists():
        settings = dict(job.settings)
        settings["as_of"] = day(settings.get("as_of"))
        settings["filters"] = filters_of(settings.get("filters"))
        run_batch(engine, questions, whole, resume=True, on_progress=under_way.tell, **settings)
    answers = _Answers(whole)
    write_answers(answers_of(job, "csv"), answers, open_questions(questions).columns)
    return {name: answers.counts[status] for name, status in _COUNTED.items()}


_COUNTED = {"answered": "answered", "abstained": "abstained", "errors": "error"}


def results_of(job: Job) -> list[Path]:
    """Every file that may come of a job."""
    return [job.folder / RESULT, answers_of(job, "jsonl"), answers_of(job, "csv")]


def answers_of(job: Job, form: str) -> Path:
    """Where the answers lie, as csv or jsonl, once the job is done."""
    return job.folder / f"answers.{form}"


class _Answers:
    """The answers of a jsonl file, read anew at each iteration, and counted by status."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.counts: Counter[str] = Counter()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        self.counts.clear()
        with self._file.open(encoding="utf-8", newline="\n") as lines:
            for line in lines:
                answer = json.loads(line)
                self.counts[answer["status"]] += 1
                yield answer


def _take_in(engine: Engine, job: Job, under_way: _UnderWay) -> dict[str, int]:
    """Indexes what was sent; where it is cancelled, what was read so far is taken in. Gives the counts."""
    summary = index_articles(engine.library, engine.encoder, _articles(job, under_way))
    _keep(job.folder / RESULT, summary_json(summary))
    counts = {name: getattr(summary, name) for name in ("added", "changed", "unchanged")}
    return {**counts, "refused": summary.refusals}


def _articles(job: Job, under_way: _UnderWay) -> Iterator[Article | Refusal]:
    if job.settings.get("rows"):
        (body,) = job.inputs()
        rows = parse_json(body.read_bytes())["articles"]
        placed = ((item, len(rows), number) for number, item in enumerate(read_rows(rows), 1))
    else:
        files = _Files(job)
        placed = ((item, files.total, files.done) for item in read_uploads(files))
    for item, total, done in placed:
        if job.unwanted:
            return  # an end, not an error: what was read is committed and can be asked about
        yield item
        under_way.note(done, total)


class _Files:
    """The files of a job, each by its sender's name and open for reading in its turn; how many bytes have been read."""

    def __init__(self, job: Job) -> None:
        self._files = list(zip(job.files, job.inputs(), strict=True))
        self.total = sum(path.stat().st_size for _, path in self._files)
        self._before = 0
        self._stream: BinaryIO | None = None

    def __iter__(self) -> Iterator[tuple[str, BinaryIO]]:
        for name, path in self._files:
            with path.open("rb") as self._stream:
                yield name, self._stream
            self._before += path.stat().st_size

    @property
    def done(self) -> int:
        return self._before + (self._stream.tell() if self._stream and not self._stream.closed else 0)


def summary_json(summary: Summary) -> dict[str, Any]:
    """What came of articles that were sent, as JSON."""
    return {
        "added": summary.added,
        "changed": summary.changed,
        "unchanged": summary.unchanged,
        "twins": [{"id": one, "same_text_as": other} for one, other in summary.twins],
        "refused": [{"where": part.where, "reason": part.reason} for part in summary.refused],
    }


# how


def _patiently(work: Callable[[], dict[str, int]], job: Job) -> dict[str, int]:
    """Does the work once nobody else is writing to the library."""
    while True:
        try:
            return work()
        except LibraryBusy:
            if job.unwanted:
                raise CancelledError("cancelled") from None
            time.sleep(_POLL_SECONDS)


def _is_of_a_full_disk(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            return True
        error = error.__cause__
    return False


def _told_of(error: Exception, job: Job) -> str:
    """What its sender is told: of the library only that it cannot be used, of what nobody foresaw only that it was."""
    if not isinstance(error, PullquoteError):
        _LOG.error("job %s failed", job.id, exc_info=error)
        return _FAULT
    if isinstance(error, LibraryError):
        _LOG.error("%s", error)
        return _UNUSABLE
    return _named(str(error), job)


def _named(text: str, job: Job) -> str:
    """The error with each file called as its sender does."""
    for path, name in zip(job.inputs(), job.files, strict=True):
        text = text.replace(str(path), name)
    return text.replace(str(job.folder) + os.sep, "")


def _tidy(job: Job) -> None:
    """What was sent, and the journal, are no longer needed."""
    for path in (*job.inputs(), *job.folder.glob(journal_of(answers_of(job, "jsonl")).name + "*")):
        path.unlink(missing_ok=True)


def _keep(file: Path, value: dict[str, Any]) -> None:
    file.write_text(json.dumps(value), "utf-8")
