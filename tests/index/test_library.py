"""The library: idempotent, consistent while it is written, mended where a view is behind or damaged."""

import json
import os
import shutil
import sqlite3
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from index import connections, dense, lexical, schema
from index.article import Article, Refusal
from index.backup import back_up, restore
from index.commit import Writer
from index.errors import LibraryBusy, LibraryDamaged, LibraryMismatch, LibraryMissing, PullquoteError, UsageError
from index.library import Library
from index.truth import Truth
from index.update import index_articles, remove_articles
from tests.conftest import BEES, SHIP
from tests.toy import ToyEncoder


def ids(library: Library) -> list[str]:
    with library.reading() as (_, truth):
        return truth.ids()


def found(library: Library, word: str) -> set[int]:
    """The bodies whose sentences hold `word`, by the lexical view."""
    with library.reading() as (snapshot, _):
        return {hit.body for hit in snapshot.lexical.search(lexical.terms_of(word), 10)}


def state(library: Library) -> tuple[object, ...]:
    """All that a question can see, but for the keys that depend on history."""
    with library.reading() as (snapshot, truth):
        vectors = sorted(
            round(hit.cosine, 4) for hit in snapshot.dense.search(ToyEncoder().encode_question("bees on a ship"), 50)
        )
        return truth.articles_digest(), truth.counts(), vectors, len(snapshot.lexical)


def test_indexing_again_embeds_nothing(library: Library, toy_encoder: ToyEncoder) -> None:
    embedded = list(toy_encoder.encoded)
    summary = index_articles(library, toy_encoder, [BEES, SHIP])
    assert (summary.added, summary.changed, summary.unchanged) == (0, 0, 2)
    assert toy_encoder.encoded == embedded


def test_a_changed_article_is_replaced(library: Library, toy_encoder: ToyEncoder) -> None:
    summary = index_articles(library, toy_encoder, [replace(BEES, text="Wasps came. The keeper fled.")])
    assert (summary.added, summary.changed) == (0, 1)
    assert ids(library) == ["bees.txt", "news/ship.txt"]
    assert not found(library, "honey")
    assert found(library, "wasps")


def test_a_changed_title_is_embedded_anew(library: Library, toy_encoder: ToyEncoder) -> None:
    index_articles(library, toy_encoder, [replace(BEES, title="Zebras of the valley")])
    assert toy_encoder.encoded[-1].startswith("Zebras")
    assert found(library, "zebra")
    assert not found(library, "valley bees") - found(library, "zebra")


def test_changed_metadata_costs_no_embedding(library: Library, toy_encoder: ToyEncoder) -> None:
    embedded = len(toy_encoder.encoded)
    assert index_articles(library, toy_encoder, [replace(BEES, author="A. Keeper")]).changed == 1
    assert len(toy_encoder.encoded) == embedded
    with library.reading() as (_, truth):
        article = truth.article("bees.txt")
        assert article is not None
        assert article.author == "A. Keeper"


def test_the_same_text_is_stored_once_and_cited_as_its_earliest_origin(
    library: Library, toy_encoder: ToyEncoder
) -> None:
    embedded = len(toy_encoder.encoded)
    earlier = replace(BEES, id="wire/bees", source="Wire", published_at="2024-05-01")
    summary = index_articles(library, toy_encoder, [earlier])
    assert summary.twins == [("wire/bees", "bees.txt")]
    assert len(toy_encoder.encoded) == embedded
    with library.reading() as (_, truth):
        assert truth.counts()["texts"] == 2
        body = truth.body_of("wire/bees")
        assert body is not None
        assert body == truth.body_of("bees.txt")
        assert [origin.id for origin in truth.origins([body])[body]] == ["wire/bees", "bees.txt"]
    remove_articles(library, ["wire/bees"])
    assert found(library, "honey") == {body}


def test_the_same_text_twice_in_one_run_is_embedded_once(tmp_path: Path, toy_encoder: ToyEncoder) -> None:
    library = Library.create(tmp_path / "twins", toy_encoder)
    summary = index_articles(library, toy_encoder, [BEES, replace(BEES, id="copy")])
    assert summary.twins == [("copy", "bees.txt")]
    assert len(toy_encoder.encoded) == len(set(toy_encoder.encoded))


