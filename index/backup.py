"""Backing a library up into one file, and putting it back.

A backup is the truth, copied by SQLite's own means while others go on writing, checked in full, with a last line that
says what it is and has the digest of all before it. The views are not in it: they are made of the truth. SQLite's
tools read it as it is.
"""

import datetime as dt
import errno
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from index import acknowledged, schema
from index.check import manifest_problems, problems_of
from index.commit import Writer
from index.digests import digest_of_file, digest_of_json
from index.errors import LibraryDamaged, LibraryError, UsageError
from index.explain import explained
from index.files import SQLITE_ENDINGS, made_anew, sync
from index.library import Library, locked
from index.manifest import read_manifest, renew
from index.swap import put_in_place

_LINE = 512  # bytes of the last line, newlines and spaces included
_MARK = "pullquote backup"
_STEP_PAGES = 1024
_BLOCK = 1 << 20
_ASIDE = ".restore"
_OUT_OF_ROOM = ("SQLITE_FULL", "SQLITE_IOERR_WRITE")
_TARGET_FAILS = (*_OUT_OF_ROOM, "SQLITE_CANTOPEN", "SQLITE_READONLY")
_FULL = "free some space on its disk, or give another place"
_LOCKED = "give another place, or change its permissions"

Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds: `size` bytes of SQLite file with that digest, at that generation, made at that time."""

    generation: int
    articles: int
    articles_sha256: str
    size: int
    sha256: str
    made_at: str


def back_up(folder: Path, target: Path, told: Told | None = None) -> tuple[Path, Backup]:
    """Writes a backup of the library in `folder` to `target`, a file, or a folder in which it is named by its content.

    The file is there whole or not at all. An older backup of that name is replaced; any other file is not
    (`UsageError`). `told` hears how many of how many pages are copied. Raises `LibraryDamaged` where the library is.
    """
    _check_target(target)
    home = target if target.is_dir() else target.parent
    aside = home / f".{target.name}.{os.getpid()}.new"
    try:
        with explained(folder), _written_to(target):
            _tidy(home, target.name)
            backup = _copied(folder, aside, told)
            with aside.open("ab") as out:
                out.write(_last_line(backup))
            file = target
            if target.is_dir():
                file = target / f"library-{backup.generation}-{backup.articles_sha256[:12]}.backup"
                _check_target(file)
            sync(aside)
            aside.replace(file)
            sync(home)
    finally:
        for left in (aside, *(aside.with_name(aside.name + suffix) for suffix in SQLITE_ENDINGS)):
            with suppress(OSError):  # on a disk that cannot be written to there is none, and that is said above
                left.unlink(missing_ok=True)
    return file, backup


def restore(file: Path, folder: Path, replace: bool = False, told: Told | None = None) -> Backup:
    """Makes the library in `folder` what the backup `file` holds, whole or not at all, once its digest is checked.

    Where a library is there already, only with `replace`; whoever has it open goes over with the next question.
    Raises `UsageError` where `file` is no backup, `LibraryDamaged` where it is a damaged one, and `LibraryBusy`.
    """
    backup = inspect(file)
    _check_free(folder, replace)
    with locked(folder), explained(folder):
        _check_free(folder, replace)
        aside = folder / _ASIDE
        made_anew(aside)
        try:
            _unpack(file, backup, aside / schema.FILE, told)
            _made_new(file, aside)
            Library(aside).close()  # which makes its views: then nobody has to wait for them
            put_in_place(aside, folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return backup


def inspect(file: Path) -> Backup:
    """What the last line of a backup says of it; its digest is not checked. Raises `UsageError` where it is none."""
    try:
        if file.exists() and not file.is_file() and not file.is_dir():  # opening a pipe would wait for ever
            raise ValueError
        with file.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - _LINE))
            said = json.loads(stream.read(_LINE))
        if said.pop("is") != _MARK or said.pop("line_sha256") != digest_of_json(said):
            raise ValueError
        backup = Backup(**said)
        if not all(isinstance(getattr(backup, name), int) for name in ("generation", "articles", "size")):
            raise ValueError
    except FileNotFoundError:
        raise UsageError(f"no such file: {file}") from None
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(
            f"{file} is not a whole backup of a library: give a file that `pullquote backup` made"
        ) from None
    if backup.size + _LINE != size:
        raise LibraryDamaged(f"{file} is damaged: it has {size} bytes, not {backup.size + _LINE}: use another backup")
    return backup


def _copied(folder: Path, aside: Path, told: Told | None) -> Backup:
    noted = acknowledged.read(folder)  # before the truth is looked at, which may be moving on
    with explained(folder):  # what keeps a library from being read is no fault of the backup's place
        opened = schema.connect(folder)
    with closing(opened) as source:
        source.execute("BEGIN")  # from the first look on, one state whoever writes
        if problem := acknowledged.lost(folder, noted, read_manifest(source), Writer(source).generation):
            raise LibraryDamaged(problem)
        with closing(sqlite3.connect(aside, isolation_level=None)) as copy:
            copy.execute("PRAGMA synchronous=OFF")
            source.backup(copy, pages=_STEP_PAGES, progress=_progress(told))
            source.execute("ROLLBACK")
            copy.execute("PRAGMA journal_mode=DELETE")
            return _checked(folder, aside, copy)


def _checked(folder: Path, aside: Path, copy: sqlite3.Connection) -> Backup:
    """What the copy holds, every digest in it having been checked."""
    manifest = read_manifest(copy)
    problems = manifest_problems(manifest) or problems_of(copy, int(manifest["dimension"]))
    if problems:
        raise LibraryDamaged(f"the library at {folder} is damaged and was not backed up: {problems[0]}")
    truth = Writer(copy).truth()
    counted = truth.generation, truth.article_count(), truth.articles_digest()
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    copy.close()
    return Backup(*counted, aside.stat().st_size, digest_of_file(aside), now)


def _progress(told: Told | None) -> Callable[[int, int, int], None]:
    def progress(status: int, remaining: int, total: int) -> None:  # called at every step, so that Ctrl-C is heard
        if told is not None:
            told(total - remaining, total)

    return progress


def _unpack(file: Path, backup: Backup, to: Path, told: Told | None) -> None:
    digest, left = hashlib.sha256(), backup.size
    with file.open("rb") as stream, to.open("wb") as out:
        while left > 0 and (block := stream.read(min(left, _BLOCK))):
            digest.update(block)
            out.write(block)
            left -= len(block)
            if told is not None:
                told(backup.size - left, backup.size)
    if digest.hexdigest() != backup.sha256:
        raise LibraryDamaged(f"{file} is damaged: its content does not match its digest: use another backup")


def _made_new(file: Path, aside: Path) -> None:
    """Another library by its id: no view, note or open reader of what was there before is taken for its own."""
    try:
        with closing(schema.connect(aside)) as connection:
            connection.execute("PRAGMA query_only=OFF")
            renew(connection)
    except LibraryError as error:
        raise type(error)(str(error).replace(str(aside), str(file))) from error


def _check_free(folder: Path, replace: bool) -> None:
    if Library.exists(folder) and not replace:
        raise UsageError(
            f"there is a library at {folder}: give another folder with --library, or --replace to put the backup in "
            "its place"
        )


def _tidy(home: Path, name: str) -> None:
    """Takes away what backups of this name have left that were killed."""
    begin = f".{name}."
    for half in [path for path in home.iterdir() if path.name.startswith(begin)]:
        process, _, end = half.name.removeprefix(begin).partition(".")
        if end.startswith("new") and process.isdecimal() and not _is_running(int(process)):
            half.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OverflowError:  # no system gives such a number
        return False
    except OSError:
        return True
    return True


def _check_target(target: Path) -> None:
    if target.is_dir():
        return
    if not target.parent.is_dir():
        raise UsageError(f"no such folder: {target.parent}")
    if target.exists():
        try:
            inspect(target)
        except UsageError:
            raise UsageError(f"{target} is there and is no backup: give the backup another name") from None
        except LibraryDamaged:
            return  # a damaged backup may go


@contextmanager
def _written_to(target: Path) -> Iterator[None]:
    """What fails in writing the backup is said of its place; `explained` would say it of the library, by its cause."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorname", "") not in _TARGET_FAILS:
            raise
        mend = _FULL if getattr(error, "sqlite_errorname", "") in _OUT_OF_ROOM else _LOCKED
        raise LibraryError(f"the backup cannot be written to {target}: {error}: {mend}") from None
    except OSError as error:
        mend = _LOCKED if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) else _FULL
        raise LibraryError(f"the backup cannot be written to {target}: {error.strerror}: {mend}") from None


def _last_line(backup: Backup) -> bytes:
    said = json.dumps({"is": _MARK, **asdict(backup), "line_sha256": digest_of_json(asdict(backup))})
    return f"\n{said:<{_LINE - 2}}\n".encode()
