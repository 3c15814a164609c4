"""The desk as a person uses it: articles, question files, filters, history, verdicts; a real server and browser."""

import csv
import io
import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from filelock import FileLock
from playwright.sync_api import Browser, Page, Route, expect

from index.library import LOCK
from qa.api.app import create_api
from qa.chat.blocks import mount_page
from qa.engine import Engine
from qa.evaluation.evalset import read_questions
from tests.command import pullquote
from tests.e2e.conftest import served
from tests.e2e.desk import articles, give, outcome, pane, paste, remove
from tests.e2e.visit import Visit, texts, visiting
from tests.qa.serving import serving

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

TEA = "The okapi kiosk at the harbour sold 17 kinds of tea."
ASKED = "How many kinds of tea did the okapi kiosk sell?"
HOSTILE = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>{{value}}${value}"


@pytest.fixture(scope="module")
def folder(sample_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(sample_library, tmp_path_factory.mktemp("desk") / "library"))


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with served(folder) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    with visiting(browser, address, accept_downloads=True) as visit:
        yield visit


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Visit]:
    with visiting(browser, address, 390, 844) as visit:
        yield visit


# articles


def test_articles_are_added_asked_about_found_read_and_removed(visit: Visit) -> None:
    page, held = visit.page, visit.page.locator(".pq-holdings")
    before = int(re.findall(r"(\d+) articles", held.inner_text())[0])
    shown = articles(page)
    give(
        shown,
        ("kiosk.txt", f"The tea kiosk\n\n{TEA}".encode()),
        ("picture.png", b"\x89PNG"),
        ("rows.jsonl", b'{"id": "tea-2", "title": "Cake", "text": "The kiosk sold cake.", "source": "Tea Post"}\n{bad'),
        ("empty.txt", b""),
    )
    expect(outcome(shown)).to_contain_text("2 articles added. You can ask about what is new at once.")
    refused = dict(zip(texts(shown.locator(".pq-refusals b")), texts(shown.locator(".pq-refusals li")), strict=True))
    assert "is of a type that is not read" in refused["picture.png"]
    assert "is not JSON" in refused["rows.jsonl:2"]
    expect(shown.get_by_text("empty.txt is empty.")).to_be_visible()
    expect(held).to_contain_text(f"{before + 2} articles")

    turn = visit.ask(ASKED)
    assert TEA in texts(turn.locator(".pq-words"))

    shown.get_by_label("Find by title or outlet").press_sequentially("TEA")
    expect(shown.locator(".pq-shelf li")).to_have_count(2)
    tea = shown.locator(".pq-shelf").get_by_role("button", name="The tea kiosk", exact=True)
    tea.click()
    expect(page.locator("#pq-headline")).to_have_text("The tea kiosk")
    page.keyboard.press("Escape")
    expect(tea).to_be_focused()

    shown.get_by_role("button", name="Remove The tea kiosk").click()
    page.get_by_role("dialog").get_by_role("button", name="Keep").click()
    expect(shown.locator(".pq-shelf li")).to_have_count(2)
    remove(shown, "The tea kiosk")
    expect(shown).to_contain_text("No title or outlet has “The tea kiosk”.")
    remove(shown, "Cake")
    expect(held).to_contain_text(f"{before} articles")


def test_a_pasted_text_is_an_article_with_what_was_said_of_it(visit: Visit) -> None:
    shown = articles(visit.page)
    paste(shown, "The quagga museum opens at nine.", Title="Quagga museum", Date="2024-03-02", **{"Web address": "x"})
    expect(outcome(shown)).to_contain_text("The address is not a web address: it begins with https://.")
    shown.get_by_label("Web address").fill("https://example.org/quagga")
    shown.get_by_label("Outlet", exact=True).fill("Museum Post")
    shown.get_by_role("button", name="Add article").click()
    expect(outcome(shown)).to_contain_text("“Quagga museum” is added. You can ask about it at once.")
    expect(shown.get_by_label("Text", exact=True)).to_be_hidden()
    expect(shown.locator(".pq-shelf li").first).to_contain_text("Museum Post · 2 March 2024")
    turn = visit.ask("When does the quagga museum open?")
    assert "The quagga museum opens at nine." in texts(turn.locator(".pq-words"))
    remove(shown, "Quagga museum")


