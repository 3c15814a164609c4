"""Who is let in: keys, their scopes and their limits, in front of every route of the API and of the page."""

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import quote, urlencode

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from index.errors import LibraryError
from qa.access.keys import DEFAULT_RATE, Key, Keys
from qa.access.keys import Scope as May
from qa.access.rates import Buckets, UnderWay
from qa.access.signin import CHALLENGE, SIGN_IN, SIGN_OUT, SignIn, again, cookie_name, secret_in
from qa.access.standing import while_it_stands
from qa.api.limits import from_elsewhere
from qa.api.problem import RETRY_SECONDS, problem, problem_of

KEY_OPEN = 100  # requests of one key under way at once, open streams among them
ADDRESS_RATE, ADDRESS_OPEN = 30_000, 1000  # of one address where no key is needed: only a runaway program gets there
STRANGER_RATE = 120  # requests a minute of one address without a key where one is needed

# What watches a server has no key. Nor has a page whose stream was ended with its session: told that the session is not
# found, it asks for the page's id until it gets one, then loads itself anew, and so comes to the sign-in page.
_OPEN_TO_ALL = frozenset(("/healthz", "/readyz", "/gradio_api/app_id"))
_LAST_WORDS = {"/gradio_api/queue/data": b'data: {"msg": "unexpected_error", "session_not_found": true}\n\n'}
_SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
# What asks though its method could change things. The page's own paths say for themselves who may write: `may_write`.
_ASKS = frozenset(("/v1/ask", "/v1/search", "/v1/chat/completions", "/v1/verify", "/v1/batch", "/mcp", "/mcp/"))
_ASKS_UNDER = ("/gradio_api/", "/desk/", "/v1/jobs/")  # a key sees and ends its own jobs only
# A page is many files.
_UNCOUNTED = ("/assets/", "/static/", "/svelte/", "/docs-assets/", "/pq/", "/theme.css", "/favicon.ico")
_HOLDER = "pullquote.key"  # in the ASGI scope
_MISSING = "a key is needed: send it as `Authorization: Bearer KEY` or as `X-API-Key: KEY`"
_UNKNOWN = "this key is not known here, or has been revoked: ask whoever runs this server for another"
_OVER = "this session is over: load the page again to sign in"
_READ_ONLY = "this key may ask and read; a change needs one of the scope `write`"
_LOG = logging.getLogger("pullquote.access")


def may_write(scope: Mapping[str, Any]) -> bool:
    """May whoever sent the request of this ASGI scope change the library?"""
    key = holder(scope)
    return key is None or key.scope is May.WRITE


def holder(scope: Mapping[str, Any]) -> Key | None:
    """The key with which a request was let in; None where none was needed."""
    key: Key | None = scope.get(_HOLDER)
    return key


@dataclass(frozen=True, slots=True)
class _Visitor:
    """Whoever sent a request: `name` is what limits count by, `stands` whether the key is still good."""

    name: str
    key: Key | None = None
    stands: Callable[[], bool] = lambda: True
    by_cookie: bool = False


