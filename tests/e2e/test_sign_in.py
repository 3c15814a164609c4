"""The page behind a key, in a real browser; and what the real command says where a key is needed."""

import http.server
import subprocess
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, expect

from index.library import Library
from index.update import index_articles
from qa.access.gate import gate
from qa.access.keys import Key, Keys
from qa.access.middleware import may_write
from qa.api.app import create_api
from qa.chat.blocks import mount_page
from qa.confidence import Calibration
from qa.engine import Engine
from qa.query import Query
from qa.rank import Score
from qa.retrieve import Candidate
from tests.command import COMMAND, pullquote
from tests.conftest import BEES, SHIP
from tests.e2e.conftest import PATIENCE_MS
from tests.qa.serving import serving
from tests.toy import ToyEncoder, ToyRanker
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

QUESTION = "How many bees did the keeper count?"
QUOTE = "The keeper counted 40,000 bees in May."
OTHER = "How many jars of honey did she sell?"
OTHER_QUOTE = "She sold nine jars of honey to the baker."


@dataclass
class Desk:
    """A served library with a key."""

    address: str
    keys: Keys
    key: Key
    token: str
    ranker: "Held"


class Held(ToyRanker):
    """The toy ranker, which waits where it is told to: so an answer's stream stays open."""

    def __init__(self) -> None:
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def scores(self, query: Query, candidates: Sequence[Candidate]) -> list[Score]:
        self.may_go_on.wait(PATIENCE)
        return super().scores(query, candidates)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    encoder = ToyEncoder()
    library = Library.create(tmp_path / "library", encoder)
    index_articles(library, encoder, [BEES, SHIP])
    ranker = Held()
    engine = Engine(library, encoder, ranker, Calibration(score=1.0, intercept=-2.0, threshold=0.5))
    keys = Keys(library.folder)
    key, token = keys.add("City <desk>")
    access = gate(library.folder, "127.0.0.1", page=True)
    app = mount_page(create_api(engine, {"localhost"}, access=[access]), engine, [QUESTION], may_write, signed_in=True)
    with serving(app) as address:
        yield Desk(address, keys, key, token, ranker)
        ranker.may_go_on.set()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def sign_in(page: Page, token: str) -> None:
    page.get_by_label("Key", exact=True).fill(token)
    page.get_by_role("button", name="Sign in").click()


def test_a_person_signs_in_asks_and_signs_out(page: Page, desk: Desk) -> None:
    asked: list[tuple[str, int]] = []
    page.on("response", lambda response: asked.append((response.url, response.status)))
    page.goto(desk.address)
    assert page.url == f"{desk.address}/sign-in?next=%2F"
    assert page.evaluate("document.activeElement.id") == "key"
    sign_in(page, "pq_" + "0" * 64)
    expect(page.get_by_role("alert")).to_contain_text("not known here")
    assert not page.context.cookies()

    sign_in(page, desk.token)
    question = page.get_by_label("Your question")
    expect(question).to_be_focused()  # once the page is ready
    assert page.url == f"{desk.address}/"
    [cookie] = page.context.cookies()
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    assert desk.token not in str(page.context.storage_state())
    assert page.evaluate("document.cookie") == ""
    signed_in = len(asked)
    question.fill(QUESTION)
    question.press("Enter")
    expect(page.get_by_text(QUOTE).first).to_be_visible()
    assert all(url.startswith(desk.address) for url, _ in asked)
    assert [status for _, status in asked[signed_in:] if status in (401, 403, 429)] == []

    question.fill("A draft of mine")
    page.evaluate("sessionStorage.setItem('pullquote.run', 'of a question file')")
    page.get_by_role("link", name="Sign out").click()
    expect(page.get_by_text("City <desk>")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Key", exact=True)).to_be_visible()
    assert not page.context.cookies()
    assert page.evaluate("sessionStorage.length") == 0, "whoever signs in next may be somebody else"
    page.goto(f"{desk.address}/a/bees.txt")
    expect(page.get_by_label("Key", exact=True)).to_be_visible()


def test_a_permalink_is_come_back_to(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.address}/a/bees.txt?s=19-57")
    sign_in(page, desk.token)
    page.wait_for_url(f"{desk.address}/a/bees.txt?s=19-57")
    expect(page.get_by_text("Bees of the valley").first).to_be_visible()


def test_a_link_on_another_site_leads_straight_in(page: Page, desk: Desk, tmp_path: Path) -> None:
    page.goto(desk.address)
    sign_in(page, desk.token)
    expect(page.get_by_label("Your question")).to_be_focused()  # once the page is ready
    with elsewhere(f'<a href="{desk.address}/a/bees.txt">an article</a>') as other:
        page.goto(other)
        page.get_by_role("link").click()
        page.wait_for_url(f"{desk.address}/a/bees.txt")
        expect(page.get_by_text("Bees of the valley").first).to_be_visible()
        page.context.clear_cookies()
        page.goto(other)
        page.get_by_role("link").click()
        expect(page.get_by_label("Key", exact=True)).to_be_visible()


def test_a_form_on_another_site_does_nothing(page: Page, desk: Desk) -> None:
    page.goto(desk.address)
    sign_in(page, desk.token)
    expect(page.get_by_label("Your question")).to_be_focused()  # once the page is ready
    form = f'<form method="post" action="{desk.address}/sign-out"><button>Win</button></form>'
    with elsewhere(form) as other:
        page.goto(other)
        with page.expect_response("**/sign-out") as refused:
            page.get_by_role("button").click()
    assert refused.value.status == 403
    page.goto(desk.address)
    expect(page.get_by_label("Your question")).to_be_focused()  # once the page is ready


class elsewhere:  # noqa: N801 - reads as what it is
    """A page of another site: `localhost` and `127.0.0.1` are two sites to a browser."""

    def __init__(self, markup: str) -> None:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(f"<!doctype html><title>Elsewhere</title>{markup}".encode())

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self) -> str:
        return f"http://localhost:{self._server.server_address[1]}/"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def test_a_revoked_key_ends_what_is_open(page: Page, desk: Desk) -> None:
    open_streams: set[Request] = set()
    page.on("request", lambda request: open_streams.add(request) if "/queue/" in request.url else None)
    page.on("requestfinished", lambda request: open_streams.discard(request))
    page.on("requestfailed", lambda request: open_streams.discard(request))
    page.goto(desk.address)
    sign_in(page, desk.token)
    question = page.get_by_label("Your question")
    expect(question).to_be_focused()  # once the page is ready
    question.fill(QUESTION)
    question.press("Enter")
    expect(page.get_by_text(QUOTE).first).to_be_visible()
    while open_streams:
        page.wait_for_timeout(20)
    desk.keys.revoke(desk.key.id)
    question.fill(OTHER)
    with page.expect_response("**/queue/join*") as refused:
        question.press("Enter")
    assert refused.value.status == 401
    expect(page.get_by_text("this session is over").first).to_be_visible()
    assert page.get_by_text(OTHER_QUOTE).count() == 0
    page.reload()
    expect(page.get_by_text("Your session is over. Sign in again")).to_be_visible()
    expect(page.get_by_label("Key", exact=True)).to_be_visible()


