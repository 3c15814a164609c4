"""When a key is needed: whom an address can be reached by, and what to do where no key is there."""

from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from starlette.middleware import Middleware

from index.errors import UsageError
from qa.access.keys import Keys
from qa.access.middleware import Access


def gate(folder: Path, address: str, *, page: bool = False, public: str | None = None) -> Middleware:
    """What stands in front of whatever is served of the library in `folder` at the IP address `address`.

    `public` is the address by which others call it through a proxy. A key is needed where others can come in: at any
    address but loopback, through a proxy, and wherever the library has ever had a key. Raises `UsageError` where one
    is needed and none is there, and `LibraryError` where the keys cannot be read.
    """
    keys, others = Keys(folder), public is not None or not is_loopback(address)
    required = others or keys.any()
    if required and not keys.usable():
        raise UsageError(_no_key(folder, address, others, public))
    secure = public is not None and urlsplit(public).scheme == "https"
    return Middleware(Access, keys=keys, required=required, page=page, secure=secure)


def is_loopback(address: str) -> bool:
    """Can `address` be reached from this machine alone?"""
    return ip_address(address.partition("%")[0]).is_loopback


def host_of(public: str) -> str:
    """The host name in a public address such as `https://quotes.example.org`; raises `UsageError`."""
    try:
        parts = urlsplit(public)
        host, sound = parts.hostname, parts.scheme in ("http", "https") and parts.path in ("", "/") and parts.port != 0
    except ValueError:
        host, sound = None, False
    if not host or not sound or parts.query or parts.fragment or parts.username is not None:
        raise UsageError(f"{public!r} is no address to be called by: write it as https://quotes.example.org")
    return host


def _no_key(folder: Path, address: str, others: bool, public: str | None) -> str:
    make = f"make one with `pullquote key add NAME --library {folder}`"
    if not others:
        return f"the keys of the library at {folder} are all revoked, so that nobody could come in: {make}"
    where = public or address
    instead = "leave out --public-url" if public else "serve on 127.0.0.1"
    return f"{where} can be reached by others, so a key is needed, and there is none: {make}, or {instead}"