def test_the_list_has_pages(visit: Visit) -> None:
    shown = articles(visit.page)
    rows = "".join(json.dumps({"id": f"p{n}", "title": f"Paged {n}", "text": f"Page {n}."}) + "\n" for n in range(25))
    give(shown, ("paged.jsonl", rows.encode()))
    expect(outcome(shown)).to_contain_text("25 articles added")
    shown.get_by_label("Find by title or outlet").fill("paged")
    expect(shown.locator(".pq-shelf")).to_contain_text("1–20 of 25 articles")
    shown.get_by_role("button", name="Next").click()
    expect(shown.locator(".pq-shelf")).to_contain_text("21–25 of 25 articles")
    expect(shown.get_by_role("button", name="Next")).to_be_disabled()
    shown.get_by_role("button", name="Previous").click()
    expect(shown.locator(".pq-shelf li")).to_have_count(20)


def test_while_another_process_writes_the_page_says_so_calmly(visit: Visit, folder: Path) -> None:
    shown = articles(visit.page)
    with FileLock(folder / LOCK):
        paste(shown, "A text that must wait.", Title="Waiting")
        expect(outcome(shown)).to_contain_text("Somebody else is adding or removing articles just now")
        expect(shown.get_by_label("Text", exact=True)).to_have_value("A text that must wait.")
    shown.get_by_role("button", name="Add article").click()
    expect(outcome(shown)).to_contain_text("is added. You can ask about it at once.")
    remove(shown, "Waiting")


# filters


def test_filters_are_folded_away_chosen_shown_and_taken_off(visit: Visit) -> None:
    page, group = visit.page, visit.page.get_by_role("group", name="Filter the articles")
    unfold = page.get_by_role("button", name="Filter", exact=True)
    expect(group).to_be_hidden()
    unfold.click()
    group.get_by_role("checkbox", name="Meridian Wire").check()
    group.get_by_label("From").fill("2022-01-01")
    group.get_by_label("Until").fill("2021-01-01")
    question = "Which ship blocked the Suez Canal?"
    visit.box.fill(question)
    visit.box.press("Enter")
    expect(page.locator(".pq-note")).to_contain_text("The first day, 2022-01-01, is later than the last day")
    expect(visit.turns).to_have_count(0)
    group.get_by_label("Until").fill("")
    chips = page.get_by_role("list", name="Filters in force").get_by_role("button")
    expect(chips).to_have_count(2)
    page.keyboard.press("Escape")
    expect(group).to_be_hidden()
    expect(unfold).to_be_focused()

    turn = visit.ask(question)
    expect(turn.locator(".pq-narrowed")).to_have_text("Only Meridian Wire, from 1 January 2022")
    assert set(texts(turn.locator(".pq-outlet"))) <= {"Meridian Wire"}
    page.get_by_role("button", name="Remove the filter From 1 January 2022").click()
    expect(chips).to_have_count(1)
    expect(chips.first).to_be_focused()
    chips.first.press("Enter")
    expect(chips).to_have_count(0)
    expect(unfold).to_be_focused()
    expect(visit.ask(question).locator(".pq-narrowed")).to_have_count(0)


# question files


def questions(count: int) -> bytes:
    rows = io.StringIO()
    csv.writer(rows).writerows([("id", "question"), *((n, f"{ASKED} ({n})") for n in range(count)), ("bad", "")])
    return rows.getvalue().encode()


