"""The two views of a library together: looked at as one state, narrowed to a scope, and brought up to date."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import Connection

import numpy as np
from numpy.typing import NDArray

from index import dense, lexical, seal
from index.article import Article
from index.commit import Writer
from index.dense import Dense
from index.errors import LibraryDamaged, LibraryError
from index.explain import REPAIR
from index.files import take_away
from index.lexical import Lexical
from index.manifest import number
from index.metadata import not_before
from index.truth import Truth


@dataclass(frozen=True, slots=True)
class Scope:
    """Which articles may be shown: those published from `first` to `last`, both days included; None is no bound.

    An article's day is the one that its date names, in whatever zone. One without a date counts as published with
    the earliest dated article of the same text; where there is none, nothing says that it lies outside, unless it
    tells a part of its date ("June 2025") that begins after `last`. Unless `undated`, articles without a date of
    their own are left out. `sources` are the outlets that may be shown, None for all.
    """

    first: dt.date | None = None
    last: dt.date | None = None
    undated: bool = True
    sources: frozenset[str] | None = None

    def narrowed(self, other: "Scope") -> "Scope":
        """What lies in both."""
        firsts = [day for day in (self.first, other.first) if day is not None]
        lasts = [day for day in (self.last, other.last) if day is not None]
        named = [sources for sources in (self.sources, other.sources) if sources is not None]
        return Scope(
            max(firsts, default=None),
            min(lasts, default=None),
            self.undated and other.undated,
            frozenset.intersection(*named) if named else None,
        )

    def of(self, origins: Sequence[Article]) -> list[Article]:
        """Those of one text's articles (`truth.origins`) that may be shown, in their order."""
        days = _days(article.published_at for article in origins)
        return [article for article, day in zip(origins, days, strict=True) if self._holds(article, day)]

    def _holds(self, article: Article, day: dt.date | None) -> bool:
        if self.sources is not None and article.source not in self.sources:
            return False
        if not self.undated and day_of(article.published_at) is None:
            return False
        earliest = None if article.published_at else not_before(article)
        if earliest and self.last and earliest > self.last:
            return False
        if day is None:
            return True
        return (self.first is None or day >= self.first) and (self.last is None or day <= self.last)


EVERYTHING = Scope()


def day_of(published_at: str | None) -> dt.date | None:
    """The calendar day of an ISO date or date-time as it is written, in its own zone; None where there is none."""
    try:
        return dt.date.fromisoformat((published_at or "")[:10])
    except ValueError:
        return None


def _days(published: Iterable[str | None]) -> list[dt.date | None]:
    """The day of each article of one text: an undated copy counts as published with the earliest dated one."""
    days = [day_of(value) for value in published]
    earliest = min((day for day in days if day is not None), default=None)
    return [day or earliest for day in days]


@dataclass(frozen=True)
class Allowed:
    """What a scope lets through: `bool[n]` by the number of a body, and by the key of a passage."""

    bodies: NDArray[np.bool_]
    passages: NDArray[np.bool_]


@dataclass(frozen=True)
class Shelf:
    """Every article's body, day (an ordinal, 0 for none), whether that day is its own and not a copy's, and source (a
    number of `sources`, -1 for none): arrays of one length.

    `holders` are the bodies in the order of their passages; `runs` are how many keys of passages are nobody's, the
    first body's, nobody's, the second's and so on.
    """

    sources: dict[str, int]
    body: NDArray[np.int64]
    day: NDArray[np.int64]
    own: NDArray[np.int64]
    source: NDArray[np.int64]
    holders: NDArray[np.int64]
    runs: NDArray[np.int64]

    @classmethod
    def of(cls, truth: Truth) -> "Shelf":
        texts: dict[int, list[tuple[str | None, int, int, int]]] = {}
        sources: dict[str, int] = {}
        for body, published_at, source, first, last in truth.shelf():
            named = -1 if source is None else sources.setdefault(source, len(sources))
            texts.setdefault(body, []).append((published_at, named, first, last))
        rows = [
            (number, day.toordinal() if day else 0, day_of(copy[0]) is not None, *copy[1:])
            for number, copies in texts.items()
            for day, copy in zip(_days(copy[0] for copy in copies), copies, strict=True)
        ]
        bodies, days, own, outlets, firsts, lasts = np.array(rows, dtype=np.int64).reshape(-1, 6).T
        _, once = np.unique(firsts, return_index=True)  # a body's second article adds nothing
        runs = np.diff(np.column_stack([firsts[once], lasts[once] + 1]).ravel(), prepend=0)
        if runs.min(initial=0) < 0:
            raise ValueError("passages of two texts lie among one another")
        return cls(sources, bodies, days, own, outlets, bodies[once], runs)

    def allowed(self, scope: Scope) -> Allowed:
        dated = self.day > 0
        held = (self.own > 0) | scope.undated
        if scope.sources is not None:
            held &= np.isin(self.source, [self.sources[name] for name in scope.sources if name in self.sources])
        if scope.first is not None:
            held &= ~dated | (self.day >= scope.first.toordinal())
        if scope.last is not None:
            held &= ~dated | (self.day <= scope.last.toordinal())
        bodies = np.zeros(self.body.max(initial=-1) + 1, dtype=np.bool_)
        bodies[self.body[held]] = True
        turns = np.zeros(len(self.runs), dtype=np.bool_)
        turns[1::2] = bodies[self.holders]
        return Allowed(bodies, np.repeat(turns, self.runs))


