"""Which vectors lie nearest: all of them compared, or only those in the lists nearest to the question.

Two kinds of part: *flat*, in memory, and *inverted* (Sivic and Zisserman, 2003), where k-means has dealt the vectors
into lists that lie in a mapped file. A list holds the vectors as they are stored, in float16, so that a cosine is the
same from either kind; only a vector in a list that was not looked into can be missed. The only module that imports
faiss.
"""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import faiss as _faiss
import numpy as np
from numpy.typing import NDArray

from index.lists import Layout

PROBED = 0.3  # share of an inverted part's lists that a search looks into: measured, see docs/performance.md
_ROUNDS = 8  # of k-means
_SEED = 1234

Part = Any  # a faiss.IndexIDMap2 over a faiss.IndexFlatIP, or a faiss.IndexIVFScalarQuantizer
Selector = Any  # a faiss.IDSelector

faiss: Any = _faiss  # it adds ways of calling to its classes at run time, out of mypy's sight


def flat(dimension: int) -> Part:
    """An empty part in which everything is compared; vectors are added to it by `add_with_ids`."""
    return faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))


def grown(part: Part, blocks: Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]) -> Part:
    """A copy of a flat part with more in it: keys int64[n] and vectors float32[n, d]."""
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
    part: Part, question: NDArray[np.float32], count: int, selector: Selector | None = None, share: float = 1.0
) -> Iterator[tuple[int, float]]:
    """Keys and cosines of the `count` nearest to `question`, float32[1, d], that `selector` lets through.

    It lets `share` of them through: the smaller that is, the more lists are looked into, so that as many vectors are
    compared as without it; below `PROBED` that is every list, and nothing is missed. Of an inverted part the best
    `count` of each half of those lists come.
    """
    if not part.ntotal:
        return
    count = min(count, part.ntotal)
    if is_inverted(part):
        found = _of_halves(part, question, count, selector, share)
    else:
        found = [part.search(question, count, params=faiss.SearchParameters(sel=selector))]
    for cosines, keys in found:
        for key, cosine in zip(keys[0], cosines[0], strict=True):
            if key >= 0:
                yield int(key), float(cosine)


_Hits = tuple[NDArray[np.float32], NDArray[np.int64]]  # cosines and keys, [1, count]; a key of -1 where there is none


def _of_halves(
    part: Part, question: NDArray[np.float32], count: int, selector: Selector | None, share: float
) -> list[_Hits]:
    """The nearest in either half of the lists that are looked into, side by side; faiss itself would have its threads
    race for which of two equals is found."""
    from index.workers import workers  # imports torch, which no command but one that asks should wait for

    probed = part.nlist if share <= PROBED else min(part.nlist, math.ceil(part.nlist * PROBED / share))
    middles, lists = part.quantizer.search(question, probed)
    halves = [(lists[:, n::2], middles[:, n::2]) for n in range(min(2, probed))]
    return workers().map(lambda half: _in_lists(part, question, count, selector, *half), halves)


def _in_lists(
    part: Part,
    question: NDArray[np.float32],
    count: int,
    selector: Selector | None,
    lists: NDArray[np.int64],
    middles: NDArray[np.float32],
) -> _Hits:
    """The nearest in those lists, int64[1, n]; `middles` are the cosines of their middles, float32[1, n]."""
    cosines, keys = np.empty((1, count), dtype=np.float32), np.empty((1, count), dtype=np.int64)
    given = [np.ascontiguousarray(array) for array in (question, lists, middles)]
    parameters = faiss.SearchParametersIVF(sel=selector, nprobe=lists.shape[1])
    pointers = [faiss.swig_ptr(array) for array in (*given, cosines, keys)]
    part.search_preassigned_c(1, pointers[0], count, *pointers[1:], False, parameters)
    return cosines, keys


