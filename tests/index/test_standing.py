"""What else befalls a library: a second writer, readers beside one, read-only disks, clocks that jump, old formats."""

import errno
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index import acknowledged, dense, schema, seal
from index.backup import back_up, restore
from index.commit import Writer
from index.digests import SEAL, manifest_seal
from index.errors import LibraryBusy, LibraryError, LibraryMismatch
from index.library import Library
from index.manifest import TEXTS, read_manifest
from index.repair import repair
from index.update import index_articles, remove_articles
from qa.doctor import examine
from tests.conftest import BEES, SHIP
from tests.index.damage import ARTICLES, LATE, LATE_TWIN, QUESTIONS, make, make_killed, never_wrong, one_line
from tests.toy import ToyEncoder

pytestmark = pytest.mark.slow

ORIGINALS = {article.id: article for article in [*ARTICLES, *LATE, LATE_TWIN]}


def ids(library: Library) -> list[str]:
    with library.reading() as (_, truth):
        return truth.ids()


# two writers, and readers beside one

WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
from index import dense
from index.library import Library
from index.update import index_articles, remove_articles
from tests.conftest import BEES
from tests.toy import ToyEncoder

dense.FOLD_AT, dense.FOLD_SHARE = 3, 0.0
encoder, folder = ToyEncoder(), Path(sys.argv[1])
library = Library(folder, encoder)
if sys.argv[2] == "hold":
    with library.writing():
        print("writing", flush=True)
        sys.stdin.read()
for n in range(int(sys.argv[2])):
    text = f"On day {n} the keeper counted {n} bees. " * (1 + n % 4)
    index_articles(library, encoder, [replace(BEES, id=f"row-{n % 5}", text=text)])
    if n % 3 == 2:
        remove_articles(library, [f"row-{n % 5}"])
