"""Input that was damaged, or made to do harm: each file gives articles or a reason, soon, in bounded memory."""

import gzip
import io
import json
import os
import random
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from index import update
from index.article import Article, Refusal
from index.library import Library
from index.read import read_files, read_upload
from index.split import split_sentences
from tests.index.bombs import looping_pdf, nested_pdf, recursive_pdf
from tests.index.test_read_files import refusal, zipped
from tests.index.test_read_office import book, word
from tests.index.test_read_page import ARTICLE
from tests.index.test_read_pdf import pdf
from tests.toy import ToyEncoder

EVAL_DIR = os.environ.get("PULLQUOTE_EVAL_DIR")
HOSTILE = Path(EVAL_DIR or "").parent / "hostile"
real_files = pytest.mark.skipif(EVAL_DIR is None or not HOSTILE.is_dir(), reason="there are no awkward files to read")


def read(name: str, data: bytes) -> list[Article | Refusal]:
    """What the file gives; whatever that is, it is sound."""
    results = list(read_upload(name, data))
    assert results, name
    for result in results:
        assert_sound(result)
    return results


def assert_sound(result: Article | Refusal) -> None:
    if isinstance(result, Refusal):
        assert result.reason.strip()
        assert "\n" not in result.reason
        assert "Traceback" not in result.reason
        return
    result.text.encode()
    assert "\0" not in result.text
    spans = split_sentences(result.text)
    assert spans
    assert all(before.end <= after.start for before, after in pairwise(spans))
    covered = "".join(result.text[span.start : span.end] for span in spans)
    assert "".join(covered.split()) == "".join(result.text.split())


# --- real awkward files


@real_files
def test_every_pdf_gives_an_article_or_a_reason() -> None:
    results = list(read_files([HOSTILE / "pdf"]))
    for result in results:
        assert_sound(result)
    reasons = {Path(result.where).name: result.reason for result in results if isinstance(result, Refusal)}
    assert "password" in reasons.pop("libreoffice-writer-password.pdf")
    assert "damaged" in reasons.pop("unreadablemetadata.pdf")
    assert all("OCR" in reason for reason in reasons.values()), reasons
    assert sum(isinstance(result, Article) for result in results) >= 23


@real_files
@pytest.mark.parametrize("extension", ["txt", "html", "md", "jsonl", "csv"])
def test_naughty_strings(extension: str) -> None:
    strings = json.loads((HOSTILE / "blns.json").read_text("utf-8"))
    if extension == "jsonl":
        rows = "\n".join(json.dumps({"id": f"{n}", "text": text}) for n, text in enumerate(strings))
        articles = [result for result in read("a.jsonl", rows.encode()) if isinstance(result, Article)]
        unseen = ("\u200b", "\u180e", "\ufeff")  # each a string of its own
        assert [article.text for article in articles] == [
            text for text in strings if text.strip() and text not in unseen
        ]
    elif extension == "csv":
        rows = "id,text\n" + "".join(f'{n},"{text.replace(chr(34), chr(34) * 2)}"\n' for n, text in enumerate(strings))
        read("a.csv", rows.encode())
    else:
        for text in strings:
            if text:
                read(f"a.{extension}", text.encode())


def damaged(data: bytes, chance: random.Random) -> bytes:
    """`data` after one accident: bytes flipped, a piece lost, doubled, moved or made NULs, or cut short."""
    start = chance.randrange(len(data))
    end = min(len(data), start + chance.choice((1, 4, 100, 5000)))
    piece = data[start:end]
    accidents = (
        data[:start] + bytes(byte ^ 1 << chance.randrange(8) for byte in piece) + data[end:],
        data[:start] + data[end:],
        data[:end] + piece * chance.choice((1, 50)) + data[end:],
        data[:start] + bytes(len(piece)) + data[end:],
        data[:start],
        piece + data[:start] + data[end:],
    )
    return chance.choice(accidents)


