"""Putting a new truth in the place of a library's, whole or not at all, whoever is reading."""

import os
from contextlib import closing, suppress
from pathlib import Path
from sqlite3 import Error

from index import acknowledged, schema
from index.errors import LibraryBusy, LibraryError
from index.library import settle

_LOGS = ("-wal", "-shm")


def put_in_place(new: Path, folder: Path) -> None:
    """Renames the closed SQLite file `new` to the library's in `folder`; the caller holds the library's lock.

    What the old one's log holds is brought into it before, or lost with it where it is damaged. Readers go over to
    the new one with their next question. Raises `LibraryBusy` where a reader keeps the log in use.
    """
    _settle(folder)
    sync(new)
    for suffix in _LOGS:  # a log that stayed would be taken for the new file's
        (folder / (schema.FILE + suffix)).unlink(missing_ok=True)
    acknowledged.forget(folder)
    new.replace(folder / schema.FILE)
    sync(folder)


def keep(folder: Path) -> Path:
    """Keeps the library's file, and its log, under another name beside it as well; returns that name."""
    file = folder / schema.FILE
    for kept in sorted(folder.glob(f"{schema.FILE}.damaged-*[0-9]")):
        if kept.exists() and file.exists() and kept.samefile(file):  # a repair that was killed had come so far
            return kept
    number = 1
    while (kept := folder / f"{schema.FILE}.damaged-{number}").exists():
        number += 1
    log = file.with_name(file.name + "-wal")
    if log.exists() and log.stat().st_size:
        os.link(log, kept.with_name(kept.name + "-wal"))
    os.link(file, kept)
    sync(folder)
    return kept


def sync(path: Path) -> None:
    """Waits until a file's content, or a folder's list of names, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _settle(folder: Path) -> None:
    log = folder / (schema.FILE + "-wal")
    if not log.exists() or not log.stat().st_size:
        return
    with suppress(LibraryError, Error), closing(schema.connect(folder, write=True)) as connection:
        if not settle(connection) and log.exists() and log.stat().st_size:
            raise _InUse
        return


class _InUse(LibraryBusy):
    pass
