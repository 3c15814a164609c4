"""The page's HTML: whatever an article holds comes back as its own text, and never as markup."""

from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.article import Article, Span
from qa.answer import Answer, Status
from qa.chat.page import Holdings, Turn, conversation, introduction, note, suggested
from qa.chat.quotes import answered
from qa.chat.reader import article_missing, article_page
from qa.citation import Citation
from qa.links import Place
from qa.markup import escaped
from qa.phrases import POSSIBLE, confidence, counted, day, days, named, percent, safe_url, sentence

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)" x="',
    "' autofocus onfocus='alert(1)",
    "</p></mark></article><svg onload=alert(1)>",
    "[click](javascript:alert(1)) **bold** $$\\frac{1}{2}$$ `code`",
    '{{value}} ${value} {{#each props}}{{/each}} __i18n__{"key": "x"}',
    "&lt;script&gt; &amp;amp; &#60;",
    "line\r\nline\rline\u2028line\u202e reversed",
    "<!-- <![CDATA[ ]]> -->",
)
ATTRIBUTES = {
    "aria-hidden", "aria-label", "aria-labelledby", "aria-pressed", "class", "d", "data-again", "data-answer-end",
    "data-answer-start", "data-article", "data-ask", "data-close", "data-copy", "data-copy-link", "data-end",
    "data-fill", "data-key", "data-near", "data-opened", "data-sha256", "data-start", "data-turn", "data-verdict",
    "dir", "focusable", "href", "id", "lang", "rel", "role", "scope", "tabindex", "target", "title", "type", "viewbox",
}  # fmt: skip
TAGS = {
    "a", "article", "b", "bdi", "blockquote", "button", "code", "dd", "details", "div", "dl", "dt", "h1", "h2", "h3",
    "header", "li", "mark", "nav", "ol", "p", "path", "section", "span", "summary", "svg", "table", "tbody", "td", "th",
    "tr", "ul",
}  # fmt: skip
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no failure
anything = st.one_of(st.text(max_size=60), st.sampled_from(HOSTILE))
storable_text = anything.filter(lambda text: Article("x", text).text == text)


