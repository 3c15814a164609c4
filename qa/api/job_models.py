"""What the API takes and gives about jobs and saved answers, as pydantic models."""

from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from qa.api.examples import VERIFIED
from qa.api.models import REF, Model
from qa.batch.jobs import Kind, Status
from qa.batch.verify import State
from qa.question import MAX_TOP_K, TOP_K

MAX_QUESTIONS = 100_000  # of one job
_AT = "2026-03-02T09:30:00.000000+00:00"


class BatchSettings(Model):
    """How every question is asked; a question's own `asked_at` wins over `as_of`."""

    top_k: Annotated[int, Field(description="How many sentences each answer holds in `hits`.", ge=1, le=MAX_TOP_K)] = (
        TOP_K
    )
    as_of: Annotated[
        str | None,
        Field(description="The day of asking: nothing published later is shown.", examples=["2023-10-05"]),
    ] = None
    min_confidence: Annotated[
        float | None,
        Field(description="Answer from this probability on.", ge=0, le=1, allow_inf_nan=False),
    ] = None
    fast: Annotated[bool, Field(description="Leave out the ranker's model: quicker, and less often right.")] = False
    filters: Annotated[
        Any,  # read by `qa.question.filters_of`
        Field(description="Look at these articles only; in a form, as JSON."),
        WithJsonSchema({"anyOf": [{"$ref": REF.format(model="FiltersIn")}, {"type": "null"}]}),
    ] = None


class RowIn(BaseModel):
    """A question of a batch. Other fields come back under the answer's `input`."""

    model_config = ConfigDict(extra="allow")

    question: Annotated[str, Field(description="What you want to know.", examples=["How long was the canal blocked?"])]
    id: Annotated[str | None, Field(description="Comes back as the answer's `id`.", examples=["q1"])] = None
    history: Annotated[
        list[Any] | None,
        Field(description="The conversation before the question, oldest turn first."),
        WithJsonSchema({"type": "array", "items": {"$ref": REF.format(model="TurnIn")}}),
    ] = None
    asked_at: Annotated[str | None, Field(description="The day on which it is asked.", examples=["2023-10-05"])] = None


class BatchIn(BatchSettings):
    """Questions to answer. One that cannot be asked becomes a row of status `error` and does not stop the others."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"questions": [{"id": "q1", "question": "How long was the canal blocked?"}], "top_k": 3},
            ]
        }
    )

    questions: Annotated[
        list[Any],  # each row is read by itself, as the lines of a question file are
        Field(description="The questions: text, or an object.", min_length=1, max_length=MAX_QUESTIONS),
        WithJsonSchema(
            {
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_QUESTIONS,
                "items": {"anyOf": [{"type": "string"}, {"$ref": REF.format(model="RowIn")}]},
            }
        ),
    ]


JOB: dict[str, Any] = {
    "id": "3f9a1c0b5d2e4f60718293a4b5c6d7e8",
    "kind": "batch",
    "name": "questions.csv",
    "status": "running",
    "done": 412,
    "total": 1000,
    "seconds_left": 91.4,
    "created_at": _AT,
    "began_at": _AT,
    "ended_at": None,
    "error": None,
    "summary": None,
    "result": None,
}


JobId = Annotated[str, Path(description="The job's id.", examples=[JOB["id"]])]


class JobOut(Model):
    """Work that goes on after its request, and after the server's end and beginning anew."""

    model_config = ConfigDict(json_schema_extra={"examples": [JOB]})

    id: Annotated[str, Field(description="Its name in addresses.", examples=[JOB["id"]])]
    kind: Annotated[Kind, Field(description="`batch` answers questions, `articles` takes articles in.")]
    name: Annotated[str, Field(description="What was sent.", examples=["questions.csv"])]
    status: Annotated[Status, Field(description="`waiting` and `running` are on their way; the others have ended.")]
    done: Annotated[int, Field(description="Questions answered, or bytes (of JSON: rows) of articles read.", ge=0)]
    total: Annotated[int, Field(description="Of how many; 0 before it is begun.", ge=0)]
    seconds_left: Annotated[
        float | None,
        Field(description="How long the rest takes if it goes on as so far; null where that is not known."),
    ]
    created_at: Annotated[str, Field(description="When it was sent, ISO 8601 in UTC.", examples=[_AT])]
    began_at: Annotated[str | None, Field(description="When it was begun.")]
    ended_at: Annotated[str | None, Field(description="When it ended.")]
    error: Annotated[str | None, Field(description="Why it failed, where it did.")]
    summary: Annotated[
        dict[str, int] | None,
        Field(
            description="How many questions or articles came to what, once it has ended.", examples=[{"answered": 7}]
        ),
    ]
    result: Annotated[str | None, Field(description="The address of what came of it, once there is something.")]


