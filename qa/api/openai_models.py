"""What the OpenAI-compatible routes take and give, as pydantic models. Checked against the official client."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

from fastapi import Path
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, ValidationError
from pydantic import WithJsonSchema as Schema
from pydantic_core import PydanticCustomError

from index.article import Refusal
from qa.api.examples import COMPLETION, MODEL, MODELS
from qa.api.models import REF, Model, ProblemOut
from qa.api.problem import RefusedError, refusals
from qa.question import MAX_CHARACTERS

_MOST_MESSAGES = 2000
ModelId = Annotated[str, Path(description="The model's name.", examples=[MODEL["id"]])]
Role = Literal["system", "developer", "user", "assistant", "tool", "function"]


class _In(BaseModel):
    """What is not named here is accepted and left aside."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow")


class PartIn(_In):
    """A part of a message's content."""

    type: Annotated[str, Field(description="Only `text` is read.", examples=["text"])]
    text: Annotated[str | None, Field(description="The text, of a part of text.")] = None


def _parts(content: Any) -> Any:
    """Content of any form as parts."""
    match content:
        case None:
            return []
        case str():
            return [{"type": "text", "text": content}]
        case list():
            return content
    raise PydanticCustomError("content", "is neither text nor a list of parts of text")


_CONTENT = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"$ref": REF.format(model="PartIn")}}, {"type": "null"}]
}


class MessageIn(_In):
    """One message of the conversation."""

    role: Annotated[Role, Field(description="`system`, `developer`, `tool` and `function` messages are left aside.")]
    content: Annotated[
        list[PartIn],
        BeforeValidator(_parts),
        Schema(_CONTENT),
        Field(description="What was said: text, or parts of text."),
    ] = []

    @property
    def text(self) -> str:
        """The message's text, parts on lines of their own; parts that are not text are left out."""
        return "\n".join(part.text or "" for part in self.content if part.type == "text")


class StreamOptionsIn(_In):
    """How to stream."""

    include_usage: Annotated[StrictBool | None, Field(description="End the stream with a chunk of usage counts.")] = (
        None
    )


class ChatIn(_In):
    """A conversation whose last message, of the user, is the question. Sampling parameters change nothing."""

    model: Annotated[str, Field(description="One of `GET /v1/models`.", examples=["pullquote"])]
    messages: Annotated[
        list[MessageIn],
        Field(
            description=f"Oldest first; the last is the user's question, of at most {MAX_CHARACTERS} characters.",
            min_length=1,
            max_length=_MOST_MESSAGES,
            examples=[[{"role": "user", "content": "How long was the canal blocked?"}]],
        ),
    ]
    stream: Annotated[StrictBool | None, Field(description="Answer in chunks, as server-sent events.")] = None
    stream_options: StreamOptionsIn | None = None
    n: Annotated[
        StrictInt | None, Field(description="1, if anything.", json_schema_extra={"minimum": 1, "maximum": 1})
    ] = None
    tools: Annotated[list[Any] | None, Field(description="None can be called.", json_schema_extra={"maxItems": 0})] = (
        None
    )
    tool_choice: Annotated[Any, Field(description="With `none`, tools are left aside.")] = None
    functions: Annotated[
        list[Any] | None, Field(description="None can be called.", json_schema_extra={"maxItems": 0})
    ] = None
    function_call: Annotated[Any, Field(description="With `none`, functions are left aside.")] = None
    response_format: Annotated[Any, Field(description='`{"type": "text"}`, if anything.')] = None

    def refusals(self) -> list[Refusal]:
        """The parameters that ask for what cannot be done: ignoring them would break whoever sent them."""
        found = []
        if self.n not in (None, 1):
            found.append(Refusal("n", "one answer is given to a question: leave it out"))
        if self.tools and self.tool_choice != "none":
            found.append(Refusal("tools", "no tool can be called, answers are quoted sentences: leave them out"))
        if self.functions and self.function_call != "none":
            found.append(Refusal("functions", "no function can be called: leave them out"))
        if self.response_format is not None and _kind(self.response_format) != "text":
            found.append(Refusal("response_format", "an answer is text, POST /v1/ask gives JSON: leave it out"))
        return found


def _kind(given: Any) -> Any:
    return given.get("type") if isinstance(given, dict) else None


