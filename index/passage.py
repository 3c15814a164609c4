"""Sentences to passages: short runs of whole sentences, embedded with their article's title in front."""

from collections.abc import Sequence

from index.article import Passage, Span

SIZE = 1  # sentences; docs/quality.md has the table that chose it
STRIDE = 1  # sentences from one passage's start to the next's


def make_passages(spans: Sequence[Span]) -> list[Passage]:
    """Passages of `SIZE` sentences, `STRIDE` apart, that together hold every sentence."""
    starts = range(0, max(1, len(spans) - SIZE + STRIDE), STRIDE) if spans else ()
    return [_passage(spans, first, min(first + SIZE, len(spans))) for first in starts]


def _passage(spans: Sequence[Span], first: int, last: int) -> Passage:
    return Passage(first, last, Span(spans[first].start, spans[last - 1].end))


def embedded_text(title: str, text: str, passage: Passage) -> str:
    """What is embedded of a passage."""
    return titled(title, text[passage.span.start : passage.span.end])


def titled(title: str, text: str) -> str:
    """`text` with its article's title in front: worth two points of hit@1."""
    return f"{title}. {text}" if title else text
