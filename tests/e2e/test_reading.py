"""Reading an answer as a person would: its sources beside it, taking quotations away, asking again, in any light.

The articles are this test's own and the ranking is the tests' toy, so that each state of the page is certain.
"""

import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser, Locator, expect

from index.article import Article, Span
from index.library import Library
from index.update import index_articles, remove_articles
from qa.api.app import create_api
from qa.chat.blocks import mount_page
from qa.confidence import Calibration
from qa.engine import Engine
from qa.links import Place, permalink
from qa.query import Query
from qa.rank import Score
from qa.retrieve import Candidate
from tests.e2e.visit import Visit, texts, visiting
from tests.qa.serving import serving
from tests.toy import ToyEncoder, ToyRanker

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

TRADE = "The annual volume of trade between Russia and China exceeded $185 billion in 2022, a president said on Sunday."
PLANS = "The two governments want trade between Russia and China to reach $200 billion by 2024, a well-known, old goal."
GROWTH = "Trade between the two grew by a third in 2022, customs figures show; timber, soya and machines did the rest."
LONG = "\n\n".join(f"Paragraph {n} speaks of nothing that anybody has asked about, at some length." for n in range(40))
POST = Article(
    "moscow/wang visit.txt",
    f"{LONG}\n\n{TRADE}\n\n{PLANS}\n\n{LONG.replace('Paragraph', 'Section')}\n\n{GROWTH}",
    "A visitor speaks of “new frontiers”",
    author="Anna Petrova and Lee de Vries",
    source="Harbour Post",
    published_at="2023-02-22",
    url="https://news.example.org/world/visit#top",
)
WIRE = Article(
    "wire-1",
    f"They met on Tuesday. {TRADE.replace('said', 'stated')}",
    "Trade at a record",
    source="Meridian Wire",
    published_at="2023-02-23",
)
SAND = Article("suez/sand.txt", "Dredgers removed 30,000 cubic metres of sand. It took six days.", "Sand and tide")
QUESTION = "How much trade was there between Russia and China in 2022?"
NO_ANSWER = "Who painted the ceiling of the chapel?"


class Bolding(ToyRanker):
    """The toy ranker, which takes a sum of money for the answer's words, and waits where it is told to."""

    def __init__(self) -> None:
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def scores(self, query: Query, candidates: Sequence[Candidate]) -> list[Score]:
        self.may_go_on.wait(60)
        found = [re.search(r"\$\d+ billion", candidate.text) for candidate in candidates]
        return [
            replace(score, answer=Span(c.span.start + m.start(), c.span.start + m.end()) if m else None)
            for score, c, m in zip(super().scores(query, candidates), candidates, found, strict=True)
        ]


@pytest.fixture(scope="module")
def ranker() -> Bolding:
    return Bolding()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, ranker: Bolding) -> Engine:
    encoder = ToyEncoder()
    library = Library.create(tmp_path_factory.mktemp("reading") / "library", encoder)
    index_articles(library, encoder, [POST, WIRE, SAND])
    return Engine(library, encoder, ranker, Calibration(score=0.9, intercept=-4.0, threshold=0.5))


@pytest.fixture(scope="module")
def address(engine: Engine) -> Iterator[str]:
    with serving(mount_page(create_api(engine), engine, [QUESTION])) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    with visiting(browser, address, permissions=["clipboard-read", "clipboard-write"]) as visit:
        yield visit


@pytest.fixture
def answer(visit: Visit) -> Locator:
    return visit.ask(QUESTION)


def copied(visit: Visit) -> str:
    expect(visit.page.locator(".pq-heard").last).to_have_text("Copied")
    text: str = visit.page.evaluate("navigator.clipboard.readText()")
    return text.replace("\r\n", "\n")


def test_an_answer_is_pull_quotes_with_what_answers_in_bold(visit: Visit, answer: Locator) -> None:
    expect(visit.page.locator("#pq-first")).to_be_hidden()
    assert texts(answer.locator(".pq-quote .pq-words")) == [TRADE, PLANS, GROWTH]
    assert texts(answer.locator(".pq-words .pq-answer")) == ["$185 billion", "$200 billion"]
    assert texts(answer.locator(".pq-number")) == ["[1]", "[2]", "[3]"]
    first = answer.locator(".pq-quote").first
    expect(first.locator(".pq-byline")).to_have_text(
        re.compile(r"Harbour Post · 22 February 2023Very likely to answer, \d\d%")
    )
    expect(first.locator(".pq-title")).to_have_text(POST.title)
    expect(first.locator(".pq-agree")).to_have_text("2 sources")
    expect(first.locator(".pq-also")).to_contain_text("Meridian Wire, 23 February 2023")
    expect(answer.locator(".pq-agree")).to_have_count(1)


