"""Every file of a library damaged in turn: it is found out, nothing wrong is quoted, and what can be saved is saved.

`PULLQUOTE_FLIPS` is how many bytes of the truth are flipped, one at a time, in place of the few of an ordinary run.
"""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from index import lexical, schema, seal
from index.article import Article
from index.backup import back_up
from index.errors import LibraryDamaged, LibraryMissing, PullquoteError
from index.files import take_away
from index.library import Library
from index.repair import Repair, repair
from index.update import index_articles, remove_articles
from qa.doctor import examine, render
from tests.index.damage import (
    ARTICLES,
    DAMAGES,
    LATE,
    LATE_TWIN,
    OTHERS,
    QUESTIONS,
    Content,
    content,
    damage,
    flip,
    make,
    make_killed,
    never_wrong,
    one_line,
)  # fmt: skip
from tests.toy import ToyEncoder

pytestmark = pytest.mark.slow

ORIGINALS = {article.id: article for article in [*ARTICLES, *OTHERS, *LATE, LATE_TWIN]}
FILES = [
    "library.sqlite", "acknowledged.json", "dense.json", "dense-*.faiss", "write.lock", "lexical/meta.json",
    "lexical/.managed.json", "lexical/seal.json", "lexical/*.term", "lexical/*.idx", "lexical/*.pos",
    "lexical/*.fast", "lexical/*.fieldnorm", "lexical/*.store",
]  # fmt: skip
GOLDEN = 0.6180339887498949  # its multiples are spread evenly however many are taken
FLIPS = int(os.environ.get("PULLQUOTE_FLIPS", "24"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("whole") / "library", ARTICLES)


@pytest.fixture(scope="module")
def before(whole: Path) -> Content:
    return content(whole)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("other") / "library", OTHERS)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory, whole: Path) -> Path:
    """A library whose log holds what was acknowledged last."""
    folder = make_killed(tmp_path_factory.mktemp("killed") / "library", whole)
    assert (folder / "library.sqlite-wal").stat().st_size > 0
    return folder


def examined(folder: Path) -> dict[str, Any]:
    report = examine(folder)
    for line in [*report["problems"], *report["mended"], *render(report).splitlines()]:
        one_line(line)
    return report


def repaired(folder: Path) -> Repair:
    """Repairs, and checks that what is there afterwards is sound, and nothing but what was there before."""
    done = repair(folder, ToyEncoder)
    report = examined(folder)
    assert report["sound"], report["problems"]
    with Library(folder).reading() as (_, truth):
        for article_id in truth.ids():
            article = truth.article(article_id)
            assert article is not None
            if article_id.startswith("recovered/"):
                assert article.text in {one.text for one in ORIGINALS.values()}
            else:
                assert article == ORIGINALS[article_id]
    assert never_wrong(folder, ORIGINALS) == len(QUESTIONS)
    return done


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("pattern", FILES)
def test_every_file_damaged_in_turn(
    whole: Path, before: Content, other: Path, tmp_path: Path, pattern: str, how: str
) -> None:
    asked, folder = (Path(shutil.copytree(whole, tmp_path / name)) for name in ("asked", "examined"))
    damaged = damage(asked, pattern, how, other)
    damage(folder, pattern, how, other)
    never_wrong(asked, ORIGINALS)

    report = examined(folder)
    if report["problems"]:
        assert pattern in ("library.sqlite", "acknowledged.json")
        repaired_or_lost(folder, how)
        return
    if pattern == "library.sqlite":
        assert how.startswith("flipped"), "a byte where nothing is stored"
    else:
        # The lock is a name: what the file holds says nothing.
        assert report["mended"] or not damaged or pattern == "write.lock"
    assert content(folder) == before
    assert never_wrong(folder, ORIGINALS) == len(QUESTIONS)


