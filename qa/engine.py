"""The straight line of asking: question → hits → ranked sentences → confidence → cited answer."""

import datetime as dt
from collections.abc import Sequence

from index.encode import Encoder
from index.lexical import Lexical
from index.library import Library
from index.truth import Truth
from qa.abstain import reason_for
from qa.answer import Answer, Status
from qa.citation import Citation, cite, cite_copies
from qa.confidence import Calibration
from qa.query import make_query
from qa.question import TOP_K, Question, Turn
from qa.rank import Ranked, Ranker, in_order
from qa.retrieve import retrieve
from qa.select import choose
from qa.smalltalk import small_talk


class Engine:
    """Answers questions from one library; safe to share between threads."""

    def __init__(self, library: Library, encoder: Encoder, ranker: Ranker, calibration: Calibration) -> None:
        self.library = library
        self.encoder, self._ranker, self._calibration = encoder, ranker, calibration

    @property
    def settings(self) -> str:
        """What decides the answers besides the library: the ranker and the threshold."""
        return f"{self._ranker.name}, threshold {self._calibration.threshold:g}"

    def ask(
        self,
        question: str,
        top_k: int = TOP_K,
        *,
        history: Sequence[Turn] = (),
        as_of: dt.date | None = None,
        min_confidence: float | None = None,
        fast: bool = False,
    ) -> Answer:
        """The answer to `question`, with at most `top_k` hits; raises `QuestionError` where it cannot be asked.

        `qa.question.Question` says what the others mean.
        """
        asked = Question(question, top_k, tuple(history), as_of, min_confidence, fast)
        if reply := small_talk(asked.text):
            return Answer(asked.text, Status.ABSTAINED, reason=reply)
        with self.library.reading() as (snapshot, truth):
            query = make_query(asked.text, self.encoder, snapshot.lexical)
            candidates = retrieve(snapshot, truth, query)
            ranked = in_order(candidates, self._ranker.scores(query, candidates))
            return self._answer(asked, ranked, truth, snapshot.lexical)

    def _answer(self, asked: Question, ranked: Sequence[Ranked], truth: Truth, words: Lexical) -> Answer:
        threshold = self._calibration.threshold if asked.min_confidence is None else asked.min_confidence
        confidences = self._calibration.confidences([r.score for r in ranked], [r.candidate.dense for r in ranked])
        hits = [cite(r.candidate, r.score, c) for r, c in zip(ranked, confidences, strict=True)]
        good = [c >= threshold for c in confidences]
        # The best hit decides: where it is not good enough, nothing below it is shown as an answer.
        citations = _merged(hits, good, ranked, truth) if good and good[0] else []
        return Answer(
            question=asked.text,
            status=Status.ANSWERED if citations else Status.ABSTAINED,
            confidence=confidences[0] if hits else None,
            citations=tuple(citations),
            hits=tuple(hits[: asked.top_k]),
            reason=None if citations else reason_for(asked.text, hits, threshold, truth, words),
            library=(truth.generation, truth.articles_digest()),
        )


def _merged(hits: Sequence[Citation], good: Sequence[bool], ranked: Sequence[Ranked], truth: Truth) -> list[Citation]:
    """The answer's sentences, each with its near-identical twins and with the other ids of its own text."""
    merged = []
    for chosen, twins in choose([hit.text for hit in hits], good):
        copies = [
            copy
            for i in (chosen, *twins)
            for copy in cite_copies(hits[i], truth.origins(ranked[i].candidate.body.number))
        ]
        merged.append(hits[chosen].with_same_as([*(hits[i] for i in twins), *copies]))
    return merged
