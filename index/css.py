"""A page's style sheets → what they hide from its reader.

Only what surely holds is read: rules outside blocks such as `@media` (but for `screen` and `all`), by a selector of an
element's own tag, classes and id, and of those that it stands in. Where another rule shows the element again, be it at
another width of the window alone, the weightier of the two decides, as in a browser. Each step is linear in the length
of the sheet.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

_COMMENT = re.compile(r"/\*|\*/")
_STRING = re.compile(r"""\\.|"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'""", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.DOTALL)
_MARKS = re.compile(r"([{}])")
_SELECTOR = re.compile(r"([A-Za-z][\w-]{0,60})?((?:[.#][\w-]{1,200}){0,8})")
_PART = re.compile(r"([.#])([\w-]+)")
_COMBINATOR = re.compile(r"\s*+(>)\s*+|\s++")
_OUTER = 2  # elements around its own that a selector may name
_EVERY_WINDOW = re.compile(r"(?:only\s+)?(?:screen|all)", re.IGNORECASE)
_NO_WINDOW = re.compile(r"(?:only\s+)?(?:print|speech)\b.*", re.IGNORECASE | re.DOTALL)
_NEVER, _SOMETIMES, _ALWAYS = range(3)  # whether a rule holds for who reads the page in a window

_NIL = r"(?:0+(?:\.0*)?|\.0+)(?:[a-z]{1,4}|%)?"
_FAR = r"-\s*+(?:\d{4,}|[5-9]\d\d)(?:\.\d*)?(?:px|pt|r?em|ex|ch|%|v[wh])"
_OUTSIDE = rf"{_FAR}|-\s*+\d{{3,}}(?:\.\d*)?v[wh]"
_HIDING = {
    name: re.compile(values, re.DOTALL)
    for names, values in {
        "display": "none",
        "visibility": "hidden|collapse",
        "content-visibility": "hidden",
        "font-size": rf"{_NIL}(?:[\s/].*)?",  # and of `font`, where the height of a line follows
        "color": "transparent",
        "left right top bottom": _OUTSIDE,
        "text-indent margin-left margin-top": _FAR,
        "clip": r"rect\(\s*+(?:0(?:px)?|1px)[\s,].*",
        "clip-path": r"inset\(\s*+(?:50|100)%.*",
    }.items()
    for name in names.split()
}
_DOT = re.compile(r"(?:0|1px)")
_SIZES = ("width", "height", "overflow")
_PAINTED = ("background-clip", "-webkit-background-clip", "-webkit-text-stroke")  # show letters of no colour
_READ = frozenset([*_HIDING, *_SIZES, *_PAINTED])


class Sheet(NamedTuple):
    """A style sheet, and the media that it is for ("" for all)."""

    css: str
    media: str = ""


class Selector(NamedTuple):
    """An element's tag ("" for any), its classes and its id ("" for any).

    `within` are those that it stands in, from the nearest outwards, each with whether nothing stands between.
    """

    tag: str
    classes: frozenset[str]
    id: str
    within: tuple[tuple["Selector", bool], ...] = ()


class Verdict(NamedTuple):
    """Whether a property takes an element out of sight; of two, the one of the greater weight holds.

    The weight is whether it is `!important`, how narrowly its selector names the element, and its place in the sheets.
    """

    weight: tuple[bool, tuple[int, int, int, int], int]
    hides: bool


def own_verdicts(declarations: str) -> dict[str, Verdict]:
    """By property, what the declarations in an element's own `style` (`color: red; display: none`) make of it.

    `opacity: 0` does not count: pages fade their paragraphs in from it.
    """
    found = _effects(declarations).items()
    return {what: Verdict((important, (1, 0, 0, 0), 0), hidden) for what, (hidden, important) in found}


def verdicts(sheets: Iterable[Sheet]) -> dict[Selector, dict[str, Verdict]]:
    """By selector and property, what these sheets hide, and what they show again."""
    found: dict[Selector, dict[str, Verdict]] = {}
    effects = list(chain.from_iterable(map(_sheet_effects, sheets)))
    hiding = {what for _, what, hidden, _ in effects if hidden}
    for place, (selector, what, hidden, important) in enumerate(effects):
        if what in hiding or important:
            verdict = Verdict((important, _specificity(selector), place), hidden)
            own = found.setdefault(selector, {})
            own[what] = max(own.get(what, verdict), verdict)
    return found


