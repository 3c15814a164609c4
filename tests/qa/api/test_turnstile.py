"""The turnstile: so many at work, so many waiting, in the order in which they came, and nobody else."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import ServerBusy
from qa.api.logs import request_id
from qa.api.queued import Queued
from qa.api.turnstile import Turnstile
from qa.engine import Engine

PATIENCE = 20.0


async def run(turnstile: Turnstile, work: Callable[[], Any]) -> Any:
    """As a route does that need not watch its client."""
    return await turnstile.result(turnstile.submit(work))


class Held:
    """Work that lasts until it is let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()

    def __call__(self) -> str:
        assert self.let_go.wait(PATIENCE)
        return "done"


@pytest.fixture
def held() -> Iterator[Held]:
    held = Held()
    yield held
    held.let_go.set()


def test_beyond_its_places_it_says_when_to_try_again(held: Held) -> None:
    turnstile = Turnstile(at_work=2, waiting=3)
    futures = [turnstile.submit(held) for _ in range(5)]
    assert (turnstile.working, turnstile.waiting) == (2, 3)
    with pytest.raises(ServerBusy, match=r"^too many questions are waiting: try again in \d+ s$") as caught:
        turnstile.submit(held)
    assert 1 <= caught.value.seconds <= 60
    held.let_go.set()
    assert [future.result(PATIENCE) for future in futures] == ["done"] * 5
    assert turnstile.call(lambda: 7) == 7
    assert (turnstile.working, turnstile.waiting) == (0, 0)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 4), st.integers(0, 6), st.integers(1, 15))
def test_never_more_at_work_than_may_be_and_none_is_lost(at_work: int, waiting: int, asked: int) -> None:
    turnstile, lock = Turnstile(at_work, waiting), threading.Lock()
    now = most = 0

    def work(n: int) -> int:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.001)
        with lock:
            now -= 1
        return n

    futures: list[Future[int]] = []
    refused = 0
    for n in range(asked):
        try:
            futures.append(turnstile.submit(lambda n=n: work(n)))  # type: ignore[misc]
        except ServerBusy:
            refused += 1
    results = [future.result(PATIENCE) for future in futures]
    assert len(results) + refused == asked
    assert len(results) >= min(asked, at_work + waiting)
    assert results == sorted(results)
    assert most <= at_work


def test_the_first_to_come_is_the_first_to_go(held: Held) -> None:
    turnstile, order = Turnstile(1, 10), list[int]()
    first = turnstile.submit(held)
    rest = [turnstile.submit(lambda n=n: order.append(n)) for n in range(6)]  # type: ignore[misc]
    rest[2].cancel()
    assert turnstile.waiting == 5, "whoever leaves makes room"
    held.let_go.set()
    first.result(PATIENCE)
    rest[-1].result(PATIENCE)
    assert order == [0, 1, 3, 4, 5]


def test_what_takes_too_long_is_given_up(held: Held) -> None:
    turnstile = Turnstile(1, 5, seconds=0.05)
    with pytest.raises(ServerBusy, match="this took too long"):
        turnstile.call(held)
    with pytest.raises(ServerBusy, match="this took too long"):
        asyncio.run(run(turnstile, held))
    assert (turnstile.working, turnstile.waiting) == (1, 0), "what has begun holds its place until it is done"
    held.let_go.set()


def test_what_the_work_raises_is_raised() -> None:
    def late() -> None:
        raise TimeoutError("of its own")

    turnstile = Turnstile(1, 0)
    for _ in range(3):
        with pytest.raises(TimeoutError, match="of its own"):
            turnstile.call(late)
        with pytest.raises(TimeoutError, match="of its own"):
            asyncio.run(run(turnstile, late))
    assert turnstile.working == 0


def test_the_event_loop_goes_on_meanwhile(held: Held) -> None:
    async def both() -> str:
        waiting = asyncio.ensure_future(run(Turnstile(1, 1), held))
        await asyncio.sleep(0.01)
        held.let_go.set()
        return await waiting

    assert asyncio.run(both()) == "done"


def test_work_is_logged_under_its_request() -> None:
    request_id.set("abc")
    assert Turnstile(1, 1).call(request_id.get) == "abc"


def test_a_queued_engine_answers_as_the_engine_does(engine: Engine) -> None:
    turnstile = Turnstile(1, 0)
    queued, question = Queued(engine, turnstile), "How many bees did the keeper count?"
    outcomes = list[object]()
    turnstile.listeners.append(lambda future: outcomes.append(future.result()))
    assert queued.ask(question, 3) == engine.ask(question, 3)
    assert queued.search(question, top_k=3) == engine.search(question, 3)
    assert (queued.settings, queued.library) == (engine.settings, engine.library)
    assert len(outcomes) == 2
