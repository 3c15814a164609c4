"""Errors as `application/problem+json` (RFC 9457): one shape for every endpoint and everything that can go wrong."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from index.article import Refusal, storable
from index.errors import LibraryBusy, LibraryError, PullquoteError, ServerBusy, UsageError
from index.reason import one_line

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5  # what a client is told to wait while another writes
REQUEST_HEADER, REQUEST_ID = "X-Request-ID", "pullquote.request"  # in the headers, and in the ASGI scope
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_LOG = logging.getLogger("pullquote.api")
_TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}  # RFC 9110's; Python 3.11 has older ones
_DETAILS = {
    400: "the body cannot be read: write it as JSON in UTF-8, not deeply nested",
    404: "there is nothing at this address: /openapi.json lists what there is",
    408: "the body did not come in time: send it again",
    405: "this address does not take this method: the Allow header lists those it takes",
}
_UNREADABLE = "There was an error parsing the body"  # FastAPI's own words for bytes that are no text, and the like
_BUG = "an error of ours, not of the request: the server's log has the particulars"
UNUSABLE = "the library cannot be used just now: the server's log says why, `pullquote doctor` what to do"
_REASONS = {
    "extra_forbidden": "is not a field that is known here: leave it out",
    "missing": "is missing: give it",
    "model_type": "is not a JSON object: write {…}",
    "model_attributes_type": "is not a JSON object: write {…}",
    "string_unicode": "holds half a character: remove it",
    "too_short": "is empty: give at least one",
}  # by pydantic's type of error, where its message is not in the words of this project
_BUSY = "something else is being written to the library: try again in a few seconds"


class RefusedError(Exception):
    """A request that is understood and not carried out; its handler makes the problem of it."""

    def __init__(self, status: int, detail: str, errors: Sequence[Refusal] = ()) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors = status, detail, errors


def problem(
    status: int, detail: str = "", errors: Sequence[Refusal] = (), headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The response for one thing that went wrong; `errors` names the parts of the request that are to blame."""
    title = _TITLES.get(status) or HTTPStatus(status).phrase
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": one_line(storable(detail or _DETAILS.get(status, title))),
    }
    if errors:
        content["errors"] = [{"where": storable(error.where), "reason": storable(error.reason)} for error in errors]
    return JSONResponse(content, status, {**SECURITY_HEADERS, **(headers or {})}, MEDIA_TYPE)


def add_handlers(app: FastAPI) -> None:
    """Makes every error that leaves `app` a problem, and none of them a traceback."""
    for kind in (
        RefusedError, HTTPException, RequestValidationError, UsageError, ServerBusy, LibraryError, ClientDisconnect
    ):  # fmt: skip
        app.add_exception_handler(kind, _told)
    app.add_exception_handler(Exception, _bug)


def refusals(error: RequestValidationError) -> list[Refusal]:
    """What is wrong with the request, each by its place: `top_k`, `articles[3]`, `body`."""
    return [Refusal(_where(found["loc"]), _reason(found)) for found in error.errors()]


def problem_of(error: Exception) -> JSONResponse:
    """The problem that `error` is to a client; what only concerns whoever runs the server goes into the log."""
    match error:
        case RefusedError():
            return problem(error.status, error.detail, error.errors)
        case HTTPException():
            bare = error.detail in (HTTPStatus(error.status_code).phrase, _UNREADABLE)
            return problem(error.status_code, "" if bare else error.detail, headers=error.headers)
        case RequestValidationError():
            found = refusals(error)
            return problem(422, "; ".join(f"{part.where}: {part.reason}" for part in found[:3]), found)
        case UsageError():
            return problem(422, str(error))
        case ServerBusy():
            return problem(503, str(error), headers={"Retry-After": str(error.seconds)})
        case LibraryBusy():
            return problem(503, _BUSY, headers={"Retry-After": str(RETRY_SECONDS)})
        case LibraryError():  # not its own line, which names folders of the server's
            _LOG.error("%s", error)
            return problem(503, UNUSABLE)
        case ClientDisconnect():
            return problem(400, "whoever sent this did not wait for the answer")
        case PullquoteError():
            _LOG.error("%s", error)
    return problem(500, _BUG)


async def _told(request: Request, error: Exception) -> JSONResponse:
    return problem_of(error)


async def _bug(request: Request, error: Exception) -> JSONResponse:
    """Answered outside of all middleware, which could not name the request."""
    told = problem_of(error)
    if named := request.scope.get(REQUEST_ID):
        told.headers[REQUEST_HEADER] = named
    return told


def _where(place: Sequence[int | str]) -> str:
    """Pydantic's location as the client would write it."""
    parts = place[1:] if place and place[0] in ("body", "query", "path") else place
    if not parts or (place[0] == "body" and isinstance(parts[0], int)):  # the body itself, or a place in its JSON
        return "body"
    first, *rest = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return (first + "".join(rest)).removeprefix(".")


def _reason(found: Mapping[str, Any]) -> str:
    if found["type"] == "json_invalid":
        return f"is not JSON: {found['ctx']['error']} at character {found['loc'][-1]}"
    return _REASONS.get(found["type"]) or str(found["msg"])
