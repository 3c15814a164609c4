"""Training questions → candidates of our own retrieval, written once to a jsonl file.

A line holds the question, its candidates best first by the linear ranker (`[title, sentence, whether it may answer, the
linear ranker's score]`), the right sentence with its score and the answer's place in it, and its neighbours in the
article with their scores.
"""

import json
from collections.abc import Callable, Sequence
from multiprocessing import Pool
from pathlib import Path
from typing import Any

from index.article import Span
from index.encode import load_encoder
from index.library import Library
from index.truth import Truth
from index.views import Snapshot
from qa.evaluation.judge import holds_any
from qa.linear import LinearRanker
from qa.query import make_query
from qa.rank import in_order
from qa.retrieve import Candidate, retrieve
from training.sets import Row

LOOKED_AT = 100  # candidates a question: more than a user's has, as only wrong ones are wanted of them
KEPT = 40  # of them
NEAR = 3  # sentences before and after the right one
WITHIN = 5  # a question of qamr is kept where its sentence is among so many


def mine(rows: Sequence[Row], library: Path, out: Path, processes: int = 2) -> None:
    """Writes one line a usable question to `out`."""
    parts = [(list(rows[i::processes]), library) for i in range(processes)]
    with Pool(processes) as pool:
        found = pool.map(_part, parts)
    aside = out.with_suffix(".new")
    with aside.open("w", encoding="utf-8") as lines:
        for number in range(len(rows)):
            line = found[number % processes][number // processes]
            if line is not None:
                lines.write(json.dumps(line, ensure_ascii=False) + "\n")
    aside.replace(out)


def _part(job: tuple[Sequence[Row], Path]) -> list[dict[str, Any] | None]:
    import torch

    torch.set_num_threads(1)
    rows, folder = job
    encoder = load_encoder()
    with Library(folder, encoder).reading() as (snapshot, truth):
        return [_mined(row, snapshot, truth, encoder) for row in rows]


def _mined(row: Row, snapshot: Snapshot, truth: Truth, encoder: Any) -> dict[str, Any] | None:
    query = make_query(row.question, snapshot.lexical)
    candidates = retrieve(snapshot, truth, query, encoder, most=LOOKED_AT)
    ranked = in_order(candidates, LinearRanker().scores(query, candidates))
    scores = {(r.candidate.body.number, r.candidate.span): r.score for r in ranked}
    evidence = [(truth.body_of(article), span) for article, span in row.evidence]
    right = next(((body, span) for body, span in evidence if body is not None), None)
    if right is None or not candidates:
        return None
    place = next((n for n, r in enumerate(ranked) if is_right(r.candidate, evidence)), None)
    if row.kind == "qamr" and (place is None or place >= WITHIN):
        return None
    return {
        "kind": row.kind,
        "question": row.question,
        "candidates": [
            [
                c.body.title,
                c.text,
                is_right(c, evidence) or holds_any(c.text, row.answers),
                scores[c.body.number, c.span],
            ]
            for c in (r.candidate for r in ranked[:KEPT])
        ],
        **_right_one(truth, *right, row.answers, lambda body, span: scores.get((body, span), ranked[-1].score)),
    }


def _right_one(
    truth: Truth, body: int, span: Span, answers: Sequence[str], score: Callable[[int, Span], float]
) -> dict[str, Any]:
    """The right sentence, the answer's place in it, and its neighbours that do not hold the answer."""
    stored, spans = truth.bodies([body])[body], truth.sentences(body)
    at = max(range(len(spans)), key=lambda n: min(spans[n].end, span.end) - max(spans[n].start, span.start))
    sentence = stored.text[spans[at].start : spans[at].end]
    near = [
        (stored.text[spans[n].start : spans[n].end], score(body, spans[n]))
        for n in range(max(0, at - NEAR), min(len(spans), at + NEAR + 1))
        if n != at
    ]
    return {
        "title": stored.title,
        "sentence": sentence,
        "score": score(body, spans[at]),
        "answer": _place(sentence, span.start - spans[at].start, span.end - spans[at].start, answers),
        "near": [one for one in near if not holds_any(one[0], answers)],
    }


def _place(sentence: str, start: int, end: int, answers: Sequence[str]) -> tuple[int, int] | None:
    """Where the answer stands in the sentence: its own span where the evidence is one, else its first occurrence."""
    if answers and 0 <= start < end <= len(sentence) and sentence[start:end] in answers:
        return start, end
    for answer in answers:
        if (found := sentence.casefold().find(answer.casefold())) >= 0:
            return found, found + len(answer)
    return None


def is_right(candidate: Candidate, evidence: Sequence[tuple[int | None, Span]]) -> bool:
    """Do they share at least half of the shorter one?"""
    for body, span in evidence:
        shared = min(candidate.span.end, span.end) - max(candidate.span.start, span.start)
        shorter = min(candidate.span.end - candidate.span.start, span.end - span.start)
        if candidate.body.number == body and shared > 0 and 2 * shared >= shorter:
            return True
    return False