def test_a_citation_opens_its_source_with_its_neighbours_marked_more_faintly(visit: Visit, answer: Locator) -> None:
    answer.locator(".pq-number").nth(1).click()
    article = visit.page.get_by_role("article", name=POST.title)
    expect(article.locator("#quote")).to_be_in_viewport()
    assert texts(article.locator("#quote")) == [PLANS]
    assert texts(article.locator("mark.pq-near")) == [TRADE, GROWTH]
    assert texts(article.locator(".pq-body")) == [POST.text]
    marks = article.locator("mark")
    colours = [mark.evaluate("m => getComputedStyle(m).backgroundColor") for mark in marks.all()]
    assert colours[0] == colours[2] != colours[1]
    answer.locator(".pq-also button").click()
    expect(visit.page.get_by_role("article", name=WIRE.title).locator("#quote")).to_be_in_viewport()


def test_the_original_is_linked_at_the_very_sentence(visit: Visit, answer: Locator) -> None:
    answer.locator(".pq-number").nth(1).click()
    link = visit.page.get_by_role("link", name="Read it at news.example.org")
    href = link.get_attribute("href") or ""
    assert href.startswith("https://news.example.org/world/visit#top:~:text=The%20two%20governments")
    assert href.endswith("by%202024%2C%20a%20well%2Dknown%2C%20old%20goal.")
    assert link.get_attribute("rel") == "noopener noreferrer"


def test_quotation_citations_and_link_are_copied(visit: Visit, answer: Locator, address: str) -> None:
    answer.locator(".pq-number").first.click()
    tools = visit.page.get_by_role("group", name="This quotation")
    tools.get_by_role("button", name="Copy quote").click()
    assert copied(visit) == TRADE
    tools.get_by_text("Cite", exact=True).click()
    shown = dict(zip(("Plain", "Markdown", "APA"), texts(tools.locator("dd")), strict=True))
    assert shown["APA"] == (
        "Petrova, A., & de Vries, L. (2023, February 22). A visitor speaks of “new frontiers”. Harbour Post. "
        "https://news.example.org/world/visit#top"
    )
    for style, said in shown.items():
        tools.get_by_role("button", name=f"Copy the citation: {style}").click()
        expect(tools.locator("[data-told]").last).to_be_visible()
        visit.page.wait_for_function("said => navigator.clipboard.readText().then(t => t.trim() === said)", arg=said)
    tools.get_by_role("button", name="Copy link").click()
    visit.page.wait_for_function("() => navigator.clipboard.readText().then(t => t.startsWith('http'))")
    start = POST.text.index(TRADE)
    assert copied(visit).startswith(
        f"{address}/a/moscow/wang%20visit.txt?s={start}-{start + len(TRADE)}&v={POST.sha256[:16]}"
    )


def test_the_permalink_opens_the_same_view_on_its_own(visit: Visit, answer: Locator) -> None:
    answer.locator(".pq-number").first.click()
    with visit.context.expect_page() as opened:
        visit.page.get_by_role("link", name="Open as a page").click()
    alone = opened.value
    expect(alone.get_by_role("heading", level=1)).to_have_text(POST.title)
    expect(alone.locator("#quote")).to_be_in_viewport()
    assert texts(alone.locator("#quote")) == [TRADE]
    assert texts(alone.locator("#quote .pq-answer")) == ["$185 billion"]
    assert texts(alone.locator("mark.pq-near")) == [PLANS, GROWTH]
    alone.get_by_role("button", name="Copy quote").click()
    expect(alone.locator(".pq-heard")).to_have_text("Copied")
    alone.get_by_role("link", name="Pullquote").click()
    expect(alone.get_by_label("Your question")).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_a_permalink_needs_no_script(browser: Browser, address: str, script: bool) -> None:
    start = POST.text.index(GROWTH)
    path = permalink(POST.id, Place(Span(start, start + len(GROWTH)), POST.sha256))
    visit = Visit(browser, address, path=path, java_script_enabled=script)
    expect(visit.page.locator("#quote")).to_be_in_viewport()
    expect(visit.page.get_by_role("button", name="Copy quote")).to_be_visible(visible=script)
    visit.page.get_by_text("Cite", exact=True).click()
    expect(visit.page.locator("dd").first).to_contain_text(GROWTH)
    visit.context.close()
    assert visit.wrong == []
    own = {url.removeprefix(address).partition("?")[0] for url in visit.asked}
    assert all(name.startswith(("/a/", "/pq/")) for name in own), own


