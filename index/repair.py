"""Making a new truth of what can be saved of a damaged one; the damaged one is kept beside it."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index import acknowledged, schema
from index.article import Passage, Span
from index.check import manifest_problems, problems_of
from index.commit import Prepared, Writer
from index.digests import SEAL, manifest_seal
from index.encode import Encoder
from index.errors import LibraryDamaged, LibraryError, LibraryMismatch, LibraryMissing
from index.explain import explained, is_locked
from index.files import made_anew
from index.library import Library, locked
from index.manifest import check_encoder, own_entries, read_manifest, renew, sealed_manifest
from index.passage import embedded_text, make_passages
from index.salvage import Salvage, Saved
from index.sound import stacked
from index.split import split_sentences
from index.swap import keep, log_in, put_in_place, resume

_ASIDE = ".repair"
_WINDOW = 256  # texts whose lost vectors are embedded together


@dataclass
class Repair:
    """What a repair came to. `lost` and `partly` say of each article what was lost; `unknown` were not even named.

    `changes` that were acknowledged last have left no trace. `kept` is what the damaged file is called now.
    """

    saved: int = 0
    embedded: int = 0
    lost: list[tuple[str, str]] = field(default_factory=list)
    partly: list[tuple[str, str]] = field(default_factory=list)
    unknown: int = 0
    changes: int = 0
    kept: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "saved": self.saved,
            "embedded_texts": self.embedded,
            "lost": [{"id": name, "why": why} for name, why in self.lost],
            "saved_in_part": [{"id": name, "why": why} for name, why in self.partly],
            "lost_unnamed": self.unknown,
            "lost_changes": self.changes,
            "kept": self.kept,
        }


def repair(folder: Path, encoder: Callable[[], Encoder]) -> Repair:
    """Repairs the library in `folder`, whatever is wrong with it; where its truth is sound, that is kept as it is.

    `encoder` is called where vectors have to be made anew. Raises `LibraryMissing` where there is no truth,
    `LibraryDamaged` where nothing of it can be saved, `LibraryBusy` where another process is writing, `LibraryError`
    where another program keeps the file locked, and `LibraryMismatch` for a library of another format, or where the
    vectors lost are another model's.
    """
    if not Library.exists(folder):
        raise LibraryMissing(
            f"{folder / schema.FILE} is not there, and nothing can be saved without it: run `pullquote restore` with a "
            "backup, or index the articles again"
        )
    with locked(folder), explained(folder):
        resume(folder)
        if _is_sound(folder):
            return _taken_as_it_is(folder)
        aside = folder / _ASIDE
        made_anew(aside)
        try:
            return _remade(folder, aside, encoder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def _is_sound(folder: Path) -> bool:
    noted = acknowledged.read(folder)
    try:
        with closing(schema.connect(folder)) as connection:
            return not problems_in(folder, connection, noted)
    except LibraryMismatch:
        if _format_was_altered(folder):
            return False
        raise
    except (LibraryError, sqlite3.Error) as error:
        if is_locked(error):
            raise
        return False


def problems_in(folder: Path, connection: sqlite3.Connection, noted: acknowledged.Note | None) -> list[str]:
    """What is wrong with the truth in `folder`, a line each, the loss of its newest changes included.

    `noted` is what was acknowledged, read before the truth was opened.
    """
    manifest = read_manifest(connection)
    # Asked first, as it keeps the log: SQLite throws it away when this connection closes.
    gone = acknowledged.lost(folder, noted, manifest, Writer(connection).generation)
    wrong = manifest_problems(manifest) or problems_of(connection, int(manifest["dimension"]))
    return wrong or ([gone] if gone else [])


def _format_was_altered(folder: Path) -> bool:
    """Is it of our format by its seal, whatever it says? Else it is of another, and none of our business."""
    with closing(sqlite3.connect(f"{(folder / schema.FILE).resolve().as_uri()}?mode=ro", uri=True)) as connection:
        manifest = read_manifest(connection)
    return manifest.get(SEAL) == manifest_seal({**manifest, "format": str(schema.FORMAT)})


def _taken_as_it_is(folder: Path) -> Repair:
    """A sound truth; where it is another library's than the rest of the folder, it becomes what the library is."""
    with closing(schema.connect(folder, write=True)) as connection:
        if acknowledged.mixed(folder, read_manifest(connection)):
            acknowledged.forget(folder)
            renew(connection)
        return Repair(saved=Writer(connection).truth().article_count())


