"""HTML and XHTML → a tree without what a browser hides, and a tree → its paragraphs."""

import codecs
import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # it carries no types
from lxml import html as lxml_html

from index.css import Selector, Sheet, Verdict, names_in, own_verdicts, verdicts
from index.decode import decode, is_nearly_utf8, marked_encoding
from index.errors import ReadError

_Rule = tuple[Selector, dict[str, Verdict]]
_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{2,30})""", re.IGNORECASE
)
_PROLOGUE = re.compile(r"^\s*(?:<\?xml[^>]*\?>)?\s*(?:<!DOCTYPE[^>\[]*(?:\[[^\]]*\]\s*)?>)?", re.IGNORECASE)
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z]\w{1,30};)")
_TOO_DEEP = "is nested too deeply to read; save the article's text alone"
_SPACES = re.compile(r"[ \t\n\r\f]+")  # what HTML collapses: a no-break space stays

_ALWAYS_HIDDEN = frozenset(["template", "noscript", "noframes", "noembed", "iframe", "canvas", "datalist"])
_NEVER_TOUCHED = frozenset(["html", "head", "body", "script", "style", "meta", "link", "title"])
_NO_TEXT = frozenset(["head", "script", "style", "template", "svg", "rt", "rp", "object", "audio", "video"])
_CELL = ("td", "th")
_BETWEEN = {"mfrac": "/", "msup": "^", "msub": "_"}  # what one sees by place alone: "12" is no half
_BLOCK = re.compile(
    "address|article|aside|blockquote|body|caption|center|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|form|"
    "h[1-6]|header|hr|html|li|main|nav|ol|p|pre|section|summary|table|tbody|tfoot|thead|tr|ul"
)


def decode_markup(data: bytes) -> str:
    """A page by its byte-order mark; else as UTF-8 where it surely is that, whatever it declares; else by what it
    declares, else as any text file."""
    declared = _CHARSET.search(data[:4096])
    if declared and not marked_encoding(data) and not is_nearly_utf8(data):
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
    """The lxml tree of an XML file, mended where it can be, nothing fetched or expanded; None where it is not XML.

    Raises `ReadError` where it is nested over 2,048 deep, as `parse_html` does.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=True)
    try:
        tree = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return None
    if parser.error_log.filter_types(etree.ErrorTypes.ERR_RESOURCE_LIMIT):
        raise ReadError(_TOO_DEEP)
    return tree


def parse_xhtml(markup: str) -> Any:
    """The lxml tree of a chapter: as XML, since `<title/>` is an open tag to an HTML parser, else as HTML.

    Raises `ReadError` where there is nothing in it.
    """
    text = without_prologue(markup)
    known = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    safe = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        return etree.fromstring(known.encode("utf-8", "replace"), safe)
    except etree.XMLSyntaxError:
        return parse_html(text)


def parse_html(markup: str) -> Any:
    """The lxml tree of a page, as lenient as a browser. Raises `ReadError` where there is nothing in it, or where it is
    nested over 2,048 deep: libxml2 leaves out what lies deeper, and what follows it (over 256, unless told otherwise).
    """
    lenient = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        tree = lxml_html.document_fromstring(markup.encode("utf-8", "replace"), parser=lenient)
    except etree.ParserError:
        raise ReadError("holds no text") from None
    if lenient.error_log.filter_from_fatals():
        raise ReadError(_TOO_DEEP)
    return tree


def remove_hidden(tree: Any, outside: Iterable[Sheet] = ()) -> None:
    """Take out what a browser would not show: by its element, by attribute, by its own style, by the page's sheets.

    `outside` are the sheets in files of their own. So goes what is hidden from those who listen (`aria-hidden`): a page
    marks its ornaments and repetitions by it.
    """
    styles = _Styles((*outside, *_sheets(tree)))
    for element in list(tree.iter("*")):
        parent, hidden = element.getparent(), styles.hide(element) or _is_hidden(element)
        if hidden and parent is not None and name_of(element) not in _NEVER_TOUCHED:
            take_out(element, parent)


def _sheets(tree: Any) -> Iterator[Sheet]:
    """The page's own sheets, without those for browsers that run no scripts and those that scripts may put in."""
    for style in tree.iter("{*}style"):
        inert = any(name_of(outer) in _ALWAYS_HIDDEN for outer in style.iterancestors())
        if not inert and (style.get("type") or "text/css").strip().lower() == "text/css":
            yield Sheet(style.text or "", style.get("media") or "")