def whole_files() -> Iterator[tuple[str, bytes]]:
    yield "made.pdf", pdf([["Bees return", "", "Bees have come back to the valley."]] * 3)
    yield "made.docx", word("Bees return")
    yield "made.epub", book()
    yield "made.html", ARTICLE.encode()
    yield "made.md", b"---\ntitle: Bees\ntags: [a, {b: c}]\n---\n# Bees\n\nBees came *back*.\n"
    yield "made.csv", 'id,title,text\n1,"Bees, wasps","They ""came"" back.\nAll."\n2,,Two.\n'.encode("utf-16")
    yield "made.jsonl", '{"id": "1", "text": "Bees came back.", "x": [1, {"y": null}]}\n{"text": "Café."}\n'.encode()
    yield "made.txt.gz", gzip.compress("Bees came back.\n\nÀ la fin.".encode("cp1252"))
    yield "made.zip", zipped({"a.txt": "Text.", "b.html": ARTICLE, "c.pdf": pdf([["Text."]])})
    if EVAL_DIR is not None and HOSTILE.is_dir():
        for name in ("habibi.pdf", "multicolumn.pdf", "pdflatex-forms.pdf", "with-attachment.pdf", "annotated_pdf.pdf"):
            yield name, (HOSTILE / "pdf" / name).read_bytes()
        for page in sorted((HOSTILE / "pages").glob("*.html.gz"))[:4]:
            yield page.name.removesuffix(".gz"), gzip.decompress(page.read_bytes())


def test_damaged_files_give_articles_or_reasons() -> None:
    chance = random.Random(5)  # noqa: S311 - it plays an accident, and the same one each time
    for name, data in whole_files():
        for _ in range(12):
            read(name, damaged(data, chance))


# --- made to do harm


@pytest.mark.parametrize(
    ("data", "reason"),
    [(recursive_pdf(), None), (looping_pdf(), "pages"), (nested_pdf(), "damaged")],
    ids=["recursive", "looping", "nested"],
)
def test_pdfs_that_turn_in_circles(data: bytes, reason: str | None) -> None:
    (result,) = read("a.pdf", data)
    if reason is None:
        assert isinstance(result, Article)
        assert result.text == "Bees came back."
    else:
        assert reason in refusal(result).reason


