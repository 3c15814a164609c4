"""Which elements a page's style sheets hide from its reader."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.css import Selector, Sheet, own_verdicts, verdicts


def names(css: str, media: str = "") -> set[str]:
    found = verdicts([Sheet(css, media)]).items()
    return {written(selector) for selector, made in found if any(verdict.hides for verdict in made.values())}


def written(selector: Selector) -> str:
    own = selector.tag + "".join(f".{name}" for name in sorted(selector.classes)) + (selector.id and f"#{selector.id}")
    for outer, directly in selector.within:
        own = written(outer) + (">" if directly else " ") + own
    return own


@pytest.mark.parametrize(
    ("css", "hidden"),
    [
        (".a { display: none }", {".a"}),
        ("p.a, DIV#b , .c.d{color:red;DISPLAY : NONE!important}", {"p.a", "div#b", ".c.d"}),
        (".a{visibility:hidden}.b{visibility:collapse}.c{visibility:visible}", {".a", ".b"}),
        (".a{position:absolute;left:-9999px}.b{text-indent:-999em}.c{left:-20px}", {".a", ".b"}),
        (".a{clip:rect(0 0 0 0)}.b{clip: rect(1px, 1px, 1px, 1px)}.c{clip:auto}", {".a", ".b"}),
        (".a{clip-path:inset(50%)}.b{clip-path:none}", {".a"}),
        (".a{font-size:0}.b{font-size:0.9em}.c{font-size: 0px;}", {".a", ".c"}),
        (".a{font-size:0.0px}.b{font-size:.0em}.c{font:0/0 a}.d{font-size:.05em}", {".a", ".b", ".c"}),
        (".a{color:transparent}.b{color:transparent;-webkit-background-clip:text}.c{color:#000}", {".a"}),
        (".a{left:-100vw}.b{margin-left:-100vw}.c{left:-100%}.d{left:-20vw}", {".a"}),
        (".a{width:1px;height:1px;overflow:hidden}.b{width:1px;height:1px}.c{overflow:hidden}", {".a"}),
        (r".a{display:n\6fne}.b{d\69splay:none}.c{display:none\9}.d{color:red;display:/**/none}", {".a", ".b", ".d"}),
        (""".a::before{content:"}"} .b{display:none} .c{content:";display:none"}""", {".b"}),
        ("<!-- .a{display:none} -->", {".a"}),
        (".a{opacity:0}", set()),  # what fades in
        ("@import url(x); .a{display:none}", {".a"}),
        ("/* .a{ */ .b{display:none} /* .c{display:none} */", {".b"}),
        (".b{display:none} /* never closed .c{display:none}", {".b"}),
        ("@media print{.a{display:none}} .b{display:none}", {".b"}),
        ("@media (max-width: 9em){@supports (x:y){.a{display:none}}}", set()),
        (".a{display:none} @media (min-width:9em){.a{display:block}}", set()),  # hidden on a telephone alone
        ("@media (min-width:9em){.a{display:block}} .a{display:none}", {".a"}),
        (".a{display:none} .a{display:block}", set()),
        (".a{display:none} .a{visibility:visible}", {".a"}),
        (".a{display:none!important} .a{display:block}", {".a"}),
        (".a{display:none; display:block}.b{display:none!important; display:block}", {".b"}),
        (".a{display:none} @media print{.a{display:block}}", {".a"}),
        (".a{display:none} @media print, screen{.a{display:block}}", set()),
        (".a{display:none} @media not print{.a{display:block}}", set()),
        (".a  .b{display:none} p.c > .d #e{display:none}", {".a .b", "p.c>.d #e"}),
        (".a .b .c .d{display:none} .a:hover .b{display:none} .a+.b{display:none} * .b{display:none}", set()),
        (".a:hover{display:none} [x]{display:none} *{display:none} >.a{display:none} .a>{display:none}", set()),
        ("@media screen{.a{display:none}} @MEDIA only  screen{.b{display:none}} .c{display:none}", {".a", ".b", ".c"}),
        ("@media all{@media print{.a{display:none}}} @media screen and (width > 1px){.b{display:none}}", set()),
        ("}}} .a{display:none} {{{", {".a"}),
        ("", set()),
    ],
)  # fmt: skip
def test_what_is_hidden(css: str, hidden: set[str]) -> None:
    assert names(css) == hidden


@pytest.mark.parametrize("media", ["", "all", "screen", "ONLY Screen", "print, screen"])
def test_a_sheet_for_every_window(media: str) -> None:
    assert names(".a{display:none}", media) == {".a"}


@pytest.mark.parametrize("media", ["print", "PRINT", "(max-width: 400px)", "not all", "screen and (max-width: 9em)"])
def test_a_sheet_for_some_windows_alone_hides_nothing(media: str) -> None:
    assert names(".a{display:none} }} .b{display:none}", media) == set()


@given(st.text("{}@;:/*.# anodisply-", max_size=80), st.text("{}@;:/*.# ", max_size=20))
def test_any_sheet_is_read(css: str, more: str) -> None:
    for selector in verdicts([Sheet(css + more + ".z{display:none}", more)]):
        assert isinstance(selector, Selector)
    own_verdicts(css)


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    [
        "/*",
        "}",
        "{",
        "@media{",
        "a{",
        ".a,",
        " ",
        "}  \n",
        ";",
        "; ",
        "-",
        "display:",
        "a",
        "'",
        '"\\"',
        "\\",
        "a{}",
        "@media screen{a{}",
    ],
)
def test_the_time_is_linear(piece: str) -> None:
    css = piece * (500_000 // len(piece))
    started = time.process_time()
    verdicts([Sheet(css), Sheet("." + css), Sheet("}" + css + "{")])
    own_verdicts(css)
    assert time.process_time() - started < 5
