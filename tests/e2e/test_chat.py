"""The chat page as a person uses it: the real command, the real model, a real browser."""

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from qa.phrases import percent
from tests.command import pullquote
from tests.conftest import ROOT
from tests.e2e.conftest import served
from tests.e2e.visit import Visit, texts, visiting

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

HOSTILE = {
    "id": "\"><script>alert('id')</script>/../&amp;?#%",
    "title": "<img src=x onerror=alert('title')> {{value}} ${value}",
    "source": "<svg onload=alert('source')>",
    "author": "' onmouseover='alert(1)",
    "url": "javascript:alert('url')",
    "published_at": "2022-05-01",
    "language": '"><script>alert(1)</script>',
    "text": "The quagga escaped from the <script>alert('text')</script> menagerie at noon. "
    "Its keeper wrote **this** [note](javascript:alert(1)) about it: $$x^2$$ &lt;b&gt; `${alert(1)}` {{value}}.\n\n"
    "</p></mark></article><img src=x onerror=alert('quagga')> was nailed to the gate of the quagga.",
}
FLEETING = {"id": "fleeting.txt", "title": "A kiosk", "text": "The okapi kiosk at the harbour sold 17 kinds of tea."}


@pytest.fixture(scope="module")
def address(sample_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over the sample articles, a hostile one, and one that will be taken out."""
    folder = tmp_path_factory.mktemp("chat")
    library = shutil.copytree(sample_library, folder / "library")
    rows = folder / "rows.jsonl"
    rows.write_text("".join(json.dumps(row) + "\n" for row in (HOSTILE, FLEETING)), "utf-8")
    done = pullquote("index", rows, library=library)
    assert done.returncode == 0, done.stderr
    with served(library) as address:
        yield address


@pytest.fixture(scope="module")
def given(address: str) -> dict[str, dict[str, Any]]:
    """The sample questions and what becomes of each: which are answered is for the ranker's own tests."""
    with (ROOT / "data" / "questions.csv").open(encoding="utf-8", newline="") as file:
        return {row["question"]: api(address, row["question"]) for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def answered(given: dict[str, dict[str, Any]]) -> list[str]:
    found = [question for question, answer in given.items() if answer["status"] == "answered"]
    assert len(found) > 1
    return found


def is_possible(answer: dict[str, Any]) -> bool:
    return str(answer["reason"]).startswith("A possible answer, unconfirmed")


@pytest.fixture(scope="module")
def unanswered(given: dict[str, dict[str, Any]]) -> str:
    refused = {question: answer for question, answer in given.items() if answer["status"] == "abstained"}
    return next(question for question, answer in reversed(refused.items()) if not is_possible(answer))


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    with visiting(browser, address) as visit:
        yield visit


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Visit]:
    with visiting(browser, address, 390, 844) as visit:
        yield visit


def api(address: str, question: str, **fields: Any) -> dict[str, Any]:
    found: dict[str, Any] = httpx.post(f"{address}/v1/ask", json={"question": question, **fields}, timeout=60).json()
    return found


def test_first_sight_says_what_this_is_what_it_holds_and_what_to_ask(visit: Visit, address: str) -> None:
    total = httpx.get(f"{address}/v1/articles", timeout=60).json()["total"]
    expect(visit.page.locator(".pq-holdings")).to_contain_text(f"{total} articles")
    expect(visit.page.locator(".pq-holdings")).to_contain_text("Meridian Wire")
    expect(visit.box).to_be_focused()
    example = visit.page.get_by_role("navigation", name="Example questions").get_by_role("button").first
    question = example.inner_text()
    example.click()
    expect(visit.answer(0).get_by_role("heading", level=2)).to_have_text(question)


def test_an_answer_shows_the_sentences_that_the_api_cites(visit: Visit, address: str, answered: list[str]) -> None:
    turn = visit.ask(answered[0])
    citations = api(address, answered[0])["citations"]
    assert texts(turn.locator(".pq-quote .pq-words")) == [citation["cited_text"] for citation in citations]
    assert texts(turn.locator(".pq-number")) == [f"[{n}]" for n in range(1, len(citations) + 1)]
    first = turn.locator(".pq-quote").first
    expect(first).to_contain_text(citations[0]["source"] or "")
    expect(first).to_contain_text(citations[0]["document_title"])
    expect(first).to_contain_text(percent(citations[0]["confidence"]))
    expect(visit.box).to_be_focused()
    expect(visit.box).to_have_value("")


@pytest.mark.parametrize("control", [".pq-number", "blockquote", ".pq-title button"])
def test_a_citation_opens_its_article_at_the_sentence(
    visit: Visit, address: str, answered: list[str], control: str
) -> None:
    turn = visit.ask(answered[0])
    turn.locator(control).first.click()
    cited = api(address, answered[0])["citations"][0]
    article = visit.page.get_by_role("article", name=cited["document_title"])
    expect(article.locator("#quote")).to_be_in_viewport()
    assert "".join(texts(article.locator("mark:not(.pq-near)"))) == cited["cited_text"]
    # It opens beside the conversation, which stays where it was.
    expect(turn.locator(".pq-number").first).to_be_in_viewport()
    visit.page.keyboard.press("Escape")
    expect(article).to_have_count(0)


def test_each_answer_keeps_its_own_citations(visit: Visit, answered: list[str]) -> None:
    first = visit.ask(answered[0])
    sentence = texts(first.locator(".pq-words"))[0]
    visit.ask(answered[1])
    first.locator(".pq-number").first.click()
    expect(visit.page.locator("#quote")).to_have_text(sentence)


def test_the_keyboard_is_enough(visit: Visit, answered: list[str]) -> None:
    expect(visit.box).to_be_focused()  # the page puts the cursor there once it is ready, not before
    visit.page.keyboard.type(answered[0])
    expect(visit.box).to_have_value(answered[0])
    visit.page.keyboard.press("Enter")
    number = visit.answer(0).get_by_role("button", name="[1] Open in its article").first
    for _ in range(50):
        if number.evaluate("element => element === document.activeElement"):
            break
        visit.page.keyboard.press("Shift+Tab")
    expect(number).to_be_focused()
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator("#quote")).to_be_in_viewport()
    expect(visit.page.locator("#pq-headline")).to_be_focused()
    visit.page.keyboard.press("Escape")
    expect(number).to_be_focused()


