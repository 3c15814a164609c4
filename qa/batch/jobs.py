"""Work that outlasts its request, kept in a folder of the library: what is to be done, how far it is, what came of it.

A job is a folder: `job.json` and the files it is about never change, `state.json` is replaced as the work goes on, and
`cancel` appears where nobody wants it any more. So every process that serves the library sees the same jobs, and a
killed one loses none. Both files carry their own digest, the first those of what was sent and the second those of what
came of it: what the disk has altered is neither done nor given out.
"""

import re
import secrets
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from index.digests import digest_of_file
from index.errors import ServerBusy
from index.files import read_sealed, sync, write_sealed

FOLDER = "jobs"
MOST_OPEN = 50  # jobs that wait or run
MOST_ENDED, KEPT_DAYS = 200, 7  # of those that have ended; older ones go
_BUSY_SECONDS = 30
_JOB, _STATE, _INPUT = "job.json", "state.json", "input-"  # what a job's folder holds, besides what came of it
_LOST = "what was noted of it is damaged: send it again"
_ID = re.compile(r"[0-9a-f]{32}")
_COPIED = 1024**2  # bytes at a time


class Kind(StrEnum):
    """What a job does."""

    BATCH = "batch"  # answers a question file
    ARTICLES = "articles"  # takes articles in


