"""The answers that a run has so far, by what was asked, in a SQLite file: a run that is killed loses none of them."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from index.errors import PullquoteError, UsageError
from index.files import SQLITE_ENDINGS

_FORMAT = 1


class Journal:
    """Answers by key. One run at a time writes to it: it is locked while it is open.

    Begun `anew`, it forgets what an earlier run left. Else it keeps it, but for the answers that were found in another
    state of the library than `library`. Raises `UsageError` where the file is no journal, and `PullquoteError` where
    another run has it.
    """

    def __init__(self, file: Path, library: str, anew: bool) -> None:
        self._file = file
        file.touch()  # its errors say more than SQLite's
        try:
            self._db = _opened(file, check=not anew)
        except sqlite3.DatabaseError as error:
            if _is_locked(error):
                raise PullquoteError(f"another run is writing {file}: wait until it has ended") from None
            if not anew:
                raise UsageError(f"{file} is no journal that can be read: run without --resume to start anew") from None
            _remove(file)
            self._db = _opened(file, check=False)
        with self._db:
            if anew:
                self._db.execute("DELETE FROM answers")
            self._db.execute("DELETE FROM answers WHERE library != ?", (library,))
        (self._before,) = self._db.execute("SELECT ifnull(max(number), 0) FROM answers").fetchone()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def get(self, key: bytes) -> dict[str, Any] | None:
        """The answer to what has this key."""
        row = self._db.execute("SELECT answer FROM answers WHERE key = ?", (key,)).fetchone()
        found: dict[str, Any] | None = json.loads(row[0]) if row else None
        return found

    def put(self, key: bytes, answer: dict[str, Any], library: str | None) -> None:
        """Keeps an answer, found in this state of the library; None where the library has no part in it."""
        with self._db:
            self._db.execute(
                "INSERT OR REPLACE INTO answers (key, library, answer) VALUES (?, ?, ?)",
                (key, library, json.dumps(answer)),
            )

    def was_there(self, key: bytes) -> bool:
        """Is the answer one of an earlier run?"""
        row = self._db.execute("SELECT number <= ? FROM answers WHERE key = ?", (self._before, key)).fetchone()
        return bool(row and row[0])

    def remove(self) -> None:
        """Closes the journal and deletes its file."""
        self._db.close()
        _remove(self._file)


def key_of(*deciding: Any) -> bytes:
    """A digest of all that an answer depends on: values that JSON can write, or whose `repr` tells them apart."""
    return hashlib.sha256(json.dumps(deciding, default=repr).encode()).digest()


@contextmanager
def explained(output: Path) -> Iterator[None]:
    """Turns a failing disk into one line about the output."""
    try:
        yield
    except OSError as error:
        raise _unwritable(output, error.strerror) from error
    except sqlite3.Error as error:
        raise _unwritable(output, str(error)) from error


def _unwritable(output: Path, reason: str | None) -> PullquoteError:
    return PullquoteError(f"{output} cannot be written: {reason}: mend that, then go on with --resume")


def _opened(file: Path, check: bool) -> sqlite3.Connection:
    """A connection that alone has the file; raises `sqlite3.DatabaseError` where it is none of ours, or damaged."""
    db = sqlite3.connect(file, timeout=0)
    try:
        # The lock is the operating system's: it goes with the process, however that ends.
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")  # outlives the process at once, and a power cut within moments
        (version,) = db.execute("PRAGMA user_version").fetchone()
        (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        sound = not check or db.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
        if version != (_FORMAT if tables else 0) or not sound:
            raise sqlite3.DatabaseError("of another format, or damaged")
        with db:
            db.execute(
                "CREATE TABLE IF NOT EXISTS answers (number INTEGER PRIMARY KEY AUTOINCREMENT, "
                "key BLOB NOT NULL UNIQUE, library TEXT, answer TEXT NOT NULL) STRICT"
            )
            db.execute(f"PRAGMA user_version = {_FORMAT}")
    except BaseException:
        db.close()
        raise
    return db


def _is_locked(error: sqlite3.DatabaseError) -> bool:
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY


def _remove(file: Path) -> None:
    for ending in ("", *SQLITE_ENDINGS):
        file.with_name(file.name + ending).unlink(missing_ok=True)