class JobsOut(Model):
    """The jobs that this key may see, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [JOB]}]})

    items: Annotated[list[JobOut], Field(description="Ended ones are kept for a week.")]


class AnswersIn(Model):
    """Saved answers, as `/v1/ask` and batches give them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "answers": [
                        {
                            "citations": [
                                {
                                    "document_id": "news/ship.txt",
                                    "start_char_index": 0,
                                    "end_char_index": 48,
                                    "cited_text": "A container ship blocked the canal for six days.",
                                }
                            ]
                        }
                    ]
                }
            ]
        }
    )

    answers: Annotated[
        list[Any],
        Field(
            description="The answers; their `citations` are looked at, and whether their `answer` is made of these.",
            min_length=1,
        ),
        WithJsonSchema(
            {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "required": ["citations"],
                    "properties": {"answer": {}, "citations": {"type": "array", "items": {}}},
                },
            }
        ),
    ]


class CheckOut(Model):
    """What became of one citation, or of an answer's text."""

    line: Annotated[
        int, Field(description="The line of the file, or the place in the list, from 1, of its answer.", ge=1)
    ]
    document_id: Annotated[str, Field(description="The article's id; empty for an answer.", examples=["news/ship.txt"])]
    state: Annotated[
        State,
        Field(
            description="`unchanged`: it stands where it stood. `moved`: the article has changed, and the sentence "
            "stands elsewhere in it. `article_changed`: and the sentence is gone. `article_gone`: there is no such "
            "article. `wrong`: the article is the same, and does not say that there; or it is no citation. "
            "`attribution_differs`: it stands, but its source, title, url, day or context is not the article's. "
            "`answer_differs`: no citation, but an answer whose text is not made of its quotes."
        ),
    ]
    problem: Annotated[str | None, Field(description="The same in a line; null where it is unchanged.")]
    start_char_index: Annotated[int | None, Field(description="Where it begins now; null where it is not.")]
    end_char_index: Annotated[int | None, Field(description="Where it ends now.")]


class CountsOut(Model):
    """How many citations came to what."""

    unchanged: Annotated[int, Field(description="They stand where they stood.", ge=0)]
    moved: Annotated[int, Field(description="They stand elsewhere in a changed article.", ge=0)]
    article_changed: Annotated[int, Field(description="They are gone from a changed article.", ge=0)]
    article_gone: Annotated[int, Field(description="Their article is gone.", ge=0)]
    wrong: Annotated[int, Field(description="They are not the article's words.", ge=0)]
    attribution_differs: Annotated[int, Field(description="They stand, and are said to be another's.", ge=0)]
    answer_differs: Annotated[int, Field(description="Answers that are not made of their quotes.", ge=0)]


class VerifiedOut(Model):
    """Whether saved citations still match their articles."""

    model_config = ConfigDict(json_schema_extra={"examples": [VERIFIED]})

    counts: CountsOut
    checks: Annotated[list[CheckOut], Field(description="Each citation in turn, those under `same_as` too.")]
