"""Any file, whatever its name says, gives sound articles or one line that says why not."""

import gzip
import io
import json
import traceback
import zipfile
from pathlib import Path

import index
from index.archive import open_zip, zip_members
from index.article import Article, Refusal
from index.document import read_document
from index.errors import ReadError
from index.frames import article_fields, article_of, pack, unpack
from index.read import read_upload
from index.reason import reason_of
from index.split import split_sentences
from tests.fuzz.shaping import check_line, check_spans, repeated
from tests.index.bombs import form, one_page, stream
from tests.index.test_read_files import zipped
from tests.index.test_read_office import book

DOCUMENTS = (".txt", ".md", ".html", ".docx", ".epub", ".pdf")
ROWS = (".jsonl", ".csv", ".jsonl.gz", ".csv.gz")
KINDS = (*DOCUMENTS, *ROWS, ".zip")
_OURS = str(Path(index.__file__).parent)


def seed(kind: str, data: bytes) -> bytes:
    return bytes([KINDS.index(kind), 0]) + data


_ROWS = (
    b'{"id": "1", "title": "Bees", "text": "Bees came back.", "published_at": "2023-02-22", "x": [1, {"y": null}]}\n'
)
_PAGE = (
    "<html lang=en><head><title>Bees | Post</title><style>.a,#b{display:none}@media print{.c{display:none}}</style>"
    "<meta property='article:published_time' content='2023-10-05T08:00:00Z'></head><body><article><h1>Bees</h1>"
    "<p>Bees came back, the keeper said on Monday.</p><p class=a>Not seen</p><p hidden>Nor this</p></article></html>"
)
_WORD = (
    b"<w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'><w:body><w:p><w:r><w:rPr>"
    b"<w:vanish/></w:rPr><w:t>Hidden</w:t></w:r><w:r><w:t>Bees came back.</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p/>"
    b"</w:tc></w:tr></w:tbl></w:body></w:document>"
)
SEEDS = [
    seed(".txt", "Bees return\n\nVALLEY, Feb. 22 (Reuters) - Bees came back.\n".encode("utf-16")),
    seed(".txt", "Published: 5 October 2023\n\nLe café était fermé.\r\n".encode("cp1252")),
    seed(".md", b"---\ntitle: Bees\ndate: 2023-02-22\ntags: [a, {b: &c 1, d: *c}]\n---\n# Bees\n\nBees *came* back.\n"),
    seed(".html", _PAGE.encode()),
    seed(".docx", _WORD),
    seed(".docx", zipped({"[Content_Types].xml": "<x/>", "word/document.xml": _WORD})),
    seed(
        ".epub", b"<html><body><h1>One</h1><p>Bees&nbsp;came<br/>back.</p><table><tr><td>1<td>2</table></body></html>"
    ),
    seed(".epub", zipped({"META-INF/container.xml": "<x><rootfile full-path='a.opf'/></x>", "a.opf": "<x/>"})),
    seed(".pdf", b"BT /F1 12 Tf 72 720 Td (Bees came back to the val-) Tj 0 -14 Td (ley, and to the) Tj ET"),
    seed(".pdf", b"%PDF-1.4\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"),
    seed(".jsonl", _ROWS * 2),
    seed(".csv", b'id;title;text\n1;"Bees, wasps";"They ""came"" back.\nAll."\n2;;Two.\n'),
    seed(".csv", b'id;titles;"They ""came"" back.\nAll."\n1;2;3\n'),  # a header of two lines, which the reason quotes
    seed(".jsonl.gz", gzip.compress(_ROWS, mtime=0)),
    seed(".zip", zipped({"a.txt": "Bees came back.", "b/../c.jsonl": '{"text": "Row."}'})),
]


def check(data: bytes) -> None:
    kind = KINDS[data[0] % len(KINDS)] if data else ".txt"
    given = repeated(data[1:])
    if kind in DOCUMENTS:
        results = [_read(_wrapped(given, kind), kind)]
    elif kind == ".zip":
        results = _read_zip(given)
    else:
        results = list(read_upload(f"a{kind}", given))
    for result in results:
        _check(result)


def _wrapped(data: bytes, kind: str) -> bytes:
    """The inner part of a file made into the whole: no chance alone puts a checksum right."""
    text = data.decode("utf-8", "replace")
    if kind == ".pdf" and not data.startswith(b"%PDF"):
        return one_page(stream(data), [form(data, 6)])
    if kind == ".docx" and not data.startswith(b"PK"):
        return zipped({"[Content_Types].xml": "<x/>", "word/document.xml": text})
    if kind == ".epub" and not data.startswith(b"PK"):
        return book(**{"OEBPS/ch1.xhtml": text})
    return data


def _read(data: bytes, kind: str) -> Article | Refusal:
    try:
        return read_document(data, "2023-02-22-a-name.txt", kind)
    except Exception as error:
        _not_our_fault(error)
        return Refusal("a", reason_of(error))


def _not_our_fault(error: Exception) -> None:
    """A library may raise what it likes on damaged input; our own code says what is wrong."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    expected = (ReadError, RecursionError, MemoryError, zipfile.BadZipFile, EOFError)
    if frame.filename.startswith(_OURS) and not isinstance(error, expected) and ".read(" not in (frame.line or ""):
        raise error


def _read_zip(data: bytes) -> list[Article | Refusal]:
    results: list[Article | Refusal] = []
    try:
        with open_zip(io.BytesIO(data)) as archive:
            for member in zip_members(archive):
                if isinstance(member, Refusal):
                    results.append(member)
                    continue
                assert ".." not in member.id.split("/")
                assert not member.id.startswith("/")
                with member.stream:
                    member.stream.read(100_000)
    except Exception as error:
        results.append(Refusal("a.zip", reason_of(error)))
    return results


def _check(result: Article | Refusal) -> None:
    if isinstance(result, Refusal):
        check_line(result.reason)
        return
    json.dumps(dict(result.metadata), allow_nan=False).encode()
    assert article_of(unpack(pack(article_fields(result))), result.id) == result
    check_spans(result.text, split_sentences(result.text))
