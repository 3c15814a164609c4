"""Web pages: the main text that a reader sees, and the page's own facts."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import document_fromstring  # type: ignore[import-untyped]  # it carries no types

from index.article import Article
from index.errors import ReadError
from index.markup import remove_hidden
from index.page import read_page

ARTICLE = """<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"><title>Bees return to the valley | The Valley Post</title>
<meta property="og:site_name" content="The Valley Post">
<meta name="author" content="Ann Lee">
<link rel="canonical" href="https://valley.example/2023/10/05/bees">
<meta property="article:published_time" content="2023-10-05T08:00:00Z">
<style>.folded, #promo { display: none } @media print { .onscreen { display: none } } p.x { color: red }</style>
</head><body>
<nav><a href="/">Home</a> <a href="/news">News</a></nav>
<article><h1>Bees return to the valley</h1>
<p>Bees have come back to the valley after seven years, the keeper said on Monday.</p>
<p class="onscreen">“We counted 40,000 of them,” she said, and the caf&eacute; &amp; the baker were glad.</p>
<p style="color: red; display : none">HIDDEN by style</p>
<p hidden>HIDDEN by attribute</p>
<p class="big folded">HIDDEN by class</p>
<div id="promo"><p>HIDDEN by id</p></div>
<p style="visibility:hidden">HIDDEN by visibility</p>
<template><p>HIDDEN in a template</p></template>
<p>The baker has bought nine jars of honey, which he will sell at the market on Sunday.</p>
</article><footer>© The Valley Post</footer></body></html>"""


def test_a_page() -> None:
    article = read_page(ARTICLE.encode(), "bees.html")
    assert article == Article(
        id="bees.html",
        text="Bees have come back to the valley after seven years, the keeper said on Monday.\n"
        "“We counted 40,000 of them,” she said, and the café & the baker were glad.\n"
        "The baker has bought nine jars of honey, which he will sell at the market on Sunday.",
        title="Bees return to the valley",
        author="Ann Lee",
        source="The Valley Post",
        url="https://valley.example/2023/10/05/bees",
        published_at="2023-10-05",
        language="en",
    )


@pytest.mark.parametrize("encoding", ["iso-8859-1", "windows-1252", "utf-16", "utf-8"])
def test_the_declared_encoding(encoding: str) -> None:
    page = (
        f'<html><head><meta charset="{encoding}"></head><body><p>The café is open.</p><p>So it was.</p></body></html>'
    )
    assert read_page(page.encode(encoding), "a.html").text == "The café is open.\nSo it was."


def test_a_wrong_declaration_does_not_harm() -> None:
    page = '<html><head><meta charset="no-such"></head><body><p>The café is open.</p><p>So it was.</p></body></html>'
    assert read_page(page.encode(), "a.html").text == "The café is open.\nSo it was."


@pytest.mark.parametrize(
    "head",
    [
        '<meta charset="iso-8859-1">',
        '<!-- <meta charset="koi8-r"> --><meta charset="utf-8">',
        '<?xml version="1.0" encoding="shift_jis"?>',
        '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">',
    ],
)
def test_a_page_in_utf8_is_read_so_whatever_it_declares(head: str) -> None:
    page = f"<html><head>{head}</head><body><p>Der Müller war zwölf. \x96</p><p>Später zog er fort.</p></body></html>"
    text = "Der Müller war zwölf. –\nSpäter zog er fort."
    assert read_page(page.encode().replace(b"\xc2\x96", b"\x96"), "a.html").text == text
    assert read_page(page.replace("\x96", "–").encode(), "a.html").text == text


def test_a_fragment() -> None:
    assert read_page(b"<p>Only one paragraph.</p>", "a.html").text == "Only one paragraph."


@pytest.mark.parametrize(
    "page", ["<html><body></body></html>", "<html><body><script>let a = 1;</script></body></html>"]
)
def test_a_page_without_text_is_refused(page: str) -> None:
    with pytest.raises(ReadError, match="main text"):
        read_page(page.encode(), "a.html")


def test_an_endless_page_is_refused() -> None:
    with pytest.raises(ReadError, match="elements"):
        read_page(b"<html><body>" + b"<p>x" * 70_000, "a.html")


LONG = "The keeper counted the bees and was glad of them, and so the baker said on Monday."


@pytest.mark.parametrize(
    "hidden",
    [
        "<p style='display:none'>HIDDEN</p>",
        "<p style='DISPLAY:NONE !important'>HIDDEN</p>",
        "<div style='visibility: hidden'><p>HIDDEN</p></div>",
        "<p hidden>HIDDEN</p>",
        "<p hidden='until-found'>HIDDEN</p>",
        "<p><span style='font-size:0'>HIDDEN</span> shown</p>",
        "<p style='position:absolute; left:-9999px'>HIDDEN</p>",
        "<p class='sr'>HIDDEN</p>",
        "<section id='gone'><p>HIDDEN</p></section>",
        "<p aria-hidden='true'>HIDDEN</p>",
        "<div class='fold'><div><p class='more'>HIDDEN</p></div></div>",
        "<div class='fold'><aside>HIDDEN</aside></div>",
        "<p class='screen'>HIDDEN</p>",
        "<p class='paper'>HIDDEN</p>",
        "<p class='firm'>HIDDEN</p>",
        "<p class='dot'>HIDDEN</p>",
        "<p style='display:/**/none'>HIDDEN</p>",
        "<p style='display:n\\6fne'>HIDDEN</p>",
        "<p style='color:transparent'>HIDDEN</p>",
        "<p style='left:-100vw'>HIDDEN</p>",
        "<div popover><p>HIDDEN</p></div>",
        "<template><p>HIDDEN</p></template>",
        "<noscript><p>HIDDEN</p></noscript>",
        "<dialog><p>HIDDEN</p></dialog>",
        "<iframe><p>HIDDEN</p></iframe>",
        "<canvas><p>HIDDEN</p></canvas>",
        "<!-- <p>HIDDEN</p> -->",
        "<script>document.write('<p>HIDDEN</p>')</script>",
        '<script type=\'application/ld+json\'>{"@type": "NewsArticle", "articleBody": "HIDDEN"}</script>',
    ],
)
def test_what_a_reader_does_not_see_is_no_evidence(hidden: str) -> None:
    style = (
        "<style>.sr { position: absolute; clip: rect(0, 0, 0, 0) } #gone { display: none }"
        ".fold .more, .fold > aside { display: none } @media screen { .screen { display: none } }"
        ".paper { display: none } @media print { .paper { display: block } } p { display: block }"
        ".firm { display: none !important } .firm { display: block }"
        ".dot { position: absolute; width: 1px; height: 1px; overflow: hidden }</style>"
    )
    page = f"<html><head>{style}</head><body><article><p>{LONG}</p>{hidden}<p>{LONG}</p></article></body></html>"
    article = read_page(page.replace("HIDDEN", f"HIDDEN {LONG} " * 3).encode(), "a.html")
    assert "HIDDEN" not in article.text
    assert article.text.startswith(LONG)


def test_what_is_hidden_elsewhere_alone_is_shown() -> None:
    """By a rule for those in another element, or in one of which scripts decide what it is."""
    style = "<style>.fold .more, .fold > p, .no-js p { display: none }</style>"
    body = f"<p>{LONG}</p><div class='fold'><div><p>One. {LONG}</p></div></div><p class='more'>{LONG}</p>"
    page = f"<html class='no-js'><head>{style}</head><body class='no-js'><article>{body}</article></body></html>"
    assert read_page(page.encode(), "a.html").text.count(LONG) == 3


@pytest.mark.parametrize(
    ("style", "shown"),
    [
        ("<style>.pane { display: none } .pane.active { display: block }</style>", "<div class='pane active'>{}</div>"),
        ("<style>.story { display: none }</style>", "<div class=story style='display: block;'>{}</div>"),
        ("<style>.x { display: none } .on .x { display: block }</style>", "<div class=on><div class=x>{}</div></div>"),
        ("<style media='(max-width: 400px)'>.x { display: none }</style>", "<div class=x>{}</div>"),
        ("<style media=PRINT>.x { display: none }</style>", "<div class=x>{}</div>"),
        ("<noscript><style>.x { display: none }</style></noscript>", "<div class=x>{}</div>"),
        ("<template><style>.x { display: none }</style></template>", "<div class=x>{}</div>"),
        ("<style type='text/x'>.x { display: none }</style>", "<div class=x>{}</div>"),
        ("<style>.x { color: red }</style>", "<div class=x style='overflow: hidden'>{}</div>"),
    ],
)
def test_what_a_reader_sees_is_evidence(style: str, shown: str) -> None:
    body = shown.format(f"<p>{LONG}</p><p>One. {LONG}</p>")
    page = f"<html><head>{style}</head><body><article>{body}</article></body></html>"
    assert read_page(page.encode(), "a.html").text == f"{LONG}\nOne. {LONG}"


INLINE = (
    "a|abbr|acronym|b|bdi|bdo|big|button|cite|code|data|del|dfn|em|font|i|ins|kbd|label|mark|noindex|output|q|s|samp|"
    "small|span|strike|strong|sub|sup|time|tt|u|var|x-word"
)
NAMES = (
    "social-term|share|author|byline|meta|tags|timestamp|caption|related|embed|menu|noprint|notloaded|akismet|teaser|"
    "widget|cookie|hide-small|bottom-line|nav|footer|premium-word|user-info|outbrain|term"
)
BEFORE = "The court found the harbour minister"
AFTER = "guilty of the charge, the judge said on Friday."


@settings(max_examples=200, deadline=None)
@given(
    tag=st.sampled_from(INLINE.split("|")),
    attribute=st.sampled_from(["class", "id", "role", "data-x"]),
    name=st.sampled_from(NAMES.split("|")),
    block=st.sampled_from(["p", "div", "ul><li", "table><tr><td", "blockquote", "h2", "p><span class='c1'"]),
    inside=st.sampled_from(["not", "not <i class='icon'></i>in the least", "<b class='share'>not</b> at all"]),
    last=st.booleans(),
)
def test_no_words_are_lost_from_a_sentence(
    tag: str, attribute: str, name: str, block: str, inside: str, last: bool
) -> None:
    name = "x" if (tag, name) == ("sup", "noprint") else name
    marked = f"<{tag} {attribute}='{name}'>{inside}{' ' + AFTER if last else ''}</{tag}>{'' if last else ' ' + AFTER}"
    page = f"<html><body><article><p>{LONG}</p><{block}>{BEFORE} {marked}</{block.partition('>')[0]}><p>One. {LONG}</p>"
    text = " ".join(read_page(page.encode(), "a.html").text.split())
    words = {"not": "not", "not <i": "not in the least", "<b cla": "not at all"}[inside[:6]]
    # A short block with a link in it may go as a whole.
    assert f"{BEFORE} {words} {AFTER}" in text or (tag == "a" and BEFORE not in text)


@pytest.mark.parametrize("short", ["He is {} guilty.", "{}, he is guilty.", "He is {}."])
def test_no_words_are_lost_from_a_short_sentence(short: str) -> None:
    page = (
        f"<article><p>{LONG}</p><p>{short.format('<span class=social>indeed</span>')}</p><p>One. {LONG}</p></article>"
    )
    assert read_page(page.encode(), "a.html").text == f"{LONG}\n{short.format('indeed')}\nOne. {LONG}"


def test_what_is_no_part_of_a_sentence_may_go() -> None:
    line = "<p><span class=author>By Ann Lee of the valley</span> <time>Monday, 3 May 2023, at noon</time></p>"
    page = f"<article>{line}<p>{LONG} <span class=share>Share it with all your friends</span></p><p>So it was.</p>"
    assert read_page(page.encode(), "a.html").text == f"{LONG}\nSo it was."


@pytest.mark.parametrize(
    "empty", ["<span></span>", "<i class=icon></i>", "<b><!-- x --></b>", "<em><i hidden>x</i></em>"]
)
def test_what_follows_an_empty_element_is_kept(empty: str) -> None:
    page = f"<article><p>{LONG}</p><p>{BEFORE} {empty}not {AFTER}</p><p>One. {LONG}</p></article>"
    assert read_page(page.encode(), "a.html").text == f"{LONG}\n{BEFORE} not {AFTER}\nOne. {LONG}"


@pytest.mark.parametrize("empty", ["<div class=ad></div>", "<p></p>", "<h3></h3>", "<section><!-- x --></section>"])
def test_what_follows_an_empty_block_is_kept(empty: str) -> None:
    page = f"<article><p>{LONG}</p>{empty}{BEFORE} not {AFTER}<p>One. {LONG}</p></article>"
    assert f"{BEFORE} not {AFTER}" in read_page(page.encode(), "a.html").text


def test_a_formula_is_kept_in_its_sentence() -> None:
    half = "<math><semantics><mfrac><mn>1</mn><mrow><mi>x</mi> <mo>+</mo> <mn>2</mn></mrow></mfrac>"
    half += "<annotation encoding='application/x-tex'>\\frac</annotation></semantics></math>"
    page = f"<article><p>{LONG}</p><p>{BEFORE} {half} {AFTER}</p><p>One. {LONG}</p></article>"
    assert f"{BEFORE} 1/(x+2) {AFTER}" in read_page(page.encode(), "a.html").text


@pytest.mark.parametrize("odd", ["&#1;", "&#27;", "&#xFFFE;", "\x0b"])
def test_an_odd_character_loses_nothing_else(odd: str) -> None:
    body = f"<article><p>{LONG}</p><p>It{odd}s late, the keeper said on Monday.</p></article>"
    page = f"<html><head><title>Bees{odd}</title></head><body>{body}</body></html>"
    article = read_page(page.encode(), "a.html")
    assert (article.title, article.text) == ("Bees", f"{LONG}\nIts late, the keeper said on Monday.")


@pytest.mark.parametrize(
    ("selector", "element"),
    [
        (".x.y{}", "<p class=x>One.</p>"),
        (".y{} .x", "<p class=x>One.</p>"),
        (".y{} .x", "<div class=y{}><p class=x>One.</p></div>"),
        (".x", "<p class=x>One.</p>"),
    ],
)
def test_many_rules_and_many_elements_take_no_square_of_time(selector: str, element: str) -> None:
    style = "".join(f"{selector.format(i)}{{display:none}}" for i in range(2000))
    body = "".join(element.format(i) for i in range(2000))
    tree = document_fromstring(f"<html><style>{style}</style><body>{body}</body></html>")
    started = time.process_time()
    remove_hidden(tree)
    assert time.process_time() - started < 2


def test_a_page_that_says_everything_in_its_data_for_search_engines_is_refused() -> None:
    body = f'{{"@type": "NewsArticle", "headline": "Bees", "articleBody": "{LONG * 9}"}}'
    page = f"<html><body><script type='application/ld+json'>{body}</script></body></html>"
    with pytest.raises(ReadError, match="main text"):
        read_page(page.encode(), "a.html")


def test_a_page_of_too_many_tags_is_not_even_parsed() -> None:
    with pytest.raises(ReadError, match="elements"):
        read_page(b"<p>" * 600_001, "a.html")


@pytest.mark.parametrize(("opens", "closes"), [("<div>", "</div>"), ("<font>", "")], ids=["div", "font left open"])
def test_what_is_nested_deep_cuts_nothing_off(opens: str, closes: str) -> None:
    body = f"<p>Bees came back on Monday, she said.</p>{opens * 300}<p>They are well.</p>{closes * 300}<p>So is he.</p>"
    told = read_page(f"<html><body><article>{body}</article></body></html>".encode(), "a.html").text
    assert told == "Bees came back on Monday, she said.\nThey are well.\nSo is he."


def test_a_page_that_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(ReadError, match="nested too deeply"):
        read_page(b"<div>" * 50_000, "a.html")
