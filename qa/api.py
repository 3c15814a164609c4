"""The API: ask, and look after the articles, over HTTP."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Body, Depends, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from index.article import Article, Refusal
from index.errors import LibraryError, PullquoteError, QuestionError, ReadError
from index.update import Summary, index_articles, remove_articles
from qa.api_models import (
    AnswerOut,
    ArticleItem,
    ArticleOut,
    ArticlesIn,
    AskIn,
    HealthOut,
    ListIn,
    ListOut,
    ReadyOut,
    SummaryOut,
)
from qa.engine import Engine
from qa.intake import parse_json, read_rows, read_uploads
from qa.limits import ARTICLES_BYTES, QUESTION_BYTES, Guard
from qa.openapi import ASK_EXAMPLES, POST_BODY, Documented, add_docs, problems
from qa.problem import RefusedError, add_handlers
from qa.question import day, turns

_Read = TypeVar("_Read")


class _AnyConvertor(PathConvertor):
    """An id in a path may hold anything, line ends too."""

    regex = r"[\s\S]+"


class _Elsewhere:
    """ASGI endpoint of all other addresses under /v1: 405 where another method would do, else 404."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        partial = [route for route in self._app.routes if route.matches(scope)[0] is Match.PARTIAL]
        methods = sorted({method for route in partial for method in getattr(route, "methods", None) or ()})
        raise HTTPException(405, headers={"Allow": ", ".join(methods)}) if methods else HTTPException(404)


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _json_only(request: Request) -> None:
    if _kind(request) != "application/json":
        raise HTTPException(415, "send the question as JSON, with the header Content-Type: application/json")


async def _posted(request: Request) -> AsyncIterator[bytes | list[tuple[str, UploadFile | str]]]:
    """The body of JSON as bytes, of a form as its fields: both are understood later, off the event loop."""
    match _kind(request):
        case "application/json":
            yield await _whole(request)
        case "multipart/form-data":
            async with request.form() as form:
                yield form.multi_items()
        case _:
            raise HTTPException(415, "send articles as application/json, or files as multipart/form-data")


async def _whole(request: Request) -> bytes:
    try:
        return await request.body()
    except ClientDisconnect:
        raise HTTPException(400, "the body was cut short") from None


def _rows(body: bytes) -> list[Any]:
    try:
        return ArticlesIn.model_validate(parse_json(body)).articles
    except ReadError as error:
        raise RefusedError(422, f"the body {error}", [Refusal("body", str(error))]) from None
    except ValidationError as error:
        raise RequestValidationError([{**e, "loc": ("body", *e["loc"])} for e in error.errors()]) from None


def _files(fields: Sequence[tuple[str, UploadFile | str]]) -> list[UploadFile]:
    files = [field for _, field in fields if isinstance(field, UploadFile)]
    if len(files) != len(fields):
        names = ", ".join(repr(name) for name, field in fields if isinstance(field, str))
        raise RefusedError(422, f"the form's {names} is no file: send files only")
    if not files:
        raise RefusedError(422, "the form holds no file: send one or more")
    return files


def _read(where: str, read: Callable[[Any], _Read], value: Any) -> _Read:
    """What `read` makes of a field of the question; its `QuestionError` is a problem that names the field."""
    try:
        return read(value)
    except QuestionError as error:
        raise _refused(where, error) from None


def _refused(where: str, error: QuestionError) -> RefusedError:
    reason = str(error)
    return RefusedError(422, reason if where in reason else f"{where}: {reason}", [Refusal(where, reason)])


def _item(article: Article) -> dict[str, Any]:
    return {name: getattr(article, name) for name in ArticleItem.model_fields}


def _summary(summary: Summary) -> dict[str, Any]:
    return {
        "added": summary.added,
        "changed": summary.changed,
        "unchanged": summary.unchanged,
        "twins": [{"id": one, "same_text_as": other} for one, other in summary.twins],
        "refused": [{"where": part.where, "reason": part.reason} for part in summary.refused],
    }