def names_in(selector: Selector) -> list[str]:
    """The names in a selector, `p`, `#id`, `.class`: an element that it fits bears them, or those around it do."""
    tag, own_id = [selector.tag] if selector.tag else [], [f"#{selector.id}"] if selector.id else []
    outer = (name for each, _ in selector.within for name in names_in(each))
    return [*tag, *own_id, *(f".{name}" for name in sorted(selector.classes)), *outer]


def _specificity(selector: Selector) -> tuple[int, int, int, int]:
    """How narrowly the selector names its element: after the place of an element's own style, ids, classes, tags."""
    marks = Counter(name[0] for name in names_in(selector))
    return 0, marks["#"], marks["."], marks.total() - marks["#"] - marks["."]


def _sheet_effects(sheet: Sheet) -> Iterator[tuple[Selector, str, bool, bool]]:
    """(selector, property, whether it hides, whether it is `!important`), in the sheet's order."""
    css = _STRING.sub(_emptied, _without_comments(sheet.css)).replace("<!--", " ").replace("-->", " ")
    for selectors, declarations, held in _rules(css, _when(f"@media {sheet.media or 'all'}")):
        effects = _effects(declarations) if held else {}
        for selector in _simple(selectors) if effects else ():
            for what, (hidden, important) in effects.items():
                if held == _ALWAYS or not hidden:
                    yield selector, what, hidden, important


def _effects(declarations: str) -> dict[str, tuple[bool, bool]]:
    """Property → (whether its value hides, whether that is `!important`)."""
    declared = _declared(declarations) if ":" in declarations else {}
    found = {
        name: (_HIDING[name].fullmatch(value) is not None, important)
        for name, (value, important) in declared.items()
        if name in _HIDING
    }
    if any(name in declared for name in _SIZES):
        width, height, overflow = (declared.get(name, ("", False)) for name in _SIZES)
        dot = _DOT.fullmatch(width[0]) and _DOT.fullmatch(height[0]) and overflow[0] in ("hidden", "clip")
        found["size"] = (bool(dot), width[1] and height[1])
    if any(name in declared for name in _PAINTED):
        found["color"] = (False, True)
    return found


def _declared(declarations: str) -> dict[str, tuple[str, bool]]:
    """Property → (value, whether it is `!important`): of each the last that holds."""
    found: dict[str, tuple[str, bool]] = {}
    for declaration in _STRING.sub(_emptied, _without_comments(declarations)).split(";"):
        name, _, value = (_unescaped(part.strip()).lower() for part in declaration.partition(":"))
        value, _, mark = value.partition("!")
        important = mark.strip() == "important"
        name = "font-size" if name == "font" else name
        # What ends in an odd character (`none\9`) is for old browsers alone.
        if name in _READ and value.isprintable() and (important or not found.get(name, ("", False))[1]):
            found[name] = (value.strip(), important)
    return found


def _rules(css: str, held: int) -> Iterator[tuple[str, str, int]]:
    """(selectors, declarations, when the rule holds), of a sheet that itself holds then."""
    heads: list[tuple[str, int]] = []
    text = ""
    for part in _MARKS.split(css):
        if part == "{":
            head = text.rpartition(";")[2].strip()  # `@import …;` may stand before it
            heads.append((head, held))
            held = min(held, _when(head))
        elif part == "}" and heads:
            head, held = heads.pop()
            if not head.startswith("@"):
                yield head, text, held
        text = "" if part in ("{", "}") else part


def _when(head: str) -> int:
    """When what stands in a block of this head holds."""
    name, _, queries = head.partition(" ")
    if name.lower() != "@media":
        return _SOMETIMES
    media = [query.strip() for query in queries.split(",")]
    if any(_EVERY_WINDOW.fullmatch(query) for query in media):
        return _ALWAYS
    return _NEVER if all(_NO_WINDOW.fullmatch(query) for query in media) else _SOMETIMES


def _emptied(string: re.Match[str]) -> str:
    return string[0] if string[0].startswith("\\") else '""'


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16) % 0x110000) if found[1] else found[2], text)


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
