"""What a client posts, as JSON rows or as files → articles to index."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

from index.article import Article, Refusal
from index.errors import ReadError
from index.read import article_from_row, read_upload

UNNAMED = "(a file without a name)"


def parse_json(body: bytes) -> Any:
    """The JSON value in `body`, NaN and infinities as null; raises `ReadError`."""
    try:
        return json.loads(body, parse_constant=lambda _: None)
    except RecursionError:
        raise ReadError("is JSON nested too deeply") from None
    except ValueError as error:  # JSONDecodeError, bytes that are no text, numbers of thousands of digits
        raise ReadError(f"is not JSON: {error}") from None


def read_rows(rows: Sequence[Any]) -> Iterator[Article | Refusal]:
    """The articles in JSON rows; a bad row is refused by its place, `articles[3]`, and the others go on."""
    return _once_each((where, _from_row(row, where)) for where, row in _placed(rows))


def read_uploads(files: Iterable[tuple[str, bytes | BinaryIO]]) -> Iterator[Article | Refusal]:
    """The articles in uploaded files (name, content or a stream of it), read as files of those names on disk are."""
    return _once_each((name or UNNAMED, item) for name, data in files for item in read_upload(name or UNNAMED, data))


def _placed(rows: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    return ((f"articles[{number}]", row) for number, row in enumerate(rows))


def _from_row(row: Any, where: str) -> Article | Refusal:
    try:
        return article_from_row(row, where)
    except ReadError as error:
        return Refusal(where, str(error))


def _once_each(items: Iterable[tuple[str, Article | Refusal]]) -> Iterator[Article | Refusal]:
    """Two articles of one request with one id are an error that names both places."""
    given: dict[str, str] = {}
    for where, item in items:
        if isinstance(item, Article) and item.id in given:
            yield Refusal(where, f"has the id {item.id!r}, which {given[item.id]} has already; give it another")
            continue
        if isinstance(item, Article):
            given[item.id] = where
        yield item
