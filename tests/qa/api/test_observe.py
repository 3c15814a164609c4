"""What a running server tells of itself: request ids, logs and metrics; and whose pages may use it."""

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from index.errors import UsageError
from index.schema import FILE
from qa.api.app import create_api
from qa.api.cors import origin_of
from qa.api.logs import JsonLines, fields, write_logs
from qa.engine import Engine
from tests.qa.door import PROBLEM

QUESTION = "How many bees did the keeper count?"
DESK = "https://desk.example.org"


@pytest.fixture
def client(engine: Engine) -> TestClient:
    return TestClient(create_api(engine, origins=[DESK]), raise_server_exceptions=False)


@pytest.fixture
def log(client: TestClient) -> Iterator[io.StringIO]:
    """What is logged at the default level."""
    root, ours = logging.getLogger(), [logging.getLogger(name) for name in ("pullquote", "qa", "index", "app")]
    before, levels = root.handlers[:], [logger.level for logger in (root, *ours)]
    write_logs("info")
    written = io.StringIO()
    root.handlers[0].setStream(written)  # type: ignore[attr-defined]
    yield written
    root.handlers[:] = before
    for logger, level in zip((root, *ours), levels, strict=True):
        logger.setLevel(level)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


# request ids


@pytest.mark.parametrize("given", ["abc", "7f3a-9.b_c", "trace/1:2+3=", "x" * 128])
def test_a_sound_request_id_is_kept(client: TestClient, given: str) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", 'a"b', "a\tb", "é", "<a>", "a;b"])
def test_any_other_is_replaced(client: TestClient, given: str) -> None:
    found = client.get("/healthz", headers=[(b"X-Request-ID", given.encode("latin-1"))]).headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{32}", found)


def test_every_response_has_one(client: TestClient, engine: Engine) -> None:
    for method, path, status in [
        ("GET", "/nothing", 404), ("PUT", "/v1/ask", 405), ("POST", "/v1/ask", 415), ("GET", "/openapi.json", 200),
        ("GET", "/v1/models", 200),
    ]:  # fmt: skip
        response = client.request(method, path, headers={"X-Request-ID": "abc"})
        assert (response.status_code, response.headers["x-request-id"]) == (status, "abc")
    engine.encoder.encode_question = None  # type: ignore[method-assign,assignment] # a bug
    for path, body in (
        ("/v1/ask", {"question": QUESTION}),
        ("/v1/chat/completions", {"model": "pullquote", "messages": [{"role": "user", "content": QUESTION}]}),
    ):
        response = client.post(path, json=body, headers={"X-Request-ID": "abc"})
        assert (response.status_code, response.headers["x-request-id"]) == (500, "abc")


# logs


def test_a_request_is_one_line_without_its_question(client: TestClient, log: io.StringIO) -> None:
    client.post("/v1/ask", json={"question": QUESTION}, headers={"X-Request-ID": "abc"})
    (line,) = lines(log)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert line.pop("seconds") >= 0
    assert line == {
        "level": "info",
        "logger": "pullquote.http",
        "message": "request",
        "request_id": "abc",
        "method": "POST",
        "route": "/v1/ask",
        "status": 200,
    }


def test_a_question_is_logged_at_debug_only(client: TestClient, log: io.StringIO) -> None:
    for door in ("/v1/ask", "/v1/search"):
        client.post(door, json={"question": QUESTION})
        client.post(door, json={"question": QUESTION, "filters": {"outlet": 1}})
    client.post(
        "/v1/chat/completions", json={"model": "pullquote", "messages": [{"role": "user", "content": QUESTION}]}
    )
    assert "keeper" not in log.getvalue()
    logging.getLogger("pullquote").setLevel(logging.DEBUG)
    client.post("/v1/ask", json={"question": QUESTION}, headers={"X-Request-ID": "abc"})
    asked = [line for line in lines(log) if line["message"] == "question"]
    assert [(line["question"], line["request_id"], line["level"]) for line in asked] == [(QUESTION, "abc", "debug")]


def test_what_watches_the_server_is_not_logged(client: TestClient, log: io.StringIO) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        client.get(path)
    assert log.getvalue() == ""


def test_a_bug_is_logged_with_its_traceback_under_its_request(
    client: TestClient, log: io.StringIO, engine: Engine
) -> None:
    engine.encoder.encode_question = None  # type: ignore[method-assign,assignment]
    client.post("/v1/ask", json={"question": QUESTION, "stream": True}, headers={"X-Request-ID": "abc"})
    told = [line for line in lines(log) if "exception" in line]
    assert [(line["request_id"], line["level"]) for line in told] == [("abc", "error")]
    assert "TypeError" in told[0]["exception"]


@given(st.text(), st.dictionaries(st.sampled_from(["route", "x"]), st.text() | st.none() | st.integers(), max_size=2))
def test_any_record_is_one_line_of_json(message: str, given: dict[str, Any]) -> None:
    record = logging.LogRecord("qa", logging.INFO, "", 0, "%s", (message,), None)
    record.__dict__.update(fields(**given))
    line = JsonLines().format(record)
    assert len(line.splitlines()) == 1
    line.encode()
    assert json.loads(line)["message"] == message
    assert {**json.loads(line), **given} == json.loads(line)


# metrics


