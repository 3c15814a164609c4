"""What can be saved of a damaged truth: every text that still matches its digest, with all that is sound beside it.

The rows that still stand (`index.pages`) are gathered in a file aside, in whatever order they are found, and looked
up there: memory stays bounded however large the library.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.article import Article, Span, text_digest
from index.check import covers
from index.digests import SEAL, manifest_seal, row_digest_of, vectors_digest
from index.manifest import TEXTS, texts_digest
from index.pages import Pages, Row, Value
from index.schema import ALIVE

_TABLES = """
CREATE TABLE bodies (body INTEGER PRIMARY KEY, sha256, title, text, vectors_sha256, added, removed, sound);
CREATE TABLE articles (row INTEGER PRIMARY KEY, id, body, title, author, source, url, published_at, language, metadata,
    sha256, added, removed);
CREATE TABLE passages (passage INTEGER PRIMARY KEY, body, first, last, vector);
CREATE TABLE sentences (body, ordinal, start, end, PRIMARY KEY (body, ordinal)) WITHOUT ROWID;
CREATE TABLE changes (generation INTEGER PRIMARY KEY, articles_digest, article_count);
CREATE TABLE manifest (key PRIMARY KEY, value) WITHOUT ROWID;
"""
StoredVector = tuple[int, int, bytes]  # a passage's first and last sentence, half-open, and its vector
_TEXT, _MAYBE = (str,), (str, type(None))
_BODY = ((type(None),), _TEXT, _TEXT, _TEXT, _TEXT, (int,), (int,))
_ARTICLE = (
    (type(None),), _TEXT, (int,), _TEXT, _MAYBE, _MAYBE, _MAYBE, _MAYBE, _MAYBE, _TEXT, _TEXT, (int,), (int,)
)  # fmt: skip
_PASSAGE = ((type(None),), (int,), (int,), (int,), (bytes,))
_CHANGE = ((type(None),), _TEXT, (int,), (int, type(None)), (int, type(None)))
_SENTENCE = ((int,),) * 4
_ENTRY = (_TEXT, _TEXT)


@dataclass(frozen=True, slots=True)
class Saved:
    """A text that matches its digest, the articles that publish it, and what else of it is sound (None: not).

    `title` is the one it was embedded with.
    """

    sha256: str
    title: str
    text: str
    articles: list[Article]
    sentences: list[Span] | None
    passages: list[StoredVector] | None


@dataclass
class Losses:
    """What cannot be saved, and what only in part: (article id, why)."""

    lost: list[tuple[str, str]] = field(default_factory=list)
    partly: list[tuple[str, str]] = field(default_factory=list)


class Salvage:
    """The rows of a damaged truth, gathered in the file `aside`."""

    def __init__(self, damaged: Path, log: Path, aside: Path) -> None:
        self._db = sqlite3.connect(aside, isolation_level=None)
        self._db.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {_TABLES}")
        self.losses = Losses()
        pages = Pages(damaged, log)
        try:
            self._db.execute("BEGIN")
            for row in pages.rows():
                self._gather(row)
            self._db.execute("COMMIT")
        finally:
            pages.close()
        self._db.executescript(
            "CREATE INDEX passages_by_body ON passages (body); CREATE INDEX articles_by_body ON articles (body);"
        )

    def close(self) -> None:
        self._db.close()

    def manifest(self) -> dict[str, str]:
        return dict(self._db.execute("SELECT key, value FROM manifest"))

    def manifest_is_sound(self) -> bool:
        manifest = self.manifest()
        return manifest.get(SEAL) == manifest_seal(manifest)

    def article_count(self) -> int | None:
        """How many articles there were, by the newest change on record."""
        row = self._db.execute("SELECT article_count FROM changes ORDER BY generation DESC LIMIT 1").fetchone()
        return None if row is None else int(row[0])

    def generation(self) -> int:
        """The newest change on record; 0 where there is none."""
        return int(self._db.execute("SELECT coalesce(max(generation), 0) FROM changes").fetchone()[0])

    def saved(self) -> Iterator[Saved]:
        """Every text that can be saved, in the order in which they came; `losses` is complete at the end."""
        known = self._titles_known()
        sql = (
            "SELECT body, sha256, title, text, vectors_sha256 FROM bodies "
            f"WHERE sound AND removed = {ALIVE} ORDER BY body"
        )
        for body, sha256, title, text, vectors_sha256 in self._db.execute(sql):
            articles = self._articles_of(body, sha256, title, text)
            spans = self._sentences_of(body, text)
            trusted = known or any(article.title == title for article in articles)
            passages = self._passages_of(body, spans, vectors_sha256) if trusted else None
            yield Saved(sha256, title if trusted else articles[0].title, text, articles, spans, passages)
        self._count_losses()

    def _gather(self, row: Row) -> None:
        values = row.values
        if row.key is None:
            if _fits(values, _SENTENCE):
                self._db.execute("INSERT OR IGNORE INTO sentences VALUES (?, ?, ?, ?)", values)
            elif _fits(values, _ENTRY):
                self._db.execute("INSERT OR IGNORE INTO manifest VALUES (?, ?)", values)
        elif _fits(values, _BODY):
            self._gather_body(row.key, values)
        elif _fits(values, _ARTICLE):
            self._put("articles", row.key, values[1:])
        elif _fits(values, _PASSAGE):
            self._put("passages", row.key, values[1:])
        elif _fits(values, _CHANGE):
            self._put("changes", row.key, values[1:3])

    def _gather_body(self, body: int, values: tuple[Value, ...]) -> None:
        """Of two versions of a text the sound one is kept, and of two sound ones the one that says it was removed."""
        sound = text_digest(str(values[3])) == values[1]
        sql = "SELECT sound, removed FROM bodies WHERE body = ?"
        held = self._db.execute(sql, (body,)).fetchone()
        if held is None or (sound, -int(str(values[6]))) > (bool(held[0]), -held[1]):
            self._put("bodies", body, (*values[1:], sound), replacing=True)

    def _put(self, table: str, key: int, values: tuple[Value, ...], replacing: bool = False) -> None:
        marks = ", ?" * len(values)
        how = "REPLACE" if replacing else "IGNORE"
        self._db.execute(f"INSERT OR {how} INTO {table} VALUES (?{marks})", (key, *values))

    def _titles_known(self) -> bool:
        """Do all texts, with the titles they were embedded with, match the manifest's digest of them?"""
        return self.manifest().get(TEXTS) == texts_digest(self._db)

    def _articles_of(self, body: int, sha256: str, title: str, text: str) -> list[Article]:
        """The articles that publish a text; where no record of one is sound, one that says so by its id."""
        sql = (
            "SELECT id, title, author, source, url, published_at, language, metadata, sha256 FROM articles "
            f"WHERE body = ? AND removed = {ALIVE} ORDER BY row"
        )
        found, altered = [], []
        for row in self._db.execute(sql, (body,)).fetchall():
            article = _article(row, sha256, title, text)
            if article is None:
                altered.append(row[0])
            else:
                found.append(article)
        if found:
            self.losses.lost += [(article_id, "its record was altered") for article_id in altered]
            return found
        # Not even the id of an altered record is known to be that of this text.
        name = f"recovered/{sha256[:16]}"
        was = " and ".join(map(repr, altered)) or "an unknown id"
        self.losses.partly.append((name, f"the record of {was} is damaged: its text is saved under this id"))
        return [Article(name, text)]

    def _sentences_of(self, body: int, text: str) -> list[Span] | None:
        sql = "SELECT ordinal, start, end FROM sentences WHERE body = ? ORDER BY ordinal"
        rows = self._db.execute(sql, (body,)).fetchall()
        spans = [Span(start, end) for _, start, end in rows]
        whole = [ordinal for ordinal, _, _ in rows] == list(range(len(rows))) and covers(text, spans)
        return spans if whole and spans else None

    def _passages_of(self, body: int, spans: list[Span] | None, digest: str) -> list[StoredVector] | None:
        sql = "SELECT first, last, vector FROM passages WHERE body = ? ORDER BY passage"
        rows: list[StoredVector] = self._db.execute(sql, (body,)).fetchall()
        if spans is None or any(not 0 <= first < last <= len(spans) for first, last, _ in rows):
            return None
        held = {ordinal for first, last, _ in rows for ordinal in range(first, last)}
        if len(held) != len(spans) or vectors_digest([vector for *_, vector in rows]) != digest:
            return None
        return rows

    def _count_losses(self) -> None:
        sql = (
            f"SELECT id FROM articles WHERE removed = {ALIVE} AND body NOT IN "
            f"(SELECT body FROM bodies WHERE sound AND removed = {ALIVE}) ORDER BY row"
        )
        self.losses.lost += [(row[0], "its text is gone or was altered") for row in self._db.execute(sql)]


def _article(row: tuple[Any, ...], sha256: str, embedded: str, text: str) -> Article | None:
    """The article as it was stored, None where it does not match its digest."""
    article_id, title, author, source, url, published_at, language, metadata, digest = row
    for named in (title, embedded):  # a title stands in two places
        if row_digest_of([article_id, sha256, named, author, source, url, published_at, language, metadata]) == digest:
            held = json.loads(metadata)
            return Article(article_id, text, named, author, source, url, published_at, language, held)
    return None


def _fits(values: tuple[Value, ...], kinds: tuple[tuple[type, ...], ...]) -> bool:
    return len(values) == len(kinds) and all(isinstance(value, kind) for value, kind in zip(values, kinds, strict=True))
