"""Files that are replaced: whole or not at all."""

import errno
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import PullquoteError, UsageError
from index.files import check_place, made_anew, moved, replaced


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_the_old_one_stands_until_the_new_one_is_whole(
    tmp_path_factory: pytest.TempPathFactory, old: str, new: str
) -> None:
    file = tmp_path_factory.mktemp("files") / "state.json"
    file.write_bytes(old.encode())
    with replaced(file) as out:
        out.write(new)
        assert file.read_bytes() == old.encode()
    assert file.read_bytes() == new.encode()


def test_who_may_read_the_old_one_may_read_the_new_one_and_nobody_else(tmp_path: Path) -> None:
    file = tmp_path / "answers.csv"
    file.touch()
    file.chmod(0o600)
    with replaced(file) as out:
        assert {each.stat().st_mode & 0o777 for each in tmp_path.iterdir()} == {0o600}
        out.write("new")
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_link_stays_one_and_the_file_behind_it_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    link, file = tmp_path / "answers.csv", tmp_path / "shared" / "answers.csv"
    link.symlink_to(file)
    for text in ("old", "new"):
        with replaced(link) as out:
            out.write(text)
        assert (link.is_symlink(), file.read_text()) == (True, text)
    assert list(file.parent.iterdir()) == [file]


def test_where_no_file_may_be_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "none" / "answers.csv")
    with pytest.raises(UsageError, match=r"there is no folder .*none: make it first"):
        check_place(tmp_path / "link.csv")
    check_place(tmp_path / "answers.csv")

    def forbidden(path: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_dir", forbidden)
    with pytest.raises(PullquoteError, match=r"answers\.csv cannot be written: Permission denied"):
        check_place(tmp_path / "answers.csv")


def test_where_writing_fails_the_old_one_stays_and_nothing_else_does(tmp_path: Path) -> None:
    file = tmp_path / "index.faiss"
    file.write_bytes(b"old")
    with pytest.raises(OSError, match="no space"):
        fail_half_way(file)
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def fail_half_way(file: Path) -> None:
    with replaced(file, "wb") as out:
        out.write(b"half of what")
        raise OSError("no space")


def comes_late(folder: Path, times: int) -> Callable[..., None]:
    """`shutil.rmtree`, after which something has come into `folder` again so many times."""
    remove, left = shutil.rmtree, [times]

    def late(path: Path, **given: bool) -> None:
        remove(path, **given)
        if left[0]:
            left[0] -= 1
            folder.mkdir()
            (folder / "late").touch()

    return late


def test_a_folder_is_made_anew_though_something_still_comes_into_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "view"
    folder.mkdir()
    monkeypatch.setattr(shutil, "rmtree", comes_late(folder, 2))
    made_anew(folder)
    assert list(folder.iterdir()) == []


def test_a_folder_takes_the_place_of_one_into_which_something_still_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, old = tmp_path / "new", tmp_path / "view"
    new.mkdir()
    old.mkdir()
    (new / "meta.json").touch()
    monkeypatch.setattr(shutil, "rmtree", comes_late(old, 2))
    moved(new, old)
    assert [path.name for path in old.iterdir()] == ["meta.json"]


@pytest.mark.parametrize("what", ["a file", "a link", "a link to nothing"])
def test_a_folder_is_made_in_the_place_of_what_is_none(tmp_path: Path, what: str) -> None:
    folder, kept = tmp_path / "view", tmp_path / "kept"
    if what == "a file":
        folder.touch()
    else:
        folder.symlink_to(kept)
    if what == "a link":
        kept.mkdir()
        (kept / "theirs").touch()
    made_anew(folder)
    assert list(folder.iterdir()) == []
    assert (kept / "theirs").exists() == (what == "a link")
