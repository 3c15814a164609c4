"""A real server over the toy engine, and a client of it: paths and bodies arrive as clients send them."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import uvicorn

from qa.api.app import create_api
from qa.api.models import ProblemOut
from qa.engine import Engine
from tests.qa.making import toy_engine

PROBLEM = "application/problem+json"


@dataclass
class Door:
    """A running server over an engine, and a client of it."""

    engine: Engine
    client: httpx.Client
    port: int

    def raw(
        self, method: str, target: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """A request whose target goes out just as given; with an iterable as body it is sent in chunks."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, target, body, headers or {}, encode_chunked=True)  # type: ignore[arg-type]
        response = connection.getresponse()
        data = response.read()
        connection.close()
        return response.status, json.loads(data) if data else None


def start(
    engine: Engine, hosts: set[str] | None = None, **settings: Any
) -> tuple[uvicorn.Server, threading.Thread, socket.socket]:
    """A server of the API, made with `settings`; whoever starts it says `should_exit`, joins, and closes."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_api(engine, hosts, **settings), log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    return server, thread, listener


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    engine = toy_engine(tmp_path_factory.mktemp("api") / "library")
    server, thread, listener = start(engine, {"localhost"})
    port = listener.getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        yield Door(engine, client, port)
    server.should_exit = True
    thread.join(10)
    listener.close()


def is_problem(response: httpx.Response, status: int) -> ProblemOut:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == PROBLEM
    assert response.headers["x-content-type-options"] == "nosniff"
    found = ProblemOut.model_validate(response.json())
    assert found.status == status
    assert found.title
    assert found.detail
    assert "\n" not in found.detail
    assert "Traceback" not in response.text
    return found