print("done", flush=True)
"""


def writer(folder: Path, what: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITER, str(folder), what]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ})


def test_a_second_writer_is_told_and_readers_read(library: Library, toy_encoder: ToyEncoder) -> None:
    first = writer(library.folder, "hold")
    try:
        assert first.stdout is not None
        assert first.stdout.readline() == "writing\n"
        for act in (
            lambda: index_articles(library, toy_encoder, [BEES]),
            lambda: remove_articles(library, [BEES.id]),
            lambda: repair(library.folder, ToyEncoder),
        ):
            with pytest.raises(LibraryBusy, match=r"another process is writing to the library at .*: wait until"):
                act()
        assert ids(library) == ids(Library(library.folder)) == [BEES.id, SHIP.id]
    finally:
        first.kill()
        first.communicate(timeout=60)
    assert remove_articles(library, [BEES.id]) == [BEES.id], "a killed writer holds nothing"


def test_a_reader_through_many_generations_of_another_process(library: Library) -> None:
    """Every state it sees is whole: both views and the truth agree, and each text matches its digest."""
    other = writer(library.folder, "40")
    seen = set()
    while other.poll() is None:
        with library.reading() as (snapshot, truth):
            seen.add(truth.generation)
            assert snapshot.generation == truth.generation
            keys = np.fromiter(dense.keys_of(snapshot.dense), dtype=np.int64)
            assert sorted(keys.tolist()) == truth.passage_keys()
            assert len(snapshot.lexical) == truth.counts()["sentences"]
            assert all(truth.article(article_id) for article_id in truth.ids())
    assert other.communicate(timeout=60)[0] == "done\n"
    assert len(seen) > 2
    assert examine(library.folder)["sound"]


# a disk that cannot be written


@pytest.fixture
def read_only(tmp_path: Path) -> Path:
    """The folder on which `seal_off` mounts a disk in memory."""
    at = tmp_path / "disk"
    at.mkdir()
    return at


def seal_off(source: Path, at: Path) -> Path:
    """A copy of a library on a disk that nobody can write to, not even root."""
    if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", at], capture_output=True, check=False).returncode:
        pytest.skip("a disk cannot be mounted here: that takes root")
    shutil.copytree(source, at / "library")
    subprocess.run(["mount", "-o", "remount,ro", at], check=True)
    return at / "library"


def unmount(at: Path) -> None:
    subprocess.run(["umount", "-l", at], check=True)


@pytest.mark.slow
def test_a_read_only_library_answers_and_says_why_it_cannot_be_written(tmp_path: Path, read_only: Path) -> None:
    folder, encoder = seal_off(make(tmp_path / "whole", ARTICLES), read_only), ToyEncoder()
    try:
        assert never_wrong(folder, ORIGINALS) == len(QUESTIONS)
        assert examine(folder)["sound"]
        modes = {path.stat().st_mode & 0o777 for path in (folder / "lexical").iterdir()}
        assert len(modes) == 1, "who may read some of it may read all of it"
        with pytest.raises(LibraryError, match=r"cannot be used: .*(read-?only|[Rr]ead-only)") as error:
            index_articles(Library(folder, encoder), encoder, [BEES])
        assert "\n" not in str(error.value)
    finally:
        unmount(read_only)


@pytest.mark.slow
def test_what_cannot_be_written_to_a_read_only_disk_is_one_line(tmp_path: Path, read_only: Path) -> None:
    folder = seal_off(make(tmp_path / "whole", ARTICLES), read_only)
    file, _ = back_up(folder, tmp_path / "news.backup")
    try:
        for act, said in (
            (lambda: back_up(folder, read_only / "news.backup"), "the backup cannot be written to"),
            (lambda: restore(file, read_only / "new"), "cannot be used"),
            (lambda: restore(file, folder, replace=True), "cannot be used"),
            (lambda: remove_articles(Library(folder), [BEES.id]), "cannot be used"),
            (lambda: Library.create(read_only / "new", ToyEncoder()), "cannot be used"),
        ):
            with pytest.raises(LibraryError, match=said) as error:
                act()
            one_line(str(error.value))
        assert examine(folder)["sound"]
    finally:
        unmount(read_only)


@pytest.mark.slow
def test_what_a_killed_writer_left_on_a_disk_that_is_read_only_now(tmp_path: Path, read_only: Path) -> None:
    """It answers from what was published; what was acknowledged since is there too, in the log."""
    killed = make_killed(tmp_path / "killed", make(tmp_path / "whole", ARTICLES))
    folder = seal_off(killed, read_only)
    try:
        assert never_wrong(folder, ORIGINALS) == len(QUESTIONS)
        with closing(schema.connect(folder)) as connection:
            newest = Writer(connection).truth()
            assert newest.body_of(LATE_TWIN.id) is not None
    finally:
        unmount(read_only)
    assert LATE_TWIN.id in ids(Library(killed)), "where it may be written to, it is opened"


# clocks


@pytest.mark.parametrize("year", [1971, 2037, 2100])
def test_a_clock_that_jumps_changes_nothing(
    library: Library, toy_encoder: ToyEncoder, monkeypatch: pytest.MonkeyPatch, year: int
) -> None:
    """Neither the files' times nor the time of day decide anything."""
    then = time.mktime((year, 1, 1, 0, 0, 0, 0, 0, 0))
    for path in library.folder.rglob("*"):
        os.utime(path, (then, then))
    monkeypatch.setattr(time, "time", lambda: then)
    monkeypatch.setattr(time, "time_ns", lambda: int(then * 1e9))
    assert examine(library.folder)["mended"] == []
    index_articles(library, toy_encoder, [replace(BEES, id="late")])
    assert len(ids(Library(library.folder))) == len(ids(library)) == 3
    assert examine(library.folder)["sound"]


# formats


def rewrite(folder: Path, *changes: tuple[str, str | None]) -> None:
    with closing(sqlite3.connect(folder / schema.FILE)) as connection, connection:
        for key, value in changes:
            connection.execute("DELETE FROM manifest WHERE key = ?", (key,))
            if value is not None:
                connection.execute("INSERT INTO manifest VALUES (?, ?)", (key, value))


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("form", ["0", "2", "future"])
def test_another_format_is_refused_by_name(library: Library, toy_encoder: ToyEncoder, form: str, sealed: bool) -> None:
    with closing(sqlite3.connect(library.folder / schema.FILE)) as connection:
        manifest = {**read_manifest(connection), "format": form}
    rewrite(library.folder, ("format", form), (SEAL, manifest_seal(manifest) if sealed else None))
    before = (library.folder / schema.FILE).read_bytes()
    for act in (
        lambda: Library(library.folder),
        lambda: Library.create(library.folder, toy_encoder),
        lambda: repair(library.folder, ToyEncoder),
    ):
        with pytest.raises(LibraryMismatch, match=f"has format {form}, this version reads 1"):
            act()
    assert "has format" in examine(library.folder)["problems"][0]
    assert (library.folder / schema.FILE).read_bytes() == before, "it is left as it is"


def test_a_format_that_was_altered_is_repaired(library: Library) -> None:
    rewrite(library.folder, ("format", "3"))
    assert repair(library.folder, ToyEncoder).saved == 2
    assert examine(library.folder)["problems"] == []


