"""Examples for the OpenAPI document: an answer, an abstention, and the rest as clients will see them."""

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
