"""Which requests are let in: from whom, for which host, and how large."""

from collections.abc import Collection, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

import anyio
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.api.problem import SECURITY_HEADERS, problem

QUESTION_BYTES = 2 * 1024**2  # a question is short; the conversation before it need not be
ARTICLES_BYTES = 64 * 1024**2
BODY_SECONDS = 30.0  # that a body may be silent for
LINGER_BYTES, LINGER_SECONDS = 8 * 1024**2, 0.5  # of a body that is too large, read so that its sender hears why
_SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
_PAGE = ("/gradio_api/", "/desk/")  # what the page's own script asks, and no page of another site


class Guard:
    """ASGI middleware that turns away what must not reach the endpoints, and adds the security headers.

    `limits` gives the bytes of a body by its path; `other` those of any other path. They are enforced while reading,
    whether or not the client has said how much it will send. `hosts` are the names by which this server may be called
    (None: any); addresses are always right, as only a name can be rebound to another machine. Pages of other origins
    than `origins` may not change or ask anything.
    """

    def __init__(
        self,
        app: ASGIApp,
        limits: Mapping[str, int],
        other: int,
        hosts: Collection[str] | None = None,
        origins: Collection[str] = (),
    ) -> None:
        self._app, self._limits, self._other, self._origins = app, limits, other, origins
        self._hosts = None if hosts is None else frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limits.get(scope["path"], self._other)
        headers = Headers(scope=scope)
        length = _length(headers)
        if (refused := self._refusal(scope, headers, length, limit)) is not None:
            # A client that expects to be told first has sent nothing yet.
            if 0 < length <= limit + LINGER_BYTES and "expect" not in headers:
                await _linger(receive)
            await refused(scope, receive, send)
        else:
            await self._app(scope, _counted(receive, limit), _finished(scope, receive, send))

    def _refusal(self, scope: Scope, headers: Headers, length: int, limit: int) -> JSONResponse | None:
        host = headers.get("host", "")
        if self._hosts is not None and not _is_ours(host, self._hosts):
            return problem(400, "the Host header names another server: call this one by its address")
        page = scope["path"].startswith(_PAGE)
        elsewhere = from_elsewhere(headers, host) and (page or headers.get("origin") not in self._origins)
        if scope["method"] not in _SAFE and (page or scope["path"].startswith("/v1/")) and elsewhere:
            return problem(403, "a web page of another site may not change or ask this library")
        if length > limit:
            return problem(413, _too_large(limit), headers={"Connection": "close"})
        return None


def _length(headers: Headers) -> int:
    """The bytes that the client says it will send; 0 where it does not say."""
    said = headers.get("content-length", "")
    return int(said[:18]) if said.isdecimal() and said.isascii() else 0


def _is_ours(host: str, names: Collection[str]) -> bool:
    try:
        name = (urlsplit(f"//{host}").hostname or "").removesuffix(".")
    except ValueError:
        return False
    if name in names:
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def from_elsewhere(headers: Headers, host: str) -> bool:
    """Whether a browser says that another site's page sent this: a form can be posted across sites unasked."""
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2].lower() != host.lower()


def _too_large(limit: int) -> str:
    size = f"{limit // 1024**2} MB" if limit >= 1024**2 else f"{limit // 1024} KB"
    return f"the body is larger than {size}: send less at a time"


def _counted(receive: Receive, limit: int) -> Receive:
    read, whole = 0, False

    async def counting() -> Message:
        nonlocal read, whole
        if whole:  # what comes now is the client's leaving, whenever that may be
            return await receive()
        with anyio.move_on_after(BODY_SECONDS) as silence:
            message = await receive()
        if silence.cancelled_caught:
            raise HTTPException(408, headers={"Connection": "close"})
        read += len(message.get("body", b""))
        whole = not message.get("more_body", False)
        if read > limit:
            if message.get("more_body", False):
                await _linger(receive)
            raise HTTPException(413, _too_large(limit), {"Connection": "close"})
        return message

    return counting


async def _linger(receive: Receive) -> None:
    """Reads on for a moment: closing a connection on unread bytes resets it, and the answer would be lost."""
    read, more = 0, True
    with anyio.move_on_after(LINGER_SECONDS):
        while more and read < LINGER_BYTES:
            message = await receive()
            read += len(message.get("body", b""))
            more = message.get("more_body", False)


def _finished(scope: Scope, receive: Receive, send: Send) -> Send:
    """`send` with the security headers, and with a problem in the place of an error in the page's own words."""
    path, replaced = scope["path"], False

    async def finishing(message: Message) -> None:
        nonlocal replaced
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if message["status"] >= 400 and headers.get("content-type") == "application/json" and _is_address(path):
                replaced = True
                await problem(message["status"])(scope, receive, send)
                return
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            if path.startswith("/v1/"):
                headers.setdefault("Cache-Control", "no-store")
        if not replaced:
            await send(message)

    return finishing


def _is_address(path: str) -> bool:
    """Whether a person or program may have typed it; the page's script talks to the others and knows their errors."""
    return not path.startswith("/gradio_api/")
