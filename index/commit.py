"""Writing the truth: one transaction an article, durable before it is acknowledged."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from index.article import Article, Passage, Span
from index.digests import article_key, body_key, row_digest, stored_json, total, vectors_digest
from index.errors import LibraryDamaged
from index.explain import REPAIR
from index.manifest import TEXTS, count_texts, number
from index.schema import ALIVE
from index.truth import Truth


class Outcome(Enum):
    """What committing one article came to."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is stored with a text: its sentences, its passages and their vectors, `float32[len(passages), d]`.

    `title` is the one they were embedded with, where it is not the article's.
    """

    sentences: Sequence[Span]
    passages: Sequence[Passage]
    vectors: NDArray[np.float32]
    title: str | None = None


class Writer:
    """The one connection that writes; the caller holds the library's lock.

    `acknowledged` is told of each generation once it is durable.
    """

    def __init__(self, connection: sqlite3.Connection, acknowledged: Callable[[int], None] | None = None) -> None:
        self._db = connection
        self._acknowledged = acknowledged

    @property
    def generation(self) -> int:
        newest = self._db.execute("SELECT max(generation) FROM changes").fetchone()[0]
        if newest is None:
            raise LibraryDamaged(f"the library has lost the record of its changes: {REPAIR}")
        return int(newest)

    @property
    def published(self) -> int:
        """Views older than this generation miss what was purged when it was published."""
        return number(self._db, "published")

    def truth(self) -> Truth:
        """The truth at the newest generation."""
        return Truth(self._db, self.generation)

    # asking before the work is done

    def unchanged(self, article: Article) -> bool:
        """Is this very article there already?"""
        row = self._db.execute(
            f"SELECT sha256 FROM articles WHERE id = ? AND removed = {ALIVE}", (article.id,)
        ).fetchone()
        return row is not None and row[0] == row_digest(article)

    def has_body(self, article: Article) -> bool:
        """Is the article's text there already, embedded in a form that will do for it?"""
        return self._body_for(article) is not None

    def twins(self, article: Article) -> list[str]:
        """The other ids under which the article's text is published."""
        sql = (
            "SELECT id FROM articles a JOIN bodies b USING (body) "
            f"WHERE b.sha256 = ? AND a.removed = {ALIVE} AND id <> ? ORDER BY row"
        )
        return [row[0] for row in self._db.execute(sql, (article.sha256, article.id))]

    # changing

    def put(self, article: Article, prepared: Prepared | None) -> Outcome:
        """Adds or replaces one article; `prepared` may be None where `has_body` said so."""
        if self.unchanged(article):
            return Outcome.UNCHANGED
        with self._transaction() as generation:
            body = self._body_for(article)
            if body is None:
                if prepared is None:
                    raise ValueError(f"the text of {article.id!r} is neither stored nor prepared")
                body = self._insert_body(article, prepared, generation)
            old = self._retire(article.id, generation, keep=body)
            self._insert_article(article, body, generation)
            self._log(generation, article_key(article.id, row_digest(article)), old)
        return Outcome.ADDED if old is None else Outcome.CHANGED

    def remove(self, article_id: str) -> bool:
        """Takes an article out; its text goes too unless another id has it. False where there is no such id."""
        with self._transaction() as generation:
            old = self._retire(article_id, generation, keep=None)
            if old is not None:
                self._log(generation, 0, old)
        return old is not None

    def publish(self) -> None:
        """Says that every view has reached the newest generation, and purges what only older ones needed."""
        generation = self.generation
        if self.published == generation:
            return
        with self._transaction():
            self._db.execute("UPDATE manifest SET value = ? WHERE key = 'published'", (str(generation),))
            dead = f"SELECT body FROM bodies WHERE removed < {ALIVE} AND removed <= {generation:d}"
            for table in ("passages", "sentences"):
                self._db.execute(f"DELETE FROM {table} WHERE body IN ({dead})")
            self._db.execute(f"DELETE FROM articles WHERE removed < {ALIVE} AND removed <= {generation:d}")
            self._db.execute(f"DELETE FROM bodies WHERE removed < {ALIVE} AND removed <= {generation:d}")

    @contextmanager
    def _transaction(self) -> Iterator[int]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            count_texts(self._db)
            yield self.generation + 1
            newest = self.generation
            self._db.execute("COMMIT")
        except BaseException:
            # A failed COMMIT (a full disk) may already have rolled back by itself.
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        if self._acknowledged is not None:
            self._acknowledged(newest)

    def _body_for(self, article: Article) -> int | None:
        """The living body with this text, unless the article is its only owner and its title has changed."""
        sql = f"SELECT body, title FROM bodies WHERE sha256 = ? AND removed = {ALIVE}"
        row = self._db.execute(sql, (article.sha256,)).fetchone()
        if row is None:
            return None
        if row[1] != article.title:
            owners = f"SELECT count(*) FROM articles WHERE body = ? AND removed = {ALIVE} AND id <> ?"
            if self._db.execute(owners, (row[0], article.id)).fetchone()[0] == 0:
                return None
        return int(row[0])

    def _insert_body(self, article: Article, prepared: Prepared, generation: int) -> int:
        blobs = [vector.tobytes() for vector in np.asarray(prepared.vectors).astype("<f2")]
        digest = vectors_digest(blobs)
        title = article.title if prepared.title is None else prepared.title
        cursor = self._db.execute(
            "INSERT INTO bodies (sha256, title, text, vectors_sha256, added) VALUES (?, ?, ?, ?, ?)",
            (article.sha256, title, article.text, digest, generation),
        )
        body = int(cursor.lastrowid or 0)
        self._db.executemany(
            "INSERT INTO sentences VALUES (?, ?, ?, ?)",
            [(body, ordinal, span.start, span.end) for ordinal, span in enumerate(prepared.sentences)],
        )
        self._db.executemany(
            "INSERT INTO passages (body, first, last, vector) VALUES (?, ?, ?, ?)",
            [(body, p.first, p.last, blob) for p, blob in zip(prepared.passages, blobs, strict=True)],
        )
        self._count_text(body_key(body, article.sha256, title, digest, generation))
        return body

    def _insert_article(self, article: Article, body: int, generation: int) -> None:
        self._db.execute(
            "INSERT INTO articles "
            "(id, body, title, author, source, url, published_at, language, metadata, sha256, added) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                article.id, body, article.title, article.author, article.source, article.url, article.published_at,
                article.language, stored_json(article.metadata), row_digest(article), generation,
            ),
        )  # fmt: skip

    def _retire(self, article_id: str, generation: int, keep: int | None) -> "_Retired | None":
        """Ends the living article of that id, and its body where no other article has it and it is not `keep`."""
        sql = f"SELECT row, body, sha256 FROM articles WHERE id = ? AND removed = {ALIVE}"
        row = self._db.execute(sql, (article_id,)).fetchone()
        if row is None:
            return None
        self._db.execute("UPDATE articles SET removed = ? WHERE row = ?", (generation, row[0]))
        key = article_key(article_id, row[2])
        owners = f"SELECT count(*) FROM articles WHERE body = ? AND removed = {ALIVE}"
        if row[1] == keep or self._db.execute(owners, (row[1],)).fetchone()[0]:
            return _Retired(key, None, None)
        sql = "SELECT body, sha256, title, vectors_sha256, added FROM bodies WHERE body = ?"
        self._count_text(0, body_key(*self._db.execute(sql, (row[1],)).fetchone()))
        self._db.execute("UPDATE bodies SET removed = ? WHERE body = ?", (generation, row[1]))
        span = self._db.execute("SELECT min(passage), max(passage) FROM passages WHERE body = ?", (row[1],)).fetchone()
        return _Retired(key, *span)

    def _count_text(self, more: int, less: int = 0) -> None:
        """Keeps the digest of all living texts up to date."""
        before = self._db.execute("SELECT value FROM manifest WHERE key = ?", (TEXTS,)).fetchone()[0]
        self._db.execute("UPDATE manifest SET value = ? WHERE key = ?", (total(before, more, less), TEXTS))

    def _log(self, generation: int, new_key: int, old: "_Retired | None") -> None:
        digest, count = self._db.execute(
            "SELECT articles_digest, article_count FROM changes ORDER BY generation DESC LIMIT 1"
        ).fetchone()
        count += (1 if new_key else 0) - (1 if old else 0)
        span = (old.first_passage, old.last_passage) if old else (None, None)
        after = total(digest, new_key, old.key if old else 0)
        self._db.execute("INSERT INTO changes VALUES (?, ?, ?, ?, ?)", (generation, after, count, *span))


@dataclass(frozen=True, slots=True)
class _Retired:
    key: int
    first_passage: int | None
    last_passage: int | None
