"""What SQLite and the file system say of a library, in one line that names the mend."""

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index import schema
from index.errors import LibraryDamaged, LibraryError

REPAIR = "run `pullquote doctor --repair` on it, or `pullquote restore` a backup"
_FREE = "free some space on its disk and run the command again"
_MEMORY = "end other programs and run the command again"
_FULL = {"SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"}  # the latter: no room for the log's index
_NO_ROOM = 1 << 20  # bytes free, below which a failed write is put down to a full disk


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """`schema.explained`, and more: a full disk whatever it fails, a text that is no UTF-8, and how to repair."""
    try:
        with schema.explained(folder):
            yield
    except LibraryError as error:
        cause = error.__cause__
        if isinstance(cause, sqlite3.Error):
            raise _of_sqlite(folder, cause) or error from cause
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
            raise LibraryError(f"the disk of the library at {folder} is full: {_FREE}") from cause
        raise


def is_locked(error: LibraryError | sqlite3.Error) -> bool:
    """Is it that another program keeps the file locked, which is no damage?"""
    name = getattr(error.__cause__ or error, "sqlite_errorname", "") or ""
    return name.startswith("SQLITE_BUSY")


def _of_sqlite(folder: Path, error: sqlite3.Error) -> LibraryError | None:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name in _FULL or (name.startswith("SQLITE_IOERR") and _is_full(folder)):
        return LibraryError(f"the library at {folder} cannot be used: its disk is full: {_FREE}")
    if name == "SQLITE_IOERR_SHMMAP":
        return LibraryError(f"the library at {folder} cannot be used: there is not enough memory: {_MEMORY}")
    if str(error).startswith("Could not decode"):
        return LibraryDamaged(f"{folder / schema.FILE} is damaged (a text in it is not UTF-8): {REPAIR}")
    if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
        return LibraryDamaged(f"{folder / schema.FILE} is damaged ({error}): {REPAIR}")
    return None


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _NO_ROOM
    except OSError:
        return False
