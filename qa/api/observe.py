"""Every request gets an id, a line in the log and its place in the metrics."""

import logging
import re
import time
import uuid

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.access.middleware import holder
from qa.api.logs import fields, request_id
from qa.api.metrics import Metrics
from qa.api.problem import REQUEST_HEADER, REQUEST_ID

_SOUND = re.compile(r"[A-Za-z0-9._:+/=-]{1,128}")  # what may stand in a log and a header as it came
_QUIET = frozenset(("/healthz", "/readyz", "/metrics"))  # asked every few seconds by programs that watch
_LEFT = 499  # nginx's number for a client that did not wait
_LOG = logging.getLogger("pullquote.http")


class Observe:
    """ASGI middleware; `app` is the whole application, whose routes name the requests."""

    def __init__(self, app: ASGIApp, api: FastAPI, metrics: Metrics) -> None:
        self._app, self._api, self._metrics = app, api, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope[REQUEST_ID] = _id_of(scope)
        request_id.set(scope[REQUEST_ID])
        began, status = time.perf_counter(), _LEFT

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_HEADER] = scope[REQUEST_ID]
            await send(message)

        try:
            await self._app(scope, receive, named)
        except Exception:
            status = 500
            raise
        finally:
            self._note(scope, status, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route, method = self._route(scope), scope["method"]
        self._metrics.requested(route, method, status, seconds)
        level = logging.INFO if route not in _QUIET and route.startswith("/v1") else logging.DEBUG
        _LOG.log(
            logging.WARNING if status == 500 else level,  # not 503, of which there are many when there are any
            "request",
            extra=fields(method=method, route=route, status=status, seconds=round(seconds, 4), **_holder(scope)),
        )

    def _route(self, scope: Scope) -> str:
        """The template of the first route that takes the request, as the router chooses it; `page` for the page."""
        for route in self._api.router.routes:
            if route.matches(scope)[0] is Match.FULL:
                return getattr(route, "path_format", None) or getattr(route, "path", "") or "page"
        return "none"


def _holder(scope: Scope) -> dict[str, str]:
    """The id of the key with which the request came, where one was needed."""
    key = holder(scope)
    return {"key": key.id} if key else {}


def _id_of(scope: Scope) -> str:
    """The id that the client gave, where it is sound, else a new one."""
    given = Headers(scope=scope).get(REQUEST_HEADER, "")
    return given if _SOUND.fullmatch(given) else uuid.uuid4().hex
