"""The doctor: what it says of a sound library, an empty one, one that mends itself, and a damaged one."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from index import library as library_module
from index import schema
from index.article import Article
from index.library import LOCK, Library
from index.repair import repair
from index.update import index_articles, remove_articles
from qa.doctor import examine, render
from tests.conftest import BEES, SHIP
from tests.toy import ToyEncoder

KEYS = {
    "library", "state", "sound", "problems", "manifest", "generation", "sha256", "articles", "texts", "sentences",
    "passages", "sources", "dates", "views", "mended", "repair",
}  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a sound library that no test touches."""
    folder, encoder = tmp_path_factory.mktemp("whole"), ToyEncoder()
    index_articles(Library.create(folder, encoder), encoder, [BEES, SHIP])
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "copy"))


def change(folder: Path, sql: str) -> None:
    connection = sqlite3.connect(folder / schema.FILE)
    with connection:
        connection.executescript(sql)
    connection.close()


def sound(folder: Path) -> dict[str, Any]:
    report = examine(folder)
    assert report["problems"] == []
    assert report["sound"] is True
    assert set(report) == KEYS
    assert render(report).endswith("\nsound")
    json.dumps(report)
    return report


def unsound(folder: Path, said: str) -> dict[str, Any]:
    report = examine(folder)
    assert report["sound"] is False
    assert any(said in problem for problem in report["problems"]), report["problems"]
    assert not any("\n" in problem for problem in report["problems"])
    assert set(report) == KEYS
    assert render(report).endswith("NOT sound")
    json.dumps(report)
    return report


def test_a_sound_library(folder: Path) -> None:
    report = sound(folder)
    assert (report["state"], report["articles"], report["texts"], report["sentences"]) == ("open", 2, 2, 6)
    assert report["dates"] == ("2021-03-29", "2024-05-02")
    assert report["views"]["lexical"] == {"sentences": 6}
    assert report["views"]["dense"]["passages"] == report["passages"]
    assert "2 articles (2 texts) of 2 outlets, 2021-03-29 to 2024-05-02" in render(report)


def test_a_library_of_many_states_is_sound(library: Library, toy_encoder: ToyEncoder) -> None:
    odd = Article(
        "\u202eodd\n", "Über “uns”. 战争!", "\x1b[2J", metadata={"a": [1, 2.5, None], "ü": {"z": 1, "a": True}}
    )
    copy, dated = replace(BEES, id="copy", source=None), replace(SHIP, id="later", published_at=None)
    index_articles(library, toy_encoder, [odd, copy, dated, replace(BEES, text="Wasps came.")])
    remove_articles(library, ["news/ship.txt"], None)
    index_articles(library, toy_encoder, [replace(odd, author="A"), SHIP])
    report = sound(library.folder)
    assert (report["articles"], report["sources"]) == (5, 2)  # some are of no outlet


def test_an_empty_library_is_sound(tmp_path: Path) -> None:
    Library.create(tmp_path / "new", ToyEncoder())
    report = sound(tmp_path / "new")
    assert (report["articles"], report["dates"]) == (0, None)
    assert "0 articles" in render(report)


@pytest.mark.parametrize("made", [True, False])
def test_where_nothing_was_indexed_all_is_well(tmp_path: Path, made: bool) -> None:
    folder = tmp_path / "none"
    if made:
        folder.mkdir()
    assert sound(folder)["state"].startswith("empty")
    assert folder.exists() is made


