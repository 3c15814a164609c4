"""The SQLite schema of a library, and what every connection to it is told.

Nothing is changed in place: a row is alive in the generations `added <= g < removed`, so that a reader may go on
reading the generation its views were made for while a writer moves on. `publish` (see `library.py`) purges rows
once no view needs them.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from index.errors import LibraryDamaged, LibraryError, LibraryMismatch, LibraryMissing

FORMAT = 1
FILE = "library.sqlite"
ALIVE = 2**62  # `removed` of a row that nobody has removed

SCHEMA = f"""
CREATE TABLE manifest (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
-- A text, stored and embedded once whoever publishes it. `title` is the one embedded in front of its passages.
CREATE TABLE bodies (
    body INTEGER PRIMARY KEY AUTOINCREMENT,
    sha256 TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL, vectors_sha256 TEXT NOT NULL,
    added INTEGER NOT NULL, removed INTEGER NOT NULL DEFAULT {ALIVE}
) STRICT;
CREATE INDEX bodies_by_sha256 ON bodies (sha256);
CREATE INDEX bodies_by_added ON bodies (added);
CREATE INDEX bodies_by_removed ON bodies (removed) WHERE removed < {ALIVE};
CREATE TABLE articles (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL, body INTEGER NOT NULL REFERENCES bodies (body),
    title TEXT NOT NULL, author TEXT, source TEXT, url TEXT, published_at TEXT, language TEXT,
    metadata TEXT NOT NULL, sha256 TEXT NOT NULL,
    added INTEGER NOT NULL, removed INTEGER NOT NULL DEFAULT {ALIVE}
) STRICT;
CREATE UNIQUE INDEX one_article_alive_per_id ON articles (id) WHERE removed = {ALIVE};
CREATE INDEX articles_by_body ON articles (body);
CREATE INDEX articles_by_source ON articles (source);
CREATE INDEX articles_by_removed ON articles (removed) WHERE removed < {ALIVE};
CREATE TABLE sentences (
    body INTEGER NOT NULL, ordinal INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    PRIMARY KEY (body, ordinal)
) STRICT, WITHOUT ROWID;
-- `first` and `last` are ordinals of sentences, half-open; `vector` is float16[dimension], little-endian.
CREATE TABLE passages (
    passage INTEGER PRIMARY KEY AUTOINCREMENT,
    body INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, vector BLOB NOT NULL
) STRICT;
CREATE INDEX passages_by_body ON passages (body, first);
-- What each generation did: the digest of all articles after it, and the passages it took out.
CREATE TABLE changes (
    generation INTEGER PRIMARY KEY, articles_digest TEXT NOT NULL, article_count INTEGER NOT NULL,
    first_passage INTEGER, last_passage INTEGER
) STRICT;
"""


def connect(folder: Path, *, write: bool = False) -> sqlite3.Connection:
    """Opens the library's SQLite file; raises `LibraryMissing`, `LibraryDamaged` or another `LibraryError`.

    Commits are durable (`synchronous=FULL`): what `index` has acknowledged survives a crash of the machine.
    """
    file = folder / FILE
    if not file.exists():
        raise LibraryMissing(f"no library at {folder}: make one with `pullquote index PATH --library {folder}`")
    with explained(folder), ExitStack() as failing:
        connection = failing.enter_context(closing(_open(file)))
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA query_only={'OFF' if write else 'ON'}")
        if write:  # only now: a new file's write-ahead log would not be renamed with it
            connection.execute("PRAGMA journal_mode=WAL")
        _check_format(connection, folder)
        failing.pop_all()
    return connection


def create(folder: Path, manifest: dict[str, str]) -> None:
    """Makes an empty library file with its manifest: written aside and renamed, so that it is never seen half-made."""
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        aside = folder / (FILE + ".new")
        aside.unlink(missing_ok=True)
        with closing(sqlite3.connect(aside, isolation_level=None)) as connection:
            connection.executescript(f"BEGIN; {SCHEMA} COMMIT;")
            connection.executemany("INSERT INTO manifest VALUES (?, ?)", manifest.items())
            connection.execute("INSERT INTO changes VALUES (0, ?, 0, NULL, NULL)", ("0" * 64,))
        aside.replace(folder / FILE)


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turns SQLite's and the file system's errors into a `LibraryError` of one line that names the mend."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise LibraryError(f"the library at {folder} cannot be used: {error}: {_mend(str(error))}") from error
    except sqlite3.DatabaseError as error:
        raise LibraryDamaged(
            f"{folder / FILE} is damaged ({error}): restore it from a backup, or index the articles again "
            f"into a new library"
        ) from error
    except BrokenPipeError:
        raise  # whoever read our output has gone: nothing is wrong with the library
    except OSError as error:
        mend = ": move that folder away" if isinstance(error, IsADirectoryError) else ""
        raise LibraryError(
            f"the library at {folder} cannot be used: {error.strerror}: {error.filename}{mend}"
        ) from error


def _mend(problem: str) -> str:
    for sign, mend in (
        ("full", "free some space on its disk and run the command again"),
        ("readonly", "make the folder writable, or choose another with --library"),
        ("locked", "wait for the other process to finish"),
        ("unable to open", "check the folder's permissions"),
    ):
        if sign in problem:
            return mend
    return "run `pullquote doctor` on it"


def _open(file: Path) -> sqlite3.Connection:
    """A reader opens read-write too where it may: only so can SQLite recover the log of a writer that was killed."""
    uri = file.resolve().as_uri()
    modes = ["rw"] if is_writable(file) else ["ro", "ro&immutable=1"]
    for mode in modes:
        connection = sqlite3.connect(
            f"{uri}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False, timeout=30
        )
        try:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except sqlite3.Error as error:
            connection.close()
            # Without write permission SQLite cannot make its shared-memory file; a closed library needs none.
            if mode == modes[-1] or not isinstance(error, sqlite3.OperationalError):
                raise
        else:
            return connection
    raise AssertionError("unreachable")


def is_writable(file: Path) -> bool:
    """May we write to it, and make files beside it, as SQLite does?"""
    return os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)


def log_of(file: Path) -> Path:
    """The write-ahead log of a SQLite file."""
    return file.with_name(file.name + "-wal")


def _check_format(connection: sqlite3.Connection, folder: Path) -> None:
    try:
        row = connection.execute("SELECT value FROM manifest WHERE key = 'format'").fetchone()
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise
        row = None
    if row is None:
        raise LibraryDamaged(f"{folder / FILE} is not a Pullquote library: choose another folder with --library")
    if row[0] != str(FORMAT):
        newer = row[0].isdecimal() and int(row[0]) > FORMAT
        mend = "update Pullquote, or index" if newer else "index"
        raise LibraryMismatch(
            f"the library at {folder} has format {row[0]}, this version reads {FORMAT}: "
            f"{mend} the articles again into a new library"
        )