def test_the_keyboard_gets_to_a_permalinks_quotation(browser: Browser, address: str) -> None:
    start = POST.text.index(GROWTH)
    visit = Visit(browser, address, path=f"/a/{quote(POST.id)}?s={start}-{start + len(GROWTH)}")
    visit.page.evaluate("window.scrollTo(0, 0); document.activeElement.blur()")
    skip = visit.page.get_by_role("link", name="To the quotation")
    skip.focus()
    expect(skip).to_be_in_viewport()
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator("#quote")).to_be_in_viewport()
    visit.context.close()
    assert visit.wrong == []


@pytest.mark.parametrize("article_id", ["%2F", "..", "a/../b", "<i>#?&", "line\nend"])
def test_any_id_has_a_permalink(engine: Engine, address: str, article_id: str) -> None:
    odd = Article(article_id, "A sentence of its own.", "The odd one")
    index_articles(engine.library, engine.encoder, [odd])
    shown = httpx.get(address + permalink(article_id, Place(Span(0, 22), odd.sha256)), timeout=60)
    assert shown.status_code == 200
    assert "A sentence of its own.</mark>" in shown.text
    remove_articles(engine.library, [article_id])
    gone = httpx.get(address + permalink(article_id, Place(Span(0, 22))), timeout=60)
    assert gone.status_code == 404


def test_a_text_that_was_changed_is_gone_and_shown_as_it_is_now(browser: Browser, engine: Engine, address: str) -> None:
    first = Article("changing.txt", "It opens at nine.", "Hours")
    index_articles(engine.library, engine.encoder, [first])
    path = permalink(first.id, Place(Span(0, 17), first.sha256))
    index_articles(engine.library, engine.encoder, [replace(first, text="It opens at eleven.")])
    assert httpx.get(address + path, timeout=60).status_code == 410
    visit = Visit(browser, address, path=path)
    expect(visit.page.locator(".pq-changed")).to_contain_text("changed since it was quoted")
    expect(visit.page.locator(".pq-body")).to_contain_text("eleven")
    expect(visit.page.locator("mark")).to_have_count(0)
    visit.context.close()
    assert [line for line in visit.wrong if "410" not in line] == []


def test_why_this_sentence_unfolds_and_stays_unfolded(visit: Visit, answer: Locator) -> None:
    why = answer.locator(".pq-why").first
    expect(why.locator("table")).to_be_hidden()
    why.get_by_text("Why this sentence?").click()
    expect(why.locator("table")).to_be_visible()
    assert texts(why.locator("th")) == ["Dense", "BM25", "Fused", "Ranker", "Confidence"]
    expect(why.locator(".pq-matched")).to_contain_text("trade, between, Russia, China, 2022")
    scores = httpx.post(f"{visit.address}/v1/ask", json={"question": QUESTION}, timeout=60).json()["citations"][0][
        "scores"
    ]
    assert texts(why.locator(".pq-figure"))[0] == f"{scores['dense']:.3f}"
    visit.ask(NO_ANSWER)
    expect(why.locator("table")).to_be_visible()
    expect(answer.locator(".pq-why table").nth(1)).to_be_hidden()


def test_a_turn_is_asked_again_in_its_place(visit: Visit, engine: Engine) -> None:
    late = Article("late.txt", "The chapel ceiling was painted by Odo.", "Odo")
    first = visit.ask("Who painted the chapel ceiling?")
    expect(first.locator(".pq-verdict")).to_be_visible()
    visit.ask(QUESTION)
    visit.box.fill("half a question")
    index_articles(engine.library, engine.encoder, [late])
    first.get_by_role("button", name="Ask again").click()
    expect(first.locator(".pq-words").first).to_have_text(late.text)
    assert len(texts(visit.page.locator(".pq-question"))) == 2
    expect(visit.box).to_have_value("half a question")
    remove_articles(engine.library, [late.id])


