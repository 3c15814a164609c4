"""Is the truth sound? What `doctor` asks of the SQLite file beyond what every opening checks."""

import hashlib
from sqlite3 import Connection, DatabaseError

from index.article import Span, text_digest
from index.schema import ALIVE

_SHOWN = 5  # problems of one kind that are named; the rest are counted


def problems_of(connection: Connection, dimension: int) -> list[str]:
    """What is wrong with the truth, a line each; empty where nothing is."""
    try:
        pages = [row[0] for row in connection.execute("PRAGMA quick_check(5)") if row[0] != "ok"]
        if pages:
            return [f"the SQLite file is damaged: {page}" for page in pages]
        return [*_orphans(connection), *_short(_bodies(connection, dimension))]
    except DatabaseError as error:
        return [f"the SQLite file is damaged: {error}"]


def _bodies(connection: Connection, dimension: int) -> list[str]:
    found = []
    rows = connection.execute(f"SELECT body, sha256, text, vectors_sha256 FROM bodies WHERE removed = {ALIVE}")
    for body, sha256, text, vectors_sha256 in rows:
        if text_digest(text) != sha256:
            found.append(f"text {body} does not match its digest")
        spans = [Span(*row) for row in connection.execute(
            'SELECT start, "end" FROM sentences WHERE body = ? ORDER BY ordinal', (body,)
        )]  # fmt: skip
        if not covers(text, spans):
            found.append(f"the sentences of text {body} do not cover it")
        vectors = [
            row[0] for row in connection.execute("SELECT vector FROM passages WHERE body = ? ORDER BY passage", (body,))
        ]
        if (
            any(len(v) != 2 * dimension for v in vectors)
            or hashlib.sha256(b"".join(vectors)).hexdigest() != vectors_sha256
        ):
            found.append(f"the vectors of text {body} do not match their digest")
    return [f"{problem}: index its article again" for problem in found]


def _orphans(connection: Connection) -> list[str]:
    sql = f"SELECT count(*) FROM articles WHERE removed = {ALIVE} AND body NOT IN (SELECT body FROM bodies WHERE removed = {ALIVE})"
    count = connection.execute(sql).fetchone()[0]
    return [f"{count} articles have lost their text: index them again"] if count else []


def covers(text: str, spans: list[Span]) -> bool:
    """Invariant 2: the spans are ordered, disjoint, and cover every non-space character."""
    at = 0
    for span in spans:
        if not at <= span.start < span.end <= len(text) or text[at : span.start].strip():
            return False
        at = span.end
    return not text[at:].strip()


def _short(found: list[str]) -> list[str]:
    rest = len(found) - _SHOWN
    return found if rest <= 0 else [*found[:_SHOWN], f"and {rest} more of the kind"]