def test_removing(library: Library) -> None:
    assert remove_articles(library, ["bees.txt"]) == ["bees.txt"]
    assert ids(library) == ["news/ship.txt"]
    assert not found(library, "honey")
    with library.reading() as (snapshot, truth):
        assert len(snapshot.dense) == truth.passage_count() == 3
    assert remove_articles(library, source="Harbour Wire") == ["news/ship.txt"]
    assert ids(library) == []


def test_removing_by_the_name_of_a_file_that_is_not_utf8(library: Library, toy_encoder: ToyEncoder) -> None:
    odd = os.fsdecode(b"caf\xe9.txt")
    assert odd != "caf\ufffd.txt"
    index_articles(
        library, toy_encoder, [Article("caf\ufffd.txt", "Cats sleep late. Dogs do not.", source="caf\ufffd")]
    )
    assert remove_articles(library, [odd]) == ["caf\ufffd.txt"]
    with pytest.raises(PullquoteError, match="no such article in the library: of source 'caf\ufffd'"):
        remove_articles(library, source=odd.removesuffix(".txt"))


def test_removing_what_is_not_there_removes_nothing(library: Library) -> None:
    with pytest.raises(PullquoteError, match=r"no such article.*'nope'"):
        remove_articles(library, ["bees.txt", "nope"])
    assert ids(library) == ["bees.txt", "news/ship.txt"]


def test_refusals_are_counted_and_stop_nothing(library: Library, toy_encoder: ToyEncoder) -> None:
    bad = Refusal("bad.pdf", "is damaged")
    summary = index_articles(
        library, toy_encoder, [bad, Article("blank", " \n "), replace(BEES, id="new", text="News.")]
    )
    assert summary.refused == [bad, Refusal("blank", "it has no text")]
    assert summary.added == 1


def test_the_order_of_indexing_does_not_change_the_digest(tmp_path: Path, toy_encoder: ToyEncoder) -> None:
    one, other = (Library.create(tmp_path / name, toy_encoder) for name in ("one", "other"))
    index_articles(one, toy_encoder, [BEES, SHIP])
    index_articles(other, toy_encoder, [replace(SHIP, text="An older telling.")])
    index_articles(other, toy_encoder, [SHIP])
    index_articles(other, toy_encoder, [BEES])
    assert state(one) == state(other)


def test_a_reader_sees_a_consistent_older_state_until_the_run_is_published(
    library: Library, toy_encoder: ToyEncoder
) -> None:
    before = state(library)
    reader = Library(library.folder, toy_encoder)
    with library.writing() as writer:
        writer.remove("bees.txt")
        assert state(reader) == before == state(library)
        assert state(Library(library.folder, toy_encoder)) == before, "a reader that comes during the run"
    assert ids(reader) == ["news/ship.txt"], "the new generation is seen without reopening"


def test_a_question_under_way_keeps_its_state(library: Library, toy_encoder: ToyEncoder) -> None:
    with library.reading() as (snapshot, truth):
        remover = threading.Thread(target=remove_articles, args=(library, ["bees.txt"]))
        remover.start()
        remover.join()
        hits = snapshot.lexical.search(lexical.terms_of("honey"), 5)
        body = truth.bodies([hits[0].body]).get(hits[0].body)
        assert body is not None
        assert "honey" in body.text
    assert not found(library, "honey")


def test_one_writer_at_a_time(library: Library, toy_encoder: ToyEncoder) -> None:
    with library.writing(), pytest.raises(LibraryBusy, match="another process is writing"):
        index_articles(Library(library.folder, toy_encoder), toy_encoder, [BEES])


def test_what_was_committed_before_a_crash_is_there(library: Library, toy_encoder: ToyEncoder) -> None:
    def crashing() -> object:
        yield replace(BEES, id="committed", text="Moths fly by night.")
        yield replace(
            BEES, id="copy of a committed one", text="Moths fly by night."
        )  # ends the window: it is committed
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index_articles(library, toy_encoder, crashing())  # type: ignore[arg-type]
    reopened = Library(library.folder, toy_encoder)
    assert "committed" in ids(reopened)
    assert found(reopened, "moths")


