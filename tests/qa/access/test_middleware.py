"""Access: the API and the page as one app behind keys, through a real server."""

import asyncio
import logging
import re
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from index.errors import UsageError
from index.library import Library
from index.update import index_articles
from qa.access import middleware as module
from qa.access import standing
from qa.access.gate import gate, host_of, is_loopback
from qa.access.keys import FILE, Key, Keys, Scope
from qa.access.middleware import Access, may_write
from qa.access.signin import cookie_name
from qa.api.app import create_api
from qa.chat.blocks import mount_page
from qa.confidence import Calibration
from qa.engine import Engine
from tests.conftest import BEES, SHIP
from tests.qa.serving import serving
from tests.toy import ToyEncoder, ToyRanker
from tests.waiting import until

ASKED = {"question": "How many bees did the keeper count?"}
ROW = {"articles": [{"id": "new", "text": "Two otters were seen in the mill pond on Friday."}]}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BROWSER = {"Accept": "text/html,application/xhtml+xml"}
OPEN = {"/healthz", "/readyz", "/gradio_api/app_id", "/sign-in", "/sign-out"}


@dataclass
class Door:
    """The API and the page behind keys, and a key of each scope."""

    app: FastAPI
    keys: Keys
    client: httpx.Client
    read: str
    write: str

    def session(self, token: str | None = None) -> dict[str, str]:
        """The cookie that signing in gives."""
        response = self.client.post("/sign-in", data={"key": token or self.read, "next": "/"})
        assert response.status_code == 303, response.text
        cookie = response.headers["set-cookie"].partition(";")[0]
        self.client.cookies.clear()
        return {"Cookie": cookie}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    encoder = ToyEncoder()
    library = Library.create(tmp_path_factory.mktemp("access") / "library", encoder)
    index_articles(library, encoder, [BEES, SHIP])
    return Engine(library, encoder, ToyRanker(), Calibration(score=1.0, intercept=-2.0, threshold=0.5))


