"""Asking over HTTP beyond one question and its answer: filters, searches, streams, and who leaves before the end."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

import qa.api.under_way
from index.errors import LibraryDamaged
from qa.api.models import AnswerOut, SearchOut
from qa.api.turnstile import Turnstile
from qa.engine import Engine
from qa.question import Filters, filters_of
from qa.rank import Score
from tests.qa.door import Door, is_problem, start
from tests.toy import ToyRanker
from tests.waiting import until

QUESTION = "How many bees did the keeper count?"
SAID = [{"role": "user", "content": "Which vessel blocked the canal?"}, {"role": "assistant", "content": "A ship."}]


def events(text: str) -> list[tuple[str, str]]:
    """Server-sent events, as the specification reads them: (name, data)."""
    found = []
    for block in text.split("\n\n")[:-1]:
        if not block.startswith(":"):
            name, data = block.split("\n")
            assert name.startswith("event: ")
            assert data.startswith("data: ")
            found.append((name.removeprefix("event: "), data.removeprefix("data: ")))
    return found


# filters


@pytest.mark.parametrize(
    "given",
    [
        {"source": "Harbour Wire"},
        {"source": ["Harbour Wire", "The Valley Post"]},
        {"published_after": "2022-01-01"},
        {"published_before": "2022-01-01T10:00:00Z", "source": None},
        {},
        None,
    ],
)
def test_a_question_is_asked_within_its_filters(door: Door, given: dict[str, Any] | None) -> None:
    response = door.client.post("/v1/ask", json={"question": QUESTION, "filters": given})
    assert response.json() == door.engine.ask(QUESTION, filters=filters_of(given)).to_json()
    AnswerOut.model_validate(response.json(), strict=True)


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/search"])
@pytest.mark.parametrize(
    "given",
    [
        "AA",
        [],
        {"source": 7},
        {"source": [7]},
        {"outlet": "AA"},
        {"published_after": "May"},
        {"published_after": "2024-01-02", "published_before": "2024-01-01"},
    ],
)
def test_filters_that_make_no_sense_are_422(door: Door, path: str, given: object) -> None:
    found = is_problem(door.client.post(path, json={"question": QUESTION, "filters": given}), 422)
    assert [part.where for part in found.errors or []] == ["filters"]


# searching


@pytest.mark.parametrize(
    ("asked", "settings"),
    [
        ({}, {}),
        ({"top_k": 2}, {"top_k": 2}),
        ({"filters": {"source": "Harbour Wire"}}, {"filters": Filters("Harbour Wire")}),
    ],
)
def test_a_search_is_the_engines_own(door: Door, asked: dict[str, Any], settings: dict[str, Any]) -> None:
    response = door.client.post("/v1/search", json={"question": QUESTION, **asked})
    SearchOut.model_validate(response.json(), strict=True)
    assert response.json() == door.engine.search(QUESTION, **settings).to_json()


def test_a_search_says_how_it_was_understood(door: Door) -> None:
    body = {"question": "When did they free it?", "history": SAID}
    found, answer = (door.client.post(path, json=body).json() for path in ("/v1/search", "/v1/ask"))
    assert (found["hits"], found["rewritten_question"]) == (answer["hits"], answer["rewritten_question"])


@pytest.mark.parametrize("field", [{"min_confidence": 0.5}, {"stream": True}, {"top_k": 0}, {"question": " "}])
def test_a_search_takes_no_more_than_it_needs(door: Door, field: dict[str, Any]) -> None:
    found = is_problem(door.client.post("/v1/search", json={"question": QUESTION, **field}), 422)
    assert [part.where for part in found.errors or []] == list(field)


# streams


@pytest.mark.parametrize(
    "asked",
    [
        {"question": QUESTION},
        {"question": "hello"},
        {"question": "Who won the match in Quillfield?"},
        {"question": "When did they free it?", "history": SAID, "top_k": 3},
        {"question": QUESTION, "min_confidence": 0.0, "filters": {"source": "Harbour Wire"}},
    ],
)
def test_a_stream_ends_with_the_very_answer(door: Door, asked: dict[str, Any]) -> None:
    response = door.client.post("/v1/ask", json={**asked, "stream": True})
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-store"
    plain = door.client.post("/v1/ask", json=asked)
    told = events(response.text)
    assert told[-1] == ("answer", plain.text), "byte for byte"
    sentences = [json.loads(data) for name, data in told if name == "sentence"]
    assert sentences == plain.json()["citations"]
    stages = [json.loads(data)["stage"] for name, data in told if name == "stage"]
    searched = plain.json()["library"] is not None
    assert stages == ["waiting", *(["searching", "reading", "choosing"] if searched else [])]
    assert [name for name, _ in told] == ["stage"] * len(stages) + ["sentence"] * len(sentences) + ["answer"]


def test_a_question_that_cannot_be_asked_is_refused_before_any_stream(door: Door) -> None:
    is_problem(door.client.post("/v1/ask", json={"question": " ", "stream": True}), 422)


def test_no_event_is_cut_by_an_odd_line_end(door: Door) -> None:
    """Many clients split lines at more than the specification does."""
    question = "Bees\u2028buzz\x85at\x0bdawn?\r\n"
    text = door.client.post("/v1/ask", json={"question": question, "stream": True}).text
    assert text.splitlines() == text.split("\n")[:-1]
    assert json.loads(events(text)[-1][1])["question"] == question


class Slow(ToyRanker):
    """Waits, while it ranks, until it is let go."""

    def __init__(self) -> None:
        self.begun, self.may_go = threading.Semaphore(0), threading.Event()
        self.problem: Exception | None = None

    def scores(self, *given: Any) -> list[Score]:
        self.begun.release()
        assert self.may_go.wait(30)
        if self.problem:
            raise self.problem
        return super().scores(*given)


@contextmanager
def serving(engine: Engine, turnstile: Turnstile | None = None) -> Iterator[tuple[httpx.Client, Slow]]:
    slow = Slow()
    slowed = Engine(engine.library, engine.encoder, slow, engine.calibration)
    server, thread, listener = start(slowed, turnstile=turnstile)
    with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=30) as client:
        yield client, slow
        slow.may_go.set()
    server.should_exit = True
    thread.join(10)
    listener.close()


def count(client: httpx.Client, line: str) -> float:
    """A number of the metrics."""
    return next((float(row.split()[-1]) for row in client.get("/metrics").text.splitlines() if row.startswith(line)), 0)


@pytest.mark.parametrize("problem", [KeyError("a secret of the server's"), LibraryDamaged("in a secret folder")])
def test_what_goes_wrong_in_a_stream_is_told_in_it(engine: Engine, problem: Exception) -> None:
    with serving(engine) as (client, slow):
        slow.problem = problem
        slow.may_go.set()
        text = client.post("/v1/ask", json={"question": QUESTION, "stream": True}).text
        name, data = events(text)[-1]
        assert (name, json.loads(data)["status"]) == ("error", 503 if isinstance(problem, LibraryDamaged) else 500)
        assert json.loads(data)["type"] == "about:blank"
        assert "secret" not in text


def test_a_silent_stream_has_heartbeats(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qa.api.under_way, "HEARTBEAT_SECONDS", 0.05)
    with (
        serving(engine) as (client, slow),
        client.stream("POST", "/v1/ask", json={"question": QUESTION, "stream": True}) as response,
    ):
        lines = response.iter_lines()
        beats = 0
        while beats < 3:
            beats += next(lines).startswith(":")
        slow.may_go.set()
        assert any(line.startswith("event: answer") for line in lines)


CHAT = {"model": "pullquote", "messages": [{"role": "user", "content": QUESTION}]}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/ask", {"question": QUESTION, "stream": True}),
        ("/v1/ask", {"question": QUESTION}),
        ("/v1/chat/completions", CHAT),
        ("/v1/chat/completions", {**CHAT, "stream": True}),
    ],
)
def test_whoever_leaves_is_not_worked_for_any_longer(engine: Engine, path: str, body: dict[str, Any]) -> None:
    """Those at work end at their next stage, those that wait never begin."""
    with serving(engine) as (client, slow):
        working = "pullquote_queue_working"
        leaving = [threading.Thread(target=leave, args=(client, path, body)) for _ in range(8)]
        for thread in leaving:
            thread.start()
        until(lambda: count(client, working) >= 1 and count(client, "pullquote_queue_waiting") >= 1)
        for thread in leaving:
            thread.join(30)
        until(lambda: count(client, "pullquote_queue_waiting") == 0)
        slow.may_go.set()
        until(lambda: count(client, working) == 0)
        assert count(client, 'pullquote_questions_total{status="answered"}') == 0
        assert count(client, 'pullquote_questions_total{status="failed"}') == 0, "nothing of ours went wrong"
        assert count(client, 'pullquote_questions_total{status="left"}') == 8, "before their turn or between two stages"
        assert client.post("/v1/ask", json={"question": QUESTION}).status_code == 200


def leave(client: httpx.Client, path: str, body: dict[str, Any]) -> None:
    with pytest.raises(httpx.TimeoutException):
        httpx.post(f"{client.base_url}{path}", json=body, timeout=2)


def test_beyond_the_queue_every_door_says_when_to_try_again(engine: Engine) -> None:
    body = {"question": QUESTION}
    with serving(engine, Turnstile(at_work=1, waiting=1)) as (client, slow), ThreadPoolExecutor(2) as pool:
        taken = [pool.submit(client.post, "/v1/ask", json=body) for _ in range(2)]
        until(lambda: count(client, "pullquote_queue_waiting") == 1)
        stream = {**body, "stream": True}
        for path, asked in (
            ("/v1/ask", body), ("/v1/ask", stream), ("/v1/search", body), ("/v1/chat/completions", CHAT)
        ):  # fmt: skip
            response = client.post(path, json=asked)
            assert is_problem(response, 503).detail.startswith("too many questions are waiting: try again in ")
            assert 1 <= int(response.headers["retry-after"]) <= 60
        assert client.post("/v1/ask", json={"question": ""}).status_code == 422, "whatever the queue"
        blank = [{"role": "user", "content": " "}]
        assert client.post("/v1/chat/completions", json={**CHAT, "messages": blank}).status_code == 400
        assert count(client, "pullquote_queue_refused_total") == 4
        slow.may_go.set()
        assert [future.result(30).status_code for future in taken] == [200, 200]


def test_what_takes_too_long_is_given_up(engine: Engine) -> None:
    with serving(engine, Turnstile(1, 1, seconds=0.2)) as (client, _):
        response = client.post("/v1/ask", json={"question": QUESTION})
        assert is_problem(response, 503).detail.startswith("this took too long: try again in ")
        assert "retry-after" in response.headers
        name, data = events(client.post("/v1/ask", json={"question": QUESTION, "stream": True}).text)[-1]
        assert (name, json.loads(data)["status"]) == ("error", 503)


def test_health_does_not_queue(engine: Engine) -> None:
    with serving(engine) as (client, slow):
        asking = [
            threading.Thread(target=client.post, args=("/v1/ask",), kwargs={"json": {"question": QUESTION}})
            for _ in range(6)
        ]
        for thread in asking:
            thread.start()
        slow.begun.acquire(timeout=20)
        for path in ("/healthz", "/readyz", "/metrics", "/v1/articles", "/openapi.json"):
            assert client.get(path).status_code == 200
        slow.may_go.set()
        for thread in asking:
            thread.join(30)


def test_answers_of_many_clients_do_not_mix(door: Door) -> None:
    questions = [QUESTION, "Which vessel blocked the canal?", "Who was hurt?", "hello", "When do bees buzz?"]
    serial = [door.client.post("/v1/ask", json={"question": question}).text for question in questions]

    def given(n: int) -> str:
        body = {"question": questions[n % len(questions)], "stream": n % 3 == 0}
        text = door.client.post("/v1/ask", json=body).text
        return events(text)[-1][1] if body["stream"] else text

    with ThreadPoolExecutor(16) as pool:
        for n, text in enumerate(pool.map(given, range(96))):
            assert text == serial[n % len(questions)]