@pytest.mark.parametrize("damage", ["removed", "emptied", "flipped", "another library's", "older"])
@pytest.mark.parametrize("view", ["dense", "lexical"])
def test_a_damaged_view_is_rebuilt_without_embedding(
    library: Library, toy_encoder: ToyEncoder, tmp_path: Path, view: str, damage: str
) -> None:
    older = tmp_path / "older"
    shutil.copytree(library.folder, older)
    index_articles(library, toy_encoder, [Article("late", "Cats sleep late. Dogs do not.")])
    whole, embedded = state(library), len(toy_encoder.encoded)
    other = Library.create(tmp_path / "other", toy_encoder)
    index_articles(other, toy_encoder, [Article("else", "Something else. And more.")])

    _damage(library.folder, view, damage, {"another library's": other.folder, "older": older})
    embedded = len(toy_encoder.encoded)
    reopened = Library(library.folder, toy_encoder)
    assert state(reopened) == whole
    assert len(toy_encoder.encoded) == embedded
    assert state(Library(library.folder, toy_encoder)) == whole, "and stays so"


@pytest.mark.parametrize("place", ["a file", "a link to a folder"])
def test_a_word_index_is_made_anew_in_the_place_of_what_is_no_folder(
    library: Library, tmp_path: Path, place: str
) -> None:
    whole, lexical = state(library), library.folder / "lexical"
    lexical.rename(tmp_path / "elsewhere")
    if place == "a file":
        lexical.touch()
    else:
        lexical.symlink_to(tmp_path / "elsewhere")
        (tmp_path / "elsewhere" / "meta.json").unlink()
    assert state(Library(library.folder)) == whole


