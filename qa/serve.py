"""Serving the chat page and the API from one address."""

import contextlib
import errno
import logging
import socket
import sys
import threading
from collections.abc import Sequence

import uvicorn
from starlette.types import ASGIApp

from index.errors import PullquoteError, UsageError
from qa.engine import Engine
from qa.terminal import note, say

_EVERYWHERE = frozenset(("0.0.0.0", "::", ""))  # noqa: S104 - compared with, never bound to unasked
_KEEP_ALIVE_SECONDS = 30  # longer than clients keep a connection (5 s): else one is closed as its next request comes
_GRACE_SECONDS = 3  # for answers under way; an open page would otherwise keep the server from ending


def serve(
    engine: Engine,
    host: str,
    port: int,
    examples: Sequence[str] = (),
    *,
    public_url: str | None = None,
    origins: Sequence[str] = (),
    log_level: str = "info",
) -> None:
    """Serves until interrupted, and says where once it listens; port 0 takes any free one.

    The page offers `examples` to begin with, or where there are none, questions made of the articles' titles.
    `public_url` is what others call it by, where a proxy passes their requests on. Pages of `origins` may use the API.
    Logs go to standard error from `log_level` (one of `qa.logs.LEVELS`) up.

    Raises `UsageError` where an origin is none, `PullquoteError` where the address cannot be had, or a key is needed
    and there is none (`qa.gate`).
    """
    from qa.cors import origin_of

    allowed = [origin_of(origin) for origin in origins]
    with contextlib.closing(listen(host, port)) as listener:
        # Only now, as they take seconds: a port that is taken is said at once.
        from qa.access import may_write
        from qa.api import create_api
        from qa.chat import mount_page
        from qa.gate import gate
        from qa.queued import Queued
        from qa.turnstile import Turnstile

        hosts, bound = _names(host, public_url), listener.getsockname()[0]
        access = gate(engine.library.folder, bound, page=True, public=public_url)
        _warn_of_plain_http(bound, public_url)
        turnstile = Turnstile()
        api = create_api(engine, hosts, access=[access], turnstile=turnstile, origins=allowed)
        signed_in = bool(access.kwargs["required"])
        app = mount_page(api, engine, examples or None, may_write, Queued(engine, turnstile), signed_in)
        threading.Thread(target=warm, args=(engine,), daemon=True).start()
        run(app, listener, _address(host, listener.getsockname()[1]), log_level)


def run(app: ASGIApp, listener: socket.socket, address: str, log_level: str = "info") -> None:
    """Serves `app` at `listener` until interrupted; says that it is at `address` once it listens."""
    from qa.logs import write_logs

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
    """Loads the models while the page is being opened, so that the first question need not wait for them."""
    try:
        engine.ask("Which question comes first?")
    except PullquoteError as error:
        logging.getLogger("pullquote").error("%s", error)


def _names(host: str, public_url: str | None) -> set[str] | None:
    """By what names requests may call this server; None for any."""
    from qa.gate import host_of

    names = {"localhost", host} | ({host_of(public_url)} if public_url else set())
    return None if host in _EVERYWHERE else names


def _warn_of_plain_http(bound: str, public_url: str | None) -> None:
    from qa.gate import is_loopback

    if not is_loopback(bound) and not public_url:
        note("pullquote: keys travel unencrypted here, for all on the way to read: docs/access.md says how to add TLS")


class _Server(uvicorn.Server):
    """Says where it is once it listens, and not before."""

    def __init__(self, config: uvicorn.Config, address: str) -> None:
        super().__init__(config)
        self._address = address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            say(f"Pullquote is at {self._address}")


def _address(host: str, port: int) -> str:
    name = "127.0.0.1" if host in _EVERYWHERE else host
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


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
