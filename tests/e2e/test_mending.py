"""The commands that back up, restore and repair, as a user runs them, with the real model."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from index import schema
from tests.command import pullquote

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

QUESTION = "When might Xi Jinping travel to Moscow, according to press reports?"


@pytest.fixture
def library(sample_library: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sample_library, tmp_path / "library"))


def change(library: Path, sql: str) -> None:
    connection = sqlite3.connect(library / schema.FILE)
    with connection:
        connection.execute(sql)
    connection.close()


def quotes(library: Path) -> list[tuple[str, str]]:
    done = pullquote("ask", QUESTION, "--json", library=library)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["status"] == "answered"
    return [(hit["document_id"], hit["cited_text"]) for hit in answer["citations"] + answer["hits"]]


def test_backup_and_restore(library: Path, tmp_path: Path) -> None:
    file, new = tmp_path / "news.backup", tmp_path / "new"
    done = pullquote("backup", file, library=library)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"→ {file}; sha256 " in done.stdout
    done = pullquote("restore", file, library=new)
    assert (done.returncode, done.stderr) == (0, "")
    assert quotes(new) == quotes(library)

    again = pullquote("restore", file, library=new)
    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr.startswith(f"pullquote: there is a library at {new}: ")
    assert again.stderr.count("\n") == 1
    assert pullquote("restore", file, "--replace", library=new).returncode == 0
    assert pullquote("doctor", library=new).stdout.endswith("sound\n")


def test_a_damaged_backup(library: Path, tmp_path: Path) -> None:
    assert pullquote("backup", tmp_path, library=library).returncode == 0
    [file] = tmp_path.glob("*.backup")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    done = pullquote("restore", file, library=tmp_path / "new")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (f"pullquote: {file} is damaged: its content does not match its digest: use another backup\n")
    assert not (tmp_path / "new" / schema.FILE).exists()


def test_doctor_repairs(library: Path) -> None:
    """A text altered is lost, one whose vectors were is embedded anew, and what is asked of the rest is as before."""
    before = quotes(library)
    lost = "space/northern-ledger-moon-landing.docx"
    body = "WHERE body = (SELECT body FROM articles WHERE id = '{}')"
    unread = body.format("northern-ledger-kremlin-visit.txt")
    change(library, f"UPDATE passages SET vector = zeroblob(768) {unread}")
    change(library, f"UPDATE bodies SET text = text || '.' {body.format(lost)}")
    found = pullquote("doctor", library=library)
    assert found.returncode == 1
    assert "`pullquote doctor --repair`" in found.stdout

    done = pullquote("doctor", "--repair", "--json", library=library)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["sound"]
    assert report["repair"]["embedded_texts"] == 1
    assert report["repair"]["lost"] == [{"id": lost, "why": "its text is gone or was altered"}]
    assert (library / report["repair"]["kept"]).exists()
    assert [one for one in quotes(library) if one[0] != lost][:3] == [one for one in before if one[0] != lost][:3]


def test_what_cannot_be_repaired(library: Path, tmp_path: Path) -> None:
    (library / schema.FILE).write_bytes(b"")
    for arguments in (["doctor", "--repair"], ["backup", tmp_path / "x.backup"], ["ask", "What?"]):
        done = pullquote(*arguments, library=library)
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
    (library / schema.FILE).unlink()
    done = pullquote("doctor", "--repair", library=library)
    assert done.returncode == 1
    assert "nothing can be saved without it: run `pullquote restore`" in done.stderr
