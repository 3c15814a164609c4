"""A person at the page, in a browser of their own."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import PATIENCE_MS

_PRESSES = 12


class Visit:
    """A person at the page, in a browser of their own; what the page must never do is recorded."""

    def __init__(
        self, browser: Browser, address: str, width: int = 1280, height: int = 800, path: str = "", **context: Any
    ) -> None:
        """Opens `path` of the server at `address`; `context` is Playwright's own."""
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce", **context
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.address = address
        self.wrong: list[str] = []
        self.asked: list[str] = []
        # Of every page that is opened from here, too.
        self.context.on("request", self._requested)
        self.context.on("console", lambda m: self.wrong.append(m.text) if m.type in ("error", "warning") else None)
        self.context.on("weberror", lambda error: self.wrong.append(str(error.error)))
        self.context.on("dialog", lambda dialog: (self.wrong.append(dialog.message), dialog.dismiss()))
        self.page: Page = self.context.new_page()
        self.page.goto(f"{address}{path}", timeout=PATIENCE_MS)
        if not path:
            expect(self.page.get_by_role("heading", level=1)).to_have_text("Pullquote")
            expect(self.box).to_be_focused()  # the page puts the cursor there once it is ready

    def _requested(self, request: Any) -> None:
        self.asked.append(request.url)
        if not request.url.startswith((f"{self.address}/", "data:", "blob:")):
            self.wrong.append(f"asked {urlsplit(request.url).netloc}")

    @property
    def box(self) -> Locator:
        return self.page.get_by_label("Your question")

    @property
    def turns(self) -> Locator:
        return self.page.locator(".pq-turn")

    def ask(self, question: str) -> Locator:
        """Types the question, presses Enter, and waits for what comes of it."""
        before = self.turns.count()
        self.send(question)
        return self.answer(before)

    def send(self, question: str) -> None:
        """Types the question and presses Enter; again while it stays in the box: Gradio drops a key that comes in the
        instant between an answer's being shown and its being told that this was the last of it.
        """
        self.box.fill(question)
        for _ in range(_PRESSES):
            self.box.press("Enter")
            with suppress(AssertionError):
                expect(self.box).to_have_value("", timeout=PATIENCE_MS / _PRESSES)
                return

    def reload(self) -> None:
        """Loads the page again. Gradio's script says of what it was waiting for that it was broken off."""
        before = list(self.wrong)
        self.page.reload()
        expect(self.box).to_be_focused()
        self.wrong[:] = before

    def answer(self, number: int) -> Locator:
        turn = self.turns.nth(number)
        expect(turn).to_be_visible()
        expect(turn.locator(".pq-pending")).to_have_count(0)
        return turn


@contextmanager
def visiting(browser: Browser, address: str, *size: int, **settings: Any) -> Iterator[Visit]:
    """A visit to the page; at its end nothing must have happened there that may not."""
    visit = Visit(browser, address, *size, **settings)
    yield visit
    visit.context.close()
    assert visit.wrong == []


def texts(where: Locator) -> list[str]:
    """The text of each element, white space and all."""
    return [item.evaluate("element => element.textContent") for item in where.all()]
