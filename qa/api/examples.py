"""Examples for the OpenAPI document: an answer, an abstention, and the rest as clients will see them."""

import json
from typing import Any

_SHA256 = "9f2c5d0e6b7a48c1d3f4e5a6978812345678abcdef0123456789abcdef012345"
CITATION: dict[str, Any] = {
    "type": "char_location",
    "cited_text": "A container ship blocked the canal for six days.",
    "document_id": "news/ship.txt",
    "document_title": "Ship freed",
    "start_char_index": 0,
    "end_char_index": 48,
    "source": "Harbour Wire",
    "url": "https://example.org/ship",
    "published_at": "2021-03-29",
    "document_sha256": _SHA256,
    "confidence": 0.93,
    "scores": {"dense": 0.71, "bm25": 12.3, "fused": 0.27, "ranker": 4.2},
    "answer_start_char_index": 38,
    "answer_end_char_index": 47,
    "context": None,
    "same_as": [],
}
_LIBRARY = {"generation": 12, "sha256": _SHA256}
ANSWERED: dict[str, Any] = {
    "id": None,
    "question": "How long was the canal blocked?",
    "input": {},
    "status": "answered",
    "confidence": 0.93,
    "answer": "“A container ship blocked the canal for six days.” [1]",
    "citations": [CITATION],
    "sources": 1,
    "hits": [CITATION],
    "rewritten_question": None,
    "reason": None,
    "library": _LIBRARY,
}
ABSTAINED: dict[str, Any] = {
    **ANSWERED,
    "question": "Who painted the canal?",
    "status": "abstained",
    "confidence": 0.04,
    "answer": "",
    "citations": [],
    "sources": 0,
    "hits": [{**CITATION, "confidence": 0.04, "answer_start_char_index": None, "answer_end_char_index": None}],
    "reason": "The articles do not say: none of them mentions “painted”.",
}
FOUND: dict[str, Any] = {
    "question": "canal blocked",
    "hits": [CITATION],
    "rewritten_question": None,
    "library": _LIBRARY,
}
STREAM = """event: stage
data: {"stage": "waiting"}

event: stage
data: {"stage": "searching"}

event: sentence
data: {"type": "char_location", "cited_text": "A container ship blocked the canal for six days.", …}

event: answer
data: {"id": null, "question": "How long was the canal blocked?", …}

"""
METRICS = """# HELP pullquote_questions_total Questions through any door by what came of them: …
# TYPE pullquote_questions_total counter
pullquote_questions_total{status="answered"} 12.0
"""
_ITEM: dict[str, Any] = {
    "id": "news/ship.txt",
    "title": "Ship freed",
    "author": None,
    "source": "Harbour Wire",
    "url": "https://example.org/ship",
    "published_at": "2021-03-29",
    "language": None,
    "metadata": {"desk": "shipping"},
}
ROW: dict[str, Any] = {
    "id": "news/ship.txt",
    "title": "Ship freed",
    "text": "A container ship blocked the canal for six days. Tugs freed the vessel on Monday.",
    "source": "Harbour Wire",
    "published_at": "2021-03-29",
}
LISTED: dict[str, Any] = {"items": [_ITEM], "total": 1, "limit": 100, "offset": 0}
ARTICLE: dict[str, Any] = {
    **_ITEM,
    "text": "A container ship blocked the canal for six days. Tugs freed the vessel on Monday.",
    "sha256": _SHA256,
}
SUMMARY: dict[str, Any] = {
    "added": 1,
    "changed": 0,
    "unchanged": 0,
    "twins": [],
    "refused": [{"where": "articles[1]", "reason": "has no text"}],
}
PROBLEM: dict[str, Any] = {
    "type": "about:blank",
    "title": "Unprocessable Content",
    "status": 422,
    "detail": "top_k: Input should be less than or equal to 100",
    "errors": [{"where": "top_k", "reason": "Input should be less than or equal to 100"}],
}
CSV_QUESTIONS = "id,question\nq1,How long was the canal blocked?\n"
VERIFIED: dict[str, Any] = {
    "counts": {
        "unchanged": 1,
        "moved": 0,
        "article_changed": 0,
        "article_gone": 1,
        "wrong": 0,
        "attribution_differs": 0,
        "answer_differs": 0,
    },
    "checks": [
        {
            "line": 1,
            "document_id": "news/ship.txt",
            "state": "unchanged",
            "problem": None,
            "start_char_index": 0,
            "end_char_index": 48,
        },
        {
            "line": 2,
            "document_id": "news/bees.txt",
            "state": "article_gone",
            "problem": "the article is not in the library",
            "start_char_index": None,
            "end_char_index": None,
        },
    ],
}
READY: dict[str, Any] = {"status": "ready", "articles": 20, "generation": 12}

# as OpenAI's clients see them

_MADE = 1772443800
MODEL: dict[str, Any] = {"id": "pullquote", "object": "model", "created": _MADE, "owned_by": "pullquote"}
MODELS: dict[str, Any] = {"object": "list", "data": [MODEL, {**MODEL, "id": "pullquote-fast"}]}
_SAID = "“A container ship blocked the canal for six days.” [1]"
_SOURCES = "\n\nSources:\n- [1] Ship freed, Harbour Wire, 29 March 2021: <https://example.org/ship>"
_ANNOTATION: dict[str, Any] = {
    "type": "url_citation",
    "url_citation": {"start_index": 1, "end_index": 49, "url": "https://example.org/ship", "title": "Ship freed"},
}
_HEAD: dict[str, Any] = {
    "id": "chatcmpl-5f2c",
    "created": _MADE,
    "model": "pullquote",
    "system_fingerprint": f"fp_{_SHA256[:16]}",
}
COMPLETION: dict[str, Any] = {
    **_HEAD,
    "object": "chat.completion",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": _SAID + _SOURCES,
                "refusal": None,
                "annotations": [_ANNOTATION],
            },
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 7, "completion_tokens": 37, "total_tokens": 44},
}


def _chunk(delta: dict[str, Any], finish_reason: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    chunk = {**_HEAD, "object": "chat.completion.chunk", "choices": [choice]}
    return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n"


CHUNKS = (
    _chunk({"role": "assistant", "content": "", "refusal": None})
    + _chunk({"content": _SAID})
    + _chunk({"content": _SOURCES})
    + _chunk({"annotations": [_ANNOTATION]})
    + _chunk({}, "stop")
    + "data: [DONE]\n\n"
)
