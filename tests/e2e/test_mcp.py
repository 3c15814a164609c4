"""`pullquote mcp` over the sample library with the real models, through the SDK's own client."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from qa.engine import Engine
from tests.command import COMMAND

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

QUESTION = "At what time of day did India's lander reach the lunar surface?"
PATIENCE = 240.0  # seconds: a busy machine is no failure
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}


def command(library: Path, *options: str) -> StdioServerParameters:
    return StdioServerParameters(command=str(COMMAND), args=["mcp", "--library", str(library), *options])


def used(server: StdioServerParameters | str, mode: str = "auto") -> tuple[list[str], Any, Any, Any]:
    """The tools' names, an answer, the sentences found, and the part of the article that the answer cites."""

    async def use() -> tuple[list[str], Any, Any, Any]:
        async with Client(server, read_timeout_seconds=PATIENCE, mode=mode) as client:
            tools = [tool.name for tool in (await client.list_tools()).tools]
            answer = (await client.call_tool("ask", {"question": QUESTION, "top_k": 5})).structured_content
            found = (await client.call_tool("search", {"question": QUESTION, "top_k": 5})).structured_content
            cited = answer["citations"][0]
            place = {"start": cited["start_char_index"], "end": cited["end_char_index"]}
            part = (await client.call_tool("get_article", {"id": cited["document_id"], **place})).structured_content
            return tools, answer, found, part

    return anyio.run(use)


def check(engine: Engine, tools: list[str], answer: Any, found: Any, part: Any) -> None:
    assert tools == ["ask", "search", "get_article"]
    assert answer == engine.ask(QUESTION, 5).to_json()
    assert answer["status"] == "answered"
    assert found == engine.search(QUESTION, 5).to_json()
    assert found["hits"] == answer["hits"]
    assert part["text"] == answer["citations"][0]["cited_text"]
    assert "6:04 p.m." in part["text"]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_over_stdio(sample_library: Path, sample_engine: Engine, mode: str) -> None:
    check(sample_engine, *used(command(sample_library), mode))


def test_over_http(sample_library: Path, sample_engine: Engine) -> None:
    with listening(sample_library) as address:
        check(sample_engine, *used(address))


@contextmanager
def listening(library: Path) -> Iterator[str]:
    """`pullquote mcp --http` on a free port; gives its address, and interrupts it afterwards as a user would."""
    server = subprocess.Popen(
        [COMMAND, "mcp", "--library", library, "--http", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    try:
        assert server.stdout is not None
        said = server.stdout.readline()
        found = re.fullmatch(r"Pullquote is at (http://127\.0\.0\.1:\d+/mcp)\n", said)
        assert found, said
        yield found[1]
        server.send_signal(signal.SIGINT)
        assert server.wait(PATIENCE) == 0
    finally:
        server.kill()
        server.communicate(timeout=30)


def spoken(
    library: Path, *messages: object, cwd: Path | None = None, stay: float = 0.0
) -> tuple[list[Any], "subprocess.Popen[str]", str]:
    """What the server writes to standard output, line by line, where these messages are all that it hears.

    The client stays for so many seconds after the last reply.
    """
    server = subprocess.Popen(
        [COMMAND, "mcp", "--library", library],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        cwd=cwd,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    lines = []
    for message in messages:
        server.stdin.write((message if isinstance(message, str) else json.dumps(message)) + "\n")
        server.stdin.flush()
        if isinstance(message, dict) and "id" in message:
            lines.append(server.stdout.readline())
    time.sleep(stay)
    out, err = server.communicate(timeout=PATIENCE)
    return [json.loads(line) for line in (*lines, *out.splitlines())], server, err


def test_nothing_but_the_protocol_is_on_standard_output(sample_library: Path) -> None:
    ask = {"name": "ask", "arguments": {"question": QUESTION}}
    messages = [
        INITIALIZE,
        INITIALIZED,
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": ask},
        {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "ask", "arguments": {}}},
        {"jsonrpc": "2.0", "id": 4, "method": "no/such"},
        "this is no JSON",
    ]
    replies, server, err = spoken(sample_library, *messages)
    assert server.returncode == 0, err
    assert all(reply["jsonrpc"] == "2.0" for reply in replies)
    by_id = {reply["id"]: reply for reply in replies if "id" in reply}
    assert by_id[1]["result"]["serverInfo"]["name"] == "pullquote"
    assert by_id[2]["result"]["structuredContent"]["status"] == "answered"
    assert by_id[3]["result"]["isError"]
    assert by_id[4]["error"]["code"] == -32601
    assert "Traceback" not in err


@pytest.mark.parametrize("stay", [0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2])
def test_a_client_that_leaves_while_the_models_are_loaded_ends_it(sample_library: Path, stay: float) -> None:
    replies, server, err = spoken(sample_library, INITIALIZE, stay=stay)
    assert len(replies) == 1
    assert server.returncode == 0, err
    assert not err


def test_an_interrupt_ends_it_at_once(sample_library: Path) -> None:
    server = subprocess.Popen(
        [COMMAND, "mcp", "--library", sample_library],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(json.dumps(INITIALIZE) + "\n")
    server.stdin.flush()
    assert json.loads(server.stdout.readline())["id"] == 1
    server.send_signal(signal.SIGINT)
    assert server.wait(PATIENCE) == -signal.SIGINT
    assert "Traceback" not in server.stderr.read()  # type: ignore[union-attr]
    server.communicate()


def test_what_keeps_it_from_serving_is_one_line(tmp_path: Path) -> None:
    replies, server, err = spoken(tmp_path / "none")
    assert (replies, server.returncode) == ([], 1)
    assert err.startswith("pullquote: ")
    assert err.count("\n") == 1
    wrong = subprocess.run(
        [COMMAND, "mcp", "--port", "0"], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert wrong.returncode == 2
    assert "--port goes with --http" in wrong.stderr
    assert not wrong.stdout
