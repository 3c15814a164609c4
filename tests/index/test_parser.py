"""The child process that parses: it may hang, swell or crash, and nothing else does."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from index import parser
from index.article import Article, Refusal
from index.document import read_document
from index.errors import ReadError
from index.frames import Limits
from index.parser import Parser
from index.read import read_files, read_upload
from tests.index.bombs import endless_pdf, slow_pdf, swelling_pdf
from tests.index.test_read_office import book, word
from tests.index.test_read_page import ARTICLE
from tests.index.test_read_pdf import pdf

PROC = Path("/proc")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PROC.is_dir(), reason="looks its children up in /proc"),
]

PAGE = b"<p>The keeper counted the bees.</p>"
TIGHT = Limits(seconds=1, patience=60, memory=256 * 1024**2)


def children() -> dict[int, str]:
    """The process id and state of each child of ours that parses; Z is a zombie."""
    found = {}
    for stat in PROC.glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text("utf-8", "replace").rpartition(")")[2].split()[:2]
            command = stat.with_name("cmdline").read_bytes()
        except OSError:  # it has ended meanwhile
            continue
        if int(parent) == os.getpid() and (b"child.main" in command or not command):  # a dying one has none
            found[int(stat.parent.name)] = state
    return found


@pytest.fixture(autouse=True)
def _no_child_before() -> None:
    parser._spare.give(None)


def only_child() -> int:
    (process,) = children()
    return process


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.html", ARTICLE.encode()),
        ("a.pdf", pdf([["Bees return", "", "Bees have come back to the valley after seven", "years."]])),
        ("a.docx", word("Bees return")),
        ("a.epub", book()),
        ("a.txt", "A headline\n\nThe text \x01 with 🐝 and \udc80.".encode("utf-8", "surrogatepass")),
        ("a.md", b"---\ndate: 2023-02-22\nx: {y: [1, 2.5, null, true]}\n---\n# Title\n\nText.\x00"),
    ],
)
def test_the_child_reads_as_the_parent_would(name: str, data: bytes) -> None:
    with Parser() as reader:
        assert reader.read(data, name, Path(name).suffix) == read_document(data, name, Path(name).suffix)


def test_one_child_reads_file_after_file_and_the_next_upload_too() -> None:
    with Parser() as reader:
        assert not children()
        reader.read(PAGE, "a.html", ".html")
        first = only_child()
        with pytest.raises(ReadError, match="not a PDF"):
            reader.read(b"x", "a.pdf", ".pdf")
    list(read_upload("b.html", PAGE))
    assert only_child() == first


@pytest.mark.parametrize(
    ("bomb", "limits", "reason"),
    [
        (slow_pdf(), TIGHT, "takes more than 1 s to read"),
        (endless_pdf(), Limits(60, 120, 256 * 1024**2), "takes more than 256 MB of memory"),
        (swelling_pdf(), Limits(60, 120, 256 * 1024**2), "takes more than 256 MB of memory"),
        (endless_pdf(), Limits(60, 0.5, 1024**4), "takes more than 0.5 s to read"),
    ],
    ids=["slow", "endless", "swelling", "patience"],
)
def test_a_file_past_a_limit_is_refused_and_the_next_one_read(bomb: bytes, limits: Limits, reason: str) -> None:
    with Parser(limits) as reader, pytest.raises(ReadError, match=reason):
        reader.read(bomb, "bomb.pdf", ".pdf")
    assert not children()
    with Parser() as reader:
        assert reader.read(PAGE, "a.html", ".html").text == "The keeper counted the bees."


def killed_while_it_reads(reader: Parser, wait_for: int) -> threading.Thread:
    """Kills the child, as a fault in a parser would, while it reads; and its successor, `wait_for` times in all."""

    def kill() -> None:
        killed: set[int] = set()
        end = time.monotonic() + 120
        while len(killed) < wait_for and time.monotonic() < end:
            for process in children().keys() - killed:
                time.sleep(0.3)
                os.kill(process, signal.SIGSEGV)
                killed.add(process)
            time.sleep(0.05)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def test_a_crash_is_told_and_ends_nothing_else() -> None:
    with Parser() as reader:
        killer = killed_while_it_reads(reader, 1)
        with pytest.raises(ReadError, match=r"crash \(SIGSEGV\)"):
            reader.read(endless_pdf(), "bomb.pdf", ".pdf")
        killer.join()
        assert reader.read(PAGE, "a.html", ".html").text
        assert set(children().values()) <= set("RSD")


def test_what_an_earlier_file_did_is_not_held_against_the_next() -> None:
    with Parser() as reader:
        reader.read(PAGE, "a.html", ".html")
        first = only_child()
        os.kill(first, signal.SIGKILL)
        assert reader.read(PAGE, "b.html", ".html").id == "b.html"
        assert only_child() != first


def test_a_grown_child_is_replaced() -> None:
    with Parser(Limits(memory=128 * 1024**2)) as reader:
        reader.read(b"<p>Some words.</p>" + b"<!-- " + b"x" * 10_000_000 + b" -->", "a.html", ".html")
        assert not children()


def test_an_idle_child_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser, "_IDLE_SECONDS", 0.2)
    list(read_upload("a.html", PAGE))
    end = time.monotonic() + 60
    while children() and time.monotonic() < end:
        time.sleep(0.05)
    assert not children()


def test_threads_read_side_by_side() -> None:
    found: list[list[Article | Refusal]] = []
    threads = [threading.Thread(target=lambda n=n: found.append([*read_upload(f"{n}.html", PAGE)])) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(article.id for (article,) in found if isinstance(article, Article)) == [f"{n}.html" for n in range(4)]
    assert len(children()) == 1
    parser._spare.give(None)
    assert not children()


def test_a_run_that_is_given_up_leaves_no_child(tmp_path: Path) -> None:
    for name in ("a.html", "b.html"):
        (tmp_path / name).write_bytes(PAGE)
    articles: Iterator[Article | Refusal] = read_files([tmp_path])
    next(articles)
    assert len(children()) == 1
    del articles
    parser._spare.give(None)
    assert not children()


GIVEN_UP = """
import sys
from pathlib import Path
from index.read import read_files
articles = read_files([Path(sys.argv[1])])
print(next(articles).id)
held = [articles]
held.append(held)  # as an error and its traceback hold each other: let go only when the program ends
"""


def test_a_program_that_ends_in_the_middle_of_a_run_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULLQUOTE_TEST_RUN", str(tmp_path))
    for name in ("a.html", "b.html"):
        (tmp_path / name).write_bytes(PAGE)
    command = [sys.executable, "-c", GIVEN_UP, str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "a.html\n", "")
    assert not parsing(tmp_path)


def test_modules_beside_the_articles_are_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("trafilatura", "json", "index", "lxml"):
        (tmp_path / f"{name}.py").write_text("import os\nos._exit(3)\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    with Parser() as reader:
        assert reader.read(PAGE, "a.html", ".html").text == "The keeper counted the bees."


STARTS = """
import signal, sys
from pathlib import Path
from index.read import read_files
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a command in the background is started without
for article in read_files([Path(sys.argv[1])]):
    print(article.id, flush=True)
