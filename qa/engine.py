"""The straight line of asking: question → hits → ranked sentences → confidence → cited answer."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from index.encode import Encoder
from index.lexical import Lexical
from index.library import Library
from index.truth import Truth
from qa.abstain import abstain
from qa.answer import Answer, Status
from qa.citation import Citation, cite, cite_copies
from qa.confidence import Calibration
from qa.context import apart
from qa.copies import with_origins
from qa.query import Query, make_query
from qa.question import TOP_K, Question, Turn
from qa.rank import Ranked, Ranker, in_order
from qa.retrieve import retrieve, scope_of
from qa.rewrite import rewrite
from qa.select import choose
from qa.signs import Signs, signs_of
from qa.smalltalk import small_talk


class Engine:
    """Answers questions from one library; safe to share between threads."""

    def __init__(
        self,
        library: Library,
        encoder: Encoder,
        ranker: Ranker,
        calibration: Calibration,
        quick: tuple[Ranker, Calibration] | None = None,
    ) -> None:
        """`quick` ranks the questions that are asked with `fast`; without it they are ranked like the others."""
        self.library = library
        self.encoder, self._ranker, self.calibration = encoder, ranker, calibration
        self._quick = quick or (ranker, calibration)

    @property
    def ranker_name(self) -> str:
        return self._ranker.name

    @property
    def settings(self) -> str:
        """What decides the answers besides the library: the ranker, the confidence and the threshold."""
        return f"{self._ranker.name}, confidence {self.calibration.digest}, threshold {self.calibration.threshold:g}"

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
        rewritten = rewrite(asked.text, asked.history)
        ranker, calibration = self._quick if asked.fast else (self._ranker, self.calibration)
        with self.library.reading() as (snapshot, truth):
            query = make_query(rewritten or asked.text, self.encoder, snapshot.lexical, asked.as_of)
            candidates = retrieve(snapshot, truth, query, asked.as_of)
            ranked = in_order(candidates, ranker.scores(query, candidates))
            signs = signs_of(query, ranked, snapshot.lexical)
            return replace(
                _answer(asked, calibration, query, ranked, signs, truth, snapshot.lexical), rewritten=rewritten
            )


def _answer(
    asked: Question,
    calibration: Calibration,
    query: Query,
    ranked: Sequence[Ranked],
    signs: Sequence[Signs],
    truth: Truth,
    words: Lexical,
) -> Answer:
    threshold = calibration.threshold if asked.min_confidence is None else asked.min_confidence
    confidences = calibration.confidences(signs)
    hits = [cite(r, c) for r, c in zip(ranked, confidences, strict=True)]
    good = [c >= threshold for c in confidences]
    # The best hit decides: where it is not good enough, nothing below it is shown as an answer.
    citations = _merged(hits, good, ranked, truth, asked.as_of) if good and good[0] else []
    why = None if citations else abstain(query.text, hits, threshold, truth, words)
    return Answer(
        question=asked.text,
        status=Status.ANSWERED if citations else Status.ABSTAINED,
        confidence=confidences[0] if hits else None,
        citations=tuple(citations),
        hits=tuple(hits[: asked.top_k]),
        reason=why.reason if why else None,
        library=(truth.generation, truth.articles_digest()),
        possible=bool(why and why.possible),
        signs=signs[0] if signs else None,
    )


def _merged(
    hits: Sequence[Citation], good: Sequence[bool], ranked: Sequence[Ranked], truth: Truth, as_of: dt.date | None
) -> list[Citation]:
    """The answer's sentences, each with its near-identical twins and with the other ids of its own text."""
    merged, shown = [], scope_of(as_of)
    candidates = [r.candidate for r in ranked]
    for chosen, twins in choose(
        [hit.text for hit in hits], good, lambda i, j: apart(candidates[i], candidates[j], truth)
    ):
        copies = [
            copy
            for i in (chosen, *twins)
            for copy in cite_copies(hits[i], shown.of(truth.origins(candidates[i].body.number)))
        ]
        merged.append(hits[chosen].with_same_as([*(hits[i] for i in twins), *copies]))
    return with_origins(merged, {c.body.sha256: c.body.text for c in candidates})
