"""What the OpenAPI document says beyond what FastAPI finds out: problems, bodies that we read ourselves, examples."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from pydantic.json_schema import models_json_schema

from qa.api.article_models import ArticleRow, ArticlesIn
from qa.api.examples import METRICS, ROW, STREAM
from qa.api.job_docs import MODELS
from qa.api.models import REF, FiltersIn, ProblemOut, TurnIn
from qa.api.openai_models import ChatIn, ChatProblemOut, PartIn
from qa.api.problem import MEDIA_TYPE

ASK_EXAMPLES: Mapping[str, Any] = {
    "plain": {"summary": "A question", "value": {"question": "How long was the canal blocked?"}},
    "few hits": {"summary": "With three hits", "value": {"question": "Who counted the bees?", "top_k": 3}},
    "follow-up": {
        "summary": "After other questions",
        "value": {
            "question": "When did she count them?",
            "history": [
                {"role": "user", "content": "Who counted the bees?"},
                {"role": "assistant", "content": "The keeper counted 40,000 bees in May."},
            ],
        },
    },
    "on a day": {
        "summary": "As of a day",
        "value": {"question": "What did the keeper sell this week?", "as_of": "2024-05-05"},
    },
    "only if sure": {
        "summary": "Only if it is likely, or quickly",
        "value": {"question": "Who counted the bees?", "min_confidence": 0.9, "fast": True},
    },
    "of one outlet and month": {
        "summary": "Within some articles only",
        "value": {
            "question": "How long was the canal blocked?",
            "filters": {
                "source": "Harbour Wire",
                "published_after": "2021-03-01",
                "published_before": "2021-03-31",
            },
        },
    },
    "as a stream": {
        "summary": "As server-sent events",
        "value": {"question": "How long was the canal blocked?", "stream": True},
    },
}
SEARCH_EXAMPLES: Mapping[str, Any] = {
    "plain": {"summary": "Words", "value": {"question": "canal blocked"}},
    "within": {
        "summary": "Within one outlet's articles",
        "value": {"question": "canal blocked", "top_k": 3, "filters": {"source": "Harbour Wire"}},
    },
}
ASK_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/event-stream": {
                "schema": {
                    "description": "With `stream`: each event by its name, and its data, which is JSON.",
                    "type": "object",
                    "required": ["event", "data"],
                    "properties": {
                        "event": {"enum": ["stage", "sentence", "answer", "error"]},
                        "data": {"type": "string", "contentMediaType": "application/json"},
                    },
                },
                "example": STREAM,
            }
        }
    }
}
METRICS_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}, "example": METRICS}}}
}
POST_BODY: Mapping[str, Any] = {
    "required": True,
    "content": {
        "application/json": {"schema": {"$ref": REF.format(model="ArticlesIn")}},
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "description": "Article files, as `pullquote index` reads them; the fields' names are free.",
                "properties": {"file": {"type": "array", "items": {"type": "string", "format": "binary"}}},
            },
            "example": {"file": [ROW["text"]]},
        },
    },
}

_MEANINGS = {
    400: "The body could not be read, or the Host header names another server.",
    401: "A key is needed here, and none that is good was given.",
    403: "A web page of another site sent this, or the key may only read.",
    404: "There is nothing of that name.",
    405: "This address does not take this method.",
    408: "The body did not come in time.",
    409: "This cannot be done as things stand; `detail` says why.",
    413: "The body is too large.",
    415: "The body is of a type that is not read here.",
    422: "The request is understood and makes no sense; `errors` says where.",
    429: "More requests than the key allows; `Retry-After` says when to go on.",
    500: "An error of the server's.",
    503: "The library cannot be used just now, or more is asked than the server can bear; `Retry-After`, where it is "
    "given, says when to try again.",
}
# Needed at some addresses and not at others: docs/access.md says where.
_KEYS: Mapping[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key of `pullquote key add`."},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same key, in its own header."},
}
_ALWAYS = (400, 401, 403, 429, 500, 503)
_RETRY = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
_CHALLENGE = {"WWW-Authenticate": {"description": "How to send the key.", "schema": {"type": "string"}}}
_HEADERS = {401: _CHALLENGE, 429: _RETRY, 503: _RETRY}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors of an operation, for the OpenAPI document: these, and those that any operation may give."""
    schema = {MEDIA_TYPE: {"schema": {"$ref": REF.format(model=ProblemOut.__name__)}}}
    return {status: _documented(status, schema) for status in sorted({*_ALWAYS, *statuses})}


def _documented(status: int, content: dict[str, Any]) -> dict[str, Any]:
    headers = {"headers": _HEADERS[status]} if status in _HEADERS else {}
    return {"description": _MEANINGS[status], "content": content, **headers}


class Documented(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """FastAPI's document, with the models that only bodies we read ourselves and problems refer to."""
        if not self.openapi_schema:
            document = super().openapi()
            _, extra = models_json_schema(
                [
                    (ProblemOut, "serialization"),
                    (ArticlesIn, "validation"),
                    (ArticleRow, "validation"),
                    *((model, "validation") for model in MODELS),
                    (TurnIn, "validation"),
                    (FiltersIn, "validation"),
                    (ChatIn, "validation"),
                    (PartIn, "validation"),
                    (ChatProblemOut, "serialization"),
                ],
                ref_template=REF,
            )
            document["components"]["schemas"].update(extra["$defs"])
            document["components"]["securitySchemes"] = dict(_KEYS)
            document["security"] = [{}, *({name: []} for name in _KEYS)]
        return super().openapi()


def add_docs(app: FastAPI) -> None:
    """The page at `/docs` for reading the document and trying it out, its scripts from this machine alone."""
    app.mount("/docs-assets", StaticFiles(packages=[("fastapi_offline", "static")]))

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title=app.title,
            swagger_js_url="/docs-assets/swagger-ui-bundle.js",
            swagger_css_url="/docs-assets/swagger-ui.css",
            swagger_favicon_url="/docs-assets/favicon.png",
        )
