"""Problems as OpenAI's clients read them: on these routes each carries the same again under `error`."""

import json
from typing import Any

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.api.problem import MEDIA_TYPE

_PATHS = ("/v1/models", "/v1/chat")
_KINDS = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_CODES = {401: "invalid_api_key", 429: "rate_limit_exceeded"}


class OpenAIErrors:
    """ASGI middleware; outermost, so that whatever turns a request away, its client raises an error of its own.

    What goes wrong unforeseen is answered here too, by the application's own handler, and raised again for the log.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_ours(scope["path"]):
            await self._app(scope, receive, send)
            return
        translating = _Translating(send)
        try:
            await self._app(scope, receive, translating)
        except Exception as error:
            if not translating.started:
                response = await scope["app"].exception_handlers[Exception](Request(scope), error)
                await response(scope, receive, translating)
            raise


class _Translating:
    """`send`, with `error` added to a problem's members."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None  # of a problem, kept until its length is known
        self._body = b""
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            if Headers(raw=message["headers"]).get("content-type") == MEDIA_TYPE:
                self._start = message
                return
        if self._start is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if not message.get("more_body", False):
            body = _with_error(self._body)
            MutableHeaders(scope=self._start)["content-length"] = str(len(body))
            await self._send(self._start)
            await self._send({"type": "http.response.body", "body": body})


def _is_ours(path: str) -> bool:
    return any(path == ours or path.startswith(f"{ours}/") for ours in _PATHS)


def _with_error(body: bytes) -> bytes:
    problem = json.loads(body)
    return json.dumps({**problem, "error": error_of(problem)}, ensure_ascii=False, separators=(",", ":")).encode()


def error_of(problem: dict[str, Any]) -> dict[str, Any]:
    """OpenAI's `error` object for a problem."""
    status, blamed = problem["status"], problem.get("errors") or [{}]
    param = blamed[0].get("where")
    return {
        "message": problem["detail"],
        "type": _KINDS.get(status, "server_error" if status >= 500 else "invalid_request_error"),
        "param": param,
        "code": "model_not_found" if status == 404 and param == "model" else _CODES.get(status),
    }