def test_asking_again_waits_for_the_question_that_is_looked_up(visit: Visit, answer: Locator, ranker: Bolding) -> None:
    """Two at once would each write the conversation without the other."""
    ranker.may_go_on.clear()
    try:
        visit.send("And when did they grow it?")
        expect(visit.page.locator(".pq-pending")).to_be_visible()
        answer.get_by_role("button", name="Ask again").click()
    finally:
        ranker.may_go_on.set()
    visit.answer(1)
    expect(visit.turns).to_have_count(2)
    visit.page.get_by_role("navigation", name="Desk").get_by_role("button", name="History").click()
    expect(visit.page.get_by_role("tabpanel", name="History")).to_contain_text("2 questions")


def test_a_question_that_a_new_conversation_leaves_behind_is_in_the_box_again(
    visit: Visit, answer: Locator, ranker: Bolding
) -> None:
    ranker.may_go_on.clear()
    try:
        visit.send("And when did they grow it?")
        expect(visit.page.locator(".pq-pending")).to_be_visible()
        visit.box.fill("half a question")
        visit.page.get_by_role("button", name="New conversation").click()
        expect(visit.turns).to_have_count(0)
        expect(visit.box).to_have_value("And when did they grow it?\nhalf a question")
    finally:
        ranker.may_go_on.set()
    visit.reload()
    expect(visit.box).to_have_value("And when did they grow it?\nhalf a question")
    visit.wrong.clear()  # Gradio's script says of what it was waiting for that it was broken off


def test_a_question_waits_for_the_one_that_is_asked_again(visit: Visit, answer: Locator, ranker: Bolding) -> None:
    ranker.may_go_on.clear()
    try:
        answer.get_by_role("button", name="Ask again").click()
        expect(visit.page.locator(".pq-pending")).to_be_visible()
        visit.box.fill(NO_ANSWER)
        visit.box.press("Enter")
        expect(visit.box).to_have_value(NO_ANSWER)
    finally:
        ranker.may_go_on.set()
    visit.answer(0)
    visit.send(NO_ANSWER)
    visit.answer(1)
    expect(visit.turns).to_have_count(2)


def test_a_question_is_edited_and_asked(visit: Visit, answer: Locator) -> None:
    answer.get_by_role("button", name="Edit question").click()
    expect(visit.box).to_be_focused()
    expect(visit.box).to_have_value(QUESTION)
    visit.page.keyboard.type(" And before?")
    visit.page.keyboard.press("Enter")
    expect(visit.turns).to_have_count(2)
    assert texts(visit.page.locator(".pq-question"))[1] == f"{QUESTION} And before?"


def test_the_question_that_was_asked_instead_is_edited_and_asked(visit: Visit, answer: Locator) -> None:
    follow_up = visit.ask("And when did they grow it?")
    said = texts(follow_up.locator(".pq-rewritten bdi"))
    assert said
    follow_up.get_by_role("button", name="Edit the question that was asked").click()
    expect(visit.box).to_have_value(said[0])
    visit.page.keyboard.press("Enter")
    expect(visit.turns).to_have_count(3)
    assert texts(visit.page.locator(".pq-question"))[2] == said[0]


def test_a_whole_answer_is_copied(visit: Visit, answer: Locator) -> None:
    answer.get_by_role("button", name="Copy answer").click()
    told = f"“{TRADE}” [1]\n(Context: {TRADE}) “{PLANS}” [2]\n“{GROWTH}” [3]\n\n[1] Anna Petrova"
    assert copied(visit).startswith(told)
    expect(visit.ask(NO_ANSWER).get_by_role("button", name="Copy answer")).to_have_count(0)


def test_stages_are_shown_while_it_works_and_the_page_stays_usable(visit: Visit, ranker: Bolding) -> None:
    ranker.may_go_on.clear()
    try:
        visit.box.fill(QUESTION)
        visit.box.press("Enter")
        log = visit.page.get_by_role("log", name="Conversation")
        expect(log.locator(".pq-pending")).to_have_text("Reading the sentences that come nearest…")
        visit.box.fill("meanwhile")
        expect(visit.box).to_have_value("meanwhile")
    finally:
        ranker.may_go_on.set()
    expect(visit.answer(0).locator(".pq-quote")).to_have_count(3)
    expect(visit.box).to_have_value("meanwhile")


