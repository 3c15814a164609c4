"""Word documents (.docx) → articles."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # it carries no types

from index.archive import open_package
from index.article import Article
from index.dates import iso_date
from index.errors import ReadError
from index.markup import name_of, paragraphs, parse_xhtml, parse_xml
from index.metadata import complete_from_name, without_title
from index.plain import split_headline
from index.quiet import quiet
from index.raised import write_out_raised

_OLD_OFFICE = b"\xd0\xcf\x11\xe0"  # how .doc files begin, and .docx files with a password
_CORE = "docProps/core.xml"
_STYLE_SHEET = "word/styles.xml"
_TEMPLATE_AUTHOR = "python-docx"  # in every file made with it, unless somebody else is named
_TEMPLATE_DAY = "2013-12-23T23:15:00Z"  # when python-docx's template was made: in every file made from it
_PART = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|word/[^/]*\.xml|word/_rels/[^/]*\.rels"
)  # what text is read from
# Of a formula, the parts that one sees by place alone, those that only hold others, and those that say how it looks.
_BETWEEN = {"f": "/", "ssup": "^", "ssub": "_"}
_HOLDING = frozenset(("omathpara", "omath", "r", "e", "num", "den", "sup", "sub"))
_LOOKS = re.compile(r"\w*pr")
_ONE = re.compile(r"[-−]?\w+(?:[.,]\d+)?|\([^()]*\)")
_OFF = ("0", "false", "off")  # `<w:vanish w:val="0"/>` takes a style's hiding back
_STYLES = "p[style-name='Title'] => h1.title:fresh\np[style-name='Subtitle'] => h2:fresh"


def read_docx(data: bytes, file_id: str) -> Article:
    """The article in a Word document, its paragraphs one a line. Raises `ReadError` where it is damaged or locked."""
    quiet("mammoth")
    if data.startswith(_OLD_OFFICE):
        raise ReadError("is locked with a password or in Word's old format; save it as .docx without a password")
    with open_package(data) as package:
        if "[Content_Types].xml" not in package.namelist():
            raise ReadError("is a zip file but not a Word document")
        facts = _facts(package)
        shown = _as_shown(package)
    blocks = paragraphs(_tree(shown or data))
    title = facts.get("title", "")
    if not title and blocks and blocks[0][0] == "h1":
        title = blocks[0][1]
    text = without_title("\n".join(text for _, text in blocks), title)
    if not title:
        title, text = split_headline(text)
    author = facts.get("creator") if facts.get("creator") != _TEMPLATE_AUTHOR else None
    article = Article(id=file_id, text=text, title=title, author=author, language=facts.get("language"))
    created = facts.get("created")
    return complete_from_name(article, created=iso_date(created) if created != _TEMPLATE_DAY else None)


def _as_shown(package: zipfile.ZipFile) -> bytes | None:
    """The document without text that Word does not show (`w:vanish`) and with its formulas as text: mammoth would read
    the one and leave out the other. None where there is neither.
    """
    parts = {name: package.read(name) for name in package.namelist() if _PART.fullmatch(name)}
    if not any(b"vanish" in part or b"oMath" in part for part in parts.values()):
        return None
    hiding = _hiding_styles(parts.get(_STYLE_SHEET, b""))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as cleaned:
        for name, part in parts.items():
            cleaned.writestr(name, _part_as_shown(part, hiding))
    return packed.getvalue()


def _hiding_styles(sheet: bytes) -> set[str | None]:
    """The ids of the styles whose text Word does not show."""
    root = parse_xml(sheet)
    styles = {} if root is None else {_attribute(style, "styleId"): style for style in root.iterfind("{*}style")}
    styles.pop(None, None)
    return {style_id for style_id in styles if _hides(style_id, styles)}


def _hides(style_id: str | None, styles: Mapping[str | None, Any]) -> bool:
    """Whether the style hides its text, or the one that it is based on does where it does not say."""
    passed: set[str | None] = set()  # styles may be based on one another in a ring
    while style_id in styles and style_id not in passed:
        passed.add(style_id)
        itself = _vanishes(styles[style_id])
        if itself is not None:
            return itself
        style_id = _value(styles[style_id], "{*}basedOn")
    return False


def _part_as_shown(part: bytes, hiding: set[str | None]) -> bytes:
    root = parse_xml(part)
    if root is None:
        return part
    for run in list(root.iter("{*}r")):
        if run.getparent() is not None and _is_hidden(run, hiding):
            run.getparent().remove(run)
    for name in ("{*}oMathPara", "{*}oMath"):  # the former holds some of the latter
        for math in list(root.iter(name)):
            _write_out(math)
    written: bytes = etree.tostring(root)
    return written


def _write_out(math: Any) -> None:
    """A run of text in the place of a formula."""
    parent = math.getparent()
    if parent is None:
        return
    word = f"{{{etree.QName(parent).namespace}}}"
    run = etree.Element(word + "r")
    etree.SubElement(run, word + "t").text = _formula(math)
    run.tail = math.tail
    parent.replace(math, run)


def _formula(math: Any) -> str | None:
    """A formula on one line: `(a+b)/c^2`; None where it holds what is not known here."""
    told: dict[Any, str | None] = {}  # by part, the innermost first: hostile ones are deeper than Python calls
    for _, part in etree.iterwalk(math):
        told[part] = _part(part, [told.pop(inner, None) for inner in part])
    return told[math]


def _part(part: Any, inside: Sequence[str | None]) -> str | None:
    """A part of a formula by what is told of those in it."""
    name = name_of(part)
    if name == "t":
        return part.text or ""
    if _LOOKS.fullmatch(name):
        return ""
    shown = [text for text in inside if text]
    if None in inside or name not in (*_HOLDING, *_BETWEEN, "d"):
        return None
    if name == "d":
        return _bracketed(part, shown)
    return _BETWEEN[name].join(map(_whole, shown)) if name in _BETWEEN else "".join(shown)


def _bracketed(part: Any, shown: Sequence[str]) -> str:
    """What stands in brackets, of whichever kind."""
    marks = {name: _value(part, f"{{*}}dPr/{{*}}{name}") for name in ("begChr", "sepChr", "endChr")}
    begin, between, end = (
        usual if (mark := marks[name]) is None else mark
        for name, usual in (("begChr", "("), ("sepChr", "|"), ("endChr", ")"))
    )
    return begin + between.join(shown) + end


def _whole(text: str) -> str:
    """In brackets, unless it is one thing already."""
    return text if _ONE.fullmatch(text) else f"({text})"


def _is_hidden(run: Any, hiding: set[str | None]) -> bool:
    """What the run says of itself goes before its styles, the character's and the paragraph's."""
    itself = _vanishes(run)
    if itself is not None:
        return itself
    paragraph = next(run.iterancestors("{*}p"), None)
    in_paragraph = None if paragraph is None else _value(paragraph, "{*}pPr/{*}pStyle")
    return _value(run, "{*}rPr/{*}rStyle") in hiding or in_paragraph in hiding


def _vanishes(element: Any) -> bool | None:
    """Whether the element's own properties hide its text; None where they do not say."""
    mark = element.find("{*}rPr/{*}vanish")
    return None if mark is None else _attribute(mark, "val") not in _OFF


