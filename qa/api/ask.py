"""Asking over HTTP: `/v1/ask`, at once or as a stream of events, and `/v1/search`."""

import logging
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Body, Depends, FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from qa.answer import Answer
from qa.api.logs import fields
from qa.api.models import AnswerOut, AskIn, QuestionIn, SearchOut
from qa.api.openapi import ASK_EXAMPLES, ASK_RESPONSES, SEARCH_EXAMPLES, problems
from qa.api.posted import only, read
from qa.api.turnstile import Turnstile
from qa.api.under_way import Events, Tell, UnderWay, while_there
from qa.engine import Engine, Found
from qa.lines import json_line
from qa.question import Question, day, filters_of, turns

_LOG = logging.getLogger("pullquote.ask")


def add_asking(app: FastAPI, engine: Engine, turnstile: Turnstile) -> None:
    @app.post(
        "/v1/ask",
        summary="Ask a question",
        tags=["ask"],
        response_model=AnswerOut,
        response_description="The answer, or an abstention with its reason and the nearest misses.",
        responses=ASK_RESPONSES | problems(408, 413, 415, 422),
        dependencies=[Depends(json_only), Depends(only())],
    )
    async def ask(asked: Annotated[AskIn, Body(openapi_examples=dict(ASK_EXAMPLES))], request: Request) -> Response:
        settings = _settings(asked)

        def work(tell: Tell) -> Answer:
            return engine.ask(
                asked.question, asked.top_k, **settings, min_confidence=asked.min_confidence, on_stage=tell
            )

        under_way = UnderWay(turnstile, work)
        if asked.stream:
            return Events(under_way, _parts)
        return _json((await while_there(request, under_way)).to_json())

    @app.post(
        "/v1/search",
        summary="Find sentences, without an answer",
        tags=["ask"],
        response_model=SearchOut,
        response_description="The ranked sentences that an answer to the question would have as its `hits`.",
        responses=problems(408, 413, 415, 422),
        dependencies=[Depends(json_only), Depends(only())],
    )
    async def search(
        asked: Annotated[QuestionIn, Body(openapi_examples=dict(SEARCH_EXAMPLES))], request: Request
    ) -> Response:
        settings = _settings(asked)

        def work(tell: Tell) -> Found:
            return engine.search(asked.question, asked.top_k, **settings, on_stage=tell)

        return _json((await while_there(request, UnderWay(turnstile, work))).to_json())


def json_only(request: Request) -> None:
    """A dependency: 415 for a body of another type."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, "send the question as JSON, with the header Content-Type: application/json")


def _settings(asked: QuestionIn) -> dict[str, Any]:
    """How the question is asked; whatever makes no sense is refused before anything is queued or streamed."""
    settings = {
        "history": read("history", turns, asked.history),
        "as_of": read("as_of", day, asked.as_of),
        "filters": read("filters", filters_of, asked.filters),
        "fast": asked.fast,
    }
    read("question", Question, asked.question)
    _LOG.debug("question", extra=fields(question=asked.question))
    return settings


def _parts(answer: Answer) -> Iterator[tuple[str, dict[str, Any]]]:
    """An answer as events: each sentence, and then all of it."""
    whole = answer.to_json()
    for citation in whole["citations"]:
        yield "sentence", citation
    yield "answer", whole


def _json(value: dict[str, Any]) -> Response:
    return Response(json_line(value), media_type="application/json")
