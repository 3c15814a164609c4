"""A server's socket, and running an application on it."""

import contextlib
import errno
import gc
import logging
import socket
import sys
import threading

import uvicorn
from starlette.types import ASGIApp

from index.errors import PullquoteError, UsageError
from qa.engine import Engine
from qa.terminal import say

_KEEP_ALIVE_SECONDS = 30  # longer than clients keep a connection (5 s): else one is closed as its next request comes
_GRACE_SECONDS = 3  # for answers under way; an open page would otherwise keep the server from ending


def listen(host: str, port: int) -> socket.socket:
    """A listening socket at the address; raises `PullquoteError` where it cannot be had.

    Nobody is answered on it before the server runs. Of the TCP protocol by name: asyncio turns Nagle's delays (40 ms an
    answer) off for such sockets only.
    """
    if not 0 <= port <= 65535:
        raise UsageError(f"there is no port {port}: choose one from 0 to 65535 with --port")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there it would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except (OSError, UnicodeError) as error:
        listener.close()
        raise PullquoteError(_why(host, port, error)) from None
    return listener


def _why(host: str, port: int, error: OSError | UnicodeError) -> str:
    match getattr(error, "errno", None):
        case errno.EADDRINUSE:
            return f"port {port} is taken by another program: end that one, or choose another port with --port"
        case errno.EACCES:
            return f"port {port} may not be used by this user: choose one above 1023 with --port"
    reason = getattr(error, "strerror", None) or error
    return f"{host!r} is no address that can be had here ({reason}): choose another with --host"


def run(app: ASGIApp, listener: socket.socket, address: str, log_level: str = "info") -> None:
    """Serves `app` at `listener` until interrupted; says that it is at `address` once it listens."""
    from qa.api.logs import write_logs

    write_logs(log_level)
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        server_header=False,
    )
    with contextlib.suppress(KeyboardInterrupt):
        _Server(config, address).run([listener])


def warm(engine: Engine) -> None:
    """Begins to load the models, so that the first question need not wait for them; returns at once.

    The program does not end before they are loaded: torch, cut off while it is, takes the process down with it.
    """
    threading.Thread(target=_warm, args=(engine,), name="warming").start()


def _warm(engine: Engine) -> None:
    try:
        engine.ask("Which question comes first?")
    except PullquoteError as error:
        logging.getLogger("pullquote").error("%s", error)
    gc.collect()
    gc.freeze()  # what is loaded by now stays: looking through it again for garbage takes 170 ms


class _Server(uvicorn.Server):
    """Says where it is once it listens, and not before."""

    def __init__(self, config: uvicorn.Config, address: str) -> None:
        super().__init__(config)
        self._address = address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            say(f"Pullquote is at {self._address}")
