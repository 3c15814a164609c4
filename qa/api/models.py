"""What the API takes and gives, as pydantic models: they check requests, and are what the OpenAPI document says."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, StrictBool, StrictInt, StrictStr, WithJsonSchema

from qa.api.examples import ABSTAINED, ANSWERED, ARTICLE, CITATION, FOUND, LISTED, PROBLEM, SUMMARY
from qa.question import (
    MAX_CHARACTERS,
    MAX_SOURCE_CHARACTERS,
    MAX_SOURCES,
    MAX_TOP_K,
    MAX_TURN_CHARACTERS,
    MAX_TURNS,
    TOP_K,
)

MAX_LIMIT = 1000  # articles of one page of the list
MAX_OFFSET = 2**53  # the largest whole number that every JSON client can write
_LONGEST_DAY = 64  # characters of a date or time
_LONGEST_SEARCH = 300  # characters of a search of titles
_DAY = "2023-10-05"
# As `qa.question.day` reads them; empty is none.
_DAYS = WithJsonSchema(
    {
        "anyOf": [
            {"type": "string", "format": "date"},
            {"type": "string", "format": "date-time"},
            {"type": "string", "maxLength": 0},
            {"type": "null"},
        ]
    }
)
_OUTLET = {"type": "string", "minLength": 1, "maxLength": MAX_SOURCE_CHARACTERS, "pattern": r"\S"}
REF = "#/components/schemas/{model}"


class _Model(BaseModel):
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
                    {"type": "array", "maxItems": MAX_SOURCES, "items": _OUTLET},
                    {"type": "string", "maxLength": 0},
                    {"type": "null"},
                ]
            }
        ),
    ] = None
    published_after: Annotated[
        Any, Field(description="Published on this day or later, an ISO 8601 date or time.", examples=[_DAY]), _DAYS
    ] = None
    published_before: Annotated[
        Any, Field(description="Published on this day or earlier, an ISO 8601 date or time.", examples=[_DAY]), _DAYS
    ] = None


class QuestionIn(_Model):
    """What is to be found."""

    question: Annotated[
        StrictStr,
        Field(
            description="What you want to know: text that is not blank and holds no NUL.",
            examples=["How long was the canal blocked?"],
            json_schema_extra={"minLength": 1, "maxLength": MAX_CHARACTERS, "pattern": r"\S"},
        ),
    ]
    top_k: Annotated[
        StrictInt, Field(description="How many ranked sentences to return in `hits`.", ge=1, le=MAX_TOP_K)
    ] = TOP_K
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
            examples=[_DAY],
            max_length=_LONGEST_DAY,
        ),
        _DAYS,
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


class ScoresOut(_Model):
    """What each stage gave the sentence; higher is better, null where that stage did not find it."""

    dense: Annotated[float | None, Field(description="Cosine of the question and the sentence's passage.")]
    bm25: Annotated[float | None, Field(description="BM25 of the question's words in the sentence.")]
    fused: Annotated[float | None, Field(description="Both rankings, fused by reciprocal rank.")]
    ranker: Annotated[float | None, Field(description="The sentence ranker's logit: hits are ordered by it.")]


class CitationOut(_Model):
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


class LibraryOut(_Model):
    """The state of the library that was asked."""

    generation: Annotated[int, Field(description="Goes up with every change.", ge=0)]
    sha256: Annotated[str, Field(description="A digest of all articles.")]


class AnswerOut(_Model):
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
    hits: Annotated[list[CitationOut], Field(description="The ranked sentences, at most `top_k`.")]
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


class SearchOut(_Model):
    """The sentences that were found."""

    model_config = ConfigDict(json_schema_extra={"examples": [FOUND]})

    question: Annotated[str, Field(description="The question as asked.")]
    hits: Annotated[list[CitationOut], Field(description="The ranked sentences, at most `top_k`.")]
    rewritten_question: Annotated[
        str | None,
        Field(description="The question as it was asked of the articles, where `history` was needed for it."),
    ]
    library: Annotated[LibraryOut, Field(description="What was searched.")]


class ArticleRow(BaseModel):
    """An article to add. Fields that are not named here are kept as its metadata."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "id": "news/ship.txt",
                    "title": "Ship freed",
                    "text": "A container ship blocked the canal for six days. Tugs freed the vessel on Monday.",
                    "source": "Harbour Wire",
                    "published_at": "2021-03-29",
                }
            ]
        },
    )

    # A number is taken as it is written.
    id: Annotated[str | float, Field(description="Names the article from now on; an article of that id is replaced.")]
    text: Annotated[str, Field(description="Stored exactly as given; a NUL or half a character becomes U+FFFD.")]
    title: Annotated[str | float | None, Field(description="Its headline.")] = None
    author: Annotated[str | float | list[str] | None, Field(description="Who wrote it.")] = None
    source: Annotated[str | float | None, Field(description="The outlet; else taken from a dateline.")] = None
    url: Annotated[str | float | None, Field(description="Where it was published.")] = None
    published_at: Annotated[
        Any,
        Field(
            description="A date; else taken from a dateline or the URL. What is none is kept as metadata.",
            examples=["2021-03-29"],
        ),
    ] = None
    language: Annotated[str | float | None, Field(description="Its language, as in `en`.")] = None


