"""The progress bar, as a terminal shows it."""

import io
import time

import pytest
from rich.console import Console

from qa import progress
from qa.progress import Progress


def shown(monkeypatch: pytest.MonkeyPatch, terminal: bool, quiet: bool = False, in_bytes: bool = False) -> str:
    out = io.StringIO()
    monkeypatch.setattr(
        progress, "Console", lambda stderr: Console(file=out, force_terminal=terminal, width=100, color_system=None)
    )
    with Progress("indexing", quiet=quiet, in_bytes=in_bytes) as bar:
        for done in range(0, 5):
            bar.update(1_000_000 * done, 8_000_000)
            time.sleep(0.15)  # longer than the bar waits between two looks
    return out.getvalue()


def test_rate_and_time_left_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, terminal=True, in_bytes=True)
    assert "indexing" in text
    assert "50%" in text
    assert " MB/s" in text
    assert "0:00:0" in text


def test_nothing_is_shown_where_nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, terminal=False).strip() == ""
    assert shown(monkeypatch, terminal=True, quiet=True).strip() == ""