class _Parsed(HTMLParser):
    """Reads a page back; fails on any tag or attribute that is not the page's own, or that is left open."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, str]] = []
        self.texts: dict[str, list[str]] = {}
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        assert tag in TAGS
        assert set(given) <= ATTRIBUTES
        assert not given.get("href") or given["href"].lower().startswith(("http://", "https://", "/a/"))
        self.open.append((tag, given.get("class", "")))
        self.found.append((tag, given))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        for tag, names in self.open:
            for key in (tag, *names.split()):
                self.texts.setdefault(key, []).append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl}")

    def text(self, key: str) -> str:
        return "".join(self.texts.get(key, []))


def _cited(article: Article, span: Span, likely: float = 0.93) -> Citation:
    text = article.text[span.start : span.end]
    return Citation(replace(article, text=""), article.sha256, span, text, {}, likely, context=None)


def _answered(*citations: Citation) -> Answer:
    return Answer("Who?", Status.ANSWERED, 0.93, citations, citations)


def _abstained(*hits: Citation, reason: str = "The articles do not say.", **given: Any) -> Answer:
    return Answer("Who?", Status.ABSTAINED, 0.1, (), hits, reason, (1, "0" * 64), **given)


@patient
@given(storable_text)
def test_any_text_comes_back_as_itself(text: str) -> None:
    assert _Parsed(f"<p>{escaped(text)}</p>").text("p") == text


@patient
@given(st.text(min_size=1, max_size=80).filter(lambda t: Article("x", t).text == t), st.data())
def test_the_article_is_all_there_and_the_mark_holds_the_cited_span(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    article = Article("a", text)
    page = _Parsed(article_page(article, Place(Span(start, end), article.sha256), "1"))
    assert page.text("pq-body") == text
    # Of a paragraph break within the span nothing is marked.
    assert "".join(page.text("mark").split()) == "".join(text[start:end].split())


@patient
@given(storable_text, storable_text, storable_text, storable_text, storable_text)
def test_nothing_of_an_article_becomes_markup(
    article_id: str, title: str, source: str, url: str, language: str
) -> None:
    article = Article(article_id, "One. Two.", title, "<b>author</b>", source, url, "2024-05-02", language)
    cited = _cited(article, Span(0, 4)).with_same_as([_cited(replace(article, id=f"{article_id}2"), Span(5, 9))])
    abstained = _abstained(cited, reason=title)
    quotes = _Parsed(conversation([Turn(title, _answered(cited)), Turn(source, abstained), Turn(url, trouble=title)]))
    assert quotes.text("pq-words") == "One.One."
    assert quotes.text("pq-question") == title + source + url
    assert quotes.text("pq-outlet") == source + source
    assert {given["data-article"] for _, given in quotes.found if "data-article" in given} == {
        article_id,
        f"{article_id}2",
    }
    for alone in (False, True):
        _Parsed(article_page(article, Place(Span(0, 4)), "1", alone).replace(" autofocus", ""))
        _Parsed(article_missing(title, alone))
    _Parsed(introduction(Holdings(1, (source,), ("2024-05-02", "2024-05-02"), (article,)), [title, url]))
    _Parsed(note(title) + article_missing(title))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_sentence_is_quoted_word_for_word(hostile: str) -> None:
    page = _Parsed(answered(_answered(_cited(Article("a", hostile), Span(0, len(hostile))))))
    assert page.text("pq-words") == hostile


def test_an_answer_shows_number_outlet_day_title_copies_and_confidence() -> None:
    ship = Article("news/ship.txt", "It sank. Nobody was hurt.", "Ship sinks", source="Wire", published_at="2021-03-29")
    copy = replace(ship, id="copy.txt", source="Gazette", published_at="2021-03-30")
    quote = replace(_cited(ship, Span(9, 25)), context="It sank.").with_same_as([_cited(copy, Span(9, 25))])
    page = _Parsed(answered(_answered(quote, _cited(ship, Span(0, 8), 0.6))))
    assert page.text("pq-number") == "[1][2]"
    assert page.text("pq-context") == "Context It sank."
    assert page.text("pq-label") == "Context"
    assert "".join(page.texts["pq-byline"][:4]) == "Wire · 29 March 2021Very likely to answer, 93%"
    assert page.text("pq-title") == "Ship sinksShip sinks"
    assert page.text("pq-also") == "Also in Gazette, 30 March 2021"  # a copy is no second source
    opens = next(given for tag, given in page.found if tag == "button")
    assert (opens["data-article"], opens["data-start"], opens["data-end"]) == ("news/ship.txt", "9", "25")
    assert opens["aria-label"] == "[1] Open in its article: Ship sinks"


def test_an_abstention_offers_each_near_miss_once_and_no_quotation() -> None:
    bees = Article("bees.txt", "Bees buzz. They hum. They rest. They fly.", source="Post")
    spans = (Span(0, 10), Span(0, 10), Span(11, 20), Span(21, 31), Span(32, 41))
    hits = tuple(_cited(bees, span, 0.1) for span in spans)
    page = _Parsed(answered(_abstained(*hits)))
    assert page.texts["pq-words"] == ["Bees buzz.", "They hum.", "They rest."]
    assert page.text("pq-reason") == "The articles do not say."
    assert "pq-quote" not in page.texts


def test_a_possible_answer_looks_like_neither_an_answer_nor_a_refusal() -> None:
    bees = Article("bees.txt", "Bees buzz. They hum. They rest.", source="Post")
    hits = tuple(_cited(bees, span, 0.3) for span in (Span(0, 10), Span(0, 10), Span(11, 20)))
    hits = (replace(hits[0], context="It was <b>dawn</b>."), *hits[1:])
    hits = tuple(replace(hit, answer=Span(hit.span.end - 5, hit.span.end - 1)) for hit in hits)
    reason = "A possible answer, unconfirmed: the nearest sentence is 30% likely to answer, and an answer needs 40%."
    page = _Parsed(answered(_abstained(*hits, reason=reason, possible=True)))
    assert page.text("pq-verdict") == POSSIBLE == "Possible answer, unconfirmed"
    framed = page.text("pq-possible")
    assert "Context It was <b>dawn</b>.Bees buzz." in framed
    assert "Unlikely to answer, 30%" in framed
    assert "They hum." not in framed
    assert page.texts["pq-answer"] == ["buzz"]  # none of a miss's words is set off as if it answered
    assert page.text("pq-reason").startswith("The nearest sentence is 30% likely")
    assert page.text("pq-misses").startswith("They hum.")
    assert not {"pq-quote", "pq-abstention"} & set(page.texts)


def test_the_question_that_was_really_asked_and_its_day_are_shown() -> None:
    bees = _cited(Article("a", "Bees buzz."), Span(0, 10))
    answer = replace(_answered(bees), rewritten="When? (<script>)")
    page = _Parsed(conversation([Turn("When?", answer, as_of="2023-10-05"), Turn("Who?", _answered(bees))]))
    assert page.texts["pq-rewritten"] == ["Asked as: ", "When? (<script>)", " ", "Edit"]
    assert page.texts["pq-as-of"] == ["As of 5 October 2023"]
    assert page.text("pq-question") == "When?Who?"


@patient
@given(storable_text.filter(bool), storable_text, st.data())
def test_the_answers_words_are_bold_and_nothing_else_is(text: str, before: str, data: st.DataObject) -> None:
    article = Article("a", before + text)
    span = Span(len(before), len(before) + len(text))
    start = data.draw(st.integers(span.start, span.end - 1))
    words = Span(start, data.draw(st.integers(start + 1, span.end)))
    page = _Parsed(answered(_answered(replace(_cited(article, span), answer=words))))
    assert page.text("pq-words") == text
    assert page.text("pq-answer") == article.text[words.start : words.end]


@patient
@given(st.text(min_size=1, max_size=80).filter(lambda t: Article("x", t).text == t), st.data())
def test_in_the_article_the_answers_words_are_bold_within_the_mark(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    words = Span(*(data.draw(st.integers(-5, len(text) + 5)) for _ in range(2)))
    article = Article("a", text)
    page = _Parsed(article_page(article, Place(Span(start, end), article.sha256, words), "1"))
    assert page.text("pq-body") == text
    assert "".join(page.text("mark").split()) == "".join(text[start:end].split())
    bold = text[max(start, words.start) : max(0, min(end, words.end))]
    assert "".join(page.text("b").split()) == "".join(bold.split())


@pytest.mark.parametrize("words", [Span(0, 3), Span(6, 16), Span(8, 8), Span(9, 7)])
def test_words_that_are_not_within_the_sentence_are_not_bold(words: Span) -> None:
    article = Article("a", "Once. Bees buzz. Twice.")
    page = _Parsed(answered(_answered(replace(_cited(article, Span(6, 15)), answer=words))))
    assert page.text("pq-words") == "Bees buzz"
    assert "pq-answer" not in page.texts


def test_outlets_that_agree_are_counted() -> None:
    ship = Article("ship.txt", "It sank at noon.", "Ship sinks", source="Wire")
    other = Article("gazette.txt", "The ship sank at noon.", "A wreck", source="Gazette")
    quote = _cited(ship, Span(0, 16)).with_same_as([_cited(other, Span(0, 22))])
    page = _Parsed(answered(_answered(quote)))
    assert page.text("pq-agree") == "2 sources"
    assert "pq-sources" not in page.texts
    assert (
        _Parsed(answered(_answered(quote, _cited(ship, Span(0, 7)))))
        .text("pq-sources")
        .endswith("2 independent outlets")
    )


def test_a_citation_names_its_neighbours_in_the_same_text_and_no_others() -> None:
    bees = Article("bees.txt", "Bees buzz. They hum. They rest.")
    answer = _answered(
        _cited(bees, Span(21, 31)), _cited(bees, Span(0, 10)), _cited(Article("x", "They rest."), Span(0, 10))
    )
    opens = [given for tag, given in _Parsed(answered(answer)).found if given.get("class") == "pq-number"]
    assert [given.get("data-near") for given in opens] == ["0-10", "21-31", None]


def test_the_neighbours_are_marked_more_faintly_and_overlap_nothing() -> None:
    article = Article("a", "One here. Two there.\n\nThree everywhere.")
    place = Place(Span(10, 20), near=(Span(0, 9), Span(15, 30), Span(5, 500), Span(9, 3)))
    page = article_page(article, place)
    assert '<mark id="quote">Two there.</mark>' in page
    assert page.count('id="quote"') == 1
    assert _Parsed(page).text("pq-near") == "One here. Three everywhere."
    assert _Parsed(page).text("pq-body") == article.text


def test_a_sentence_over_two_paragraphs_is_found_once() -> None:
    page = article_page(Article("a", "It was said\n\nand done."), Place(Span(0, 22)), alone=True)
    assert page.count("autofocus") == page.count('id="quote"') == 1
    assert page.count("<mark") == 2


def test_the_tools_copy_the_very_words_and_a_link_to_them() -> None:
    ship = Article("news/ship.txt", "It “sank” & burnt. Nobody was hurt.", "Ship", source="Wire", url="https://x.org/s")
    page = _Parsed(article_page(ship, Place(Span(0, 18), ship.sha256, Span(3, 9), (Span(19, 35),))))
    copied = [given["data-copy"] for _, given in page.found if "data-copy" in given]
    assert copied[0] == "It “sank” & burnt."
    assert len(copied) == 4
    link = next(given["data-copy-link"] for _, given in page.found if "data-copy-link" in given)
    assert link == f"/a/news/ship.txt?s=0-18&v={ship.sha256[:16]}&w=3-9&near=19-35"
    assert [given["href"] for tag, given in page.found if tag == "a"] == [
        "https://x.org/s#:~:text=It%20%E2%80%9Csank%E2%80%9D%20%26%20burnt.",
        link,
    ]


def test_without_a_quotation_there_is_nothing_to_take_away() -> None:
    ship = Article("ship.txt", "It sank.")
    for place in (Place(), Place(Span(0, 99)), Place(Span(0, 8), "0" * 64)):
        assert "pq-tools" not in _Parsed(article_page(ship, place)).texts


def test_a_turn_can_be_asked_again_edited_and_copied() -> None:
    ship = _cited(Article("ship.txt", "It sank."), Span(0, 8))
    turns = [Turn("Sank?", _answered(ship)), Turn("Why?", trouble="busy"), Turn("Now?")]
    page = _Parsed(conversation(turns))
    acts = {key: [given[key] for _, given in page.found if key in given] for key in ("data-again", "data-fill")}
    assert acts == {"data-again": [turn.key for turn in turns[:2]], "data-fill": ["Sank?", "Why?"]}
    copied = [given["data-copy"] for _, given in page.found if "data-copy" in given]
    assert copied == ["“It sank.” [1]\n\n[1] “ship.txt”, ship.txt, characters 0–8"]


@pytest.mark.parametrize(
    ("stage", "words"),
    [(None, "Looking"), ("searching", "Searching"), ("reading", "Reading"), ("choosing", "Choosing")],
)
def test_each_stage_has_words(stage: str | None, words: str) -> None:
    assert _Parsed(conversation([Turn("Who?", stage=stage)])).text("pq-pending").startswith(words)


def test_asked_as_of_a_day_what_has_no_date_is_said_to_be_possibly_later() -> None:
    undated, dated = Article("u", "It sank.", source="Wire"), Article("d", "It sank.", published_at="2021-03-29")
    for article, as_of, said in ((undated, "2022-01-01", True), (undated, None, False), (dated, "2022-01-01", False)):
        cited = _cited(article, Span(0, 8))
        missed = _abstained(cited)
        for answer in (_answered(cited), missed, replace(missed, possible=True)):
            page = _Parsed(conversation([Turn("Who?", answer, as_of=as_of)]))
            assert page.text("pq-undated") == ("No date: may be later than that day" if said else "")


def test_a_follow_up_that_looks_like_small_talk_is_an_abstention() -> None:
    asked = "How does it work?"
    page = _Parsed(answered(replace(_abstained(), question=asked, rewritten=f"{asked} (beehive)")))
    assert page.text("pq-reason") == "The articles do not say."
    assert "pq-reply" not in page.texts


def test_small_talk_is_a_plain_reply() -> None:
    page = _Parsed(conversation([Turn("hello", Answer("hello", Status.ABSTAINED, reason="Hello & so on."))]))
    assert page.text("pq-reply") == "Hello & so on."
    assert not {"pq-abstention", "pq-verdicts"} & set(page.texts)


@pytest.mark.parametrize("span", [None, Span(-1, 4), Span(0, 10_000), Span(4, 4), Span(5, 2)])
def test_a_span_outside_the_text_marks_nothing(span: Span | None) -> None:
    article = Article("a", "One sentence.")
    page = _Parsed(article_page(article, Place(span), "1"))
    assert "mark" not in page.texts
    assert ("pq-changed" in page.texts) == (span is not None)


def test_an_article_that_changed_says_so_and_marks_nothing() -> None:
    page = _Parsed(article_page(Article("a", "One sentence."), Place(Span(0, 3), "0" * 64), "1"))
    assert "changed since" in page.text("pq-changed")
    assert "mark" not in page.texts


def test_paragraphs_break_at_blank_lines_and_else_at_each_line() -> None:
    def paragraphs(text: str) -> int:
        return article_page(Article("a", text)).count('<p dir="auto">')

    assert paragraphs("One\ntwo.\n\nThree.\n \nFour.") == 3
    assert paragraphs("One.\nTwo.") == 2


def test_suggestions_take_a_title_of_each_outlet_first() -> None:
    articles = [Article(str(i), "", title, source=source) for i, (title, source) in enumerate(
        [("A", "x"), ("B", "x"), ("C", "y"), ("", "z"), ("D" * 200, "z"), ("A", "q")]
    )]  # fmt: skip
    assert suggested(articles) == ["A", "C", "B"]


def test_an_empty_library_says_how_to_fill_it() -> None:
    assert "pullquote index" in _Parsed(introduction(Holdings(), ())).text("pq-holdings")


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", " javascript:alert(1)", "data:text/html,x",
     "//evil.example", "/local", "http:///nohost", "https://[bad", "", "vbscript:x", "http://a b/"],
)  # fmt: skip
def test_only_web_addresses_become_links(url: str) -> None:
    assert safe_url(url) is None
    assert "href" not in article_page(Article("a", "x", url=url))


def test_a_link_opens_elsewhere_and_names_its_host() -> None:
    page = _Parsed(article_page(Article("a", "x", url='https://example.org/"><script>')))
    link = next(given for tag, given in page.found if tag == "a")
    assert link["href"] == 'https://example.org/"><script>'
    assert link["rel"] == "noopener noreferrer"
    assert page.text("a") == "Read it at example.org"


def test_words_for_days_numbers_and_names() -> None:
    assert day("2023-02-22T10:00:00Z") == "22 February 2023"
    assert (day("spring"), day(None)) == ("spring", "")
    assert days("2021-03-29", "2021-03-29") == "29 March 2021"
    assert (counted(1, "article"), counted(1204, "article")) == ("1 article", "1,204 articles")
    assert named([]) == ""
    assert named(["A", "B", "C"]) == "A, B and C"
    assert named([*"ABCDEFGH"]) == "A, B, C, D, E, F and 2 more"
    assert (percent(0.0), percent(0.934), percent(1.0)) == ("under 1%", "93%", "over 99%")
    assert (percent(0.397), percent(0.29), percent(0.99)) == ("39%", "29%", "99%")  # never rounded up
    assert confidence(0.75) == "likely to answer, 75%"
    assert confidence(0.398) == "unlikely to answer, 39%"
    assert sentence("the question is empty: type one") == "The question is empty: type one."


@patient
@given(st.floats(0, 1))
def test_every_probability_has_words(probability: float) -> None:
    assert "to answer" in confidence(probability)
