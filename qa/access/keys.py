"""API keys: who may ask and who may change the library, kept hashed in one SQLite file of the library's folder.

A key is a prefix and 256 random bits, shown once. Only its SHA-256 is kept. A slow hash (bcrypt, Argon2) makes guessing
dear where a secret is a person's choice; of 2²⁵⁶ equally likely tokens none is found by guessing, however quick a guess
is, and a slow hash would only make each request slow. Sessions of the sign-in page are kept likewise, so that whoever
reads the file can neither use a key nor take over a session.
"""

import hashlib
import hmac
import os
import re
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from index.errors import LibraryDamaged, LibraryError, UsageError

FILE = "access.sqlite"
PREFIX = "pq_"  # by which a person, or a scanner for secrets, knows what it has found
SESSION_SECONDS = 14 * 24 * 3600  # then the page asks for the key again
DEFAULT_RATE, MAX_RATE = 600, 1_000_000  # requests a minute
_FORMAT = 1
_LONGEST_NAME = 100  # characters
_WAIT_SECONDS = 5  # for another process that is writing: it takes milliseconds
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

_SCHEMA = """
CREATE TABLE keys (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, scope TEXT NOT NULL, rate INTEGER,
    sha256 TEXT NOT NULL UNIQUE, created TEXT NOT NULL, revoked TEXT
) STRICT;
CREATE TABLE sessions (
    sha256 TEXT PRIMARY KEY, key TEXT NOT NULL REFERENCES keys (id), expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""


class Scope(StrEnum):
    """What a key is good for; `WRITE` holds `READ`."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key: all but the key itself. `rate` is in requests a minute, None for the default one;
    `created` and `revoked` are times in UTC as ISO 8601."""

    id: str
    name: str
    scope: Scope
    rate: int | None
    created: str
    revoked: str | None = None


_COLUMNS = ", ".join(Key.__slots__)


class Keys:
    """The keys and sessions of the library in `folder`; nothing is made on disk before the first key.

    Safe between threads and processes: each change is one durable transaction, and each look sees all changes made
    before it. Raises `LibraryDamaged` or another `LibraryError` where the file cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / FILE
        self._lock = threading.Lock()
        self._held: tuple[tuple[int, int], sqlite3.Connection] | None = None

    # keys

    def add(self, name: str, scope: Scope = Scope.READ, rate: int | None = None) -> tuple[Key, str]:
        """Makes a key; gives what is kept of it, and the key itself, which cannot be had again.

        Raises `UsageError` for a name or rate that makes no sense.
        """
        _check(name, rate)
        token = PREFIX + secrets.token_hex(32)
        key = Key(secrets.token_hex(4), name, scope, rate, _now())
        with self._writing() as connection:
            row = (key.id, key.name, key.scope, key.rate, key.created, key.revoked, _digest(token))
            connection.execute(f"INSERT INTO keys ({_COLUMNS}, sha256) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        return key, token

    def listed(self) -> list[Key]:
        """Every key there ever was, the oldest first."""
        return [self._key(row) for row in self._rows(f"SELECT {_COLUMNS} FROM keys ORDER BY created, rowid")]

    def revoke(self, key_id: str) -> Key:
        """Makes a key worthless from now on, with the sessions it began; raises `UsageError` where there is none."""
        found = {key.id: key for key in self.listed()}.get(key_id)
        if found is None:
            raise UsageError(f"there is no key {key_id!r}: `pullquote key list` shows the ids")
        if found.revoked is None:
            with self._writing() as connection:
                connection.execute("UPDATE keys SET revoked = ? WHERE id = ? AND revoked IS NULL", (_now(), key_id))
                connection.execute("DELETE FROM sessions WHERE key = ?", (key_id,))
        return found

    def any(self) -> bool:
        """Was there ever a key? Then one is needed: neither revoking the last nor a damaged file opens the doors."""
        with self._explained():
            return self.file.exists()

    def usable(self) -> bool:
        """Is there a key that is not revoked?"""
        return bool(self._rows("SELECT 1 FROM keys WHERE revoked IS NULL LIMIT 1"))

    def holder(self, token: str) -> Key | None:
        """The key that `token` is, None where it is none or a revoked one; takes as long whichever it is."""
        given, found = _digest(token), None
        for *row, digest in self._rows(f"SELECT {_COLUMNS}, sha256 FROM keys WHERE revoked IS NULL"):
            if hmac.compare_digest(given, digest):
                found = self._key(row)
        return found

    def stands(self, key_id: str) -> bool:
        """Is this key still good?"""
        return bool(self._rows("SELECT 1 FROM keys WHERE id = ? AND revoked IS NULL", key_id))

    def check(self) -> None:
        """Raises `LibraryDamaged` where the file is not sound."""
        for (said,) in self._rows("PRAGMA integrity_check(1)"):
            if said != "ok":
                raise self._damaged(said)
        if self.any() and not self.listed():
            raise self._damaged("it holds none")

    # sessions of the page

    def begin(self, key: Key) -> str:
        """Begins a session of `key`'s holder; gives the secret by which it is known."""
        secret, now = secrets.token_hex(32), int(time.time())
        with self._writing() as connection:
            connection.execute("DELETE FROM sessions WHERE expires <= ?", (now,))
            # Of a key that has been revoked meanwhile nothing may begin.
            connection.execute(
                "INSERT INTO sessions SELECT ?, id, ? FROM keys WHERE id = ? AND revoked IS NULL",
                (_digest(secret), now + SESSION_SECONDS, key.id),
            )
        return secret

    def session(self, secret: str) -> Key | None:
        """The key by which the session was begun, None where it has ended, expired or never been."""
        columns = ", ".join(f"keys.{name}" for name in Key.__slots__)
        rows = self._rows(
            f"SELECT {columns} FROM sessions JOIN keys ON keys.id = sessions.key"
            " WHERE sessions.sha256 = ? AND sessions.expires > ? AND keys.revoked IS NULL",
            _digest(secret),
            int(time.time()),
        )
        return self._key(rows[0]) if rows else None

    def end(self, secret: str) -> None:
        """Ends the session, if there is one."""
        if self._rows("SELECT 1 FROM sessions WHERE sha256 = ?", _digest(secret)):
            with self._writing() as connection:
                connection.execute("DELETE FROM sessions WHERE sha256 = ?", (_digest(secret),))

    # the file

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock, self._explained():
            connection = self._connection()
            return connection.execute(sql, values).fetchall() if connection else []

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, in a file that only its owner may read."""
        with self._lock, self._explained():
            # Made before SQLite sees it, so that there is no moment at which others may; its journal has its mode.
            os.close(os.open(self.file, os.O_CREAT | os.O_RDWR, 0o600))
            self.file.chmod(0o600)
            connection = _opened(self.file)
            try:
                connection.execute("BEGIN IMMEDIATE")
                if _version(connection) == 0:
                    _create(connection)
                yield connection
                connection.execute("COMMIT")
            finally:
                connection.close()  # which takes back what was not committed

    def _connection(self) -> sqlite3.Connection | None:
        """A connection to the file that is there now, None where there is none or nothing in it yet."""
        try:
            seen = self.file.stat()
        except FileNotFoundError:
            self._held = None
            return None
        place = (seen.st_dev, seen.st_ino)
        if self._held is None or self._held[0] != place:
            self._held = (place, _opened(self.file))
        connection = self._held[1]
        return connection if _version(connection) else None

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            self._held = None
            if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
                raise self._damaged(error) from error
            reason = getattr(error, "strerror", None) or error
            raise LibraryError(f"the keys in {self.file} cannot be read or written: {reason}") from error

    def _key(self, row: Sequence[Any]) -> Key:
        key_id, name, scope, rate, created, revoked = row
        try:
            return Key(key_id, name, Scope(scope), rate, created, revoked)
        except ValueError as error:
            raise self._damaged(error) from error

    def _damaged(self, why: object) -> LibraryDamaged:
        return LibraryDamaged(
            f"the keys in {self.file} cannot be read ({why}): put the file back from a backup, "
            "or remove it and make new keys with `pullquote key add`"
        )


def _check(name: str, rate: int | None) -> None:
    if not name.strip() or len(name) > _LONGEST_NAME or _UNPRINTABLE.search(name):
        raise UsageError(f"a key's name says whose it is, in 1 to {_LONGEST_NAME} printable characters, not {name!r}")
    if rate is not None and not 1 <= rate <= MAX_RATE:
        raise UsageError(f"a key's rate is 1 to {MAX_RATE:,} requests a minute, not {rate}: choose another with --rate")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _opened(file: Path) -> sqlite3.Connection:
    # A thread at a time uses it: `_lock` sees to that.
    connection = sqlite3.connect(file, _WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous=EXTRA")  # a power cut takes no change back that was made
    return connection


def _version(connection: sqlite3.Connection) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > _FORMAT:
        raise LibraryError(f"the keys are of format {version}, newer than this Pullquote knows: update Pullquote")
    return version


def _create(connection: sqlite3.Connection) -> None:
    for statement in filter(str.strip, _SCHEMA.split(";")):  # `executescript` would commit
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version={_FORMAT}")
