"""A library on disk: SQLite the truth, the FAISS and Tantivy indexes views of it that catch up by themselves."""

import shutil
import time
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from sqlite3 import Connection, Error, OperationalError
from threading import Lock, local

from filelock import FileLock, Timeout

from index import acknowledged, schema
from index.article import storable
from index.check import history_problem, manifest_problems, problems_of
from index.commit import Writer
from index.connections import Connections
from index.encode import Encoder
from index.errors import LibraryBusy, LibraryDamaged, LibraryError, UsageError
from index.explain import explained
from index.files import SQLITE_ENDINGS
from index.manifest import check_encoder, library_id, new_manifest, number, read_manifest
from index.truth import Truth
from index.views import Snapshot, Views

LOCK = "write.lock"
_LEFT = (".restore", ".repair")  # what a restore or a repair that was killed leaves behind
PATIENCE_SECONDS = 2.0  # that a reader without any state to read gives a writer
_PAUSE_SECONDS = 0.02
_ATTEMPTS = 5  # a writer may publish between two looks; five times in a row it does not


@dataclass(frozen=True)
class _State:
    """The library that was found in the folder, and its newest published state; None where that must be looked for."""

    manifest: dict[str, str]
    views: Views
    snapshot: Snapshot | None = None


class Library:
    """An open library. Any number of threads and processes may read it; one at a time may write.

    With an `encoder`, its model must be the library's (`LibraryMismatch`). A view that is behind the truth, missing
    or damaged is mended on opening, unless another process is writing: that one will do it. Where another library is
    put in the folder (by `restore` or a repair), the next question is answered from that one. Raises
    `LibraryMissing`, `LibraryDamaged` and other `LibraryError`s.
    """

    def __init__(self, folder: Path, encoder: Encoder | None = None) -> None:
        with explained(folder):
            self.folder = folder.absolute()  # whoever has opened it may go to another working directory
        self._encoder = encoder
        self._connections = Connections(self.folder)
        weakref.finalize(self, Connections.close, self._connections)
        self._refreshing, self._seen = Lock(), local()
        self._state = self._opened()

    @property
    def manifest(self) -> dict[str, str]:
        return self._state.manifest

    @classmethod
    def create(cls, folder: Path, encoder: Encoder) -> "Library":
        """Opens the library, making an empty one first where there is none."""
        if not cls.exists(folder):
            with locked(folder):
                if not cls.exists(folder):
                    _clear(folder)
                    schema.create(folder, new_manifest(encoder))
        return cls(folder, encoder)

    @staticmethod
    def exists(folder: Path) -> bool:
        """Is there a library in `folder`, sound or not? Raises `LibraryError` where that may not be looked at."""
        with explained(folder):
            return (folder / schema.FILE).exists()

    @contextmanager
    def reading(self) -> Iterator[tuple[Snapshot, Truth]]:
        """A consistent state to answer from: the newest that is published, which no writer disturbs."""
        with explained(self.folder):
            snapshot, connection = self._begin()
            try:
                yield snapshot, Truth(connection, snapshot.generation)
            except Error:
                self._connections.drop()
                raise
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """The right to write while the block lasts (`LibraryBusy` where another has it); then the views catch up.

        Where the block raises, what it committed stays, and the views catch up at the next opening.
        """
        with locked(self.folder), explained(self.folder):
            _tidy(self.folder)
            connection = schema.connect(self.folder, write=True)
            try:
                same = library_id(connection) == self.manifest["library"]
                found = self._state if same else self._found(connection)
                # What is taken out is gone from the file too, and no repair finds it there again.
                connection.execute("PRAGMA secure_delete=ON")
                noted, newest = acknowledged.read(self.folder), Writer(connection).generation
                if problem := acknowledged.lost(self.folder, noted, found.manifest, newest):
                    raise LibraryDamaged(problem)
                if not same:
                    self._state = found
                with acknowledged.Notebook(self.folder, self.manifest["library"]) as notebook:
                    writer = Writer(connection, notebook.note)
                    notebook.note(writer.generation)
                    yield writer
                    self.publish(writer)
            finally:
                with closing(connection), suppress(Error):  # what went wrong before it is what is told
                    settle(connection)

    def check(self) -> list[str]:
        """What is wrong with the truth, a line each, after reading all of it; empty where it is sound."""
        return problems_of(self._connections.get(), int(self.manifest["dimension"]))

    def publish(self, writer: Writer) -> None:
        """Brings both views to the newest generation and lets readers see it."""
        self._state.views.catch_up(writer)
        writer.publish()

    def mend_views(self) -> None:
        """Makes both views anew of the truth, and seals them; what was in force goes on until they are ready."""
        with self.writing() as writer:
            self._state.views.forget()
            self.publish(writer)
            self._state = replace(self._state, snapshot=None)

    def close(self) -> None:
        """Closes every connection; the library may still be used, and opens them anew."""
        self._connections.close()

    def _found(self, connection: Connection) -> _State:
        """The library in the folder, not yet looked at."""
        manifest = read_manifest(connection)
        if wrong := manifest_problems(manifest):
            raise LibraryDamaged(f"the library at {self.folder} is damaged: {wrong[0]}")
        if self._encoder is not None:
            check_encoder(self.folder, manifest, self._encoder)
        return _State(manifest, Views(self.folder, manifest))

    def _opened(self) -> _State:
        """The library in the folder at its newest state, with its views mended where they must be."""
        with explained(self.folder):
            noted = acknowledged.read(self.folder)  # before the truth is looked at, which may be moving on
            connection = self._connections.get()
            found = self._found(connection)
            published = number(connection, "published")
            newest = Writer(connection).generation
            lost = acknowledged.lost(self.folder, noted, found.manifest, newest)
            if problem := lost or history_problem(newest, published):
                raise LibraryDamaged(problem)
            self._state = found  # not before: who was refused once would be answered the next time
            snapshot = self._look(found, strict=True)
            if snapshot is None or snapshot.generation != newest or snapshot.dense.wants_folding():
                snapshot = self._mended(found, snapshot)
            return replace(self._state, snapshot=snapshot)

    def _begin(self) -> tuple[Snapshot, Connection]:
        """Begins a read transaction in which the truth still holds all that the snapshot's views point to."""
        for _ in range(_ATTEMPTS):
            state, connection = self._state, self._connections.get()
            connection.execute("BEGIN")
            try:
                same = library_id(connection) == state.manifest["library"] and self._is_of(state.snapshot, connection)
                if same and state.snapshot and number(connection, "published") <= state.snapshot.generation:
                    return state.snapshot, connection
                connection.execute("ROLLBACK")
            except Error:
                self._connections.drop()
                raise
            self._move_on(state, same)
        raise LibraryBusy(f"the library at {self.folder} changes faster than it can be read: try again")

    def _is_of(self, snapshot: Snapshot | None, connection: Connection) -> bool:
        """Were the views that are held made of what the truth says? A copy of the library may lie in its place.

        One connection has one file, whose history only grows: what was read of it is not read again.
        """
        if snapshot is None or snapshot.history_sha256 is None:  # which older versions did not note
            return True
        read, before = getattr(self._seen, "history", (None, None))
        history = Truth(connection, snapshot.generation).history(before if read is connection else None)
        if history.sha256 != snapshot.history_sha256:
            return False  # and is not gone on from: the file may not have come so far yet
        self._seen.history = connection, history
        return True

    def _move_on(self, state: _State, same: bool) -> None:
        """Finds the newest state, unless another thread has done so meanwhile."""
        with self._refreshing:
            if self._state is not state:
                return
            if same:
                snapshot = self._look(state) or self._mended(state, None)
                self._state = replace(self._state, snapshot=snapshot)
            else:
                self._state = self._opened()

    def _look(self, state: _State, strict: bool = False) -> Snapshot | None:
        for _ in range(_ATTEMPTS):
            snapshot = state.views.look(self._connections.get(), state.snapshot, strict)
            if snapshot is not None:
                return snapshot
        return None

    def _mended(self, state: _State, snapshot: Snapshot | None) -> Snapshot:
        """Brings the views up to date where we may write; else the older state will do, if there is one.

        Where there is none, whoever is writing is given a while to make one.
        """
        patience = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with self.writing():
                    break
            except LibraryDamaged:
                raise
            except LibraryBusy:
                snapshot = snapshot or self._look(state)
                if snapshot is None and time.monotonic() < patience:
                    time.sleep(_PAUSE_SECONDS)
                    continue
                if snapshot is None:
                    raise
                return snapshot
            except (LibraryError, OSError):
                snapshot = snapshot or self._look(state)
                if snapshot is None:
                    raise
                return snapshot
        mended = self._look(self._state)  # another library may have been put in the folder
        if mended is None:
            raise LibraryDamaged(f"the indexes in {self.folder} cannot be rebuilt: run `pullquote doctor` on it")
        return mended


