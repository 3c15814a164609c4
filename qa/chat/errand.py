"""Work in a thread of its own: it goes on when the page that began it is closed, and is found again by its token."""

import logging
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from index.errors import PullquoteError, UsageError

KEPT_SECONDS = 1800.0  # since somebody last looked; then it is cancelled, and what came of it is thrown away
FAULT = "something went wrong here; the server's log has the details"

_LOG = logging.getLogger("pullquote.desk")
Result = TypeVar("Result")


class Cancelled(PullquoteError):
    """The work was stopped by whoever began it."""


class Errand(Generic[Result]):
    """One piece of work and how far it is; `done` of `total` are in units of the work's own."""

    def __init__(
        self, work: Callable[["Errand[Result]"], Result], close: Callable[[], None] = lambda: None, name: str = ""
    ) -> None:
        """`work` is given the errand, to call `progress` now and then; `close` throws away what it leaves behind."""
        self.name = name
        self.done, self.total, self.count = 0, 0, 0
        self.news: list[Any] = []  # the first of what was counted, which those who watch are told of
        self.result: Result | None = None
        self.trouble: str | None = None
        self.cancelled, self.ended = False, threading.Event()
        self.seen = self.started = time.monotonic()
        self._work, self._close = work, close

    def progress(self, done: int, total: int) -> None:
        """Says how far the work is; raises `Cancelled`, within the work, where it is no longer wanted."""
        self.done, self.total = done, total
        if self.cancelled:
            raise Cancelled("cancelled")

    def cancel(self) -> None:
        self.cancelled = True

    def seconds_left(self) -> float | None:
        """How long the rest will take if it goes on as it has gone; None before anything is done."""
        if not 0 < self.done <= self.total:
            return None
        return (time.monotonic() - self.started) / self.done * (self.total - self.done)

    def run(self) -> None:
        """Does the work in the calling thread; whatever goes wrong becomes one line in `trouble`."""
        try:
            self.result = self._work(self)
        except Cancelled:
            self.cancelled = True
        except PullquoteError as error:
            self.trouble = str(error)
        except Exception:  # a thread's last line: whoever watches gets a calm word, whoever serves gets the traceback
            _LOG.exception("a piece of work on the page's behalf failed")
            self.trouble = FAULT
        finally:
            self.ended.set()

    def close(self) -> None:
        self.cancel()
        self._close()


class Errands(Generic[Result]):
    """The errands under way and those that ended lately, by token; at most `most` are under way at once."""

    def __init__(self, most: int, kept: int = 32, kept_seconds: float = KEPT_SECONDS) -> None:
        self._most, self._kept, self._kept_seconds = most, kept, kept_seconds
        self._lock = threading.Lock()
        self._errands: dict[str, Errand[Result]] = {}

    def begin(self, errand: Errand[Result], busy: str) -> str:
        """Starts `errand` and gives its token, which cannot be guessed.

        Where there is no place for it, it is closed, and `UsageError(busy)` raised.
        """
        token = secrets.token_urlsafe(16)
        with self._lock:
            self._sweep()
            if sum(not other.ended.is_set() for other in self._errands.values()) >= self._most:
                errand.close()
                raise UsageError(busy)
            self._errands[token] = errand
        threading.Thread(target=errand.run, daemon=True, name="errand").start()
        return token

    def get(self, token: object) -> Errand[Result] | None:
        """The errand of `token`, None where there is none (any more)."""
        with self._lock:
            errand = self._errands.get(token) if isinstance(token, str) else None
            if errand is not None:
                errand.seen = time.monotonic()
            self._sweep()
            return errand

    def _sweep(self) -> None:
        """Lets go of what nobody has looked at for long, and of the oldest beyond what is kept."""
        now = time.monotonic()
        for errand in self._errands.values():
            if now - errand.seen > self._kept_seconds:
                errand.cancel()
        ended = [token for token, errand in self._errands.items() if errand.ended.is_set()]
        ended.sort(key=lambda token: self._errands[token].seen)
        late = [token for token in ended if now - self._errands[token].seen > self._kept_seconds]
        for token in dict.fromkeys([*late, *ended[: max(0, len(ended) - self._kept)]]):
            self._errands.pop(token).close()
