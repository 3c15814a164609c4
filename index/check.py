"""Is the truth sound? What `doctor` asks of the SQLite file beyond what every opening checks."""

import hashlib
import json
from collections.abc import Mapping
from sqlite3 import Connection, DatabaseError

from index.article import Span, text_digest
from index.schema import ALIVE

_SHOWN = 5  # problems of one kind that are named; the rest are counted
_MANIFEST = ("library", "model", "model_sha256", "dimension", "published")
_ROW = "a.id, b.sha256, a.title, a.author, a.source, a.url, a.published_at, a.language, a.metadata"


def manifest_problems(manifest: Mapping[str, str]) -> list[str]:
    """What is wrong with a library's manifest, a line each; empty where nothing is."""
    mend = "restore library.sqlite from a backup, or index the articles again into a new library"
    missing = [key for key in _MANIFEST if not manifest.get(key)]
    if missing:
        return [f"the manifest has lost {', '.join(missing)}: {mend}"]
    wrong = [key for key in ("dimension", "published") if not manifest[key].isascii() or not manifest[key].isdecimal()]
    return [f"the manifest's {key} is {manifest[key]!r}, which is no number: {mend}" for key in wrong]


def problems_of(connection: Connection, dimension: int) -> list[str]:
    """What is wrong with the truth, a line each; empty where nothing is."""
    try:
        connection.execute("BEGIN")  # one state throughout, though another process may be writing
        return _found(connection, dimension)
    except (DatabaseError, UnicodeDecodeError) as error:
        return [f"the SQLite file is damaged: {error}"]
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _found(connection: Connection, dimension: int) -> list[str]:
    pages = [row[0] for row in connection.execute("PRAGMA quick_check(5)") if row[0] != "ok"]
    if pages:
        return [f"the SQLite file is damaged: {' '.join(str(page).split())}" for page in pages]
    found = [*_orphans(connection), *_short(_bodies(connection, dimension)), *_short(_rows(connection))]
    # The digest of the whole follows from its parts: where one of those is wrong, it says nothing new.
    return found or _history(connection)


def _bodies(connection: Connection, dimension: int) -> list[str]:
    found = []
    rows = connection.execute(f"SELECT body, sha256, text, vectors_sha256 FROM bodies WHERE removed = {ALIVE}")
    for body, sha256, text, vectors_sha256 in rows:
        spans = [
            Span(*row)
            for row in connection.execute('SELECT start, "end" FROM sentences WHERE body = ? ORDER BY ordinal', (body,))
        ]
        if text_digest(text) != sha256:
            problem = "does not match its digest"
        elif not covers(text, spans):
            problem = "is not covered by its sentences"
        elif not _passages_hold(connection, body, len(spans), dimension, vectors_sha256):
            problem = "has other passages or vectors than were made of it"
        else:
            continue
        found.append(f"the text of {_names(connection, body)} {problem}: remove it and index it again")
    return found


def _passages_hold(connection: Connection, body: int, sentences: int, dimension: int, digest: str) -> bool:
    sql = "SELECT first, last, vector FROM passages WHERE body = ? ORDER BY passage"
    rows = connection.execute(sql, (body,)).fetchall()
    if any(not 0 <= first < last <= sentences or len(vector) != 2 * dimension for first, last, vector in rows):
        return False
    return hashlib.sha256(b"".join(vector for _, _, vector in rows)).hexdigest() == digest


def _names(connection: Connection, body: int) -> str:
    """The articles that publish a text, by id."""
    sql = f"SELECT id FROM articles WHERE body = ? AND removed = {ALIVE} ORDER BY row"
    return ", ".join(repr(row[0]) for row in connection.execute(sql, (body,))) or f"no article (text {body})"


def _orphans(connection: Connection) -> list[str]:
    living = f"SELECT body FROM bodies WHERE removed = {ALIVE}"
    sql = f"SELECT id FROM articles WHERE removed = {ALIVE} AND body NOT IN ({living}) ORDER BY row"
    return _short(
        [f"the article {row[0]!r} has lost its text: remove it and index it again" for row in connection.execute(sql)]
    )


def _rows(connection: Connection) -> list[str]:
    """Articles of which something was altered since they were indexed: `sha256` is over all that is stored of one."""
    sql = f"SELECT {_ROW}, a.sha256 FROM articles a JOIN bodies b USING (body) WHERE a.removed = {ALIVE}"
    return [
        f"the article {row[0]!r} does not match its digest: remove it and index it again"
        for row in connection.execute(sql)
        if hashlib.sha256(json.dumps(row[:-1]).encode()).hexdigest() != row[-1]
    ]


def _history(connection: Connection) -> list[str]:
    """Does the newest generation's digest agree with the articles there are?"""
    total, count = 0, 0
    for article_id, digest in connection.execute(f"SELECT id, sha256 FROM articles WHERE removed = {ALIVE}"):
        key = hashlib.sha256(f"{article_id}\0{digest}".encode()).digest()
        total, count = (total + int.from_bytes(key, "big")) % 2**256, count + 1
    sql = "SELECT articles_digest, article_count FROM changes ORDER BY generation DESC LIMIT 1"
    if connection.execute(sql).fetchone() == (f"{total:064x}", count):
        return []
    return ["articles were lost or added past Pullquote: index them all again into a new library"]


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
