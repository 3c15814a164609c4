"""A question under way for a client over HTTP: off the event loop, telling its stages, ended when the client goes."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Generic, TypeVar

from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from qa.api.problem import problem_of
from qa.api.turnstile import LeftError, Turnstile
from qa.engine import Stage
from qa.lines import escaped, json_line

HEARTBEAT_SECONDS = 10.0
EVENTS = "text/event-stream"
Tell = Callable[[Stage], None]

_LOG = logging.getLogger("pullquote.ask")
_Result = TypeVar("_Result")
Parts = Callable[[_Result], Iterator[tuple[str, dict[str, Any]]]]


class UnderWay(Generic[_Result]):
    """`work` in the turnstile, begun on a running event loop; raises `ServerBusy` where there is no place.

    `work` is given what it is to tell its stages to. Await `result`, or `leave`.
    """

    def __init__(self, turnstile: Turnstile, work: Callable[[Tell], _Result]) -> None:
        self._loop, self._gone = asyncio.get_running_loop(), threading.Event()
        self._told: asyncio.Queue[Stage | None] = asyncio.Queue()  # None: there is a result
        self._future = turnstile.submit(lambda: work(self._tell))
        self.result = asyncio.ensure_future(turnstile.result(self._future))
        self.result.add_done_callback(self._ended)

    async def stages(self) -> AsyncIterator[Stage | None]:
        """Each stage as it begins, None whenever nothing was heard for `HEARTBEAT_SECONDS`, until there is a result."""
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    stage = await self._told.get()
            except TimeoutError:
                yield None
                continue
            if stage is None:
                return
            yield stage

    def leave(self) -> None:
        """Ends the work, where it is not done: before its turn at once, else at its next stage."""
        self._gone.set()
        self.result.cancel()

    def _tell(self, stage: Stage) -> None:
        if self._gone.is_set():
            raise LeftError
        self._loop.call_soon_threadsafe(self._told.put_nowait, stage)

    def _ended(self, result: "asyncio.Task[_Result]") -> None:
        self._gone.set()  # a result that came too late to be waited for included
        self._told.put_nowait(None)
        if not result.cancelled():
            result.exception()  # looked at, so that asyncio does not complain of one that nobody awaits


async def while_there(request: Request, under_way: UnderWay[_Result]) -> _Result:
    """What the work gives, for as long as whoever sent `request` waits for it; `ClientDisconnect` after that.

    The request's body must have been read.
    """
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({under_way.result, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not under_way.result.done():
            raise ClientDisconnect
        return under_way.result.result()
    finally:
        under_way.leave()
        gone.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


class Events(StreamingResponse):
    """Server-sent events of work under way: its stages, then the `parts` of its result, or an `error`; heartbeats too.

    Format: https://html.spec.whatwg.org/multipage/server-sent-events.html
    """

    media_type = EVENTS

    def __init__(self, under_way: UnderWay[_Result], parts: Parts[_Result]) -> None:
        super().__init__(_events(under_way, parts), headers={"X-Accel-Buffering": "no"})
        self._leave = under_way.leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()


async def _events(under_way: UnderWay[_Result], parts: Parts[_Result]) -> AsyncIterator[str]:
    yield _event("stage", json_line({"stage": "waiting"}))
    try:
        async for stage in under_way.stages():
            yield ": still at work\n\n" if stage is None else _event("stage", json_line({"stage": stage}))
        result = await under_way.result
    except Exception as error:  # the response has begun: whatever went wrong, its client is told in it
        told = problem_of(error)
        if told.status_code == 500:
            _LOG.error("a question could not be answered", exc_info=error)
        yield _event("error", escaped(bytes(told.body).decode()))
        return
    for name, value in parts(result):
        yield _event(name, json_line(value))


def _event(name: str, line: str) -> str:
    return f"event: {name}\ndata: {line}\n\n"