def test_a_question_file_is_answered_shown_and_saved(visit: Visit) -> None:
    page, shown = visit.page, pane(visit.page, "Question file")
    give(shown, ("tea.pdf", b"x"))
    expect(outcome(shown)).to_contain_text("“tea.pdf” is not a question file")
    give(shown, ("tea.csv", questions(22)))
    expect(shown.get_by_role("region", name="Answers to tea.csv")).to_be_visible()
    expect(shown).to_contain_text("1 error")
    expect(shown.get_by_role("row")).to_have_count(21)
    shown.get_by_role("button", name="Next").click()
    expect(shown.get_by_role("row")).to_have_count(4)
    expect(shown.get_by_role("row").last).to_contain_text("The question is empty")
    saved = {}
    for form in ("csv", "jsonl"):
        with page.expect_download() as download:
            shown.get_by_role("link", name=f"Save as {form}").click()
        assert download.value.suggested_filename == f"tea-answers.{form}"
        saved[form] = Path(download.value.path()).read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(saved["csv"])))
    answers = [json.loads(line) for line in saved["jsonl"].splitlines()]
    assert [row["id"] for row in rows] == [answer["id"] for answer in answers] == [*map(str, range(22)), "bad"]
    assert [row["pq_status"] for row in rows] == [answer["status"] for answer in answers]


def test_a_question_file_is_asked_within_the_filters_and_as_of_the_day(visit: Visit) -> None:
    page, shown = visit.page, pane(visit.page, "Question file")
    page.get_by_label("As of").fill("2022-06-01")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_role("checkbox", name="Meridian Wire").check()
    page.keyboard.press("Escape")
    give(shown, ("ships.txt", b"Which ship blocked the Suez Canal?\nWho met Putin in Moscow?"))
    expect(shown.get_by_role("region", name="Answers to ships.txt")).to_be_visible()
    expect(shown.locator(".pq-as-of")).to_have_text("As of 1 June 2022")
    expect(shown.locator(".pq-narrowed")).to_have_text("Only Meridian Wire")
    with page.expect_download() as download:
        shown.get_by_role("link", name="Save as jsonl").click()
    answers = [json.loads(line) for line in Path(download.value.path()).read_text("utf-8").splitlines()]
    hits = [hit for answer in answers for hit in answer["hits"]]
    assert {hit["source"] for hit in hits} == {"Meridian Wire"}
    assert max(hit["published_at"] for hit in hits) <= "2022-06-01"


def test_a_run_survives_a_reload_and_can_be_cancelled(visit: Visit) -> None:
    page, shown = visit.page, pane(visit.page, "Question file")
    give(shown, ("many.txt", b"".join(b"How many bees are there in hive %d?\n" % n for n in range(5000))))
    bar = shown.get_by_role("progressbar", name="Answering many.txt")
    expect(
        shown.get_by_text(re.compile(r"[1-9]\d* of 5,000 questions · about \d+ (minutes|hours) left"))
    ).to_be_visible()
    assert bar.get_attribute("max") == "5000"
    visit.reload()
    shown = pane(page, "Question file")
    expect(shown.get_by_text("of 5,000 questions")).to_be_visible()
    visit.ask("Hello")  # nothing is held up meanwhile
    shown.get_by_role("button", name="Cancel").click()
    expect(outcome(shown)).to_contain_text("many.txt: cancelled after")


# history, verdicts


