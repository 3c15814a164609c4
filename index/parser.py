"""Files that are one article each, read in a child process that may hang, swell or crash.

The child is started as a command of its own, never forked, so that it works under threads; it is used for file after
file, and replaced when one of them has ended it.
"""

import atexit
import math
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock, Thread, Timer
from types import TracebackType
from typing import Any

import index
from index.article import Article
from index.child import TOO_LARGE
from index.errors import ReadError
from index.frames import Limits, article_of, pack, receive, send, unpack

LIMITS = Limits()
_GROWN = 0.5  # of the memory it may have: a child that has held more is not used again
_IDLE_SECONDS = 60.0  # that a child is kept for the next upload
_LOOK_EVERY = 0.5  # seconds between looks at the clock
_FAREWELL = 5.0  # seconds in which a child that was told to go goes by itself
# `index` is found where the parent found it; the folder that the command was started in is not looked in (-P).
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); import index; del sys.path[0]; "
    "import json; from index import child, frames; child.main(frames.Limits(**json.loads(sys.argv[2])))"
)
_MEND = "split it, or save its text alone"


class Parser:
    """Reads files in a child process. To be used in a `with` block, by one thread at a time; any number may exist.

    The child starts with the first file, and is left to the next `Parser` when the block ends.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or LIMITS
        self._child: _Child | None = None

    def __enter__(self) -> "Parser":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child is not None:
            _spare.give(self._child)
            self._child = None

    def read(self, data: bytes, file_id: str, extension: str) -> Article:
        """The one article in `data`, as `read_document` gives it; `ReadError` also where that goes past the limits."""
        request = pack({"id": file_id, "extension": extension})
        reply = self._ask(request, data)
        if "article" in reply:
            return article_of(reply["article"], file_id)
        raise ReadError(str(reply.get("refused")))

    def _ask(self, request: bytes, data: bytes) -> dict[str, Any]:
        while True:
            child = self._child or _spare.take(self._limits)
            self._child = None
            reply = child.ask(request, data)
            if reply is not None:
                self._keep(child, reply)
                return reply
            reason = child.end()
            if child.served == 0 or child.late:
                raise ReadError(reason)
            # What an earlier file left behind may have ended it: only a new child tells whose fault it was.

    def _keep(self, child: "_Child", reply: dict[str, Any]) -> None:
        peak = reply.get("peak")
        if isinstance(peak, int) and peak <= _GROWN * self._limits.memory:
            self._child = child
        else:
            child.end()


class _Child:
    """A running child. `served` counts its replies; `late` is whether it ran out of time."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.served, self.late = limits, 0, False
        root = str(Path(index.__file__).parents[1])
        self._process = subprocess.Popen(  # noqa: S603 - our own code, and no shell
            [sys.executable, "-P", "-c", _START, root, limits.to_json()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("PULLQUOTE_DEBUG") else subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the parent, which ends the child
        )
        assert self._process.stdin is not None  # noqa: S101 - for the type checker: both are pipes
        assert self._process.stdout is not None  # noqa: S101
        self._requests, self._replies = self._process.stdin, self._process.stdout
        self._lock, self._ended = Lock(), Event()
        self._deadline = math.inf  # by the clock `monotonic`, of the request that is being answered
        Thread(target=self._watch, daemon=True).start()

    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: bytes, data: bytes) -> dict[str, Any] | None:
        """The reply to a request; None where the child has ended, or makes no sense, and is to be ended."""
        self._deadline = time.monotonic() + self.limits.patience
        try:
            send(self._requests, request)
            send(self._requests, data)
            reply = receive(self._replies)
            message = None if reply is None else unpack(reply)
        except (OSError, ValueError, RecursionError):
            return None
        except BaseException:
            self.end()  # interrupted in the middle of a frame: no telling what would be read next
            raise
        finally:
            with self._lock:
                self._deadline = math.inf
        self.served += message is not None
        return None if self.late else message

    def _watch(self) -> None:
        while not self._ended.wait(_LOOK_EVERY):
            with self._lock:
                if time.monotonic() > self._deadline:
                    self.late = True
                    self._process.kill()

    def end(self) -> str:
        """Ends the process, leaves no zombie, and says why it ended, if it did so by itself."""
        self._ended.set()
        with suppress(OSError):  # what it has not read is lost, as it should be
            self._requests.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_FAREWELL)
        self._process.kill()
        self._replies.close()
        return self._why(self._process.wait())

    def _why(self, code: int) -> str:
        limits = self.limits
        if code == -getattr(signal, "SIGPROF", 0):
            self.late = True
            return f"takes more than {limits.seconds:g} s to read; {_MEND}"
        if self.late:
            return f"takes more than {limits.patience:g} s to read; {_MEND}"
        if code == TOO_LARGE:
            return f"takes more than {limits.memory / 1024**2:,.0f} MB of memory to read; {_MEND}"
        name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return f"makes its reader crash ({name}); save it again, or save its text alone"


class _Spare:
    """The child that nobody uses just now: one at most, and not for long."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._child: _Child | None = None
        self._timer: Timer | None = None
        self._closed = False

    def take(self, limits: Limits) -> _Child:
        """A child with these limits: the one that is here, else a new one."""
        child = self._swap(None)
        if child is not None and child.limits == limits and child.alive():
            return child
        if child is not None:
            child.end()
        return _Child(limits)

    def give(self, child: _Child | None) -> None:
        """Keeps `child` for the next one who asks, in the place of the one that is here; None: keeps none."""
        before = child if self._closed else self._swap(child)
        if before is not None:
            before.end()

    def _swap(self, child: _Child | None) -> _Child | None:
        with self._lock:
            before, self._child = self._child, child
            if self._timer is not None:
                self._timer.cancel()
            self._timer = Timer(_IDLE_SECONDS, self._retire, (child,)) if child is not None else None
            if self._timer is not None:
                self._timer.daemon = True
                self._timer.start()
            return before

    def _retire(self, child: _Child) -> None:
        with self._lock:
            if self._child is not child:
                return
            self._child = None
        child.end()

    def close(self) -> None:
        """Keeps none from here on: as the program ends, to start the timer's thread would be to wait for ever."""
        self.give(None)
        self._closed = True

    def forget(self) -> None:
        """After a fork: the child is the parent's."""
        self._lock, self._child, self._timer = Lock(), None, None


_spare = _Spare()
atexit.register(_spare.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_spare.forget)