@pytest.fixture(scope="module")
def door(made: Engine) -> Iterator[Door]:
    keys = Keys(made.library.folder)
    read, write = keys.add("reader", Scope.READ, 100_000)[1], keys.add("writer", Scope.WRITE, 100_000)[1]
    access = gate(made.library.folder, "127.0.0.1", page=True)
    app = mount_page(create_api(made, access=[access]), made, None, may_write)
    with serving(app) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield Door(app, keys, client, read, write)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests are one stranger who asks very often."""
    monkeypatch.setattr(module, "STRANGER_RATE", 1_000_000)


def is_problem(response: httpx.Response, status: int) -> str:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-content-type-options"] == "nosniff"
    found = response.json()
    assert found["status"] == status
    assert "\n" not in found["detail"]
    return str(found["detail"])


# no way around


def routes_of(app: Any, prefix: str = "") -> Iterator[tuple[str, frozenset[str]]]:
    """Every path pattern that is mounted, and its methods; whatever it cannot look into fails."""
    for route in iter_route_contexts(app.routes):
        path = prefix + (route.path or "")
        inner = getattr(getattr(route.original_route, "app", None), "routes", None)
        if inner:
            yield from routes_of(route.original_route.app, path)  # type: ignore[attr-defined]
        else:
            assert path, route
            yield path, frozenset(route.methods or ())


def filled(pattern: str) -> str:
    return re.sub(r"\{[^}]*\}", "x", pattern)


def test_every_route_of_the_api_and_of_gradio_is_refused_without_a_key(door: Door) -> None:
    found = dict(routes_of(door.app))
    known = {"/config", "/gradio_api/queue/join", "/gradio_api/queue/data", "/gradio_api/upload", "/v1/ask", "/"}
    assert known <= set(found)
    assert len(found) > 60
    for pattern, methods in found.items():
        for path in {filled(pattern), filled(pattern) + "/"} - OPEN:
            for method in methods | {"GET", "POST"}:
                response = door.client.request(method, door.client.base_url.join(".").copy_with(raw_path=path.encode()))
                assert response.status_code == 401, (method, path)
                assert response.headers["www-authenticate"].startswith("Bearer")
                if method != "HEAD":
                    is_problem(response, 401)


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd", "/file=/etc/passwd", "/file/x", "/queue/join", "/upload", "/run/predict",
        "/gradio_api/run/ask", "/gradio_api/call/ask", "/gradio_api/api/ask", "/gradio_api/info", "/api/predict",
        "/gradio_api/mcp", "/mcp", "/theme.css", "/assets/index.js", "/static/img/logo.svg", "/docs", "/openapi.json",
        "/docs-assets/swagger-ui.css", "/metrics", "/a/bees.txt", "/desk/files", "/desk/answers/x/csv",
        "/healthz/", "//healthz", "/healthz/../v1/articles", "/sign-in/../v1/articles", "/healthz%2f..%2fconfig",
        "/sign-in/x", "/sign-in%00", "/%2e/config", "/HEALTHZ", "/healthz;x", "/v1/articles?next=/sign-in",
        "/assets/../v1/articles", "/static/..%2f..%2fv1/articles",
    ],
)  # fmt: skip
def test_odd_addresses_are_refused_too(door: Door, path: str) -> None:
    for method in ("GET", "POST"):
        target = door.client.base_url.copy_with(raw_path=path.encode())
        is_problem(door.client.request(method, target), 401)


@settings(deadline=None, max_examples=50)
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40))
def test_no_path_gets_past(door: Door, rest: str) -> None:
    path = "/" + quote(rest, safe="/:@!$&'()*+,;=~.%-_")
    if path not in OPEN:
        target = door.client.base_url.copy_with(raw_path=path.encode())
        assert door.client.get(target).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        bearer("pq_" + "0" * 64), bearer("undefined"), {"Authorization": "Bearer"},
        {"Authorization": "Basic cHE6cHE="}, {"X-API-Key": ""}, {"X-API-Key": "x"}, {"X-API-Key": "\xff\xfe"},
        {"Cookie": "session=1"}, {"Cookie": ";=;;=\x01"}, {"X-Forwarded-For": "127.0.0.1"},
        {"Authorization": "x" * 8000},
    ],
)  # fmt: skip
def test_what_is_no_key_opens_nothing(door: Door, headers: dict[str, str]) -> None:
    encoded = {name: value.encode("latin-1") for name, value in headers.items()}
    is_problem(door.client.get("/v1/articles", headers=encoded), 401)


def test_a_key_in_the_address_is_no_key(door: Door) -> None:
    """Addresses end up in logs and histories."""
    is_problem(door.client.get("/v1/articles", params={"key": door.read, "api_key": door.read}), 401)


def test_a_cookie_of_gradios_own_is_no_key(door: Door) -> None:
    for name in ("access-token", "access-token-unsecure", "session"):
        is_problem(door.client.get("/config", headers={"Cookie": f"{name}={door.read}"}), 401)


def test_a_key_is_no_session_and_a_session_no_key(door: Door) -> None:
    name, _, secret = door.session()["Cookie"].partition("=")
    is_problem(door.client.get("/v1/articles", headers=bearer(secret)), 401)
    is_problem(door.client.get("/v1/articles", headers={"Cookie": f"{name}={door.read}"}), 401)


def test_a_preflight_tells_nothing(door: Door) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    response = door.client.options("/v1/ask", headers=asked)
    assert response.status_code == 401
    assert "access-control-allow-origin" not in response.headers


# with a key


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key", "lower case"])
def test_a_key_opens_what_it_is_good_for(door: Door, header: str) -> None:
    sent = {
        "Authorization": bearer(door.read),
        "X-API-Key": {"X-API-Key": door.read},
        "lower case": {"authorization": f"bearer  {door.read}"},
    }[header]
    assert door.client.post("/v1/ask", json=ASKED, headers=sent).json()["status"] == "answered"
    for path in ("/v1/articles", "/v1/articles/bees.txt", "/openapi.json", "/docs", "/config", "/", "/theme.css"):
        assert door.client.get(path, headers=sent).status_code == 200, path


def test_health_needs_no_key(door: Door) -> None:
    assert door.client.get("/healthz").json() == {"status": "ok"}
    assert door.client.get("/readyz").status_code == 200


def test_a_read_key_changes_nothing(door: Door) -> None:
    for sent in (bearer(door.read), {"X-API-Key": door.read}, door.session()):
        for method, path, body in [
            ("POST", "/v1/articles", ROW),
            ("DELETE", "/v1/articles/bees.txt", None),
            ("PUT", "/v1/articles/bees.txt", ROW),
            ("POST", "/v1/anything/new", {}),
        ]:
            detail = is_problem(door.client.request(method, path, json=body, headers=sent), 403)
            assert "write" in detail
    assert door.client.get("/v1/articles/bees.txt", headers=bearer(door.read)).status_code == 200


def test_a_write_key_changes(door: Door) -> None:
    assert door.client.post("/v1/articles", json=ROW, headers=bearer(door.write)).json()["added"] == 1
    assert door.client.delete("/v1/articles/new", headers=bearer(door.write)).status_code == 204
    is_problem(door.client.delete("/v1/articles/new", headers=bearer(door.write)), 404)


def test_a_kept_answer_is_for_its_holder_alone(door: Door) -> None:
    named = {"Idempotency-Key": "7d9a1f"}
    assert door.client.post("/v1/articles", json=ROW, headers=bearer(door.write) | named).status_code == 200
    is_problem(door.client.post("/v1/articles", json=ROW, headers=named), 401)
    is_problem(door.client.post("/v1/articles", json=ROW, headers=bearer(door.read) | named), 403)


def test_a_form_without_a_key_is_refused_before_it_is_read(door: Door) -> None:
    is_problem(door.client.post("/v1/articles", content=(b"x" * 1000 for _ in range(100))), 401)


def test_openai_clients_are_told_in_their_own_words(door: Door) -> None:
    response = door.client.post("/v1/chat/completions", json={}, headers=bearer("sk-none"))
    is_problem(response, 401)
    assert response.json()["error"]["code"] == "invalid_api_key"


def test_a_revoked_key_is_refused_by_the_running_server(door: Door) -> None:
    elsewhere = Keys(door.keys.file.parent)
    key, token = elsewhere.add("short-lived")
    assert door.client.get("/v1/articles", headers=bearer(token)).status_code == 200
    session = door.session(token)
    assert door.client.get("/v1/articles", headers=session).status_code == 200
    elsewhere.revoke(key.id)
    assert "revoked" in is_problem(door.client.get("/v1/articles", headers=bearer(token)), 401)
    is_problem(door.client.get("/v1/articles", headers=session), 401)


def test_keys_that_cannot_be_read_let_nobody_in(door: Door) -> None:
    sound = door.keys.file.read_bytes()
    try:
        door.keys.file.write_bytes(b"no database " * 1000)
        response = door.client.get("/v1/articles", headers=bearer(door.read))
        assert str(door.keys.file.parent) not in is_problem(response, 503)
        is_problem(door.client.post("/sign-in", data={"key": door.read}), 503)
    finally:
        door.keys.file.write_bytes(sound)
    assert door.client.get("/v1/articles", headers=bearer(door.read)).status_code == 200


def test_the_log_says_whose_key_it_was(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    key, token = door.keys.add("logged")  # of its own: what a test before has asked may be logged late
    with caplog.at_level(logging.INFO, "pullquote.http"):
        door.client.get("/v1/articles", headers=bearer(token))
        until(lambda: requests_of(caplog, key), "no line in the log names the key")
    assert token not in str([record.__dict__ for record in caplog.records])


def requests_of(caplog: pytest.LogCaptureFixture, key: Key) -> list[logging.LogRecord]:
    """What the log has of the requests that came with this key."""
    logged = [record for record in caplog.records if record.name == "pullquote.http"]
    return [record for record in logged if record.fields.get("key") == key.id]  # type: ignore[attr-defined]


# the page


def test_a_browser_is_sent_to_sign_in_and_back(door: Door) -> None:
    response = door.client.get("/a/bees.txt?s=1-5&x=é", headers=BROWSER)
    assert response.status_code == 303
    assert response.headers["location"] == "/sign-in?next=%2Fa%2Fbees.txt%3Fs%3D1-5%26x%3D%25C3%25A9"
    page = door.client.get(response.headers["location"], headers=BROWSER)
    assert 'name="next" value="/a/bees.txt?s=1-5&amp;x=%C3%A9"' in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["cache-control"] == "no-store"
    signed_in = door.client.post("/sign-in", data={"key": f" {door.read}\n", "next": "/a/bees.txt?s=1-5"})
    assert signed_in.status_code == 303
    assert signed_in.headers["location"] == "/a/bees.txt?s=1-5"
    attributes = signed_in.headers["set-cookie"].lower().split("; ")
    assert {"httponly", "samesite=strict", "path=/"} <= set(attributes)
    assert "secure" not in attributes  # over http no browser would send it back
    assert door.read not in signed_in.headers["set-cookie"]
    door.client.cookies.clear()


def test_only_navigation_is_redirected(door: Door) -> None:
    for method, path in [("GET", "/v1/articles"), ("POST", "/")]:
        is_problem(door.client.request(method, path, headers=BROWSER), 401)


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil", "javascript:alert(1)", "", "x",
        "/\t/evil.example", "/\n/evil.example", "/sign-in", "/sign-out?x", " //evil.example",
    ],
)  # fmt: skip
def test_nobody_is_sent_elsewhere(door: Door, wanted: str) -> None:
    page = door.client.get("/sign-in", params={"next": wanted})
    assert 'name="next" value="/"' in page.text
    response = door.client.post("/sign-in", data={"key": door.read, "next": wanted})
    assert response.headers["location"] == "/"
    door.client.cookies.clear()


def test_what_the_address_says_is_escaped(door: Door) -> None:
    page = door.client.get("/sign-in", params={"next": '/"><script>alert(1)</script>'})
    assert "<script>" not in page.text


@pytest.mark.parametrize("given", ["", "x", "pq_" + "f" * 64, "<b>"])
def test_a_wrong_key_is_said_to_be_one(door: Door, given: str) -> None:
    response = door.client.post("/sign-in", data={"key": given, "next": "/a/x"})
    assert response.status_code == 401
    assert 'role="alert"' in response.text
    assert "set-cookie" not in response.headers
    assert 'value="/a/x"' in response.text


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"&" * 10_000, b"key", b"a=1&" * 200, b"--x\r\n"])
def test_what_is_no_form_signs_nobody_in(door: Door, body: bytes) -> None:
    assert door.client.post("/sign-in", content=body, headers=FORM).status_code == 401


def test_a_form_larger_than_a_key_is_refused(door: Door) -> None:
    is_problem(door.client.post("/sign-in", content=b"key=" + b"x" * 100_000, headers=FORM), 413)


def test_another_site_cannot_sign_anybody_in_or_out_or_use_a_session(door: Door) -> None:
    elsewhere = {"Origin": "https://evil.example"}
    is_problem(door.client.post("/sign-in", data={"key": door.read}, headers=elsewhere), 403)
    session = door.session()
    is_problem(door.client.post("/sign-out", headers={**session, **elsewhere}), 403)
    is_problem(door.client.post("/gradio_api/queue/join", json={}, headers={**session, **elsewhere}), 403)
    assert door.client.get("/v1/articles", headers=session).status_code == 200
    is_problem(door.client.put("/sign-in", headers=session), 405)


def test_signing_out_ends_the_session_not_only_the_cookie(door: Door) -> None:
    session = door.session()
    page = door.client.get("/sign-out", headers=session)
    assert "reader" in page.text
    assert 'action="/sign-out"' in page.text
    response = door.client.post("/sign-out", headers=session)
    assert response.status_code == 303
    assert "max-age=0" in response.headers["set-cookie"].lower()
    is_problem(door.client.get("/v1/articles", headers=session), 401)
    assert door.client.get("/sign-out", headers=session).headers["location"] == "/sign-in"
    door.client.cookies.clear()


def test_a_link_on_another_site_asks_once_more_from_here(door: Door) -> None:
    """A strict cookie does not come along then, whoever is signed in."""
    response = door.client.get("/a/x", headers={**BROWSER, "Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 200
    assert 'http-equiv="refresh" content="0"' in response.text


def test_no_event_of_the_page_lets_a_reader_change_anything(door: Door, made: Engine) -> None:
    """Gradio's queue is one address for all that the page does: each event that writes asks who sent it."""

    def there() -> bool:
        with made.library.reading() as (_, truth):
            return truth.article("bees.txt") is not None

    config = door.client.get("/config", headers=bearer(door.read)).json()
    forged = [(part["id"], len(part["inputs"])) for part in config["dependencies"]]
    assert len(forged) > 5
    sessions = door.session(door.read), door.session(door.write)
    removing = []
    for number, inputs in forged:
        send_event(door, number, inputs, sessions[0])
        assert there(), number
        send_event(door, number, inputs, sessions[1])
        if not there():  # so the forged events do reach the page's functions
            removing.append(number)
            index_articles(made.library, made.encoder, [BEES])
    assert len(removing) == 1