def test_an_abstention_looks_different_at_a_glance(visit: Visit, answer: Locator) -> None:
    refusal = visit.ask(NO_ANSWER)
    expect(refusal.locator(".pq-verdict")).to_have_text("No answer in these articles")
    expect(refusal.locator(".pq-abstention")).to_have_css("border-left-style", "solid")
    sizes = [
        float(turn.locator(".pq-words").first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)"))
        for turn in (answer, refusal)
    ]
    assert sizes[0] > sizes[1]
    expect(refusal.locator(".pq-answer")).to_have_count(0)
    expect(refusal.locator(".pq-miss").first).to_be_visible()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_newest_question_stands_below_the_strip(browser: Browser, address: str, width: int) -> None:
    with visiting(browser, address, width, 844) as visit:
        visit.ask(QUESTION)
        newest = visit.ask(NO_ANSWER).locator(".pq-question").bounding_box()
        strip = visit.page.get_by_role("navigation", name="Desk").bounding_box()
        assert newest is not None
        assert strip is not None
        assert strip["y"] + strip["height"] <= newest["y"] < 200


def test_on_a_phone_the_source_is_a_sheet_over_the_page(browser: Browser, address: str) -> None:
    visit = Visit(browser, address, 390, 844, has_touch=True)
    answer = visit.ask(QUESTION)
    for leave in ("button", "above", "escape"):
        answer.locator(".pq-number").first.click()
        panel = visit.page.locator(".pq-panel")
        expect(panel.locator("#quote")).to_be_in_viewport()
        box = panel.bounding_box()
        assert box is not None
        assert (box["x"], box["width"]) == (0, 390)
        assert 0 < box["y"] < 100
        assert visit.page.evaluate("document.documentElement.scrollWidth") == 390
        assert visit.page.evaluate("document.querySelector('.pq-main').inert") is True
        if leave == "button":
            visit.page.get_by_role("button", name="Close", exact=True).and_(visit.page.locator("[data-close]")).tap()
        elif leave == "above":
            visit.page.touchscreen.tap(195, 10)
        else:
            visit.page.keyboard.press("Escape")
        expect(panel.locator("article")).to_have_count(0)
        expect(answer.locator(".pq-number").first).to_be_focused()
    visit.context.close()
    assert visit.wrong == []


@pytest.mark.parametrize("path", ["", "/a/suez/sand.txt?s=0-44"])
def test_what_slipped_into_the_markup_would_do_nothing(browser: Browser, address: str, path: str) -> None:
    visit = Visit(browser, address, path=path)
    refused: dict[str, str | None] = {}
    visit.page.on("requestfailed", lambda request: refused.update({request.url: request.failure}))
    visit.page.evaluate(
        """() => {
          const holder = document.createElement("div");
          document.body.append(holder);
          try {
            holder.innerHTML = "<img src=x onerror='window.ran = 1'><b onclick='window.ran = 2' id=slipped>x</b>";
          } catch {}  // where only trusted types may be written
          const script = document.createElement("script");
          try { script.textContent = "window.ran = 3"; } catch {}
          document.body.append(script);
          document.getElementById("slipped")?.click();
          new Image().src = "https://example.org/pixel.png";
          return fetch("https://example.org/beacon").catch(() => null);
        }"""
    )
    assert visit.page.evaluate("window.ran") is None
    outside = [url for url in visit.asked if not url.startswith((address, "data:"))]
    assert {refused[url] for url in outside} <= {"csp"}
    assert "Content Security Policy" in "".join(visit.wrong)  # the browser says what it refused
    visit.context.close()


@pytest.mark.parametrize("path", ["", "/a/suez/sand.txt?s=0-44"])
def test_light_and_dark_follow_the_reader(browser: Browser, address: str, path: str) -> None:
    seen = []
    for scheme in ("light", "dark"):
        visit = Visit(browser, address, path=path, color_scheme=scheme)
        where = visit.page.locator("body.pq-alone" if path else ".gradio-container")
        seen.append(where.evaluate("e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]"))
        visit.context.close()
        assert visit.wrong == []
    assert seen[0][0] == "rgb(251, 250, 246)"
    assert seen[1][0] == "rgb(24, 23, 21)"


def test_an_old_browser_clipboard_does_too(browser: Browser, address: str) -> None:
    visit = Visit(browser, address)
    visit.page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    visit.ask(QUESTION).get_by_role("button", name="Copy answer").click()
    expect(visit.page.locator("p.pq-heard")).to_have_text("Copied")
    visit.context.close()
    assert visit.wrong == []


def test_a_files_own_folder_is_not_served(address: str) -> None:
    for path in ("/pq/../chat.py", "/pq/..%2fchat.py", "/pq/%2e%2e/chat.py"):
        assert httpx.get(address + path, timeout=60).status_code == 404