@dataclass(frozen=True)
class Snapshot:
    """Both views at one generation, to be read together with the truth at that generation."""

    dense: Dense
    lexical: Lexical
    _shelves: list[Shelf] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def generation(self) -> int:
        return self.lexical.generation

    @property
    def history_sha256(self) -> str | None:
        """The digest of the changes that the views were made of; older versions noted none."""
        return self.lexical.history_sha256

    def allowed(self, truth: Truth, scope: Scope) -> Allowed | None:
        """What the views may find within `scope`; None where that is everything.

        The shelf is read once a generation, when a question first asks for it (43 ms for 325,000 passages).
        """
        if scope == EVERYTHING:
            return None
        if not self._shelves:  # two threads may both read it: they read the same
            try:
                self._shelves.append(Shelf.of(truth))
            except (TypeError, ValueError) as error:
                raise LibraryDamaged(f"a stored date, source or number is damaged ({error}): {REPAIR}") from error
        return self._shelves[0].allowed(scope)


class Views:
    """Where a library's views lie. `stamp` ties them to this library and its model: others' files are not trusted."""

    def __init__(self, folder: Path, manifest: dict[str, str]) -> None:
        self._folder = folder
        self._dimension = int(manifest["dimension"])
        self._stamp = f"{manifest['library']} {manifest['model_sha256']}"
        self._verified: seal.Verified = {}

    def look(self, connection: Connection, held: Snapshot | None, strict: bool = False) -> Snapshot | None:
        """The state on disk, as old as its older half; None where a view is missing, damaged, or just moving on.

        `strict` asks that the views be as their writer left them, which they are not while a writer is at work.
        """
        words = self._words(strict)
        if words is None:
            return None
        # The words are looked at first: then the truth cannot be older than they are.
        connection.execute("BEGIN")
        try:
            if number(connection, "published") > words.generation:
                return None
            truth = Truth(connection, words.generation)
            if not truth.held(words.generation, words.history_sha256):
                return None
            vectors = self._dense(truth, held.dense if held else None, anew=not strict)
        finally:
            connection.execute("ROLLBACK")
        return None if vectors is None else Snapshot(vectors, words)

    def catch_up(self, writer: Writer) -> None:
        """Brings both views on disk to the newest generation; the caller holds the library's lock."""
        truth = writer.truth()
        words = self._words(strict=True)
        # One that is ahead was made of a truth that is no more.
        fits = (
            words is not None
            and writer.published <= words.generation <= truth.generation
            and truth.held(words.generation, words.history_sha256)
        )
        after = words.generation if words is not None and fits else -1
        if after != truth.generation:
            del words  # it keeps the files open that are about to go
            try:
                lexical.catch_up(self._folder, truth, after, self._stamp)
                seal.write(self._folder / lexical.FOLDER)
            except ValueError as error:  # which is what tantivy makes of a failing disk
                raise LibraryError(
                    f"the word index of the library at {self._folder} cannot be written ({error}): free some space "
                    "on its disk; the articles are kept, and the index is made at the next opening"
                ) from error
        vectors = self._dense(truth, None, anew=False)
        if vectors is None or vectors.wants_folding():
            dense.fold(truth, self._folder, self._dimension, self._stamp)

    def forget(self) -> None:
        """Takes both views off the disk; the caller holds the library's lock, and makes them anew."""
        (self._folder / dense.HEADER).unlink(missing_ok=True)
        take_away(self._folder / lexical.FOLDER)

    def damaged(self, truth: Truth) -> list[str]:
        """Which views are not there as their writer left them, to the byte, or are not of this truth."""
        found = []
        words = self._words(strict=True)
        sealed = words is not None and seal.sealed(self._folder / lexical.FOLDER)
        if words is None or not sealed or not truth.held(words.generation, words.history_sha256):
            found.append(f"{lexical.FOLDER}/ (the Tantivy view)")
        base = dense.load(self._folder, self._dimension, self._stamp, whole=True)
        if base is None or not truth.held(base.generation, base.base_history_sha256):
            found.append(f"{dense.HEADER} with its file (the FAISS view)")
        return found

    def _words(self, strict: bool) -> Lexical | None:
        """The word index on disk, None where it is missing or damaged."""
        if not seal.sound(self._folder / lexical.FOLDER, self._verified, strict=strict):
            return None
        return lexical.load(self._folder, self._stamp)

    def _dense(self, truth: Truth, held: Dense | None, *, anew: bool) -> Dense | None:
        """The dense view at the truth's generation, from what is held or a newer base; None where neither will do.

        With `anew` it is then made in memory, of the truth alone; not where the base is ahead of the truth.
        """
        if held is None or dense.header_generation(self._folder) > held.generation:
            base = dense.load(self._folder, self._dimension, self._stamp)
            # One that another process has just replaced cannot be read: what is held goes on.
            if base is not None and truth.held(base.generation, base.base_history_sha256):
                held = base
        if held is not None and held.generation > truth.generation:
            return None
        view = held.advanced(truth) if held else None
        if view is not None and len(view) == truth.passage_count():
            return view
        return Dense.empty(self._dimension).advanced(truth) if anew else None
