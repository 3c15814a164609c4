"""E-books (.epub) → articles: one book, one article, its chapters in reading order."""

import posixpath
import zipfile
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any
from urllib.parse import unquote

from index.archive import open_package
from index.article import Article
from index.css import Sheet
from index.errors import ReadError
from index.markup import decode_markup, paragraphs, parse_xhtml, parse_xml, remove_hidden, write_out_formulas
from index.metadata import complete_from_name, published, without_title
from index.plain import split_headline
from index.raised import write_out_raised

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_CHAPTER_TYPES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
_MAX_SHEET = 1024**2  # bytes: no book's style sheet is larger


def read_epub(data: bytes, file_id: str) -> Article:
    """The article in an e-book, its paragraphs one a line. Raises `ReadError` where it is damaged or protected."""
    with open_package(data) as book:
        package_name = _package_name(book)
        package = _xml(book, package_name)
        chapters = _chapters(package, package_name)
        protected = _encrypted(book)
        if any(name in protected for name in chapters):
            raise ReadError("is protected (DRM); only a copy without protection can be read")
        members = frozenset(book.namelist())
        read_sheet = lru_cache(maxsize=16)(partial(_sheet_text, book))  # chapters share theirs
        text = "\n".join(filter(None, (_chapter_text(book, name, read_sheet) for name in chapters if name in members)))
    facts = _facts(package)
    title = facts.get("title", [""])[0]
    if title:
        text = without_title(text, title)
    else:
        title, text = split_headline(text)
    iso, kept = published(next(iter(facts.get("date", [])), None))
    article = Article(
        id=file_id,
        text=text,
        title=title,
        author=", ".join(facts.get("creator", [])) or None,
        source=next(iter(facts.get("publisher", [])), None),
        url=next((link for link in facts.get("source", []) if link.startswith(("http://", "https://"))), None),
        published_at=iso,
        language=next(iter(facts.get("language", [])), None),
        metadata=kept,
    )
    return complete_from_name(article)


def _package_name(book: zipfile.ZipFile) -> str:
    """The path of the book's package file, which `container.xml` names."""
    if _CONTAINER not in book.namelist():
        raise ReadError("is a zip file but not an e-book")
    for root in _xml(book, _CONTAINER).iter("{*}rootfile"):
        if name := root.get("full-path"):
            return str(name)
    raise ReadError("is damaged: its container names no package")


def _xml(book: zipfile.ZipFile, name: str) -> Any:
    root = parse_xml(book.read(name)) if name in book.namelist() else None
    if root is None:
        raise ReadError(f"is damaged: {name} is missing or is not XML")
    return root


def _chapters(package: Any, package_name: str) -> list[str]:
    """The members that hold the chapters, in reading order, each once, without the table of contents."""
    folder = posixpath.dirname(package_name)
    items = {item.get("id"): item for item in package.iter("{*}item")}
    names = []
    for reference in package.iter("{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or item.get("media-type") not in _CHAPTER_TYPES or "nav" in (item.get("properties") or ""):
            continue
        names.append(posixpath.normpath(posixpath.join(folder, unquote(item.get("href") or ""))))
    return list(dict.fromkeys(names))


def _encrypted(book: zipfile.ZipFile) -> frozenset[str]:
    """The members that are encrypted: fonts often are, chapters only under DRM."""
    if _ENCRYPTION not in book.namelist():
        return frozenset()
    return frozenset(unquote(part.get("URI") or "") for part in _xml(book, _ENCRYPTION).iter("{*}CipherReference"))


def _chapter_text(book: zipfile.ZipFile, name: str, read_sheet: Callable[[str], str]) -> str:
    """The chapter's paragraphs, one a line; "" where it is empty or no text, as a damaged book's chapters are."""
    try:
        tree = parse_xhtml(decode_markup(book.read(name)))
    except ReadError:
        return ""
    remove_hidden(tree, _sheets(tree, name, read_sheet))
    write_out_raised(tree)
    write_out_formulas(tree)
    return "\n".join(text for _, text in paragraphs(tree))


def _sheets(tree: Any, name: str, read_sheet: Callable[[str], str]) -> Iterator[Sheet]:
    """The style sheets that the chapter links to."""
    for link in tree.iter("{*}link"):
        kinds = (link.get("rel") or "").lower().split()
        if "stylesheet" in kinds and "alternate" not in kinds:
            member = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(link.get("href") or "")))
            yield Sheet(read_sheet(member), link.get("media") or "")


def _sheet_text(book: zipfile.ZipFile, name: str) -> str:
    """The style sheet in the book; "" where there is none of this name, or a huge one."""
    if name not in book.NameToInfo or book.getinfo(name).file_size > _MAX_SHEET:
        return ""
    return book.read(name).decode("utf-8", "replace")


def _facts(package: Any) -> dict[str, list[str]]:
    """The Dublin Core facts of the package: name → values, the day of publication before other dates."""
    facts: dict[str, list[str]] = {}
    for part in package.iter("{http://purl.org/dc/elements/1.1/}*"):
        value = " ".join((part.text or "").split())
        name = str(part.tag).rpartition("}")[2]
        if value and part.get("{http://www.idpf.org/2007/opf}event") == "publication":
            facts.setdefault(name, []).insert(0, value)
        elif value:
            facts.setdefault(name, []).append(value)
    return facts
