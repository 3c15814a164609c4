"""Pages of other origins that may use the API: none, unless they were named."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from index.errors import UsageError
from qa.api.idempotency import REPLAYED
from qa.api.problem import REQUEST_HEADER, problem

_PORTS = {"http": 80, "https": 443}  # which browsers leave out
_METHODS = ("GET", "HEAD", "POST", "DELETE")
_TAKEN = ("*",)  # clients add headers of their own: OpenAI's a dozen, of new names with each version
_GIVEN = ("Location", "Retry-After", REPLAYED, REQUEST_HEADER)


def origin_of(given: str) -> str:
    """An origin as browsers write it, such as `https://desk.example.org`; raises `UsageError`."""
    try:
        parts = urlsplit(given)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or given.strip("/").count("/") != 2 or "@" in given or not given.isascii():
        raise UsageError(f"{given!r} is no origin: write it as https://desk.example.org, with a port if it has one")
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, _PORTS[parts.scheme]) else "")


class Cors(CORSMiddleware):
    """CORS for the API's own addresses; the page is for its own origin alone."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        super().__init__(
            app,
            allow_origins=list(origins),
            allow_methods=_METHODS,
            allow_headers=_TAKEN,
            allow_private_network=True,  # a page of the internet's, a server of this machine's: both were named
            expose_headers=_GIVEN,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_api = scope["type"] == "http" and (scope["path"].startswith("/v1/") or scope["path"] == "/openapi.json")
        await (super().__call__ if is_api else self.app)(scope, receive, send)

    def preflight_response(self, request_headers: Headers) -> Response:
        """Starlette's own; a refusal is a problem like any other."""
        response = super().preflight_response(request_headers)
        if response.status_code < 400:
            return response
        return problem(403, "a web page of this origin may not do this: --cors-origin names those that may")
