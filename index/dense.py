"""The FAISS view: which passages' vectors lie nearest to the question's.

An immutable base file, named by `dense.json` together with its digest, watermark and size, plus a tail in memory
that is read from the truth. Writers fold the tail into a new base when it has grown; readers only ever read.
The only module that imports faiss.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np
from numpy.typing import NDArray

from index.truth import Truth

HEADER = "dense.json"
FOLD_AT = 4096  # passages in the tail, or dead in the base, that make a new base worth its writing ...
FOLD_SHARE = 0.1  # ... or this share of the base, if that is more


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
    base: Any  # faiss.IndexIDMap2 over exact inner product
    base_generation: int
    tail: Any
    dead: NDArray[np.int64] = field(repr=False)

    @classmethod
    def empty(cls, dimension: int) -> Self:
        return cls(-1, dimension, _flat(dimension), -1, _flat(dimension), np.empty(0, dtype=np.int64))

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
        selected = self._selected(allowed)
        found: list[PassageHit] = []
        for part in (self.base, self.tail):
            if part.ntotal:
                cosines, keys = part.search(question, min(count, part.ntotal), params=selected)
                found += [PassageHit(int(k), float(c)) for c, k in zip(cosines[0], keys[0], strict=True) if k >= 0]
        return sorted(found, key=lambda hit: (-hit.cosine, hit.passage))[:count]

    def _selected(self, allowed: NDArray[np.bool_] | None) -> Any:
        """What tells faiss which passages to look at; None for all."""
        # faiss adds these ways of calling to its classes at run time, out of mypy's sight.
        parameters: Any = faiss.SearchParameters
        bitmap: Any = faiss.IDSelectorBitmap
        if allowed is not None:
            living = allowed.copy()
            living[self.dead[self.dead < len(living)]] = False
            return parameters(sel=bitmap(np.packbits(living, bitorder="little")))
        if not len(self.dead):
            return None
        return parameters(sel=faiss.IDSelectorNot(faiss.IDSelectorBatch(self.dead)))

    def advanced(self, truth: Truth) -> "Dense":
        """The view at the truth's generation: what is new goes into a fresh tail, what is gone is marked dead."""
        if truth.generation == self.generation:
            return self
        tail = faiss.clone_index(self.tail)
        for keys, vectors in truth.vectors_added(self.generation, self.dimension):
            tail.add_with_ids(vectors, keys)
        gone = [np.arange(first, last + 1) for first, last in truth.passages_removed(self.generation)]
        # A passage that came and went since our generation was never added: only what we hold can be dead.
        held = np.isin(np.concatenate(gone), np.concatenate([_keys(self.base), _keys(tail)])) if gone else None
        dead = self.dead if held is None else np.union1d(self.dead, np.concatenate(gone)[held]).astype(np.int64)
        return replace(self, generation=truth.generation, tail=tail, dead=dead)

    def wants_folding(self) -> bool:
        """Has the view moved so far from its base file that a new one is due?"""
        moved = self.tail.ntotal + len(self.dead)
        return self.base_generation < 0 or moved > max(FOLD_AT, FOLD_SHARE * self.base.ntotal)


def load(folder: Path, dimension: int, stamp: str) -> Dense | None:
    """The view as its base file has it; None where there is none, or it is damaged or has another stamp."""
    try:
        header = json.loads((folder / HEADER).read_text("utf-8"))
        data = (folder / Path(header["file"]).name).read_bytes()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if header.get("stamp") != stamp or hashlib.sha256(data).hexdigest() != header.get("sha256"):
        return None
    # The digest is over the file alone: what the header says beside it must agree with the file's name and content.
    if header["file"] != f"dense-{header.get('generation')}.faiss":
        return None
    base = faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8))
    if base.d != dimension or base.ntotal != header.get("count"):
        return None
    generation = int(header["generation"])
    return Dense(generation, dimension, base, generation, _flat(dimension), np.empty(0, dtype=np.int64))


def fold(truth: Truth, folder: Path, dimension: int, stamp: str) -> None:
    """Writes a new base file of all that lives at the truth's generation."""
    base = _flat(dimension)
    for keys, vectors in truth.vectors_added(-1, dimension):
        base.add_with_ids(vectors, keys)
    data = faiss.serialize_index(base).tobytes()
    header = {
        "file": f"dense-{truth.generation}.faiss", "generation": truth.generation, "count": base.ntotal,
        "stamp": stamp, "sha256": hashlib.sha256(data).hexdigest(),
    }  # fmt: skip
    folder.mkdir(exist_ok=True)
    _write(folder / header["file"], data)
    _write(folder / HEADER, json.dumps(header, indent=1).encode())
    for old in folder.glob("dense-*"):
        if old.name != header["file"]:
            old.unlink(missing_ok=True)


def header_generation(folder: Path) -> int:
    """The generation of the base file on disk, -1 where there is none."""
    try:
        return int(json.loads((folder / HEADER).read_text("utf-8"))["generation"])
    except (OSError, ValueError, KeyError, TypeError):
        return -1


def _flat(dimension: int) -> Any:
    return faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))


def _keys(part: Any) -> NDArray[np.int64]:
    return np.asarray(faiss.vector_to_array(part.id_map), dtype=np.int64)


def _write(file: Path, data: bytes) -> None:
    """Written aside, synced and renamed: a reader finds the old file or the new one, never half of one."""
    aside = file.with_name(file.name + ".new")
    with aside.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    aside.replace(file)


def keys_of(view: Dense) -> Iterable[int]:
    """Every living passage the view holds, for checking it against the truth."""
    held = np.concatenate([_keys(view.base), _keys(view.tail)])
    return (int(key) for key in np.setdiff1d(held, view.dead))
