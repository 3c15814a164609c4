"""What is done to a library in a process that may be killed at any moment, and how that is told.

The encoder is the toy one, so that a kill costs a fraction of a second. All else is the code that the commands run:
the same `Library`, `Writer`, views, `back_up`, `restore` and `repair`. (`tests/e2e/test_crash.py` kills the real
command with the real model.)
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from types import FrameType
from typing import Any

import index as package
from index import dense
from index.article import Article
from index.backup import back_up, restore
from index.library import Library
from index.repair import repair
from index.update import index_articles, remove_articles
from tests.toy import ToyEncoder

_PROCESSES = get_context("forkserver")  # a child that has nothing of ours but the modules
_PROCESSES.set_forkserver_preload(["tests.e2e.killing"])
_OURS = str(Path(package.__file__).parent)
_PATIENCE = 300  # seconds, on a busy machine

Tell = Callable[[str], None]
Action = Callable[[Path, Tell, Any], None]


def index(folder: Path, tell: Tell, articles: list[Article]) -> None:
    encoder = ToyEncoder()
    index_articles(Library.create(folder, encoder), encoder, articles, lambda article, _: tell(article.id))


def fold(folder: Path, tell: Tell, articles: list[Article]) -> None:
    """Indexes, with a new FAISS file for every change."""
    dense.FOLD_AT, dense.FOLD_SHARE = 0, 0.0
    index(folder, tell, articles)


def upgrade(folder: Path, tell: Tell, articles: list[Article]) -> None:
    """Indexes into a library of an older form: an action of its own, since it takes more lines."""
    index(folder, tell, articles)


def remove(folder: Path, tell: Tell, ids: list[str]) -> None:
    remove_articles(Library(folder), ids)
    tell("removed")


def backup(folder: Path, tell: Tell, file: Path) -> None:
    back_up(folder, file)
    tell("backed up")


def bring_back(folder: Path, tell: Tell, file: Path) -> None:
    restore(file, folder, replace=True)
    tell("restored")


def mend(folder: Path, tell: Tell, _: None) -> None:
    repair(folder, ToyEncoder)
    Library(folder)
    tell("repaired")


@dataclass(frozen=True, slots=True)
class Run:
    """What a process told before it ended: by a kill, or in so many lines of ours or so many seconds."""

    told: list[str]
    killed: bool
    lines: int
    seconds: float


def run(action: Action, folder: Path, given: object, log: Path, *, seconds: float = 0, lines: int = 0) -> Run:
    """Does `action` in a process of its own, which dies of SIGKILL so many `seconds` after it began.

    Or after so many `lines` of ours: on a busy machine that hits the moments between two writes, which take no time.
    """
    log.unlink(missing_ok=True)
    process = _PROCESSES.Process(target=_child, args=(action, folder, given, log, lines))
    process.start()
    deadline = time.monotonic() + _PATIENCE
    while process.is_alive() and not log.exists() and time.monotonic() < deadline:
        time.sleep(0.001)
    began = time.monotonic()
    if lines:
        process.join(_PATIENCE)
    else:
        process.join(seconds)
        process.kill()
        process.join(_PATIENCE)
    taken = time.monotonic() - began
    assert process.exitcode in (0, -signal.SIGKILL), f"{action.__name__} failed by itself: {process.exitcode}"
    _, *told = log.read_text("utf-8").splitlines() or [""]
    done = process.exitcode == 0
    count = int(told.pop().removeprefix("lines ")) if done else 0
    return Run(told, not done, count, taken)


def _child(action: Action, folder: Path, given: object, log: Path, lines: int) -> None:
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def tell(line: str) -> None:
        os.write(handle, f"{line}\n".encode())  # one write: a kill leaves all of it or nothing

    steps = _Steps(lines)
    tell("began")
    if lines:
        sys.settrace(steps.trace)
    action(folder, tell, given)
    sys.settrace(None)
    tell(f"lines {steps.count}")
    os._exit(0)


class _Steps:
    """Counts the lines of our modules that are run, and kills the process at the last one."""

    def __init__(self, last: int) -> None:
        self._last, self.count = last, 0

    def trace(self, frame: FrameType, event: str, _: object) -> Any:
        if not frame.f_code.co_filename.startswith(_OURS):
            return None
        if event == "line":
            self.count += 1
            if self.count >= self._last:
                os.kill(os.getpid(), signal.SIGKILL)
        return self.trace