def settle(connection: Connection, wait: int = 200) -> bool:
    """Brings the write-ahead log into the truth itself and empties it; False where a reader or the disk forbids it.

    It waits `wait` milliseconds for readers that use the log.
    """
    with suppress(OperationalError):  # a full disk: the log keeps what it has
        connection.execute(f"PRAGMA busy_timeout={wait:d}")
        return bool(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)
    return False


def _tidy(folder: Path) -> None:
    """Takes away what was killed half-made; nobody else is making anything."""
    for name in _LEFT:
        shutil.rmtree(folder / name, ignore_errors=True)
    for half in folder.glob("dense*.new"):
        half.unlink()


def _clear(folder: Path) -> None:
    """Takes away what a lost truth has left: its log would be taken for the new one's."""
    acknowledged.forget(folder)
    for suffix in (*SQLITE_ENDINGS, ".new-journal"):
        (folder / (schema.FILE + suffix)).unlink(missing_ok=True)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """The right to write in `folder`, which is made where it is not there; raises `LibraryBusy`.

    Raises `UsageError` where its path is no text: Tantivy cannot write there.
    """
    with explained(folder):
        if (named := storable(str(folder.absolute()))) != str(folder.absolute()):
            raise UsageError(f"the path {named} is not UTF-8, where no library can be: choose another folder")
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK, timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise LibraryBusy(
                f"another process is writing to the library at {folder}: wait until it has finished"
            ) from error
        try:
            yield
        finally:
            lock.release()
