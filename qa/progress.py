"""A progress bar with rate and time left, on standard error and only where a person watches."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

_EVERY_SECONDS = 0.1


class Progress:
    """`update(done, total)` moves the bar."""

    def __init__(self, verb: str, quiet: bool = False) -> None:
        self._console = Console(stderr=True)
        self._bar = Bar(
            TextColumn(verb),
            BarColumn(),
            TaskProgressColumn(show_speed=True),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=quiet or not self._console.is_terminal,
        )
        self._task = self._bar.add_task(verb, total=None)
        self._shown = 0.0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def update(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._shown > _EVERY_SECONDS or done >= total:
            self._bar.update(self._task, completed=done, total=total)
            self._shown = now
