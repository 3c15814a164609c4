"""A page's style sheets → what they hide from its reader.

Only what surely holds is read: rules outside blocks such as `@media`, by a selector of one element's own tag, classes
and id. Where the page names the same selector again to show it (at another width of the window, say), it is not
hidden. Each step is linear in the length of the sheet.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_COMMENT = re.compile(r"/\*|\*/")
_MARKS = re.compile(r"([{}])")
_SELECTOR = re.compile(r"([A-Za-z][\w-]{0,60})?((?:[.#][\w-]{1,200}){0,8})")
_PART = re.compile(r"([.#])([\w-]+)")
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
    """An element's tag ("" for any), its classes and its id ("" for any)."""

    tag: str
    classes: frozenset[str]
    id: str


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
                yield head, text, not heads
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
        found = _SELECTOR.fullmatch(selector.strip())
        if found and found[0]:
            parts = _PART.findall(found[2])
            ids = [name for mark, name in parts if mark == "#"]
            if len(ids) < 2:
                classes = frozenset(name for mark, name in parts if mark == ".")
                yield Selector((found[1] or "").lower(), classes, ids[0] if ids else "")
