"""Takes the pictures of the chat page that the docs show.

    python -m tests.e2e.pictures docs

Chromium over the real server and the sample library, so that they show what a newcomer sees.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright

from qa.open import sample_articles
from tests.command import COMMAND
from tests.e2e.conftest import BROWSERS, PATIENCE_MS, QUIET, served
from tests.e2e.visit import Visit, visiting

ANSWERED = "How many hours did Webb need to take its deep field picture?"
COLOURS = 256
NOT_ANSWERED = "Which city will host the next Olympic Games?"


def main() -> None:
    folder = Path(sys.argv[1])
    executable = next(filter(None, map(shutil.which, BROWSERS)))
    with tempfile.TemporaryDirectory() as library, sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        subprocess.run([COMMAND, "index", sample_articles(), "--library", library, "--quiet"], check=True)
        with served(Path(library)) as address:
            browser = playwright.chromium.launch(executable_path=executable, args=list(QUIET))
            an_answer(browser, address, folder / "chat-answer.png")
            an_abstention(browser, address, folder / "chat-abstention.png")
            browser.close()


def an_answer(browser: Browser, address: str, file: Path) -> None:
    """Its first citation is open beside it, light, as wide as a laptop."""
    with visiting(browser, address, 1280, 800, color_scheme="light") as visit:
        visit.ask(ANSWERED).locator(".pq-number").first.click()
        expect(visit.page.locator("#quote")).to_be_in_viewport()
        picture(visit, file)


def an_abstention(browser: Browser, address: str, file: Path) -> None:
    """With its nearest misses, dark, on a phone."""
    with visiting(browser, address, 390, 844, color_scheme="dark") as visit:
        expect(visit.ask(NOT_ANSWERED).locator(".pq-verdict")).to_be_visible()
        picture(visit, file)


def picture(visit: Visit, file: Path) -> None:
    """As few bytes as the page's few colours need."""
    visit.page.screenshot(path=file)
    with Image.open(file) as taken:
        taken.convert("RGB").quantize(COLOURS).save(file, optimize=True)


if __name__ == "__main__":
    main()
