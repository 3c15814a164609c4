"""The API over HTTP, put together: who is let in, what is noted, and the routes of `qa.api_*`."""

from collections.abc import Collection, Sequence

from fastapi import FastAPI
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from qa.api.articles import add_articles
from qa.api.ask import add_asking
from qa.api.cors import Cors
from qa.api.health import add_health
from qa.api.idempotency import Idempotent
from qa.api.jobs import Desk, add_jobs
from qa.api.limits import ARTICLES_BYTES, QUESTION_BYTES, Guard
from qa.api.metrics import Metrics
from qa.api.observe import Observe
from qa.api.openai import add_openai
from qa.api.openapi import Documented, add_docs
from qa.api.problem import add_handlers
from qa.api.turnstile import Turnstile
from qa.api.verify import add_verify
from qa.batch.jobs import Jobs
from qa.batch.worker import Worker
from qa.engine import Engine

_LIMITS = {
    "/v1/articles": ARTICLES_BYTES,
    "/v1/ask": QUESTION_BYTES,
    "/v1/search": QUESTION_BYTES,
    "/v1/chat/completions": QUESTION_BYTES,
}


class _AnyConvertor(PathConvertor):
    """An id in a path may hold anything, line ends too."""

    regex = r"[\s\S]+"


class _Elsewhere:
    """ASGI endpoint of all other addresses under /v1: 405 where another method would do, else 404.

    HEAD is answered as GET is; the server leaves the body out.
    """

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        partial = [route for route in self._app.routes if route.matches(scope)[0] is Match.PARTIAL]
        as_get = {**scope, "method": "GET"}
        for route in partial if scope["method"] == "HEAD" else ():
            match, found = route.matches(as_get)
            if match is Match.FULL:
                await route.handle({**as_get, **found}, receive, send)
                return
        methods = {method for route in partial for method in getattr(route, "methods", None) or ()}
        allowed = sorted(methods | ({"HEAD"} if "GET" in methods else set()))
        raise HTTPException(405, headers={"Allow": ", ".join(allowed)}) if allowed else HTTPException(404)


def create_api(
    engine: Engine,
    hosts: Collection[str] | None = None,
    *,
    access: Sequence[Middleware] = (),
    turnstile: Turnstile | None = None,
    origins: Collection[str] = (),
) -> FastAPI:
    """The API over `engine`; with `hosts`, requests that call the server by another name are turned away.

    `access` stands right in front of all routes, the page's too: whatever it refuses is reported, logged and allowed
    to other origins as every other problem is. Questions wait in `turnstile`, which other doors may share. Pages of
    `origins` (`qa.api.cors.origin_of`) may use the API.
    """
    register_url_convertor("anything", _AnyConvertor())
    app = Documented(
        title="Pullquote",
        summary="Articles' own sentences, word for word, each cited to its exact place.",
        version="1",
        # What was asked before is looked up for those who are let in.
        middleware=[*access, Middleware(Idempotent, folder=engine.library.folder)],
        redirect_slashes=False,  # an id may end in one
        docs_url=None,
        redoc_url=None,
    )
    turnstile = turnstile or Turnstile()
    metrics = Metrics(turnstile, engine.library)
    add_handlers(app)
    add_docs(app)
    # Each stands before those that are named above it.
    app.add_middleware(Guard, limits=_LIMITS, other=ARTICLES_BYTES, hosts=hosts, origins=origins)
    if origins:
        app.add_middleware(Cors, origins=origins)
    app.add_middleware(Observe, api=app, metrics=metrics)
    add_asking(app, engine, turnstile)
    desk = _desk(engine)
    add_articles(app, engine, desk)
    add_jobs(app, desk)
    add_verify(app, engine.library)
    add_health(app, engine, metrics)
    add_openai(app, engine, turnstile)
    for path in ("/v1", "/v1/{rest:anything}", "/healthz", "/readyz", "/metrics"):
        app.add_route(path, _Elsewhere(app), include_in_schema=False)  # type: ignore[arg-type] # any ASGI app will do
    return app


def _desk(engine: Engine) -> Desk:
    """Where jobs are handed in; those that an earlier server left are gone on with."""
    jobs = Jobs(engine.library.folder)
    worker = Worker(engine, jobs)
    if jobs.next() is not None:
        worker.wake()
    return Desk(jobs, worker)
