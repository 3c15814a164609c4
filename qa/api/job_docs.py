"""What the OpenAPI document says of jobs and saved answers beyond what FastAPI finds out."""

from collections.abc import Mapping
from typing import Any

from qa.api.article_models import SummaryOut
from qa.api.examples import ANSWERED, CSV_QUESTIONS, SUMMARY
from qa.api.job_models import AnswersIn, BatchIn, BatchSettings, JobOut, RowIn
from qa.api.models import REF
from qa.lines import json_line

MODELS = (AnswersIn, BatchIn, RowIn)  # that only bodies refer to
_FILE = {"type": "string", "format": "binary"}
_SETTINGS = {
    "top_k": {"type": "integer", "minimum": 1, "maximum": 100},
    "as_of": {"type": "string"},
    "min_confidence": {"type": "number", "minimum": 0, "maximum": 1},
    "fast": {"type": "boolean"},
    "filters": {"$ref": REF.format(model="FiltersIn")},
}
_CSV = """id,question,pq_status,pq_confidence,pq_answer,…
q1,How long was the canal blocked?,answered,0.93,“A container ship blocked the canal for six days.” [1],…
"""


def _body(model: str, form: Mapping[str, Any], description: str, example: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": REF.format(model=model)}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "description": description,
                    "required": ["file"],
                    "properties": dict(form),
                },
                "example": dict(example),
            },
        },
    }


BATCH_BODY = _body(
    BatchIn.__name__,
    {"file": _FILE, **_SETTINGS},
    "A question file (csv, jsonl or txt) as `pullquote batch` reads it, and how its questions are asked. The file's "
    f"field may have any name; the others are those of {BatchSettings.__name__}.",
    {"file": CSV_QUESTIONS, "top_k": 3},
)
VERIFY_BODY = _body(
    AnswersIn.__name__,
    {"file": _FILE},
    "An answers file (csv or jsonl) as `pullquote batch` writes it; the field's name is free.",
    {"file": json_line(ANSWERED)},
)
RESULT_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A batch's answers, in the order of the questions; of articles, what came of them.",
        "content": {
            "application/x-ndjson": {"schema": {"type": "string"}, "example": json_line(ANSWERED) + "\n"},
            "text/csv": {"schema": {"type": "string"}, "example": _CSV},
            "application/json": {"schema": {"$ref": REF.format(model=SummaryOut.__name__)}, "example": SUMMARY},
        },
    }
}
_LOCATION = {"Location": {"description": "Where to ask for it.", "schema": {"type": "string"}}}
BATCH_RESPONSES: dict[int | str, dict[str, Any]] = {202: {"headers": _LOCATION}}
JOB_RESPONSES: dict[int | str, dict[str, Any]] = {
    202: {
        "description": "With `job`: a job has been made of it.",
        "headers": _LOCATION,
        "content": {"application/json": {"schema": {"$ref": REF.format(model=JobOut.__name__)}}},
    }
}