def test_an_abstention_says_why_and_offers_the_nearest_misses(visit: Visit, address: str, unanswered: str) -> None:
    turn = visit.ask(unanswered)
    given = api(address, unanswered)
    expect(turn.locator(".pq-verdict")).to_be_visible()
    assert texts(turn.locator(".pq-reason")) == [given["reason"]]
    assert texts(turn.locator(".pq-miss .pq-words"))[0] == given["hits"][0]["cited_text"]
    expect(turn.locator(".pq-quote")).to_have_count(0)
    turn.locator(".pq-miss button").first.click()
    expect(visit.page.locator("#quote")).to_have_text(given["hits"][0]["cited_text"])


def test_a_possible_answer_is_framed_and_said_to_be_unconfirmed(visit: Visit, given: dict[str, dict[str, Any]]) -> None:
    possible = [question for question, answer in given.items() if is_possible(answer)]
    if not possible:
        pytest.skip("no sample question is near enough to be a possible answer")
    turn, hit = visit.ask(possible[0]), given[possible[0]]["hits"][0]
    frame = turn.locator(".pq-possible")
    expect(frame.locator(".pq-verdict")).to_have_text("Possible answer, unconfirmed")
    expect(frame).to_have_css("border-top-style", "dashed")
    assert texts(frame.locator(".pq-words")) == [hit["cited_text"]]
    expect(frame).to_contain_text(percent(hit["confidence"]))
    expect(turn.locator(".pq-quote, .pq-abstention")).to_have_count(0)
    frame.locator("button").first.click()
    expect(visit.page.locator("#quote")).to_have_text(hit["cited_text"])


def test_a_follow_up_shows_how_it_was_asked(visit: Visit, address: str) -> None:
    first, second = "Who met Vladimir Putin in Moscow?", "What did he say about Taiwan?"
    visit.ask(first)
    turn = visit.ask(second)
    said = [{"role": "user", "content": first}]
    if citations := api(address, first)["citations"]:
        said.append({"role": "assistant", "content": " ".join(cited["cited_text"] for cited in citations)})
    rewritten = api(address, second, history=said)["rewritten_question"]
    assert rewritten
    assert texts(turn.locator(".pq-rewritten > span")) == [f"Asked as: {rewritten}"]
    expect(visit.turns.first.locator(".pq-rewritten")).to_have_count(0)


def test_a_day_is_asked_as_of_and_a_bad_one_is_told(visit: Visit, address: str, answered: list[str]) -> None:
    day = visit.page.get_by_label("As of")
    day.fill("last week")
    visit.box.fill(answered[0])
    visit.box.press("Enter")
    expect(visit.page.locator(".pq-note")).to_contain_text("'last week' is not a date: write it as 2023-10-05")
    expect(visit.box).to_have_value(answered[0])
    expect(visit.turns).to_have_count(0)
    day.fill("2021-04-01")
    turn = visit.ask(answered[0])
    expect(turn.locator(".pq-as-of")).to_have_text("As of 1 April 2021")
    hits = api(address, answered[0], as_of="2021-04-01")["hits"]
    assert all((hit["published_at"] or "")[:10] <= "2021-04-01" for hit in hits)
    assert set(texts(turn.locator(".pq-words"))) <= {hit["cited_text"] for hit in hits}
    expect(visit.page.locator(".pq-note")).to_be_empty()


def test_what_is_printed_is_the_conversation(visit: Visit) -> None:
    turn = visit.ask("Hello!")
    visit.page.emulate_media(media="print")
    expect(turn.locator(".pq-reply")).to_be_visible()
    for tool in (visit.page.locator(".pq-strip"), visit.box, turn.locator(".pq-foot")):
        expect(tool).to_be_hidden()


def test_hello_gets_a_plain_reply(visit: Visit, address: str) -> None:
    turn = visit.ask("Hello!")
    assert texts(turn.locator(".pq-reply")) == [api(address, "Hello!")["reason"]]
    expect(turn.locator(".pq-abstention")).to_have_count(0)


