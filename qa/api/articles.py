"""Looking after the articles over HTTP: `/v1/articles…`."""

import io
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from index.article import Article, Refusal
from index.errors import LibraryError, PullquoteError, QuestionError
from index.update import index_articles, remove_articles
from qa.api.article_models import ArticleId, ArticleItem, ArticleOut, ArticlesIn, ListIn, ListOut, SummaryOut
from qa.api.idempotency import documented
from qa.api.job_docs import JOB_RESPONSES
from qa.api.jobs import Desk
from qa.api.openapi import POST_BODY, problems
from qa.api.posted import Posted, files_of, only, posted, validated
from qa.api.problem import RefusedError
from qa.api.writing import Writing
from qa.batch.intake import UNNAMED, read_rows, read_uploads
from qa.batch.jobs import Kind
from qa.batch.worker import summary_json
from qa.engine import Engine
from qa.question import Filters, day

ROWS = "articles.json"  # what a job calls articles that were sent as JSON


def add_articles(app: FastAPI, engine: Engine, desk: Desk) -> None:
    """The routes of the list, and of one article."""
    writing = Writing()
    _add_list(app, engine, desk, writing)
    _add_one(app, engine, writing)


def _add_list(app: FastAPI, engine: Engine, desk: Desk, writing: Writing) -> None:
    @app.get(
        "/v1/articles",
        summary="List the articles",
        tags=["articles"],
        response_model=ListOut,
        responses=problems(422),
    )
    def list_articles(page: Annotated[ListIn, Query()]) -> JSONResponse:
        chosen = _chosen(page)
        with engine.library.reading() as (_, truth):
            items = [item(article) for article in truth.listed(page.source, page.limit, page.offset, **chosen)]
            total = truth.article_count(page.source, **chosen)
        return JSONResponse({"items": items, "total": total, "limit": page.limit, "offset": page.offset})

    @app.post(
        "/v1/articles",
        summary="Add or replace articles",
        tags=["articles"],
        response_model=SummaryOut,
        responses=JOB_RESPONSES | problems(408, 409, 413, 415, 422),
        openapi_extra={"requestBody": dict(POST_BODY)},
        dependencies=[Depends(documented), Depends(only("job"))],
    )
    def post_articles(
        request: Request,
        given: Annotated[Posted, Depends(posted)],
        job: Annotated[bool, Query(description="Answer at once with a job that takes them in.")] = False,
    ) -> JSONResponse:
        rows = validated(ArticlesIn, given).articles if isinstance(given, bytes) else []
        files = [] if isinstance(given, bytes) else files_of(given)
        if job:
            return _handed_in(request, desk, given, files)
        articles = read_uploads((file.filename or "", file.file) for file in files) if files else read_rows(rows)
        with writing.turn():
            summary = index_articles(engine.library, engine.encoder, articles)
        if summary.refused and not summary.added + summary.changed + summary.unchanged:
            raise RefusedError(422, "none of these is an article that can be taken in", summary.refused)
        return JSONResponse(summary_json(summary))


def _handed_in(request: Request, desk: Desk, given: Posted, files: Sequence[UploadFile]) -> JSONResponse:
    """A job of what was sent."""
    if isinstance(given, bytes):
        return desk.take(request, Kind.ARTICLES, ROWS, [(ROWS, io.BytesIO(given))], {"rows": True})
    named = [(file.filename or UNNAMED, file.file) for file in files]
    name = named[0][0] if len(named) == 1 else f"{len(named)} files"
    return desk.take(request, Kind.ARTICLES, name, named, {})


def _add_one(app: FastAPI, engine: Engine, writing: Writing) -> None:
    @app.get(
        "/v1/articles/{id:anything}",
        summary="One article with its text",
        tags=["articles"],
        response_model=ArticleOut,
        responses=problems(404, 422),
    )
    def get_article(id: ArticleId) -> JSONResponse:
        with engine.library.reading() as (_, truth):
            article = truth.article(id)
        if article is None:
            raise _no_such(id)
        return JSONResponse({**item(article), "text": article.text, "sha256": article.sha256})

    @app.delete(
        "/v1/articles/{id:anything}",
        summary="Take an article out",
        tags=["articles"],
        status_code=204,
        response_description="It is gone.",
        responses=problems(404, 409, 422),
        dependencies=[Depends(documented)],
    )
    def delete_article(id: ArticleId) -> Response:
        try:
            with writing.turn():
                remove_articles(engine.library, [id])
        except LibraryError:
            raise
        except PullquoteError:
            raise _no_such(id) from None
        return Response(status_code=204)


def item(article: Article) -> dict[str, Any]:
    """An article's JSON without its text."""
    return {name: getattr(article, name) for name in ArticleItem.model_fields}


def _no_such(article_id: str) -> HTTPException:
    return HTTPException(404, f"there is no article {article_id!r}: GET /v1/articles lists them")


def _chosen(page: ListIn) -> dict[str, Any]:
    """What of the list is asked for; `RefusedError` where it makes no sense."""
    days = {name: _day(name, getattr(page, name)) for name in ("published_after", "published_before")}
    try:
        filters = Filters(None, **days)
    except QuestionError as error:
        raise RefusedError(422, str(error), [Refusal("published_after", str(error))]) from None
    return {
        "first": filters.published_after,
        "last": filters.published_before,
        "words": tuple((page.q or "").split()),
    }


def _day(name: str, value: str | None) -> Any:
    try:
        return day(value)
    except QuestionError as error:
        raise RefusedError(422, f"{name}: {error}", [Refusal(name, str(error))]) from None
