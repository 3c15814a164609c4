"""Compressed files, opened so that a bomb is refused before it fills memory."""

import gzip
import io
import stat
import struct
import zipfile
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from index.article import Refusal
from index.errors import ReadError
from index.find import ARCHIVE, Kind, PassedOver, is_hidden, kind_of, passed_over

MAX_MEMBERS = 200_000  # entries of one zip archive
MAX_DIRECTORY = 64 * 1024**2  # bytes of its list of entries, of which each takes 46 and its name
MAX_UNPACKED = 8 * 1024**3  # bytes of one archive or gz file, unpacked
MAX_RATIO = 200  # unpacked to packed: text packs 3 to 20 times, a bomb about 1,000 times
MAX_MARKUP = 64 * 1024**2  # bytes of XML and HTML in one document that is a zip file: trees take ten times as much
_SMALL = 16 * 1024**2  # bytes unpacked below which the ratio does not matter

_TAIL = 128 * 1024  # bytes at the end of a zip file in which its list's length is told
_MARKUP = (".xml", ".xhtml", ".html", ".htm", ".opf", ".rels")


class Member(NamedTuple):
    """A file in a zip archive: its name there, its name as part of an id, its kind, its unpacked stream."""

    name: str
    id: str
    kind: Kind
    stream: BinaryIO


def open_gzip(packed: BinaryIO) -> BinaryIO:
    """The unpacked stream of a gz file; reading it raises `ReadError` past the limits. Seeking to 0 is possible."""
    return io.BufferedReader(_Guarded(packed), 128 * 1024)


class _Guarded(io.RawIOBase):
    """A gz stream that counts what comes out of it against what went in."""

    def __init__(self, packed: BinaryIO) -> None:
        self._packed = packed
        self._stream = gzip.GzipFile(fileobj=packed, mode="rb")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # the stub's Buffer has no len
        count = self._stream.readinto(buffer)
        check_size(self._stream.tell(), self._packed.tell())
        return count


def check_size(unpacked: int, packed: int) -> None:
    """Raise `ReadError` where so many bytes from so few are more than any article would unpack to."""
    if unpacked > MAX_UNPACKED:
        raise ReadError(f"unpacks to more than {MAX_UNPACKED // 1024**3} GB; split it")
    if unpacked > _SMALL and unpacked > MAX_RATIO * max(packed, 1):
        raise ReadError(f"unpacks to more than {MAX_RATIO} times its size; unpack it first if it is not a bomb")


def open_zip(stream: BinaryIO) -> zipfile.ZipFile:
    """The archive in a seekable stream. Raises `ReadError` where it is damaged or past the limits."""
    size = stream.seek(0, io.SEEK_END)
    _check_directory(stream, size)
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError):
        raise ReadError("is not a whole zip file; pack it again") from None
    entries = archive.infolist()
    if len(entries) > MAX_MEMBERS:
        raise ReadError(f"has more than {MAX_MEMBERS:,} entries; split it")
    # A member never gives more bytes than it declares, so that the declared sizes can be trusted as limits; but
    # members that lie over one another declare the same packed bytes again and again.
    packed = min(size, sum(entry.compress_size for entry in entries))
    check_size(sum(entry.file_size for entry in entries), packed)
    return archive


def _check_directory(stream: BinaryIO, size: int) -> None:
    """Raise `ReadError` where the list of entries is too long to be held in memory."""
    stream.seek(max(0, size - _TAIL))
    tail = stream.read(_TAIL)
    stream.seek(0)
    for mark, form, place in ((b"PK\5\6", "<L", 12), (b"PK\6\6", "<Q", 40)):
        at = tail.rfind(mark)
        field = tail[at + place : at + place + struct.calcsize(form)]
        if at >= 0 and len(field) == struct.calcsize(form):
            (length,) = struct.unpack(form, field)
            if length > MAX_DIRECTORY and (mark, length) != (b"PK\5\6", 0xFFFFFFFF):  # which means: see the other one
                raise ReadError(f"has more than {MAX_MEMBERS:,} entries; split it")


def open_package(data: bytes) -> zipfile.ZipFile:
    """The archive that a Word document or an e-book is; `ReadError` as from `open_zip`, and where its text is huge."""
    package = open_zip(io.BytesIO(data))
    markup = sum(entry.file_size for entry in package.infolist() if entry.filename.lower().endswith(_MARKUP))
    if markup > MAX_MARKUP:
        raise ReadError(f"holds more than {MAX_MARKUP // 1024**2} MB of text, too much for one article; split it")
    return package


def zip_members(archive: zipfile.ZipFile) -> Iterator[Member | Refusal | PassedOver]:
    """The article files in the archive, by name, and what is passed over; a refusal's `where` is the member's name.

    Nothing is ever written to disk, so that a name like `../../x.txt` is only a name; its id is `x.txt`.
    """
    names: list[str] = []
    for entry in sorted(archive.infolist(), key=lambda entry: entry.filename):
        name = entry.filename.replace("\\", "/")
        if entry.is_dir() or is_hidden(name):
            continue
        names.append(name)
        if (kind := kind_of(name)) is None:
            continue
        try:
            yield Member(entry.filename, _safe(name), kind, _open_member(archive, entry, kind))
        except ReadError as error:
            yield Refusal(entry.filename, str(error))
    yield passed_over(names)


def _open_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, kind: Kind) -> BinaryIO:
    if kind.extension == ARCHIVE:
        raise ReadError("is an archive in an archive; unpack it first")
    if stat.S_ISLNK(entry.external_attr >> 16):  # its text would be the other file's name
        raise ReadError("is a link to another file; pack that file instead")
    if entry.flag_bits & 0x1:
        raise ReadError("is locked with a password; unlock it first")
    check_size(entry.file_size, entry.compress_size)
    try:
        return archive.open(entry)  # type: ignore[return-value] # a ZipExtFile reads as any binary file does
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError) as error:
        raise ReadError(f"cannot be unpacked: {error}") from None


def _safe(name: str) -> str:
    return "/".join(part for part in name.split("/") if part not in ("", ".", ".."))
