"""How often and how much at once: token buckets, and counts of what is under way."""

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

KEPT = 20_000  # names remembered; an idle one is forgotten first


class Buckets:
    """A token bucket a name: as many requests at once as a minute allows, then as they trickle in.

    Not safe between threads: it belongs to one event loop.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, kept: int = KEPT) -> None:
        self._clock, self._kept = clock, kept
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, and when there were so many

    def take(self, name: str, per_minute: int) -> float:
        """Takes a token of `name`'s; 0.0 where there was one, else the seconds until there will be."""
        now, rate = self._clock(), per_minute / 60
        level, then = self._levels.pop(name, (float(per_minute), now))
        level = min(float(per_minute), level + (now - then) * rate)
        wait = 0.0 if level >= 1 else (1 - level) / rate
        self._levels[name] = (level if wait else level - 1, now)
        if len(self._levels) > self._kept:
            self._levels.popitem(last=False)
        return wait


class UnderWay:
    """How many requests of each name are being answered just now. Not safe between threads, likewise."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def count(self, name: str) -> int:
        return self._counts[name]

    @contextmanager
    def one(self, name: str) -> Iterator[None]:
        """One more while the block lasts."""
        self._counts[name] += 1
        try:
            yield
        finally:
            self._counts[name] -= 1
            if not self._counts[name]:
                del self._counts[name]
