"""Paths → the article files under them."""

import os
import stat
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from index.article import Refusal, storable

DOCUMENTS = frozenset((".txt", ".md", ".html", ".htm", ".pdf", ".docx", ".epub"))
ROWS = frozenset((".jsonl", ".csv"))
ARCHIVE = ".zip"
_PAGES = (".html", ".htm")
_OF_PAGES = frozenset((".css", ".js", ".ico", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".woff", ".woff2"))
_KNOWN = "txt, md, html, htm, pdf, docx, epub, jsonl, csv, each also with .gz, or zip"
NO_SUCH_TYPE = f"is of a type that is not read; known are {_KNOWN}"


class Kind(NamedTuple):
    """What a file's name says it is: its extension in lower case without `.gz`, and whether it had that."""

    extension: str
    gzipped: bool


class Found(NamedTuple):
    """A file to read: the id of the article in it, its path, its kind and its size in bytes."""

    id: str
    path: Path
    kind: Kind
    size: int


class PassedOver(NamedTuple):
    """How many files of a folder or an archive are of no type that is read, by extension."""

    counts: Counter[str]


def kind_of(name: str) -> Kind | None:
    """What the file named `name` holds, or None where it is nothing that can be read."""
    lower = name.lower()
    plain = lower.removesuffix(".gz")
    extension = os.path.splitext(plain)[1]  # noqa: PTH122 - a member's name, not a path
    if extension in DOCUMENTS | ROWS:
        return Kind(extension, plain != lower)
    return Kind(ARCHIVE, False) if lower.endswith(ARCHIVE) else None


def passed_over(names: Iterable[str]) -> PassedOver:
    """Of the files of these names, those that are not read, without what belongs to the pages among them."""
    counts = Counter(map(_extension, names))
    beside = _OF_PAGES if any(page in counts for page in _PAGES) else frozenset()
    return PassedOver(Counter({e: n for e, n in counts.items() if e not in beside and kind_of(f"a{e}") is None}))


def _extension(name: str) -> str:
    lower = name.lower()
    plain = lower.removesuffix(".gz")
    return os.path.splitext(plain)[1] + lower[len(plain) :]  # noqa: PTH122 - a member's name, not a path


def is_hidden(name: str) -> bool:
    """Whether any part of the POSIX path `name` is hidden, or is what macOS adds to archives."""
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/") if part not in ("", ".", ".."))


def find_files(paths: Sequence[Path]) -> Iterator[Found | Refusal | PassedOver]:
    """The article files that `paths` name or hold, each folder's sorted by id, and a refusal for what is not one.

    In folders hidden names and other types are passed over, of which the latter are counted; links are followed, each
    folder being entered once.
    The same file under the same id comes once.
    """
    seen: set[tuple[str, str]] = set()
    for path in paths:
        for item in _under(path):
            if isinstance(item, Found):
                key = (item.id, os.path.realpath(item.path))
                if key in seen:
                    continue
                seen.add(key)
            yield item


def _under(path: Path) -> Iterator[Found | Refusal | PassedOver]:
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        broken = path.is_symlink() if not isinstance(error, ValueError) else False
        yield _refuse(path, why_not(error, broken))
        return
    if stat.S_ISDIR(mode):
        yield from _in_folder(path)
    elif (kind := kind_of(path.name)) is None:
        yield _refuse(path, NO_SUCH_TYPE)
    else:
        yield _found(path, path.name, kind)


def _in_folder(root: Path) -> Iterator[Found | Refusal | PassedOver]:
    items: list[tuple[str, Found | Refusal]] = []
    names: list[str] = []
    for path in _walk(root, items):
        names.append(path.name)
        kind = kind_of(path.name)
        if kind is not None:
            name = path.relative_to(root).as_posix()
            items.append((name, _found(path, name, kind)))
    if not items:
        yield _refuse(root, f"holds no article files; known are {_KNOWN}")
    yield from (item for _, item in sorted(items, key=lambda pair: pair[0]))
    yield passed_over(names)


def _walk(root: Path, refused: list[tuple[str, Found | Refusal]]) -> Iterator[Path]:
    """The files under `root`. Real folders come before linked ones, so that a link never takes a folder's place."""
    folders = deque([root])
    entered: set[tuple[int, int]] = set()
    while folders:
        folder = folders.popleft()
        try:
            status = folder.stat()
            key = (status.st_dev, status.st_ino)
            if key in entered:
                continue
            entered.add(key)
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name, reverse=True)
        except OSError as error:
            refused.append((folder.relative_to(root).as_posix(), _refuse(folder, why_not(error))))
            continue
        for entry in entries:
            if is_hidden(entry.name):
                continue
            if not _is_folder(entry):
                yield folder / entry.name
            elif entry.is_symlink():
                folders.append(folder / entry.name)
            else:
                folders.appendleft(folder / entry.name)


def _found(path: Path, name: str, kind: Kind) -> Found | Refusal:
    try:
        status = path.stat()
    except OSError as error:
        return _refuse(path, why_not(error, path.is_symlink()))
    if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for ever
        return _refuse(path, "is not a regular file")
    return Found(name, path, kind, status.st_size)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself: opening it as a file gives the reason
        return False


def _refuse(path: Path, reason: str) -> Refusal:
    return Refusal(storable(str(path)), reason)


def why_not(error: Exception, broken_link: bool = False) -> str:
    """The reason in a refusal for what the system says about a path."""
    if isinstance(error, FileNotFoundError) and broken_link:
        return "is a link to nothing; mend it or remove it"
    if isinstance(error, FileNotFoundError | ValueError):
        return "no such file or folder"
    if isinstance(error, PermissionError):
        return "may not be read by this user; change its permissions"
    return f"cannot be read: {getattr(error, 'strerror', None) or error}"
