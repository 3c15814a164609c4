"""What the chat page may do and ask for: its security headers, and which of Gradio's routes are served at all."""

import re

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Gradio's page runs inline scripts and compiles its templates in the browser; beyond that nothing is let in, and
# nothing is asked of another machine, whatever the page's markup says.
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "script-src-attr 'none'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "object-src 'none'",
        "frame-src 'none'",
        "frame-ancestors 'self'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)
_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
# What of Gradio's own API the page needs. Its file, upload, proxy and direct-call routes are of no use here.
_NEEDED = re.compile(r"/gradio_api/(queue/(join|data)|heartbeat/.+|startup-events|app_id|cancel|reset/?|user/?)")


class Guard:
    """Puts the page's security headers on each response, and answers 404 on the Gradio routes it has no use for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *_HEADERS]}
            await send(message)

        app = PlainTextResponse("Not Found", 404) if _unneeded(scope) else self._app
        await app(scope, receive, guarded)


def _unneeded(scope: Scope) -> bool:
    path = "/" + str(scope["path"]).removeprefix(str(scope.get("root_path", ""))).lstrip("/")
    if path.startswith("/gradio_api/"):
        return _NEEDED.fullmatch(path) is None
    return path.startswith(("/monitoring", "/login", "/logout", "/svelte", "/deep_link"))
