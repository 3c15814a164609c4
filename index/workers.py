"""Threads that compute side by side, each with one thread of torch's.

torch divides every operation among its threads and waits for all of them after it, some hundred times for a text. Where
it is called from several threads, as by a server, or on a busy machine, that waiting takes as long as the work
(docs/performance.md). Here whole texts are divided, and there is one wait for all.
"""

import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache, partial
from queue import SimpleQueue
from typing import TypeVar

import torch

from index.memory import no_more_than_there_is
from index.threads import niceness

_P = TypeVar("_P")
_R = TypeVar("_R")


class Workers:
    """`count` threads, as many as torch would use, for as long as the program runs."""

    def __init__(self) -> None:
        self.count = torch.get_num_threads()
        self._tasks: SimpleQueue[Callable[[], None]] = SimpleQueue()
        ready = threading.Barrier(self.count + 1)
        try:
            for number in range(self.count):
                # As daemons they end with the program, not before: a pool of Python's own takes nothing while it ends.
                threading.Thread(target=self._work, args=(ready,), daemon=True, name=f"computing-{number}").start()
        except RuntimeError:  # the system has no more threads
            ready.abort()
            raise
        ready.wait()
        torch.set_num_threads(self.count)  # for all but the workers: what one thread says holds for those to come

    def map(self, act: Callable[[_P], _R], parts: Sequence[_P]) -> list[_R]:
        """What `act` makes of each part, in order; raises what it raised for the first of those where it did."""
        done: SimpleQueue[tuple[int, _R | None, BaseException | None]] = SimpleQueue()
        for number, part in enumerate(parts):
            self._tasks.put(partial(_do, act, part, number, done))
        found = sorted((done.get() for _ in parts), key=lambda one: one[0])
        for _, _, error in found:
            if error is not None:
                raise error
        return [value for _, value, _ in found]  # type: ignore[misc]  # where there is no error it is a value

    def _work(self, ready: threading.Barrier) -> None:
        torch.get_num_threads()  # a thread's first call to torch would set its number anew
        torch.set_num_threads(1)
        with suppress(threading.BrokenBarrierError):
            ready.wait()
            while True:
                self._tasks.get()()


def _do(
    act: Callable[[_P], _R], part: _P, number: int, done: "SimpleQueue[tuple[int, _R | None, BaseException | None]]"
) -> None:
    try:
        done.put((number, act(part), None))
    except BaseException as error:  # it is raised where the result is awaited
        done.put((number, None, error))


def workers() -> Workers:
    """Those that have the claim on the processor that this thread has: what gives way computes with others."""
    with _starting, no_more_than_there_is():
        return _workers(niceness())


@cache
def _workers(_: int) -> Workers:
    return Workers()  # its threads inherit the priority of the thread that starts them


_starting = threading.Lock()


def _forget() -> None:
    """A forked process has none of its parent's threads."""
    global _starting  # another thread may have held it
    _starting = threading.Lock()
    _workers.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
