"""Writing the truth: one transaction an article, durable before it is acknowledged."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from index.article import Article, Passage, Span
from index.manifest import number
from index.schema import ALIVE
from index.truth import Truth


class Outcome(Enum):
    """What committing one article came to."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is stored with a text: its sentences, its passages and their vectors, `float32[len(passages), d]`."""

    sentences: Sequence[Span]
    passages: Sequence[Passage]
    vectors: NDArray[np.float32]


class Writer:
    """The one connection that writes; the caller holds the library's lock."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    @property
    def generation(self) -> int:
        return int(self._db.execute("SELECT max(generation) FROM changes").fetchone()[0])

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
            self._log(generation, _row_key(article.id, row_digest(article)), old)
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
            yield self.generation + 1
            self._db.execute("COMMIT")
        except BaseException:
            # A failed COMMIT (a full disk) may already have rolled back by itself.
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

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
        digest = hashlib.sha256(b"".join(blobs)).hexdigest()
        cursor = self._db.execute(
            "INSERT INTO bodies (sha256, title, text, vectors_sha256, added) VALUES (?, ?, ?, ?, ?)",
            (article.sha256, article.title, article.text, digest, generation),
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
        return body

    def _insert_article(self, article: Article, body: int, generation: int) -> None:
        self._db.execute(
            "INSERT INTO articles "
            "(id, body, title, author, source, url, published_at, language, metadata, sha256, added) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                article.id, body, article.title, article.author, article.source, article.url, article.published_at,
                article.language, _json(article.metadata), row_digest(article), generation,
            ),
        )  # fmt: skip

    def _retire(self, article_id: str, generation: int, keep: int | None) -> "_Retired | None":
        """Ends the living article of that id, and its body where no other article has it and it is not `keep`."""
        sql = f"SELECT row, body, sha256 FROM articles WHERE id = ? AND removed = {ALIVE}"
        row = self._db.execute(sql, (article_id,)).fetchone()
        if row is None:
            return None
        self._db.execute("UPDATE articles SET removed = ? WHERE row = ?", (generation, row[0]))
        key = _row_key(article_id, row[2])
        owners = f"SELECT count(*) FROM articles WHERE body = ? AND removed = {ALIVE}"
        if row[1] == keep or self._db.execute(owners, (row[1],)).fetchone()[0]:
            return _Retired(key, None, None)
        self._db.execute("UPDATE bodies SET removed = ? WHERE body = ?", (generation, row[1]))
        span = self._db.execute("SELECT min(passage), max(passage) FROM passages WHERE body = ?", (row[1],)).fetchone()
        return _Retired(key, *span)

    def _log(self, generation: int, new_key: int, old: "_Retired | None") -> None:
        digest, count = self._db.execute(
            "SELECT articles_digest, article_count FROM changes ORDER BY generation DESC LIMIT 1"
        ).fetchone()
        total = (int(digest, 16) + new_key - (old.key if old else 0)) % 2**256
        count += (1 if new_key else 0) - (1 if old else 0)
        span = (old.first_passage, old.last_passage) if old else (None, None)
        self._db.execute("INSERT INTO changes VALUES (?, ?, ?, ?, ?)", (generation, f"{total:064x}", count, *span))


@dataclass(frozen=True, slots=True)
class _Retired:
    key: int
    first_passage: int | None
    last_passage: int | None


def row_digest(article: Article) -> str:
    """A digest of everything that is stored of an article: equal digests need no work."""
    fields = [
        article.id, article.sha256, article.title, article.author, article.source, article.url, article.published_at,
        article.language, _json(article.metadata),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()


def _row_key(article_id: str, digest: str) -> int:
    """A summand of the library's digest: adding them up makes it the same in whatever order the articles came."""
    return int.from_bytes(hashlib.sha256(f"{article_id}\0{digest}".encode()).digest(), "big")


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)
