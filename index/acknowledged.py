"""What a library has acknowledged, noted beside it, so that a truth that lost its end is found out.

SQLite drops the end of a damaged write-ahead log without a word, and an older copy of the truth looks as whole as the
newest. The note says how far the truth had come. It is written after each commit and not synced: after a power cut it
may be older than the truth, or unreadable and so of no account, but never newer.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from index import schema

FILE = "acknowledged.json"
KEPT_LOG = schema.FILE + "-wal.kept"


@dataclass(frozen=True, slots=True)
class Note:
    """The newest generation that the library of this id has acknowledged."""

    library: str
    generation: int


class Notebook:
    """Keeps the note up to date while a writer is at work."""

    def __init__(self, folder: Path, library: str) -> None:
        self._library = library
        _forget_log(folder)  # the truth goes on from what it is
        self._handle = os.open(folder / FILE, os.O_RDWR | os.O_CREAT, 0o644)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.close(self._handle)

    def note(self, generation: int) -> None:
        """Called once `generation` is durable: one write of one block, which a kill cannot cut in two."""
        line = _line(Note(self._library, generation))
        os.pwrite(self._handle, line, 0)
        os.ftruncate(self._handle, len(line))  # what stands behind it would make it unreadable


def read(folder: Path) -> Note | None:
    """The note beside the truth; None where there is none that can be read."""
    try:
        said = json.loads((folder / FILE).read_bytes())
        note = Note(said["library"], said["generation"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return note if said.get("sha256") == _digest(note) else None


def forget(folder: Path) -> None:
    """Takes the note away: another truth is about to come."""
    (folder / FILE).unlink(missing_ok=True)
    _forget_log(folder)


def lost(folder: Path, note: Note | None, manifest: Mapping[str, str], newest: int) -> str | None:
    """The line to say where the truth, at generation `newest`, has lost what it had acknowledged; None where not.

    The write-ahead log is then kept under another name: SQLite is about to throw away what it cannot read of it, and
    a repair may read more. Once nothing is missing any more, it goes: it is not of what is there now.
    """
    if note is None or note.library != manifest.get("library"):
        return None
    if note.generation <= newest:
        _forget_log(folder)
        return None
    _keep_log(folder)
    return (
        f"the library at {folder} has lost its newest changes: generation {note.generation} was acknowledged, "
        f"library.sqlite is at {newest}: run `pullquote doctor --repair` to go on with what can be saved, then index "
        "again what was added last"
    )


def mixed(folder: Path, manifest: Mapping[str, str]) -> str | None:
    """The line to say where truth and note are of two libraries; None where not."""
    note = read(folder)
    if note is None or note.library == manifest["library"]:
        return None
    return (
        f"the files of two libraries are mixed in {folder}: library.sqlite is of {manifest['library'][:8]}, {FILE} of "
        f"{note.library[:8]}: put the right library.sqlite back, or run `pullquote doctor --repair` to keep this one"
    )


def _keep_log(folder: Path) -> None:
    log, kept = schema.log_of(folder / schema.FILE), folder / KEPT_LOG
    with suppress(OSError):  # a folder that may only be read: then nobody throws the log away either
        if log.exists() and log.stat().st_size and not kept.exists():
            copy = kept.with_name(kept.name + ".new")
            shutil.copyfile(log, copy)  # not a second name: SQLite empties the log where it lies
            copy.replace(kept)


def _forget_log(folder: Path) -> None:
    with suppress(OSError):  # likewise
        (folder / KEPT_LOG).unlink(missing_ok=True)


def _line(note: Note) -> bytes:
    said = {"library": note.library, "generation": note.generation, "sha256": _digest(note)}
    return f"{json.dumps(said):<160}\n".encode()


def _digest(note: Note) -> str:
    return hashlib.sha256(f"{note.library} {note.generation}".encode()).hexdigest()