def test_a_segments_footer_is_sealed_to_the_byte(whole: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(whole / lexical.FOLDER, tmp_path / "words"))
    assert seal.sound(folder, {}, strict=True)
    file = next(folder.glob("*.term"))
    good = file.read_bytes()
    for at in range(len(good) - 200, len(good)):
        file.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        assert not seal.sound(folder, {}, strict=True), at
    file.write_bytes(good)
    assert seal.sound(folder, {}, strict=True)


@pytest.mark.parametrize("left", [1, 18, 20, 99])
def test_a_truth_cut_within_its_first_bytes_is_told_as_lost(whole: Path, tmp_path: Path, left: int) -> None:
    folder = tmp_path / "library"
    shutil.copytree(whole, folder)
    truth = folder / "library.sqlite"
    truth.write_bytes(truth.read_bytes()[:left])
    with pytest.raises(LibraryDamaged, match="nothing can be saved"):
        repair(folder, ToyEncoder)


def repaired_or_lost(folder: Path, how: str) -> None:
    if how == "removed":
        with pytest.raises(LibraryMissing, match=r"library\.sqlite is not there"):
            repair(folder, ToyEncoder)
    elif how == "emptied":
        with pytest.raises(LibraryDamaged, match="nothing can be saved"):
            repair(folder, ToyEncoder)
    elif how == "swapped":
        assert repaired(folder).kept is None
    else:
        done = repaired(folder)
        assert done.saved + len(done.lost) + done.unknown >= len(ARTICLES)
        if how.startswith("flipped"):
            assert done.saved >= len(ARTICLES) - 4
        indexed_again(folder)


def indexed_again(folder: Path) -> None:
    """What was lost comes back as it came the first time."""
    encoder = ToyEncoder()
    index_articles(Library(folder, encoder), encoder, ARTICLES)
    with Library(folder).reading() as (_, truth):
        assert {article.id for article in ARTICLES} <= set(truth.ids())
    assert examined(folder)["sound"]


@pytest.mark.parametrize("n", range(FLIPS))
def test_a_byte_of_the_truth_flipped_anywhere(whole: Path, before: Content, tmp_path: Path, n: int) -> None:
    folder = Path(shutil.copytree(whole, tmp_path / "library"))
    flip(folder / schema.FILE, n * GOLDEN % 1)
    never_wrong(folder, ORIGINALS)
    report = examined(folder)
    if report["problems"]:
        repaired_or_lost(folder, "flipped")
    else:
        assert content(folder) == before


@pytest.mark.parametrize("how", [*DAMAGES[:-1], "flipped at 0.6", "flipped at 0.8"])
def test_the_log_of_a_killed_writer_damaged(killed: Path, whole: Path, tmp_path: Path, how: str) -> None:
    folder = Path(shutil.copytree(killed, tmp_path / "library"))
    damage(folder, "library.sqlite-wal", how, whole)
    never_wrong(folder, ORIGINALS)
    report = examined(folder)
    if not report["problems"]:  # nothing that was acknowledged is lost
        assert how.startswith("flipped")
        assert report["articles"] == len(ARTICLES) + len(LATE) + 1
        return
    assert "lost its newest changes" in report["problems"][0]
    with pytest.raises(LibraryDamaged, match="lost its newest changes"):
        Library(folder)
    done = repaired(folder)
    if how == "flipped at 0.37":
        assert done.saved > len(ARTICLES), "what stands behind the damage is saved too"
    encoder = ToyEncoder()
    index_articles(Library(folder, encoder), encoder, [*LATE, LATE_TWIN])
    assert examined(folder)["articles"] == len(ARTICLES) + len(LATE) + 1


def test_an_older_copy_of_the_truth_is_found_out(whole: Path, tmp_path: Path) -> None:
    folder, encoder = Path(shutil.copytree(whole, tmp_path / "library")), ToyEncoder()
    library = Library(folder, encoder)
    index_articles(library, encoder, LATE)
    library.close()
    shutil.copyfile(whole / schema.FILE, folder / schema.FILE)
    with pytest.raises(LibraryDamaged, match=r"has lost its newest changes: generation \d+ was acknowledged"):
        Library(folder)
    never_wrong(folder, ORIGINALS)
    assert repaired(folder).changes == len(LATE)


