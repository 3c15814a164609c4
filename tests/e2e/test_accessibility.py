"""No finding of axe-core in any state of the page, light or dark, wide or on a phone."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from qa.api.app import create_api
from qa.chat.blocks import mount_page
from qa.engine import Engine
from tests.e2e.visit import Visit
from tests.qa.serving import serving

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

# Rules that Gradio's own markup breaks, as docs/chat.md lists them; in the project's own none may be broken.
KNOWN: frozenset[str] = frozenset()
LOOKS = (("light", 1280), ("dark", 390))


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look[0]}-{look[1]}")
def visit(request: pytest.FixtureRequest, browser: Browser, engine: Engine) -> Iterator[Visit]:
    scheme, width = request.param
    with serving(mount_page(create_api(engine), engine)) as address:
        visit = Visit(browser, address, width, color_scheme=scheme)
        yield visit
        visit.context.close()


def findings(page: Page) -> list[str]:
    """What axe-core has to say, each by its weight, its rule, and where."""
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['impact']} {rule['id']}: {node['target']} {node['html'][:200]}"
        for rule in found
        for node in rule["nodes"]
        if rule["id"] not in KNOWN or "pq-" in node["html"]
    ]


def test_reading(visit: Visit) -> None:
    assert findings(visit.page) == []
    answer = visit.ask("How many bees did the keeper count?")
    answer.locator(".pq-why summary").first.click()
    visit.ask("Who painted the ceiling of the chapel?")
    visit.ask("   hello   ")
    assert findings(visit.page) == []
    answer.locator(".pq-number").first.click()
    expect(visit.page.locator("#quote")).to_be_in_viewport()
    visit.page.locator(".pq-cite summary").click()
    assert findings(visit.page) == []


@pytest.mark.parametrize("path", ["/a/bees.txt?s=0-18", "/a/bees.txt?s=0-18&v=changed", "/a/nothing"])
def test_permalinks(visit: Visit, path: str) -> None:
    visit.page.goto(visit.address + path)
    assert findings(visit.page) == []


@pytest.mark.parametrize("pane", ["Articles", "Question file", "History"])
def test_the_desk(visit: Visit, pane: str) -> None:
    visit.page.get_by_role("navigation", name="Desk").get_by_role("button", name=pane).click()
    expect(visit.page.locator("#pq-drawer")).to_be_visible()
    assert findings(visit.page) == []
