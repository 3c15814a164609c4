"""Batches that are killed: the command goes on with --resume, a server's job by itself; no row is lost or doubled."""

import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.agreement import agree
from tests.command import COMMAND, pullquote
from tests.e2e.conftest import served
from tests.waiting import PATIENCE, until

pytestmark = pytest.mark.e2e

QUESTIONS = [
    f"{asked} {what}?"
    for asked in ("Who", "When did they say who", "Where was it that somebody", "Why, according to the paper,")
    for what in (
        "met Putin in Moscow", "landed on the moon", "freed the Ever Given", "won the match in the stadium",
        "travelled to Taiwan", "removed the sand", "lost the election", "signed the treaty", "built the bridge",
        "closed the port", "sold the company", "opened the museum", "wrote the letter", "left the country",
        "found the ship", "counted the votes", "broke the record", "raised the price", "stopped the train",
        "called the police", "bought the painting", "cut the power", "saved the forest", "flew the balloon",
        "shot the film", "planted the trees", "moved the border", "paid the fine", "drew the map", "lit the fire",
    )
]  # fmt: skip


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    file = tmp_path / "questions.csv"
    file.write_text("id,question\n" + "".join(f'{n},"{q}"\n' for n, q in enumerate(QUESTIONS)), "utf-8")
    return file


def test_kill_9_and_resume(sample_library: Path, questions: Path, tmp_path: Path) -> None:
    output, whole = tmp_path / "answers.jsonl", tmp_path / "whole.jsonl"
    log = output.with_name(output.name + ".journal-wal")
    run = subprocess.Popen(
        [COMMAND, "batch", questions, "-o", output, "--fast", "--library", sample_library],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ,
    )
    until(lambda: (log.exists() and log.stat().st_size > 200_000) or run.poll() is not None, "no row was answered")
    run.send_signal(signal.SIGKILL)
    assert run.wait() == -signal.SIGKILL
    assert not output.exists()

    # What was killed may have grown since, and is in another order.
    header, *rows = questions.read_text("utf-8").splitlines(keepends=True)
    questions.write_text("".join([header, "new,Who counted the bees?\n", *reversed(rows)]), "utf-8")
    resumed = pullquote("batch", questions, "-o", output, "--fast", "--resume", library=sample_library)
    assert resumed.returncode == 0, resumed.stderr
    found = re.search(r"\((\d+) from the run before\)", resumed.stdout)
    assert found, resumed.stdout
    assert 0 < int(found[1]) < len(QUESTIONS)

    assert pullquote("batch", questions, "-o", whole, "--fast", library=sample_library).returncode == 0
    assert output.read_bytes() == whole.read_bytes()
    assert not list(tmp_path.glob("*journal*"))


def test_a_killed_servers_job_goes_on_with_the_next(sample_library: Path, questions: Path, tmp_path: Path) -> None:
    library, whole = tmp_path / "library", tmp_path / "whole.jsonl"
    shutil.copytree(sample_library, library)
    with served(library) as address, httpx.Client(base_url=address, timeout=PATIENCE) as client:
        with questions.open("rb") as file:
            begun = client.post("/v1/batch", files={"file": ("questions.csv", file)}, data={"fast": "true"})
        assert begun.status_code == 202, begun.text
        place = begun.headers["location"]
        until(lambda: client.get(place).json()["done"] >= 10, "no row was answered")
        # An interactive question is answered in the middle of it.
        assert client.post("/v1/ask", json={"question": "Who met Putin?", "fast": True}).status_code == 200
        before = client.get(place).json()
        assert before["status"] == "running", before
    # `served` has killed it.
    with served(library) as address, httpx.Client(base_url=address, timeout=PATIENCE) as client:
        first = client.get(place).json()
        assert (first["status"], first["began_at"]) == ("running", before["began_at"])
        assert first["done"] >= before["done"]
        until(lambda: client.get(place).json()["status"] == "done", "the job has not ended")
        after = client.get(place).json()
        assert sum(after["summary"].values()) == after["done"] == after["total"] == len(QUESTIONS)
        answers = client.get(after["result"]).text
    assert pullquote("batch", questions, "-o", whole, "--fast", library=library).returncode == 0
    ours, theirs = ([json.loads(line) for line in text.splitlines()] for text in (answers, whole.read_text("utf-8")))
    assert agree(ours, theirs)
