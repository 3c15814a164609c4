"""The page that takes a key and gives the browser a session, and the one that ends it. They hold no script."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Receive, Scope

from qa.access.keys import SESSION_SECONDS, Key, Keys
from qa.api.limits import from_elsewhere
from qa.api.problem import problem
from qa.markup import escaped

SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
_FORM_BYTES = 16 * 1024

_STYLE = """
:root { color-scheme: light dark; --paper: #fbfaf6; --ink: #1d1b18; --soft: #625d55; --rule: #8a8478;
  --accent: #7c2a1c; --on-accent: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --paper: #181715; --ink: #ebe7de; --soft: #aaa498; --rule: #7d776c;
  --accent: #e59a86; --on-accent: #181715; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem;
  background: var(--paper); color: var(--ink); font: 1rem/1.5 "Helvetica Neue", "Segoe UI", Roboto, "Noto Sans",
  "Liberation Sans", system-ui, sans-serif; }
main { width: 100%; max-width: 24rem; }
h1 { margin: 0 0 .25rem; font: 600 2rem/1.2 "Iowan Old Style", "Palatino Linotype", Palatino, "Noto Serif", Georgia,
  "Liberation Serif", serif; }
p { margin: 0 0 1.25rem; color: var(--soft); }
label { display: block; margin-bottom: .25rem; font-weight: 600; }
input { width: 100%; padding: .6rem .7rem; border: 1px solid var(--rule); border-radius: 3px; font: inherit;
  background: transparent; color: inherit; }
button { margin-top: 1rem; padding: .6rem 1.2rem; border: 0; border-radius: 3px; font: inherit; font-weight: 600;
  background: var(--accent); color: var(--on-accent); cursor: pointer; }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.trouble { margin: 0 0 1rem; color: var(--accent); }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="Pullquote"'}
_UNKNOWN = "This key is not known here, or has been revoked."
_WHY = "Sign in to ask the articles."
_AGAIN = "Your session is over. Sign in again to ask the articles."