class Status(StrEnum):
    """How a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def open(self) -> bool:
        return self in (Status.WAITING, Status.RUNNING)


@dataclass(frozen=True, slots=True)
class State:
    """How far a job is: `done` of `total` questions, or bytes of articles. Times are ISO 8601 in UTC."""

    status: Status = Status.WAITING
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    began_at: str | None = None
    ended_at: str | None = None
    error: str | None = None
    summary: Mapping[str, int] | None = None
    results: Mapping[str, str] = field(default_factory=dict)  # SHA-256 by the name of the file


@dataclass(frozen=True, slots=True)
class Job:
    """A job and its state. `files` are the names that its sender gave; the n-th lies at `inputs()[n]`, and had the
    SHA-256 `digests[n]`.

    `owner` is the id of the key with which it was sent, None where none was needed.
    """

    id: str
    kind: Kind
    name: str
    created_at: str
    owner: str | None
    settings: Mapping[str, Any]
    files: tuple[str, ...]
    digests: tuple[str, ...]
    folder: Path
    state: State = field(default=State())

    def inputs(self) -> list[Path]:
        """Where the files lie that it is about."""
        return [self.folder / stored_name(number, name) for number, name in enumerate(self.files)]

    def altered(self) -> list[str]:
        """Which files are not what they were, or gone: of what was sent while it is needed, then of the results."""
        if self.state.status.open:
            sent = zip(self.inputs(), self.digests, strict=True)
            return [name for name, (path, was) in zip(self.files, sent, strict=True) if _digest(path) != was]
        return list(filter(self.is_altered, self.state.results))

    def is_altered(self, result: str) -> bool:
        """Is the file of this name no longer what came of the job?"""
        was = self.state.results.get(result)
        return was is not None and _digest(self.folder / result) != was

    @property
    def unwanted(self) -> bool:
        """Has it been cancelled?"""
        return (self.folder / "cancel").exists()


class Jobs:
    """The jobs of the library in `library`; safe between threads and processes."""

    def __init__(self, library: Path) -> None:
        self.folder = library / FOLDER

    def add(
        self,
        kind: Kind,
        name: str,
        files: Iterable[tuple[str, IO[bytes]]],
        settings: Mapping[str, Any],
        owner: str | None = None,
        job_id: str | None = None,
    ) -> Job:
        """Keeps a new job durably; one that has this `job_id` already is given as it is.

        Raises `ServerBusy` where too many wait.
        """
        if job_id is not None and (there := self.get(job_id)) is not None:
            return there
        self._sweep()
        if sum(job.state.status.open for job in self.listed()) >= MOST_OPEN:
            raise ServerBusy(f"{MOST_OPEN} jobs are waiting already", _BUSY_SECONDS)
        job_id = job_id or secrets.token_hex(16)
        job = Job(job_id, kind, name, now(), owner, dict(settings), (), (), self.folder / job_id)
        aside = self.folder / f".{job_id}-{secrets.token_hex(4)}"
        try:
            job = _laid_out(aside, job, files)
            aside.rename(job.folder)
            sync(self.folder)
        except BaseException:  # a full disk, above all: what half a job takes of it is given back
            shutil.rmtree(aside, ignore_errors=True)
            raise
        return job

    def get(self, job_id: str) -> Job | None:
        """The job of this id; None where there is none (any more), or none that can be read."""
        if not _ID.fullmatch(job_id):
            return None
        folder = self.folder / job_id
        given = _read(folder / _JOB)
        if given is None or given.get("id") != job_id:
            return None
        try:
            lists = {name: tuple(given[name]) for name in ("files", "digests")}
            job = Job(**{**given, **lists, "kind": Kind(given["kind"])}, folder=folder, state=_state(folder))
        except (TypeError, ValueError, KeyError):  # of a newer version, say: it keeps no other job from being done
            return None
        if job.state.status.open and job.unwanted:
            return replace(job, state=replace(job.state, status=Status.CANCELLED, seconds_left=None))
        return job

    def listed(self, owner: str | None = None) -> list[Job]:
        """All jobs, of this owner where one is given, the newest first."""
        found = (self.get(folder.name) for folder in self._folders())
        jobs = [job for job in found if job is not None and owner in (None, job.owner)]
        return sorted(jobs, key=lambda job: (job.created_at, job.id), reverse=True)

    def problems(self) -> list[str]:
        """A line for each job of which something is damaged."""
        # Looked at twice: a server may be at work on it, and what is so for a moment only is no damage.
        said = {folder: self._problem(folder) for folder in self._folders()}
        return [line for folder, line in said.items() if line and folder.exists() and line == self._problem(folder)]

    def _problem(self, folder: Path) -> str | None:
        job, place = self.get(folder.name), f"{FOLDER}/{folder.name}"
        if job is None or job.state.error == _LOST:
            return f"{place} is damaged: remove it, and send the job again"
        altered = ", ".join(job.altered())
        return f"{place} holds damaged files ({altered}): remove it, and send the job again" if altered else None

    def next(self) -> Job | None:
        """The job that has waited longest, one that was begun, or cancelled, and not ended among them."""
        return next((job for job in reversed(self.listed()) if _state(job.folder).status.open), None)

    def save(self, job: Job, state: State) -> None:
        """Keeps how far the job is; durably once it has ended."""
        write_sealed(job.folder / _STATE, asdict(state), durable=not state.status.open)

    def cancel(self, job: Job) -> None:
        """Ends a job that waits or runs, within moments; of one that has ended, takes away what is left."""
        if _state(job.folder).status.open:
            (job.folder / "cancel").touch()
        else:
            self.remove(job)

    def remove(self, job: Job) -> None:
        shutil.rmtree(job.folder, ignore_errors=True)

    def _sweep(self) -> None:
        """Takes away what has ended long ago or is too much, and what a kill left half made."""
        limit = datetime.now(UTC) - timedelta(days=KEPT_DAYS)
        ended = [job for job in self.listed() if not _state(job.folder).status.open]
        for place, job in enumerate(ended):
            if place >= MOST_ENDED or datetime.fromisoformat(job.state.ended_at or job.created_at) < limit:
                self.remove(job)
        unreadable = (folder for folder in self._folders() if self.get(folder.name) is None)
        for left in [*self.folder.glob(".*-*"), *unreadable]:
            if left.stat().st_mtime < limit.timestamp():
                shutil.rmtree(left, ignore_errors=True)

    def _folders(self) -> list[Path]:
        """The folders of jobs, readable or not, by name."""
        return sorted(folder for folder in self.folder.glob("*") if _ID.fullmatch(folder.name) and folder.is_dir())


def _laid_out(folder: Path, job: Job, files: Iterable[tuple[str, IO[bytes]]]) -> Job:
    """The job with its files, written durably into the new `folder`."""
    folder.mkdir(parents=True)
    names, digests = [], []
    for number, (name, stream) in enumerate(files):
        file = folder / stored_name(number, name)
        with file.open("wb") as out:
            shutil.copyfileobj(stream, out, _COPIED)
        sync(file)
        names.append(name)
        digests.append(digest_of_file(file))
    job = replace(job, files=tuple(names), digests=tuple(digests))
    write_sealed(folder / _JOB, {k: v for k, v in asdict(job).items() if k not in ("folder", "state")})
    return job


def now() -> str:
    return datetime.now(UTC).isoformat()


def stored_name(number: int, name: str) -> str:
    """A name on disk for what its sender calls `name`: only its extension is kept."""
    suffixes = "".join(re.findall(r"\.[a-z0-9]{1,8}", Path(name.lower()).name)[-2:])
    return f"{_INPUT}{number}{suffixes}"


def _state(folder: Path) -> State:
    """How the job stands; where that cannot be told, it is done again so long as what was sent is there."""
    given = _read(folder / _STATE)
    with suppress(TypeError, ValueError, KeyError):  # a newer version's has other fields
        if given is not None:
            return State(**{**given, "status": Status(given["status"])})
    return State() if any(folder.glob(f"{_INPUT}*")) else State(Status.FAILED, error=_LOST)


def _read(file: Path) -> dict[str, Any] | None:
    try:
        return read_sealed(file)
    except ValueError:  # a power cut may leave a file empty
        return None


def _digest(file: Path) -> str | None:
    try:
        return digest_of_file(file)
    except FileNotFoundError:
        return None
