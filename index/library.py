"""A library on disk: SQLite the truth, the FAISS and Tantivy indexes views of it that catch up by themselves."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection

from filelock import FileLock, Timeout

from index import schema
from index.check import manifest_problems, problems_of
from index.commit import Writer
from index.encode import Encoder
from index.errors import LibraryBusy, LibraryDamaged, LibraryError
from index.manifest import check_encoder, new_manifest, number, read_manifest
from index.truth import Truth
from index.views import Snapshot, Views

LOCK = "write.lock"
_ATTEMPTS = 5  # a writer may publish between two looks; five times in a row it does not


class Library:
    """An open library. Any number of threads and processes may read it; one at a time may write.

    With an `encoder`, its model must be the library's (`LibraryMismatch`). A view that is behind the truth, missing
    or damaged is mended on opening, unless another process is writing: that one will do it. Raises
    `LibraryMissing`, `LibraryDamaged` and other `LibraryError`s.
    """

    def __init__(self, folder: Path, encoder: Encoder | None = None) -> None:
        self.folder = folder
        self._threads = threading.local()
        self._refreshing = threading.Lock()
        self.manifest = read_manifest(self._connection())
        if wrong := manifest_problems(self.manifest):
            raise LibraryDamaged(f"the library at {folder} is damaged: {wrong[0]}")
        if encoder is not None:
            check_encoder(folder, self.manifest, encoder)
        self._views = Views(folder, self.manifest)
        self._snapshot = self._opened()

    @classmethod
    def create(cls, folder: Path, encoder: Encoder) -> "Library":
        """Opens the library, making an empty one first where there is none."""
        if not cls.exists(folder):
            with _locked(folder):
                if not cls.exists(folder):
                    schema.create(folder, new_manifest(encoder))
        return cls(folder, encoder)

    @staticmethod
    def exists(folder: Path) -> bool:
        """Is there a library in `folder`, sound or not?"""
        return (folder / schema.FILE).exists()

    @contextmanager
    def reading(self) -> Iterator[tuple[Snapshot, Truth]]:
        """A consistent state to answer from: the newest that is published, which no writer disturbs."""
        connection = self._connection()
        with schema.explained(self.folder):
            snapshot = self._begin(connection)
            try:
                yield snapshot, Truth(connection, snapshot.generation)
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """The right to write while the block lasts (`LibraryBusy` where another has it); then the views catch up.

        Where the block raises, what it committed stays, and the views catch up at the next opening.
        """
        with _locked(self.folder), schema.explained(self.folder):
            connection = schema.connect(self.folder, write=True)
            try:
                writer = Writer(connection)
                yield writer
                self.publish(writer)
            finally:
                connection.close()

    def check(self) -> list[str]:
        """What is wrong with the truth, a line each, after reading all of it; empty where it is sound."""
        return problems_of(self._connection(), int(self.manifest["dimension"]))

    def publish(self, writer: Writer) -> None:
        """Brings both views to the newest generation and lets readers see it."""
        self._views.catch_up(writer)
        writer.publish()

    def _connection(self) -> Connection:
        """This thread's own connection."""
        if not hasattr(self._threads, "connection"):
            self._threads.connection = schema.connect(self.folder)
        connection: Connection = self._threads.connection
        return connection

    def _begin(self, connection: Connection) -> Snapshot:
        """Begins a read transaction in which the truth still holds all that the snapshot's views point to."""
        for _ in range(_ATTEMPTS):
            connection.execute("BEGIN")
            snapshot = self._snapshot
            if number(connection, "published") <= snapshot.generation:
                return snapshot
            connection.execute("ROLLBACK")
            self._refresh()
        raise LibraryBusy(f"the library at {self.folder} changes faster than it can be read: try again")

    def _refresh(self) -> None:
        with self._refreshing:
            self._snapshot = self._look() or self._mended(None)

    def _look(self) -> Snapshot | None:
        held = getattr(self, "_snapshot", None)
        for _ in range(_ATTEMPTS):
            snapshot = self._views.look(self._connection(), held)
            if snapshot is not None:
                return snapshot
        return None

    def _opened(self) -> Snapshot:
        with schema.explained(self.folder):
            newest = Writer(self._connection()).generation
            snapshot = self._look()
            if snapshot is None or snapshot.generation != newest or snapshot.dense.wants_folding():
                snapshot = self._mended(snapshot)
            return snapshot

    def _mended(self, snapshot: Snapshot | None) -> Snapshot:
        """Brings the views up to date where we may write; else the older state will do, if there is one."""
        try:
            with self.writing():
                pass
        except LibraryDamaged:
            raise
        except (LibraryError, OSError):
            if snapshot is None:
                raise
            return snapshot
        mended = self._look()
        if mended is None:
            raise LibraryDamaged(f"the indexes in {self.folder} cannot be rebuilt: run `pullquote doctor` on it")
        return mended


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with schema.explained(folder):
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