@pytest.mark.parametrize(("question", "line"), [("x" * 1001, "shorten it to 1000"), ("   ", "empty")])
def test_a_question_that_cannot_be_asked_gets_one_calm_line(visit: Visit, question: str, line: str) -> None:
    visit.box.fill(question)
    visit.page.get_by_role("button", name="Ask", exact=True).click()
    expect(visit.page.locator(".pq-note")).to_contain_text(line)
    expect(visit.box).to_have_value(question)
    expect(visit.turns).to_have_count(0)


def test_hostile_articles_and_questions_are_only_text(visit: Visit, address: str) -> None:
    question = "At what time did the quagga escape from the <script>alert(1)</script> menagerie?"
    turn = visit.ask(question)
    given = api(address, question)
    assert given["hits"][0]["document_id"] == HOSTILE["id"]
    assert texts(turn.locator(".pq-question")) == [question]
    shown = given["citations"] or given["hits"][:3]
    assert texts(turn.locator(".pq-words")) == [citation["cited_text"] for citation in shown]
    turn.locator("li button").first.click()
    article = visit.page.locator(".pq-article")
    expect(article.locator("#quote")).to_be_in_viewport()
    assert texts(article.locator("#pq-headline")) == [HOSTILE["title"]]
    assert texts(article.locator(".pq-body")) == [HOSTILE["text"]]
    assert "".join(texts(article.locator("mark:not(.pq-near)"))) == given["hits"][0]["cited_text"]
    for page in (turn.locator(":not(.pq-verdicts, .pq-verdicts *)"), article.locator(":not(.pq-tool)")):
        odd = page.and_(
            visit.page.locator("script, img, svg, a, b:not(.pq-answer, .pq-matched b), strong, code, .katex")
        )
        expect(odd).to_have_count(0)


def test_an_article_that_was_taken_out_says_so(visit: Visit, address: str) -> None:
    turn = visit.ask("How many kinds of tea did the okapi kiosk sell?")
    assert httpx.delete(f"{address}/v1/articles/{FLEETING['id']}", timeout=60).status_code == 204
    turn.locator(f'button[data-article="{FLEETING["id"]}"]').first.click()
    expect(visit.page.locator("#pq-headline")).to_have_text("This article is no longer in the library.")


def test_two_people_never_mix(browser: Browser, address: str, answered: list[str], unanswered: str) -> None:
    visits = [Visit(browser, address) for _ in range(2)]
    questions = [answered[0], "hello"], [unanswered, "thanks"]
    for turn in range(2):
        for visit, asked in zip(visits, questions, strict=True):
            visit.box.fill(asked[turn])
            visit.box.press("Enter")
        for visit, asked in zip(visits, questions, strict=True):
            visit.answer(turn)
            assert texts(visit.page.locator(".pq-question")) == asked[: turn + 1]
    assert texts(visits[1].page.locator(".pq-quote")) == []
    for visit in visits:
        visit.context.close()
        assert visit.wrong == []


def test_on_a_phone_the_article_covers_the_conversation(phone: Visit, answered: list[str]) -> None:
    turn = phone.ask(answered[0])
    number = turn.locator(".pq-number").first
    number.click()
    expect(phone.page.locator("#quote")).to_be_in_viewport()
    assert phone.page.evaluate("document.querySelector('.pq-main').inert") is True
    assert phone.page.evaluate("document.documentElement.scrollWidth") == 390
    phone.page.get_by_role("button", name="Close").click()
    expect(number).to_be_focused()
    assert phone.page.evaluate("document.querySelector('.pq-main').inert") is False


def test_on_a_phone_back_closes_what_covers_the_conversation(phone: Visit, answered: list[str]) -> None:
    page, number = phone.page, phone.ask(answered[0]).locator(".pq-number").first
    article, drawer = page.locator(".pq-article"), page.locator(".pq-drawer")
    before = page.evaluate("history.length")
    number.click()
    expect(article).to_be_visible()
    page.go_back()
    expect(article).to_have_count(0)
    expect(number).to_be_focused()
    page.locator(".pq-strip [data-pane]").first.click()
    expect(drawer).to_be_visible()
    page.go_back()
    expect(drawer).not_to_be_visible()
    number.click()  # closed by its own button it leaves no step behind: the next one back is out of the page
    page.get_by_role("button", name="Close").click()
    expect(article).to_have_count(0)
    assert page.evaluate("history.length") <= before + 1
    page.go_back()
    expect(page).to_have_url("about:blank")


def test_the_page_lets_nothing_in_and_serves_no_more_of_gradio_than_it_needs(address: str) -> None:
    page = httpx.get(address, timeout=60)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "script-src-attr 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    for path in ("file=/etc/hostname", "info", "openapi.json", "proxy=https://example.org/", "upload_progress"):
        assert httpx.get(f"{address}/gradio_api/{path}", timeout=60).status_code == 404
    for path in ("upload", "call/ask", "run/ask", "api/ask"):
        assert httpx.post(f"{address}/gradio_api/{path}", json={"data": []}, timeout=60).status_code == 404