def test_history_stays_in_this_browser_and_is_reopened_saved_deleted(
    browser: Browser, visit: Visit, address: str
) -> None:
    page = visit.page
    visit.ask("Hello")
    visit.ask("How much sand was removed to free the Ever Given?")
    shown = pane(page, "History")
    expect(shown.locator(".pq-past li")).to_have_count(1)
    expect(shown.locator(".pq-past")).to_contain_text("2 questions")
    with page.expect_download() as download:
        shown.get_by_role("button", name="Save this conversation as Markdown").click()
    assert download.value.suggested_filename == "hello.md"
    assert "## How much sand was removed to free the Ever Given?" in Path(download.value.path()).read_text("utf-8")

    visit.reload()
    expect(visit.turns).to_have_count(2)
    page.get_by_role("button", name="New conversation").click()
    expect(visit.turns).to_have_count(0)
    visit.ask("Thanks")
    shown = pane(page, "History")
    expect(shown.locator(".pq-past li")).to_have_count(2)
    shown.get_by_role("button", name="Hello", exact=True).click()
    expect(visit.turns).to_have_count(2)
    visit.ask("What can you do?")
    expect(shown.locator(".pq-past li").first).to_contain_text("3 questions")

    other = Visit(browser, address)
    expect(pane(other.page, "History").get_by_text("Nothing is kept yet.")).to_be_visible()
    other.context.close()
    second = visit.context.new_page()
    second.goto(address)
    expect(second.get_by_label("Your question")).to_be_focused()
    expect(pane(second, "History").locator(".pq-past li")).to_have_count(2)
    expect(second.locator(".pq-turn")).to_have_count(0)
    second.close()

    shown.get_by_role("button", name="Delete “Thanks”").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(shown.locator(".pq-past li")).to_have_count(1)
    shown.get_by_role("button", name="Clear all").click()
    page.get_by_role("dialog").get_by_role("button", name="Clear all").click()
    expect(shown.get_by_text("Nothing is kept yet.")).to_be_visible()
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('pullquote'))") == []


def test_what_is_in_the_browsers_storage_is_doubted(visit: Visit) -> None:
    page = visit.page
    visit.ask("Hello")
    page.evaluate(
        """(hostile) => {
          for (const value of ["{", "null", "[]", '{"turns": [5], "title": 5}'])
            localStorage.setItem("pullquote.conversation." + value.length, value);
          const bad = { id: "x", version: "v", at: "1e99", title: hostile, turns: [{ question: hostile }] };
          localStorage.setItem("pullquote.conversation.x", JSON.stringify(bad));
        }""",
        HOSTILE,
    )
    visit.reload()
    shown = pane(page, "History")
    expect(shown.locator(".pq-past li")).to_have_count(2)
    shown.get_by_role("button", name=HOSTILE, exact=True).click()
    expect(page.locator(".pq-note")).to_contain_text("This conversation cannot be read")
    expect(visit.turns).to_have_count(1)


# Clicks each of `names` in turn, the next before anything can have come of the last.
PRESS_IN_ONE_BREATH = """(list, [names, apart]) => names.forEach((name, at) => setTimeout(() =>
  [...list.querySelectorAll("button")].find(button => button.textContent === name).click(), at * apart))"""
APART_MS = 100


def slowed(page: Page) -> None:
    """From here on the server hears of each event only after some time."""

    def later(route: Route) -> None:
        time.sleep(3 * APART_MS / 1000)
        route.continue_()

    page.route("**/queue/join*", later)


def test_of_conversations_opened_in_one_breath_the_last_is_shown(visit: Visit) -> None:
    page = visit.page
    visit.ask("Hello")
    page.get_by_role("button", name="New conversation").click()
    expect(visit.turns).to_have_count(0)
    visit.ask("Thanks")
    shown = pane(page, "History")
    expect(shown.locator(".pq-past li")).to_have_count(2)
    slowed(page)
    shown.locator(".pq-past").evaluate(PRESS_IN_ONE_BREATH, [["Thanks", "Hello"], APART_MS])
    expect(visit.turns).to_contain_text(["Hello"])
    hello = shown.get_by_role("button", name="Hello", exact=True)
    expect(hello).to_have_attribute("aria-current", "true")
    hello.click()
    expect(hello).to_be_focused()


def test_two_tabs_that_go_on_with_one_conversation_lose_nothing(visit: Visit, address: str) -> None:
    visit.ask("Hello")
    second = visit.context.new_page()
    second.goto(address)
    expect(second.get_by_label("Your question")).to_be_focused()
    shown = pane(second, "History")
    shown.get_by_role("button", name="Hello", exact=True).click()
    expect(second.locator(".pq-turn")).to_have_count(1)
    for page, question in ((second, "Thanks"), (visit.page, "What can you do?")):
        page.get_by_label("Your question").fill(question)
        page.get_by_label("Your question").press("Enter")
        expect(page.locator(".pq-turn")).to_have_count(2)
        expect(page.locator(".pq-pending")).to_have_count(0)
    expect(shown.locator(".pq-past li")).to_have_count(2)
    second.close()


