"""The turnstile before the engine: so many questions at work, so many waiting, and whoever comes beyond is told."""

import asyncio
import contextvars
import math
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

from index.errors import ServerBusy

AT_WORK = max(2, os.cpu_count() or 1)  # the ranker uses every core by itself; a second question fills its gaps
WAITING = 32
WAIT_SECONDS = 120.0  # that a question may take, its turn included; the first one waits for the models to be read
_MOST_SECONDS = 60  # that anybody is told to stay away
_WEIGHT = 0.2  # of the last one's seconds in the running mean

_Result = TypeVar("_Result")


class LeftError(Exception):
    """Ends the work of a client that has gone."""


class Turnstile:
    """Lets `at_work` pieces of work in at once, in the order in which they came; `waiting` more may wait.

    Shared by all doors, between threads and event loops. `ServerBusy` is raised where all places are taken, and where
    one's turn and work take more than `seconds`.
    """

    def __init__(self, at_work: int = AT_WORK, waiting: int = WAITING, seconds: float = WAIT_SECONDS) -> None:
        self.at_work, self.places, self.seconds = at_work, at_work + waiting, seconds
        self._pool = ThreadPoolExecutor(at_work, thread_name_prefix="asking")
        self._lock = threading.Lock()
        self._inside, self._mean = 0, 1.0
        # Told, in whatever thread, of all that comes out, and of whoever finds no place.
        self.listeners: list[Callable[[Future[Any]], None]] = []
        self.on_refusal: list[Callable[[], None]] = []

    @property
    def working(self) -> int:
        """How many are at work now."""
        return min(self._inside, self.at_work)

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return max(0, self._inside - self.at_work)

    def call(self, work: Callable[[], _Result]) -> _Result:
        """What `work` gives, once its turn has come; holds the calling thread up."""
        future = self.submit(work)
        if not wait([future], self.seconds).done:
            future.cancel()
            raise self._busy("this took too long")
        return future.result()

    async def result(self, future: "Future[_Result]") -> _Result:
        """What `future`, which is in the queue, comes to.

        Who is cancelled leaves the queue; work that has begun goes on, and holds its place, until it is done.
        """
        try:
            async with asyncio.timeout(self.seconds) as limit:
                return await asyncio.wrap_future(future)
        except TimeoutError:
            if not limit.expired():
                raise
            raise self._busy("this took too long") from None

    def submit(self, work: Callable[[], _Result]) -> "Future[_Result]":
        """The future of `work`, which is in the queue now; `ServerBusy` where there is no place."""
        with self._lock:
            full = self._inside >= self.places
            self._inside += not full
        if full:
            for listener in self.on_refusal:
                listener()
            raise self._busy("too many questions are waiting")
        context = contextvars.copy_context()  # what is logged about the work bears its request's id
        future = self._pool.submit(context.run, self._timed, work)
        future.add_done_callback(self._left)
        return future

    def _timed(self, work: Callable[[], _Result]) -> _Result:
        began = time.monotonic()
        try:
            return work()
        finally:
            self._mean += _WEIGHT * (time.monotonic() - began - self._mean)

    def _left(self, future: "Future[Any]") -> None:
        with self._lock:
            self._inside -= 1
        for listener in self.listeners:
            listener(future)

    def _busy(self, why: str) -> ServerBusy:
        """By when half of those before would have had their turn."""
        seconds = math.ceil(self._mean * self._inside / self.at_work / 2)
        return ServerBusy(why, min(max(1, seconds), _MOST_SECONDS))
