"""A full disk, and a disk put in another's place. Each test mounts a small one in memory: skipped where it may not."""

import gc
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index import dense, schema
from index.article import Article
from index.backup import back_up, restore
from index.errors import LibraryDamaged, LibraryError, PullquoteError
from index.library import Library
from index.repair import repair
from index.update import index_articles
from qa.doctor import examine
from tests.index.damage import one_line
from tests.toy import ToyEncoder

pytestmark = pytest.mark.slow

ARTICLES = [Article(f"a{n}", f"On day {n} bees came. " * 40, f"Title {n}") for n in range(60)]
Mount = Callable[[int], Path]


def mounted(size: int, at: Path, *options: str) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", ",".join([*options, f"size={size}k"]), "tmpfs", at]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Mount]:
    """Mounts an empty disk of so many KB, over what was mounted before."""
    at, count = tmp_path / "disk", 0
    at.mkdir()

    def one_more(size: int) -> Path:
        nonlocal count
        if not mounted(size, at):
            pytest.skip("a disk cannot be mounted here: that takes root")
        count += 1
        return at

    yield one_more
    gc.collect()
    for _ in range(count):
        subprocess.run(["umount", "-l", at], check=True)


def said(act: Callable[[], object]) -> str:
    """What the error says that `act` ends with, in one line that names the disk; empty where it ends well."""
    try:
        act()
    except LibraryDamaged:
        raise
    except PullquoteError as error:
        line = str(error)
    else:
        return ""
    one_line(line)
    assert "space" in line
    return line


@pytest.mark.parametrize("size", range(20, 404, 12))
def test_a_disk_that_fills_up_and_has_room_again(mount: Mount, size: int) -> None:
    disk, encoder, acknowledged = mount(size), ToyEncoder(), list[str]()

    def index() -> None:
        library = Library.create(disk / "library", encoder)
        index_articles(library, encoder, ARTICLES, lambda article, _: acknowledged.append(article.id))

    assert said(index)
    assert mounted(64_000, disk, "remount")
    library = Library.create(disk / "library", encoder)
    with library.reading() as (_, truth):
        assert set(acknowledged) <= set(truth.ids())
    index()
    assert library.check() == []
    with library.reading() as (snapshot, truth):
        assert truth.article_count() == len(ARTICLES)
        assert len(snapshot.lexical) == truth.counts()["sentences"]


@pytest.mark.parametrize("size", range(100, 460, 40))
def test_a_disk_that_fills_up_while_codes_are_written(mount: Mount, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense, "FLAT_UP_TO", 20)
    monkeypatch.setattr(dense, "FOLD_AT", 0)
    test_a_disk_that_fills_up_and_has_room_again(mount, size)


@pytest.mark.parametrize("free", [0, 8, 24, 40, 120])
def test_questions_go_on_while_the_disk_is_full(mount: Mount, free: int) -> None:
    disk, encoder = mount(4000), ToyEncoder()
    library = Library.create(disk / "library", encoder)
    index_articles(library, encoder, ARTICLES[:20])
    filler = disk / "filler"
    fill(filler, free)
    assert said(lambda: index_articles(library, encoder, ARTICLES[20:]))
    answered: list[int] = []
    reader = threading.Thread(target=lambda: answered.append(count(library)))
    reader.start()
    reader.join()
    assert answered == [20]
    assert count(Library(disk / "library")) >= 20
    filler.unlink()
    index_articles(library, encoder, ARTICLES[20:])
    assert count(library) == len(ARTICLES)
    assert examine(disk / "library")["sound"]


def fill(file: Path, free: int) -> None:
    """Leaves so many KB of its disk."""
    with file.open("wb") as out:
        left = int(subprocess.run(["df", "--output=avail", "-k", file.parent], capture_output=True, text=True,
                                  check=True).stdout.split()[-1])  # fmt: skip
        out.write(bytes(1024 * max(0, left - free)))


def count(library: Library) -> int:
    with library.reading() as (_, truth):
        return truth.article_count()


@pytest.mark.parametrize("size", [40, 150, 300])
def test_backing_up_restoring_and_repairing_on_a_full_disk(
    library: Library, mount: Mount, tmp_path: Path, size: int
) -> None:
    encoder = ToyEncoder()
    index_articles(library, encoder, ARTICLES)
    disk = mount(size)
    assert said(lambda: back_up(library.folder, disk / "news.backup"))
    assert list(disk.iterdir()) == []
    file, _ = back_up(library.folder, tmp_path / "news.backup")
    assert said(lambda: restore(file, disk / "library"))
    assert not Library.exists(disk / "library")
    assert mounted(64_000, disk, "remount")
    restore(file, disk / "library")
    assert count(Library(disk / "library")) == len(ARTICLES) + 2

    (disk / "library" / schema.FILE).open("r+b").write(b"damaged")
    fill(disk / "filler", 60)
    assert said(lambda: repair(disk / "library", ToyEncoder))
    (disk / "filler").unlink()
    assert repair(disk / "library", ToyEncoder).saved == len(ARTICLES) + 2
    assert examine(disk / "library")["sound"]


def test_a_library_that_closes_late_takes_nothing_from_the_one_in_its_place(mount: Mount) -> None:
    """SQLite tells files apart by their number, which on two disks may be the same, and deletes logs by their path."""
    encoder = ToyEncoder()
    libraries = []
    for _ in range(2):
        folder = mount(8000) / "library"
        libraries.append(Library.create(folder, encoder))
        index_articles(libraries[-1], encoder, ARTICLES[:5])
    with libraries[1].writing() as writer:
        writer.remove("a0")  # now it has a log
        libraries[0].close()
        del libraries[0]
        gc.collect()
        assert (folder / "library.sqlite-wal").stat().st_size > 0
    index_articles(Library(folder, encoder), encoder, ARTICLES[5:9])
    assert count(libraries[0]) == 8
    assert examine(folder)["sound"]


def test_a_reader_goes_over_to_a_disk_that_is_mounted_in_the_place_of_another(mount: Mount) -> None:
    encoder = ToyEncoder()
    folder = mount(8000) / "library"
    library = Library.create(folder, encoder)
    index_articles(library, encoder, ARTICLES[:5])
    mount(8000)
    with pytest.raises(LibraryError, match="no library"):
        count(library)
    index_articles(Library.create(folder, encoder), encoder, ARTICLES[:3])
    assert count(library) == 3