def _is_hidden(element: Any) -> bool:
    name = name_of(element)
    if name in _ALWAYS_HIDDEN or (name == "dialog" and element.get("open") is None):
        return True
    if element.get("hidden") is not None or element.get("popover") is not None:
        return True
    return (element.get("aria-hidden") or "").lower() == "true"


@lru_cache(maxsize=4)  # an e-book's chapters share theirs
def _by_rarest_name(sheets: tuple[Sheet, ...]) -> dict[str, list[_Rule]]:
    """The rules by the name in them that fewest others hold, so that each element is held against few."""
    rules = verdicts(sheets)
    uses = Counter(chain.from_iterable(map(names_in, rules)))
    found: dict[str, list[_Rule]] = {}
    for rule in rules.items():
        found.setdefault(min(names_in(rule[0]), key=lambda name: uses[name]), []).append(rule)
    return found


class _Styles:
    """What the sheets of a page make of its elements; ask for an element after those that it stands in."""

    def __init__(self, sheets: tuple[Sheet, ...]) -> None:
        self._by_name = _by_rarest_name(sheets)
        self._borne: dict[Any, frozenset[str]] = {}  # by an element and those around it, of the names in the index

    def hide(self, element: Any) -> bool:
        """Whether the element's own style or a sheet takes it out of sight."""
        own = (name for name in _names_of(element) if name in self._by_name)
        borne = self._borne.get(element.getparent(), frozenset()).union(own)
        self._borne[element] = borne
        won = own_verdicts(element.get("style") or "")
        for name in borne:
            for selector, found in self._by_name[name]:
                if _applies(element, selector, found):
                    won |= {what: max(verdict, won.get(what, verdict)) for what, verdict in found.items()}
        return any(verdict.hides for verdict in won.values())


def _applies(element: Any, selector: Selector, found: dict[str, Verdict]) -> bool:
    """What `html` and `body` bear counts for showing alone: scripts change it."""
    to_root = not any(verdict.hides for verdict in found.values())
    return _matches(element, selector) and _stands_in(element, selector.within, to_root)


def _matches(element: Any, selector: Selector) -> bool:
    """Whether the element itself is of this tag, these classes and this id."""
    if selector.tag not in ("", name_of(element)) or selector.id not in ("", element.get("id") or ""):
        return False
    return selector.classes <= frozenset((element.get("class") or "").split())


def _stands_in(element: Any, within: tuple[tuple[Selector, bool], ...], to_root: bool) -> bool:
    if not within:
        return True
    (outer, directly), *rest = within
    around = element.getparent()
    while around is not None and (to_root or name_of(around) not in ("html", "body")):
        if _matches(around, outer) and _stands_in(around, tuple(rest), to_root):
            return True
        around = None if directly else around.getparent()
    return False


def _names_of(element: Any) -> Iterator[str]:
    """What a selector may name the element by: `p`, `.class`, `#id`."""
    yield name_of(element)
    yield from (f".{name}" for name in frozenset((element.get("class") or "").split()))
    if own_id := element.get("id"):
        yield f"#{own_id}"


def take_out(element: Any, parent: Any, instead: str = "") -> None:
    """Remove the element and keep the text that follows it."""
    before, text = element.getprevious(), instead + (element.tail or "")
    if text and before is not None:
        before.tail = (before.tail or "") + text
    elif text:
        parent.text = (parent.text or "") + text
    parent.remove(element)


def write_out_formulas(tree: Any) -> None:
    """Each MathML formula in the tree → its text on one line: `(a+b)/c^2`."""
    for math in list(tree.iter("{*}math")):
        parent = math.getparent()
        if parent is not None:
            take_out(math, parent, _formula(math) or math.get("alttext") or "")


def _formula(math: Any) -> str:
    for note in list(math.iter("{*}annotation", "{*}annotation-xml")):
        note.getparent().remove(note)
    for part in math.iter("{*}mfrac", "{*}msup", "{*}msub"):
        if len(part) == 2:
            for side in part:
                if len(side) > 1:
                    side.text, side[-1].tail = "(", ")"
            part[0].tail = _BETWEEN[name_of(part)]
    return "".join(text.strip() for text in math.itertext())


def is_block(element: Any) -> bool:
    """Whether the element's text stands apart from what is around it: a paragraph's, say, or a table cell's."""
    return name_of(element) in _CELL or _BLOCK.fullmatch(name_of(element)) is not None


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
        name = name_of(element)
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


def name_of(element: Any) -> str:
    """The element's tag in lower case without its namespace; "" for a comment."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""
