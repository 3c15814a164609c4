"""Serving the chat page and the API from one address."""

import contextlib
from collections.abc import Sequence

from qa.engine import Engine
from qa.listen import listen, run, warm
from qa.terminal import note

_EVERYWHERE = frozenset(("0.0.0.0", "::", ""))  # noqa: S104 - compared with, never bound to unasked


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

    The page offers `examples` to begin with, or where there are none, titles of the articles.
    `public_url` is what others call it by, where a proxy passes their requests on. Pages of `origins` may use the API.
    Logs go to standard error from `log_level` (one of `qa.api.logs.LEVELS`) up.

    Raises `UsageError` where an origin is none, `PullquoteError` where the address cannot be had, or a key is needed
    and there is none (`qa.access.gate`).
    """
    from qa.api.cors import origin_of

    allowed = [origin_of(origin) for origin in origins]
    with contextlib.closing(listen(host, port)) as listener:
        # Only now, as they take seconds: a port that is taken is said at once.
        from qa.access.gate import gate
        from qa.access.middleware import may_write
        from qa.api.app import create_api
        from qa.api.queued import Queued
        from qa.api.turnstile import Turnstile
        from qa.chat.blocks import mount_page

        hosts, bound = _names(host, public_url), listener.getsockname()[0]
        access = gate(engine.library.folder, bound, page=True, public=public_url)
        _warn_of_plain_http(bound, public_url)
        turnstile = Turnstile()
        api = create_api(engine, hosts, access=[access], turnstile=turnstile, origins=allowed)
        signed_in = bool(access.kwargs["required"])
        app = mount_page(api, engine, examples or None, may_write, Queued(engine, turnstile), signed_in)
        warm(engine)
        run(app, listener, _address(host, listener.getsockname()[1]), log_level)


def _names(host: str, public_url: str | None) -> set[str] | None:
    """By what names requests may call this server; None for any."""
    from qa.access.gate import host_of

    names = {"localhost", host} | ({host_of(public_url)} if public_url else set())
    return None if host in _EVERYWHERE else names


def _warn_of_plain_http(bound: str, public_url: str | None) -> None:
    from qa.access.gate import is_loopback

    if not is_loopback(bound) and not public_url:
        note("pullquote: keys travel unencrypted here, for all on the way to read: docs/access.md says how to add TLS")


def _address(host: str, port: int) -> str:
    name = "127.0.0.1" if host in _EVERYWHERE else host
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
