"""The domain's small types: articles, spans, passages, and what was refused."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class Span(NamedTuple):
    """Half-open `[start, end)` in Unicode code points of the article's text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Article:
    """One document as its outlet published it.

    `text` is stored as given (but for `storable`) and never changed: every citation's offsets point into it.
    `published_at` is an ISO date (`2023-02-22`) or date-time; `metadata` holds the fields we have no name for
    (JSON values).
    """

    id: str
    text: str
    title: str = ""
    author: str | None = None
    source: str | None = None
    url: str | None = None
    published_at: str | None = None
    language: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("id", "text", "title", "author", "source", "url", "published_at", "language"):
            value = getattr(self, name)
            if value is not None and _UNSTORABLE.search(value):
                object.__setattr__(self, name, storable(value))

    @property
    def sha256(self) -> str:
        return text_digest(self.text)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that was not indexed: `where` names it (`news.zip!a/b.pdf`, `rows.jsonl:12`), `reason` says why."""

    where: str
    reason: str


class Passage(NamedTuple):
    """A run of whole sentences, `[first, last)` by ordinal, and the span they cover."""

    first: int
    last: int
    span: Span


def text_digest(text: str) -> str:
    """SHA-256 of the UTF-8 bytes of `text`, as hex."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def storable(text: str) -> str:
    """`text` with each NUL and lone surrogate replaced, one for one, by U+FFFD, so that offsets still hold."""
    return _UNSTORABLE.sub("\ufffd", text)
