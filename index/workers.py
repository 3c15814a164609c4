"""Threads that compute side by side, each with one thread of torch's.

torch divides every operation among its threads and waits for all of them after it, some hundred times for a text. Where
it is called from several threads, as by a server, or on a busy machine, that waiting takes as long as the work
(docs/performance.md). Here whole texts are divided, and there is one wait for all.
"""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager
from functools import cache
from queue import SimpleQueue
from typing import Generic, TypeVar

import torch

from index.memory import no_more_than_there_is
from index.threads import niceness

_P = TypeVar("_P")
_R = TypeVar("_R")


class Workers:
    """As many as torch would use threads: one is whoever calls, the others are here for as long as the program runs."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        ready: SimpleQueue[None] = SimpleQueue()
        with _one_thread():  # what one thread says of torch's threads holds for those to come: this one says it last
            for number in range(1, count):
                # As daemons they end with the program, not before: a pool of Python's own takes nothing while it ends.
                threading.Thread(target=self._work, args=(ready,), daemon=True, name=f"computing-{number}").start()
                ready.get()

    def map(self, act: Callable[[_P], _R], parts: Sequence[_P]) -> list[_R]:
        """What `act` makes of each part, in order; raises what it raised for the first of those where it did."""
        call = _Call(act, parts)
        for _ in range(min(self.count, len(parts)) - 1):
            self._calls.put(call.work)
        with _one_thread():
            call.work()
        return call.results()

    def begin(self, act: Callable[[], _R]) -> Callable[[], _R]:
        """Begins `act` in another thread where one is free.

        What comes back waits for what `act` gives or raises, and does it where none was free.
        """
        call = _Call(lambda _: act(), [None])
        if self.count > 1:
            self._calls.put(call.work)

        def awaited() -> _R:
            with _one_thread():
                call.work()
            return call.results()[0]

        return awaited

    def _work(self, ready: SimpleQueue[None]) -> None:
        with _one_thread():
            ready.put(None)
            while True:
                self._calls.get()()


class _Call(Generic[_P, _R]):
    """One call's parts: whoever works at it takes the next, until there is none."""

    def __init__(self, act: Callable[[_P], _R], parts: Sequence[_P]) -> None:
        self._act, self._parts = act, parts
        self._left = deque(range(len(parts)))
        self._found: list[Future[_R]] = [Future() for _ in parts]

    def work(self) -> None:
        while True:
            try:
                number = self._left.popleft()
            except IndexError:
                return
            try:
                self._found[number].set_result(self._act(self._parts[number]))
            except BaseException as error:  # it is raised where the results are awaited
                self._found[number].set_exception(error)

    def results(self) -> list[_R]:
        wait(self._found)  # for all of them: nothing goes on behind the caller's back where one has raised
        return [found.result() for found in self._found]


@contextmanager
def _one_thread() -> Iterator[None]:
    """Has torch use this thread alone for what is done within."""
    before = torch.get_num_threads()  # also because a thread's first call to torch would set its number anew
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def workers() -> Workers:
    """Those that have the claim on the processor that this thread has: what gives way computes with others."""
    with _starting, no_more_than_there_is():
        return _workers(niceness())


@cache
def _workers(_: int) -> Workers:
    return Workers(_THREADS)  # its threads inherit the priority of the thread that starts them


_THREADS = torch.get_num_threads()
_starting = threading.Lock()


def _forget() -> None:
    """A forked process has none of its parent's threads."""
    global _starting  # another thread may have held it
    _starting = threading.Lock()
    _workers.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
