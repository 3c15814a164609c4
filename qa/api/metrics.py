"""What Prometheus may read of the server. The only module that imports prometheus_client.

Names: https://prometheus.io/docs/practices/naming/
"""

from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from index.errors import LibraryError
from index.library import Library
from qa.answer import Answer
from qa.api.turnstile import LeftError, Turnstile
from qa.engine import Found

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
disable_created_metrics()  # type: ignore[no-untyped-call] # else each has a second series, of when it began

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


class Metrics:
    """The numbers of one server, in a registry of their own: what was asked of it, its queue and its library."""

    def __init__(self, turnstile: Turnstile, library: Library) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "pullquote_http_requests",
            "Requests by route, method and status.",
            ["route", "method", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "pullquote_http_request_seconds",
            "Seconds from a request's first byte to its response's last.",
            ["route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._questions = Counter(
            "pullquote_questions",
            "Questions through any door by what came of them: answered, abstained, searched, left or failed.",
            ["status"],
            registry=self._registry,
        )
        self._refused = Counter(
            "pullquote_queue_refused", "Questions for which the queue had no place.", registry=self._registry
        )
        self._registry.register(_Now(turnstile, library))
        ProcessCollector(registry=self._registry)
        turnstile.listeners.append(self._asked)
        turnstile.on_refusal.append(self._refused.inc)

    def requested(self, route: str, method: str, status: int, seconds: float) -> None:
        """Counts a request; `route` is a template, never an address, of which there are too many."""
        self._requests.labels(route, method if method in _METHODS else "other", str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """All of it in Prometheus's text format."""
        return generate_latest(self._registry)

    def _asked(self, future: "Future[Any]") -> None:
        self._questions.labels(_outcome(future)).inc()


def _outcome(future: "Future[Any]") -> str:
    if future.cancelled() or isinstance(future.exception(), LeftError):
        return "left"
    if future.exception() is not None:
        return "failed"
    match future.result():
        case Answer(status=status):
            return status.value
        case Found():
            return "searched"
    return "other"


class _Now(Collector):
    """Numbers that are looked up when they are asked for."""

    def __init__(self, turnstile: Turnstile, library: Library) -> None:
        self._turnstile, self._library = turnstile, library

    def collect(self) -> Iterator[Metric]:
        yield _gauge("pullquote_queue_working", "Questions at work.", self._turnstile.working)
        yield _gauge("pullquote_queue_waiting", "Questions waiting for their turn.", self._turnstile.waiting)
        try:
            with self._library.reading() as (_, truth):
                articles, generation = truth.article_count(), truth.generation
        except LibraryError:
            yield _gauge("pullquote_library_up", "Whether the library can be read.", 0)
            return
        yield _gauge("pullquote_library_up", "Whether the library can be read.", 1)
        yield _gauge("pullquote_library_articles", "Articles in the library.", articles)
        yield _gauge("pullquote_library_generation", "Goes up with every change of the library.", generation)


def _gauge(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, value)