def overlapping_zip() -> bytes:
    """Many names for one packed megabyte of spaces."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0.txt", b"word " * 200_000)
        entry = archive.infolist()[0]
        for number in range(1, 2000):
            again = zipfile.ZipInfo(f"{number}.txt")
            again.compress_type, again.file_size, again.compress_size = 8, entry.file_size, entry.compress_size
            again.CRC, again.header_offset = entry.CRC, entry.header_offset
            archive.filelist.append(again)
    return packed.getvalue()


def zip_of_many_entries() -> bytes:
    """An archive whose list of entries says that it takes two gigabytes."""
    data = bytearray(zipped({"a.txt": "Text."}))
    struct.pack_into("<L", data, len(data) - 22 + 12, 2 * 1024**3)
    return bytes(data)


def locked_zip() -> bytes:
    data = bytearray(zipped({"a.txt": "Text."}))
    for mark, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(mark) + place] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (overlapping_zip(), "200 times its size"),
        (zip_of_many_entries(), "entries"),
        (locked_zip(), "password"),
        (zipped({"a.zip": zipped({"b.zip": zipped({"c.txt": "Text."})})}), "archive in an archive"),
        (zipped({"a.txt": b"\0" * 20_000_000}), "200 times its size"),
    ],
    ids=["overlapping", "entries", "locked", "nested", "bomb"],
)
def test_archives_that_are_refused(data: bytes, reason: str) -> None:
    assert reason in refusal(*read("a.zip", data)).reason


def test_an_archive_writes_nothing_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = ["../up.txt", "/etc/abs.txt", "..\\..\\win.txt", "C:\\x\\drive.txt", "a/../../b.txt", "./c.txt", "a//d.txt"]
    results = read("n.zip", zipped(dict.fromkeys(names, "Text.")))
    ids = {result.id for result in results if isinstance(result, Article)}
    assert ids == {
        f"n.zip/{name}"
        for name in ("up.txt", "etc/abs.txt", "win.txt", "C:/x/drive.txt", "a/b.txt", "c.txt", "a/d.txt")
    }
    assert list(tmp_path.iterdir()) == []


BILLION = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
ENTITIES = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "bomb">{BILLION}]>'


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.html", ENTITIES.encode() + b"<html><body><p>Bees came back. &a9;</p></body></html>"),
        ("a.epub", book(**{"OEBPS/ch1.xhtml": ENTITIES + "<html><body><p>Bees. &a9;</p></body></html>"})),
        ("a.epub", book(**{"META-INF/container.xml": ENTITIES + "<container>&a9;</container>"})),
        ("a.docx", zipped({"[Content_Types].xml": ENTITIES + "<Types>&a9;</Types>"})),
        ("a.md", ("---\n" + "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))
                  .replace("*a0", "x") + "---\nText.").encode()),
    ],
    ids=["html", "chapter", "container", "word", "yaml"],
)  # fmt: skip
def test_a_billion_laughs(name: str, data: bytes) -> None:
    started = time.process_time()
    for result in read(name, data):
        assert isinstance(result, Refusal) or len(result.text) < 10_000
    assert time.process_time() - started < 10


@pytest.mark.parametrize("deep", ["[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000])
def test_json_of_great_depth(deep: str) -> None:
    rows = f'{{"id": "a", "text": "Text.", "x": {deep}}}\n{{"id": "b", "text": "Text."}}\n'
    bad, good = read("a.jsonl", rows.encode())
    assert "nested" in refusal(bad).reason
    assert isinstance(good, Article)


@pytest.mark.parametrize(
    "row",
    ['1,"a"b"c', '"1,a', '1,"a\n"b,c"\n', "1,a,b,c", '1,"a\x00"', "1,a\udc80", '"""', '1,"a""'],
)
def test_broken_quoting_spoils_no_other_row(row: str) -> None:
    data = f"id,text\n0,First.\n{row}\n2,Last.\n".encode("utf-8", "surrogateescape")
    first, *others = read("a.csv", data)
    assert isinstance(first, Article)
    assert first.text == "First."
    assert others


STRANGE = (
    "\u202eright to left\u202c, \u2066isolated\u2069 and \ufeffmarked\u200b.\u200d Zalgo h\u0300\u0301\u0302\u0303e. "
    "\U000e0041\U0001f3f4 \u061c \ufff9a\ufffab\ufffb \u2028 New line. \x1b[31m red \x07."
)


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.jsonl"])
def test_strange_characters_stay_where_they_are(name: str) -> None:
    text = f"Bees came back. {STRANGE} They did. NUL \0 here."
    data = json.dumps({"id": "a", "text": text}) if name == "a.jsonl" else text
    (article,) = read(name, data.encode())
    assert isinstance(article, Article)
    assert article.text.strip() == text.replace("\0", "\ufffd")


def test_mixed_encodings_of_one_file() -> None:
    mixed = "Café one.\n".encode() + "Café two.\n".encode("cp1252") + "Café three.\n".encode("utf-16-le")
    for name in ("a.txt", "a.html", "a.csv", "a.jsonl", "a.md"):
        read(name, mixed)
        read(name, b"text\n" + mixed)


