"""A library's connections for reading: one a thread, each to the very file that lies in the folder now."""

import os
import sqlite3
import threading
from contextlib import ExitStack, closing
from pathlib import Path

from index import schema
from index.errors import LibraryError
from index.explain import explained


class Connections:
    """One connection a thread. They are read-only, so that closing one late touches nothing on disk.

    SQLite removes the write-ahead log when it closes the last connection that could write, by its path: where
    another library lies in the folder by then (a volume mounted anew, a folder swapped), it is that one's log.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._threads = threading.local()
        self._all: dict[sqlite3.Connection, threading.Thread] = {}
        self._lock = threading.Lock()

    def get(self) -> sqlite3.Connection:
        """This thread's connection, opened where there is none, and anew where another file lies in the folder."""
        now = _identity(self._folder)  # before it is opened: a file put in its place meanwhile is another one then
        held: tuple[sqlite3.Connection, object] | None = getattr(self._threads, "held", None)
        if held is not None and held[1] == now:
            return held[0]
        self.drop()
        connection = _open(self._folder)
        self._threads.held = (connection, now)
        with self._lock:
            self._all[connection] = threading.current_thread()
            ended = [one for one, thread in self._all.items() if not thread.is_alive()]
        for one in ended:
            self._close(one)
        return connection

    def drop(self) -> None:
        """Closes this thread's connection: what went wrong with it is not taken to the next question."""
        held = getattr(self._threads, "held", None)
        if held is not None:
            del self._threads.held
            self._close(held[0])

    def close(self) -> None:
        """Closes every thread's; then lets SQLite tidy away its log, which only a connection that may write does."""
        with self._lock:
            connections = list(self._all)
        for connection in connections:
            self._close(connection)
        self._threads = threading.local()
        try:
            with closing(schema.connect(self._folder)) as last:
                last.execute("SELECT count(*) FROM manifest").fetchone()
        except (LibraryError, sqlite3.Error, OSError):
            return  # the folder has gone, or is damaged: there is nothing to tidy

    def _close(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            self._all.pop(connection, None)
        connection.close()


def _identity(folder: Path) -> object:
    """What tells the file in the folder from another; from itself as it was, where we may only read.

    There SQLite may take a library that nobody has open for one that never changes, and not look again.
    """
    file = folder / schema.FILE
    try:
        stat = file.stat()
    except OSError:
        return None
    if schema.is_writable(file):
        return stat.st_dev, stat.st_ino
    return stat.st_dev, stat.st_ino, stat.st_mtime_ns, stat.st_size, schema.log_of(file).exists()


def _open(folder: Path) -> sqlite3.Connection:
    """Opened for writing first, where that may be: only so can SQLite recover the log of a writer that was killed."""
    with explained(folder), ExitStack() as left:
        first = left.enter_context(closing(schema.connect(folder)))
        reader = sqlite3.connect(
            f"{(folder / schema.FILE).resolve().as_uri()}?mode=ro",
            uri=True, isolation_level=None, check_same_thread=False, timeout=30,
        )  # fmt: skip
        try:
            reader.execute("SELECT count(*) FROM manifest").fetchone()
        except sqlite3.Error as error:
            reader.close()
            # A folder that may not be written to: then the first one is read-only already.
            if os.access(folder, os.W_OK) or not isinstance(error, sqlite3.OperationalError):
                raise
            left.pop_all()
            return first
        return reader
