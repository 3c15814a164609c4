"""The articles as they stood at one generation: which there are, from whom, of when."""

import datetime as dt
import hashlib
import json
import sqlite3
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from index.article import Article
from index.sound import ARTICLE, sound_text, stored_article

AMONG = "(SELECT value FROM json_each(?))"  # of what `among` gives: as many as there are

# The earliest origin first: dated before undated, then the order in which they were indexed.
_EARLIEST = "ORDER BY a.published_at IS NULL, a.published_at, a.row"


@dataclass(frozen=True, slots=True)
class History:
    """All changes up to a generation as one digest, which can go on: by their order is numbered what is stored."""

    generation: int
    told: Any = field(default_factory=hashlib.sha256)  # never updated itself

    @property
    def sha256(self) -> str:
        return str(self.told.hexdigest())


class Catalogue:
    """The articles at `generation`, through one SQLite connection (use it from one thread at a time)."""

    def __init__(self, connection: sqlite3.Connection, generation: int) -> None:
        self._db = connection
        self.generation = generation
        self._read: list[History] = []  # of the changes, to go on from

    def _rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._db.execute(sql, values).fetchall()

    def _alive(self, table: str) -> str:
        return f"{table}.added <= {self.generation:d} AND {table}.removed > {self.generation:d}"

    # what there is

    def articles_digest(self) -> str:
        """A digest of all articles of this generation, whatever the order in which they came."""
        rows = self._rows("SELECT articles_digest FROM changes WHERE generation = ?", self.generation)
        return str(rows[0][0]) if rows else ""

    def history(self, before: "History | None" = None) -> "History":
        """The changes up to this generation; `before`, of an earlier one of the same library, spares reading those."""
        return self._history(self.generation, before)

    def held(self, generation: int, history_sha256: str | None) -> bool:
        """Did it come to that generation so? A copy that went its own way since did not, whatever it holds now.

        None, as views of older versions give it, is believed.
        """
        return history_sha256 is None or self._history(generation).sha256 == history_sha256

    def _history(self, generation: int, before: "History | None" = None) -> "History":
        known = (History(-1), *self._read, *((before,) if before else ()))
        last: History = max((one for one in known if one.generation <= generation), key=lambda one: one.generation)
        if last.generation == generation:
            return last
        told = last.told.copy()
        # As bytes: a damaged one need be no text. Then the views do not fit, and are made anew.
        digests = "SELECT CAST(articles_digest AS BLOB) FROM changes"
        sql = f"{digests} WHERE generation > ? AND generation <= ? ORDER BY generation"
        for (digest,) in self._db.execute(sql, (last.generation, generation)):
            told.update(digest or b"")
        self._read.append(found := History(generation, told))
        return found

    def article_count(
        self,
        source: str | None = None,
        *,
        first: dt.date | None = None,
        last: dt.date | None = None,
        words: Sequence[str] = (),
    ) -> int:
        """How many articles there are, of those that `listed` would list."""
        where, values = self._chosen(source, first, last, words)
        return self._count(where, values)

    def is_newest(self) -> bool:
        """Is nothing stored that this generation has not?"""
        return not self._rows("SELECT EXISTS (SELECT 1 FROM changes WHERE generation > ?)", self.generation)[0][0]

    def sources(self) -> list[tuple[str | None, int]]:
        """Each source with its number of articles, the largest first."""
        sql = f"SELECT source, count(*) FROM articles a WHERE {self._alive('a')} GROUP BY source ORDER BY 2 DESC, 1"
        return [(source, count) for source, count in self._rows(sql)]

    def dates(self) -> tuple[str, str] | None:
        """The first and the last day of publication, or None where no article is dated."""
        day = "substr(published_at, 1, 10)"
        first, last = self._rows(f"SELECT min({day}), max({day}) FROM articles a WHERE {self._alive('a')}")[0]
        return (first, last) if first else None

    # articles

    def article(self, article_id: str) -> Article | None:
        sql = (
            f"SELECT {ARTICLE}, b.text, b.sha256 FROM articles a JOIN bodies b USING (body) "
            f"WHERE a.id = ? AND {self._alive('a')}"
        )
        rows = self._rows(sql, article_id)
        return stored_article(rows[0][:10], sound_text(rows[0][0], rows[0][10], rows[0][11])) if rows else None

    def listed(
        self,
        source: str | None = None,
        limit: int = 100,
        offset: int = 0,
        *,
        first: dt.date | None = None,
        last: dt.date | None = None,
        words: Sequence[str] = (),
    ) -> list[Article]:
        """Articles without their text, newest first, undated last.

        Of `source`, published from the day `first` to the day `last` (then undated ones are left out), and with each
        of `words` somewhere in the title (of an article without one: in the id), whatever the case and the accents.
        """
        return self._newest(*self._chosen(source, first, last, words), limit, offset)

    def found(self, words: Sequence[str], limit: int = 100, offset: int = 0) -> tuple[list[Article], int]:
        """Articles (without text) with each of `words` in title or source, newest first, and how many there are.

        A word counts wherever it stands, whatever the case and the accents of its letters.
        """
        where, values = self._holding("a.title || ' ' || coalesce(a.source, '')", words)
        return self._newest(where, values, limit, offset), self._count(where, values)

    def _count(self, where: str, values: Sequence[str]) -> int:
        return int(self._rows(f"SELECT count(*) FROM articles a WHERE {self._alive('a')}{where}", *values)[0][0])

    def _newest(self, where: str, values: Sequence[str], limit: int, offset: int) -> list[Article]:
        sql = (
            f"SELECT {ARTICLE} FROM articles a WHERE {self._alive('a')}{where} "
            "ORDER BY a.published_at IS NULL, a.published_at DESC, a.id LIMIT ? OFFSET ?"
        )
        return [stored_article(row, "") for row in self._rows(sql, *values, limit, offset)]

    def _holding(self, text: str, words: Sequence[str]) -> tuple[str, list[str]]:
        """The condition that the SQL expression `text` holds each of `words`, and its values."""
        self._db.create_function("folded", 1, _folded, deterministic=True)
        return f" AND instr(folded({text}), ?)" * len(words), [_folded(word) for word in words]

    def ids(self, source: str | None = None) -> list[str]:
        where, values = _where(source)
        return [
            row[0]
            for row in self._rows(f"SELECT id FROM articles a WHERE {self._alive('a')}{where} ORDER BY id", *values)
        ]

    def _chosen(
        self, source: str | None, first: dt.date | None, last: dt.date | None, words: Sequence[str]
    ) -> tuple[str, list[str]]:
        where, values = _where(source)
        bound = list(values)
        for sign, day in ((">=", first), ("<=", last)):
            if day is not None:
                where += f" AND substr(a.published_at, 1, 10) {sign} ?"
                bound.append(day.isoformat())
        held, folded = self._holding("CASE a.title WHEN '' THEN a.id ELSE a.title END", words)
        return where + held, [*bound, *folded]

    def body_of(self, article_id: str) -> int | None:
        rows = self._rows(f"SELECT body FROM articles a WHERE id = ? AND {self._alive('a')}", article_id)
        return int(rows[0][0]) if rows else None

    def origins(self, bodies: Collection[int]) -> dict[int, list[Article]]:
        """For each of the bodies the articles (without text) that publish it, the earliest origin first."""
        sql = f"SELECT a.body, {ARTICLE} FROM articles a WHERE a.body IN {AMONG} AND {self._alive('a')} {_EARLIEST}"
        found: dict[int, list[Article]] = {body: [] for body in bodies}
        for row in self._rows(sql, among(bodies)):
            found[row[0]].append(stored_article(row[1:], ""))
        return found

    def shelf(self) -> list[tuple[int, str | None, str | None, int, int]]:
        """For each article the number of its body, its date, its source, and its body's first and last passage."""
        sql = (
            "SELECT a.body, a.published_at, a.source, p.first, p.last FROM articles a JOIN "
            "(SELECT body, min(passage) first, max(passage) last FROM passages GROUP BY body) p USING (body) "
            f"WHERE {self._alive('a')}"
        )
        return self._rows(sql)


def among(numbers: Iterable[int]) -> str:
    """`numbers` as the one value of a statement that asks for `AMONG`."""
    return json.dumps(list(numbers))


def _folded(text: str) -> str:
    """`text` for finding: without case and accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if not unicodedata.combining(c))


def _where(source: str | None) -> tuple[str, tuple[str, ...]]:
    return ("", ()) if source is None else (" AND a.source = ?", (source,))
