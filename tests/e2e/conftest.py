"""A served library and a browser to look at it with, shared by the end-to-end tests."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.command import COMMAND

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# The browser itself must stay quiet too: every request that is seen is then the page's.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

PATIENCE_MS = 60_000  # a busy machine is no failure


@contextmanager
def served(library: Path) -> Iterator[str]:
    """`pullquote serve` over `library` on a free port; gives its address, and ends it afterwards."""
    process = subprocess.Popen(
        [COMMAND, "serve", "--library", library, "--port", "0"], stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.fullmatch(r"Pullquote is at (http://127\.0\.0\.1:\d+)\n", said)
        assert found, said
        yield found[1]
    finally:
        process.kill()
        process.communicate(timeout=30)


@pytest.fixture(scope="module")  # while it lives, its event loop lets no other run in this thread
def browser() -> Iterator[Browser]:
    """Chromium, without a window; skipped where there is none, unless PULLQUOTE_REQUIRE_BROWSER=1 asks for it."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        reason = f"none of {', '.join(BROWSERS)} is installed"
        if os.environ.get("PULLQUOTE_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        browser = playwright.chromium.launch(executable_path=executable, args=list(QUIET))
        yield browser
        browser.close()