@pytest.mark.parametrize(
    "harm",
    [
        lambda folder: shutil.rmtree(folder / "lexical"),
        lambda folder: (folder / "dense.json").unlink(),
        lambda folder: next(folder.glob("*.faiss")).write_bytes(b"damaged"),
        lambda folder: (folder / "dense.json").write_text("[]"),
        lambda folder: (folder / "lexical" / "meta.json").write_text("damaged"),
        lambda folder: [shutil.rmtree(folder / "lexical"), (folder / "dense.json").unlink()],
    ],
)
def test_a_view_that_is_missing_or_damaged_is_mended(folder: Path, harm: Callable[[Path], object]) -> None:
    harm(folder)
    assert sound(folder)["views"]["lexical"] == {"sentences": 6}


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE bodies SET text = text || '.' WHERE body = 1", "text of 'bees.txt' does not match its digest"),
        ("UPDATE sentences SET start = start + 1 WHERE body = 1", "text of 'bees.txt' is not covered by its sentences"),
        ("DELETE FROM sentences WHERE body = 1 AND ordinal = 1", "is not covered by its sentences"),
        ("UPDATE passages SET vector = zeroblob(52)", "has other passages or vectors"),
        ("UPDATE passages SET vector = x'00'", "has other passages or vectors"),
        ("UPDATE passages SET last = last + 9", "has other passages or vectors"),
        ("DELETE FROM passages WHERE body = 2", "has other passages or vectors"),
        ("DELETE FROM bodies WHERE body = 2", "article 'news/ship.txt' has lost its text"),
        ("UPDATE articles SET source = 'Forged' WHERE id = 'bees.txt'", "article 'bees.txt' does not match its digest"),
        ("UPDATE articles SET published_at = NULL", "does not match its digest"),
        ("DELETE FROM articles WHERE id = 'bees.txt'", "lost or added past Pullquote"),
        ("UPDATE manifest SET value = 'x' WHERE key = 'dimension'", "dimension is 'x'"),
        ("DELETE FROM manifest WHERE key IN ('dimension', 'model')", "lost model, dimension"),
        ("DELETE FROM manifest", "not a Pullquote library"),
        ("UPDATE manifest SET value = '99' WHERE key = 'format'", "has format 99"),
        ("DROP TABLE sentences", "no such table"),
    ],
)
def test_a_damaged_truth_is_named(folder: Path, sql: str, said: str) -> None:
    change(folder, sql)
    unsound(folder, said)


@pytest.mark.parametrize("data", [b"", b"not a database at all, but long enough to look at" * 100])
def test_a_file_that_is_no_database(folder: Path, data: bytes) -> None:
    (folder / schema.FILE).write_bytes(data)
    for log in folder.glob(schema.FILE + "-*"):
        log.unlink()
    assert unsound(folder, schema.FILE)["state"] == "cannot be opened"


def test_damaged_pages_are_found(toy_encoder: ToyEncoder, folder: Path) -> None:
    index_articles(Library(folder), toy_encoder, [Article(f"a{i}", f"Bees number {i} buzz. " * 200) for i in range(20)])
    change(folder, "PRAGMA wal_checkpoint(TRUNCATE)")
    file = folder / schema.FILE
    data = bytearray(file.read_bytes())
    for page in range(8, len(data) // 4096, 2):
        data[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    file.write_bytes(data)
    unsound(folder, "damaged")


def test_a_truth_that_is_gone_is_not_an_empty_library(folder: Path) -> None:
    for file in folder.glob(schema.FILE + "*"):
        file.unlink()
    unsound(folder, "library.sqlite is gone")


def test_a_file_is_no_library(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    unsound(tmp_path / "file", "is a file, not a folder")


def test_many_problems_of_a_kind_are_counted(library: Library, toy_encoder: ToyEncoder) -> None:
    index_articles(library, toy_encoder, [Article(f"a{i}", f"Text {i}.") for i in range(20)])
    change(library.folder, "UPDATE bodies SET text = text || '.'")
    report = unsound(library.folder, "and 17 more of the kind")
    assert len(report["problems"]) < 20


def test_the_mend_that_is_named_mends(library: Library, toy_encoder: ToyEncoder) -> None:
    change(library.folder, "UPDATE bodies SET text = text || '.' WHERE body = 1")
    unsound(library.folder, "run `pullquote doctor --repair` on it")
    repair(library.folder, lambda: toy_encoder)
    assert sound(library.folder)["articles"] == 1
    index_articles(library, toy_encoder, [BEES])
    assert sound(library.folder)["articles"] == 2


def test_taking_the_damaged_article_out_mends_as_well(library: Library, toy_encoder: ToyEncoder) -> None:
    change(library.folder, "UPDATE bodies SET text = text || '.' WHERE body = 1")
    remove_articles(library, ["bees.txt"], None)
    index_articles(library, toy_encoder, [BEES])
    sound(library.folder)


def test_a_library_that_is_being_written_is_not_called_damaged(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_module, "PATIENCE_SECONDS", 0.1)
    shutil.rmtree(folder / "lexical")
    with FileLock(folder / LOCK):
        report = examine(folder)
    assert report["sound"]
    assert report["state"].startswith("being written")
    assert set(report) == KEYS
    assert render(report).endswith("\nsound")
