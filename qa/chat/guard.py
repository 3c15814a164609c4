"""What the chat page may do and ask for: its security headers, and which of Gradio's routes are served at all.

The page's HTML, which is Gradio's, is rewritten on its way out: what it asks of other machines is taken out, and each
script that stands in it is named by its digest, so that the policy need not allow scripts in the markup at large.
"""

import base64
import hashlib
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.api.problem import problem
from qa.chat.static_files import PAGE_SHEET, PATH

_EMPTY = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
# Nothing is asked of another machine, whatever the markup says. Gradio compiles its templates in the browser, hence
# 'unsafe-eval'; its components make style elements with nothing in them, which is what the empty text's digest allows.
_POLICY = (
    "default-src 'none'",
    "script-src 'self' 'unsafe-eval'",
    "script-src-attr 'none'",
    f"style-src-elem 'self' {_EMPTY}",
    "style-src-attr 'unsafe-hashes'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)
_HEADERS = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
_INLINE = {
    "script-src": re.compile(r"<script(?:\s[^>]*)?>(.*?)</script>", re.DOTALL | re.IGNORECASE),
    "style-src-elem": re.compile(r"<style(?:\s[^>]*)?>(.*?)</style>", re.DOTALL | re.IGNORECASE),
    "style-src-attr": re.compile(r"""<[a-z][^<>]*?\sstyle\s*=\s*"([^"<>]*)\"""", re.IGNORECASE),
}
# Scripts, style sheets, fonts and connections of other machines, and what the page would tell social networks.
_ELSEWHERE = re.compile(
    r"""<script\s[^>]*\bsrc\s*=\s*["']?(?:https?:)?//[^>]*>\s*</script>
    |<link\s[^>]*\bhref\s*=\s*["']?(?:https?:)?//[^>]*>
    |<meta\s+(?:property\s*=\s*["']og:|name\s*=\s*["']twitter:)[^>]*>
    |@import\s[^;]*(?:https?:)?//[^;]*;""",
    re.IGNORECASE | re.VERBOSE,
)
_CHARSET = re.compile(r"(<meta\s+charset=[^>]*>)", re.IGNORECASE)
_APP = re.compile(r"(<gradio-app\b)", re.IGNORECASE)
# Seen at once, while Gradio's scripts are being loaded; first.css takes it away when the page itself is there.
_OWN = (
    f'<title>Pullquote</title><link rel="stylesheet" href="{PATH}first.css"><link rel="stylesheet" href="{PAGE_SHEET}">'
    f'<link rel="icon" href="{PATH}icon.svg" type="image/svg+xml"><script src="{PATH}copy.js" defer></script>'
)
_FIRST = (
    '<div id="pq-first"><p class="pq-first-name">Pullquote</p>'
    "<noscript><p>The chat page needs JavaScript; permalinks to quotations do without.</p></noscript></div>"
)
# What of Gradio's own API the page needs. Its file, upload, proxy and direct-call routes are of no use here.
_NEEDED = re.compile(r"/gradio_api/(queue/(join|data)|heartbeat/.+|startup-events|app_id|cancel|reset/?|user/?)")


class Guard:
    """Puts the security headers on each response, rewrites the page, and serves no more routes than are needed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        app = problem(404) if _unneeded(scope) else self._app
        await app(scope, receive, _Rewriting(send))


class _Rewriting:
    """`send` that adds the headers; HTML is held until it is whole, then rewritten, and its scripts are named."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._held: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if Headers(raw=message["headers"]).get("content-type", "").startswith("text/html"):
                self._held = message
            else:
                await self._send(_guarded(message, ""))
        elif self._held is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_page(self._held)

    async def _send_page(self, start: Message) -> None:
        page = rewritten(self._body.decode("utf-8"))
        start = _guarded(start, page)
        if self._body:  # a HEAD request has none, and its length is then not known
            MutableHeaders(raw=start["headers"])["content-length"] = str(len(page.encode()))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": page.encode()})


def rewritten(page: str) -> str:
    """Gradio's page without what it asks of other machines, with a title, and with something to see at once."""
    page = _ELSEWHERE.sub("", page)
    return _APP.sub(rf"{_FIRST}\1", _CHARSET.sub(rf"\1{_OWN}", page, count=1), count=1)


def policy(page: str = "") -> str:
    """The content security policy of `page`: of the scripts and styles in its markup those count that are there now."""
    return "; ".join(part + _named(_INLINE.get(part.partition(" ")[0]), page) for part in _POLICY)


def _named(inline: re.Pattern[str] | None, page: str) -> str:
    """The digests of what `inline` finds in the page, each once, as sources of a policy."""
    found = [text for text in dict.fromkeys(inline.findall(page)) if text.strip()] if inline else []
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in found]
    return "".join(f" 'sha256-{digest}'" for digest in digests)


def _guarded(message: Message, page: str) -> Message:
    headers = MutableHeaders(raw=[*message["headers"]])
    headers["content-security-policy"] = policy(page)
    for name, value in _HEADERS.items():
        headers[name] = value
    return {**message, "headers": headers.raw}


def _unneeded(scope: Scope) -> bool:
    path = "/" + str(scope["path"]).removeprefix(str(scope.get("root_path", ""))).lstrip("/")
    if path.startswith("/gradio_api/"):
        return _NEEDED.fullmatch(path) is None
    return path.startswith(("/monitoring", "/login", "/logout", "/svelte", "/deep_link"))