def test_a_library_from_before_the_seals_is_taken_over(library: Library, toy_encoder: ToyEncoder) -> None:
    library.close()
    rewrite(library.folder, (SEAL, None), (TEXTS, None))
    (library.folder / acknowledged.FILE).unlink()
    (library.folder / "lexical" / seal.FILE).unlink()
    older = Library(library.folder, toy_encoder)
    assert ids(older) == [BEES.id, SHIP.id]
    assert older.check() == []
    index_articles(older, toy_encoder, [replace(BEES, id="late")])
    assert older.check() == []
    assert examine(library.folder)["mended"] == []
    assert acknowledged.read(library.folder) is not None


def test_where_the_truth_was_lost_indexing_begins_anew(library: Library, toy_encoder: ToyEncoder) -> None:
    """Nothing that the lost one has left is taken for the new one's: not its log, its views or its note."""
    with library.writing() as writer:
        writer.remove(BEES.id)
        for path in library.folder.glob(schema.FILE + "*"):
            shutil.copy(path, library.folder.parent)
    library.close()
    (library.folder / schema.FILE).unlink()
    shutil.copy(library.folder.parent / "library.sqlite-wal", library.folder)
    new = Library.create(library.folder, toy_encoder)
    assert ids(new) == []
    index_articles(new, toy_encoder, [SHIP])
    assert ids(new) == [SHIP.id]
    assert examine(library.folder)["sound"]


def test_what_was_added_to_the_note_goes_with_the_next_writing(library: Library) -> None:
    note = library.folder / acknowledged.FILE
    whole = note.read_bytes()
    note.write_bytes(whole + b"and more")
    assert examine(library.folder)["mended"]
    assert not examine(library.folder)["mended"]
    assert note.read_bytes() == whole


@pytest.mark.parametrize("name", ["dense.json", "acknowledged.json", "write.lock"])
def test_a_folder_in_the_place_of_a_file_is_named_and_harms_no_answer(
    name: str, library: Library, toy_encoder: ToyEncoder
) -> None:
    library.close()
    (library.folder / name).unlink(missing_ok=True)
    (library.folder / name).mkdir()
    with Library(library.folder).reading() as (snapshot, truth):
        assert snapshot.dense.search(toy_encoder.encode_question("bees"), 1)
        assert truth.article("bees.txt")
    with pytest.raises(LibraryError, match=rf"Is a directory: .*{re.escape(name)}.*: move that folder away"):
        index_articles(Library(library.folder), toy_encoder, [replace(BEES, id="new.txt", text="Wasps came.")])


def test_a_folder_that_may_not_be_looked_into_is_named(
    library: Library, tmp_path: Path, toy_encoder: ToyEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = back_up(library.folder, tmp_path / "made.backup")
    folder, exists = library.folder, Path.exists

    def forbidden(path: Path) -> bool:
        if path.name == schema.FILE:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return exists(path)

    monkeypatch.setattr(Path, "exists", forbidden)
    said = r"the library at .* cannot be used: Permission denied: .*library\.sqlite"
    assert re.fullmatch(said, examine(folder)["problems"][0])
    for act in (
        lambda: Library.create(folder, toy_encoder),
        lambda: repair(folder, lambda: toy_encoder),
        lambda: back_up(folder, tmp_path / "news.backup"),
        lambda: restore(made, folder),
    ):
        with pytest.raises(LibraryError, match=said):
            act()


def test_what_another_program_keeps_locked_is_neither_repaired_nor_replaced(
    library: Library, tmp_path: Path, toy_encoder: ToyEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, (made, _) = library.folder / schema.FILE, back_up(library.folder, tmp_path / "made.backup")
    library.close()
    connect = sqlite3.connect
    with closing(connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("CREATE TABLE theirs (n)")
        monkeypatch.setattr(sqlite3, "connect", lambda *at, **how: connect(*at, **{**how, "timeout": 0}))
        before = file.stat().st_ino
        for act in (lambda: repair(library.folder, lambda: toy_encoder), lambda: restore(made, library.folder, True)):
            with pytest.raises(LibraryError, match="database is locked: wait for the other process to finish"):
                act()
        assert file.stat().st_ino == before
        other.execute("INSERT INTO theirs VALUES (1)")  # it goes on with the very file that lies there
    assert not repair(library.folder, lambda: toy_encoder).kept
    assert examine(library.folder)["sound"]
