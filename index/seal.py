"""Are the Tantivy view's files the ones that were written? Checked before they are read.

Each segment file ends with a CRC-32 of its own, which Tantivy writes and does not look at when it opens; what a
damaged file makes it do is undefined. A seal of ours beside them says which files there were, so that a sound file of
another library in the place of one of these is seen too.
"""

import hashlib
import json
import os
import struct
import zlib
from collections.abc import Collection, Sequence
from pathlib import Path

from index.files import read_sealed, write_sealed

FILE = "seal.json"
_META = ("meta.json", ".managed.json")  # what Tantivy writes without a checksum
_FOOTER = struct.Struct("<II")  # the length of the footer's JSON, and
_MAGIC = 1337  # what every footer ends with
_BLOCK = 1 << 20

Verified = dict[str, tuple[int, int, int]]  # of each file that was found sound: its inode, size and time of change


def sound(folder: Path, verified: Verified, *, strict: bool) -> bool:
    """Does every segment file match its own checksum and the seal's, and, if `strict`, the list of them the seal?

    `verified` is what was found sound before; it is brought up to date. While a writer is at work, or after it was
    killed, the list may be newer than the seal: only a writer may be strict, and make the view anew. A view without a
    seal, as older versions left it, is held to its own checksums alone.
    """
    try:
        seal = read_sealed(folder / FILE)
        if strict and seal is not None and seal["meta"] != _meta(folder):
            return False
        files = {} if seal is None else seal["files"]
        segments = _segments(folder)
        if not _all_there(files, segments):
            return False
        for path in segments:
            if path.name in files and files[path.name] != _footer_crc(path):
                return False
            if not _verify(path, verified):
                return False
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error):
        return False
    return True


def sealed(folder: Path) -> bool:
    """Is the view as its writer left it, by a seal that can be read?"""
    try:
        seal = read_sealed(folder / FILE)
        return seal is not None and seal["meta"] == _meta(folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def write(folder: Path) -> None:
    """Seals the view; the writer has finished with it."""
    files = {path.name: _footer_crc(path) for path in _segments(folder)}
    write_sealed(folder / FILE, {"files": files, "meta": _meta(folder)})
    for name in _META:  # Tantivy lets nobody else read these; whoever may read the rest may read them
        (folder / name).chmod((folder / FILE).stat().st_mode & 0o777)


def _segments(folder: Path) -> list[Path]:
    """The segment files that the list of them names, and no others: a merge may have left old ones behind."""
    meta = json.loads((folder / _META[0]).read_bytes())
    found = []
    for segment in meta["segments"]:
        name = str(segment["segment_id"]).replace("-", "")
        found += sorted(path for path in folder.glob(f"{name}.*") if path.suffix != ".del")
        if segment["deletes"]:
            found.append(folder / f"{name}.{segment['deletes']['opstamp']}.del")
    return found


def _all_there(files: Collection[str], segments: Sequence[Path]) -> bool:
    """Is no file of a segment gone that the seal knew with others of the same segment?"""
    names = {path.name for path in segments}
    living = {path.stem for path in segments}
    return all(name in names for name in files if Path(name).suffix != ".del" and Path(name).stem in living)


def _verify(path: Path, verified: Verified) -> bool:
    stat = path.stat()
    mark = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
    if verified.get(path.name) == mark:
        return True
    if not _matches(path):
        return False
    verified[path.name] = mark
    return True


def _footer(path: Path) -> tuple[int, int]:
    """The checksum in a file's footer, and where the footer begins."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(size - _FOOTER.size)
        length, magic = _FOOTER.unpack(file.read(_FOOTER.size))
        begin = size - _FOOTER.size - length
        if magic != _MAGIC or begin < 0:
            raise ValueError(f"{path.name} has no footer")
        file.seek(begin)
        return int(json.loads(file.read(length))["crc"]), begin


def _footer_crc(path: Path) -> int:
    """The checksum of the footer, which holds that of all before it."""
    with path.open("rb") as file:
        file.seek(_footer(path)[1])
        return zlib.crc32(file.read())


def _matches(path: Path) -> bool:
    """Does all before the footer have the checksum that the footer says?"""
    said, left = _footer(path)
    found = 0
    with path.open("rb") as file:
        while left > 0 and (block := file.read(min(left, _BLOCK))):
            found, left = zlib.crc32(block, found), left - len(block)
    return found == said


def _meta(folder: Path) -> str:
    """A digest of the files without a checksum."""
    return hashlib.sha256(b"\0".join((folder / name).read_bytes() for name in _META)).hexdigest()
