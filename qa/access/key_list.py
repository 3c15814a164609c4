"""The keys there are, as a person reads them in a terminal."""

from collections.abc import Sequence

from qa.access.keys import DEFAULT_RATE, Key
from qa.terminal import plain

_HEADER = ("ID", "NAME", "SCOPE", "A MINUTE", "MADE", "REVOKED")
_NONE = "no keys: make one with `pullquote key add NAME`"


def render(keys: Sequence[Key]) -> str:
    """A line a key, in columns; never the key itself, which nobody has."""
    if not keys:
        return _NONE
    rows = [_HEADER, *(_row(key) for key in keys)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _row(key: Key) -> tuple[str, ...]:
    return key.id, plain(key.name), key.scope, str(key.rate or DEFAULT_RATE), key.created[:10], (key.revoked or "")[:10]
