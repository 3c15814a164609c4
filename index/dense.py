"""The FAISS view: which passages' vectors lie nearest to the question's.

An immutable base, named by `dense.json` together with its digest, watermark and size, plus a tail in memory that is
read from the truth. Writers fold the tail into a new base when it has grown; readers only ever read. A small base is
one file, read whole, and every vector in it is compared. A large one is two: codes, which are read whole and compared,
and the vectors themselves, which are mapped, and of which those with the best codes are compared (see `nearest.py`).
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

from index import nearest
from index.digests import digest_of_file, digest_of_json
from index.files import replaced
from index.nearest import Coded, Part, Selector
from index.truth import Truth

HEADER = "dense.json"
FOLD_AT = 4096  # passages in the tail, or dead in the base, that make a new base worth its writing ...
FOLD_SHARE = 0.1  # ... or this share of the base, if that is more ...
FOLD_MOST = 25_000  # ... but not more than these, which every opening reads anew
FLAT_UP_TO = 20_000  # passages: up to here all vectors are compared, which takes no longer than by their codes
SAMPLED = 8192  # passages, of which the codes are made


@dataclass(frozen=True, slots=True)
class PassageHit:
    """A passage by its key, and its cosine to the question."""

    passage: int
    cosine: float


@dataclass(frozen=True)
class Dense:
    """The view at one generation; never changed, so that many threads may search it at once.

    `base_history_sha256` is the digest of the changes that its base was made of; older versions noted none.
    """

    generation: int
    dimension: int
    base: Part
    base_generation: int
    tail: Part
    dead: NDArray[np.int64] = field(repr=False)
    base_history_sha256: str | None = None

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
        """
        if question.shape != (1, self.dimension):
            raise ValueError(f"a question vector has shape {question.shape}, the view wants (1, {self.dimension})")
        selector = self._living if allowed is None else self._selected(allowed)
        found = [
            PassageHit(key, cosine)
            for part in (self.base, self.tail)
            for key, cosine in nearest.search(part, question, count, selector)
        ]
        return sorted(found, key=lambda hit: (-hit.cosine, hit.passage))[:count]

    @cached_property
    def _living(self) -> Selector | None:
        """What tells faiss which passages to look at; None for all."""
        return nearest.all_but(self.dead) if len(self.dead) else None

    def _selected(self, allowed: NDArray[np.bool_]) -> Selector:
        """The same for those of `allowed` that live."""
        living = allowed.copy()
        living[self.dead[self.dead < len(living)]] = False
        return nearest.only(living)

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

    A base's file is held to its digest. Vectors in a file of their own are too if that was touched since it was
    written, or if `whole`: what is damaged in them can hide a passage, but never alter what is quoted of one.
    """
    try:
        header = json.loads((folder / HEADER).read_text("utf-8"))
        if header.pop("sealed", None) not in (None, digest_of_json(header)):  # older versions wrote none
            return None
        generation, count = int(header["generation"]), header["count"]
        # The digest is over the file alone: what the header says beside it must agree with the file's name and content.
        if header["stamp"] != stamp or header["file"] != _head_name(generation):
            return None
        vectors = folder / _vectors_name(generation)
        with (folder / header["file"]).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != header["sha256"]:
                return None
            file.seek(0)
            base = nearest.read(file, vectors)
        if base.d != dimension or base.ntotal != count:
            return None
        if isinstance(base, Coded) and not _sound(vectors, header["vectors"], whole):
            return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError):  # the last is what faiss raises
        return None
    tail, dead = nearest.flat(dimension), np.empty(0, dtype=np.int64)
    return Dense(generation, dimension, base, generation, tail, dead, header.get("history_sha256"))


def fold(truth: Truth, folder: Path, dimension: int, stamp: str) -> None:
    """Writes a new base of all that lives at the truth's generation, in memory for no more than a flat one."""
    folder.mkdir(exist_ok=True)
    keys, head = np.array(truth.passage_keys(), dtype=np.int64), folder / _head_name(truth.generation)
    file = folder / _vectors_name(truth.generation)
    header: dict[str, Any] = {"file": head.name, "generation": truth.generation, "count": len(keys), "stamp": stamp}
    header["history_sha256"] = truth.history().sha256
    if len(keys) <= FLAT_UP_TO:
        part = nearest.grown(nearest.flat(dimension), truth.vectors_added(-1, dimension))
    else:
        part = _coded(truth, file, dimension, keys)
        header["vectors"] = {"sha256": digest_of_file(file), "mtime_ns": file.stat().st_mtime_ns}
    with replaced(head, "wb") as out:
        nearest.write(part, out.write)
    header["sha256"] = digest_of_file(head)
    sealed = json.dumps({**header, "sealed": digest_of_json(header)}, indent=1)
    with replaced(folder / HEADER) as out:
        out.write(sealed)
    for old in folder.glob("dense-*"):
        if old != head and not (old == file and "vectors" in header):
            old.unlink(missing_ok=True)


def _coded(truth: Truth, file: Path, dimension: int, keys: NDArray[np.int64]) -> Any:
    """Writes the vectors of the passages `keys`, ascending, as they are stored, and returns their codes.

    The codes are made of passages evenly spaced over the library: the same passages have the same codes.
    """
    sampled = keys[np.linspace(0, len(keys) - 1, min(len(keys), SAMPLED)).astype(np.int64)]
    codes = nearest.codes(np.concatenate([block for _, block in truth.vectors_of(sampled, dimension)]))
    with replaced(file, "wb") as out:
        for some, vectors in truth.vectors_of(keys, dimension):
            out.write(vectors.astype("<f2").tobytes())
            codes.add_with_ids(vectors, some)
    return codes


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


def _vectors_name(generation: int) -> str:
    return f"dense-{generation}.vectors"


def _sound(file: Path, said: Mapping[str, Any], whole: bool) -> bool:
    """Is the file of vectors the one that was written? Its size was compared with how many there are."""
    if not whole and file.stat().st_mtime_ns == said["mtime_ns"]:
        return True
    return bool(digest_of_file(file) == said["sha256"])
