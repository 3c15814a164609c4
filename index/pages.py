"""Reading what still stands in a damaged SQLite file, page by page, whatever of its trees is left.

SQLite reaches a row through the pages above it: where one of these is damaged it gives up all below. Here every page
is read by itself (https://www.sqlite.org/fileformat2.html), with the newer versions of pages that the write-ahead log
holds. What is found must be checked by the caller: this module promises nothing of it but that it stood on a page.
"""

import mmap
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Value = None | int | float | str | bytes
_PAGE = 4096  # bytes, where the header does not say
_TABLE_LEAF, _INDEX_LEAF, _INDEX_INNER = 0x0D, 0x0A, 0x02
_HEADERS = {_TABLE_LEAF: 8, _INDEX_LEAF: 8, _INDEX_INNER: 12}
_INTEGERS = (0, 1, 2, 3, 4, 6, 8)  # bytes, by serial type
_MAX_PAYLOAD = 1 << 30
_FRAME, _LOG = struct.Struct(">6I"), struct.Struct(">8I")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table with its key, or an entry of an index (or of a table without row ids) without one."""

    key: int | None
    values: tuple[Value, ...]


class Pages:
    """The pages of a database file and of its log. Close all connections of this process to the file before."""

    def __init__(self, file: Path, log: Path) -> None:
        self._file = file.open("rb")
        length = os.fstat(self._file.fileno()).st_size
        self._data = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ) if length else b""
        head = bytes(self._data[:100])
        self.size, reserved = _page_size(head)
        self._usable = self.size - reserved
        self._newer = _logged(log, self.size)
        self.count = max([-(-length // self.size), *self._newer])

    def close(self) -> None:
        if isinstance(self._data, mmap.mmap):
            self._data.close()
        self._file.close()

    def rows(self) -> Iterator[Row]:
        """Every row and entry that can be read from a page in use, in the order of the pages."""
        free = self._free()
        for number in range(1, self.count + 1):
            if number not in free:
                yield from self._rows_on(number)

    def page(self, number: int) -> bytes:
        """A page's newest version; empty where there is none."""
        if number in self._newer:
            return self._newer[number]
        return bytes(self._data[(number - 1) * self.size : number * self.size]) if number > 0 else b""

    def _free(self) -> set[int]:
        """The pages on the free list: what they hold was deleted."""
        head, free = self.page(1), set[int]()
        trunk = int.from_bytes(head[32:36], "big")
        while 0 < trunk <= self.count and trunk not in free:
            free.add(trunk)
            page = self.page(trunk)
            leaves = min(int.from_bytes(page[4:8], "big"), self.size // 4 - 2)
            free |= {int.from_bytes(page[8 + 4 * n : 12 + 4 * n], "big") for n in range(leaves)}
            trunk = int.from_bytes(page[:4], "big")
        return free

    def _rows_on(self, number: int) -> Iterator[Row]:
        page, start = self.page(number), 100 if number == 1 else 0
        if len(page) < start + 8 or page[start] not in _HEADERS:
            return
        kind = page[start]
        cells = start + _HEADERS[kind]
        for n in range(int.from_bytes(page[start + 3 : start + 5], "big")):
            at = int.from_bytes(page[cells + 2 * n : cells + 2 * n + 2], "big")
            try:
                yield self._row(page, at + (4 if kind == _INDEX_INNER else 0), kind == _TABLE_LEAF)
            except (ValueError, IndexError):
                continue  # this cell is damaged; the next may not be

    def _row(self, page: bytes, at: int, table: bool) -> Row:
        length, at = _varint(page, at)
        key: int | None = None
        if table:
            key, at = _varint(page, at)
        return Row(key, _record(self._payload(page, at, length, table)))

    def _payload(self, page: bytes, at: int, length: int, table: bool) -> bytes:
        usable = self._usable
        if not 0 < length <= _MAX_PAYLOAD or length > (self.count + 1) * self.size:
            raise ValueError("a payload of no possible length")
        most = usable - 35 if table else (usable - 12) * 64 // 255 - 23
        if length <= most:
            return _exactly(page[at : at + length], length)
        least = (usable - 12) * 32 // 255 - 23
        local = least + (length - least) % (usable - 4)
        local = local if local <= most else least
        parts, left = [_exactly(page[at : at + local], local)], length - local
        following = int.from_bytes(page[at + local : at + local + 4], "big")
        while left > 0:
            more = self.page(following) if following <= self.count else b""
            share = min(left, usable - 4)
            parts.append(_exactly(more[4 : 4 + share], share))
            following, left = int.from_bytes(more[:4], "big"), left - share
        return b"".join(parts)


def _page_size(head: bytes) -> tuple[int, int]:
    """A page's bytes and how many at its end are reserved, by the file's header where that is one."""
    size = int.from_bytes(head[16:18], "big")
    size = 65536 if size == 1 else size
    if len(head) < 100 or not head.startswith(b"SQLite format 3\0") or size < 512 or size & (size - 1):
        return _PAGE, 0
    return size, head[20] if head[20] <= size - 480 else 0


def _logged(file: Path, size: int) -> dict[int, bytes]:
    """The pages that committed transactions have left in the log, newest versions.

    SQLite reads a log up to the first frame that is damaged. A frame's checksum goes on from that of the one before,
    as it is stored: so those behind a damaged one can be checked too.
    """
    data = file.read_bytes() if file.exists() else b""
    if len(data) < _LOG.size:
        return {}
    magic, _, _, _, *salts_and_sums = _LOG.unpack_from(data)
    order = ">" if magic & 1 else "<"
    salts, sums = tuple(salts_and_sums[:2]), (salts_and_sums[2], salts_and_sums[3])
    found: dict[int, bytes] = {}
    pending: dict[int, bytes] = {}
    for at in range(_LOG.size, len(data) - _FRAME.size - size + 1, _FRAME.size + size):
        number, committed, *rest = _FRAME.unpack_from(data, at)
        page = data[at + _FRAME.size : at + _FRAME.size + size]
        if tuple(rest[:2]) != salts:
            break  # left over from before the log was begun anew
        stored = (rest[2], rest[3])
        if _checksum(data[at : at + 8] + page, sums, order) == stored:
            pending[number] = page
            if committed:
                found |= pending
                pending = {}
        sums = stored
    return found


def _checksum(data: bytes, sums: tuple[int, int], order: str) -> tuple[int, int]:
    first, second = sums
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for n in range(0, len(words), 2):
        first = (first + words[n] + second) & 0xFFFFFFFF
        second = (second + words[n + 1] + first) & 0xFFFFFFFF
    return first, second


def _record(payload: bytes) -> tuple[Value, ...]:
    end, at = _varint(payload, 0)
    kinds = []
    while at < end:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    if at != end:
        raise ValueError("a record's header runs over its end")
    values = []
    for kind in kinds:
        value, at = _value(payload, at, kind)
        values.append(value)
    if at != len(payload):
        raise ValueError("a record has another length than its header says")
    return tuple(values)


def _value(payload: bytes, at: int, kind: int) -> tuple[Value, int]:
    if kind == 0:
        return None, at
    if kind in (8, 9):
        return kind - 8, at
    if kind < 7:
        length = _INTEGERS[kind]
        return int.from_bytes(_exactly(payload[at : at + length], length), "big", signed=True), at + length
    if kind == 7:
        return float(struct.unpack(">d", _exactly(payload[at : at + 8], 8))[0]), at + 8
    if kind < 12:
        raise ValueError("a value of no known kind")
    length = (kind - 12) // 2
    data = _exactly(payload[at : at + length], length)
    return (data.decode() if kind & 1 else data), at + length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where it ends."""
    value = 0
    for n in range(8):
        byte = data[at + n]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + n + 1
    value = value << 8 | data[at + 8]
    return (value - 2**64 if value >= 2**63 else value), at + 9


def _exactly(data: bytes, length: int) -> bytes:
    if len(data) != length:
        raise ValueError("cut off")
    return data
