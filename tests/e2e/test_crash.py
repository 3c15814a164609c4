"""A killed index run: what was printed is there, the next command works, and the end is that of a run never killed."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.command import COMMAND, pullquote

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough articles for several windows of the encoder."""
    file = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    lines = [
        json.dumps(
            {"id": f"row-{n}", "title": f"Day {n}", "text": f"On day {n} the keeper counted {7 * n} bees. " * 12}
        )
        for n in range(120)
    ]
    file.write_text("\n".join(lines), "utf-8")
    return file


def killed_after(printed: int, rows: Path, library: Path) -> list[str]:
    """Starts indexing, kills it with SIGKILL once it has printed so many ids, and returns all that it printed."""
    command = [COMMAND, "index", rows, "--verbose", "--library", library]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ)
    assert run.stdout is not None
    ids = [run.stdout.readline().strip() for _ in range(printed)]
    run.send_signal(signal.SIGKILL)
    ids += [line.strip() for line in run.stdout.read().splitlines()]
    run.wait()
    return [line for line in ids if line.startswith("row-")]


def listed(library: Path) -> dict[str, object]:
    report: dict[str, object] = json.loads(pullquote("doctor", "--json", library=library).stdout)
    assert report["sound"], report["problems"]
    return report


@pytest.mark.parametrize("printed", [1, 60])
def test_kill_9(printed: int, rows: Path, tmp_path: Path) -> None:
    library, whole = tmp_path / "killed", tmp_path / "whole"
    acknowledged = killed_after(printed, rows, library)
    assert len(acknowledged) >= printed
    there = listed(library)["articles"]
    assert isinstance(there, int)
    assert there >= len(acknowledged)
    assert pullquote("ask", "How many bees did the keeper count on day 0?", library=library).returncode == 0

    again = pullquote("index", rows, library=library)
    assert again.returncode == 0
    assert f"{120 - there} added, 0 changed, {there} unchanged" in again.stdout
    assert pullquote("index", rows, library=whole).returncode == 0
    assert listed(library)["sha256"] == listed(whole)["sha256"]
    asked = [
        pullquote("ask", "How many bees were counted on day 77?", "--json", library=one) for one in (library, whole)
    ]
    first, second = (json.loads(done.stdout) for done in asked)
    assert [h["document_id"] for h in first["hits"]] == [h["document_id"] for h in second["hits"]]