def cookie_name(file: Path) -> str:
    """A name for each library's own cookie: browsers do not tell the ports of one machine apart."""
    return "pullquote_" + hashlib.sha256(str(file.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:8]


class SignIn:
    """Answers `/sign-in` and `/sign-out`; `secure` keeps the cookie from travelling without TLS."""

    def __init__(self, keys: Keys, cookie: str, secure: bool = False) -> None:
        self._keys, self._cookie, self._secure = keys, cookie, secure

    async def respond(self, scope: Scope, headers: Headers, receive: Receive) -> Response:
        """The response to a request for either page."""
        leaving = scope["path"] == SIGN_OUT
        match scope.get("method"):
            case "GET" | "HEAD":
                query = _fields(scope.get("query_string", b""))
                return self._leaving(headers) if leaving else self._entering(headers, _inside(query.get("next", "/")))
            case "POST" if from_elsewhere(headers, headers.get("host", "")):
                return problem(403, "a web page of another site may not sign anybody in or out")
            case "POST" if leaving:
                return self._left(scope, headers)
            case "POST":
                return await self._entered(scope, receive)
        return problem(405, headers={"Allow": "GET, HEAD, POST"})

    def _entering(self, headers: Headers, wanted: str) -> Response:
        secret = secret_in(headers, self._cookie)
        over = secret and self._keys.session(secret) is None
        return _entering(wanted, why=_AGAIN if over else _WHY)

    async def _entered(self, scope: Scope, receive: Receive) -> Response:
        body = await _body(receive)
        if body is None:
            return problem(413, "the form is larger than a key can be")
        given = _fields(body)
        wanted = _inside(given.get("next", "/"))
        key = self._keys.holder(given.get("key", "").strip())
        if key is None:
            return _entering(wanted, _UNKNOWN)
        response = RedirectResponse(wanted, 303, {"Cache-Control": "no-store"})
        self._set_cookie(response, scope, self._keys.begin(key), SESSION_SECONDS)
        return response

    def _left(self, scope: Scope, headers: Headers) -> Response:
        if secret := secret_in(headers, self._cookie):
            self._keys.end(secret)
        response = RedirectResponse(SIGN_IN, 303, {"Cache-Control": "no-store"})
        self._set_cookie(response, scope, "", 0)
        return response

    def _leaving(self, headers: Headers) -> Response:
        secret = secret_in(headers, self._cookie)
        key = self._keys.session(secret) if secret else None
        return _leaving(key) if key else RedirectResponse(SIGN_IN, 303, {"Cache-Control": "no-store"})

    def _set_cookie(self, response: Response, scope: Scope, value: str, seconds: int) -> None:
        secure = self._secure or scope.get("scheme") == "https"
        response.set_cookie(self._cookie, value, seconds, secure=secure, httponly=True, samesite="strict")


def secret_in(headers: Headers, cookie: str) -> str | None:
    """The session's secret that a browser sends."""
    for line in headers.getlist("cookie"):
        for part in line.split(";"):  # one that cannot be read must not hide the others
            name, _, value = part.strip().partition("=")
            if name == cookie:
                return value.strip('"')
    return None


def again() -> Response:
    """A page that asks for itself once more. A strict cookie is not sent where a link of another site leads here."""
    return _page("Pullquote", "<p>One moment…</p>", refresh=True)


def _entering(wanted: str, trouble: str = "", why: str = _WHY) -> Response:
    warning = f'<p class="trouble" id="trouble" role="alert">{escaped(trouble)}</p>' if trouble else ""
    described = ' aria-invalid="true" aria-describedby="trouble"' if trouble else ""
    body = (
        f"<h1>Pullquote</h1><p>{why}</p>"
        f'<form method="post" action="{SIGN_IN}">{warning}'
        f'<input type="hidden" name="next" value="{escaped(wanted)}">'
        '<label for="key">Key</label>'
        '<input id="key" name="key" type="password" required autofocus autocomplete="current-password" '
        f'spellcheck="false" autocapitalize="none"{described}>'
        '<button type="submit">Sign in</button></form>'
    )
    if not trouble:
        return _page("Sign in · Pullquote", body)
    return _page("Sign in · Pullquote", body, 401, {**_HEADERS, **CHALLENGE})


def _leaving(key: Key) -> Response:
    body = (
        f"<h1>Pullquote</h1><p>Signed in with the key “<bdi>{escaped(key.name)}</bdi>”, which may {key.scope}.</p>"
        f'<form method="post" action="{SIGN_OUT}"><button type="submit">Sign out</button></form>'
        '<p><a href="/">Back to the articles</a></p>'
    )
    return _page("Sign out · Pullquote", body)


def _page(
    title: str, body: str, status: int = 200, headers: Mapping[str, str] = _HEADERS, refresh: bool = False
) -> Response:
    asks_again = '<meta http-equiv="refresh" content="0">' if refresh else ""
    return HTMLResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{asks_again}'
        f"<title>{escaped(title)}</title><style>{_STYLE}</style></head><body><main>{body}</main></body></html>",
        status,
        headers,
    )


async def _body(receive: Receive) -> bytes | None:
    """The form, None where it is too large to be one."""
    body, more = b"", True
    while more and len(body) <= _FORM_BYTES:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return None if len(body) > _FORM_BYTES else body


def _fields(encoded: bytes) -> dict[str, str]:
    """The fields of a form or query; none where it is not one of ours."""
    try:
        return {name: values[-1] for name, values in parse_qs(encoded.decode("latin-1"), max_num_fields=10).items()}
    except ValueError:
        return {}


def _inside(wanted: str) -> str:
    """`wanted` if it is a path of this server's, else the page: nobody is sent elsewhere by a link to sign in."""
    is_path = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_path and wanted.partition("?")[0] not in (SIGN_IN, SIGN_OUT) else "/"
