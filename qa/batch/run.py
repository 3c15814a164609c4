"""A question file in, an answers file out: the same answers as one by one, in the file's order.

Rows are read and written one at a time. Answers go to a journal beside the output, by what was asked, so that a
killed run can be resumed; the output itself appears whole, at the end.
"""

import datetime as dt
import json
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from index.errors import PullquoteError, UsageError
from index.files import check_place
from qa.answer import Answer, Status
from qa.batch.answer_files import OUTPUTS, write_answers
from qa.batch.journal import Journal, explained, key_of
from qa.batch.questions import QuestionFile, Row, open_questions
from qa.batch.together import Together, together
from qa.engine import Engine
from qa.question import NO_FILTERS, Filters, Question, check_min_confidence, check_top_k

_Waiting: TypeAlias = tuple[bytes, Future[Answer]] | None

_AHEAD = 2  # groups under way for each thread, so that none waits for a place in the file


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """How many rows came to what; `resumed` of them were there already."""

    answered: int
    abstained: int
    errors: int
    resumed: int

    def line(self) -> str:
        """The run in one line."""
        resumed = f" ({self.resumed} from the run before)" if self.resumed else ""
        errors = "1 error" if self.errors == 1 else f"{self.errors} errors"
        return f"{self.answered} answered, {self.abstained} abstained, {errors}{resumed}"


@dataclass(frozen=True, slots=True)
class Asking:
    """How every row is asked; a row's own `asked_at` wins over `as_of`. Raises `QuestionError` on birth."""

    top_k: int
    as_of: dt.date | None = None
    min_confidence: float | None = None
    fast: bool = False
    filters: Filters = NO_FILTERS

    def __post_init__(self) -> None:
        check_top_k(self.top_k)
        check_min_confidence(self.min_confidence)

    def question(self, row: Row) -> Question:
        """The row as it is asked; raises `UsageError` where it cannot be."""
        if row.problem is not None:
            raise UsageError(row.problem)
        as_of = row.asked_at() or self.as_of
        return Question(row.question, self.top_k, row.history(), as_of, self.min_confidence, self.fast, self.filters)


def run_batch(
    engine: Engine,
    questions: Path,
    output: Path,
    top_k: int,
    resume: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
    *,
    as_of: dt.date | None = None,
    min_confidence: float | None = None,
    fast: bool = False,
    filters: Filters = NO_FILTERS,
    at_once: int = 1,
) -> BatchSummary:
    """Answers every row of `questions` into `output`; `on_progress(done, total)`; what it raises ends the run.

    The settings are those of `Engine.ask`; a row's own `history` and `asked_at` are used. A row that cannot be asked
    becomes a row of status `error`. `at_once` questions are answered at a time. With `resume`, an answer that a run
    before has found to the same question, asked in the same way of the same library, is not looked for again. Raises
    `UsageError` for files and settings that make no sense, and `PullquoteError` where the output cannot be written.
    """
    asking = Asking(top_k, as_of, min_confidence, fast, filters)
    _check_output(questions, output)
    rows = open_questions(questions)
    with explained(output), Journal(journal_of(output), _state(engine), anew=not resume) as journal:
        run = _Run(engine, asking, rows, journal)
        run.ask(on_progress or _untold, at_once)
        write_answers(output, run, rows.columns)
        journal.remove()
    return run.summary()


def journal_of(output: Path) -> Path:
    """Where the answers are kept until the output is whole."""
    return output.with_name(output.name + ".journal")


class _Run:
    """One run; iterated, its answers in the file's order."""

    def __init__(self, engine: Engine, asking: Asking, rows: QuestionFile, journal: Journal) -> None:
        self._engine, self._asking, self._rows, self._journal = engine, asking, rows, journal
        self._settings = (engine.settings, engine.encoder.digest)
        self._total = self._resumed = 0
        for _, question in self._questions():
            self._total += 1
            self._resumed += isinstance(question, Question) and journal.was_there(self._key(question))
        self._counts: Counter[str] = Counter()
        self._under_way: set[bytes] = set()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        self._counts.clear()
        for row, question in self._questions():
            if isinstance(question, Question):
                answer = self._journal.get(self._key(question))
            else:
                answer = Answer(_shown(row.question), Status.ERROR, reason=str(question)).to_json()
            if answer is None:
                raise PullquoteError("the question file has changed while it was answered: run again with --resume")
            self._counts[answer["status"]] += 1
            yield {**answer, "id": row.id, "input": row.given}

    def ask(self, on_progress: Callable[[int, int], None], at_once: int) -> None:
        """Answers what is not there yet."""
        done = self._resumed
        if done:
            on_progress(done, self._total)
        waiting: deque[_Waiting] = deque()
        with together(self._engine, at_once) as asking:
            most = at_once * asking.group * _AHEAD if at_once > 1 else 1
            for _, question in self._questions():
                if isinstance(question, Question) and self._journal.was_there(self._key(question)):
                    continue
                waiting.append(self._begun(question, asking))
                if len(waiting) >= most:
                    self._keep(waiting.popleft(), asking)
                    on_progress(done := done + 1, self._total)
            while waiting:
                self._keep(waiting.popleft(), asking)
                on_progress(done := done + 1, self._total)

    def summary(self) -> BatchSummary:
        counts = self._counts
        return BatchSummary(counts["answered"], counts["abstained"], counts["error"], self._resumed)

    def _questions(self) -> Iterator[tuple[Row, Question | UsageError]]:
        """Each row, and how it is asked or why it cannot be."""
        for row in self._rows:
            try:
                yield row, self._asking.question(row)
            except UsageError as error:
                yield row, error

    def _key(self, question: Question) -> bytes:
        history = [(turn.role, turn.content) for turn in question.history]
        asked = (question.text, question.top_k, history, question.as_of, question.min_confidence, question.fast)
        return key_of(*asked, question.filters, *self._settings)

    def _begun(self, question: Question | UsageError, asking: Together) -> _Waiting:
        """A question that is asked once, however often it comes; None where there is nothing to wait for."""
        if not isinstance(question, Question):
            return None
        key = self._key(question)
        if key in self._under_way or self._journal.get(key) is not None:
            return None
        self._under_way.add(key)
        return key, asking.ask(question)

    def _keep(self, waited: _Waiting, asking: Together) -> None:
        if waited is not None:
            key, future = waited
            answer = asking.answer(future)
            self._journal.put(key, answer.to_json(), _named(answer.library) if answer.library else None)
            self._under_way.remove(key)


def _untold(done: int, total: int) -> None:
    """Nobody wants to know."""


def _state(engine: Engine) -> str:
    with engine.library.reading() as (_, truth):
        return _named((truth.generation, truth.articles_digest()))


def _named(library: tuple[int, str]) -> str:
    generation, digest = library
    return f"{generation} {digest}"


def _shown(question: Any) -> str:
    """What stands where a question should: text as it is, nothing as nothing, any other value as JSON."""
    if isinstance(question, str):
        return question
    return "" if question is None else json.dumps(question, ensure_ascii=False)


def _check_output(questions: Path, output: Path) -> None:
    """Raises `UsageError` before any work is done for an output that could never be put in its place."""
    if output.suffix.lower() not in OUTPUTS:
        raise UsageError(f"{output} must end in {' or '.join(OUTPUTS)}")
    check_place(output)
    if output.exists() and questions.exists() and output.samefile(questions):
        raise UsageError(f"{output} is the question file itself: give the answers another name")
