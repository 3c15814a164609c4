"""Writes that are sent twice."""

import asyncio
import sqlite3
import threading
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send

from qa.api.app import create_api
from qa.api.idempotency import FILE, LONGEST, Idempotent, Kept, Store
from qa.engine import Engine
from tests.qa.door import is_problem
from tests.qa.making import toy_engine
from tests.qa.serving import serving


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return toy_engine(tmp_path_factory.mktemp("twice") / "library")


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[httpx.Client]:
    with serving(create_api(engine)) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def articles(text: str, article_id: str = "new") -> dict[str, Any]:
    return {"articles": [{"id": article_id, "text": text}]}


def test_an_addition_is_made_once_and_answered_twice(client: httpx.Client) -> None:
    named = key()
    first, second = (client.post("/v1/articles", json=articles("Wasps came."), headers=named) for _ in range(2))
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    assert first.json()["added"] == 1
    assert second.headers["content-type"] == "application/json"
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    without = client.post("/v1/articles", json=articles("Wasps came."))
    assert without.json()["unchanged"] == 1


def test_whoever_has_the_answer_can_ask_again_at_once(tmp_path: Path) -> None:
    heard: list[bytes] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await JSONResponse({"made": 1})(scope, receive, send)

    async def ask(hear: Callable[[bytes], Awaitable[None]]) -> None:
        async def send(message: Message) -> None:
            if message["type"] == "http.response.body":
                await hear(message["body"])

        async def receive() -> Message:
            return {"type": "http.request", "body": b"{}"}

        headers = [(b"idempotency-key", b"k"), (b"content-type", b"application/json")]
        await wrapped({"type": "http", "method": "POST", "path": "/v1/batch", "headers": headers}, receive, send)

    async def keep(body: bytes) -> None:
        heard.append(body)

    async def keep_and_ask_again(body: bytes) -> None:
        heard.append(body)
        await ask(keep)  # while the server is not done with sending

    wrapped = Idempotent(app, tmp_path)
    asyncio.run(ask(keep_and_ask_again))
    assert heard == [b'{"made":1}'] * 2


def test_a_deletion_is_made_once_and_answered_twice(client: httpx.Client) -> None:
    client.post("/v1/articles", json=articles("Ants marched.", "ants"))
    named = key()
    assert client.delete("/v1/articles/ants", headers=named).status_code == 204
    client.post("/v1/articles", json=articles("Ants marched.", "ants"))
    again = client.delete("/v1/articles/ants", headers=named)
    assert (again.status_code, again.content) == (204, b"")
    assert client.get("/v1/articles/ants").status_code == 200
    assert client.delete("/v1/articles/ants", headers=key()).status_code == 204
    is_problem(client.delete("/v1/articles/ants"), 404)


def test_a_batch_is_one_job(client: httpx.Client) -> None:
    named, before = key(), len(client.get("/v1/jobs").json()["items"])
    first, second = (client.post("/v1/batch", json={"questions": ["Who?"]}, headers=named) for _ in range(2))
    assert first.headers["location"] == second.headers["location"]
    assert first.json() == second.json()
    assert len(client.get("/v1/jobs").json()["items"]) == before + 1


def test_a_form_sent_again_is_the_same_request_whatever_its_boundary(client: httpx.Client) -> None:
    named = key()
    first, second = (
        client.post("/v1/batch", files={"f": ("q.txt", b"Who?")}, data={"top_k": "3"}, headers=named) for _ in range(2)
    )
    assert first.request.headers["content-type"] != second.request.headers["content-type"]
    assert first.headers["location"] == second.headers["location"]
    other = client.post("/v1/batch", files={"f": ("q.txt", b"Who?")}, data={"top_k": "4"}, headers=named)
    is_problem(other, 422)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/articles", articles("Wasps left.", "w")),
        ("POST", "/v1/articles?job=true", articles("Wasps came.", "w")),
        ("POST", "/v1/batch", articles("Wasps came.", "w")),
        ("DELETE", "/v1/articles/w", None),
    ],
)
def test_a_key_is_for_one_request(client: httpx.Client, method: str, path: str, body: Any) -> None:
    named = key()
    client.post("/v1/articles", json=articles("Wasps came.", "w"), headers=named)
    found = is_problem(client.request(method, path, json=body, headers=named), 422)
    assert found.detail == "this Idempotency-Key came with another request before: give each request its own"
    assert found.errors is not None
    assert found.errors[0].where == "Idempotency-Key"


def test_a_refusal_is_kept_too(client: httpx.Client) -> None:
    named = key()
    for _ in range(2):
        is_problem(client.post("/v1/batch", json={}, headers=named), 422)


