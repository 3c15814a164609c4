"""What the API takes and gives, as pydantic models: they check requests, and are what the OpenAPI document says."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, StrictBool, StrictInt, StrictStr, WithJsonSchema

from qa.api.examples import ABSTAINED, ANSWERED, CITATION, FOUND, PROBLEM, READY
from qa.question import (
    MAX_CHARACTERS,
    MAX_SOURCE_CHARACTERS,
    MAX_SOURCES,
    MAX_TOP_K,
    MAX_TURN_CHARACTERS,
    MAX_TURNS,
    TOP_K,
)

LONGEST_DAY = 64  # characters of a date or time
DAY = "2023-10-05"
# As `qa.question.day` reads them; empty is none.
DAYS = WithJsonSchema(
    {
        "anyOf": [
            {"type": "string", "format": "date"},
            {"type": "string", "format": "date-time"},
            {"type": "string", "maxLength": 0},
            {"type": "null"},
        ],
        "examples": [DAY],
    }
)
_OUTLET = {"type": "string", "minLength": 1, "maxLength": MAX_SOURCE_CHARACTERS, "pattern": r"\S"}
REF = "#/components/schemas/{model}"


class Model(BaseModel):
    """Every key is always there, and no other."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


class TurnIn(BaseModel):
    """One turn of the conversation before the question. Other fields are left aside."""

    role: Annotated[Literal["user", "assistant"], Field(description="Who said it.", examples=["user"])]
    content: Annotated[
        str, Field(description="What was said.", max_length=MAX_TURN_CHARACTERS, examples=["Who met Putin in Moscow?"])
    ]


class FiltersIn(BaseModel):
    """Which articles may be shown. Both days are included; with either, an article without a date is left out."""

    model_config = ConfigDict(extra="forbid")

    source: Annotated[
        Any,
        Field(description="Only this outlet's, or these outlets', named exactly.", examples=["Harbour Wire"]),
        WithJsonSchema(
            {
                "anyOf": [
                    _OUTLET,
                    {"type": "array", "minItems": 1, "maxItems": MAX_SOURCES, "items": _OUTLET},
                    {"type": "string", "maxLength": 0},
                    {"type": "null"},
                ]
            }
        ),
    ] = None
    published_after: Annotated[
        Any, Field(description="Published on this day or later, an ISO 8601 date or time.", examples=[DAY]), DAYS
    ] = None
    published_before: Annotated[
        Any, Field(description="Published on this day or earlier, an ISO 8601 date or time.", examples=[DAY]), DAYS
    ] = None


class QuestionIn(Model):
    """What is to be found."""

    question: Annotated[
        StrictStr,
        Field(
            description="What you want to know: text that is not blank and holds no NUL.",
            examples=["How long was the canal blocked?"],
            json_schema_extra={"minLength": 1, "maxLength": MAX_CHARACTERS, "pattern": r"\S"},
        ),
    ]
    top_k: Annotated[StrictInt, Field(description="How many sentences to return in `hits`.", ge=1, le=MAX_TOP_K)] = (
        TOP_K
    )
    history: Annotated[
        list[Any] | None,  # read as every door reads it, by `qa.question.turns`
        Field(
            description="The conversation before the question, oldest turn first; `rewritten_question` shows its use."
        ),
        WithJsonSchema(
            {
                "anyOf": [
                    {"type": "array", "maxItems": MAX_TURNS, "items": {"$ref": REF.format(model="TurnIn")}},
                    {"type": "null"},
                ]
            }
        ),
    ] = None
    as_of: Annotated[
        StrictStr | None,  # read by `qa.question.day`
        Field(
            description="The day on which it is asked, an ISO 8601 date or time: nothing published later is shown.",
            examples=[DAY],
            max_length=LONGEST_DAY,
        ),
        DAYS,
    ] = None
    filters: Annotated[
        dict[str, Any] | None,  # read by `qa.question.filters_of`
        Field(description="Look at these articles only."),
        WithJsonSchema({"anyOf": [{"$ref": REF.format(model="FiltersIn")}, {"type": "null"}]}),
    ] = None
    fast: Annotated[StrictBool, Field(description="Leave out the ranker's model: quicker, and less often right.")] = (
        False
    )


class AskIn(QuestionIn):
    """A question."""

    min_confidence: Annotated[
        Annotated[float, Strict()] | None,
        Field(
            description="Answer from this probability on, in place of the default threshold.",
            examples=[0.7],
            ge=0,
            le=1,
            allow_inf_nan=False,
        ),
    ] = None
    stream: Annotated[
        StrictBool,
        Field(
            description="Answer as server-sent events: a `stage` as each begins, each `sentence` of the answer, and "
            "last the whole `answer`, or an `error` with its problem."
        ),
    ] = False


class ScoresOut(Model):
    """What each stage gave the sentence; higher is better, null where that stage did not find it."""

    dense: Annotated[float | None, Field(description="Cosine of the question and the sentence's passage.")]
    bm25: Annotated[float | None, Field(description="BM25 of the question's words in the sentence.")]
    fused: Annotated[float | None, Field(description="Both rankings, fused by reciprocal rank.")]
    ranker: Annotated[
        float | None, Field(description="The sentence ranker's: hits are ordered by it, and those without one follow.")
    ]


