"""How soon is the chat page there, and the first answer on it? Chromium over the real server and the sample library.

    python -m bench.page [VISITS]

Each visit is a browser without a cache. Prints medians and the slowest, in milliseconds: the first paint and the first
paint of words (the browser's own marks), the page ready to be typed into, the first answer from pressing Enter, and the
answers after it.
"""

import json
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from qa.open import sample_articles

COMMAND = Path(sys.executable).with_name("pullquote")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
VISITS, QUESTIONS = 5, 5
PATIENCE_MS = 120_000
_PAINTS = "JSON.stringify(Object.fromEntries(performance.getEntriesByType('paint').map(e => [e.name, e.startTime])))"


def main() -> None:
    visits = int(sys.argv[1]) if len(sys.argv) > 1 else VISITS
    executable = next(filter(None, map(shutil.which, BROWSERS)))
    measured: dict[str, list[float]] = {}
    expect.set_options(timeout=PATIENCE_MS)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        subprocess.run([COMMAND, "index", sample_articles(), "--library", folder, "--quiet"], check=True)
        with served(Path(folder)) as address:
            browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
            for _ in range(visits):
                for name, milliseconds in visit(browser, address).items():
                    measured.setdefault(name, []).extend(milliseconds)
            print(f"# {visits} visits, {QUESTIONS} questions each, Chromium {browser.version}, {platform.processor()}")
            browser.close()
    for name, milliseconds in measured.items():
        print(f"{name:24} median {statistics.median(milliseconds):7.0f} ms   slowest {max(milliseconds):7.0f} ms")


@contextmanager
def served(library: Path) -> Iterator[str]:
    """`pullquote serve` on a free port; gives its address."""
    server = subprocess.Popen(
        [COMMAND, "serve", "--library", library, "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        found = re.search(r"http://\S+", server.stdout.readline())
        assert found
        yield found[0]
    finally:
        server.kill()
        server.wait()


def visit(browser: Browser, address: str) -> Mapping[str, Sequence[float]]:
    """One visit by someone who asks the page's first example, and others after it; milliseconds by what is measured."""
    context = browser.new_context(reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    started = time.perf_counter()
    page.goto(address, wait_until="commit")
    expect(page.get_by_label("Your question")).to_be_focused()
    ready = since(started)
    offered = page.get_by_role("navigation", name="Example questions").get_by_role("button").all_inner_texts()
    questions = [offered[n % len(offered)] for n in range(QUESTIONS)]
    first, *later = [answered(page, number, question) for number, question in enumerate(questions)]
    paints = json.loads(page.evaluate(_PAINTS))
    context.close()
    return {
        "first paint": [paints["first-paint"]],
        "first paint of words": [paints["first-contentful-paint"]],
        "ready to be typed into": [ready],
        "first answer": [first],
        "answers after it": later,
    }


def answered(page: Page, number: int, question: str) -> float:
    box = page.get_by_label("Your question")
    box.fill(question)
    started = time.perf_counter()
    box.press("Enter")
    expect(page.locator(".pq-turn").nth(number).locator(".pq-quotes, .pq-abstention, .pq-possible")).to_be_visible()
    return since(started)


def since(started: float) -> float:
    return 1000 * (time.perf_counter() - started)


if __name__ == "__main__":
    main()
