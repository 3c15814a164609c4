"""The straight line of asking: question → hits → ranked sentences → confidence → cited answer."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from index.encode import Encoder
from index.library import Library
from index.truth import Truth
from index.views import Scope, Snapshot
from qa.abstain import ALL, BY_THEN, FILTERED, abstain
from qa.answer import Answer, Status
from qa.citation import Citation, cite, cite_copies
from qa.confidence import Calibration
from qa.context import apart
from qa.conversation.rewrite import rewrite
from qa.copies import with_origins
from qa.linear import ASKS, is_question
from qa.query import Query, make_query
from qa.question import NO_FILTERS, TOP_K, Filters, Question, Turn, filters_of, named_day, turns
from qa.rank import Ranked, Ranker, Score, in_order, scores_of
from qa.retrieve import CANDIDATES, Candidate, passing, retrieve, scope_of
from qa.select import choose
from qa.signs import Signs, is_unheard_of, signs_of
from qa.smalltalk import small_talk

Stage = Literal["searching", "reading", "choosing"]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: `hits` as an answer to the question would have them, best first, without an answer."""

    question: str
    hits: tuple[Citation, ...]
    library: tuple[int, str]
    rewritten: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The search's JSON, every key present; hits are shaped as an answer's are."""
        return {
            "question": self.question,
            "hits": [hit.to_json() for hit in self.hits],
            "rewritten_question": self.rewritten,
            "library": dict(zip(("generation", "sha256"), self.library, strict=True)),
        }


@dataclass(frozen=True, slots=True)
class _Sought:
    """A question and what was retrieved for it: `candidates` are ranked, however many hits are asked for; `beyond` is
    not, and there is some only where more are."""

    query: Query
    candidates: Sequence[Candidate]
    beyond: Sequence[Candidate]


@dataclass(frozen=True, slots=True)
class _Asking:
    """A question on its way, what was ranked for it, and how likely each of them answers; best first.

    `beyond` was found and not ranked.
    """

    asked: Question
    calibration: Calibration
    query: Query
    ranked: Sequence[Ranked]
    signs: Sequence[Signs]
    confidences: Sequence[float]
    beyond: Sequence[Candidate]

    def hit(self, n: int) -> Citation:
        """The citation of the sentence ranked there, the best at 0; few of them leave the program."""
        return cite(self.ranked[n].candidate, self.confidences[n], self.ranked[n].said)

    @property
    def hits(self) -> tuple[Citation, ...]:
        """As many as were asked for; those beyond are no likelier than the last that was ranked."""
        ranked = (self.hit(n) for n in range(min(self.asked.top_k, len(self.ranked))))
        beyond = self.beyond[: max(0, self.asked.top_k - len(self.ranked))]
        return (*ranked, *(cite(one, self.confidences[-1]) for one in beyond))


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
        history: Sequence[Turn | Mapping[str, Any]] = (),
        as_of: dt.date | str | None = None,
        min_confidence: float | None = None,
        fast: bool = False,
        filters: Filters | Mapping[str, Any] = NO_FILTERS,
        on_stage: Callable[[Stage], None] | None = None,
    ) -> Answer:
        """The answer to `question`, with at most `top_k` hits; raises `QuestionError` where it cannot be asked.

        `qa.question.Question` says what the others mean; `history`, `as_of` and `filters` may be as JSON has them.
        `on_stage` is told of each stage as it begins, from the calling thread; what it raises ends the asking.
        """
        asked = _question(question, top_k, history, as_of, min_confidence, fast, filters)
        rewritten = rewrite(asked.text, asked.history)
        if reply := small_talk(asked.text, rewritten is not None):
            return Answer(asked.text, Status.ABSTAINED, reason=reply)
        with self.library.reading() as (snapshot, truth):
            found = self._found(asked, rewritten, snapshot, truth, on_stage)
            return replace(_answer(found, snapshot, truth), rewritten=rewritten)

    def ask_many(self, questions: Sequence[Question]) -> list[Answer]:
        """The answers that `ask` gives to each, of one state of the library; the ranker reads for all of them at once.

        All must be `fast`, or none.
        """
        said = [rewrite(asked.text, asked.history) for asked in questions]
        replies = [small_talk(asked.text, new is not None) for asked, new in zip(questions, said, strict=True)]
        asking = [asked for asked, reply in zip(questions, replies, strict=True) if not reply]
        rewritten = [new for new, reply in zip(said, replies, strict=True) if not reply]
        with self.library.reading() as (snapshot, truth):
            sought = [
                self._sought(asked, other, snapshot, truth) for asked, other in zip(asking, rewritten, strict=True)
            ]
            ranker, _ = self._ranking(any(asked.fast for asked in asking))
            scored = scores_of(ranker, [(one.query, one.candidates) for one in sought])
            found = [self._signed(*one, snapshot) for one in zip(asking, sought, scored, strict=True)]
            answers = iter([_answer(one, snapshot, truth) for one in found])
        told = iter(rewritten)
        return [
            Answer(asked.text, Status.ABSTAINED, reason=reply)
            if reply
            else replace(next(answers), rewritten=next(told))
            for asked, reply in zip(questions, replies, strict=True)
        ]

    def search(
        self,
        question: str,
        top_k: int = TOP_K,
        *,
        history: Sequence[Turn | Mapping[str, Any]] = (),
        as_of: dt.date | str | None = None,
        fast: bool = False,
        filters: Filters | Mapping[str, Any] = NO_FILTERS,
        on_stage: Callable[[Stage], None] | None = None,
    ) -> Found:
        """The `top_k` hits that an answer to `question` would have; everything is as in `ask`.

        Small talk, which `ask` only replies to, is searched for as well.
        """
        asked = _question(question, top_k, history, as_of, None, fast, filters)
        rewritten = rewrite(asked.text, asked.history)
        with self.library.reading() as (snapshot, truth):
            found = self._found(asked, rewritten, snapshot, truth, on_stage)
            return Found(asked.text, found.hits, _state(truth), rewritten)

    def _found(
        self,
        asked: Question,
        rewritten: str | None,
        snapshot: Snapshot,
        truth: Truth,
        on_stage: Callable[[Stage], None] | None,
    ) -> _Asking:
        tell = on_stage or _untold
        ranker, _ = self._ranking(asked.fast)
        tell("searching")
        sought = self._sought(asked, rewritten, snapshot, truth)
        tell("reading")
        scores = ranker.scores(sought.query, sought.candidates)
        tell("choosing")
        return self._signed(asked, sought, scores, snapshot)

    def _ranking(self, fast: bool) -> tuple[Ranker, Calibration]:
        return self._quick if fast else (self._ranker, self.calibration)

    def _sought(self, asked: Question, rewritten: str | None, snapshot: Snapshot, truth: Truth) -> _Sought:
        query = make_query(rewritten or asked.text, snapshot.lexical, asked.as_of)
        most = max(CANDIDATES, asked.top_k)
        found = retrieve(snapshot, truth, query, self.encoder, asked.as_of, passing(asked.filters), most)
        return _Sought(query, found[:CANDIDATES], found[CANDIDATES:])

    def _signed(self, asked: Question, sought: _Sought, scores: Sequence[Score], snapshot: Snapshot) -> _Asking:
        _, calibration = self._ranking(asked.fast)
        ranked = in_order(sought.candidates, scores)
        signs = signs_of(sought.query, ranked, snapshot.lexical)
        sure = zip(ranked, calibration.confidences(signs), strict=True)
        # In words of which no article has one (of another language, say) a vector means nothing.
        unheard_of = any(one.unknown for one in signs[:1]) and is_unheard_of(sought.query, snapshot.lexical)
        confidences = [
            min(value, ASKS) if unheard_of or is_question(one.candidate.text) else value for one, value in sure
        ]
        return _Asking(asked, calibration, sought.query, ranked, signs, confidences, sought.beyond)


def _question(
    text: str, top_k: int, history: Any, as_of: Any, min_confidence: float | None, fast: bool, filters: Any
) -> Question:
    return Question(text, top_k, turns(history), named_day("as_of", as_of), min_confidence, fast, filters_of(filters))


def _untold(stage: Stage) -> None:
    """Nobody wants to know."""


def _state(truth: Truth) -> tuple[int, str]:
    return truth.generation, truth.articles_digest()


def _answer(found: _Asking, snapshot: Snapshot, truth: Truth) -> Answer:
    asked, hits = found.asked, found.hits
    shown = scope_of(asked.as_of, passing(asked.filters))
    threshold = found.calibration.threshold if asked.min_confidence is None else asked.min_confidence
    good = [confidence >= threshold for confidence in found.confidences]
    # The best hit decides: where it is not good enough, nothing below it is shown as an answer.
    citations = _merged(found, good, truth, shown) if good and good[0] else []
    why = None
    if not citations:
        among = FILTERED if asked.filters else BY_THEN if asked.as_of else ALL
        allowed = snapshot.allowed(truth, shown)
        why = abstain(found.query.text, hits, threshold, truth, snapshot.lexical, allowed, among)
    return Answer(
        question=asked.text,
        status=Status.ANSWERED if citations else Status.ABSTAINED,
        confidence=found.confidences[0] if hits else None,
        citations=tuple(citations),
        hits=hits,
        reason=why.reason if why else None,
        library=_state(truth),
        possible=bool(why and why.possible),
        signs=found.signs[0] if found.signs else None,
    )


def _merged(found: _Asking, good: Sequence[bool], truth: Truth, shown: Scope) -> list[Citation]:
    """The answer's sentences, each with its near-identical twins and with the other ids of its own text."""
    merged, candidates = [], [r.candidate for r in found.ranked]
    chosen_ones = choose([c.text for c in candidates], good, lambda i, j: apart(candidates[i], candidates[j], truth))
    origins = truth.origins({candidates[i].body.number for chosen, twins in chosen_ones for i in (chosen, *twins)})
    for chosen, twins in chosen_ones:
        hits = {i: found.hit(i) for i in (chosen, *twins)}
        copies = [copy for i in hits for copy in cite_copies(hits[i], shown.of(origins[candidates[i].body.number]))]
        merged.append(hits[chosen].with_same_as([*(hits[i] for i in twins), *copies]))
    return with_origins(merged, {c.body.sha256: c.body.text for c in candidates})