class CitationOut(Model):
    """One sentence of one article, word for word, and its place."""

    model_config = ConfigDict(json_schema_extra={"examples": [CITATION]})

    type: Annotated[str, Field(description="Always `char_location`.", examples=["char_location"])]
    cited_text: Annotated[str, Field(description="The sentence: the article's text from start to end.")]
    document_id: Annotated[str, Field(description="The article's id.", examples=["news/ship.txt"])]
    document_title: Annotated[str, Field(description="The article's title; empty where it has none.")]
    start_char_index: Annotated[int, Field(description="Where it begins, in Unicode code points of the text.", ge=0)]
    end_char_index: Annotated[int, Field(description="Where it ends: the first code point after it.", ge=1)]
    source: Annotated[str | None, Field(description="The outlet.", examples=["Harbour Wire"])]
    url: Annotated[str | None, Field(description="Where the article was published.")]
    published_at: Annotated[str | None, Field(description="ISO date or date-time.", examples=["2021-03-29"])]
    document_sha256: Annotated[str, Field(description="SHA-256 of the article's text in UTF-8, as hex.")]
    confidence: Annotated[float, Field(description="Probability that this sentence answers the question.", ge=0, le=1)]
    scores: Annotated[ScoresOut, Field(description="How it was found.")]
    answer_start_char_index: Annotated[
        int | None, Field(description="Where the answer's own words begin in the text; null where that is not known.")
    ]
    answer_end_char_index: Annotated[int | None, Field(description="Where the answer's own words end.")]
    context: Annotated[str | None, Field(description="The sentence before, where this one needs it.")]
    same_as: Annotated[
        list["CitationOut"], Field(description="Near-identical sentences elsewhere; always empty in `hits`.")
    ]


class LibraryOut(Model):
    """The state of the library that was asked."""

    generation: Annotated[int, Field(description="Goes up with every change.", ge=0)]
    sha256: Annotated[str, Field(description="A digest of all articles.")]


class AnswerOut(Model):
    """Cited sentences, or the reason why there are none."""

    model_config = ConfigDict(json_schema_extra={"examples": [ANSWERED, ABSTAINED]})

    id: Annotated[str | None, Field(description="A question file's id; null here.")]
    question: Annotated[str, Field(description="The question as asked.")]
    input: Annotated[dict[str, Any], Field(description="A question file's other columns; empty here.")]
    status: Annotated[str, Field(description="`answered` or `abstained`.", examples=["answered"])]
    confidence: Annotated[
        float | None, Field(description="Probability that `hits[0]` answers; null where there are no hits.", ge=0, le=1)
    ]
    answer: Annotated[str, Field(description="The cited sentences in quotation marks, numbered; or empty.")]
    citations: Annotated[list[CitationOut], Field(description="The answer's sentences, at most three.")]
    sources: Annotated[int, Field(description="How many independent outlets the answer stands on.", ge=0)]
    hits: Annotated[list[CitationOut], Field(description="The sentences, best first, at most `top_k`.")]
    rewritten_question: Annotated[
        str | None,
        Field(description="The question as it was asked of the articles, where `history` was needed for it."),
    ]
    reason: Annotated[
        str | None,
        Field(
            description="Why there is no answer; null where there is one. Where `hits[0]` is near the "
            "threshold and short of it, it says “A possible answer, unconfirmed”."
        ),
    ]
    library: Annotated[LibraryOut | None, Field(description="What was asked; null where nothing had to be.")]


class SearchOut(Model):
    """The sentences that were found."""

    model_config = ConfigDict(json_schema_extra={"examples": [FOUND]})

    question: Annotated[str, Field(description="The question as asked.")]
    hits: Annotated[list[CitationOut], Field(description="The sentences, best first, at most `top_k`.")]
    rewritten_question: Annotated[
        str | None,
        Field(description="The question as it was asked of the articles, where `history` was needed for it."),
    ]
    library: Annotated[LibraryOut, Field(description="What was searched.")]


class PartOut(Model):
    """A part of the request that was refused."""

    where: Annotated[str, Field(description="Which part.", examples=["articles[3]", "top_k", "news.zip!a/b.pdf"])]
    reason: Annotated[str, Field(description="Why, and what to do.")]


class HealthOut(Model):
    """The process is alive."""

    status: Annotated[str, Field(description="Always `ok`.", examples=["ok"])]


class ReadyOut(Model):
    """The library can be read."""

    model_config = ConfigDict(json_schema_extra={"examples": [READY]})

    status: Annotated[str, Field(description="Always `ready`.", examples=["ready"])]
    articles: Annotated[int, Field(description="How many articles it holds.", ge=0)]
    generation: Annotated[int, Field(description="Goes up with every change.", ge=0)]


class ProblemOut(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(json_schema_extra={"examples": [PROBLEM]})

    type: Annotated[str, Field(description="Always `about:blank`: the status says it all.")]
    title: Annotated[str, Field(description="The status in words.", examples=["Unprocessable Content"])]
    status: Annotated[int, Field(description="The HTTP status.", examples=[422])]
    detail: Annotated[str, Field(description="One line: what is wrong and what to do about it.")]
    errors: Annotated[
        list[PartOut] | None, Field(description="The parts of the request that are to blame, where some are.")
    ] = None