class ArticlesIn(_Model):
    """Articles to add or replace. A bad one is refused by name and does not stop the others."""

    articles: Annotated[
        list[Any],  # each row is read by itself, so that one bad row does not spoil the others
        Field(description="The articles.", min_length=1),
        WithJsonSchema({"type": "array", "minItems": 1, "items": {"$ref": REF.format(model="ArticleRow")}}),
    ]


class ArticleItem(_Model):
    """An article without its text."""

    id: Annotated[str, Field(description="Its id: percent-encode it in addresses.", examples=["news/ship.txt"])]
    title: Annotated[str, Field(description="Its headline; empty where it has none.")]
    author: Annotated[str | None, Field(description="Who wrote it.")]
    source: Annotated[str | None, Field(description="The outlet.")]
    url: Annotated[str | None, Field(description="Where it was published.")]
    published_at: Annotated[str | None, Field(description="ISO date or date-time.", examples=["2021-03-29"])]
    language: Annotated[str | None, Field(description="Its language, as in `en`.")]
    metadata: Annotated[dict[str, Any], Field(description="Everything else that was given with it.")]


class ArticleOut(ArticleItem):
    """An article."""

    model_config = ConfigDict(json_schema_extra={"examples": [ARTICLE]})

    text: Annotated[str, Field(description="Its text: every citation's places point into it.")]
    sha256: Annotated[str, Field(description="SHA-256 of the text in UTF-8, as hex.")]


class ListIn(_Model):
    """Which part of the list."""

    limit: Annotated[int, Field(description="How many articles to return.", ge=1, le=MAX_LIMIT)] = 100
    offset: Annotated[int, Field(description="How many to pass over first.", ge=0, le=MAX_OFFSET)] = 0
    source: Annotated[str | None, Field(description="Only this outlet's, named exactly.")] = None
    published_after: Annotated[
        str | None,
        Field(
            description="Published on this day or later, an ISO 8601 date or time; undated ones are left out.",
            examples=[_DAY],
            max_length=_LONGEST_DAY,
        ),
        _DAYS,
    ] = None
    published_before: Annotated[
        str | None,
        Field(
            description="Published on this day or earlier; undated ones are left out.",
            examples=[_DAY],
            max_length=_LONGEST_DAY,
        ),
        _DAYS,
    ] = None
    q: Annotated[
        str | None,
        Field(
            description="Only those with each of these words somewhere in the title (of an article without one: in "
            "the id), whatever the case and the accents.",
            examples=["canal ship"],
            max_length=_LONGEST_SEARCH,
        ),
    ] = None


class ListOut(_Model):
    """A part of the list, newest first, undated last."""

    model_config = ConfigDict(json_schema_extra={"examples": [LISTED]})

    items: Annotated[list[ArticleItem], Field(description="The articles, without their texts.")]
    total: Annotated[int, Field(description="How many there are in all of what was asked for.", ge=0)]
    limit: Annotated[int, Field(description="As asked.")]
    offset: Annotated[int, Field(description="As asked.")]


class TwinOut(_Model):
    """An article whose text another one has too: it is stored once and listed under both ids."""

    id: Annotated[str, Field(description="The article's id.")]
    same_text_as: Annotated[str, Field(description="The id that had this text already.")]


class PartOut(_Model):
    """A part of the request that was refused."""

    where: Annotated[str, Field(description="Which part.", examples=["articles[3]", "top_k", "news.zip!a/b.pdf"])]
    reason: Annotated[str, Field(description="Why, and what to do.")]


class SummaryOut(_Model):
    """What came of the articles posted. All but the refused ones are stored durably and can be asked about now."""

    model_config = ConfigDict(json_schema_extra={"examples": [SUMMARY]})

    added: Annotated[int, Field(description="New articles.", ge=0)]
    changed: Annotated[int, Field(description="Articles whose id was there with other contents.", ge=0)]
    unchanged: Annotated[int, Field(description="Articles that were there just so.", ge=0)]
    twins: Annotated[list[TwinOut], Field(description="Those with a text that was there under another id.")]
    refused: Annotated[list[PartOut], Field(description="What was not taken in, and why.")]


class HealthOut(_Model):
    """The process is alive."""

    status: Annotated[str, Field(description="Always `ok`.", examples=["ok"])]


class ReadyOut(_Model):
    """The library can be read."""

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