def test_nothing_is_written_to_an_older_copy_that_was_put_under_an_open_library(whole: Path, tmp_path: Path) -> None:
    folder, encoder = Path(shutil.copytree(whole, tmp_path / "library")), ToyEncoder()
    library = Library(folder, encoder)
    index_articles(library, encoder, LATE)
    shutil.copyfile(whole / schema.FILE, tmp_path / "older")
    (tmp_path / "older").replace(folder / schema.FILE)
    for log in folder.glob(schema.FILE + "-*"):
        log.unlink()
    with pytest.raises(LibraryDamaged, match="lost its newest changes"):
        index_articles(library, encoder, [LATE_TWIN])
    assert repaired(folder).changes == len(LATE)


def _put_back(older: Path, folder: Path) -> None:
    """Puts an older library in the place of a newer one, whoever has that open, but for the note of how far it came."""
    logs = [folder / (schema.FILE + ending) for ending in ("-wal", "-shm")]
    for old in [folder / lexical.FOLDER, *folder.glob("dense*"), *logs]:
        take_away(old)
    shutil.copyfile(older / schema.FILE, folder / "put back")
    (folder / "put back").replace(folder / schema.FILE)
    shutil.copytree(older, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(schema.FILE, "acknowledged.json"))


def test_who_was_refused_once_is_not_answered_the_next_time(whole: Path, tmp_path: Path) -> None:
    folder, encoder = Path(shutil.copytree(whole, tmp_path / "library")), ToyEncoder()
    reader = Library(folder, encoder)
    index_articles(reader, encoder, LATE)
    assert _found(reader, "geese")
    _put_back(whole, folder)
    for _ in range(2):
        with pytest.raises(LibraryDamaged, match="lost its newest changes"):
            _found(reader, "geese")
    assert repaired(folder).changes == len(LATE)
    assert _found(reader, "geese") == []


def test_who_was_refused_by_another_library_in_its_place_is_not_answered_the_next_time(
    whole: Path, other: Path, tmp_path: Path
) -> None:
    folder, encoder = Path(shutil.copytree(whole, tmp_path / "library")), ToyEncoder()
    writer, newer = Library(folder, encoder), Library(Path(shutil.copytree(other, tmp_path / "newer")), encoder)
    index_articles(newer, encoder, LATE)
    _put_back(other, folder)
    shutil.copyfile(newer.folder / "acknowledged.json", folder / "acknowledged.json")
    with pytest.raises(LibraryDamaged, match="lost its newest changes"):
        index_articles(writer, encoder, LATE)
    with pytest.raises(LibraryDamaged, match="lost its newest changes"):
        _found(writer, "geese")


def test_who_was_refused_goes_on_when_the_library_comes_as_far_another_way(whole: Path, tmp_path: Path) -> None:
    folder, encoder = Path(shutil.copytree(whole, tmp_path / "library")), ToyEncoder()
    reader = Library(folder)
    index_articles(Library(folder, encoder), encoder, LATE[:1])
    assert _found(reader, "geese")
    _put_back(whole, folder)
    with pytest.raises(LibraryDamaged, match="lost its newest changes"):
        _found(reader, "geese")
    (folder / "acknowledged.json").unlink()
    index_articles(Library(folder, encoder), encoder, LATE[1:])
    assert {*_found(reader, "geese")} == {article.title for article in LATE[1:]}