def metrics(client: TestClient) -> dict[tuple[str, ...], float]:
    """Each sample by its name and its labels' values, in the order of the labels' names."""
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def test_what_is_asked_is_counted(client: TestClient) -> None:
    client.post("/v1/ask", json={"question": QUESTION})
    client.post("/v1/ask", json={"question": QUESTION, "stream": True})
    client.post("/v1/ask", json={"question": "Who won the match in Quillfield?"})
    client.post("/v1/ask", json={"question": ""})
    client.post("/v1/search", json={"question": QUESTION})
    client.post(
        "/v1/chat/completions", json={"model": "pullquote", "messages": [{"role": "user", "content": QUESTION}]}
    )
    client.get("/v1/articles/bees.txt")
    client.get("/v1/articles/no%2Fsuch")
    client.request("BREW", "/v1/ask")
    found = metrics(client)
    assert found["pullquote_questions_total", "answered"] == 3
    assert found["pullquote_questions_total", "abstained"] == 1
    assert found["pullquote_questions_total", "searched"] == 1
    assert found["pullquote_http_requests_total", "POST", "/v1/ask", "200"] == 3
    assert found["pullquote_http_requests_total", "POST", "/v1/ask", "422"] == 1
    assert found["pullquote_http_requests_total", "GET", "/v1/articles/{id}", "200"] == 1
    assert found["pullquote_http_requests_total", "GET", "/v1/articles/{id}", "404"] == 1
    assert found["pullquote_http_requests_total", "other", "/v1/{rest}", "405"] == 1
    assert found["pullquote_http_request_seconds_count", "/v1/ask"] == 4
    assert found["pullquote_http_request_seconds_bucket", "+Inf", "/v1/ask"] == 4
    assert (found["pullquote_queue_working",], found["pullquote_queue_waiting",]) == (0, 0)
    assert (found["pullquote_library_articles",], found["pullquote_library_generation",]) == (2, 2)


def test_addresses_do_not_multiply_the_series(client: TestClient) -> None:
    sizes = []
    for n in range(20):
        client.get(f"/v1/articles/{n}")
        client.get(f"/nothing/{n}")
        client.request(f"VERB{n}", "/healthz")
        sizes.append(len(metrics(client)))
    assert sizes[1] == sizes[-1]


def test_a_library_that_cannot_be_read_is_a_number_too(client: TestClient, engine: Engine) -> None:
    (engine.library.folder / FILE).rename(engine.library.folder / "gone")
    found = metrics(client)
    assert found["pullquote_library_up",] == 0
    assert ("pullquote_library_articles",) not in found


def test_each_application_counts_by_itself(client: TestClient, engine: Engine) -> None:
    client.post("/v1/ask", json={"question": QUESTION})
    assert ("pullquote_questions_total", "answered") not in metrics(TestClient(create_api(engine)))


# other origins


def asked_from(client: TestClient, origin: str) -> Any:
    return client.post("/v1/ask", json={"question": QUESTION}, headers={"Origin": origin})


def preflight(client: TestClient, origin: str, path: str = "/v1/ask", method: str = "POST") -> Any:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "content-type, x-api-key",
    }
    return client.options(path, headers=headers)


def test_a_named_origin_may_use_the_api(client: TestClient) -> None:
    for response in (preflight(client, DESK), asked_from(client, DESK)):
        assert response.status_code == 200
        assert response.headers["access-control-allow-origin"] == DESK
        assert "access-control-allow-credentials" not in response.headers
    seen = asked_from(client, DESK).headers["access-control-expose-headers"]
    assert seen.split(", ") == ["Location", "Retry-After", "Idempotency-Replayed", "X-Request-ID"]
    refused = client.post("/v1/ask", json={}, headers={"Origin": DESK})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (422, DESK), "it may read why"


def test_the_headers_of_a_client_library_are_no_hindrance(client: TestClient) -> None:
    """Those that OpenAI's own client sends from a browser, and what a browser asks before it calls this machine."""
    given = {
        "Origin": DESK,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-stainless-arch,x-stainless-retry-count",
        "Access-Control-Request-Private-Network": "true",
    }
    response = client.options("/v1/chat/completions", headers=given)
    assert response.status_code == 200
    assert "x-stainless-retry-count" in response.headers["access-control-allow-headers"]
    assert response.headers["access-control-allow-private-network"] == "true"
    assert preflight(client, DESK, "/v1/articles", "HEAD").status_code == 200
    assert client.options("/v1/ask", headers=given | {"Origin": "https://evil.example"}).status_code == 403


def test_no_other_may(client: TestClient, engine: Engine) -> None:
    for origin in ("https://evil.example", "https://desk.example.org.evil.example", "http://desk.example.org", "null"):
        for response in (preflight(client, origin), asked_from(client, origin)):
            assert (response.status_code, response.headers["content-type"]) == (403, PROBLEM)
            assert response.headers.get("access-control-allow-origin") != origin
    assert preflight(client, DESK, method="PUT").status_code == 403
    assert "access-control-allow-origin" not in preflight(client, DESK, "/docs", "GET").headers, "only the API's own"
    shut = TestClient(create_api(engine))
    assert preflight(shut, DESK).status_code == 405
    assert asked_from(shut, DESK).status_code == 403
    assert "access-control-allow-origin" not in shut.get("/v1/articles", headers={"Origin": DESK}).headers


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://Desk.example.org", DESK),
        ("https://desk.example.org:443/", DESK),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_an_origin_is_written_as_browsers_do(given: str, origin: str) -> None:
    assert origin_of(given) == origin


@pytest.mark.parametrize(
    "given",
    [
        "*",
        "",
        "desk.example.org",
        "https://",
        "https://a/b",
        "ftp://a",
        "https://u:p@a",
        "https://a:0",
        "null",
        "https://é",
    ],
)
def test_what_is_no_origin_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match="is no origin"):
        origin_of(given)