def keys_of(part: Part) -> NDArray[np.int64]:
    """The keys of a part, in no order that means anything."""
    if not is_inverted(part):
        return np.asarray(faiss.vector_to_array(part.id_map), dtype=np.int64)
    lists = part.invlists
    held = [
        faiss.rev_swig_ptr(lists.get_ids(number), size).copy()
        for number in range(part.nlist)
        if (size := lists.list_size(number))
    ]
    return np.concatenate(held) if held else np.empty(0, dtype=np.int64)


# inverted parts


def is_inverted(part: Part) -> bool:
    return isinstance(part, faiss.IndexIVF)


def centroids_of(sample: NDArray[np.float32], lists: int) -> NDArray[np.float32]:
    """The middles of so many lists, float32[lists, d], by spherical k-means over `sample`, float32[n, d]."""
    means = faiss.Kmeans(
        sample.shape[1], lists, niter=_ROUNDS, spherical=True, seed=_SEED, min_points_per_centroid=1,
        max_points_per_centroid=len(sample),
    )  # fmt: skip
    means.train(sample)
    return np.asarray(means.centroids, dtype=np.float32)


def centroids(part: Part) -> NDArray[np.float32]:
    """The middles of an inverted part's lists, float32[lists, d]."""
    return np.asarray(part.quantizer.reconstruct_n(0, part.nlist), dtype=np.float32)


def assigned(middles: NDArray[np.float32], vectors: NDArray[np.float32]) -> NDArray[np.int32]:
    """The list of each vector, int32[n]: the one with the nearest middle."""
    return np.asarray(_quantiser(middles).search(vectors, 1)[1][:, 0], dtype=np.int32)


def listed(part: Part) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The keys of an inverted part, int64[n], and the list of each, int32[n]."""
    sizes = [part.invlists.list_size(number) for number in range(part.nlist)]
    return keys_of(part), np.repeat(np.arange(part.nlist, dtype=np.int32), sizes)


def inverted(middles: NDArray[np.float32], layout: Layout) -> Part:
    """An inverted part to be written: its lists lie in another file, which has that layout."""
    count, dimension = middles.shape
    part = faiss.IndexIVFScalarQuantizer(
        _quantiser(middles), dimension, count, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT, False
    )
    part.is_trained = True
    table = faiss.OnDiskInvertedLists()
    table.nlist, table.code_size, table.totsize, table.read_only = count, layout.code, layout.total, True
    for size, room, offset in zip(layout.sizes, layout.rooms, layout.offsets, strict=True):
        entry = faiss.OnDiskOneList()
        entry.size, entry.capacity, entry.offset = int(size), int(room), int(offset)
        table.lists.push_back(entry)
    table.this.disown()
    part.replace_invlists(table, True)
    part.ntotal = int(sum(layout.sizes))
    return part


def _quantiser(middles: NDArray[np.float32]) -> Any:
    quantiser: Any = faiss.IndexFlatIP(middles.shape[1])
    quantiser.add(middles)
    return quantiser


# files


def write(part: Part, sink: Callable[[bytes], object]) -> None:
    """Gives `sink` the part's file in pieces; what it raises comes through."""
    faiss.write_index(part, faiss.PyCallbackIOWriter(sink))


def read(stream: BinaryIO, lists: Path) -> Part:
    """The part that `write` wrote, whose digest was checked; an inverted one's lists are mapped from the file `lists`.

    Raises `ValueError` where that file has another size than they need, `OSError` where it is not there.
    """
    flags = faiss.IO_FLAG_SKIP_IVF_DATA | faiss.IO_FLAG_READ_ONLY
    part = faiss.read_index(faiss.PyCallbackIOReader(stream.read), flags)
    if is_inverted(part):
        table = faiss.downcast_InvertedLists(part.invlists)
        if lists.stat().st_size != table.totsize:
            raise ValueError(f"{lists.name} has another size than its lists")
        table.filename = str(lists)
        table.prefetch_nthread = 0  # by default 32 threads are started for each search, only to touch its pages
        table.do_mmap()
    return part
