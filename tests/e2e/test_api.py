"""The real command serving the API over a real library with the real model."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

COMMAND = Path(sys.executable).with_name("pullquote")
ROWS = [
    {
        "id": "news/ship.txt",
        "title": "Ship freed",
        "text": "A container ship blocked the canal for six days. Tugs freed the vessel on Monday. Nobody was hurt.",
        "source": "Harbour Wire",
        "published_at": "2021-03-29",
    },
    {
        "id": "bees.txt",
        "title": "Bees of the valley",
        "text": "Bees buzz at dawn. The keeper counted 40,000 bees in May. She sold nine jars of honey to the baker.",
        "source": "The Valley Post",
        "published_at": "2024-05-02",
    },
]
QUESTION = "For how long did the ship block the canal?"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    rows = folder / "rows.jsonl"
    rows.write_text("".join(json.dumps(row) + "\n" for row in ROWS), "utf-8")
    subprocess.run([COMMAND, "index", rows, "--library", folder / "library", "--quiet"], check=True, timeout=300)
    return folder / "library"


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [COMMAND, "serve", "--library", folder, "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    said = process.stdout.readline()
    found = re.fullmatch(r"Pullquote is at (http://127\.0\.0\.1:\d+)\n", said)
    assert found, said
    yield process, found[1]
    if process.poll() is None:
        process.kill()
    process.communicate(timeout=30)


@pytest.fixture(scope="module")
def client(server: tuple[subprocess.Popen[str], str]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server[1], timeout=300) as client:
        yield client


def test_it_answers_as_soon_as_it_has_said_where_it_is(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json()["articles"] == len(ROWS)
    assert "text/html" in client.get("/").headers["content-type"]


def test_the_answer_is_the_commands_own(client: httpx.Client, folder: Path) -> None:
    given = client.post("/v1/ask", json={"question": QUESTION, "top_k": 5}).json()
    command: list[str | Path] = [COMMAND, "ask", QUESTION, "--json", "--top-k", "5", "--library", folder]
    printed = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=300).stdout)
    assert given == printed
    assert given["hits"][0]["cited_text"] == "A container ship blocked the canal for six days."


def test_articles_come_and_go(client: httpx.Client) -> None:
    files = {"file": ("zoo/zebra?.txt", b"Zebras out\n\nSeven zebras escaped from Quillfield zoo on Sunday.")}
    assert client.post("/v1/articles", files=files).json()["added"] == 1
    hit = client.post("/v1/ask", json={"question": "How many zebras escaped from the zoo?"}).json()["hits"][0]
    article = client.get("/v1/articles/zoo%2Fzebra%3F.txt").json()
    assert article["text"][hit["start_char_index"] : hit["end_char_index"]] == hit["cited_text"]
    assert client.delete("/v1/articles/zoo%2Fzebra%3F.txt").status_code == 204
    assert client.get("/v1/articles").json()["total"] == len(ROWS)


def test_errors_are_problems_with_the_page_mounted_too(client: httpx.Client) -> None:
    for method, path, status in [
        ("GET", "/v1/nothing", 404), ("GET", "/nothing", 404), ("GET", "/v1/ask", 405),
        ("PUT", "/v1/articles/a%2Fb", 405), ("POST", "/healthz", 405), ("POST", "/v1/ask", 415),
        ("GET", "/v1/articles/no%2Fsuch", 404),
    ]:  # fmt: skip
        response = client.request(method, path)
        assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json"), path
        assert response.json()["status"] == status


def test_an_answer_does_not_wait_for_the_network_stack(client: httpx.Client) -> None:
    client.get("/healthz")
    times = []
    for _ in range(20):
        start = time.perf_counter()
        client.post("/v1/ask", json={})
        times.append(time.perf_counter() - start)
    assert sorted(times)[5] < 0.03  # delayed acknowledgements would make it 0.04 each


def test_a_taken_port_is_one_line_and_exit_1(server: tuple[subprocess.Popen[str], str], folder: Path) -> None:
    port = server[1].rpartition(":")[2]
    command: list[str | Path] = [COMMAND, "serve", "--library", folder, "--port", port]
    second = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr.count("\n") == 1
    assert f"port {port} is taken" in second.stderr


def test_ctrl_c_is_a_clean_end(server: tuple[subprocess.Popen[str], str]) -> None:
    process, _ = server
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "")
    lines = [json.loads(line) for line in err.splitlines()]
    assert any({"message", "request_id", "route", "status", "seconds"} <= set(line) for line in lines)
    assert QUESTION not in err, "not at the default level"