def read_chat(value: Any) -> ChatIn:
    """The request in a JSON value; raises `RefusedError` where it is none, or asks for what cannot be done."""
    try:
        chat = ChatIn.model_validate(value)
    except ValidationError as error:
        places = [{**found, "loc": ("body", *found["loc"])} for found in error.errors()]
        raise refused(refusals(RequestValidationError(places))) from None
    if found := chat.refusals():
        raise refused(found)
    return chat


def refused(found: Sequence[Refusal]) -> RefusedError:
    """The error that names the parameters to blame: a 400, as OpenAI's own API answers them, not a 422."""
    return RefusedError(400, "; ".join(f"{part.where}: {part.reason}" for part in found[:3]), found)


class ModelOut(Model):
    """A way of asking the library."""

    model_config = ConfigDict(json_schema_extra={"examples": [MODEL]})

    id: Annotated[str, Field(description="What to give as `model`.", examples=["pullquote", "pullquote-fast"])]
    object: Annotated[Literal["model"], Field(description="Always `model`.")]
    created: Annotated[int, Field(description="When the server was started, as Unix time.")]
    owned_by: Annotated[str, Field(description="Always `pullquote`.")]


class ModelsOut(Model):
    """All of them."""

    model_config = ConfigDict(json_schema_extra={"examples": [MODELS]})

    object: Annotated[Literal["list"], Field(description="Always `list`.")]
    data: Annotated[list[ModelOut], Field(description="The models.")]


class UrlCitationOut(Model):
    """Where a quoted sentence comes from."""

    start_index: Annotated[int, Field(description="Where the sentence begins in the content, in code points.", ge=0)]
    end_index: Annotated[int, Field(description="Where it ends: the first code point after it.", ge=1)]
    url: Annotated[str, Field(description="The article's address, else the sentence's own on this server.")]
    title: Annotated[str, Field(description="The article's title, its id where it has none.")]


class AnnotationOut(Model):
    """A citation."""

    type: Annotated[Literal["url_citation"], Field(description="Always `url_citation`.")]
    url_citation: Annotated[UrlCitationOut, Field(description="What is cited, and where in the message it stands.")]


class AssistantOut(Model):
    """The answer as a message."""

    role: Annotated[Literal["assistant"], Field(description="Always `assistant`.")]
    content: Annotated[str, Field(description="The quoted sentences and their sources, or why there are none.")]
    refusal: Annotated[None, Field(description="Always null.")]
    annotations: Annotated[list[AnnotationOut], Field(description="One for each quoted sentence, in order.")]


class ChoiceOut(Model):
    """The one answer."""

    index: Annotated[int, Field(description="Always 0.")]
    message: AssistantOut
    logprobs: Annotated[None, Field(description="Always null.")]
    finish_reason: Annotated[Literal["stop"], Field(description="Always `stop`.")]


class UsageOut(Model):
    """Words and marks, counted: nothing is generated, and nothing billed."""

    prompt_tokens: Annotated[int, Field(description="Of all messages.", ge=0)]
    completion_tokens: Annotated[int, Field(description="Of the answer.", ge=0)]
    total_tokens: Annotated[int, Field(description="Both.", ge=0)]


class CompletionOut(Model):
    """An answer."""

    model_config = ConfigDict(json_schema_extra={"examples": [COMPLETION]})

    id: Annotated[str, Field(description="Names this answer.", examples=["chatcmpl-5f2c"])]
    object: Annotated[Literal["chat.completion"], Field(description="Always `chat.completion`.")]
    created: Annotated[int, Field(description="Unix time.")]
    model: Annotated[str, Field(description="As asked.")]
    choices: Annotated[list[ChoiceOut], Field(description="One.")]
    usage: UsageOut
    system_fingerprint: Annotated[str | None, Field(description="The state of the library that was asked.")]


class ErrorOut(Model):
    """The error as OpenAI's clients read it."""

    message: Annotated[str, Field(description="As `detail`.")]
    type: Annotated[str, Field(description="What kind of error.", examples=["invalid_request_error"])]
    param: Annotated[str | None, Field(description="The parameter to blame.", examples=["messages"])]
    code: Annotated[str | None, Field(description="For programs.", examples=["model_not_found"])]


class ChatProblemOut(ProblemOut):
    """What went wrong: a problem as everywhere in this API, and the same as OpenAI's clients read it."""

    error: ErrorOut