@pytest.mark.parametrize("value", ["", "a b", "é", "x" * (LONGEST + 1), "a\tb"])
def test_a_key_that_is_none_is_told(client: httpx.Client, value: str) -> None:
    headers = [(b"Idempotency-Key", value.encode("latin-1"))]
    found = is_problem(client.request("DELETE", "/v1/articles/x", headers=headers), 422)
    assert "visible ASCII" in found.detail


def test_questions_take_no_notice_of_a_key(client: httpx.Client) -> None:
    named = key()
    for question in ("Who counted the bees?", "Which vessel?"):
        response = client.post("/v1/ask", json={"question": question}, headers=named)
        assert response.json()["question"] == question


def test_while_the_first_is_at_work_the_second_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = toy_engine(tmp_path / "library")
    entered, leave = threading.Event(), threading.Event()
    real = engine.encoder.encode

    def encode(texts: Any) -> Any:
        entered.set()
        assert leave.wait(60)
        return real(texts)

    monkeypatch.setattr(engine.encoder, "encode", encode)
    named = key()
    with (
        serving(create_api(engine)) as address,
        httpx.Client(base_url=address, timeout=120) as client,
        ThreadPoolExecutor() as pool,
    ):
        first = pool.submit(client.post, "/v1/articles", json=articles("Wasps came."), headers=named)
        assert entered.wait(60)
        refused = client.post("/v1/articles", json=articles("Wasps came."), headers=named)
        assert "is at work" in is_problem(refused, 409).detail
        assert refused.headers["retry-after"] == "1"
        leave.set()
        assert first.result(60).json()["added"] == 1
        assert client.post("/v1/articles", json=articles("Wasps came."), headers=named).json()["added"] == 1


def test_what_went_wrong_is_tried_again(tmp_path: Path) -> None:
    engine = toy_engine(tmp_path / "library")
    named = key()
    with serving(create_api(engine)) as address, httpx.Client(base_url=address, timeout=60) as client:
        with engine.library.writing():
            is_problem(client.post("/v1/articles", json=articles("Wasps came."), headers=named), 503)
        assert client.post("/v1/articles", json=articles("Wasps came."), headers=named).json()["added"] == 1


def test_it_outlives_the_server(tmp_path: Path) -> None:
    engine, named = toy_engine(tmp_path / "library"), key()
    found = []
    for _ in range(2):
        with serving(create_api(engine)) as address, httpx.Client(base_url=address, timeout=60) as client:
            found.append(client.post("/v1/articles", json=articles("Wasps came."), headers=named).json())
    assert found[0] == found[1]
    assert found[0]["added"] == 1


def test_a_server_that_was_killed_before_it_answered_makes_no_second_job(tmp_path: Path) -> None:
    engine, named = toy_engine(tmp_path / "library"), key()
    with serving(create_api(engine)) as address, httpx.Client(base_url=address, timeout=60) as client:
        first = client.post("/v1/batch", json={"questions": ["Who?"]}, headers=named)
        with closing(sqlite3.connect(engine.library.folder / FILE)) as db, db:
            db.execute("UPDATE requests SET status = NULL, headers = NULL, body = NULL")
        second = client.post("/v1/batch", json={"questions": ["Who?"]}, headers=named)
        assert second.status_code == 202
        assert first.json()["id"] == second.json()["id"]
        assert len(client.get("/v1/jobs").json()["items"]) == 1


def test_after_a_day_a_key_is_free_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / FILE)
    first = store.begin("", "k", b"request")
    store.keep("", "k", Kept(200, {"content-type": "application/json"}, b"{}"))
    assert store.begin("", "k", b"request") == Kept(200, {"content-type": "application/json"}, b"{}")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 24 * 3600 + 1)
    assert store.begin("", "k", b"another") not in (first, None)


def test_owners_do_not_share_their_keys(tmp_path: Path) -> None:
    store = Store(tmp_path / FILE)
    store.begin("ann", "k", b"request")
    store.keep("ann", "k", Kept(200, {}, b"hers"))
    assert isinstance(store.begin("ben", "k", b"another"), str)


def test_a_record_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    engine = toy_engine(tmp_path / "library")
    (engine.library.folder / FILE).write_bytes(b"no database" * 100)
    with serving(create_api(engine)) as address, httpx.Client(base_url=address, timeout=60) as client:
        is_problem(client.post("/v1/articles", json=articles("Wasps came."), headers=key()), 503)
        assert client.post("/v1/articles", json=articles("Wasps came.")).json()["added"] == 1


def test_it_is_documented_where_it_works(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    having = {
        (path, method)
        for path, operations in paths.items()
        for method, operation in operations.items()
        if any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", []))
    }
    assert having == {
        ("/v1/articles", "post"),
        ("/v1/articles/{id}", "delete"),
        ("/v1/batch", "post"),
        ("/v1/jobs/{id}", "delete"),
    }
