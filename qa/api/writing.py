"""Writes that several clients send at once: each waits for the one before it, a few at a time and not for long."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from index.errors import LibraryBusy

PLACES = 16  # requests that write or wait to: each holds a thread, of which there are 40 for all that does not queue
WAIT_SECONDS = 10.0  # for those before: a few short articles take a third of a second, with all that makes them durable


class Writing:
    """One request of this server's writes at a time; safe between threads.

    Who would wait for longer is told so by `LibraryBusy`, as where a job or another process has the library.
    """

    def __init__(self, places: int = PLACES, seconds: float = WAIT_SECONDS) -> None:
        self._places, self._turn, self._seconds = threading.Semaphore(places), threading.Lock(), seconds

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The right to write while the block lasts, as far as this server's other requests go."""
        if not self._places.acquire(blocking=False):
            raise LibraryBusy("too many writes are waiting")
        try:
            if not self._turn.acquire(timeout=self._seconds):
                raise LibraryBusy("another write takes long")
            try:
                yield
            finally:
                self._turn.release()
        finally:
            self._places.release()
