"""Several questions answered at a time, in groups and threads: the answers that each has alone, sooner."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import fields

from qa.answer import Answer
from qa.engine import Engine
from qa.question import Question

GROUP = 8  # questions that are ranked together


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Together:
    """Answers questions in groups of `group`, each group in a thread; the ranker reads a group's sentences together."""

    def __init__(self, engine: Engine, pool: ThreadPoolExecutor, group: int) -> None:
        self._engine, self._pool, self.group = engine, pool, group
        self._gathered: list[tuple[Question, Future[Answer]]] = []

    def ask(self, question: Question) -> Future[Answer]:
        """The answer, once its group has been begun and is answered; raises then what asking raises."""
        future = Future[Answer]()
        self._gathered.append((question, future))
        if len(self._gathered) == self.group:
            self._begin()
        return future

    def _begin(self) -> None:
        gathered, self._gathered = self._gathered, []
        if gathered:
            self._pool.submit(self._answer, gathered)

    def answer(self, future: Future[Answer]) -> Answer:
        """Waits for what `ask` gave; its group begins then at the latest, since it may never be whole."""
        if any(future is gathered for _, gathered in self._gathered):
            self._begin()
        return future.result()

    def _answer(self, gathered: Sequence[tuple[Question, Future[Answer]]]) -> None:
        try:
            questions = [question for question, _ in gathered]
            alone = len(questions) == 1
            answers = [asked(self._engine, *questions)] if alone else self._engine.ask_many(questions)
        except BaseException as error:  # for whoever waits, in the thread that does
            for _, future in gathered:
                future.set_exception(error)
        else:
            for (_, future), answer in zip(gathered, answers, strict=True):
                future.set_result(answer)


@contextmanager
def together(engine: Engine, at_once: int) -> Iterator[Together]:
    """Asks in `at_once` threads while the block lasts; what is not begun when it ends is not asked.

    One thread alone answers one question at a time, so that each is there as soon as can be.
    """
    pool = ThreadPoolExecutor(at_once, "asking")
    try:
        yield Together(engine, pool, GROUP if at_once > 1 else 1)
    finally:
        pool.shutdown(cancel_futures=True)


def asked(engine: Engine, question: Question) -> Answer:
    """The engine's answer to a question that is made already."""
    settings = {field.name: getattr(question, field.name) for field in fields(question) if field.name != "text"}
    return engine.ask(question.text, **settings)
