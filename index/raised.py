"""What stands raised in a tree: an exponent is still one when its markup goes, and the mark of a note goes with it."""

import re
from typing import Any

from lxml.etree import iterwalk  # type: ignore[import-untyped]  # it carries no types

from index.markup import is_block, name_of, take_out

_TYPE = "{http://www.idpf.org/2007/ops}type"  # `epub:type`, as XML has it
_RAISED = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")
_EXPONENT = re.compile(r"[+−–-]?\d+(?:\.\d+)?[+−–-]?", re.ASCII)
_MARK = re.compile(r"[\[(]?(?:n(?:ote|b)?\.? ?)?(?:\d{1,4}|[ivx]{1,5}|[a-z]|[*†‡§¶]{1,3})[\])]?", re.IGNORECASE)
_NUMBERS = re.compile(r"\[?\d{1,3}(?: ?[,–-] ?\d{1,3})*\]?", re.ASCII)
_RAISES = re.compile(r"[^\W_]\Z|[)\]]\Z")  # a digit, a unit or a bracket
_PUNCTUATION = re.compile(r"""[.!?…。,;:]["'”’»)\]]*\Z""")
_PRICE = re.compile(r"[$£€¥]\d[\d,]*[.,]\Z|(?<!\d)\d{1,2}:\Z")  # “$5.” or “10:” before a raised “99” or “30”
_NEAR = 10  # characters before what is raised that tell what it is


def write_out_raised(tree: Any) -> None:
    """What stands raised in the tree → text: `10<sup>9</sup>` → `10⁹`, the mark of a note → nothing."""
    found: list[tuple[Any, str]] = []
    before = ""
    walk = iterwalk(tree, events=("start", "end"))
    for event, element in walk:
        if is_block(element) or name_of(element) == "br":
            before = ""
        instead = _instead(element, before) if event == "start" else None
        if instead is None:
            before = (before + ((element.text if event == "start" else element.tail) or ""))[-_NEAR:]
        else:
            found.append((element, instead))
            before += instead
            walk.skip_subtree()
    for element, instead in found:
        if element.getparent() is not None:
            take_out(element, element.getparent(), instead)


def _instead(element: Any, before: str) -> str | None:
    """What is to stand in the place of the element after the text `before`; None where it is to stay."""
    raised, referring = name_of(element) == "sup", _is_reference(element)
    if not raised and not referring:
        return None
    text = "".join(element.itertext("*")).strip()
    if _MARK.fullmatch(text) and (referring or _links_within(element, text)):
        return ""
    if _PRICE.search(before) and len(text) == 2 and text.isdecimal():
        return None
    if _NUMBERS.fullmatch(text) and _PUNCTUATION.search(before) and not (element.tail or "")[:1].isalnum():
        return ""
    if not raised or not _EXPONENT.fullmatch(text) or not _RAISES.search(before):
        return None
    return f"^{text}" if "." in text else text.translate(_RAISED)


def _is_reference(element: Any) -> bool:
    """Whether the element says that it refers to a note."""
    kinds = element.get(_TYPE) or element.get("epub:type") or ""
    return "noteref" in kinds.split() or "doc-noteref" in (element.get("role") or "").split()


def _links_within(element: Any, text: str) -> bool:
    """Whether what is raised holds a link to a place in a page, or is all of one."""
    around = [link for link in element.iterancestors("{*}a") if _is_all_of(link, text)]
    return any("#" in (link.get("href") or "") for link in (*element.iter("{*}a"), *around))


def _is_all_of(link: Any, text: str) -> bool:
    """Whether a link says no more than this short text; of a long one no more is read."""
    said = ""
    for piece in link.itertext("*"):
        said += piece.strip()
        if len(said) > len(text):
            return False
    return said == text
