"""Article files → articles: the first step of the write side."""

import io
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, TypeAlias

from index.archive import Member, open_gzip, open_zip, zip_members
from index.article import Article, Refusal, storable
from index.errors import ReadError
from index.find import ARCHIVE, NO_SUCH_TYPE, ROWS, Found, Kind, PassedOver, find_files, kind_of, why_not
from index.given import Given
from index.parser import Parser
from index.reason import one_line, reason_of
from index.rows import Located, article_from_row, read_jsonl
from index.table import read_csv

__all__ = ["MAX_DOCUMENT", "article_from_row", "read_files", "read_upload"]

MAX_DOCUMENT = 200 * 1024**2  # bytes, unpacked, of a file that is one article

_Read: TypeAlias = Located | Refusal | PassedOver


def read_files(
    paths: Sequence[Path],
    on_progress: Callable[[int, int], None] | None = None,
    unread: Counter[str] | None = None,
) -> Iterator[Article | Refusal]:
    """The articles in files, archives and folders, in a fixed order, and a refusal for each thing that holds none.

    An article's id is its row's own, else its path relative to the folder named in `paths` (of a file named there:
    its name). A second article with an id already given in this run is refused, naming both places.
    `on_progress(bytes_done, bytes_total)` counts bytes on disk. `unread` comes to hold how many files of folders and
    archives are of types that are not read, by extension. Nothing that a file holds raises.
    """
    found = list(find_files(paths))
    results = _read_all(found, on_progress or (lambda done, total: None))
    return _without_collisions(results, Counter() if unread is None else unread)


def read_upload(name: str, data: bytes | BinaryIO) -> Iterator[Article | Refusal]:
    """The articles in one uploaded file, its bytes or a seekable stream, as `read_files` gives those of such a file."""
    safe = "/".join(part for part in name.replace("\\", "/").split("/") if part not in ("", ".", ".."))
    kind = kind_of(safe)
    if kind is None:
        return iter([Refusal(storable(name), NO_SUCH_TYPE)])
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    return _without_collisions(_read_one(stream, safe, storable(name), kind), Counter())


def _read_all(
    found: Sequence[Found | Refusal | PassedOver], on_progress: Callable[[int, int], None]
) -> Iterator[_Read]:
    total = sum(item.size for item in found if isinstance(item, Found))
    done = 0
    with Parser() as parser:
        for item in found:
            if not isinstance(item, Found):
                yield item
                continue
            for result, place in _read_found(item, parser):
                yield result
                on_progress(done + place, total)  # told once its article has been taken, so that it never runs ahead
            done += item.size
            on_progress(done, total)


def _read_one(stream: BinaryIO, file_id: str, where: str, kind: Kind) -> Iterator[_Read]:
    with Parser() as parser:
        yield from _guarded(_read_stream(stream, file_id, where, kind, parser), where)


def _without_collisions(results: Iterator[_Read], unread: Counter[str]) -> Iterator[Article | Refusal]:
    with closing(Given()) as given:
        for result in results:
            if isinstance(result, PassedOver):
                unread.update(result.counts)
            elif isinstance(result, Refusal):
                yield Refusal(result.where, one_line(result.reason))
            elif (first := given.first(result.article.id, result.where)) is not None:
                reason = f"has the id {result.article.id!r}, which {first} has already; give it another"
                yield Refusal(result.where, reason)
            else:
                yield result.article


def _read_found(item: Found, parser: Parser) -> Iterator[tuple[_Read, int]]:
    """What the file holds, each with how many of the file's bytes have been read by then."""
    where = storable(str(item.path))
    try:
        stream = _open(item.path)
    except OSError as error:
        yield Refusal(where, why_not(error)), item.size
        return
    except ReadError as error:
        yield Refusal(where, str(error)), item.size
        return
    furthest = 0
    with stream:
        for result in _guarded(_read_stream(stream, item.id, where, item.kind, parser), where):
            # The reader of an archive jumps about in it; progress only goes up.
            furthest = max(furthest, min(stream.tell(), item.size))
            yield result, furthest


def _open(path: Path) -> BinaryIO:
    """The file at `path`. Raises `ReadError` where something else has come in its place since: none is waited for."""
    without_waiting = getattr(os, "O_NONBLOCK", 0)
    stream = open(path, "rb", opener=lambda name, flags: os.open(name, flags | without_waiting))  # noqa: SIM115 - given out
    if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        return stream
    stream.close()
    raise ReadError("is not a regular file")


def _guarded(results: Iterator[_Read], where: str) -> Iterator[_Read]:
    """`results`, with whatever goes wrong in reading one file turned into its refusal."""
    try:
        yield from results
    except Exception as error:
        # Archives and rows of hostile input fail in many ways; one bad file must never stop the others.
        yield Refusal(where, reason_of(error))


def _read_stream(stream: BinaryIO, file_id: str, where: str, kind: Kind, parser: Parser) -> Iterator[_Read]:
    if kind.extension == ARCHIVE:
        yield from _read_zip(stream, file_id, where, parser)
        return
    if kind.gzipped:
        stream = open_gzip(stream)
    if kind.extension in ROWS:
        read_rows = read_jsonl if kind.extension == ".jsonl" else read_csv
        yield from read_rows(stream, storable(file_id), where)
    else:
        yield Located(where, parser.read(_all_of(stream), storable(file_id), kind.extension))


def _read_zip(stream: BinaryIO, file_id: str, where: str, parser: Parser) -> Iterator[_Read]:
    empty = True
    with open_zip(stream) as archive:
        for member in zip_members(archive):
            if isinstance(member, PassedOver):
                yield member
                continue
            empty = False
            place = storable(f"{where}!{member.name if isinstance(member, Member) else member.where}")
            if isinstance(member, Refusal):
                yield Refusal(place, member.reason)
                continue
            with member.stream:
                member_id = f"{file_id}/{member.id}"
                yield from _guarded(_read_stream(member.stream, member_id, place, member.kind, parser), place)
    if empty:
        yield Refusal(where, "holds no article files")


def _all_of(stream: BinaryIO) -> bytes:
    data = stream.read(MAX_DOCUMENT + 1)
    if len(data) > MAX_DOCUMENT:
        raise ReadError(f"is larger than {MAX_DOCUMENT // 1024**2} MB, too large for one article; split it")
    if not data or data.isspace():
        raise ReadError("is empty")
    return data
