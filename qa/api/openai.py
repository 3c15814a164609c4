"""The library as a model of OpenAI's chat completions API, so that chat front ends connect by changing a base URL."""

import time
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from index.article import Refusal
from index.errors import QuestionError, ReadError
from qa.answer import Answer
from qa.api.examples import CHUNKS
from qa.api.message import Link, message_of, recalled
from qa.api.models import REF
from qa.api.openai_errors import OpenAIErrors
from qa.api.openai_models import ChatIn, CompletionOut, ModelId, ModelOut, ModelsOut, read_chat, refused
from qa.api.openai_reply import Reply
from qa.api.openapi import problems
from qa.api.problem import MEDIA_TYPE, RefusedError
from qa.api.turnstile import Turnstile
from qa.api.under_way import Tell, UnderWay, while_there
from qa.batch.intake import parse_json
from qa.citation import Citation
from qa.engine import Engine
from qa.links import Place, in_angles, permalink
from qa.phrases import safe_url
from qa.question import Question, Turn

MODELS = {"pullquote": False, "pullquote-fast": True}  # whether the ranker's model is left out
_PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": REF.format(model="ChatProblemOut")}}}
_REQUEST: Mapping[str, Any] = {
    "required": True,
    "content": {"application/json": {"schema": {"$ref": REF.format(model="ChatIn")}}},
}
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The answer; with `stream`, as `chat.completion.chunk`s in server-sent events.",
        "content": {
            "text/event-stream": {
                "schema": {"type": "object", "required": ["data"], "properties": {"data": {"type": "string"}}},
                "example": CHUNKS,
            }
        },
    }
}


def add_openai(app: FastAPI, engine: Engine, turnstile: Turnstile) -> None:
    """Adds the routes, and the middleware that writes their errors: do it after all other middleware."""
    app.add_middleware(OpenAIErrors)
    _add_models(app)

    @app.post(
        "/v1/chat/completions",
        summary="Ask as OpenAI's clients do",
        tags=["openai"],
        response_model=CompletionOut,
        responses=_STREAM | _problems(404, 408, 413, 415),
        openapi_extra={"requestBody": dict(_REQUEST)},
    )
    async def complete(body: Annotated[bytes, Depends(_body)], request: Request) -> Response:
        chat, link = _read(body), _link(str(request.base_url))
        question = _question(chat)

        def work(tell: Tell) -> Answer:
            return engine.ask(question.text, history=question.history, fast=question.fast, on_stage=tell)

        answer = await while_there(request, UnderWay(turnstile, work))
        asked = [message.text for message in chat.messages]
        library = answer.library[1] if answer.library else None
        reply = Reply(chat.model, asked, message_of(answer, link), library, link)
        if not chat.stream:
            return JSONResponse(reply.whole())
        with_usage = bool(chat.stream_options and chat.stream_options.include_usage)
        return StreamingResponse(reply.events(with_usage), media_type="text/event-stream")


def _add_models(app: FastAPI) -> None:
    started = int(time.time())

    def model(name: str) -> dict[str, Any]:
        return {"id": name, "object": "model", "created": started, "owned_by": "pullquote"}

    @app.get("/v1/models", summary="List the models", tags=["openai"], response_model=ModelsOut, responses=_problems())
    async def list_models() -> JSONResponse:
        return JSONResponse({"object": "list", "data": [model(name) for name in MODELS]})

    @app.get(
        "/v1/models/{id:anything}",
        summary="One model",
        tags=["openai"],
        response_model=ModelOut,
        responses=_problems(404, 422),
    )
    async def get_model(id: ModelId) -> JSONResponse:
        _check_model(id)
        return JSONResponse(model(id))


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {**found, "content": _PROBLEM} for status, found in problems(*statuses).items()}


async def _body(request: Request) -> bytes:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, "send the conversation as JSON, with the header Content-Type: application/json")
    try:
        return await request.body()
    except ClientDisconnect:
        raise HTTPException(400, "the body was cut short") from None


def _read(body: bytes) -> ChatIn:
    try:
        chat = read_chat(parse_json(body))
    except ReadError as error:
        raise RefusedError(400, f"the body {error}", [Refusal("body", str(error))]) from None
    _check_model(chat.model)
    return chat


def _check_model(name: str) -> None:
    if name not in MODELS:
        reason = f"there is no model {name!r}: choose {' or '.join(MODELS)}"
        raise RefusedError(404, reason, [Refusal("model", reason)])


def _question(chat: ChatIn) -> Question:
    """What is asked; refused before it waits for its turn where it makes no sense."""
    turns = [Turn(said.role, said.text) for said in chat.messages if said.role in ("user", "assistant")]
    if not turns or turns[-1].role != "user":
        raise refused([Refusal("messages", "the last one is not the user's: end with the question")])
    try:
        return Question(turns[-1].content, history=recalled(turns[:-1]), fast=MODELS[chat.model])
    except QuestionError as error:
        raise refused([Refusal("messages", str(error))]) from None


def _link(base: str) -> Link:
    """The address of a citation: the article's own, else the sentence's on this server, which is at `base`."""

    def link(citation: Citation) -> str:
        own = safe_url(citation.article.url)
        if own:
            return in_angles(own[0])
        return base.removesuffix("/") + permalink(citation.article.id, Place(citation.span, citation.sha256))

    return link
