"""Streams end with what let them in: a key that is revoked, a session that is over."""

import asyncio
import logging
from collections.abc import Callable

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.errors import LibraryError

LOOK_SECONDS = 1.0  # how long a stream under way may outlive its key
_LOG = logging.getLogger("pullquote.access")


async def while_it_stands(
    stands: Callable[[], bool], app: ASGIApp, scope: Scope, receive: Receive, send: Send, last: bytes = b""
) -> None:
    """Runs `app`; where it streams, the response is ended, cleanly and with `last`, as soon as `stands` says no."""
    watch: asyncio.Task[None] | None = None
    whole = False

    async def sending(message: Message) -> None:
        nonlocal watch, whole
        if running.cancel_called:
            return  # what an app says of having been stopped is nothing to whoever has gone
        if watch is None and message.get("more_body"):
            watch = asyncio.create_task(_watch(stands, running))
        whole = message["type"] == "http.response.body" and not message.get("more_body", False)
        await send(message)

    with anyio.CancelScope() as running:
        try:
            await app(scope, receive, sending)
        finally:
            if watch is not None:
                watch.cancel()
    if running.cancel_called:  # whether or not the app let itself be told so
        _LOG.info("a stream was ended: its key or session is no more")
        if not whole:
            await send({"type": "http.response.body", "body": last, "more_body": False})


async def _watch(stands: Callable[[], bool], running: anyio.CancelScope) -> None:
    # From outside, not while sending: so the stream is stopped where it waits, and cleans up at once.
    while _stands(stands):
        await asyncio.sleep(LOOK_SECONDS)
    running.cancel()


def _stands(stands: Callable[[], bool]) -> bool:
    try:
        return stands()
    except LibraryError as error:  # what cannot be checked is not let in
        _LOG.error("%s", error)
        return False
