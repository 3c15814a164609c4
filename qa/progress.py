"""A progress bar with rate and time left, on standard error and only where a person watches."""

import time
from types import TracebackType
from typing import Self

from rich import filesize
from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, Task, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.text import Text

_EVERY_SECONDS = 0.1


class _Rate(ProgressColumn):
    """Bytes or rows a second."""

    def __init__(self, in_bytes: bool) -> None:
        self._in_bytes = in_bytes
        super().__init__()

    def render(self, task: Task) -> Text:
        if not task.speed:
            return Text("")
        return Text(f"{filesize.decimal(int(task.speed)) if self._in_bytes else f'{task.speed:,.1f}'}/s")


class Progress:
    """`update(done, total)` moves the bar; they count bytes where `in_bytes`, else rows."""

    def __init__(self, verb: str, quiet: bool = False, in_bytes: bool = False) -> None:
        self._console = Console(stderr=True)
        self._bar = Bar(
            TextColumn(verb),
            BarColumn(),
            TaskProgressColumn(),
            _Rate(in_bytes),
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