def test_a_verdict_is_kept_and_becomes_an_evaluation_set(visit: Visit, folder: Path, tmp_path: Path) -> None:
    page, question = visit.page, "How many people were in the stadium for Argentina against France?"
    turn = visit.ask(question)
    up, down = (turn.locator(f"[data-verdict={verdict}]") for verdict in ("up", "down"))
    down.click()
    expect(down).to_have_attribute("aria-pressed", "true")
    up.click()
    expect(up).to_have_attribute("aria-pressed", "true")
    expect(down).to_have_attribute("aria-pressed", "false")
    visit.ask("Hello")
    expect(up).to_have_attribute("aria-pressed", "true")
    visit.reload()
    expect(up).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".pq-note")).to_be_empty()
    lines = [json.loads(line) for line in (folder / "feedback.jsonl").read_text("utf-8").splitlines()]
    assert [(line["question"], line["verdict"]) for line in lines[-2:]] == [(question, "down"), (question, "up")]
    done = pullquote("feedback", "export", tmp_path / "set", library=folder)
    assert done.returncode == 0, done.stderr
    assert question in [row["question"] for row in read_questions(tmp_path / "set")]
    again = pullquote("feedback", "export", tmp_path / "set", library=folder)
    assert (again.returncode, "is not empty" in again.stderr) == (2, True)


# for everybody, at once


def test_two_people_work_at_once_and_never_mix(browser: Browser, address: str) -> None:
    one, two = visits = [Visit(browser, address) for _ in range(2)]
    shown = articles(one.page)
    rows = "".join(json.dumps({"id": f"two-{n}", "text": f"Sentence {n} of two. " * 40}) + "\n" for n in range(60))
    give(shown, ("two.jsonl", rows.encode()))
    two.page.get_by_role("button", name="Filter", exact=True).click()
    two.page.get_by_role("checkbox", name="Meridian Wire").check()
    turn = two.ask("Which ship blocked the Suez Canal?")  # asked while articles are being taken in
    expect(turn.locator(".pq-narrowed")).to_have_text("Only Meridian Wire")
    expect(outcome(shown)).to_contain_text("60 articles added")
    expect(one.turns).to_have_count(0)
    expect(one.page.locator(".pq-chips button")).to_have_count(0)
    expect(two.page.locator("#pq-pane-articles .pq-outcome")).to_have_text([""])
    expect(one.ask("Hello").locator(".pq-narrowed")).to_have_count(0)
    for visit in visits:
        visit.context.close()
        assert visit.wrong == []


def test_whatever_is_given_is_shown_as_text(visit: Visit) -> None:
    page, shown = visit.page, articles(visit.page)
    paste(shown, f"The numbat said {HOSTILE} to the crowd.", Title=HOSTILE, Outlet=f"{HOSTILE} Post")
    expect(outcome(shown)).to_contain_text("is added. You can ask about it at once.")
    give(shown, (f"{HOSTILE.replace('/', '')}.png", b"x"))
    expect(shown.locator(".pq-refusals")).to_contain_text("<img src=x onerror=alert(1)>")
    shown.get_by_label("Find by title or outlet").fill("<script>alert(2)")
    expect(shown.locator(".pq-shelf li")).to_have_count(1)
    assert texts(shown.locator(".pq-shelf .pq-open")) == [HOSTILE]
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_role("checkbox", name=f"{HOSTILE} Post").check()
    assert texts(page.locator(".pq-chips button")) == [f"{HOSTILE} Post×"]
    turn = visit.ask(f"What did the numbat say? {HOSTILE}")
    assert texts(turn.locator(".pq-narrowed")) == [f"Only {HOSTILE} Post"]
    files = pane(page, "Question file")
    give(files, ("h.txt", f"What did the numbat say? {HOSTILE}".encode()))
    expect(files.get_by_role("row")).to_have_count(2)
    past = pane(page, "History")
    expect(past.locator(".pq-past li").first).to_contain_text(HOSTILE)
    with page.expect_download() as download:
        past.get_by_role("button", name="Save this conversation as Markdown").click()
    assert r"\<script\>" in Path(download.value.path()).read_text("utf-8")
    for place in (".pq-main", ".pq-drawer"):
        expect(page.locator(place).locator("script, img, [onerror]")).to_have_count(0)
    shown = articles(page)
    shown.get_by_role("button", name=f"Remove {HOSTILE}", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text(f"“{HOSTILE}” is taken out")
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(outcome(shown)).to_contain_text(f"Removed “{HOSTILE}”.")


def test_the_desk_is_worked_by_keyboard_alone(visit: Visit) -> None:
    page = visit.page
    opener = page.get_by_role("navigation", name="Desk").get_by_role("button", name="Articles")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Articles")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Question file")).to_be_focused()
    expect(page.get_by_role("tabpanel", name="Question file")).to_be_visible()
    page.keyboard.press("End")
    expect(page.get_by_role("tab", name="History")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Home")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Close", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Choose files")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Text", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".pq-drawer")).to_be_hidden()
    expect(opener).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "false")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["Articles", "Question file", "History"])
