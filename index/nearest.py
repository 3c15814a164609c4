"""Which vectors lie nearest: all of them compared, or first their codes.

Two kinds of part. *Flat*: every vector is compared, in float32, in memory. *Coded*: every vector's code is compared,
four bits for each two of its numbers (product quantisation: Jégou, Douze and Schmid, 2011; thirty-two codes at once:
André, Kermarrec and Le Scouarnec, 2015), and those that look best are compared again by the vectors themselves, which
lie in a mapped file as they are stored, in float16. So a cosine is the same from either kind; only a vector whose code
looks worse than hundreds of others can be missed. The only module that imports faiss.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import faiss as _faiss
import numpy as np
from numpy.typing import NDArray

AGAIN = 8  # times as many as are wanted are compared again: measured, see docs/performance.md ...
AGAIN_AT_LEAST = 400  # ... and no fewer than these
GROUPED = 2  # numbers of a vector, if they come out even, for which a code has ...
_BITS = 4  # ... so many bits
_ROUNDS = 10  # of k-means, for each such group

Selector = Any  # a faiss.IDSelector
Blocks = Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]  # keys int64[n] and vectors float32[n, d]

faiss: Any = _faiss  # it adds ways of calling to its classes at run time, out of mypy's sight


@dataclass(frozen=True)
class Coded:
    """Codes (a faiss.IndexIVFPQFastScan of one list; its ids are keys, ascending) and their vectors, float16[n, d]."""

    codes: Any
    vectors: NDArray[np.float16]

    @property
    def ntotal(self) -> int:
        return int(self.codes.ntotal)

    @property
    def d(self) -> int:
        return int(self.codes.d)


Part = Any  # a faiss.IndexIDMap2 over a faiss.IndexFlatIP, or Coded


def flat(dimension: int) -> Part:
    """An empty part in which everything is compared; vectors are added to it by `add_with_ids`."""
    return faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))


def grown(part: Part, blocks: Blocks) -> Part:
    """A copy of a flat part with more in it."""
    more = faiss.clone_index(part)
    for keys, vectors in blocks:
        more.add_with_ids(vectors, keys)
    return more


def only(allowed: NDArray[np.bool_]) -> Selector:
    """Selects the keys for which `allowed`, bool[n], is true."""
    return faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))


def all_but(keys: NDArray[np.int64]) -> Selector:
    return faiss.IDSelectorNot(faiss.IDSelectorBatch(keys))


def search(
    part: Part, question: NDArray[np.float32], count: int, selector: Selector | None = None
) -> Iterator[tuple[int, float]]:
    """Keys and cosines of the `count` nearest to `question`, float32[1, d], that `selector` lets through."""
    if not part.ntotal:
        return
    if isinstance(part, Coded):
        keys, cosines = _compared_again(part, question, count, selector)
    else:
        found = part.search(question, min(count, part.ntotal), params=faiss.SearchParameters(sel=selector))
        cosines, keys = found[0][0], found[1][0]
    for key, cosine in zip(keys, cosines, strict=True):
        if key >= 0:
            yield int(key), float(cosine)


def _compared_again(
    part: Coded, question: NDArray[np.float32], count: int, selector: Selector | None
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The nearest `count` of those whose codes look best, by their vectors."""
    wanted = min(part.ntotal, max(AGAIN_AT_LEAST, AGAIN * count))
    found = part.codes.search(question, wanted, params=faiss.SearchParametersIVF(sel=selector, nprobe=1))[1][0]
    keys = np.sort(found[found >= 0])
    cosines = part.vectors[np.searchsorted(keys_of(part), keys)].astype(np.float32) @ question[0]
    best = np.argsort(-cosines, kind="stable")[:count]
    return keys[best], cosines[best]


def keys_of(part: Part) -> NDArray[np.int64]:
    """The keys of a part; of a coded one ascending, and no longer to be used than the part is."""
    if not isinstance(part, Coded):
        return np.asarray(faiss.vector_to_array(part.id_map), dtype=np.int64)
    keys: NDArray[np.int64] = faiss.rev_swig_ptr(part.codes.invlists.get_ids(0), part.ntotal)
    return keys


def codes(sample: NDArray[np.float32]) -> Any:
    """Codes of nothing yet, for vectors like those of `sample`, float32[n, d]; `add_with_ids` adds to them."""
    dimension = sample.shape[1]
    groups = dimension // GROUPED if dimension % GROUPED == 0 else dimension
    middle = faiss.IndexFlatIP(dimension)
    middle.add(np.zeros((1, dimension), dtype=np.float32))
    part = faiss.IndexIVFPQFastScan(middle, dimension, 1, groups, _BITS, faiss.METRIC_INNER_PRODUCT)
    part.by_residual = False
    part.pq.cp.niter = _ROUNDS
    part.train(sample)
    return part


# files


def write(part: Any, sink: Callable[[bytes], object]) -> None:
    """Gives `sink` the file of a flat part, or of codes, in pieces; what it raises comes through."""
    faiss.write_index(part, faiss.PyCallbackIOWriter(sink))


def read(stream: BinaryIO, vectors: Path) -> Part:
    """The part that `write` wrote, whose digest was checked; the vectors of a coded one are mapped from their file.

    Raises `ValueError` where that file has another size than they need, `OSError` where it is not there, and
    `RuntimeError` where `stream` is of a kind that other versions wrote.
    """
    part = faiss.read_index(faiss.PyCallbackIOReader(stream.read), faiss.IO_FLAG_READ_ONLY)
    if not isinstance(part, faiss.IndexIVF):
        return part
    if not isinstance(part, faiss.IndexIVFPQFastScan):
        raise RuntimeError("not codes")
    if vectors.stat().st_size != 2 * part.ntotal * part.d:
        raise ValueError(f"{vectors.name} has another size than its vectors")
    return Coded(part, np.memmap(vectors, dtype="<f2", mode="r", shape=(part.ntotal, part.d)))
