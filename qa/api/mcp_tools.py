"""What an assistant may do with the library: ask it, search it, read an article. The schemas are pydantic models."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from index.errors import QuestionError, UsageError
from qa.api.article_models import ArticleItem
from qa.api.models import AnswerOut, FiltersIn, SearchOut, TurnIn
from qa.api.problem import refusals
from qa.engine import Engine
from qa.question import MAX_CHARACTERS, MAX_TOP_K, MAX_TURNS, TOP_K, filters_of, named_day, turns

PART = 20_000  # code points of an article that one call returns, where no end is given


class _Arguments(BaseModel):
    """An argument that is not known is refused: a misspelt one would be lost without a word."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


class SearchArguments(_Arguments):
    """What to look for."""

    question: Annotated[
        str,
        Field(
            description="The question in plain words, as a person would ask it.",
            examples=["Who met Putin in Moscow?"],
            json_schema_extra={"minLength": 1, "maxLength": MAX_CHARACTERS},
        ),
    ]
    top_k: Annotated[int, Field(description="How many sentences to return, best first.", ge=1, le=MAX_TOP_K)] = TOP_K
    history: Annotated[
        list[TurnIn],
        Field(
            description="The conversation before, oldest first: for a question that cannot be understood alone.",
            max_length=MAX_TURNS,
        ),
    ] = []
    as_of: Annotated[
        str | None, Field(description="The day on which it is asked, ISO: nothing published later is shown.")
    ] = None
    filters: Annotated[FiltersIn | None, Field(description="Look at these articles only.")] = None

    def settings(self) -> dict[str, Any]:
        """The keyword arguments for the engine; raises `QuestionError`."""
        return {
            "top_k": self.top_k,
            "history": turns([turn.model_dump() for turn in self.history]),
            "as_of": named_day("as_of", self.as_of),
            "filters": filters_of(self.filters.model_dump() if self.filters else None),
        }


class AskArguments(SearchArguments):
    """A question."""

    min_confidence: Annotated[
        float | None,
        Field(description="Answer from this probability on, in place of the default threshold.", ge=0, le=1),
    ] = None

    def settings(self) -> dict[str, Any]:
        return {**super().settings(), "min_confidence": self.min_confidence}


class ArticleArguments(_Arguments):
    """Which article, and which part of it."""

    id: Annotated[str, Field(description="The article's id: a citation's `document_id`.")]
    start: Annotated[int, Field(description="Where to begin, in code points of the text.", ge=0)] = 0
    end: Annotated[
        int | None, Field(description=f"Where to end (not included); {PART} code points on if not given.", ge=0)
    ] = None


class ArticlePartOut(ArticleItem):
    """An article, or a part of it: `text` is the article's text from `start_char_index` to `end_char_index`."""

    sha256: Annotated[str, Field(description="SHA-256 of the whole text in UTF-8, as hex.")]
    characters: Annotated[int, Field(description="Code points of the whole text.", ge=0)]
    start_char_index: Annotated[int, Field(description="Where this part begins.", ge=0)]
    end_char_index: Annotated[int, Field(description="Where it ends: go on from here for more.", ge=0)]
    text: Annotated[str, Field(description="The part's text, as published.")]


_Args = TypeVar("_Args", bound=_Arguments)


@dataclass(frozen=True)
class Tool(Generic[_Args]):
    """A tool: what it is called, what it takes and gives, and what it does. None of them changes anything."""

    name: str
    title: str
    description: str
    arguments: type[_Args]
    result: type[BaseModel]
    run: Callable[[Engine, _Args], dict[str, Any]]

    @property
    def input_schema(self) -> dict[str, Any]:
        return self.arguments.model_json_schema()

    @property
    def output_schema(self) -> dict[str, Any]:
        return self.result.model_json_schema(mode="serialization")

    def call(self, engine: Engine, given: dict[str, Any]) -> dict[str, Any]:
        """The result as JSON values; raises `UsageError`, in one line, where the arguments make no sense."""
        try:
            arguments = self.arguments.model_validate(given)
        except ValidationError as error:
            found = refusals(RequestValidationError([{**e, "loc": ("body", *e["loc"])} for e in error.errors()]))
            raise UsageError("; ".join(f"{part.where}: {part.reason}" for part in found)) from None
        return self.run(engine, arguments)


def _ask(engine: Engine, given: AskArguments) -> dict[str, Any]:
    return engine.ask(given.question, **given.settings()).to_json()


def _search(engine: Engine, given: SearchArguments) -> dict[str, Any]:
    return engine.search(given.question, **given.settings()).to_json()


def _article(engine: Engine, given: ArticleArguments) -> dict[str, Any]:
    with engine.library.reading() as (_, truth):
        article = truth.article(given.id)
    if article is None:
        raise QuestionError(f"there is no article {given.id!r}: give the document_id of a citation")
    size = len(article.text)
    if given.start > size or (given.end is not None and given.end < given.start):
        until = "" if given.end is None else f" to {given.end}"
        raise QuestionError(f"there is no text from {given.start}{until}: the article has {size} code points")
    end = min(size, given.start + PART if given.end is None else given.end)
    return {
        **{name: getattr(article, name) for name in ArticleItem.model_fields},
        "sha256": article.sha256,
        "characters": size,
        "start_char_index": given.start,
        "end_char_index": end,
        "text": article.text[given.start : end],
    }


TOOLS: tuple[Tool[Any], ...] = (
    Tool(
        "ask",
        "Ask the articles",
        "Answers a question with at most three sentences of the articles, word for word, each with its article and "
        "exact place; or abstains, says why, and gives the nearest misses as `hits`. Quote `cited_text` unchanged and "
        "name its source. With status `abstained` the articles do not answer: say so.",
        AskArguments,
        AnswerOut,
        _ask,
    ),
    Tool(
        "search",
        "Search the articles",
        "The sentences of the articles that come nearest to a question, best first, each with the probability that it "
        "answers it. No answer is chosen: use `ask` for one.",
        SearchArguments,
        SearchOut,
        _search,
    ),
    Tool(
        "get_article",
        "Read an article",
        "The text of one article by its id, or a part of it by code points: to read what stands around a quoted "
        "sentence, go from before its `start_char_index` to after its `end_char_index`.",
        ArticleArguments,
        ArticlePartOut,
        _article,
    ),
)