def send_event(door: Door, number: int, inputs: int, sent: dict[str, str]) -> None:
    """An event as the page's script would send it, and waits until Gradio has dealt with it."""
    session = f"s{number}{abs(hash(sent['Cookie']))}"
    event = {
        "data": [None] * inputs, "event_data": {"article": "bees.txt"}, "fn_index": number, "session_hash": session,
    }  # fmt: skip
    if door.client.post("/gradio_api/queue/join", json=event, headers=sent).status_code != 200:
        return
    with door.client.stream("GET", f"/gradio_api/queue/data?session_hash={session}", headers=sent) as stream:
        for line in stream.iter_lines():
            if "process_completed" in line or "close_stream" in line:
                return


def test_behind_a_proxy_the_page_knows_its_public_address(made: Engine, door: Door) -> None:
    sent = {"Host": "quotes.example.org", "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    response = door.client.get("/config", headers={**bearer(door.read), **sent})
    assert response.json()["root"] == "https://quotes.example.org"
    signed_in = door.client.post(
        "/sign-in", data={"key": door.read}, headers={**sent, "Origin": "https://quotes.example.org"}
    )
    assert signed_in.status_code == 303
    assert "; secure" in signed_in.headers["set-cookie"].lower()
    door.client.cookies.clear()


def test_servers_of_one_machine_have_cookies_of_their_own(tmp_path: Path) -> None:
    assert cookie_name(tmp_path / "a" / FILE) != cookie_name(tmp_path / "b" / FILE)


# limits, over a plain app


@dataclass
class Small:
    """A small app behind `Access`: what it is told of its visitor, and streams that end when they are let go."""

    keys: Keys
    client: httpx.Client
    address: str
    ended: list[str]


def small_app(ended: list[str]) -> Starlette:
    async def told(request: Request) -> Response:
        return PlainTextResponse("may write" if may_write(request) else "may read")

    async def stream(request: Request) -> Response:
        async def ticks() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"data: tick\n\n"
                    await asyncio.sleep(0.05)
            except asyncio.CancelledError as error:
                yield f"data: {error}\n\n".encode()  # as Gradio does
            finally:
                ended.append("stream")

        return StreamingResponse(ticks(), media_type="text/event-stream")

    return Starlette(routes=[Route("/", told), Route("/assets/x", told), Route("/stream", stream)])


@pytest.fixture
def small(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Small]:
    keys, ended = Keys(tmp_path), list[str]()
    app = Access(small_app(ended), keys, required=getattr(request, "param", False))
    with serving(app) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield Small(keys, client, address, ended)


def test_without_keys_everybody_on_this_machine_may_do_everything(small: Small) -> None:
    assert small.client.get("/").text == "may write"
    # OpenAI's clients always send some key.
    assert small.client.get("/", headers=bearer("sk-whatever")).text == "may write"


def test_the_first_key_closes_a_running_server(small: Small) -> None:
    assert small.client.get("/").status_code == 200
    key, token = small.keys.add("first")
    is_problem(small.client.get("/"), 401)
    assert small.client.get("/", headers=bearer(token)).text == "may read"
    assert small.client.get("/", headers=bearer(small.keys.add("w", Scope.WRITE)[1])).text == "may write"
    small.keys.revoke(key.id)
    is_problem(small.client.get("/", headers=bearer(token)), 401)


@pytest.mark.parametrize("small", [True], indirect=True)
def test_where_a_key_is_required_there_is_no_way_in_without_one(small: Small) -> None:
    is_problem(small.client.get("/"), 401)
    assert small.client.get("/", headers=bearer(small.keys.add("x")[1])).status_code == 200
    small.keys.file.unlink()
    is_problem(small.client.get("/"), 401)


def test_a_key_has_its_own_rate(small: Small) -> None:
    _, slow = small.keys.add("slow", rate=3)
    _, other = small.keys.add("other")
    assert [small.client.get("/", headers=bearer(slow)).status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = small.client.get("/", headers={"X-API-Key": slow})
    assert "3 requests a minute" in is_problem(refused, 429)
    assert 1 <= int(refused.headers["retry-after"]) <= 20
    assert small.client.get("/", headers=bearer(other)).status_code == 200
    assert small.client.get("/assets/x", headers=bearer(slow)).status_code == 200  # a page is made of many files


def test_an_address_without_a_key_has_its_rate_and_harms_no_holder(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STRANGER_RATE", 3)
    _, token = small.keys.add("x")
    assert [small.client.get("/").status_code for _ in range(4)] == [401, 401, 401, 429]
    assert "retry-after" in small.client.get("/").headers
    assert small.client.get("/", headers=bearer(token)).status_code == 200


def test_where_no_key_is_needed_an_address_has_a_generous_rate(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ADDRESS_RATE", 2)
    assert [small.client.get("/").status_code for _ in range(3)] == [200, 200, 429]


def test_so_many_streams_at_once_and_no_more(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEY_OPEN", 2)
    _, token = small.keys.add("x")
    _, other = small.keys.add("y")
    with small.client.stream("GET", "/stream", headers=bearer(token)) as one:
        with small.client.stream("GET", "/stream", headers=bearer(token)) as two:
            ticks = one.iter_raw(), two.iter_raw()  # held: a stream whose reader is gone is closed
            assert all(next(tick) for tick in ticks)
            refused = small.client.get("/", headers=bearer(token))
            assert "under way" in is_problem(refused, 429)
            assert refused.headers["retry-after"] == "1"
            assert small.client.get("/", headers=bearer(other)).status_code == 200
        until(lambda: len(small.ended) == 1)
        assert next(ticks[0])
        assert small.client.get("/", headers=bearer(token)).status_code == 200


def test_a_stream_ends_with_its_key(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "LOOK_SECONDS", 0.1)
    key, token = small.keys.add("x")
    with small.client.stream("GET", "/stream", headers=bearer(token)) as stream:
        threading.Timer(0.3, small.keys.revoke, [key.id]).start()
        told = b"".join(stream.iter_raw())  # and it comes to an end
    assert set(told.splitlines()) == {b"data: tick", b""}
    until(lambda: small.ended == ["stream"])


def test_a_stream_ends_where_the_keys_can_no_longer_be_read(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "LOOK_SECONDS", 0.1)
    _, token = small.keys.add("x")
    with small.client.stream("GET", "/stream", headers=bearer(token)) as stream:
        small.keys.file.write_bytes(b"no database " * 1000)
        assert list(stream.iter_raw())


def test_a_write_in_another_process_holds_nobody_up_for_long(small: Small) -> None:
    _, token = small.keys.add("x")
    with sqlite3.connect(small.keys.file, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")  # what a writer has for most of its time
        assert small.client.get("/", headers=bearer(token)).status_code == 200
        other.execute("ROLLBACK")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("10.0.0.1", "10.0.0.2", False),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("testclient", "testclient", True),
    ],
)
def test_an_address_is_a_machine_or_a_network_of_one_holder(one: str, other: str, same: bool) -> None:
    assert (module._address({"client": (one, 1)}) == module._address({"client": (other, 2)})) is same


def test_a_web_socket_is_refused_too(tmp_path: Path) -> None:
    Keys(tmp_path).add("x")
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def never(*_: Any) -> None:
        raise AssertionError

    scope = {"type": "websocket", "path": "/queue/join", "headers": [], "client": ("127.0.0.1", 1), "query_string": b""}
    asyncio.run(Access(never, Keys(tmp_path), required=True, page=True)(scope, never, send))  # type: ignore[arg-type]
    assert sent == [{"type": "websocket.close", "code": 1008}]


# when a key is needed


@pytest.mark.parametrize("address", ["127.0.0.1", "127.3.2.1", "::1"])
def test_on_loopback_no_key_is_needed(tmp_path: Path, address: str) -> None:
    assert is_loopback(address)
    assert gate(tmp_path, address).kwargs["required"] is False


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.5", "fe80::1%eth0", "::ffff:127.0.0.1"])  # noqa: S104
def test_elsewhere_one_is_needed(tmp_path: Path, address: str) -> None:
    with pytest.raises(UsageError, match=r"pullquote key add NAME --library .*, or serve on 127\.0\.0\.1"):
        gate(tmp_path, address)
    Keys(tmp_path).add("x")
    assert gate(tmp_path, address).kwargs["required"] is True


def test_behind_a_proxy_one_is_needed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="leave out --public-url"):
        gate(tmp_path, "127.0.0.1", public="https://quotes.example.org")
    Keys(tmp_path).add("x")
    assert gate(tmp_path, "127.0.0.1", public="https://quotes.example.org").kwargs["secure"] is True
    assert gate(tmp_path, "127.0.0.1", public="http://quotes.example.org").kwargs["secure"] is False


def test_where_there_has_been_a_key_one_is_needed_on_loopback_too(tmp_path: Path) -> None:
    key, _ = Keys(tmp_path).add("x")
    assert gate(tmp_path, "127.0.0.1").kwargs["required"] is True
    Keys(tmp_path).revoke(key.id)
    with pytest.raises(UsageError, match="all revoked"):
        gate(tmp_path, "127.0.0.1")


def test_a_public_address_is_a_host_and_nothing_more() -> None:
    assert host_of("https://quotes.example.org") == "quotes.example.org"
    assert host_of("http://[2001:db8::1]:8080/") == "2001:db8::1"
    for wrong in (
        "quotes.example.org",
        "ftp://x",
        "https://",
        "https://x/y",
        "https://x?y",
        "https://u@x",
        "https://x:z",
    ):
        with pytest.raises(UsageError, match="example"):
            host_of(wrong)


def test_over_tls_the_cookie_is_secure(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    _, token = keys.add("x")
    with (
        serving(Access(small_app([]), keys, required=True, page=True, secure=True)) as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        response = client.post("/sign-in", data={"key": token})
    assert "; secure" in response.headers["set-cookie"].lower()


def test_who_may_write_is_known_from_the_scope() -> None:
    assert may_write({})
    assert not may_write({"pullquote.key": Key("i", "n", Scope.READ, None, "")})