def test_a_key_revoked_during_an_answer_leads_to_the_sign_in_page(page: Page, desk: Desk) -> None:
    page.goto(desk.address)
    sign_in(page, desk.token)
    question = page.get_by_label("Your question")
    expect(question).to_be_focused()  # once the page is ready
    desk.ranker.may_go_on.clear()
    question.fill(QUESTION)
    question.press("Enter")
    expect(page.get_by_text("Reading the sentences that come nearest")).to_be_visible()
    desk.keys.revoke(desk.key.id)
    expect(page.get_by_text("Your session is over. Sign in again")).to_be_visible()
    _, token = desk.keys.add("Another desk")
    sign_in(page, token)
    expect(page.get_by_label("Your question")).to_be_focused()


def test_a_key_revoked_before_a_stream_is_asked_for_leads_to_the_sign_in_page(page: Page, desk: Desk) -> None:
    page.route("**/queue/data*", lambda route: (desk.keys.revoke(desk.key.id), route.continue_()))
    page.goto(desk.address)
    sign_in(page, desk.token)
    expect(page.get_by_text("Your session is over. Sign in again")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_sign_in_page_is_for_everybody(browser: Browser, desk: Desk, scheme: str, width: int) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 700})  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(desk.address)
    assert Axe().run(page).response["violations"] == []
    page.keyboard.type("pq_wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.type(desk.token)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your question")).to_be_focused()  # once the page is ready
    page.goto(f"{desk.address}/sign-out")
    assert Axe().run(page).response["violations"] == []
    context.close()


def test_the_command_makes_a_key_that_the_command_serves_by(sample_library: Path, tmp_path: Path) -> None:
    folder = copied(sample_library, tmp_path)
    refused = pullquote("serve", "--public-url", "https://quotes.example.org", "--port", "0", library=folder)
    assert refused.returncode == 2
    assert refused.stderr.startswith(
        "pullquote: https://quotes.example.org can be reached by others, so a key is needed"
    )
    assert refused.stderr.count("\n") == 1

    made = pullquote("key", "add", "City desk", library=folder)
    token = made.stdout.strip()
    assert token.startswith("pq_")
    assert token not in made.stderr
    listed = pullquote("key", "list", library=folder).stdout
    assert "City desk" in listed
    assert token not in listed
    key_id = listed.splitlines()[1].split()[0]
    with command_serving(folder) as address:
        sent = {"Authorization": f"Bearer {token}"}
        assert httpx.get(f"{address}/v1/articles", timeout=60).status_code == 401
        assert httpx.get(f"{address}/v1/articles", headers=sent, timeout=60).status_code == 200
        assert pullquote("key", "revoke", key_id, library=folder).returncode == 0
        assert httpx.get(f"{address}/v1/articles", headers=sent, timeout=60).status_code == 401


def copied(library: Path, folder: Path) -> Path:
    subprocess.run(["cp", "-r", library, folder / "copy"], check=True)
    return folder / "copy"


class command_serving:  # noqa: N801 - likewise
    def __init__(self, library: Path) -> None:
        self._process = subprocess.Popen(
            [COMMAND, "serve", "--library", library, "--port", "0"], stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def __enter__(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().removeprefix("Pullquote is at ").strip()

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate(timeout=30)
