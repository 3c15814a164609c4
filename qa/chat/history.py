"""A conversation as the browser keeps it, as JSON and back. What comes back is doubted like anything that is sent."""

import datetime as dt
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from index.article import Article, Span, storable
from index.errors import PullquoteError, UsageError
from index.truth import Truth
from qa.answer import Answer, Status
from qa.chat.page import Turn
from qa.citation import Citation, Origin
from qa.question import MAX_CHARACTERS, Filters, filters_of

TURNS = 50  # of a conversation are kept
HITS = 5  # of an answer that are kept: more are not shown
_COPIES = 50  # of one sentence
_LONGEST = 20_000  # characters of any text but a question
_BAD = "this conversation cannot be read: it was kept by another version, or has been changed"
_ARTICLE = ("id", "title", "source", "url", "published_at", "language")


# to the browser


def kept(turns: Sequence[Turn], of: str | None = None) -> str:
    """The conversation as JSON, without the turns that nothing has come of yet; `of` is the browser's name for it."""
    done = [_turn(turn) for turn in turns if turn.answer or turn.trouble]
    return json.dumps({"turns": done, "of": of}, ensure_ascii=False)


def _turn(turn: Turn) -> dict[str, Any]:
    return {
        "key": turn.key,
        "question": turn.question,
        "as_of": turn.as_of,
        "filters": filters_json(turn.filters),
        "trouble": turn.trouble,
        "answer": _answer(turn.answer) if turn.answer else None,
    }


def filters_json(filters: Filters) -> dict[str, Any]:
    """The filters as `qa.question.filters_of` reads them, without those that bound nothing."""
    after, before = filters.published_after, filters.published_before
    return {
        **({"source": list(filters.sources)} if filters.sources else {}),
        **({"published_after": after.isoformat()} if after else {}),
        **({"published_before": before.isoformat()} if before else {}),
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "question": answer.question,
        "status": answer.status.value,
        "confidence": answer.confidence,
        "citations": [_citation(citation) for citation in answer.citations],
        "hits": [_citation(hit) for hit in answer.hits[:HITS]],
        "reason": answer.reason,
        "library": answer.library,
        "rewritten": answer.rewritten,
        "possible": answer.possible,
    }


def _citation(citation: Citation) -> dict[str, Any]:
    return {
        **{name: getattr(citation.article, name) for name in _ARTICLE},
        "sha256": citation.sha256,
        "span": citation.span,
        "text": citation.text,
        "scores": dict(citation.scores),
        "confidence": citation.confidence,
        "context": citation.context,
        "same_as": [_citation(other) for other in citation.same_as[:_COPIES]],
        "answer": citation.answer,
        "origin": citation.origin,
    }


# and back


def restored(given: Any, truth: Truth) -> list[Turn]:
    """The turns of a conversation that a browser kept; raises `UsageError` where they are none.

    A sentence is taken back only if it still stands in its article, or if that article is gone or has changed since:
    nobody can put words into the mouth of an article that is here.
    """
    if not isinstance(given, list) or not 0 < len(given) <= TURNS:
        raise UsageError(_BAD)
    try:
        turns = [_turn_of(turn) for turn in given]
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError, PullquoteError):
        raise UsageError(_BAD) from None
    for citation in _all_of(turns):
        article = truth.article(citation.article.id)
        if article is not None and article.sha256 == citation.sha256 and not _stands(citation, article):
            raise UsageError(_BAD)
    return turns


def _stands(citation: Citation, article: Article) -> bool:
    return bool(citation.text) and article.text[citation.span.start : citation.span.end] == citation.text


def _all_of(turns: Sequence[Turn]) -> Iterator[Citation]:
    for turn in turns:
        if turn.answer:
            for citation in (*turn.answer.citations, *turn.answer.hits):
                yield from (citation, *citation.same_as)


def _turn_of(given: Mapping[str, Any]) -> Turn:
    answer, as_of = given["answer"], _text(given["as_of"], 10)
    return Turn(
        _needed(given["question"], MAX_CHARACTERS),
        _answer_of(answer) if answer is not None else None,
        _text(given["trouble"]),
        dt.date.fromisoformat(as_of).isoformat() if as_of else None,
        filters=filters_of(given["filters"]),
        key=_key(given["key"]),
    )


def _answer_of(given: Mapping[str, Any]) -> Answer:
    library = given["library"]
    return Answer(
        _needed(given["question"], MAX_CHARACTERS),
        Status(given["status"]),
        _probability(given["confidence"]) if given["confidence"] is not None else None,
        tuple(_citation_of(one) for one in _few(given["citations"], _COPIES)),
        tuple(_citation_of(one) for one in _few(given["hits"], HITS)),
        _text(given["reason"]),
        (int(library[0]), _needed(library[1], 64)) if library else None,
        _text(given["rewritten"]),
        given["possible"] is True,
    )


def _citation_of(given: Mapping[str, Any], nested: bool = True) -> Citation:
    scores, origin = given["scores"], given["origin"]
    article = Article(
        _needed(given["id"]),
        "",
        _needed(given["title"]),
        source=_text(given["source"]),
        url=_text(given["url"]),
        published_at=_text(given["published_at"]),
        language=_text(given["language"]),
    )
    return Citation(
        article,
        _needed(given["sha256"], 64),
        _span(given["span"]),
        _needed(given["text"], 10 * _LONGEST),
        {name: None if scores[name] is None else _number(scores[name]) for name in list(scores)[:10]},
        _probability(given["confidence"]),
        _text(given["context"]),
        tuple(_citation_of(one, False) for one in _few(given["same_as"], _COPIES)) if nested else (),
        _span(given["answer"]) if given["answer"] is not None else None,
        Origin(_needed(origin[0]), _needed(origin[1])) if origin is not None else None,
    )


def _text(value: Any, longest: int = _LONGEST) -> str | None:
    return None if value is None else _needed(value, longest)


def _needed(value: Any, longest: int = _LONGEST) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise ValueError(f"not a text of up to {longest} characters")
    return storable(value)


def _key(value: Any) -> str:
    key = _needed(value, 32)
    if not key.isalnum():
        raise ValueError("not a turn's key")
    return key


def _few(value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError(f"not a list of up to {most}")
    return value


def _span(value: Any) -> Span:
    start, end = (int(edge) for edge in value)
    if not 0 <= start < end:
        raise ValueError("not a span")
    return Span(start, end)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("not a number")
    return float(value)


def _probability(value: Any) -> float:
    number = _number(value)
    if not 0 <= number <= 1:
        raise ValueError("not a probability")
    return number
