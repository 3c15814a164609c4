"""A page's style sheets → what they hide from its reader.

Only what surely holds is read: rules outside blocks such as `@media` (but for `screen` and `all`), by a selector of an
element's own tag, classes and id, and of those that it stands in. Where the page names the same selector again to show
it (at another width of the window, say), it is not hidden. Each step is linear in the length of the sheet.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_COMMENT = re.compile(r"/\*|\*/")
_MARKS = re.compile(r"([{}])")
_SELECTOR = re.compile(r"([A-Za-z][\w-]{0,60})?((?:[.#][\w-]{1,200}){0,8})")
_PART = re.compile(r"([.#])([\w-]+)")
_COMBINATOR = re.compile(r"\s*+(>)\s*+|\s++")
_OUTER = 2  # elements around its own that a selector may name
_EVERY_WINDOW = re.compile(r"@media\s+(?:only\s+)?(?:screen|all)", re.IGNORECASE)
_FAR = r"-\s*(?:\d{4,}|[5-9]\d\d)(?:\.\d*)?(?:px|pt|r?em|ex|ch|%|v[wh])"
_HIDDEN = re.compile(
    rf"""(?:^|;)\s*+(?:
        display\s*+:\s*+none
      | visibility\s*+:\s*+(?:hidden|collapse)
      | content-visibility\s*+:\s*+hidden
      | font-size\s*+:\s*+0(?:px|pt|r?em|%)?\s*+(?:!|;|$)
      | (?:left|right|top|bottom|text-indent|margin-left|margin-top)\s*+:\s*+{_FAR}
      | clip\s*+:\s*+rect\(\s*+(?:0(?:px)?|1px)[\s,]
      | clip-path\s*+:\s*+inset\(\s*+(?:50|100)%
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_SHOWN = re.compile(r"(?:^|;)\s*+(?:display\s*+:\s*+(?!none)[a-z]|visibility\s*+:\s*+visible)", re.IGNORECASE)


class Selector(NamedTuple):
    """An element's tag ("" for any), its classes and its id ("" for any).

    `within` are those that it stands in, from the nearest outwards, each with whether nothing stands between.
    """

    tag: str
    classes: frozenset[str]
    id: str
    within: tuple[tuple["Selector", bool], ...] = ()


def hides(declarations: str) -> bool:
    """Whether these declarations (`color: red; display: none`) take an element out of its reader's sight.

    `opacity: 0` does not count: pages fade their paragraphs in from it.
    """
    return _HIDDEN.search(declarations) is not None


def hidden_by(sheets: Iterable[str]) -> frozenset[Selector]:
    """The selectors of elements that these sheets hide, wherever the page is looked at."""
    hidden: set[Selector] = set()
    shown: set[Selector] = set()
    for sheet in sheets:
        for selectors, declarations, always in _rules(_without_comments(sheet)):
            if always and hides(declarations):
                hidden.update(_simple(selectors))
            elif _SHOWN.search(declarations):
                shown.update(_simple(selectors))
    return frozenset(hidden - shown)


def _rules(css: str) -> Iterator[tuple[str, str, bool]]:
    """(selectors, declarations, whether the rule stands outside of any block)."""
    heads: list[str] = []
    text = ""
    for part in _MARKS.split(css):
        if part == "{":
            heads.append(text)
        elif part == "}" and heads:
            head = heads.pop().rpartition(";")[2].strip()  # `@import …;` may stand before it
            if not head.startswith("@"):
                yield head, text, all(_EVERY_WINDOW.fullmatch(each.strip()) for each in heads)
        text = "" if part in ("{", "}") else part


def _without_comments(css: str) -> str:
    kept, start, within = [], 0, False
    for mark in _COMMENT.finditer(css):
        if mark[0] == "/*" and not within:
            kept.append(css[start : mark.start()])
            within = True
        elif mark[0] == "*/" and within:
            start, within = mark.end(), False
    return " ".join(kept if within else [*kept, css[start:]])


def _simple(selectors: str) -> Iterator[Selector]:
    for selector in selectors.split(","):
        parts = _COMBINATOR.split(selector.strip())  # elements, and between them ">" or None
        if len(parts) > 2 * _OUTER + 1:
            continue
        own, *outer = (_element(part) for part in reversed(parts[::2]))
        near = (mark == ">" for mark in reversed(parts[1::2]))
        within = tuple((each, mark) for each, mark in zip(outer, near, strict=True) if each)
        if own and len(within) == len(outer):
            yield own._replace(within=within)


def _element(text: str) -> Selector | None:
    """What names one element by nothing but tag, classes and id."""
    found = _SELECTOR.fullmatch(text)
    if not found or not text:
        return None
    parts = _PART.findall(found[2])
    ids = [name for mark, name in parts if mark == "#"]
    if len(ids) > 1:
        return None
    classes = frozenset(name for mark, name in parts if mark == ".")
    return Selector((found[1] or "").lower(), classes, ids[0] if ids else "")
