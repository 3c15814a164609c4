"""Putting a new truth in the place of a library's, whole or not at all, whoever is reading."""

from contextlib import closing
from pathlib import Path
from sqlite3 import Error

from index import acknowledged, dense, lexical, schema
from index.errors import LibraryBusy, LibraryError
from index.explain import is_locked
from index.files import SQLITE_ENDINGS, moved, named_too, sync
from index.library import settle

_JOURNAL = schema.FILE + "-journal"  # of a program, or a disk, for which SQLite kept no log
_LOGS = (*(schema.FILE + ending for ending in SQLITE_ENDINGS), acknowledged.KEPT_LOG)
_DENSE = f"{Path(dense.HEADER).stem}-*"
_PATIENCE = 10_000  # milliseconds that readers have to end their questions


def put_in_place(aside: Path, folder: Path, *, damaged: bool = False) -> None:
    """Makes the closed library in `aside` the one in `folder`, on the same disk; the caller holds the lock of `folder`.

    The truth goes in one rename; its views and note, where there are any, follow at once, and are made anew where a
    kill comes in between. Unless the old truth is `damaged`, its log is brought into it before, so that nothing is
    lost either way. Readers go over with their next question. Raises `LibraryBusy` where one keeps the log in use.
    """
    if not damaged:
        _settle(folder)
    sync(aside / schema.FILE)
    for log in _LOGS:  # a log that stayed would be taken for the new file's
        (folder / log).unlink(missing_ok=True)
    acknowledged.forget(folder)
    (aside / schema.FILE).replace(folder / schema.FILE)
    sync(folder)
    _move_views(aside, folder)


def _move_views(aside: Path, folder: Path) -> None:
    if (aside / lexical.FOLDER).exists():
        moved(aside / lexical.FOLDER, folder / lexical.FOLDER)
    for old in folder.glob(_DENSE):
        old.unlink()
    for file in aside.glob(_DENSE):
        file.replace(folder / file.name)
    for name in (dense.HEADER, acknowledged.FILE):
        if (aside / name).exists():
            (aside / name).replace(folder / name)


def log_in(folder: Path) -> Path:
    """The library's write-ahead log: the one that was kept when its end was lost, where there is one."""
    kept = folder / acknowledged.KEPT_LOG
    return kept if kept.exists() else schema.log_of(folder / schema.FILE)


def keep(folder: Path) -> Path:
    """Keeps the library's file, and its log, under another name beside it as well; returns that name."""
    if (before := _kept(folder)) is not None:
        return before
    file, number = folder / schema.FILE, 1
    while (kept := folder / f"{schema.FILE}.damaged-{number}").exists():
        number += 1
    log = log_in(folder)
    if log.exists() and log.stat().st_size:
        schema.log_of(kept).unlink(missing_ok=True)
        named_too(log, schema.log_of(kept))
    named_too(file, kept)
    sync(folder)
    return kept


def resume(folder: Path) -> None:
    """Gives a file that `keep` has kept its log back, where `put_in_place` was killed after it had taken it away."""
    kept = _kept(folder)
    if kept is None or not schema.log_of(kept).exists():
        return
    log = log_in(folder)
    if not log.exists() or not log.stat().st_size:
        log.unlink(missing_ok=True)
        named_too(schema.log_of(kept), log)


def _kept(folder: Path) -> Path | None:
    """The other name of the library's very file, None where it has none."""
    file = folder / schema.FILE
    for kept in folder.glob(f"{schema.FILE}.damaged-*"):
        if kept.samefile(file):
            return kept
    return None


def _settle(folder: Path) -> None:
    logs = schema.log_of(folder / schema.FILE), folder / _JOURNAL
    if not any(log.exists() and log.stat().st_size for log in logs):
        return
    try:
        with closing(schema.connect(folder, write=True)) as connection:
            settled = settle(connection, _PATIENCE)
    except (LibraryError, Error) as error:
        if is_locked(error):
            raise
        return  # it is damaged, and about to be replaced
    if not settled:
        raise LibraryBusy(f"the library at {folder} is being read without a pause: try again in a moment")
