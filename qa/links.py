"""Addresses: of a place in an article on this server, and of a sentence on the page where it was published."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from index.article import Span
from qa.phrases import safe_url

PATH = "/a/"
_NEAR = 20  # neighbours that a place may name
_DIGITS = 12  # of an offset; no text is that long
_DIGEST = 16  # hex digits of the text's digest that a permalink carries: enough to see that the text was changed
_UNREADABLE = Span(0, 0)
_DIRECTIVE = ":~:"
_EXACT = 300  # characters up to which a text fragment holds the sentence whole, as browsers' own menus make them
_EDGE = 6  # words at either end that stand for a longer one


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence of an article, as a citation of it says: `span`, and the answer's `words` within it.

    `sha256` is the digest of the text that was cited, or how it begins; `near` are the sentences that the same answer
    cites from this article besides. Spans are in code points of the text, and may be nonsense: they came over the wire.
    """

    span: Span | None = None
    sha256: str | None = None
    words: Span | None = None
    near: tuple[Span, ...] = ()

    def is_of(self, sha256: str) -> bool:
        """Whether the text of this digest may be the one that was cited."""
        return self.sha256 is None or sha256.startswith(self.sha256)


def place_of(given: Mapping[str, Any]) -> Place:
    """The place that a click on a citation names: `start`, `end`, `answerStart`, `answerEnd`, `sha256`, `near`."""
    sha256, near = given.get("sha256"), given.get("near")
    return Place(
        _span(given.get("start"), given.get("end")),
        sha256 if isinstance(sha256, str) else None,
        _span(given.get("answerStart"), given.get("answerEnd")),
        _spans(near) if isinstance(near, str) else (),
    )


def place_at(query: Mapping[str, str]) -> Place:
    """The place that a permalink's query names: `s`, and where they are given `v`, `w` and `near`."""
    span, words = _spans(query.get("s", "")), _spans(query.get("w", ""))  # where there are several, the first
    meant = span[0] if span else _UNREADABLE if "s" in query else None
    return Place(
        meant,
        query.get("v") or None,
        words[0] if words else None,
        _spans(query.get("near", "")),
    )


def permalink(article_id: str, place: Place) -> str:
    """The path and query at which `qa.chat.permalink` shows the place: `/a/news/ship.txt?s=0-50&v=0123456789abcdef`.

    An id that is a step between folders (`..`) goes into the query, for browsers take such steps out of a path.
    """
    query: dict[str, str] = {}
    if article_id in (".", ".."):
        query["id"] = article_id
    if place.span is not None:
        query["s"] = _written([place.span])
    if place.sha256:
        query["v"] = place.sha256[:_DIGEST]
    if place.words is not None:
        query["w"] = _written([place.words])
    if place.near:
        query["near"] = _written(place.near)
    path = "" if "id" in query else _in_path(article_id)
    return PATH + path + ("?" + urlencode(query, safe=",", quote_via=quote) if query else "")


def near(spans: Iterable[Span]) -> str:
    """Spans as a page's markup and a permalink carry them: `0-50,61-80`."""
    return _written(spans)


def original(url: str | None, sentence: str) -> str | None:
    """The web address of an article at `sentence`, by a text fragment; None where `url` is no web address.

    https://wicg.github.io/scroll-to-text-fragment/: a browser that knows them scrolls to the text and marks it. A long
    sentence, or one of several lines, is named by its first words and its last.
    """
    link = safe_url(url)
    if link is None:
        return None
    page, _, fragment = link[0].partition("#")
    element = fragment.partition(_DIRECTIVE)[0]
    text = _text_directive(sentence)
    return f"{page}#{element}{_DIRECTIVE}text={text}" if text else link[0]


def in_angles(url: str) -> str:
    """An address that may stand between `<` and `>`, as Markdown's do."""
    return url.replace("<", "%3C").replace(">", "%3E").replace("\\", "%5C")


def _text_directive(sentence: str) -> str:
    words = sentence.split()
    whole = " ".join(words)
    if len(words) > 2 * _EDGE and (len(whole) > _EXACT or len(sentence.strip().splitlines()) > 1):
        return f"{_directed(' '.join(words[:_EDGE]))},{_directed(' '.join(words[-_EDGE:]))}"
    return _directed(whole)


def _directed(text: str) -> str:
    """Percent-encoded, with `-`, `,` and `&` too: they part the pieces of a text fragment."""
    return quote(text, safe="").replace("-", "%2D")


def _in_path(article_id: str) -> str:
    """An id for a path; its slashes stand as they are, unless something on the way might tidy them up."""
    steps = article_id.split("/")
    return quote(article_id, safe="" if {"", ".", ".."} & set(steps) else "/")


def _written(spans: Iterable[Span]) -> str:
    return ",".join(f"{span.start}-{span.end}" for span in spans)


def _spans(written: str) -> tuple[Span, ...]:
    found = [_span(*part.partition("-")[::2]) for part in written.split(",")[:_NEAR]]
    return tuple(span for span in found if span is not None)


def _span(start: Any, end: Any) -> Span | None:
    """A span of two offsets, as text or as numbers; None for anything else."""
    edges = [_offset(edge) for edge in (start, end)]
    return Span(edges[0], edges[1]) if edges[0] is not None and edges[1] is not None else None


def _offset(value: Any) -> int | None:
    text = str(value).strip() if isinstance(value, int | str) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None
