"""Backing up and restoring: one state, whole, whoever writes meanwhile; nothing damaged is taken for a backup."""

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index import schema
from index.article import Article
from index.backup import back_up, inspect, restore
from index.errors import LibraryBusy, LibraryDamaged, LibraryError, LibraryMismatch, LibraryMissing, UsageError
from index.library import Library
from index.update import index_articles, remove_articles
from qa.doctor import examine
from tests.index.damage import content
from tests.toy import ToyEncoder


def ids(library: Library) -> list[str]:
    with library.reading() as (_, truth):
        return truth.ids()


def digest(folder: Path) -> str:
    with Library(folder).reading() as (_, truth):
        return truth.articles_digest()


def test_there_and_back(library: Library, tmp_path: Path) -> None:
    file, made = back_up(library.folder, tmp_path / "news.backup")
    assert file == tmp_path / "news.backup"
    assert (made.articles, made.articles_sha256) == (2, digest(library.folder))
    assert restore(file, tmp_path / "new") == made == inspect(file)
    assert content(tmp_path / "new") == content(library.folder)
    assert examine(tmp_path / "new")["sound"]
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["news.backup"]


def test_into_a_folder_it_is_named_by_what_it_holds(library: Library, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    first, _ = back_up(library.folder, tmp_path / "backups")
    again, _ = back_up(library.folder, tmp_path / "backups")
    assert first == again
    remove_articles(library, ["bees.txt"])
    later, _ = back_up(library.folder, tmp_path / "backups")
    assert sorted(path.name for path in (tmp_path / "backups").iterdir()) == sorted([first.name, later.name])


def test_sqlite_reads_a_backup_as_it_is(library: Library, tmp_path: Path) -> None:
    file, _ = back_up(library.folder, tmp_path / "news.backup")
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("SELECT count(*) FROM articles").fetchone() == (2,)
    connection.close()


def numbered(start: int, count: int) -> Iterator[Article]:
    for n in range(start, start + count):
        yield Article(f"row-{n}", f"On day {n} the keeper counted {7 * n} bees. Then it rained.", f"Day {n}")


@pytest.mark.slow
def test_one_state_while_another_process_writes(library: Library, tmp_path: Path) -> None:
    """A process that goes on committing: what it had acknowledged when the backup began is in it, whole."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, library.folder], stdout=subprocess.PIPE, text=True, env={**os.environ}
    )
    try:
        assert writer.stdout is not None
        for turn in range(4):
            acknowledged = [writer.stdout.readline().strip() for _ in range(10)]
            file, made = back_up(library.folder, tmp_path / f"{turn}.backup")
            assert writer.poll() is None, "it was still writing"
            restore(file, tmp_path / f"restored-{turn}")
            restored = Library(tmp_path / f"restored-{turn}")
            assert set(acknowledged) <= set(ids(restored))
            assert restored.check() == []
            assert len(ids(restored)) == made.articles
    finally:
        writer.kill()
        writer.communicate(timeout=60)


WRITER = """
import sys
from pathlib import Path
from index.library import Library
from index.update import index_articles
from tests.index.test_backup import numbered
from tests.toy import ToyEncoder

encoder = ToyEncoder()
library = Library(Path(sys.argv[1]), encoder)
for n in range(100000):
    index_articles(library, encoder, numbered(10 * n, 10), lambda article, _: print(article.id, flush=True))
"""


def test_a_library_is_not_overwritten_unless_asked(library: Library, tmp_path: Path, toy_encoder: ToyEncoder) -> None:
    file, _ = back_up(library.folder, tmp_path / "news.backup")
    other = Library.create(tmp_path / "other", toy_encoder)
    index_articles(other, toy_encoder, [Article("else", "Something else. And more.")])
    with pytest.raises(UsageError, match=r"there is a library at .*--replace"):
        restore(file, other.folder)
    assert ids(other) == ["else"]
    restore(file, other.folder, replace=True)
    assert ids(other) == ["bees.txt", "news/ship.txt"], "one who has it open goes over to it"
    assert examine(other.folder)["sound"]


def test_open_readers_and_writers_go_over(library: Library, tmp_path: Path, toy_encoder: ToyEncoder) -> None:
    file, _ = back_up(library.folder, tmp_path / "news.backup")
    index_articles(library, toy_encoder, numbered(0, 5))
    reader = Library(library.folder, toy_encoder)
    with reader.reading() as (_, truth):
        restore(file, library.folder, replace=True)
        assert truth.article_count() == 7, "a question under way keeps its state"
    assert len(ids(reader)) == len(ids(library)) == 2
    index_articles(library, toy_encoder, numbered(5, 1))
    assert len(ids(reader)) == 3
    assert examine(library.folder)["sound"]


@pytest.mark.slow
def test_going_over_with_many_threads(library: Library, tmp_path: Path, toy_encoder: ToyEncoder) -> None:
    file, _ = back_up(library.folder, tmp_path / "news.backup")
    index_articles(library, toy_encoder, numbered(0, 5))
    stop, wrong = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            with library.reading() as (snapshot, truth):
                if truth.counts()["sentences"] != len(snapshot.lexical) or truth.article_count() not in (2, 7):
                    wrong.append(truth.counts())

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        restore(file, library.folder, replace=True)
        index_articles(library, toy_encoder, numbered(0, 5))
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_restoring_waits_for_no_writer(library: Library, tmp_path: Path) -> None:
    file, _ = back_up(library.folder, tmp_path / "news.backup")
    with library.writing(), pytest.raises(LibraryBusy, match="another process is writing"):
        restore(file, library.folder, replace=True)
    assert len(ids(library)) == 2


@pytest.mark.parametrize("at", [0, 18, 1000, 40_000, -300, -450, -2])
def test_a_byte_flipped_anywhere_in_a_backup(library: Library, tmp_path: Path, at: int) -> None:
    file, _ = back_up(library.folder, tmp_path / "news.backup")
    data = bytearray(file.read_bytes())
    data[at] ^= 4
    file.write_bytes(data)
    with pytest.raises((LibraryDamaged, UsageError), match=r"news\.backup is (damaged|not a whole backup)"):
        restore(file, tmp_path / "new")
    assert not Library.exists(tmp_path / "new")


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_a_backup_that_was_cut_off(library: Library, tmp_path: Path, share: float) -> None:
    file, _ = back_up(library.folder, tmp_path / "news.backup")
    file.write_bytes(file.read_bytes()[: int(share * file.stat().st_size)])
    with pytest.raises(UsageError, match="not a whole backup"):
        restore(file, tmp_path / "new")


def test_bytes_taken_out_of_the_middle(library: Library, tmp_path: Path) -> None:
    file, _ = back_up(library.folder, tmp_path / "news.backup")
    data = file.read_bytes()
    file.write_bytes(data[:5000] + data[9096:])
    with pytest.raises(LibraryDamaged, match="it has"):
        restore(file, tmp_path / "new")


def test_a_damaged_library_is_not_backed_up(library: Library, tmp_path: Path) -> None:
    connection = sqlite3.connect(library.folder / schema.FILE)
    with connection:
        connection.execute("UPDATE bodies SET text = text || '.' WHERE body = 1")
    connection.close()
    with pytest.raises(LibraryDamaged, match=r"was not backed up: the text of 'bees\.txt'"):
        back_up(library.folder, tmp_path / "news.backup")
    assert list(tmp_path.glob("*.backup*")) == []


def test_what_is_no_backup_is_left_alone(library: Library, tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("mine")
    for target in (notes, library.folder / schema.FILE):
        before = target.read_bytes()
        with pytest.raises(UsageError, match="is there and is no backup"):
            back_up(library.folder, target)
        assert target.read_bytes() == before
    with pytest.raises(UsageError, match="not a whole backup"):
        restore(notes, tmp_path / "new")
    with pytest.raises(UsageError, match="no such file"):
        restore(tmp_path / "none", tmp_path / "new")
    with pytest.raises(UsageError, match="no such folder"):
        back_up(library.folder, tmp_path / "none" / "news.backup")
    with pytest.raises(LibraryMissing):
        back_up(tmp_path / "none", tmp_path / "news.backup")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_place_that_cannot_be_written(library: Library, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(LibraryError, match="the backup cannot be written to"):
        back_up(library.folder, tmp_path / "locked")


@pytest.mark.parametrize(
    ("number", "mend"),
    [(errno.EACCES, "change its permissions"), (errno.EROFS, "another place"), (errno.ENOSPC, "free")],
)
def test_why_it_cannot_be_written_is_told_with_its_mend(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, mend: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(LibraryError, match=f"the backup cannot be written to .*{os.strerror(number)}.*{mend}"):
        back_up(library.folder, tmp_path / "news.backup")


def test_a_backup_of_another_format_is_refused_by_name(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, _ = back_up(library.folder, tmp_path / "news.backup")
    monkeypatch.setattr(schema, "FORMAT", 2)
    with pytest.raises(LibraryMismatch, match=r"news\.backup has format 1, this version reads 2"):
        restore(file, tmp_path / "new")
    assert not Library.exists(tmp_path / "new")


def test_a_library_that_was_lost_is_restored_in_its_place(library: Library, tmp_path: Path) -> None:
    file, _ = back_up(library.folder, tmp_path / "news.backup")
    library.close()
    (library.folder / schema.FILE).write_bytes(b"not a database" * 500)
    restore(file, library.folder, replace=True)
    assert examine(library.folder)["sound"]
    (library.folder / schema.FILE).unlink()
    restore(file, library.folder)
    assert examine(library.folder)["articles"] == 2


def _leave_half_a_transaction(folder: Path) -> None:
    """What a program leaves that is killed in writing, on a disk for which SQLite keeps no write-ahead log."""
    file, journal = folder / schema.FILE, folder / (schema.FILE + "-journal")
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.executescript("PRAGMA journal_mode=DELETE; PRAGMA cache_size=1; BEGIN")
        connection.execute("UPDATE passages SET vector = zeroblob(52)")
        connection.execute("UPDATE bodies SET title = title || ' altered'")
        shutil.copyfile(journal, folder / "half")
        connection.execute("ROLLBACK")
    (folder / "half").rename(journal)


def test_a_journal_of_what_was_there_before_is_not_played_into_what_is_restored(
    library: Library, tmp_path: Path, toy_encoder: ToyEncoder
) -> None:
    file, _ = back_up(library.folder, tmp_path / "news.backup")
    other = tmp_path / "other"
    index_articles(Library.create(other, toy_encoder), toy_encoder, [Article("a", "One fox ran. It was fast.")])
    _leave_half_a_transaction(other)
    restore(file, other, replace=True)
    assert examine(other)["problems"] == []
    assert content(other) == content(library.folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system knows no pipes with a name")
def test_a_pipe_is_no_backup_and_is_not_waited_for(library: Library, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(UsageError, match="pipe is not a whole backup of a library"):
        restore(pipe, tmp_path / "new")
    with pytest.raises(UsageError, match="pipe is there and is no backup"):
        back_up(library.folder, pipe)


def test_what_only_looks_like_a_killed_backup_stops_none(library: Library, tmp_path: Path) -> None:
    (tmp_path / f".news.backup.{10**30}.new").touch()
    back_up(library.folder, tmp_path / "news.backup")
    assert inspect(tmp_path / "news.backup").articles == 2