def _remade(folder: Path, aside: Path, encoder: Callable[[], Encoder]) -> Repair:
    noted = acknowledged.read(folder)
    with closing(Salvage(folder / schema.FILE, log_in(folder), aside / "rows.sqlite")) as salvage:
        there, newest = salvage.article_count(), salvage.generation()
        done = _Remaking(folder, salvage, encoder).into(aside)
    if not done.saved and there != 0:
        raise LibraryDamaged(
            f"nothing can be saved of {folder / schema.FILE}: run `pullquote restore` with a backup, or index the "
            "articles again into a new library"
        )
    done.unknown = max(0, (there or 0) - done.saved - len(done.lost))
    done.changes = max(0, noted.generation - newest) if noted is not None else 0
    done.kept = keep(folder).name
    put_in_place(aside, folder, damaged=True)
    return done


class _Remaking:
    """A new truth in the making, of what was salvaged of an old one."""

    def __init__(self, folder: Path, salvage: Salvage, encoder: Callable[[], Encoder]) -> None:
        self._folder, self._salvage, self._load = folder, salvage, encoder
        self._old, self._done = salvage.manifest(), Repair()
        self._encoder: Encoder | None = None

    def into(self, aside: Path) -> Repair:
        """Writes the new truth into the folder `aside`, closed and without a log; says what came of it."""
        reusable, manifest = self._model()
        schema.create(aside, {**manifest, **own_entries(self._old)})
        with closing(schema.connect(aside, write=True)) as connection:
            connection.execute("PRAGMA synchronous=OFF")  # it is synced as a whole, before anybody reads it
            writer = Writer(connection)
            for window in _windows(self._salvage.saved()):
                self._put(writer, window, reusable)
            connection.execute("PRAGMA journal_mode=DELETE")
        losses = self._salvage.losses
        self._done.lost, self._done.partly = [*self._done.lost, *losses.lost], losses.partly
        return self._done

    def _model(self) -> tuple[bool, dict[str, str]]:
        """Are the stored vectors of a model that is known, and the new manifest.

        A manifest that is whole is believed; of one that was altered, only what names the model in use: then no
        vector can be of another one.
        """
        old = self._old
        named = [old.get(key, "") for key in ("model", "model_sha256", "dimension")]
        if self._salvage.manifest_is_sound() or (SEAL not in old and not manifest_problems(old)):
            return True, sealed_manifest(*named)
        ours = self._ours()
        known = named[1:] == [ours.digest, str(ours.dimension)]
        return known, sealed_manifest(ours.name, ours.digest, str(ours.dimension))

    def _ours(self) -> Encoder:
        if self._encoder is None:
            self._encoder = self._load()
        return self._encoder

    def _put(self, writer: Writer, window: Sequence[Saved], reusable: bool) -> None:
        drafts = [_Draft.of(saved, reusable) for saved in window]
        fresh = [draft for draft in drafts if draft.vectors is None]
        if fresh:
            vectors = self._embedded(fresh, reusable)
            for draft in fresh:
                draft.vectors, vectors = vectors[: len(draft.passages)], vectors[len(draft.passages) :]
        for draft in drafts:
            self._put_one(writer, draft)

    def _embedded(self, drafts: Sequence["_Draft"], reusable: bool) -> NDArray[np.float32]:
        encoder = self._ours()
        if reusable:  # then others keep their vectors, and these must be of the same model
            check_encoder(self._folder, self._old, encoder)
        self._done.embedded += len(drafts)
        return encoder.encode([embedded_text(d.saved.title, d.saved.text, p) for d in drafts for p in d.passages])

    def _put_one(self, writer: Writer, draft: "_Draft") -> None:
        prepared: Prepared | None = draft.prepared()
        for article in draft.saved.articles:
            if writer.truth().body_of(article.id) is not None:
                self._done.lost.append((article.id, "another article stands under the same id"))
                continue
            writer.put(article, prepared)
            prepared = None
            self._done.saved += 1


@dataclass
class _Draft:
    """A text on its way into the new truth; `vectors` is None while they have to be made anew."""

    saved: Saved
    sentences: list[Span]
    passages: list[Passage]
    vectors: NDArray[np.float32] | None

    @classmethod
    def of(cls, saved: Saved, reusable: bool) -> "_Draft":
        spans = saved.sentences or split_sentences(saved.text)
        if saved.passages is None or not reusable or saved.sentences is None:
            return cls(saved, spans, make_passages(spans), None)
        passages = [Passage(first, last, Span(spans[first].start, spans[last - 1].end)) for first, last, _ in
                    saved.passages]  # fmt: skip
        dimension = len(saved.passages[0][2]) // 2
        return cls(saved, spans, passages, stacked((vector for *_, vector in saved.passages), dimension))

    def prepared(self) -> Prepared:
        if self.vectors is None:
            raise ValueError("a text is stored with its vectors")
        return Prepared(self.sentences, self.passages, self.vectors, self.saved.title)


def _windows(saved: Iterator[Saved]) -> Iterator[list[Saved]]:
    while window := list(islice(saved, _WINDOW)):
        yield window
