"""Reading the truth: the articles, and their texts, sentences and passages, as they stood at one generation."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.article import Span
from index.catalogue import AMONG, Catalogue, among
from index.check import covers
from index.errors import LibraryDamaged
from index.explain import REPAIR
from index.passage import SIZE
from index.sound import sound_text, stacked, typed

_NEAR = 8  # sentences: what lies so far apart is read with one statement, and what lies between is read too


@dataclass(frozen=True, slots=True)
class Body:
    """A stored text: `number` is its key, `title` the one that was embedded with it."""

    number: int
    sha256: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage by its key; `first` and `last` are ordinals of the body's sentences, half-open."""

    number: int
    body: int
    first: int
    last: int


class Truth(Catalogue):
    """The truth at `generation`, through one SQLite connection (use it from one thread at a time)."""

    def counts(self) -> dict[str, int]:
        """How many articles, texts, sentences and passages there are."""
        bodies = f"(SELECT body FROM bodies b WHERE {self._alive('b')})"
        texts = int(self._rows(f"SELECT count(*) FROM {bodies}")[0][0])
        sentences = int(self._rows(f"SELECT count(*) FROM sentences WHERE body IN {bodies}")[0][0])
        return {
            "articles": self.article_count(), "texts": texts, "sentences": sentences, "passages": self.passage_count()
        }  # fmt: skip

    # texts

    def bodies(self, numbers: Collection[int]) -> dict[int, Body]:
        """The bodies that live, by number, each text checked against its digest: `LibraryDamaged` where they differ."""
        sql = f"SELECT body, sha256, title, text FROM bodies b WHERE body IN {AMONG} AND {self._alive('b')}"
        rows = typed(self._rows(sql, among(numbers)), int, str, str, str)
        return {row[0]: Body(row[0], row[1], row[2], sound_text(f"text {row[0]}", row[3], row[1])) for row in rows}

    def sentences(self, body: int) -> list[Span]:
        """The body's sentence spans, in order."""
        sql = 'SELECT start, "end" FROM sentences WHERE body = ? ORDER BY ordinal'
        return list(map(Span._make, typed(self._rows(sql, body), int, int)))

    def spans_about(self, body: Body, ordinals: Collection[int]) -> dict[int, Span]:
        """The spans of the sentences `ordinals` and, where there are any, of those beside them, by ordinal.

        Raises `LibraryDamaged` where one is not there, or they do not cover the text where they stand.
        """
        found: dict[int, Span] = {}
        for first, last in _runs(ordinals, 2):  # one more at either end, against which the others are checked
            found |= self._checked(body, first, last)
        if not found.keys() >= set(ordinals):
            raise LibraryDamaged(f"text {body.number} has lost sentences: {REPAIR}")
        return found

    def _checked(self, body: Body, first: int, last: int) -> dict[int, Span]:
        """The spans from `first` to `last`, without the outermost two: only at the text's ends are those sure."""
        sql = 'SELECT ordinal, start, "end" FROM sentences WHERE body = ? AND ordinal BETWEEN ? AND ? ORDER BY ordinal'
        rows = typed(self._rows(sql, body.number, first, last), int, int, int)
        spans = {ordinal: Span(start, end) for ordinal, start, end in rows}
        start = max(0, rows[0][1]) if first and rows else 0
        end = spans[last].end if last in spans else None
        if list(spans) != list(range(first, first + len(rows))) or not covers(body.text, [*spans.values()], start, end):
            raise LibraryDamaged(f"the stored sentences of text {body.number} do not cover it: {REPAIR}")
        return {ordinal: span for ordinal, span in spans.items() if ordinal != last and (ordinal != first or not first)}

    def sentence_vectors(self, places: Collection[tuple[int, int]]) -> dict[tuple[int, int], NDArray[np.float32]]:
        """For each place, a body and an ordinal, the vector of the first passage that holds it, float32[d]."""
        wanted: dict[int, list[int]] = defaultdict(list)
        for body, ordinal in places:
            wanted[body].append(ordinal)
        found: dict[tuple[int, int], bytes] = {}
        for body, ordinals in wanted.items():
            for run in _runs(ordinals):
                for first, last, vector in self._passages_with(body, *run):
                    for ordinal in range(first, last):
                        found.setdefault((body, ordinal), vector)
        if lost := [body for body, ordinal in places if (body, ordinal) not in found]:
            raise LibraryDamaged(f"text {lost[0]} has lost passages: {REPAIR}")
        if not places:
            return {}
        blobs = {place: found[place] for place in places}
        dimension = len(next(iter(blobs.values()))) // 2
        return dict(zip(blobs, stacked(blobs.values(), dimension), strict=True))

    def _passages_with(self, body: int, first: int, last: int) -> list[tuple[int, int, bytes]]:
        """The passages that hold the sentences from `first` to `last`, in order: first, last and vector."""
        sql = "SELECT first, last, vector FROM passages WHERE body = ? AND first BETWEEN ? AND ? ORDER BY first"
        rows = typed(self._rows(sql, body, first - SIZE, last), int, int, bytes)
        if len(rows) <= last - first or any(end - start > SIZE for start, end, _ in rows):
            # In a library of another version passages may be longer: there is no telling where the first one begins.
            rows = typed(self._rows(sql, body, 0, last), int, int, bytes)
        return rows

    def passages(self, numbers: Sequence[int]) -> dict[int, StoredPassage]:
        """The living passages among `numbers`, by key."""
        sql = (
            "SELECT passage, p.body, first, last FROM passages p JOIN bodies b USING (body) "
            f"WHERE passage IN {AMONG} AND {self._alive('b')}"
        )
        return {row[0]: StoredPassage(*row) for row in typed(self._rows(sql, among(numbers)), int, int, int, int)}

    def passage_count(self) -> int:
        sql = f"SELECT count(*) FROM passages JOIN bodies b USING (body) WHERE {self._alive('b')}"
        return int(self._rows(sql)[0][0])

    def passage_keys(self) -> list[int]:
        sql = f"SELECT passage FROM passages p JOIN bodies b USING (body) WHERE {self._alive('b')} ORDER BY passage"
        return [row[0] for row in self._rows(sql)]

    # what the views are made of

    def bodies_added(self, after: int) -> Iterator[Body]:
        """Living bodies that came after generation `after`, in the order in which they came."""
        sql = f"SELECT body, sha256, title, text FROM bodies b WHERE added > ? AND {self._alive('b')} ORDER BY body"
        for row in self._db.execute(sql, (after,)):
            yield Body(*typed([row], int, str, str, str)[0])

    def bodies_removed(self, after: int) -> list[int]:
        """Bodies taken out after generation `after` (and not yet purged)."""
        return [
            row[0]
            for row in self._rows("SELECT body FROM bodies WHERE removed > ? AND removed <= ?", after, self.generation)
        ]

    def passages_removed(self, after: int) -> list[tuple[int, int]]:
        """The passages taken out after generation `after`, as inclusive ranges of keys."""
        sql = (
            "SELECT first_passage, last_passage FROM changes "
            "WHERE generation > ? AND generation <= ? AND first_passage IS NOT NULL"
        )
        ranges = [(first, last) for first, last in typed(self._rows(sql, after, self.generation), int, int)]
        most = self._rows("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'passages'")[0][0]
        if any(not first <= last <= most for first, last in ranges):
            raise LibraryDamaged(f"the record of the library's changes was altered: {REPAIR}")
        return ranges

    def vectors_added(
        self, after: int, dimension: int, rows: int = 16384
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """Keys `int64[n]` and vectors `float32[n, dimension]` of living passages newer than `after`, in blocks."""
        sql = (
            "SELECT passage, vector FROM passages p JOIN bodies b USING (body) "
            f"WHERE b.added > ? AND {self._alive('b')} ORDER BY passage"
        )
        cursor = self._db.execute(sql, (after,))
        while block := cursor.fetchmany(rows):
            yield np.array([key for key, _ in block], dtype=np.int64), stacked((v for _, v in block), dimension)

    def vectors_of(
        self, keys: NDArray[np.int64], dimension: int, rows: int = 32768
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """Likewise the passages `keys`, int64[n] in ascending order; raises `LibraryDamaged` where one is not there."""
        sql = f"SELECT passage, vector FROM passages WHERE passage IN {AMONG} ORDER BY passage"
        for at in range(0, len(keys), rows):
            wanted = keys[at : at + rows]
            block = self._rows(sql, among(wanted.tolist()))
            if len(block) < len(wanted):
                raise LibraryDamaged(f"the library has lost passages: {REPAIR}")
            yield wanted, stacked((vector for _, vector in block), dimension)


def _runs(ordinals: Collection[int], more: int = 0) -> list[tuple[int, int]]:
    """Few ranges, both ends included, that hold `ordinals` and `more` on either side, so far as there may be any."""
    runs: list[tuple[int, int]] = []
    for ordinal in sorted(ordinals):
        if runs and ordinal - more - runs[-1][1] <= _NEAR:
            runs[-1] = runs[-1][0], ordinal + more
        else:
            runs.append((max(0, ordinal - more), ordinal + more))
    return runs