@pytest.mark.slow
@pytest.mark.parametrize(
    "word", ["word ", "w", "w.", "(", "“", "Mr. ", "!?", "1. ", "a) ", "\u0301", "。", ". . ", "\n.", "• "]
)
def test_a_sentence_of_a_million_characters(word: str) -> None:
    text = word * (1_000_000 // len(word))
    started = time.process_time()
    assert_sound(Article("a", "x" + text))
    assert time.process_time() - started < 20
    read("a.txt", ("Bees came back. " + text).encode())


# --- larger than memory

LARGE = """
import io, resource, sys
from index.article import Refusal
from index.read import read_upload

class Endless(io.RawIOBase):
    def __init__(self, head, body, size):
        self.head, self.body, self.size, self.at = head, body * (65536 // len(body)), size, 0
    def readable(self): return True
    def seekable(self): return True
    def tell(self): return self.at
    def seek(self, to, whence=0):
        self.at = to + (0, self.at, self.size)[whence]
        return self.at
    def readinto(self, buffer):
        if self.at < len(self.head):
            piece = self.head[self.at:]
        else:
            piece = self.body[(self.at - len(self.head)) % len(self.body):]
        piece = piece[:min(len(buffer), self.size - self.at)]
        buffer[:len(piece)] = piece
        self.at += len(piece)
        return len(piece)

name, head, body, memory = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
stream = io.BufferedReader(Endless(head.encode(), body.encode(), 1024**3))
for result in read_upload(name, stream):
    print(result.reason if isinstance(result, Refusal) else "article")
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system does not hold a process to its memory")
@pytest.mark.parametrize(
    ("name", "head", "body", "reason"),
    [
        ("a.txt", "", "word and word ", "larger than"),
        ("a.html", "<p>", "word and word ", "larger than"),
        ("a.pdf", "%PDF-1.7\n", "word and word ", "larger than"),
        ("a.jsonl", '{"text": "', "word and word ", "longer than"),
        ("a.jsonl", "", " ", "longer than"),
        ("a.csv", 'id,text\n1,"', "word and word ", "longer than"),
        ("a.csv", 'id,text\n1,"', "\n", "longer than"),
        ("a.csv", "text", ",", "first line"),
        ("a.csv", "text\na\n", ",", "longer than"),
        ("a.csv", 'text,"', "\n", "first line"),
        ("a.zip", "PK\3\4", "word and word ", "zip file"),
    ],
)
def test_a_line_of_a_gigabyte_in_bounded_memory(name: str, head: str, body: str, reason: str) -> None:
    memory = 1024**3  # of addresses, the libraries' too, for the process and for each that it starts
    run = subprocess.run(
        [sys.executable, "-c", LARGE, name, head, body, str(memory)],
        capture_output=True, text=True, encoding="utf-8", timeout=590, check=False,
    )  # fmt: skip
    assert run.stderr == ""
    assert reason in run.stdout


def test_the_others_are_indexed(tmp_path: Path) -> None:
    """A folder of everything: whatever is wrong with one file, its neighbours are read."""
    bad = {
        "a.pdf": looping_pdf(),
        "b.zip": overlapping_zip(),
        "c.jsonl": b"[" * 100_000,
        "d.csv": b'"',
        "e.html": b"\0",
    }
    for number, (name, data) in enumerate(bad.items()):
        (tmp_path / f"{number}{name}").write_bytes(data)
        (tmp_path / f"{number}z.txt").write_text(f"Bees came back {number} times.", "utf-8")
    results = list(read_files([tmp_path]))
    assert [result.id for result in results if isinstance(result, Article)] == [f"{n}z.txt" for n in range(len(bad))]
    assert sum(isinstance(result, Refusal) for result in results) == len(bad)


def test_an_article_too_long_to_be_embedded_in_one_piece(
    library: Library, toy_encoder: ToyEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update, "MAX_TEXT", 1000)
    monkeypatch.setattr(update, "MAX_SENTENCES", 10)
    long, many, fits = (
        Article("l", "Bees came back. " * 100),
        Article("m", "Bees.\n\n" * 11),
        Article("f", "Bees.\n\n" * 10),
    )
    summary = update.index_articles(library, toy_encoder, [long, many, fits])
    assert summary.added == 1
    assert [refused.where for refused in summary.refused] == ["l", "m"]
    assert "1,000 characters" in summary.refused[0].reason
    assert "10 sentences" in summary.refused[1].reason
