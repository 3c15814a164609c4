"""Is the truth sound? What `doctor` asks of the SQLite file beyond what every opening checks."""

from collections.abc import Iterator, Mapping, Sequence
from sqlite3 import Connection, DatabaseError

from index.article import Span, text_digest
from index.digests import SEAL, article_key, manifest_seal, row_digest_of, total, vectors_digest
from index.explain import REPAIR
from index.manifest import TEXTS, altered_entries, read_manifest, texts_digest
from index.schema import ALIVE

_SHOWN = 5  # problems of one kind that are named; the rest are counted
_MANIFEST = ("library", "model", "model_sha256", "dimension", "published")
_ROW = "a.id, b.sha256, a.title, a.author, a.source, a.url, a.published_at, a.language, a.metadata"


def manifest_problems(manifest: Mapping[str, str]) -> list[str]:
    """What is wrong with a library's manifest, a line each; empty where nothing is."""
    missing = [key for key in _MANIFEST if not manifest.get(key)]
    if missing:
        return [f"the manifest has lost {', '.join(missing)}: {REPAIR}"]
    wrong = [key for key in ("dimension", "published") if not manifest[key].isascii() or not manifest[key].isdecimal()]
    if wrong:
        return [f"the manifest's {key} is {manifest[key]!r}, which is no number: {REPAIR}" for key in wrong]
    if manifest.get(SEAL, seal := manifest_seal(manifest)) != seal:
        return [f"the manifest was altered: {REPAIR}"]
    return []


def history_problem(newest: int, published: int) -> str | None:
    """What is wrong where more is said to be published than was ever done; looked at by every opening."""
    if published <= newest:
        return None
    return f"the library says that generation {published} is published, and has come to {newest} only: {REPAIR}"


def problems_of(connection: Connection, dimension: int) -> list[str]:
    """What is wrong with the truth, a line each; empty where nothing is."""
    try:
        connection.execute("BEGIN")  # one state throughout, though another process may be writing
        return _found(connection, dimension)
    except (DatabaseError, UnicodeDecodeError, TypeError, AttributeError) as error:  # the latter: of a value's kind
        said = "a text in it is not UTF-8" if str(error).startswith("Could not decode") else error
        return [f"the SQLite file is damaged: {said}: {REPAIR}"]
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _found(connection: Connection, dimension: int) -> list[str]:
    pages = [row[0] for row in connection.execute("PRAGMA integrity_check(5)") if row[0] != "ok"]
    if pages:
        return [f"the SQLite file is damaged: {' '.join(str(page).split())}: {REPAIR}" for page in pages]
    found = [
        *_generations(connection),
        *_strays(connection),
        *_orphans(connection),
        *_short(list(_bodies(connection, dimension))),
        *_short(list(_rows(connection))),
    ]
    # The digest of the whole follows from its parts: where one of those is wrong, it says nothing new.
    return found or [*_history(connection), *_texts(connection), *_entries(connection)]


def _generations(connection: Connection) -> list[str]:
    """Rows of a time that never was, and living passages that the history calls removed."""
    newest = connection.execute("SELECT max(generation) FROM changes").fetchone()[0]
    if newest is None:
        return [f"the record of the library's changes is gone: {REPAIR}"]
    published = int(connection.execute("SELECT value FROM manifest WHERE key = 'published'").fetchone()[0])
    found = [problem] if (problem := history_problem(newest, published)) else []
    for table in ("articles", "bodies"):
        sql = (
            f"SELECT count(*) FROM {table} WHERE added < 0 OR added > ? OR removed < added "
            f"OR (removed > ? AND removed <> {ALIVE})"
        )
        if wrong := connection.execute(sql, (newest, newest)).fetchone()[0]:
            found.append(f"{wrong} rows of {table} are of a time that never was: {REPAIR}")
    sql = (
        "SELECT count(*) FROM changes c WHERE first_passage > last_passage "
        "OR last_passage > coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'passages'), 0) "
        "OR EXISTS (SELECT 1 FROM passages p JOIN bodies b USING (body) "
        f"WHERE p.passage BETWEEN c.first_passage AND c.last_passage AND b.removed = {ALIVE})"
    )
    if connection.execute(sql).fetchone()[0]:
        found.append(f"the record of the library's changes was altered: {REPAIR}")
    return found


