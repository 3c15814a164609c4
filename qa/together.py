"""Several questions answered at a time, each by a thread of its own: the answers that each has alone, sooner."""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import fields

from qa.answer import Answer
from qa.engine import Engine
from qa.question import Question


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Together:
    """Answers `at_once` questions at a time.

    The network reads each question's sentences by themselves: in bfloat16 a logit depends on how wide its batch is
    padded, and sentences of several questions in one batch moved it by up to 0.03, where 0.001 is allowed.
    """

    def __init__(self, engine: Engine, pool: ThreadPoolExecutor) -> None:
        self._engine, self._pool = engine, pool

    def ask(self, question: Question) -> Future[Answer]:
        """The answer, once it is there; raises then what asking raises."""
        return self._pool.submit(self._answer, question)

    def _answer(self, question: Question) -> Answer:
        return asked(self._engine, question)


@contextmanager
def together(engine: Engine, at_once: int) -> Iterator[Together]:
    """Asks in `at_once` threads while the block lasts; what is not begun when it ends is not asked."""
    with _one_thread_each(at_once > 1):
        pool = ThreadPoolExecutor(at_once, "asking")
        try:
            yield Together(engine, pool)
        finally:
            pool.shutdown(cancel_futures=True)


def asked(engine: Engine, question: Question) -> Answer:
    """The engine's answer to a question that is made already."""
    settings = {field.name: getattr(question, field.name) for field in fields(question) if field.name != "text"}
    return engine.ask(question.text, **settings)


@contextmanager
def _one_thread_each(several: bool) -> Iterator[None]:
    """A network's own threads wait for one another at every layer; where questions run side by side, none need to."""
    if not several:
        yield
        return
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
