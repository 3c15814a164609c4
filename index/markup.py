"""HTML and XHTML → a tree without what a browser hides, and a tree → its paragraphs."""

import codecs
import html
import re
from collections.abc import Iterable
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # it carries no types
from lxml import html as lxml_html

from index.css import Selector, hidden_by, hides
from index.decode import decode, marked_encoding

_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{2,30})""", re.IGNORECASE
)
_PROLOGUE = re.compile(r"^\s*(?:<\?xml[^>]*\?>)?\s*(?:<!DOCTYPE[^>\[]*(?:\[[^\]]*\]\s*)?>)?", re.IGNORECASE)
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z]\w{1,30};)")
_SPACES = re.compile(r"[ \t\n\r\f]+")  # what HTML collapses: a no-break space stays

_ALWAYS_HIDDEN = frozenset(["template", "noscript", "noframes", "noembed", "iframe", "canvas", "datalist"])
_NEVER_TOUCHED = frozenset(["html", "head", "body", "script", "style", "meta", "link", "title"])
_NO_TEXT = frozenset(["head", "script", "style", "template", "svg", "math", "rt", "rp", "object", "audio", "video"])
_CELL = ("td", "th")
_BLOCK = re.compile(
    "address|article|aside|blockquote|body|caption|center|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|form|"
    "h[1-6]|header|hr|html|li|main|nav|ol|p|pre|section|summary|table|tbody|tfoot|thead|tr|ul"
)


def decode_markup(data: bytes) -> str:
    """A page by its byte-order mark, else by the encoding that it declares, else as any text file."""
    declared = _CHARSET.search(data[:4096])
    if declared and not marked_encoding(data):
        name = declared[1].decode("ascii", "replace").lower()
        # Browsers read the Latin-1 family as Windows-1252, and so such pages were written.
        name = "cp1252" if name in ("iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii") else name
        try:
            if codecs.lookup(name).name not in ("utf-8", "utf-16", "utf-32"):
                return data.decode(name).replace("\r\n", "\n").replace("\r", "\n")
        except (LookupError, ValueError):
            return decode(data)  # the declaration is unknown or untrue
    return decode(data)


def without_prologue(markup: str) -> str:
    """The markup without its XML declaration, which no longer holds once it is decoded, and its DOCTYPE."""
    return _PROLOGUE.sub("", markup, count=1)


def parse_xml(data: bytes) -> Any | None:
    """The lxml tree of an XML file, mended where it can be, nothing fetched or expanded; None where it is not XML."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return None


def parse_xhtml(markup: str) -> Any:
    """The lxml tree of a chapter: as XML, since `<title/>` is an open tag to an HTML parser, else as HTML."""
    text = without_prologue(markup)
    known = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    safe = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        return etree.fromstring(known.encode("utf-8", "replace"), safe)
    except etree.XMLSyntaxError:
        lenient = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
        return lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=lenient)


def remove_hidden(tree: Any) -> None:
    """Take out what a browser would not show: by its element, by attribute, by inline style, by the page's own sheets.

    So goes what is hidden from those who listen (`aria-hidden`): a page marks its ornaments and repetitions by it.
    """
    sheets = (style.text or "" for style in tree.iter("{*}style") if "print" not in (style.get("media") or ""))
    selectors = _Selectors(hidden_by(sheets))
    for element in list(tree.iter("*")):
        parent = element.getparent()
        if parent is None or _name(element) in _NEVER_TOUCHED:
            continue
        if _is_hidden(element) or selectors.match(element):
            _drop(element, parent)


def _is_hidden(element: Any) -> bool:
    name = _name(element)
    if name in _ALWAYS_HIDDEN or (name == "dialog" and element.get("open") is None):
        return True
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    return hides(element.get("style") or "")


class _Selectors:
    """Selectors by one name that an element must bear, so that each element is held against few of them."""

    def __init__(self, selectors: Iterable[Selector]) -> None:
        self._by_name: dict[str, list[Selector]] = {}
        for selector in selectors:
            key = (
                f"#{selector.id}" if selector.id else f".{min(selector.classes)}" if selector.classes else selector.tag
            )
            self._by_name.setdefault(key, []).append(selector)

    def match(self, element: Any) -> bool:
        if not self._by_name:
            return False
        own_id, classes = element.get("id") or "", (element.get("class") or "").split()
        return any(
            _matches(element, selector) and _stands_in(element, selector.within)
            for key in (f"#{own_id}", *(f".{each}" for each in classes), _name(element))
            for selector in self._by_name.get(key, ())
        )


def _matches(element: Any, selector: Selector) -> bool:
    """Whether the element itself is of this tag, these classes and this id."""
    if selector.tag not in ("", _name(element)) or selector.id not in ("", element.get("id") or ""):
        return False
    return selector.classes <= frozenset((element.get("class") or "").split())


def _stands_in(element: Any, within: tuple[tuple[Selector, bool], ...]) -> bool:
    """Whether the element stands in others so; what `html` and `body` bear does not count: scripts change it."""
    if not within:
        return True
    (outer, directly), *rest = within
    around = element.getparent()
    while around is not None and _name(around) not in ("html", "body"):
        if _matches(around, outer) and _stands_in(around, tuple(rest)):
            return True
        around = None if directly else around.getparent()
    return False


def _drop(element: Any, parent: Any) -> None:
    """Remove the element and keep the text that follows it."""
    before = element.getprevious()
    if element.tail and before is not None:
        before.tail = (before.tail or "") + element.tail
    elif element.tail:
        parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def paragraphs(tree: Any) -> list[tuple[str, str]]:
    """The (tag, text) of each block of text in the tree, in order; spaces as HTML shows them, `<br>` a line end."""
    found: list[tuple[str, str]] = []
    pending: list[str] = []
    tag = "body"

    def flush(next_tag: str) -> None:
        nonlocal tag
        lines = (_SPACES.sub(" ", line).strip(" ") for line in "".join(pending).split("\v"))
        if text := "\n".join(line for line in lines if line):
            found.append((tag, text))
        pending.clear()
        tag = next_tag

    cells = 0  # how deep in table cells: a row is one paragraph, whatever is in its cells
    walk = etree.iterwalk(tree, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        name = _name(element)
        if event == "start":
            if name in _NO_TEXT:
                walk.skip_subtree()
                continue
            if _BLOCK.fullmatch(name):
                flush(name) if not cells else pending.append(" ")
            cells += name in _CELL
            pending.append("\v" if name == "br" else _kept(element.text, name))
            continue
        if event == "end" and name in _CELL:
            cells -= 1
            pending.append(" | " if element.getnext() is not None else "")
        elif event == "end" and _BLOCK.fullmatch(name):
            flush("body") if not cells else pending.append(" ")
        if element is not tree:
            pending.append(_kept(element.tail, ""))
    flush("body")
    return found


def _kept(text: str | None, name: str) -> str:
    text = (text or "").replace("\v", " ")
    return text.replace("\n", "\v") if name == "pre" else text


def _name(element: Any) -> str:
    """The element's tag in lower case without its namespace; "" for a comment."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""