def _strays(connection: Connection) -> list[str]:
    """Sentences and passages of no text."""
    found = []
    for table in ("sentences", "passages"):
        sql = f"SELECT count(*) FROM {table} WHERE body NOT IN (SELECT body FROM bodies)"
        if count := connection.execute(sql).fetchone()[0]:
            found.append(f"{count} {table} belong to no text: {REPAIR}")
    return found


def _bodies(connection: Connection, dimension: int) -> Iterator[str]:
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
        elif not _ordinals_run(connection, body, len(spans)):
            problem = "has sentences out of order"
        elif not _passages_hold(connection, body, len(spans), dimension, vectors_sha256):
            problem = "has other passages or vectors than were made of it"
        else:
            continue
        yield f"the text of {_names(connection, body)} {problem}: {REPAIR}"


def _ordinals_run(connection: Connection, body: int, count: int) -> bool:
    sql = "SELECT min(ordinal), max(ordinal) FROM sentences WHERE body = ?"
    return tuple(connection.execute(sql, (body,)).fetchone()) == ((0, count - 1) if count else (None, None))


def _passages_hold(connection: Connection, body: int, sentences: int, dimension: int, digest: str) -> bool:
    sql = "SELECT first, last, vector FROM passages WHERE body = ? ORDER BY passage"
    rows = connection.execute(sql, (body,)).fetchall()
    if any(not 0 <= first < last <= sentences or len(vector) != 2 * dimension for first, last, vector in rows):
        return False
    held = {ordinal for first, last, _ in rows for ordinal in range(first, last)}
    return len(held) == sentences and vectors_digest([vector for _, _, vector in rows]) == digest


def _names(connection: Connection, body: int) -> str:
    """The articles that publish a text, by id."""
    sql = f"SELECT id FROM articles WHERE body = ? AND removed = {ALIVE} ORDER BY row"
    return ", ".join(repr(row[0]) for row in connection.execute(sql, (body,))) or f"no article (text {body})"


def _orphans(connection: Connection) -> list[str]:
    living = f"SELECT body FROM bodies WHERE removed = {ALIVE}"
    sql = f"SELECT id FROM articles WHERE removed = {ALIVE} AND body NOT IN ({living}) ORDER BY row"
    return _short([f"the article {row[0]!r} has lost its text: {REPAIR}" for row in connection.execute(sql)])


def _rows(connection: Connection) -> Iterator[str]:
    """Articles of which something was altered since they were indexed: `sha256` is over all that is stored of one."""
    sql = f"SELECT {_ROW}, a.sha256 FROM articles a JOIN bodies b USING (body) WHERE a.removed = {ALIVE}"
    for row in connection.execute(sql):
        if row_digest_of(row[:-1]) != row[-1]:
            yield f"the article {row[0]!r} does not match its digest: {REPAIR}"


def _history(connection: Connection) -> list[str]:
    """Does the newest generation's digest agree with the articles there are?"""
    found, count = "0" * 64, 0
    for article_id, digest in connection.execute(f"SELECT id, sha256 FROM articles WHERE removed = {ALIVE}"):
        found, count = total(found, article_key(article_id, digest)), count + 1
    sql = "SELECT articles_digest, article_count FROM changes ORDER BY generation DESC LIMIT 1"
    if connection.execute(sql).fetchone() == (found, count):
        return []
    return [f"articles were lost or added past Pullquote: {REPAIR}"]


def _texts(connection: Connection) -> list[str]:
    """Does the manifest's count of texts agree with the texts there are?"""
    row = connection.execute("SELECT value FROM manifest WHERE key = ?", (TEXTS,)).fetchone()
    if row is None or row[0] == texts_digest(connection):
        return []
    return [f"a text's title or number was altered: {REPAIR}"]


def _entries(connection: Connection) -> list[str]:
    altered = altered_entries(read_manifest(connection))
    return [f"the library's {key} was altered: give it anew, or {REPAIR}" for key in altered]


def covers(text: str, spans: Sequence[Span], start: int = 0, end: int | None = None) -> bool:
    """Invariant 2: the spans are ordered, disjoint, and cover every non-space character (of `text[start:end]`)."""
    at, longest = start, len(text)
    for first, last in spans:
        if not at <= first < last <= longest or text[at:first].strip():
            return False
        at = last
    return not text[at:end].strip()


def _short(found: list[str]) -> list[str]:
    rest = len(found) - _SHOWN
    return found if rest <= 0 else [*found[:_SHOWN], f"and {rest} more of the kind"]
