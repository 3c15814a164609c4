"""The API against its own description: schemathesis makes up requests, and every answer must be one that is described.

Over a real server with the toy models: what is tried is the door, not the answers. `make fuzz-api` tries 2,000 cases.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from qa.engine import Engine
from tests.command import BIN
from tests.qa.door import start

CASES = int(os.environ.get("PULLQUOTE_FUZZ_CASES", "150"))
MANY = 1000  # cases from which each operation is also tried systematically, at its schemas' edges
PATIENCE = 3600 if CASES >= MANY else 900
# Not looked at is whether all that the schemas allow is taken: a question of nothing but stop words, a file that holds
# no article and days in the wrong order are refused for what they mean.
LEFT_OUT = "positive_data_acceptance"
CONFIG = """
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", 503]  # documented: more is asked than the server can bear
"""


@pytest.mark.e2e
@pytest.mark.slow
def test_no_request_is_answered_otherwise_than_described(engine: Engine, tmp_path: Path) -> None:
    server, thread, listener = start(engine)
    report = fuzzed(f"http://127.0.0.1:{listener.getsockname()[1]}/openapi.json", tmp_path)
    server.should_exit = True
    thread.join(10)
    listener.close()
    assert report["failures"] == [], told(tmp_path)
    assert report["errors"] == []
    assert report["complete"], report["stop_reason"]
    assert report["operations"]["tested"] == report["operations"]["total"] >= 12
    assert report["test_cases"]["generated"] >= 0.8 * CASES


def fuzzed(url: str, folder: Path) -> dict[str, Any]:
    """Schemathesis's report on the API described at `url`."""
    (folder / "schemathesis.toml").write_text(CONFIG, "utf-8")
    phases = "examples,coverage,fuzzing" if CASES >= MANY else "examples,fuzzing"
    command = [
        BIN / "schemathesis", "--config-file", folder / "schemathesis.toml", "run", url, "--phases", phases,
        "--max-examples", str(-(-CASES // 12)), "--exclude-checks", LEFT_OUT, "--seed", "4",
        "--generation-deterministic", "--continue-on-failure",
        "--no-color", "--suppress-health-check", "all", "--report", "json",
        "--report-json-path", folder / "report.json",
    ]  # fmt: skip
    with (folder / "told.txt").open("w") as told:
        subprocess.run(command, cwd=folder, stdout=told, stderr=subprocess.STDOUT, timeout=PATIENCE, check=False)
    assert (folder / "report.json").exists(), (folder / "told.txt").read_text("utf-8")[-5000:]
    report: dict[str, Any] = json.loads((folder / "report.json").read_text("utf-8"))
    return report


def told(folder: Path) -> str:
    """What went wrong, as schemathesis tells it, with the requests that show it."""
    return (folder / "told.txt").read_text("utf-8")[-20_000:]
