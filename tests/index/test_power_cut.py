"""A power cut: of a small disk, exactly what had reached it when a call returned. Skipped where none can be mounted."""

import io
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index.library import Library
from index.update import index_articles, remove_articles
from qa.access.keys import Keys, Scope
from qa.batch.jobs import Jobs, Kind
from tests.conftest import BEES, SHIP
from tests.toy import ToyEncoder

pytestmark = pytest.mark.slow

SIZE = 48 * 1024**2  # bytes


@contextmanager
def mounted(image: Path, at: Path) -> Iterator[None]:
    at.mkdir(exist_ok=True)
    done = subprocess.run(["mount", "-o", "loop", image, at], capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("a disk cannot be mounted here: that takes root")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", at], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """The image of an empty disk."""
    if shutil.which("mkfs.ext4") is None:
        pytest.skip("a disk cannot be made here")
    image = tmp_path / "disk.image"
    image.touch()
    os.truncate(image, SIZE)
    subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)
    return image


def after_a_power_cut(disk: Path, before: Callable[[Path], None], act: Callable[[Path], None]) -> Path:
    """Does both in a library's folder on the disk; gives the disk as it was when the second had returned."""
    cut, at = disk.with_name("cut.image"), disk.with_name("mounted")
    with mounted(disk, at):
        (at / "library").mkdir()
        before(at / "library")
        os.sync()
        act(at / "library")
        shutil.copyfile(disk, cut)
    return cut


def test_a_revoked_key_stays_revoked_and_a_new_one_is_there(disk: Path, tmp_path: Path) -> None:
    given: dict[str, str] = {}

    def begin(folder: Path) -> None:
        key, given["ann"] = Keys(folder).add("ann", Scope.WRITE)
        given["id"] = key.id

    def change(folder: Path) -> None:
        _, given["bob"] = Keys(folder).add("bob")
        Keys(folder).revoke(given["id"])

    with mounted(after_a_power_cut(disk, begin, change), tmp_path / "later"):
        keys = Keys(tmp_path / "later" / "library")
        assert keys.holder(given["ann"]) is None
        assert keys.holder(given["bob"]) is not None


def test_a_job_that_was_accepted_is_there(disk: Path, tmp_path: Path) -> None:
    ids: list[str] = []

    def send(folder: Path) -> None:
        ids.append(Jobs(folder).add(Kind.BATCH, "q", [("q.txt", io.BytesIO(b"Why?\n"))], {}).id)

    with mounted(after_a_power_cut(disk, lambda folder: Jobs(folder).folder.mkdir(), send), tmp_path / "later"):
        assert Jobs(tmp_path / "later" / "library").get(ids[0]) is not None


def test_what_was_acknowledged_is_there_and_what_was_taken_out_is_not(disk: Path, tmp_path: Path) -> None:
    encoder = ToyEncoder()

    def begin(folder: Path) -> None:
        library = Library.create(folder, encoder)
        index_articles(library, encoder, [SHIP])
        library.close()

    def change(folder: Path) -> None:
        library = Library(folder, encoder)
        index_articles(library, encoder, [BEES])
        remove_articles(library, [SHIP.id], None)
        library.close()

    with mounted(after_a_power_cut(disk, begin, change), tmp_path / "later"):
        library = Library(tmp_path / "later" / "library", encoder)
        with library.reading() as (_, truth):
            assert truth.ids() == [BEES.id]
        library.close()
