"""The body of a request that may be JSON or a form: read whole, understood later, off the event loop."""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, TypeAlias, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from index.article import Refusal
from index.errors import QuestionError, ReadError
from qa.api.problem import RefusedError
from qa.batch.intake import parse_json

Posted: TypeAlias = bytes | list[tuple[str, UploadFile | str]]  # JSON, or the fields of a form
_Model = TypeVar("_Model", bound=BaseModel)
_Read = TypeVar("_Read")


async def posted(request: Request) -> AsyncIterator[Posted]:
    """A dependency: the body; 415 where it is of neither type."""
    match request.headers.get("content-type", "").partition(";")[0].strip().lower():
        case "application/json":
            yield await _whole(request)
        case "multipart/form-data":
            form = await _form(request)
            try:
                yield form.multi_items()
            finally:
                await form.close()
        case _:
            raise HTTPException(415, "send this as application/json, or files as multipart/form-data")


def validated(model: type[_Model], body: bytes) -> _Model:
    """The JSON in `body` as `model`; 422 where it is none, naming the fields that are to blame."""
    try:
        value = parse_json(body)
    except ReadError as error:
        raise RefusedError(422, f"the body {error}", [Refusal("body", str(error))]) from None
    return checked(model, value, strict=True)


def checked(model: type[_Model], value: Any, strict: bool) -> _Model:
    """`value` as `model`; with `strict`, text is not taken for a number."""
    try:
        return model.model_validate(value, strict=strict)
    except ValidationError as error:
        raise RequestValidationError([{**e, "loc": ("body", *e["loc"])} for e in error.errors()]) from None


def read(where: str, reading: Callable[[Any], _Read], value: Any) -> _Read:
    """What `reading` makes of a field; its `QuestionError` is a problem that names the field."""
    try:
        return reading(value)
    except QuestionError as error:
        reason = str(error)
        detail = reason if where in reason else f"{where}: {reason}"
        raise RefusedError(422, detail, [Refusal(where, reason)]) from None


def only(*known: str) -> Callable[[Request], None]:
    """A dependency: 422 where the address has another parameter than these; a misspelt one would be lost unseen."""
    there = f"there is {', '.join(known) or 'none'}"

    def check(request: Request) -> None:
        for name in request.query_params:
            if name not in known:
                instead = "send it in the body" if request.method == "POST" and not known else there
                reason = f"is no parameter here: {instead}"
                raise RefusedError(422, f"{name}: {reason}", [Refusal(name, reason)])

    return check


def files_of(fields: list[tuple[str, UploadFile | str]], others: frozenset[str] = frozenset()) -> list[UploadFile]:
    """The files of a form, of which there is one at least; its other fields must be among `others`."""
    files = [field for _, field in fields if isinstance(field, UploadFile)]
    named = [name for name, field in fields if isinstance(field, str) and name not in others]
    if named:
        known = f"no setting: there are {', '.join(sorted(others))}" if others else "no file: send files only"
        raise RefusedError(422, f"the form's {', '.join(map(repr, named))} is {known}")
    if not files:
        raise RefusedError(422, "the form holds no file: send one or more")
    return files


class _Parser(MultiPartParser):
    """Starlette's own, which drops the part at which a body is cut off, without a word: `whole` says that none was."""

    whole = False

    def on_end(self) -> None:
        self.whole = True


async def _form(request: Request) -> FormData:
    """The form in the body; 400 where it is none, or does not end as one."""
    try:
        async with aclosing(request.stream()) as stream:
            parser = _Parser(request.headers, stream)
            form = await parser.parse()
    except MultiPartException as error:
        raise HTTPException(400, error.message) from None
    if parser.whole:
        return form
    await form.close()
    raise HTTPException(400, "the form has no closing boundary, so its last part may be cut short: send it again")


async def _whole(request: Request) -> bytes:
    try:
        return await request.body()
    except ClientDisconnect:
        raise HTTPException(400, "the body was cut short") from None
