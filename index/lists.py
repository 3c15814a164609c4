"""The file in which an inverted part's lists lie: list by list, its vectors as they are stored, then their keys.

The layout is that of faiss's `OnDiskInvertedLists`, which maps it; it is written here, in blocks, at the places that
the lists' sizes give, so that no more than a block is ever in memory.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np
from numpy.typing import NDArray

KEY_BYTES = 8
_ALIGNED = 4  # vectors of float16 that take a multiple of eight bytes, whatever their dimension: keys lie behind them


@dataclass(frozen=True)
class Layout:
    """Where `sizes`, int64[lists], vectors of `code` bytes each have their places, in a file of `total` bytes.

    `rooms` is how many vectors there is room for in each list, `offsets` the byte at which it begins.
    """

    code: int
    sizes: NDArray[np.int64]

    @property
    def rooms(self) -> NDArray[np.int64]:
        return -(-self.sizes // _ALIGNED) * _ALIGNED

    @property
    def offsets(self) -> NDArray[np.int64]:
        ends = np.cumsum(self.rooms * (self.code + KEY_BYTES))
        return np.concatenate([[0], ends[:-1]]).astype(np.int64)

    @property
    def total(self) -> int:
        return int(self.rooms.sum()) * (self.code + KEY_BYTES)


def write(
    out: IO[bytes],
    layout: Layout,
    lists: NDArray[np.int32],
    blocks: Iterable[tuple[NDArray[np.int64], NDArray[np.float32]]],
) -> None:
    """Writes keys int64[n] and vectors float32[n, d], given in `blocks`, each into its list: `lists`, int32[n]."""
    offsets, keys_at = layout.offsets, layout.offsets + layout.rooms * layout.code
    filled, at = np.zeros_like(layout.sizes), 0
    for keys, vectors in blocks:
        codes = vectors.astype("<f2")
        for number, rows in _by_list(lists[at : at + len(keys)]):
            out.seek(offsets[number] + filled[number] * layout.code)
            out.write(codes[rows].tobytes())
            out.seek(keys_at[number] + filled[number] * KEY_BYTES)
            out.write(keys[rows].astype("<i8").tobytes())
            filled[number] += len(rows)
        at += len(keys)
    out.truncate(layout.total)


def _by_list(lists: NDArray[np.int32]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Each list that occurs in a block, and the rows that go there, in their order."""
    order = np.argsort(lists, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(lists[order])) + 1):
        if len(rows):
            yield int(lists[rows[0]]), rows
