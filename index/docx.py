"""Word documents (.docx) → articles."""

import io
import re
import zipfile
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # it carries no types

from index.archive import open_package
from index.article import Article
from index.dates import iso_date
from index.errors import ReadError
from index.markup import paragraphs, parse_xhtml, parse_xml
from index.metadata import complete_from_name, without_title
from index.plain import split_headline
from index.quiet import quiet

_OLD_OFFICE = b"\xd0\xcf\x11\xe0"  # how .doc files begin, and .docx files with a password
_CORE = "docProps/core.xml"
_TEMPLATE_DAY = "2013-12-23T23:15:00Z"  # when python-docx's template was made: in every file made from it
_PART = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|word/[^/]*\.xml|word/_rels/[^/]*\.rels"
)  # what text is read from
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
        shown = _without_hidden(package)
    blocks = paragraphs(_tree(shown or data))
    title = facts.get("title", "")
    if not title and blocks and blocks[0][0] == "h1":
        title = blocks[0][1]
    text = without_title("\n".join(text for _, text in blocks), title)
    if not title:
        title, text = split_headline(text)
    article = Article(id=file_id, text=text, title=title, author=facts.get("creator"), language=facts.get("language"))
    created = facts.get("created")
    return complete_from_name(article, created=iso_date(created) if created != _TEMPLATE_DAY else None)


def _without_hidden(package: zipfile.ZipFile) -> bytes | None:
    """The document without the text that Word does not show (`w:vanish`), which mammoth reads; None where none is."""
    parts = {name: package.read(name) for name in package.namelist() if _PART.fullmatch(name)}
    if not any(b"vanish" in part for part in parts.values()):
        return None
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as cleaned:
        for name, part in parts.items():
            cleaned.writestr(name, _without_vanished(part))
    return packed.getvalue()


def _without_vanished(part: bytes) -> bytes:
    root = parse_xml(part)
    if root is None:
        return part
    for mark in list(root.iterfind(".//{*}r/{*}rPr/{*}vanish")):
        run = mark.getparent().getparent()
        if mark.get(f"{{{etree.QName(mark).namespace}}}val") not in _OFF and run.getparent() is not None:
            run.getparent().remove(run)
    written: bytes = etree.tostring(root)
    return written


def _tree(data: bytes) -> Any:
    import mammoth  # type: ignore[import-untyped]  # it carries no types

    # Pictures are left out: they would come as megabytes of base64.
    no_pictures = mammoth.images.img_element(lambda picture: {})
    page = mammoth.convert_to_html(io.BytesIO(data), style_map=_STYLES, convert_image=no_pictures)
    tree = parse_xhtml(f"<html><body>{page.value}</body></html>")
    for link in list(tree.iter("a")):
        # The number of a note, and the arrow back from it, are no words of the article.
        if (link.get("id") or "").startswith(("footnote-ref", "endnote-ref")) or link.text == "↑":
            link.text = None
    return tree


def _facts(package: zipfile.ZipFile) -> dict[str, str]:
    """The document's own properties: title, creator, created, language."""
    root = parse_xml(package.read(_CORE)) if _CORE in package.namelist() else None
    if root is None:
        return {}  # the text can do without them
    return {str(part.tag).rpartition("}")[2]: part.text.strip() for part in root if part.text and part.text.strip()}