def _damage(folder: Path, view: str, damage: str, sources: dict[str, Path]) -> None:
    parts = [path for path in folder.rglob("*") if _belongs(path, folder, view)]
    assert parts
    for path in parts:
        if damage == "emptied":
            path.write_bytes(b"")
        elif damage == "flipped":
            data = bytearray(path.read_bytes())
            data[len(data) // 2] ^= 0xFF
            path.write_bytes(bytes(data))
        else:
            path.unlink()
    if source := sources.get(damage):
        for path in source.rglob("*"):
            if _belongs(path, source, view):
                shutil.copy(path, folder / path.relative_to(source))


def _belongs(path: Path, folder: Path, view: str) -> bool:
    relative = path.relative_to(folder).as_posix()
    lock = relative.endswith(".lock")
    return path.is_file() and not lock and relative.startswith("dense" if view == "dense" else lexical.FOLDER)


def test_folding_keeps_every_passage(
    library: Library, toy_encoder: ToyEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense, "FOLD_AT", 0)
    monkeypatch.setattr(dense, "FOLD_SHARE", 0.0)
    reader = Library(library.folder, toy_encoder)
    index_articles(library, toy_encoder, [Article("late", "Cats sleep late. Dogs do not.")])
    remove_articles(library, ["bees.txt"])
    with reader.reading() as (snapshot, truth):
        assert sorted(dense.keys_of(snapshot.dense)) == truth.passage_keys()
        assert snapshot.dense.tail.ntotal == 0
    assert json.loads((library.folder / dense.HEADER).read_text())["count"] == 5


def test_another_model_is_refused_by_name(library: Library) -> None:
    class Other(ToyEncoder):
        name, digest = "other", "0" * 64

    with pytest.raises(LibraryMismatch, match=r"made with the model toy .* not with other .*PULLQUOTE_MODEL"):
        Library(library.folder, Other())


def test_a_library_named_by_a_relative_path_stays_open_in_another_working_directory(
    library: Library, toy_encoder: ToyEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(library.folder.parent)
    opened = Library(Path(library.folder.name), toy_encoder)
    monkeypatch.chdir(tmp_path.parent)
    index_articles(opened, toy_encoder, [Article("late", "Cats sleep late. Dogs do not.")])
    assert ids(opened) == ids(library) == ["bees.txt", "late", "news/ship.txt"]
    assert not Path(library.folder.name).exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every name is text")
def test_in_a_folder_whose_name_is_not_utf8_no_library_is_begun(tmp_path: Path, toy_encoder: ToyEncoder) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    with pytest.raises(UsageError, match="caf\ufffd is not UTF-8, where no library can be: choose another folder"):
        Library.create(folder, toy_encoder)
    assert not folder.exists()


def test_the_history_is_the_same_wherever_its_reading_goes_on_from(library: Library, toy_encoder: ToyEncoder) -> None:
    for number in range(3):
        index_articles(library, toy_encoder, [replace(BEES, id=f"{number}.txt", text=f"Wasp {number} came.")])
    with closing(schema.connect(library.folder)) as connection:
        newest = Writer(connection).generation
        histories = [Truth(connection, generation).history() for generation in range(newest + 1)]
        assert len({history.sha256 for history in histories}) == newest + 1
        for before in histories:
            for wanted in histories:
                truth = Truth(connection, wanted.generation)
                assert truth.history(before).sha256 == wanted.sha256
                assert truth.held(before.generation, before.sha256)
                assert truth.held(before.generation, wanted.sha256) == (before is wanted)


def test_no_library(tmp_path: Path) -> None:
    with pytest.raises(LibraryMissing, match="pullquote index"):
        Library(tmp_path)


@pytest.mark.parametrize("content", [b"", b"not a database" * 300, b"SQLite format 3\0" + bytes(5000)])
def test_a_damaged_truth_is_named(library: Library, content: bytes) -> None:
    (library.folder / schema.FILE).write_bytes(content)
    for log in library.folder.glob(schema.FILE + "-*"):
        log.unlink()
    library.close()
    with pytest.raises(LibraryDamaged, match=r"library\.sqlite") as error:
        Library(library.folder)
    assert held_open(library.folder / schema.FILE) == 0, error  # which keeps whatever was left open


def held_open(file: Path) -> int:
    """How often this process has a file open, where the system tells it."""
    return sum(link.exists() and link.samefile(file) for link in Path("/proc/self/fd").glob("*"))


def test_a_changed_text_in_the_truth_is_never_quoted(library: Library) -> None:
    with sqlite3.connect(library.folder / schema.FILE) as connection:
        connection.execute("UPDATE bodies SET text = replace(text, '40,000', '90,000')")
    assert any("does not match its digest" in problem for problem in library.check())
    with library.reading() as (_, truth), pytest.raises(LibraryDamaged, match="does not match its digest"):
        truth.article("bees.txt")


def test_a_format_of_the_future_is_refused(library: Library) -> None:
    with closing(sqlite3.connect(library.folder / schema.FILE)) as connection, connection:
        connection.execute("UPDATE manifest SET value = '99' WHERE key = 'format'")
    library.close()
    with pytest.raises(LibraryMismatch, match=r"format 99.*update Pullquote") as error:
        Library(library.folder)
    assert held_open(library.folder / schema.FILE) == 0, error


def test_who_may_only_read_sees_what_others_change(
    library: Library, toy_encoder: ToyEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_looking_again(folder: Path) -> sqlite3.Connection:
        uri = f"{(folder / schema.FILE).as_uri()}?mode=ro&immutable=1"
        return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)

    def read(reader: Library) -> tuple[int, bool]:
        with reader.reading() as (snapshot, truth):
            return snapshot.generation, truth.article("news/ship.txt") is None

    library.close()
    with monkeypatch.context() as only:
        only.setattr(schema, "is_writable", lambda file: False)
        only.setattr(connections, "_open", without_looking_again)
        reader = Library(library.folder)
        before, gone = read(reader)
        assert not gone
    remove_articles(library, ["news/ship.txt"])
    library.close()
    with monkeypatch.context() as only:
        only.setattr(schema, "is_writable", lambda file: False)
        only.setattr(connections, "_open", without_looking_again)
        after, gone = read(reader)
    assert after > before
    assert gone


def test_a_thread_that_connects_while_a_library_is_restored_goes_over_too(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, _ = back_up(library.folder, tmp_path / "news.backup")
    remove_articles(library, ["news/ship.txt"])
    reader, opened = Library(library.folder), connections._open

    def slowly(folder: Path) -> sqlite3.Connection:
        connection = opened(folder)
        monkeypatch.setattr(connections, "_open", opened)
        restore(file, folder, replace=True)
        return connection

    reader.close()
    monkeypatch.setattr(connections, "_open", slowly)
    with reader.reading():
        pass
    with reader.reading() as (_, truth):
        assert truth.article("news/ship.txt") is not None


@pytest.mark.parametrize(
    "sql", ["DELETE FROM manifest WHERE key = 'dimension'", "UPDATE manifest SET value = 'x' WHERE key = 'published'"]
)
def test_a_damaged_manifest_is_named(library: Library, sql: str) -> None:
    with sqlite3.connect(library.folder / schema.FILE) as connection:
        connection.execute(sql)
    with pytest.raises(LibraryDamaged, match="manifest"):
        Library(library.folder)
