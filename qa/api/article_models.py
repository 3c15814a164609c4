"""What the API takes and gives of articles, as pydantic models."""

from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from qa.api.examples import ARTICLE, LISTED, ROW, SUMMARY
from qa.api.models import DAY, DAYS, LONGEST_DAY, REF, Model, PartOut

MAX_LIMIT = 1000  # articles of one page of the list
MAX_OFFSET = 2**53  # the largest whole number that every JSON client can write
_LONGEST_SEARCH = 300  # characters of a search of titles

ArticleId = Annotated[str, Path(description="The article's id, percent-encoded.", examples=[ROW["id"]])]


class ArticleRow(BaseModel):
    """An article to add. Fields that are not named here are kept as its metadata."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={"examples": [ROW]},
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


class ArticlesIn(Model):
    """Articles to add or replace. A bad one is refused by name and does not stop the others."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"articles": [ROW]}]})

    articles: Annotated[
        list[Any],  # each row is read by itself, so that one bad row does not spoil the others
        Field(description="The articles.", min_length=1),
        WithJsonSchema({"type": "array", "minItems": 1, "items": {"$ref": REF.format(model="ArticleRow")}}),
    ]


class ArticleItem(Model):
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


class ListIn(Model):
    """Which part of the list."""

    limit: Annotated[int, Field(description="How many articles to return.", ge=1, le=MAX_LIMIT)] = 100
    offset: Annotated[int, Field(description="How many to pass over first.", ge=0, le=MAX_OFFSET)] = 0
    source: Annotated[
        str | None, Field(description="Only this outlet's, named exactly.", examples=["Harbour Wire"])
    ] = None
    published_after: Annotated[
        str | None,
        Field(
            description="Published on this day or later, an ISO 8601 date or time; undated ones are left out.",
            examples=[DAY],
            max_length=LONGEST_DAY,
        ),
        DAYS,
    ] = None
    published_before: Annotated[
        str | None,
        Field(
            description="Published on this day or earlier; undated ones are left out.",
            examples=[DAY],
            max_length=LONGEST_DAY,
        ),
        DAYS,
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


class ListOut(Model):
    """A part of the list, newest first, undated last."""

    model_config = ConfigDict(json_schema_extra={"examples": [LISTED]})

    items: Annotated[list[ArticleItem], Field(description="The articles, without their texts.")]
    total: Annotated[int, Field(description="How many there are in all of what was asked for.", ge=0)]
    limit: Annotated[int, Field(description="As asked.")]
    offset: Annotated[int, Field(description="As asked.")]


class TwinOut(Model):
    """An article whose text another one has too: it is stored once and listed under both ids."""

    id: Annotated[str, Field(description="The article's id.")]
    same_text_as: Annotated[str, Field(description="The id that had this text already.")]


class SummaryOut(Model):
    """What came of the articles posted. All but the refused ones are stored durably and can be asked about now."""

    model_config = ConfigDict(json_schema_extra={"examples": [SUMMARY]})

    added: Annotated[int, Field(description="New articles.", ge=0)]
    changed: Annotated[int, Field(description="Articles whose id was there with other contents.", ge=0)]
    unchanged: Annotated[int, Field(description="Articles that were there just so.", ge=0)]
    twins: Annotated[
        list[TwinOut], Field(description="Those with a text that was there under another id; the first 1,000.")
    ]
    refused: Annotated[list[PartOut], Field(description="What was not taken in, and why.")]