def test_axe_has_nothing_serious_to_say(browser: Browser, address: str, scheme: Any, name: str) -> None:
    visit = Visit(browser, address, color_scheme=scheme)
    shown = pane(visit.page, name)
    visit.ask("Hello")
    visit.page.get_by_role("button", name="Filter", exact=True).click()
    if name == "Articles":
        expect(shown.locator(".pq-shelf")).to_be_visible()
        shown.locator("summary").click()
    if name == "Question file":
        give(shown, ("one.txt", b"How many bees?"))
        expect(shown.get_by_role("row")).to_have_count(2)
    found = Axe().run(visit.page, context={"include": [[".pq-drawer"], [".pq-strip"], [".pq-filters"]]})
    serious = [v for v in found.response["violations"] if v["impact"] in ("serious", "critical")]
    assert serious == [], [(v["id"], [node["html"] for node in v["nodes"]]) for v in serious]
    visit.context.close()


def test_on_a_phone_the_desk_covers_the_conversation(phone: Visit) -> None:
    page = phone.page
    shown = articles(page)
    expect(page.locator(".pq-intro")).to_be_hidden()
    for name in ("Question file", "History", "Articles"):
        pane(page, name)
        assert page.evaluate("document.documentElement.scrollWidth") == 390
    shown.locator(".pq-shelf .pq-open").first.click()
    expect(page.locator("#pq-headline")).to_be_visible()
    page.get_by_role("button", name="Close", exact=True).click()
    expect(shown.locator(".pq-shelf .pq-open").first).to_be_focused()
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.locator(".pq-intro")).to_be_visible()
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.get_by_role("group", name="Filter the articles")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_who_may_not_write_is_offered_nothing_to_write_with(browser: Browser, engine: Engine) -> None:
    app = mount_page(create_api(engine), engine, None, lambda request: False)
    with serving(app) as address:
        visit = Visit(browser, address)
        shown = articles(visit.page)
        expect(shown).to_contain_text("You may read and ask here")
        expect(shown.locator("input[type=file], textarea, [data-remove]")).to_have_count(0)
        turn = visit.ask("How many bees did the keeper count?")
        expect(turn.locator("[data-verdict]").first).to_be_hidden()
        assert visit.page.request.post(f"{address}/desk/files?for=articles&name=a.txt", data="x").status == 403
        visit.context.close()
        assert visit.wrong == []


def test_a_page_of_another_site_can_do_nothing_here(visit: Visit, address: str) -> None:
    elsewhere = {"Origin": "https://example.org", "Content-Type": "text/plain"}
    for path in ("desk/files?for=articles&name=a.txt", "gradio_api/queue/join"):
        refused = visit.page.request.post(f"{address}/{path}", data="{}", headers=elsewhere)
        assert refused.status == 403