def create_api(engine: Engine, hosts: Collection[str] | None = None) -> FastAPI:
    """The API over `engine`; with `hosts`, requests that call the server by another name are turned away."""
    register_url_convertor("anything", _AnyConvertor())
    app = Documented(
        title="Pullquote",
        summary="Articles' own sentences, word for word, each cited to its exact place.",
        version="1",
        redirect_slashes=False,  # an id may end in one
        docs_url=None,
        redoc_url=None,
    )
    add_handlers(app)
    add_docs(app)
    app.add_middleware(
        Guard, limits={"/v1/articles": ARTICLES_BYTES, "/v1/ask": QUESTION_BYTES}, other=ARTICLES_BYTES, hosts=hosts
    )
    _add_asking(app, engine)
    _add_articles(app, engine)
    _add_article(app, engine)
    _add_health(app, engine)
    for path in ("/v1", "/v1/{rest:anything}", "/healthz", "/readyz"):
        app.add_route(path, _Elsewhere(app), include_in_schema=False)  # type: ignore[arg-type] # any ASGI app will do
    return app


def _add_asking(app: FastAPI, engine: Engine) -> None:
    @app.post(
        "/v1/ask",
        summary="Ask a question",
        tags=["ask"],
        response_model=AnswerOut,
        response_description="The answer, or an abstention with its reason and the nearest misses.",
        responses=problems(403, 413, 415, 422, 503),
        dependencies=[Depends(_json_only)],
    )
    def ask(asked: Annotated[AskIn, Body(openapi_examples=dict(ASK_EXAMPLES))]) -> JSONResponse:
        history, as_of = _read("history", turns, asked.history), _read("as_of", day, asked.as_of)
        try:
            answer = engine.ask(
                asked.question,
                asked.top_k,
                history=history,
                as_of=as_of,
                min_confidence=asked.min_confidence,
                fast=asked.fast,
            )
        except QuestionError as error:
            raise _refused("question", error) from None
        return JSONResponse(answer.to_json())


def _add_articles(app: FastAPI, engine: Engine) -> None:
    @app.get(
        "/v1/articles",
        summary="List the articles",
        tags=["articles"],
        response_model=ListOut,
        responses=problems(422, 503),
    )
    def list_articles(page: Annotated[ListIn, Query()]) -> JSONResponse:
        with engine.library.reading() as (_, truth):
            items = [_item(article) for article in truth.listed(page.source, page.limit, page.offset)]
            total = truth.article_count(page.source)
        return JSONResponse({"items": items, "total": total, "limit": page.limit, "offset": page.offset})

    @app.post(
        "/v1/articles",
        summary="Add or replace articles",
        tags=["articles"],
        response_model=SummaryOut,
        responses=problems(403, 413, 415, 422, 503),
        openapi_extra={"requestBody": dict(POST_BODY)},
    )
    def add_articles(
        posted: Annotated[bytes | list[tuple[str, UploadFile | str]], Depends(_posted)],
    ) -> JSONResponse:
        articles = (
            read_rows(_rows(posted))
            if isinstance(posted, bytes)
            else read_uploads((file.filename or "", file.file.read()) for file in _files(posted))
        )
        summary = index_articles(engine.library, engine.encoder, articles)
        if summary.refused and not summary.added + summary.changed + summary.unchanged:
            raise RefusedError(422, "none of these is an article that can be taken in", summary.refused)
        return JSONResponse(_summary(summary))


def _add_article(app: FastAPI, engine: Engine) -> None:
    @app.get(
        "/v1/articles/{id:anything}",
        summary="One article with its text",
        tags=["articles"],
        response_model=ArticleOut,
        responses=problems(404, 422, 503),
    )
    def get_article(id: str) -> JSONResponse:
        with engine.library.reading() as (_, truth):
            article = truth.article(id)
        if article is None:
            raise HTTPException(404, f"there is no article {id!r}: GET /v1/articles lists them")
        return JSONResponse({**_item(article), "text": article.text, "sha256": article.sha256})

    @app.delete(
        "/v1/articles/{id:anything}",
        summary="Take an article out",
        tags=["articles"],
        status_code=204,
        response_description="It is gone.",
        responses=problems(403, 404, 422, 503),
    )
    def delete_article(id: str) -> Response:
        try:
            remove_articles(engine.library, [id])
        except LibraryError:
            raise
        except PullquoteError:
            raise HTTPException(404, f"there is no article {id!r}: GET /v1/articles lists them") from None
        return Response(status_code=204)


def _add_health(app: FastAPI, engine: Engine) -> None:
    @app.get(
        "/healthz", summary="Is the process alive?", tags=["health"], response_model=HealthOut, responses=problems()
    )
    async def healthz() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    @app.get(
        "/readyz",
        summary="Can the library be read?",
        tags=["health"],
        response_model=ReadyOut,
        responses=problems(503),
    )
    def readyz() -> JSONResponse:
        with engine.library.reading() as (_, truth):
            return JSONResponse({"status": "ready", "articles": truth.article_count(), "generation": truth.generation})
