"""The `pullquote` command: its exit codes, its help, and one line for everything that goes wrong."""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import COMMANDS
from qa.command import parser
from tests.command import COMMAND, pullquote
from tests.conftest import ROOT

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        parser().parse_args([*command.split(), "--help"])
    assert stopped.value.code == 0
    assert f"example:\n  pullquote {command}" in capsys.readouterr().out


def commands_of(grammar: argparse.ArgumentParser) -> Iterator[str]:
    """Every command that may be given, by its whole name."""
    inner = [action for action in grammar._actions if isinstance(action, argparse._SubParsersAction)]
    if not inner:
        yield grammar.get_default("command")
    for action in inner:
        for sub in action.choices.values():
            yield from commands_of(sub)


def test_every_command_that_may_be_given_is_there() -> None:
    assert sorted(commands_of(parser())) == sorted(COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "COMMAND"),
        (["remove"], 2, "say what to remove"),
        (["ask", ""], 2, "the question is empty"),
        (["ask", "x" * 1001], 2, "shorten it to 1000"),
        (["ask", "Who?", "--top-k", "0"], 2, "from 1 to 100"),
        (["ask", "Who?", "--top-k", "many"], 2, "--top-k"),
        (["ask", "Who?", "--as-of", "yesterday"], 2, "as_of: 'yesterday' is not a date: write it as 2023-10-05"),
        (["ask", "Who?", "--as-of", ""], 2, "is not a date"),
        (["ask", "Who?", "--published-after", ""], 2, "is not a date"),
        (["batch", "q.txt", "-o", "a.jsonl", "--published-before", ""], 2, "is not a date"),
        (["ask", "Who?", "--min-confidence", "1.5"], 2, "min_confidence is 1.5: give a number from 0 to 1"),
        (["batch", "missing.csv", "-o", "out.csv", "--min-confidence", "nan"], 2, "give a number from 0 to 1"),
        (["batch", "missing.csv", "-o", "out.csv", "--as-of", "2023-02-30"], 2, "is not a date"),
        (["ask", "Who?", "--source", ""], 2, "names no outlet"),
        (
            ["ask", "Who?", "--published-after", "soon"],
            2,
            "published_after: 'soon' is not a date: write it as 2023-10-05",
        ),
        (["batch", "missing.csv", "-o", "out.csv", "--published-before", "2023-02-30"], 2, "is not a date"),
        (
            ["remove", "nope"],
            1,
            "no such article in the library: 'nope'; the page of `pullquote serve` lists what is there",
        ),
        (["remove", "--source", "nope"], 1, "no such article in the library: of source 'nope'"),
        (["index", "missing.txt"], 1, "missing.txt: no such file or folder"),
        (["batch", "missing.csv", "-o", "out.csv"], 2, "no such file: missing.csv"),
        (["batch", "missing.csv", "-o", "out.xlsx"], 2, "must end in .csv or .jsonl"),
        (["index", ""], 2, "argument PATH: it is empty: give a path, or . for the current folder"),
        (["backup", " "], 2, "argument FILE_OR_DIR: it is empty"),
        (["ask", "Who?", "--library", ""], 2, "argument --library: it is empty"),
        (["verify", "missing.jsonl"], 2, "no such file: missing.jsonl"),
        (["evaluate", "missing"], 2, "is not an evaluation set"),
        (["evaluate", "one", "two", "--run", "run.txt"], 2, "of one set"),
        (["evaluate", "one", "--run", "none/run.txt"], 2, "there is no folder none: make it first"),
        (["evaluate", "one", "--qrels", "."], 2, ". is a folder: give the name of a file"),
        (["calibrate", "missing"], 2, "is not an evaluation set"),
    ],
)
def test_what_goes_wrong_is_one_line(
    sample_library: Path, tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    library = tmp_path / "library"
    shutil.copytree(sample_library, library)
    done = pullquote(*arguments, library=library, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert not done.stdout or arguments[0] == "index"


def test_no_library(tmp_path: Path) -> None:
    for arguments in (["ask", "Who?"], ["remove", "x"], ["verify", __file__]):
        done = pullquote(*arguments, library=tmp_path / "none")
        assert done.returncode == 1
        assert "no library at" in done.stderr
        assert "pullquote index" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there it cannot be taken away")
def test_a_working_directory_that_is_gone_is_one_line(sample_library: Path, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    asks = f"cd gone && rmdir ../gone && exec '{COMMAND}' ask 'Who?' --library '{sample_library}'"
    done = subprocess.run(["sh", "-c", asks], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "pullquote: the working directory is not there any more: change to another\n"


def test_index_remove_and_doctor(tmp_path: Path) -> None:
    library = tmp_path / "library"
    empty = pullquote("doctor", library=library)
    assert (empty.returncode, "empty" in empty.stdout) == (0, True)

    done = pullquote("index", ROOT / "data" / "articles" / "suez", "--verbose", library=library)
    assert done.returncode == 0, done.stderr
    ids = done.stdout.splitlines()[:-1]
    assert ids == sorted(path.name for path in (ROOT / "data" / "articles" / "suez").iterdir())
    assert "3 added" in done.stdout.splitlines()[-1]

    again = pullquote("index", ROOT / "data" / "articles" / "suez", library=library)
    assert "0 added, 0 changed, 3 unchanged; 0 passages embedded" in again.stdout

    assert pullquote("remove", ids[0], library=library).stdout == "1 removed\n"
    report = json.loads(pullquote("doctor", "--json", library=library).stdout)
    assert (report["sound"], report["articles"], report["problems"]) == (True, 2, [])


def test_a_bad_file_stops_nothing_and_is_named(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "bad.pdf").write_bytes(b"%PDF-1.4 nonsense")
    (tmp_path / "in" / "good.txt").write_text("All is well. It is.", "utf-8")
    done = pullquote("index", tmp_path / "in", library=tmp_path / "library")
    assert done.returncode == 1
    assert "bad.pdf" in done.stderr
    assert "1 added" in done.stdout
    assert "1 refused" in done.stdout


def test_quiet_says_nothing(tmp_path: Path) -> None:
    done = pullquote("index", ROOT / "data" / "articles" / "suez", "--quiet", library=tmp_path / "library")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_damaged_truth_is_one_line(sample_library: Path, tmp_path: Path) -> None:
    library = tmp_path / "library"
    shutil.copytree(sample_library, library)
    (library / "library.sqlite").write_bytes(b"not a database" * 1000)
    for arguments in (["ask", "Who?"], ["doctor"]):
        done = pullquote(*arguments, library=library)
        assert done.returncode == 1
        assert "damaged" in done.stderr + done.stdout


SHORT_OF_MEMORY = """
import resource, sys
from app import main
resource.setrlimit(resource.RLIMIT_AS, (450_000_000, 450_000_000))
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system does not hold a process to its memory")
def test_a_want_of_memory_is_one_line(sample_library: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SHORT_OF_MEMORY, "ask", "Who?", "--library", sample_library],
        capture_output=True, text=True, encoding="utf-8", timeout=300, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("pullquote: ")
    assert "not enough memory" in done.stderr
    assert done.stderr.count("\n") == 1
