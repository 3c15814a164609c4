"""The process in which files are parsed, so that a parser that hangs, swells or crashes takes nothing with it.

Started by `index.parser`; reads requests from standard input until that ends and writes replies to standard output.
Its time is the system's to limit, within a parser written in C too.
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import BinaryIO

from index.document import read_document
from index.frames import Limits, article_fields, pack, receive, send, unpack
from index.reason import reason_of

TOO_LARGE = 86  # the exit code of a child that has outgrown its memory
_LOOK_EVERY = 0.02  # seconds between looks at the memory and the parent
_GRACE = 10.0  # seconds after the parent's patience: then there is no parent


def main(limits: Limits) -> None:
    """Serves requests one after the other; returns when the parent closes the pipe."""
    requests, replies = _pipes()
    _bound(limits.memory)
    while (asked := receive(requests)) is not None and (data := receive(requests)) is not None:
        _set_alarms(limits.seconds, limits.patience + _GRACE)
        reply = _reply(asked, data)
        _set_alarms(0, 0)
        send(replies, reply)


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """Our ends of the pipes; what a library prints goes nowhere, least of all between the frames."""
    replies = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    return sys.stdin.buffer, replies


def _reply(asked: bytes, data: bytes) -> bytes:
    try:
        request = unpack(asked)
        article = read_document(data, request["id"], request["extension"])
        return pack({"article": article_fields(article), "peak": peak_memory()})
    except Exception as error:
        # Parsers raise what they like on hostile input, and a number of a million digits fails only as JSON.
        return pack({"refused": reason_of(error), "peak": peak_memory()})


def _set_alarms(processor_seconds: float, seconds: float) -> None:
    """Alarms that have no handler: the system ends the process, whatever it is doing. 0 takes them back."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, processor_seconds)
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _bound(memory: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent's to handle
    threading.Thread(target=_watch, args=(memory, os.getppid()), daemon=True).start()
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # elsewhere the system does not hold a process to it
        allowed = resource.getrlimit(resource.RLIMIT_AS)[1]  # only root may go beyond it
        # Far enough off for the watch to come first: where a parser is refused memory, it says less well what is wrong.
        bound = 4 * memory if allowed == resource.RLIM_INFINITY else min(4 * memory, allowed)
        resource.setrlimit(resource.RLIMIT_AS, (bound, bound))


def _watch(memory: int, parent: int) -> None:
    """Ends the process, in the middle of a file too, when it has grown or its parent is no more."""
    while os.getppid() == parent:
        if peak_memory() > memory:
            os._exit(TOO_LARGE)
        time.sleep(_LOOK_EVERY)
    os._exit(0)


def peak_memory() -> int:
    """The most bytes of memory that this process has held at once; 0 where the system does not say."""
    if sys.platform == "win32":
        return 0
    if sys.platform == "linux":  # getrusage would tell the parent's peak, which a child begins with
        status = Path("/proc/self/status").read_bytes()
        return 1024 * int(status.partition(b"VmHWM:")[2].split(maxsplit=1)[0])
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS
