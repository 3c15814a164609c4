"""Writes that may be sent twice: a request with an `Idempotency-Key` that was seen before gets the first one's answer.

As in https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/: 422 where the key comes with another
request, 409 while the first one is still at work. What was answered is kept in the library's folder for a day.
"""

import hashlib
import json
import logging
import re
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import Header
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.article import Refusal
from index.reason import one_line
from index.schema import is_writable
from qa.access.middleware import holder
from qa.api.problem import RefusedError, problem, problem_of

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"  # in the headers of an answer that was kept
FILE = "requests.sqlite"
KEPT_SECONDS = 24 * 3600
LONGEST = 255  # characters of a key
_POSTS = frozenset(("/v1/articles", "/v1/batch"))
_DELETES = ("/v1/articles/", "/v1/jobs/")
_TOKEN = "pullquote.idempotency"  # noqa: S105 - a name in the ASGI scope
_SOUND = re.compile(rf"[\x21-\x7e]{{1,{LONGEST}}}")
_PASSING = frozenset((400, 408, 409, 429))  # what the same request may get another answer than, next time
_WAIT_SECONDS = 5.0  # for another process that is writing: it takes milliseconds
_LOG = logging.getLogger("pullquote.api")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS requests (
    owner TEXT NOT NULL, key TEXT NOT NULL, request BLOB NOT NULL, token TEXT NOT NULL, at REAL NOT NULL,
    status INTEGER, headers TEXT, body BLOB, PRIMARY KEY (owner, key)
) STRICT, WITHOUT ROWID
"""

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias=HEADER,
        description="A name of your own for this request, as a UUID: sent again within a day, it is answered as the "
        "first time and not carried out again.",
        examples=["2f0c7a4e-8a1d-4c0e-9a35-0f6d0f4b8f5e"],
        max_length=LONGEST,
        pattern=_SOUND.pattern,
    ),
]


def documented(key: IdempotencyKey = None) -> None:
    """A dependency that puts the header into the OpenAPI document; `Idempotent` is what heeds it."""


def token_of(scope: Mapping[str, Any]) -> str | None:
    """32 hex digits that every attempt at this request shares; None where it came without a key."""
    token: str | None = scope.get(_TOKEN)
    return token


@dataclass(frozen=True, slots=True)
class Kept:
    """What a request was answered with."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def response(self) -> Response:
        return Response(self.body, self.status, {**self.headers, REPLAYED: "true"})


