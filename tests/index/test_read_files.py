"""Folders, archives and single files: what is found, what it is called, what is refused."""

import gzip
import io
import os
import stat
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import read
from index.article import Article, Refusal
from index.find import Found, find_files
from index.read import read_files, read_upload
from tests.index.test_read_rows import UNSEEN

EXTENSIONS = ["txt", "md", "html", "pdf", "docx", "epub", "jsonl", "csv", "zip", "txt.gz", "jsonl.gz"]


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


def fill(root: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
    return root


def names(*paths: Path) -> list[str]:
    return [result.id if isinstance(result, Article) else "!" + result.reason for result in read_files(paths)]


def refusal(*results: Article | Refusal) -> Refusal:
    (result,) = results
    assert isinstance(result, Refusal), result
    return result


def test_ids_are_paths_below_the_folder(tmp_path: Path) -> None:
    fill(
        tmp_path,
        {
            "b.txt": "Text.",
            "a/c.md": "Text.",
            "a/d.txt.gz": gzip.compress(b"Text."),
            "a/e.zip": zipped({"in/f.txt": "Text.", "rows.jsonl": '{"text": "Row."}'}),
            "g.csv": "id,text\nown id,Row.\n,Row.\n",
            ".hidden/h.txt": "Text.",
            ".i.txt": "Text.",
            "j.png": "picture",
            "noextension": "Text.",
        },
    )
    expected = ["a/c.md", "a/d.txt.gz", "a/e.zip/in/f.txt", "a/e.zip/rows.jsonl:1", "b.txt", "own id", "g.csv:3"]
    assert names(tmp_path) == expected
    assert names(tmp_path / "a" / "c.md") == ["c.md"]


def test_files_of_other_types_are_counted(tmp_path: Path) -> None:
    packed = zipped({"a.txt": "Text.", "b.DOC": "x", "in/c.odt": "x", ".d.doc": "x", "e/": ""})
    scans = {"scans/a.txt": "Text.", "scans/b.jpg": "x"}
    pages = {"pages/a.html": "<p>Bees came back to the valley.</p>", "pages/b.css": "x", "pages/in/c.jpg": "x"}
    fill(
        tmp_path, {"m/n.zip": packed, "m/o.doc": "x", "m/p": "x", "m/q.tar.gz": "x", "m/.r.doc": "x", **scans, **pages}
    )
    unread: Counter[str] = Counter()
    assert all(
        isinstance(a, Article) for a in read_files([tmp_path / name for name in ("m", "scans", "pages")], None, unread)
    )
    assert unread == {".doc": 2, ".odt": 1, "": 1, ".tar.gz": 1, ".jpg": 1}


def test_what_is_named_must_be_readable(tmp_path: Path) -> None:
    fill(tmp_path, {"a.png": "picture", "empty/.hidden": ""})
    assert refusal(*read_files([tmp_path / "nope.txt"])).reason == "no such file or folder"
    assert "known are txt" in refusal(*read_files([tmp_path / "a.png"])).reason
    assert "no article files" in refusal(*read_files([tmp_path / "empty"])).reason
    assert refusal(*read_files([Path("a\0b.txt")])).reason == "no such file or folder"


def test_two_articles_with_one_id_are_refused_naming_both(tmp_path: Path) -> None:
    fill(tmp_path, {"x/a.txt": "Text.", "y/a.txt": "Text.", "z/r.jsonl": '{"id": "a.txt", "text": "Row."}'})
    first, second, third = read_files([tmp_path / "x", tmp_path / "y", tmp_path / "z"])
    assert isinstance(first, Article)
    for other, where in ((second, tmp_path / "y/a.txt"), (third, f"{tmp_path / 'z/r.jsonl'}:1")):
        reason = refusal(other)
        assert reason.where == str(where)
        assert "'a.txt'" in reason.reason
        assert str(tmp_path / "x/a.txt") in reason.reason


def test_the_same_file_named_twice_is_read_once(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": "Text."})
    assert names(tmp_path, tmp_path / "a.txt", tmp_path) == ["a.txt"]


def test_links_are_followed_but_not_round_and_round(tmp_path: Path) -> None:
    fill(tmp_path / "in", {"s/a.txt": "Text."})
    fill(tmp_path / "out", {"b.txt": "Text."})
    (tmp_path / "in/loop").symlink_to(tmp_path / "in")
    (tmp_path / "in/a-link").symlink_to(tmp_path / "in/s")
    (tmp_path / "in/other").symlink_to(tmp_path / "out")
    (tmp_path / "in/broken.txt").symlink_to(tmp_path / "nope")
    (tmp_path / "in/self.txt").symlink_to(tmp_path / "in/self.txt")
    found = names(tmp_path / "in")
    assert [name for name in found if not name.startswith("!")] == ["other/b.txt", "s/a.txt"]
    assert "!is a link to nothing; mend it or remove it" in found
    assert len(found) == 4


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p.txt")
    assert refusal(*read_files([tmp_path])).reason == "is not a regular file"


@pytest.mark.timeout(60)
def test_a_pipe_in_the_place_of_a_file_that_was_found_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, {"a.txt": "Text.", "b.txt": "Text."})

    def find_and_swap(paths: Sequence[Path]) -> list[Found | Refusal]:
        found = list(find_files(paths))
        (tmp_path / "a.txt").unlink()
        os.mkfifo(tmp_path / "a.txt")
        return found

    monkeypatch.setattr(read, "find_files", find_and_swap)
    swapped, article = read_files([tmp_path])
    assert refusal(swapped) == Refusal(str(tmp_path / "a.txt"), "is not a regular file")
    assert isinstance(article, Article)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": "Text."})
    (tmp_path / "a.txt").chmod(0)
    assert "permissions" in refusal(*read_files([tmp_path])).reason


def test_progress_goes_up_to_the_end(tmp_path: Path) -> None:
    rows = "\n".join('{"text": "Row."}' for _ in range(500))
    fill(
        tmp_path,
        {"a.txt": "Text.", "b.jsonl": rows, "c.zip": zipped({"z.txt": "Text.", "a.txt": "Text."}), "d.txt": ""},
    )
    told: list[tuple[int, int]] = []
    articles = list(read_files([tmp_path], lambda done, total: told.append((done, total))))
    size = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert len(articles) == 504
    assert told == sorted(told)
    assert told[-1] == (size, size)
    assert {total for _, total in told} == {size}


def test_archives() -> None:
    members = {
        "a.txt": "Text.",
        "../../up.txt": "Text.",
        "/abs.txt": "Text.",
        "w\\in.txt": "Text.",
        "inner.zip": zipped({}),
        "__MACOSX/._a.txt": "x",
        ".hidden.txt": "x",
        "p.png": "x",
        "bad.pdf": "x",
    }
    results = list(read_upload("n.zip", zipped(members)))
    ids = {result.id for result in results if isinstance(result, Article)}
    assert ids == {"n.zip/a.txt", "n.zip/up.txt", "n.zip/abs.txt", "n.zip/w/in.txt"}
    refused = {result.where: result.reason for result in results if isinstance(result, Refusal)}
    assert set(refused) == {"n.zip!inner.zip", "n.zip!bad.pdf"}
    assert "archive in an archive" in refused["n.zip!inner.zip"]


def test_links_in_an_archive_are_no_articles() -> None:
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(link, "/etc/hostname")
        archive.writestr("a.txt", "Text.")
    article, refused = read_upload("n.zip", packed.getvalue())
    assert isinstance(article, Article)
    assert refusal(refused) == Refusal("n.zip!link.txt", "is a link to another file; pack that file instead")


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_a_text_that_nobody_sees_is_none(name: str) -> None:
    assert "text" in refusal(*read_upload(name, UNSEEN.encode())).reason


def test_an_archive_without_articles() -> None:
    assert refusal(*read_upload("n.zip", zipped({"p.png": "x"}))).reason == "holds no article files"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt.gz", gzip.compress(b"a" * 20_000_000)),
        ("a.jsonl.gz", gzip.compress(b'{"text": "' + b"a" * 20_000_000)),
        ("a.zip", zipped({"a.txt": "a" * 20_000_000})),
        ("a.docx", zipped({"[Content_Types].xml": "a" * 20_000_000})),
    ],
)
def test_bombs_are_refused(name: str, data: bytes) -> None:
    assert "200 times its size" in refusal(*read_upload(name, data)).reason


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt.gz", gzip.compress(b"Some text. " * 100)[:30]),
        ("a.jsonl.gz", gzip.compress(b'{"text": "A."}')[:-9]),
        ("a.zip", zipped({"a.txt": "Some text. " * 100})[:60]),
        ("a.docx", zipped({"[Content_Types].xml": "x"})[:60]),
        ("a.pdf", b"%PDF-1.4\n1 0 obj"),
        ("a.txt", b""),
        ("a.txt", b" \n"),
        ("a.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        ("a.txt.gz", b"not gz"),
        ("a.docx", zipped({"x": "x"})),
        ("a.docx", b"\xd0\xcf\x11\xe0 an old office file"),
        ("a.epub", zipped({"x": "x"})),
        ("a.exe", b"MZ"),
        ("a", b"Text."),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)} bytes",  # zip and gzip hold the time
)
def test_damaged_files_are_refused_in_one_line(name: str, data: bytes) -> None:
    found = refusal(*read_upload(name, data))
    assert found.where == name
    assert found.reason
    assert "\n" not in found.reason


def test_a_file_too_large_for_one_article(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "MAX_DOCUMENT", 1024**2)
    assert "larger than 1 MB" in refusal(*read_upload("a.txt", b"word " * 300_000)).reason


def test_an_upload_name_is_never_a_path() -> None:
    (article,) = read_upload("..\\..\\a.txt", b"Text.")
    assert isinstance(article, Article)
    assert article.id == "a.txt"


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(EXTENSIONS), st.binary(max_size=300) | st.text().map(str.encode))
def test_no_bytes_raise(extension: str, data: bytes) -> None:
    for result in read_upload(f"a.{extension}", data):
        assert isinstance(result, Article | Refusal)
        if isinstance(result, Article):
            result.text.encode()


def test_parsers_stay_silent(capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("a.html", "a.pdf", "a.docx", "a.epub"):
        list(read_upload(name, b"<html><body>" + b"<div>" * 100))
        list(read_upload(name, zipped({"[Content_Types].xml": "x"})))
    assert capfd.readouterr() == ("", "")
