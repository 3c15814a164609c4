"""Article files → articles: the first step of the write side."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from index.archive import Member, open_gzip, open_zip, zip_members
from index.article import Article, Refusal, storable
from index.errors import ReadError
from index.find import ARCHIVE, NO_SUCH_TYPE, ROWS, Found, Kind, find_files, kind_of, why_not
from index.rows import Located, article_from_row, read_jsonl
from index.table import read_csv

__all__ = ["MAX_DOCUMENT", "article_from_row", "read_files", "read_upload"]

MAX_DOCUMENT = 200 * 1024**2  # bytes, unpacked, of a file that is one article
_DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile)


def read_files(
    paths: Sequence[Path], on_progress: Callable[[int, int], None] | None = None
) -> Iterator[Article | Refusal]:
    """The articles in files, archives and folders, in a fixed order, and a refusal for each thing that holds none.

    An article's id is its row's own, else its path relative to the folder named in `paths` (of a file named there:
    its name). A second article with an id already given in this run is refused, naming both places.
    `on_progress(bytes_done, bytes_total)` counts bytes on disk. Nothing that a file holds raises.
    """
    found = list(find_files(paths))
    return _without_collisions(_read_all(found, on_progress or (lambda done, total: None)))


def read_upload(name: str, data: bytes) -> Iterator[Article | Refusal]:
    """The articles in one uploaded file, as `read_files` gives those of a file of that name."""
    safe = "/".join(part for part in name.replace("\\", "/").split("/") if part not in ("", ".", ".."))
    kind = kind_of(safe)
    if kind is None:
        return iter([Refusal(storable(name), NO_SUCH_TYPE)])
    return _without_collisions(_guarded(_read_stream(io.BytesIO(data), safe, storable(name), kind), storable(name)))


def _read_all(found: Sequence[Found | Refusal], on_progress: Callable[[int, int], None]) -> Iterator[Located | Refusal]:
    total = sum(item.size for item in found if isinstance(item, Found))
    done = 0
    for item in found:
        if isinstance(item, Refusal):
            yield item
            continue
        for result, place in _read_found(item):
            yield result
            on_progress(done + place, total)  # told once its article has been taken, so that it never runs ahead
        done += item.size
        on_progress(done, total)


def _without_collisions(results: Iterator[Located | Refusal]) -> Iterator[Article | Refusal]:
    given: dict[str, str] = {}
    for result in results:
        if isinstance(result, Refusal):
            yield result
            continue
        where, article = result
        first = given.setdefault(article.id, where)
        if first is not where:
            yield Refusal(where, f"has the id {article.id!r}, which {first} has already; give it another")
        else:
            yield article


def _read_found(item: Found) -> Iterator[tuple[Located | Refusal, int]]:
    """What the file holds, each with how many of the file's bytes have been read by then."""
    where = storable(str(item.path))
    try:
        stream = item.path.open("rb")
    except OSError as error:
        yield Refusal(where, why_not(error)), item.size
        return
    furthest = 0
    with stream:
        for result in _guarded(_read_stream(stream, item.id, where, item.kind), where):
            # The reader of an archive jumps about in it; progress only goes up.
            furthest = max(furthest, min(stream.tell(), item.size))
            yield result, furthest


def _guarded(results: Iterator[Located | Refusal], where: str) -> Iterator[Located | Refusal]:
    """`results`, with whatever goes wrong in reading one file turned into its refusal."""
    try:
        yield from results
    except ReadError as error:
        yield Refusal(where, str(error))
    except _DAMAGED as error:
        yield Refusal(where, f"is damaged or cut short: {error}")
    except (RecursionError, MemoryError):
        yield Refusal(where, "is nested too deeply or too large to read")
    except OSError as error:
        yield Refusal(where, f"cannot be read: {error.strerror or error}")
    except Exception as error:
        # The parsers of six formats raise what they like on hostile input; one bad file must never stop the others.
        yield Refusal(where, f"cannot be read as what its name says: {type(error).__name__}: {_one_line(error)}")


def _read_stream(stream: BinaryIO, file_id: str, where: str, kind: Kind) -> Iterator[Located | Refusal]:
    if kind.extension == ARCHIVE:
        yield from _read_zip(stream, file_id, where)
        return
    if kind.gzipped:
        stream = open_gzip(stream)
    if kind.extension in ROWS:
        read_rows = read_jsonl if kind.extension == ".jsonl" else read_csv
        yield from read_rows(stream, storable(file_id), where)
    else:
        yield Located(where, _read_document(_all_of(stream), storable(file_id), kind.extension))


def _read_zip(stream: BinaryIO, file_id: str, where: str) -> Iterator[Located | Refusal]:
    empty = True
    with open_zip(stream) as archive:
        for member in zip_members(archive):
            empty = False
            place = storable(f"{where}!{member.name if isinstance(member, Member) else member.where}")
            if isinstance(member, Refusal):
                yield Refusal(place, member.reason)
                continue
            with member.stream:
                yield from _guarded(_read_stream(member.stream, f"{file_id}/{member.id}", place, member.kind), place)
    if empty:
        yield Refusal(where, "holds no article files")


def _all_of(stream: BinaryIO) -> bytes:
    data = stream.read(MAX_DOCUMENT + 1)
    if len(data) > MAX_DOCUMENT:
        raise ReadError(f"is larger than {MAX_DOCUMENT // 1024**2} MB, too large for one article; split it")
    if not data.strip():
        raise ReadError("is empty")
    return data


def _read_document(data: bytes, file_id: str, extension: str) -> Article:
    """The one article in `data`. A parser is imported only where its format comes up: some take a second to load."""
    if extension == ".md":
        from index.plain import read_markdown

        return read_markdown(data, file_id)
    if extension in (".html", ".htm"):
        from index.page import read_page

        return read_page(data, file_id)
    if extension == ".pdf":
        from index.pdf import read_pdf

        return read_pdf(data, file_id)
    if extension == ".docx":
        from index.docx import read_docx

        return read_docx(data, file_id)
    if extension == ".epub":
        from index.epub import read_epub

        return read_epub(data, file_id)
    from index.plain import read_text

    return read_text(data, file_id)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