class Idempotent:
    """ASGI middleware over the writes of the API, behind whatever says who is asking."""

    def __init__(self, app: ASGIApp, folder: Path) -> None:
        self._app, self._store = app, Store(folder / FILE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = _key(scope)
        if given is None:
            await self._app(scope, receive, send)
            return
        try:
            if not _SOUND.fullmatch(given):
                raise _refused(f"the {HEADER} is not 1 to {LONGEST} visible ASCII characters: give it a UUID")
            body = await _body(receive)
            if body is None:
                return
            answer = await self._answer(scope, body, receive, (_owner(scope), given))
        except (HTTPException, RefusedError) as error:
            answer = problem_of(error)
        except sqlite3.Error as error:
            _LOG.error("%s: %s", FILE, error)
            answer = problem(503, "what was asked before cannot be looked up just now: the server's log says why")
        await answer(scope, receive, send)

    async def _answer(self, scope: Scope, body: bytes, receive: Receive, name: tuple[str, str]) -> ASGIApp:
        """The answer to the request, ready to be sent: by then it is kept, and the key is at work no longer."""
        with self._store.alone(*name):
            found = await run_in_threadpool(self._store.begin, *name, _digest(scope, body))
            if isinstance(found, Kept):
                return found.response()
            answer = _Answer()
            await self._app({**scope, _TOKEN: found}, _again(body, receive), answer.take)
            if answer.status < 500 and answer.status not in _PASSING:
                await run_in_threadpool(self._store.keep, *name, answer.kept())
            return answer


class Store:
    """Requests by owner and key, in one SQLite file, made with the first of them."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._at_work: set[tuple[str, str]] = set()

    @contextmanager
    def alone(self, owner: str, key: str) -> Iterator[None]:
        """Raises `HTTPException` (409) while another request with this key is at work."""
        with self._lock:
            if (owner, key) in self._at_work:
                raise HTTPException(409, f"a request with this {HEADER} is at work: wait for it", {"Retry-After": "1"})
            self._at_work.add((owner, key))
        try:
            yield
        finally:
            with self._lock:
                self._at_work.discard((owner, key))

    def begin(self, owner: str, key: str, request: bytes) -> Kept | str:
        """What such a request was answered with; else the token under which it is carried out, again if need be.

        Raises `RefusedError` (422) where the key came with another request.
        """
        with closing(self._opened()) as db, db:
            db.execute("DELETE FROM requests WHERE at < ?", (time.time() - KEPT_SECONDS,))
            row = db.execute(
                "SELECT request, token, status, headers, body FROM requests WHERE owner = ? AND key = ?", (owner, key)
            ).fetchone()
            if row is None:
                token = secrets.token_hex(16)
                first = (owner, key, request, token, time.time())
                db.execute("INSERT INTO requests (owner, key, request, token, at) VALUES (?, ?, ?, ?, ?)", first)
                return token
        if row[0] != request:
            raise _refused(f"this {HEADER} came with another request before: give each request its own")
        return str(row[1]) if row[2] is None else Kept(row[2], json.loads(row[3]), row[4])

    def keep(self, owner: str, key: str, answer: Kept) -> None:
        with closing(self._opened()) as db, db:
            db.execute(
                "UPDATE requests SET status = ?, headers = ?, body = ? WHERE owner = ? AND key = ?",
                (answer.status, json.dumps(dict(answer.headers)), answer.body, owner, key),
            )

    def _opened(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._file, timeout=_WAIT_SECONDS)
        db.execute("PRAGMA synchronous=EXTRA")
        db.execute(_SCHEMA)
        return db


def problems(folder: Path) -> list[str]:
    """A line on what is damaged of the requests that the library in `folder` keeps, if anything is."""
    file = folder / FILE
    if not file.exists():
        return []
    try:
        mode = "rw" if is_writable(file) else "ro"  # what a kill left half done, SQLite can take back only by writing
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode={mode}", uri=True)) as db:
            said = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
            for _ in db.execute("SELECT * FROM requests"):  # each is read; all at once may be much
                pass
    except sqlite3.Error as error:
        said = error
    return [] if said == "ok" else [f"{FILE} is damaged ({one_line(str(said))}): remove it while nothing is served"]


class _Answer:
    """A response that is held back until it is called, with what of it is kept."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.status = 500

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        for message in self.messages:
            await send(message)

    async def take(self, message: Message) -> None:
        self.messages.append(message)
        if message["type"] == "http.response.start":
            self.status = message["status"]

    def kept(self) -> Kept:
        headers = Headers(raw=self.messages[0]["headers"])
        own = {name: headers[name] for name in ("content-type", "location") if name in headers}
        return Kept(self.status, own, b"".join(message.get("body", b"") for message in self.messages[1:]))


def _key(scope: Scope) -> str | None:
    """The key of a write; None of anything else."""
    if scope["type"] != "http":
        return None
    deletes = scope["method"] == "DELETE" and scope["path"].startswith(_DELETES)
    posts = scope["method"] == "POST" and scope["path"] in _POSTS
    return Headers(scope=scope).get(HEADER) if deletes or posts else None


def _owner(scope: Scope) -> str:
    key = holder(scope)
    return "" if key is None else key.id


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None where the client has gone."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _digest(scope: Scope, body: bytes) -> bytes:
    """What makes two requests the same; the boundary of a form is drawn anew each time it is sent."""
    kind, _, parameters = Headers(scope=scope).get("content-type", "").partition(";")
    boundary = re.search(r'boundary="?([^";,]+)', parameters) if kind.strip().lower() == "multipart/form-data" else None
    if boundary:
        body = body.replace(boundary[1].strip().encode("latin-1", "replace"), b"")
    head = json.dumps([scope["method"], scope["path"], scope.get("query_string", b"").decode("latin-1"), kind.strip()])
    return hashlib.sha256(head.encode() + b"\0" + body).digest()


def _again(body: bytes, receive: Receive) -> Receive:
    given = False

    async def receiving() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receiving


def _refused(reason: str) -> RefusedError:
    return RefusedError(422, reason, [Refusal(HEADER, reason)])
