"""Nothing that somebody typed, asked, ran or threw away is lost, or comes back, against their will."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from qa.api.app import create_api
from qa.chat.blocks import mount_page
from qa.engine import Engine
from tests.e2e.conftest import served
from tests.e2e.desk import articles, give, outcome, pane, paste
from tests.e2e.visit import Visit, texts, visiting
from tests.qa.serving import serving

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ASKED = "How many bees did the keeper count?"
FAR_MS = 2500  # there and back


@pytest.fixture
def address(engine: Engine) -> Iterator[str]:
    with serving(mount_page(create_api(engine), engine)) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    with visiting(browser, address) as visit:
        yield visit


def far_away(visit: Visit) -> None:
    """From here on the server is."""
    link = {"offline": False, "latency": FAR_MS, "downloadThroughput": -1, "uploadThroughput": -1}
    visit.context.new_cdp_session(visit.page).send("Network.emulateNetworkConditions", link)


def kept(page: Page) -> list[str]:
    return texts(page.locator(".pq-past .pq-open"))


# the question box


def test_far_from_the_server_a_question_shows_at_once_and_what_is_typed_after_it_stays(visit: Visit) -> None:
    far_away(visit)
    visit.box.fill(ASKED)
    visit.box.press("Enter")
    expect(visit.turns.locator(".pq-pending")).to_have_text("Sending the question…")
    assert texts(visit.page.locator(".pq-question")) == [ASKED]
    visit.box.press("Enter")
    visit.page.get_by_role("button", name="Ask", exact=True).click()
    visit.box.press_sequentially("And then?")
    visit.answer(0)
    expect(visit.turns).to_have_count(1)
    expect(visit.box).to_have_value("And then?")
    expect(visit.page.locator(".pq-note")).to_be_empty()


def test_a_question_that_cannot_be_asked_comes_back_with_what_was_typed_after_it(visit: Visit) -> None:
    far_away(visit)
    visit.box.fill("x" * 1001)
    visit.box.press("Enter")
    expect(visit.box).to_have_value("")
    visit.box.press_sequentially("more")
    note = visit.page.locator(".pq-note")
    expect(note).to_contain_text("shorten it to 1000")
    expect(visit.box).to_have_value("x" * 1001 + "\nmore")
    expect(visit.turns).to_have_count(0)
    visit.box.press_sequentially("!")
    expect(note).to_be_empty()
    visit.box.fill("   ")
    for _ in range(2):  # the same line twice is said twice
        visit.box.press("Enter")
        expect(note).to_contain_text("empty")
        visit.box.press_sequentially(" ")
        expect(note).to_be_empty()


def test_a_refused_question_comes_back_though_a_conversation_began_anew_meanwhile(visit: Visit) -> None:
    visit.ask(ASKED)
    visit.page.get_by_label("As of").fill("5 Octobre")
    far_away(visit)
    visit.page.get_by_role("button", name="New conversation").click()
    visit.box.fill("Who met?")
    visit.box.press("Enter")
    expect(visit.page.locator(".pq-note")).to_contain_text("5 Octobre")
    expect(visit.box).to_have_value("Who met?")


def test_an_example_that_is_refused_leaves_the_draft_alone(visit: Visit) -> None:
    visit.box.fill("my draft")
    visit.page.get_by_label("As of").fill("5 Octobre")
    example = visit.page.get_by_role("navigation", name="Example questions").get_by_role("button").first
    for _ in range(2):
        example.click()
        expect(visit.page.locator(".pq-note")).to_contain_text("5 Octobre")
        expect(visit.turns).to_have_count(0)
        expect(visit.box).to_have_value("my draft")


def test_what_is_typed_outlives_a_reload(visit: Visit) -> None:
    visit.box.fill("What did the tugs")
    visit.page.get_by_label("As of").fill("2024-05-05")
    visit.reload()
    expect(visit.box).to_have_value("What did the tugs")
    expect(visit.page.get_by_label("As of")).to_have_value("2024-05-05")
    visit.ask(ASKED)
    visit.reload()
    expect(visit.turns).to_have_count(1)
    expect(visit.box).to_have_value("")


def test_a_question_that_the_server_was_lost_over_stands_in_the_box_again(visit: Visit) -> None:
    visit.context.set_offline(True)
    visit.box.fill(ASKED)
    visit.box.press("Enter")
    expect(visit.page.get_by_text("Connection to the server was lost")).to_be_visible()
    visit.page.evaluate("window.isOld = true")
    visit.context.set_offline(False)
    visit.page.wait_for_function("!window.isOld")  # it loads itself again
    expect(visit.box).to_have_value(ASKED)
    expect(visit.turns).to_have_count(0)
    visit.wrong.clear()  # the browser names each request that failed


def test_what_the_keyboard_reaches_is_not_behind_the_box(visit: Visit) -> None:
    for _ in range(3):
        visit.ask(ASKED)
    visit.page.get_by_role("button", name="New conversation").focus()
    hidden = """() => {
      const { top, bottom } = document.activeElement.getBoundingClientRect();
      const edge = (of) => document.querySelector(of).getBoundingClientRect();
      const between = top >= edge(".pq-strip").bottom && bottom <= edge(".pq-composer").top;
      return document.activeElement.closest(".pq-log") && !between;
    }"""
    for key in ["Tab"] * 30 + ["Shift+Tab"] * 20:
        visit.page.keyboard.press(key)
        assert not visit.page.evaluate(hidden)


def test_in_the_smallest_windows_everything_is_within_reach(browser: Browser, address: str) -> None:
    with visiting(browser, address, 320, 256) as low:
        low.ask(ASKED)
        expect(low.page.locator(".pq-composer")).to_have_css("position", "static")
        pane(low.page, "Articles")
        close = low.page.get_by_role("button", name="Close", exact=True)
        expect(close).to_be_in_viewport(ratio=1)
        assert low.page.evaluate("document.documentElement.scrollWidth") == 320
        save = pane(low.page, "History").get_by_role("button", name="Save this conversation as Markdown")
        assert save.evaluate("button => button.getBoundingClientRect().right") <= 320


# the desk


def test_a_conversation_that_is_deleted_does_not_come_back_with_the_next_question(visit: Visit) -> None:
    visit.ask(ASKED)
    visit.ask("Hello")
    shown = pane(visit.page, "History")
    for forget, sure, then in (("Delete “", "Delete", "Thanks"), ("Clear all", "Clear all", "What can you do?")):
        shown.get_by_role("button", name=forget).click()
        visit.page.get_by_role("dialog").get_by_role("button", name=sure).click()
        expect(visit.turns).to_have_count(0)
        expect(visit.page.get_by_role("tab", name="History")).to_be_focused()
        visit.ask(then)
        expect(shown.locator(".pq-past li")).to_have_count(1)
        assert kept(visit.page) == [then]


def test_another_conversation_that_is_deleted_leaves_the_one_on_the_page(visit: Visit) -> None:
    visit.ask("Thanks")
    visit.page.get_by_role("button", name="New conversation").click()
    expect(visit.turns).to_have_count(0)
    visit.ask("Hello")
    shown = pane(visit.page, "History")
    shown.get_by_role("button", name="Delete “Thanks”").click()
    visit.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(shown.get_by_role("button", name="Delete “Hello”")).to_be_focused()
    expect(visit.turns).to_have_count(1)


def test_a_run_outlives_a_file_that_is_none(visit: Visit) -> None:
    shown = pane(visit.page, "Question file")
    table = shown.get_by_role("region", name="Answers to bees.txt")
    give(shown, ("bees.txt", ASKED.encode()))
    expect(table).to_be_visible()
    give(shown, ("my bad.csv", b"a,b\n1,2\n"))
    expect(outcome(shown)).to_contain_text("“my bad.csv” has no `question` column")
    expect(table).to_be_visible()
    visit.reload()
    pane(visit.page, "Question file")
    expect(table).to_be_visible()


def test_a_text_that_is_being_pasted_outlives_files_that_are_given(visit: Visit) -> None:
    shown = articles(visit.page)
    shown.locator("details summary").click()
    shown.get_by_label("Text", exact=True).fill("The harbour costs")
    give(shown, ("budget.txt", b"Harbour budget\n\nThe harbour costs three million."))
    expect(outcome(shown)).to_contain_text("is added")
    expect(shown.get_by_label("Text", exact=True)).to_have_value("The harbour costs")
    shown.get_by_role("button", name="Add article").click()
    expect(shown.get_by_label("Text", exact=True)).to_have_value("")


def test_a_file_that_replaces_another_says_so_and_one_list_has_all_refusals(visit: Visit) -> None:
    shown = articles(visit.page)
    give(shown, ("draft.txt", b"Harbour budget\n\nThe harbour costs three million."))
    expect(outcome(shown)).to_contain_text("“Harbour budget” is added.")
    meals = ("draft.txt", b"School meals\n\nA school meal costs four euros.")
    give(shown, meals, ("a.png", b"x"), ("empty.txt", b""))
    expect(outcome(shown)).to_contain_text("“School meals” has replaced what “draft.txt” held before.")
    expect(outcome(shown)).to_contain_text("Refused, 2")
    expect(shown.get_by_text("empty.txt is empty.")).to_be_visible()
    outcome(shown).get_by_role("button", name="School meals").click()
    expect(visit.page.locator("#pq-headline")).to_have_text("School meals")
    visit.page.keyboard.press("Escape")
    give(shown, ("empty.txt", b""))
    expect(outcome(shown)).to_be_empty()


def test_what_is_wrong_with_a_pasted_text_is_told_in_sight(visit: Visit) -> None:
    shown = articles(visit.page)
    paste(shown, "  ")
    text = shown.get_by_label("Text", exact=True)
    expect(text).to_be_focused()
    assert "no text" in text.evaluate("field => field.validationMessage")
    paste(shown, "The harbour costs three million.", **{"Web address": "x"})
    expect(outcome(shown).get_by_text("The address is not a web address")).to_be_in_viewport(ratio=1)


def test_the_focus_goes_on_to_what_stands_next_to_a_removed_article(visit: Visit) -> None:
    shown = articles(visit.page)
    rows = shown.locator("[data-remove]")
    for left in (1, 0):
        rows.last.click()
        visit.page.get_by_role("dialog").get_by_role("button", name="Remove").click()
        expect(rows).to_have_count(left)
        expect(rows.last if left else shown.get_by_label("Find by title or outlet")).to_be_focused()


def test_while_the_server_is_down_a_file_is_said_not_to_reach_it(browser: Browser, sample_library: Path) -> None:
    with served(sample_library) as address:
        visit = Visit(browser, address)
        shown = articles(visit.page)
    give(shown, ("kiosk.txt", b"The kiosk sells tea."))
    expect(shown.get_by_text("kiosk.txt could not be sent: the server cannot be reached.")).to_be_visible()
    visit.context.close()
