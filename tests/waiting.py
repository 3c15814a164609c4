"""Waiting for what comes about by itself: a server goes on with its log and its metrics after its response is there."""

import time
from collections.abc import Callable

PATIENCE = 300.0  # seconds: a busy machine is no failure


def until(done: Callable[[], object], what: str = "it has not come to that") -> None:
    """Returns as soon as `done()` is true; an AssertionError that says `what` is missing where it never is."""
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)
