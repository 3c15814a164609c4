"""Sentences to passages."""

from collections.abc import Sequence

from index.article import Passage, Span

SIZE = 3
STRIDE = 2


def make_passages(spans: Sequence[Span], text: str) -> list[Passage]:
    return [
        Passage(first, min(first + SIZE, len(spans)), Span(spans[first].start, spans[min(first + SIZE, len(spans)) - 1].end))
        for first in range(0, max(1, len(spans) - SIZE + STRIDE), STRIDE)
        if first < len(spans)
    ]


def embedded_text(title: str, text: str, passage: Passage) -> str:
    return f"{title}. {text[passage.span.start : passage.span.end]}" if title else text[passage.span.start : passage.span.end]
