"""What the OpenAPI document says beyond what FastAPI finds out: problems, bodies that we read ourselves, examples."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from pydantic.json_schema import models_json_schema

from qa.api_models import REF, ArticleRow, ArticlesIn, ProblemOut, TurnIn
from qa.problem import MEDIA_TYPE

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
            }
        },
    },
}

_MEANINGS = {
    400: "The body could not be read, or the Host header names another server.",
    403: "A web page of another site sent this.",
    404: "There is no such article.",
    405: "This address does not take this method.",
    413: "The body is too large.",
    415: "The body is of a type that is not read here.",
    422: "The request is understood and makes no sense; `errors` says where.",
    500: "An error of the server's.",
    503: "The library cannot be used just now; `Retry-After` is given where another process is writing to it.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors of an operation, for the OpenAPI document."""
    schema = {MEDIA_TYPE: {"schema": {"$ref": REF.format(model=ProblemOut.__name__)}}}
    return {status: {"description": _MEANINGS[status], "content": schema} for status in (400, *statuses, 500)}


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
                    (TurnIn, "validation"),
                ],
                ref_template=REF,
            )
            document["components"]["schemas"].update(extra["$defs"])
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