"""


def started(folder: Path) -> subprocess.Popen[bytes]:
    """A run that has read one page, and sits over the next file for as long as it may."""
    (folder / "a.html").write_bytes(PAGE)
    (folder / "b.pdf").write_bytes(slow_pdf())
    command = [sys.executable, "-c", STARTS, str(folder)]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    assert run.stdout is not None
    assert run.stdout.readline() == b"a.html\n"
    return run


def parsing(folder: Path) -> bool:
    """Whether any process, whoever's child it is, still parses for a run that `started` began."""
    mark = f"PULLQUOTE_TEST_RUN={folder}".encode()
    return any(
        mark in _bytes(process / "environ") and b"child.main" in _bytes(process / "cmdline")
        for process in PROC.glob("[0-9]*")
    )


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


@pytest.mark.slow
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGKILL])
def test_the_child_ends_with_its_parent(by: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULLQUOTE_TEST_RUN", str(tmp_path))
    run = started(tmp_path)
    assert parsing(tmp_path)
    run.send_signal(by)
    _, said = run.communicate(timeout=120)
    assert run.returncode == -by, said
    if by is signal.SIGINT:
        assert said.count(b"Traceback") == 1  # this script's own, of the interrupt; the child says nothing
        assert not parsing(tmp_path)
    end = time.monotonic() + 60  # where the parent could not say goodbye, the child looks for itself
    while parsing(tmp_path) and time.monotonic() < end:
        time.sleep(0.2)
    assert not parsing(tmp_path)
