"""Web pages: the main text that a reader sees, and the page's own facts."""

import pytest

from index.article import Article
from index.errors import ReadError
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


def test_a_fragment() -> None:
    assert read_page(b"<p>Only one paragraph.</p>", "a.html").text == "Only one paragraph."


@pytest.mark.parametrize(
    "page", ["<html><body></body></html>", "<html><body><script>let a = 1;</script></body></html>", "<div>" * 50_000]
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
        ".fold .more, .fold > aside { display: none } @media screen { .screen { display: none } }</style>"
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


def test_a_page_that_says_everything_in_its_data_for_search_engines_is_refused() -> None:
    body = f'{{"@type": "NewsArticle", "headline": "Bees", "articleBody": "{LONG * 9}"}}'
    page = f"<html><body><script type='application/ld+json'>{body}</script></body></html>"
    with pytest.raises(ReadError, match="main text"):
        read_page(page.encode(), "a.html")


def test_a_page_of_too_many_tags_is_not_even_parsed() -> None:
    with pytest.raises(ReadError, match="elements"):
        read_page(b"<p>" * 600_001, "a.html")