def _value(element: Any, path: str) -> str | None:
    found = element.find(path)
    return None if found is None else _attribute(found, "val")


def _attribute(element: Any, name: str) -> str | None:
    """An attribute in the element's own namespace, of which Word has two."""
    value: str | None = element.get(f"{{{etree.QName(element).namespace}}}{name}")
    return value


def _tree(data: bytes) -> Any:
    import mammoth  # type: ignore[import-untyped]  # it carries no types

    # Pictures are left out: they would come as megabytes of base64.
    no_pictures = mammoth.images.img_element(lambda picture: {})
    page = mammoth.convert_to_html(io.BytesIO(data), style_map=_STYLES, convert_image=no_pictures)
    tree = parse_xhtml(f"<html><body>{page.value}</body></html>")
    write_out_raised(tree)
    for link in tree.iter("a"):
        if link.text == "↑":  # from a note back to its number
            link.text = None
    return tree


def _facts(package: zipfile.ZipFile) -> dict[str, str]:
    """The document's own properties: title, creator, created, language."""
    root = parse_xml(package.read(_CORE)) if _CORE in package.namelist() else None
    if root is None:
        return {}  # the text can do without them
    return {str(part.tag).rpartition("}")[2]: part.text.strip() for part in root if part.text and part.text.strip()}
