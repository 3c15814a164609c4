"""The docs' commands run, as written, in the order in which they stand, and their links lead somewhere."""

import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa.command import parser
from tests.command import BIN
from tests.conftest import ROOT

DOCS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
SERVERS = {"pullquote serve": 7860, "pullquote mcp --http": 8765}  # and the ports they take where none is named
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")


def commands(page: Path) -> list[str]:
    """The lines after `$ `, a trailing backslash joining lines."""
    blocks = "\n".join(CONSOLE.findall(page.read_text("utf-8"))).replace("\\\n", " ")
    return [line[2:] for line in blocks.splitlines() if line.startswith("$ ")]


@pytest.fixture
def desk(tmp_path: Path, sample_library: Path) -> Path:
    """A folder that looks like the clone, with a library of the sample articles."""
    shutil.copytree(sample_library, tmp_path / "data" / "library")
    (tmp_path / "data" / "articles").symlink_to(ROOT / "data" / "articles")
    shutil.copy(ROOT / "data" / "questions.csv", tmp_path / "data")
    (tmp_path / "my-questions").mkdir()
    (tmp_path / "my-questions" / "questions.jsonl").write_text("\n".join(labelled_questions()), "utf-8")
    return tmp_path


def labelled_questions() -> list[str]:
    """The golden questions as a user would label them."""
    golden = [json.loads(line) for line in (ROOT / "tests/golden/questions.jsonl").read_text("utf-8").splitlines()]
    return [
        json.dumps(
            {
                "question": q["question"],
                "answerable": "contains" in q,
                "answers": [q["contains"]] if "contains" in q else [],
            }
        )
        for q in golden
    ]


def surroundings(desk: Path) -> dict[str, str]:
    return {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "PULLQUOTE_LIBRARY": str(desk / "data" / "library")}


@pytest.mark.e2e
@pytest.mark.parametrize("page", [page for page in DOCS if commands(page)], ids=lambda page: page.name)
def test_commands_run(page: Path, desk: Path) -> None:
    with contextlib.ExitStack() as servers:
        for command in commands(page):
            if command.startswith(tuple(SERVERS)):
                servers.enter_context(serving(command, desk))
            elif command.startswith("make "):
                # What make would do is tried, not done: `make test` is what runs this test.
                target = shlex.split(command, comments=True)[1]
                subprocess.run(["make", "-n", "-C", ROOT, target], check=True, capture_output=True)
            else:
                run(command, desk)


def run(command: str, desk: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=desk,
        env=surroundings(desk),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


@contextlib.contextmanager
def serving(command: str, desk: Path) -> Iterator[None]:
    named = re.search(r"--port (\d+)", command)
    port = named[1] if named else next(port for server, port in SERVERS.items() if command.startswith(server))
    server = subprocess.Popen(
        shlex.split(command, comments=True), cwd=desk, env=surroundings(desk), stdout=subprocess.DEVNULL
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz", server)
        yield
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):  # noqa: S310 — our own address
            return
        time.sleep(0.2)
    raise AssertionError(f"no answer from {url}")


@pytest.mark.e2e
@pytest.mark.parametrize(
    "page", [page for page in DOCS if PYTHON.search(page.read_text("utf-8"))], ids=lambda p: p.name
)
def test_python_runs(page: Path, desk: Path) -> None:
    with contextlib.ExitStack() as servers:
        for command in commands(page):
            if command.startswith(tuple(SERVERS)):
                servers.enter_context(serving(command, desk))
        run_python(page, desk)


def run_python(page: Path, desk: Path) -> None:
    for code in PYTHON.findall(page.read_text("utf-8")):
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=desk, env=surroundings(desk), capture_output=True, text=True, timeout=300,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{code}\n{done.stderr}"
        assert done.stdout.strip()


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def test_every_command_is_documented() -> None:
    documented = (ROOT / "docs" / "command.md").read_text("utf-8")
    for action in parser()._subparsers._group_actions:  # type: ignore[union-attr]
        for name in action.choices or ():
            assert f"`{name}" in documented