@pytest.mark.parametrize("noted", [True, False])
def test_a_log_that_was_kept_goes_when_nothing_is_missing_any_more(
    killed: Path, whole: Path, tmp_path: Path, noted: bool
) -> None:
    """Else the next repair would bring back what was taken out since, and lose what came."""
    folder, encoder = Path(shutil.copytree(killed, tmp_path / "library")), ToyEncoder()
    (folder / "library.sqlite-shm").unlink(missing_ok=True)
    flip(folder / "library.sqlite-wal", 0.05)
    never_wrong(folder, ORIGINALS)
    assert (folder / "library.sqlite-wal.kept").exists()
    _put_back(whole, folder)
    (folder / "acknowledged.json").unlink()
    if noted:
        shutil.copyfile(whole / "acknowledged.json", folder / "acknowledged.json")
    library = Library(folder, encoder)
    index_articles(library, encoder, LATE[:1])
    remove_articles(library, ["towns/3.txt"])
    library.close()
    flip(folder / schema.FILE, 0.5)
    done = repaired(folder)
    assert (done.saved, done.lost, done.unknown, done.changes) == (len(ARTICLES), [], 0, 0)
    with Library(folder).reading() as (_, truth):
        assert truth.body_of("towns/3.txt") is None
        assert truth.body_of(LATE[0].id) is not None


def test_views_of_a_longer_history_are_not_believed(whole: Path, tmp_path: Path) -> None:
    """Even where nothing says any more that the truth is an older one."""
    folder, encoder = Path(shutil.copytree(whole, tmp_path / "library")), ToyEncoder()
    library = Library(folder, encoder)
    index_articles(library, encoder, LATE)
    library.close()
    shutil.copyfile(whole / schema.FILE, folder / schema.FILE)
    (folder / "acknowledged.json").unlink()
    assert never_wrong(folder, ORIGINALS) == len(QUESTIONS)
    assert examined(folder)["views"]["lexical"]["sentences"] == examined(whole)["sentences"]