class Access:
    """ASGI middleware: lets in who has a key, as far as its scope and limits go.

    A key is needed where `required`, and wherever the library has ever had one. With `page`, a browser is sent to a
    sign-in page and known by a cookie afterwards; `secure` says that it is used over TLS alone.
    """

    def __init__(self, app: ASGIApp, keys: Keys, *, required: bool, page: bool = False, secure: bool = False) -> None:
        self._app, self._keys, self._required = app, keys, required
        self._cookie = cookie_name(keys.file)
        self._page = SignIn(keys, self._cookie, secure) if page else None
        self._buckets, self._strangers, self._under_way = Buckets(), Buckets(), UnderWay()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            answer = self._judged(scope, headers)
            if isinstance(answer, SignIn):
                answer = await _responded(answer, scope, headers, receive)
        except LibraryError as error:  # what cannot be checked is not let in
            _LOG.error("%s", error)
            answer = _unreadable()
        if isinstance(answer, _Visitor):
            await self._let_in(answer, scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await answer(scope, receive, send)

    def _judged(self, scope: Scope, headers: Headers) -> "_Visitor | SignIn | Response":
        """Who may pass, who gets the sign-in page, and what everybody else is told."""
        path, address = scope["path"], _address(scope)
        needed = self._required or self._keys.any()
        if self._page and path in (SIGN_IN, SIGN_OUT):
            return self._stranger(f"sign-in {address}") or (self._page if needed else RedirectResponse("/", 303))
        if not needed:
            return self._within_limits(_Visitor(address), scope)
        token = _token(headers)
        visitor = self._visitor(token, headers)
        if visitor is not None:
            return self._within_rights(visitor, scope, headers)
        if path in _OPEN_TO_ALL:
            return self._stranger(f"watch {address}") or _Visitor(address)
        return self._stranger(address) or self._refused(token, scope, headers)

    def _visitor(self, token: str | None, headers: Headers) -> _Visitor | None:
        if token is not None:
            key = self._keys.holder(token)
            return _Visitor(key.id, key, partial(self._keys.stands, key.id)) if key else None
        secret = secret_in(headers, self._cookie) if self._page else None
        key = self._keys.session(secret) if secret else None
        if key is None or secret is None:
            return None
        return _Visitor(key.id, key, lambda: self._keys.session(secret) is not None, by_cookie=True)

    def _within_rights(self, visitor: _Visitor, scope: Scope, headers: Headers) -> _Visitor | Response:
        """A cookie is sent whoever wrote the page that makes the browser send it: hence the look at the origin."""
        method, path = scope.get("method", "GET"), scope["path"]
        if visitor.by_cookie and method not in _SAFE and from_elsewhere(headers, headers.get("host", "")):
            return problem(403, "a web page of another site may not change or ask this library")
        if visitor.key and visitor.key.scope is not May.WRITE and _needs_write(method, path):
            return problem(403, _READ_ONLY)
        return self._within_limits(visitor, scope)

    def _within_limits(self, visitor: _Visitor, scope: Scope) -> _Visitor | Response:
        if scope["path"].startswith(_UNCOUNTED):
            return visitor
        key = visitor.key
        rate, most = (key.rate or DEFAULT_RATE, KEY_OPEN) if key else (ADDRESS_RATE, ADDRESS_OPEN)
        if wait := self._buckets.take(visitor.name, rate):
            return _too_many(f"more than {rate} requests a minute", wait)
        if self._under_way.count(visitor.name) >= most:
            return _too_many(f"{most} requests are under way already", 1)
        return visitor

    def _stranger(self, name: str) -> Response | None:
        wait = self._strangers.take(name, STRANGER_RATE)
        return _too_many(f"more than {STRANGER_RATE} requests a minute without a key", wait) if wait else None

    def _refused(self, token: str | None, scope: Scope, headers: Headers) -> Response:
        if self._page and token is None and _is_navigation(scope, headers):
            if headers.get("sec-fetch-site") == "cross-site":
                return again()
            return RedirectResponse(f"{SIGN_IN}?{urlencode({'next': _wanted(scope)})}", 303)
        if token is None and self._page and secret_in(headers, self._cookie):
            return problem(401, _OVER, headers=CHALLENGE)
        return problem(401, _UNKNOWN if token else _MISSING, headers=CHALLENGE)

    async def _let_in(self, visitor: _Visitor, scope: Scope, receive: Receive, send: Send) -> None:
        scope[_HOLDER] = visitor.key  # not a copy's: whoever logs the request stands in front of us
        with self._under_way.one(visitor.name):
            if visitor.key is None:
                await self._app(scope, receive, send)
            else:
                last = _LAST_WORDS.get(scope["path"], b"")
                await while_it_stands(visitor.stands, self._app, scope, receive, send, last)


async def _responded(page: SignIn, scope: Scope, headers: Headers, receive: Receive) -> Response:
    try:
        return await page.respond(scope, headers, receive)
    except HTTPException as error:  # of whoever counts the body's bytes and seconds
        return problem_of(error)


def _token(headers: Headers) -> str | None:
    """The key that a program sends. `X-API-Key` goes first: `Authorization` may be meant for a proxy on the way."""
    if given := headers.get("x-api-key"):
        return given.strip()
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _address(scope: Scope) -> str:
    """Whom limits count by where there is no key: an address, or the network that one holder of IPv6 has."""
    host = str((scope.get("client") or ("unknown",))[0])
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return f"{int(address) >> 64:x}::/64" if isinstance(address, IPv6Address) else host


def _needs_write(method: str, path: str) -> bool:
    return method not in _SAFE and path not in _ASKS and not path.startswith(_ASKS_UNDER)


def _is_navigation(scope: Scope, headers: Headers) -> bool:
    """Does a person's browser ask for a page?"""
    is_read = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
    return is_read and "text/html" in headers.get("accept", "") and not scope["path"].startswith("/v1")


def _wanted(scope: Scope) -> str:
    query = scope.get("query_string", b"").decode("latin-1")
    return quote(scope["path"], safe="/:@!$&'()*+,;=~") + (f"?{query}" if query else "")


def _too_many(why: str, wait: float) -> Response:
    seconds = max(1, math.ceil(wait))
    return problem(429, f"{why}: wait {seconds} s", headers={"Retry-After": str(seconds)})


def _unreadable() -> Response:
    return problem(
        503, "the keys cannot be read just now: the server's log says why", headers={"Retry-After": str(RETRY_SECONDS)}
    )
