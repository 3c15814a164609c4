"""The FAISS view: which passages' vectors lie nearest to the question's.

An immutable base, named by `dense.json` together with its digest, watermark and size, plus a tail in memory that is
read from the truth. Writers fold the tail into a new base when it has grown; readers only ever read. A small base is
one file, read whole, and every vector in it is compared. A large one is two: its head, read whole, and its lists, of
which a search looks into the nearest, and which are mapped (see `nearest.py`).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from index import lists, nearest
from index.digests import digest_of_file, digest_of_json
from index.files import replaced
from index.nearest import Part, Selector
from index.truth import Truth

HEADER = "dense.json"
FOLD_AT = 4096  # passages in the tail, or dead in the base, that make a new base worth its writing ...
FOLD_SHARE = 0.1  # ... or this share of the base, if that is more ...
FOLD_MOST = 25_000  # ... but not more than these, which every opening reads anew
FLAT_UP_TO = 200_000  # passages: up to here all are compared, which takes no longer than the rest of an answer
PER_LIST = 250  # passages, at least: lists are twice as many whenever the passages are
_SAMPLED = 32  # passages for each list, of which its middle is made


@dataclass(frozen=True, slots=True)
class PassageHit:
    """A passage by its key, and its cosine to the question."""

    passage: int
    cosine: float


@dataclass(frozen=True)
class Dense:
    """The view at one generation; never changed, so that many threads may search it at once."""

    generation: int
    dimension: int
    base: Part
    base_generation: int
    tail: Part
    dead: NDArray[np.int64] = field(repr=False)

    @classmethod
    def empty(cls, dimension: int) -> Self:
        return cls(-1, dimension, nearest.flat(dimension), -1, nearest.flat(dimension), np.empty(0, dtype=np.int64))

    def __len__(self) -> int:
        return int(self.base.ntotal + self.tail.ntotal - len(self.dead))

    def search(
        self, question: NDArray[np.float32], count: int, allowed: NDArray[np.bool_] | None = None
    ) -> list[PassageHit]:
        """The `count` nearest living passages to `question`, `float32[1, dimension]`, best first, ties by key.

        `allowed`, `bool[n]`, says of each passage by its key whether it may be found; keys from n on may not.
        Of a large base the nearest lists are looked into: more of them, the fewer of its passages are allowed.
        """
        if question.shape != (1, self.dimension):
            raise ValueError(f"a question vector has shape {question.shape}, the view wants (1, {self.dimension})")
        selector, share = (self._living, 1.0) if allowed is None else self._selected(allowed)
        found = [
            PassageHit(key, cosine)
            for part in (self.base, self.tail)
            for key, cosine in nearest.search(part, question, count, selector, share)
        ]
        return sorted(found, key=lambda hit: (-hit.cosine, hit.passage))[:count]

    @cached_property
    def _living(self) -> Selector | None:
        """What tells faiss which passages to look at; None for all."""
        return nearest.all_but(self.dead) if len(self.dead) else None

    def _selected(self, allowed: NDArray[np.bool_]) -> tuple[Selector, float]:
        """The same for those of `allowed` that live, and at least which share of the base they are."""
        living = allowed.copy()
        living[self.dead[self.dead < len(living)]] = False
        of_base = max(0, np.count_nonzero(living) - self.tail.ntotal)
        return nearest.only(living), of_base / max(1, self.base.ntotal)

    def advanced(self, truth: Truth) -> "Dense":
        """The view at the truth's generation: what is new goes into a fresh tail, what is gone is marked dead."""
        if truth.generation == self.generation:
            return self
        tail = nearest.grown(self.tail, truth.vectors_added(self.generation, self.dimension))
        gone = [np.arange(first, last + 1) for first, last in truth.passages_removed(self.generation)]
        dead = np.union1d(self.dead, self._held(np.concatenate(gone))).astype(np.int64) if gone else self.dead
        return replace(self, generation=truth.generation, tail=tail, dead=dead)

    def _held(self, gone: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of the keys `gone` that we hold: not the passages that came and went since our generation.

        No key is given twice, and later ones are larger: those lie above all that we hold.
        """
        last = max(int(nearest.keys_of(part).max(initial=-1)) for part in (self.base, self.tail))
        return np.extract(gone <= last, gone)

    def wants_folding(self) -> bool:
        """Has the view moved so far from its base file that a new one is due?"""
        moved = self.tail.ntotal + len(self.dead)
        return self.base_generation < 0 or moved > max(FOLD_AT, min(FOLD_SHARE * self.base.ntotal, FOLD_MOST))


def load(folder: Path, dimension: int, stamp: str, *, whole: bool = False) -> Dense | None:
    """The view as its base has it; None where there is none, or it is damaged or has another stamp.

    A base's file is held to its digest. Its lists, which lie in a file of their own, are too if that was touched since
    it was written, or if `whole`: what is damaged in them can hide a passage, but never alter what is quoted of one.
    """
    try:
        header = json.loads((folder / HEADER).read_text("utf-8"))
        if header.pop("sealed", None) not in (None, digest_of_json(header)):  # older versions wrote none
            return None
        generation, count = int(header["generation"]), header["count"]
        # The digest is over the file alone: what the header says beside it must agree with the file's name and content.
        if header["stamp"] != stamp or header["file"] != _head_name(generation):
            return None
        lists_file = folder / _lists_name(generation)
        with (folder / header["file"]).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != header["sha256"]:
                return None
            file.seek(0)
            base = nearest.read(file, lists_file)
        if base.d != dimension or base.ntotal != count:
            return None
        if nearest.is_inverted(base) and not _sound(lists_file, header["lists"], whole):
            return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError):  # the last is what faiss raises
        return None
    return Dense(generation, dimension, base, generation, nearest.flat(dimension), np.empty(0, dtype=np.int64))


def fold(truth: Truth, folder: Path, dimension: int, stamp: str, held: Dense | None = None) -> None:
    """Writes a new base of all that lives at the truth's generation, in memory for no more than a flat one.

    Of a large base that is `held`, the lists are kept as they are while there need not be more of them.
    """
    folder.mkdir(exist_ok=True)
    keys, head = np.array(truth.passage_keys(), dtype=np.int64), folder / _head_name(truth.generation)
    file = folder / _lists_name(truth.generation)
    header: dict[str, Any] = {"file": head.name, "generation": truth.generation, "count": len(keys), "stamp": stamp}
    if len(keys) <= FLAT_UP_TO:
        base = nearest.grown(nearest.flat(dimension), truth.vectors_added(-1, dimension))
    else:
        base = _inverted(truth, file, dimension, keys, held)
        header["lists"] = {"sha256": digest_of_file(file), "mtime_ns": file.stat().st_mtime_ns}
    with replaced(head, "wb") as out:
        nearest.write(base, out.write)
    header["sha256"] = digest_of_file(head)
    sealed = json.dumps({**header, "sealed": digest_of_json(header)}, indent=1)
    with replaced(folder / HEADER) as out:
        out.write(sealed)
    for old in folder.glob("dense-*"):
        if old != head and not (old == file and "lists" in header):
            old.unlink(missing_ok=True)


def _inverted(truth: Truth, file: Path, dimension: int, keys: NDArray[np.int64], held: Dense | None) -> Part:
    """Writes the passages `keys`, ascending, to the file of lists, and returns the part that looks into it."""
    number, of = 2 ** int(np.log2(max(1, len(keys) // PER_LIST))), np.full(len(keys), -1, dtype=np.int32)
    if held is not None and nearest.is_inverted(held.base) and held.base.nlist == number:
        middles = nearest.centroids(held.base)
        known, theirs = nearest.listed(held.base)
        _, ours, there = np.intersect1d(keys, known, return_indices=True)
        of[ours] = theirs[there]
    else:
        # Evenly spaced over the library: the same passages give the same lists.
        sampled = keys[np.linspace(0, len(keys) - 1, min(len(keys), _SAMPLED * number)).astype(np.int64)]
        vectors = [block for _, block in truth.vectors_of(sampled, dimension)]
        middles = nearest.centroids_of(np.concatenate(vectors), number)
    new = np.flatnonzero(of < 0)
    assigned = [nearest.assigned(middles, block) for _, block in truth.vectors_of(keys[new], dimension)]
    of[new] = np.concatenate(assigned) if assigned else []
    layout = lists.Layout(2 * dimension, np.bincount(of, minlength=number))
    with replaced(file, "wb") as out:
        lists.write(out, layout, of, truth.vectors_of(keys, dimension))
    return nearest.inverted(middles, layout)


def header_generation(folder: Path) -> int:
    """The generation of the base file on disk, -1 where there is none."""
    try:
        return int(json.loads((folder / HEADER).read_text("utf-8"))["generation"])
    except (OSError, ValueError, KeyError, TypeError):
        return -1


def keys_of(view: Dense) -> Iterable[int]:
    """Every living passage the view holds, for checking it against the truth."""
    held = np.concatenate([nearest.keys_of(view.base), nearest.keys_of(view.tail)])
    return (int(key) for key in np.setdiff1d(held, view.dead))


def _head_name(generation: int) -> str:
    return f"dense-{generation}.faiss"


def _lists_name(generation: int) -> str:
    return f"dense-{generation}.lists"


def _sound(file: Path, said: Mapping[str, Any], whole: bool) -> bool:
    """Is the file of lists the one that was written? Its size was compared with its head."""
    if not whole and file.stat().st_mtime_ns == said["mtime_ns"]:
        return True
    return bool(digest_of_file(file) == said["sha256"])