def _gone_two_ways(whole: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Two copies of one library, each of which came to have one more article, at the same generation."""
    folders = tmp_path / "zebras", tmp_path / "quaggas"
    for folder in folders:
        encoder, word = ToyEncoder(), folder.name
        library = Library(Path(shutil.copytree(whole, folder)), encoder)
        index_articles(library, encoder, [Article(word, f"The {word} crossed at noon. Nobody saw the {word}.", word)])
        library.mend_views()  # so that the FAISS view's file has the article too
        library.close()
    return folders


def _found(library: Library, word: str) -> list[str]:
    with library.reading() as (snapshot, truth):
        hits = snapshot.lexical.search(lexical.terms_of(word), 9)
        return [truth.bodies([hit.body])[hit.body].title for hit in hits]


def test_views_of_a_copy_that_went_its_own_way_are_not_believed(whole: Path, tmp_path: Path) -> None:
    zebras, quaggas = _gone_two_ways(whole, tmp_path)
    shutil.copyfile(quaggas / schema.FILE, zebras / schema.FILE)
    by_opening = Path(shutil.copytree(zebras, tmp_path / "by opening"))
    assert len(examine(zebras)["mended"]) == 2
    for folder in (zebras, by_opening):
        library = Library(folder)
        assert (_found(library, "quaggas"), _found(library, "zebras")) == (["quaggas"] * 2, [])
        with library.reading() as (snapshot, truth):
            assert snapshot.dense.base_history_sha256 == truth.history().sha256


def test_a_damaged_digest_of_an_old_change_costs_the_views_and_nothing_else(whole: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(whole, tmp_path / "library"))
    with closing(sqlite3.connect(folder / schema.FILE)) as connection, connection:
        connection.execute("UPDATE changes SET articles_digest = CAST(x'ff' AS TEXT) WHERE generation = 1")
    report = examined(folder)
    assert (report["problems"], len(report["mended"])) == ([], 2)
    assert examined(folder)["mended"] == []
    never_wrong(folder, ORIGINALS)


def test_views_of_a_copy_that_took_in_the_same_in_another_order_are_not_believed(whole: Path, tmp_path: Path) -> None:
    zebra, quagga = (Article(word, f"The {word} slept. Nobody woke the {word}.", word) for word in ("zebra", "quagga"))
    folders = tmp_path / "one", tmp_path / "other"
    for folder, articles in zip(folders, ([zebra, quagga], [quagga, zebra]), strict=True):
        encoder = ToyEncoder()
        library = Library(Path(shutil.copytree(whole, folder)), encoder)
        index_articles(library, encoder, articles)
        library.mend_views()
        library.close()
    shutil.copyfile(folders[1] / schema.FILE, folders[0] / schema.FILE)
    library = Library(folders[0])
    assert (_found(library, "zebra"), _found(library, "quagga")) == (["zebra"] * 2, ["quagga"] * 2)


def test_who_has_a_library_open_goes_over_to_a_copy_of_it_that_went_its_own_way(whole: Path, tmp_path: Path) -> None:
    zebras, quaggas = _gone_two_ways(whole, tmp_path)
    (tmp_path / "current").symlink_to(zebras)
    library = Library(tmp_path / "current")
    assert _found(library, "zebras") == ["zebras"] * 2
    (tmp_path / "current").unlink()
    (tmp_path / "current").symlink_to(quaggas)
    assert (_found(library, "quaggas"), _found(library, "zebras")) == (["quaggas"] * 2, [])


def test_a_repair_embeds_only_what_lost_its_vectors(whole: Path, tmp_path: Path) -> None:
    folder, encoder = Path(shutil.copytree(whole, tmp_path / "library")), ToyEncoder()
    connection = sqlite3.connect(folder / schema.FILE)
    with connection:
        connection.execute("UPDATE passages SET vector = zeroblob(52) WHERE body = (SELECT max(body) FROM passages)")
    connection.close()
    done = repair(folder, lambda: encoder)
    assert (done.embedded, done.lost, done.partly) == (1, [], [])
    assert len(encoder.encoded) == 3
    assert examined(folder)["sound"]


def test_a_sound_library_is_left_as_it_is(whole: Path, before: Content, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(whole, tmp_path / "library"))
    assert repair(folder, ToyEncoder) == Repair(saved=len(ARTICLES))
    assert content(folder) == before
    assert not list(folder.glob("*.damaged-*"))


def test_what_was_taken_out_does_not_come_back(whole: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(whole, tmp_path / "library"))
    assert b"For ever" not in (folder / schema.FILE).read_bytes(), "it is gone from the file"
    damage(folder, schema.FILE, "flipped at 0", folder)
    repaired(folder)
    with pytest.raises(PullquoteError, match="no such article"):
        remove_articles(Library(folder), ["gone.txt"])


def test_where_file_and_log_are_damaged_what_the_log_has_is_saved(killed: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(killed, tmp_path / "library"))
    with sqlite3.connect(f"{(folder / schema.FILE).as_uri()}?mode=ro&immutable=1", uri=True) as connection:
        (text,) = connection.execute("SELECT text FROM bodies WHERE text LIKE '%town 3 %'").fetchone()
    data = (folder / schema.FILE).read_bytes()
    (folder / schema.FILE).write_bytes(data.replace(text.encode(), text.replace("bridge", "fridge").encode()))
    (folder / "library.sqlite-shm").unlink(missing_ok=True)
    flip(folder / "library.sqlite-wal", 0.05)
    assert len(examined(folder)["problems"]) >= 1  # which must not throw the log away
    done = repaired(folder)
    assert done.changes == 0
    assert [name for name, _ in done.lost] == ["towns/3.txt"]


def test_a_library_that_lost_its_newest_changes_is_not_backed_up(killed: Path, tmp_path: Path) -> None:
    folder, target = Path(shutil.copytree(killed, tmp_path / "library")), tmp_path / "news.backup"
    (folder / "library.sqlite-shm").unlink(missing_ok=True)
    flip(folder / "library.sqlite-wal", 0.05)
    with pytest.raises(LibraryDamaged, match="lost its newest changes"):
        back_up(folder, target)
    assert not target.exists()
    assert repaired(folder).changes == 0
