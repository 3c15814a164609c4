"""Rows: the text exactly as given, and a bad row that stops no other."""

import csv
import gzip
import io
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import rows, table
from index.article import Article, Refusal, storable
from index.errors import ReadError
from index.read import article_from_row, read_upload

UNSEEN = "\u200b\ufeff \u2060\u200e\u00ad\u202e"


def shows(text: str) -> bool:
    return any(not character.isspace() and unicodedata.category(character) != "Cf" for character in text)


TEXT = st.text(min_size=1).filter(shows)
ANY_TEXT = st.text(st.characters(), min_size=1).filter(shows)  # lone surrogates too
JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5)


def read(name: str, data: bytes | str) -> list[Article | Refusal]:
    return list(read_upload(name, data.encode() if isinstance(data, str) else data))


def only(name: str, data: bytes | str) -> Article:
    (article,) = read(name, data)
    assert isinstance(article, Article), article
    return article


@given(ANY_TEXT)
def test_a_row_is_stored_exactly(text: str) -> None:
    assert article_from_row({"id": "a", "text": text}, "row 1").text == storable(text)
    assert only("a.jsonl", json.dumps({"text": text})).text == storable(text)


@given(TEXT, st.sampled_from([",", ";", "\t"]), st.sampled_from(["\n", "\r\n"]))
def test_a_cell_is_stored_exactly(text: str, delimiter: str, end: str) -> None:
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([["id", "text"], ["a", text]])
    assert only("a.csv", sheet.getvalue()).text == storable(text)


@given(st.dictionaries(st.sampled_from(["id", "text", "title", "published_at", "x", "author"]), JSON))
def test_any_row_is_an_article_or_a_read_error(row: dict[str, object]) -> None:
    try:
        article = article_from_row(row, "row 1", "row-1")
    except ReadError:
        return
    json.dumps(dict(article.metadata), allow_nan=False)


def test_fields() -> None:
    row = {
        "id": 7,
        "title": "T",
        "text": "Line.\r\nLine.\0",
        "source": "AA",
        "url": "https://a.example/x",
        "published_at": "5 Oct 2023",
        "author": ["Ann", "Bo"],
        "language": "en",
        "desk": {"name": "world"},
    }
    assert article_from_row(row, "row 1") == Article(
        "7",
        "Line.\r\nLine.\ufffd",
        "T",
        "Ann, Bo",
        "AA",
        "https://a.example/x",
        "2023-10-05",
        "en",
        {"desk": {"name": "world"}},
    )


def test_a_date_that_cannot_be_read_is_kept() -> None:
    article = article_from_row({"id": "a", "text": "x", "published_at": "03/04/2023"}, "row 1")
    assert article.published_at is None
    assert article.metadata == {"published_at": "03/04/2023"}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"id": "a"}, 'no field "text"'),
        ({"id": "a", "text": 5}, '"text" is a number'),
        ({"id": "a", "text": " "}, "no text"),
        ({"id": "a", "text": UNSEEN}, "no text"),
        ({"text": "x"}, 'no field "id"'),
        ({"id": True, "text": "x"}, '"id" is a boolean'),
        ({"id": "a", "text": "x", "title": {}}, '"title" is a object'),
        (["x"], "not an object"),
    ],
)
def test_bad_rows_name_the_field(row: dict[str, object], reason: str) -> None:
    with pytest.raises(ReadError, match=reason):
        article_from_row(row, "row 1")


def test_bad_lines_are_named_and_the_others_go_on() -> None:
    lines = ['{"id": "a", "text": "A."}', "", "{", '{"text": ""}', "5", "[" * 100_000, '{"text": "B.", "x": NaN}']
    results = read("r.jsonl", "\n".join(lines))
    assert [result.id for result in results if isinstance(result, Article)] == ["a", "r.jsonl:7"]
    refused = {result.where: result.reason for result in results if isinstance(result, Refusal)}
    assert list(refused) == ["r.jsonl:3", "r.jsonl:4", "r.jsonl:5", "r.jsonl:6"]
    assert "column" in refused["r.jsonl:3"]
    assert "nested" in refused["r.jsonl:6"]


def test_a_line_longer_than_memory_allows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MAX_ROW", 1000)
    lines = '{"text": "A."}\n{"text": "' + "b" * 10_000 + '"}\n{"text": "C."}\n'
    first, long, last = read("r.jsonl", lines)
    assert isinstance(long, Refusal)
    assert long.where == "r.jsonl:2"
    assert [getattr(first, "text", ""), getattr(last, "text", "")] == ["A.", "C."]


def test_a_row_of_more_values_than_memory_allows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MAX_MARKS", 1000)
    many, text = "[" + "{}," * 600 + "{}]", "one, two: " * 490
    lines = f'{{"text": "A.", "x": {many}}}\n{{"text": "{text}"}}\n'
    refused, article = read("r.jsonl", lines)
    assert isinstance(refused, Refusal)
    assert "1,000 commas, colons and brackets" in refused.reason
    assert isinstance(article, Article)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_jsonl_with_a_mark(encoding: str) -> None:
    assert only("r.jsonl", '{"text": "“café”"}\r\n'.encode(encoding)).text == "“café”"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no rows"),
        (b"[\n{}]", "JSON array"),
        (bytes(range(256)) * 9, "binary"),
        (b"<p>\n" * 60, "none of its first 50"),
        ('{"text": "caf\xe9"}'.encode("latin-1"), "not UTF-8"),
    ],
)
def test_files_that_are_no_jsonl(data: bytes, reason: str) -> None:
    (refusal,) = read("r.jsonl", data)
    assert isinstance(refusal, Refusal)
    assert reason in refusal.reason


def test_gzipped_rows() -> None:
    assert only("r.jsonl.gz", gzip.compress(b'{"text": "A."}')).id == "r.jsonl.gz:1"


@pytest.mark.parametrize(
    "data",
    [
        "\ufeffText;Title\r\n“café”, and so;T\r\n".encode(),
        "text;title\n“café”, and so;T\n".encode("cp1252"),
        "title\ttext\nT\t“café”, and so\n".encode("utf-16"),
        'title,text,other\rT,"“café”, and so",\r'.encode(),
    ],
)
def test_what_spreadsheets_write(data: bytes) -> None:
    article = only("a.csv", data)
    assert (article.text, article.title, article.metadata) == ("“café”, and so", "T", {})


def test_records_are_named_by_their_first_line() -> None:
    results = read("a.csv", 'text,x\n"a\nb",1\n\n,2\nc,3,4\nd,\n')
    assert [result.id if isinstance(result, Article) else result.where for result in results] == [
        "a.csv:2",
        "a.csv:5",
        "a.csv:6",
        "a.csv:7",
    ]
    assert [type(result) for result in results] == [Article, Refusal, Refusal, Article]


@pytest.mark.parametrize("first", ["sep=;\r\n", "\ufeffSEP=;\n"])
def test_the_first_line_with_which_excel_names_the_delimiter(first: str) -> None:
    bees, wasps = read("a.csv", f"{first}title;text\nBees;They came, at last.\nWasps;They went.\n")
    assert isinstance(bees, Article)
    assert isinstance(wasps, Article)
    assert (bees.title, bees.text, wasps.id) == ("Bees", "They came, at last.", "a.csv:4")
    assert only("a.csv", f"{first}text\nThey came, at last.\n").text == "They came, at last."
    assert only("a.csv", "sep=^\ntext^title\nThey came, at last.^Bees\n").title == "Bees"
    assert [type(found) for found in read("a.csv", 'sep="\ntext\nThey came.\n')] == [Refusal]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"a,b\n1,2\n", 'no column "text" in its first line, which reads: a, b'),
        (b"text,text\na,b\n", 'two columns named "text"'),
        (b"text,id\n", "no rows"),
        (b" ", "empty"),
        (bytes(range(256)) * 9, "binary"),
        (b'text,id\n"never closed,1\nx,2\n', "never closed"),
    ],
)
def test_files_that_are_no_csv(data: bytes, reason: str) -> None:
    (refusal,) = read("a.csv", data)
    assert isinstance(refusal, Refusal)
    assert reason in refusal.reason


def test_a_huge_cell_is_read_and_an_endless_one_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = "word " * 100_000
    assert only("a.csv", f'text\n"{cell}"\n').text == cell
    monkeypatch.setattr(table, "MAX_ROW", 1000)
    (refusal,) = read("a.csv", "text\n" + '"' + "x\n" * 5000)
    assert isinstance(refusal, Refusal)
    assert "unclosed" in refusal.reason


@pytest.mark.parametrize("long", ["b," * 2000, "b," + "word " * 3000, '"b, c ""d""",' + "word " * 3000])
def test_a_record_too_long_for_memory_spoils_no_other(long: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "MAX_ROW", 10_000)
    monkeypatch.setattr(rows, "MAX_ROW", 10_000)
    monkeypatch.setattr(table, "MAX_MARKS", 1000)
    first, refused, last = read("a.csv", f"text,x\na,1\n{long}\nc,2\n")
    assert [getattr(first, "text", ""), getattr(last, "text", "")] == ["a", "c"]
    assert isinstance(refused, Refusal)
    assert refused.where == "a.csv:3"
    assert "the record" in refused.reason


@pytest.mark.parametrize("long", ['"' + "word " * 3000, '"a\nb",' * 200 + "," * 900])
def test_where_a_record_that_is_too_long_ends_is_not_guessed(long: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "MAX_ROW", 10_000)
    monkeypatch.setattr(rows, "MAX_ROW", 10_000)
    monkeypatch.setattr(table, "MAX_MARKS", 1000)
    first, refused = read("a.csv", f"text,x\na,1\n{long}\nc,2\n")
    assert getattr(first, "text", "") == "a"
    assert isinstance(refused, Refusal)
    assert "The rest of the file was not read" in refused.reason


@pytest.mark.parametrize(
    "field",
    [
        '"text": "①②③④⑤⑥⑦⑧\\nThe mayor resigned."',
        '"text": "B.", "published_at": 1' + "0" * 320,
        '"text": "B.", "date": -1' + "0" * 320,
        '"text": "B.", "pubDate": 1' + "0" * 320,
        '"text": "B.", "published_at": "²0231005"',
    ],
)
def test_numbers_that_are_no_dates_spoil_no_row(field: str) -> None:
    lines = '{"id": "a", "text": "A."}\n{"id": "b", ' + field + '}\n{"id": "c", "text": "C."}\n'
    articles = read("r.jsonl", lines)
    assert [getattr(article, "id", article) for article in articles] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("name", "data"),
    [("r.jsonl", '{"text": "A."}\n{"text": "B."}\n{"text": "C."}\n'), ("r.csv", "text\nA.\nB.\nC.\n")],
)
@pytest.mark.parametrize("error", [ValueError("no number"), OverflowError("too large")])
def test_a_row_that_no_reader_foresaw_spoils_no_other(
    name: str, data: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(article: Article) -> Article:
        if article.text == "B.":
            raise error
        return article

    monkeypatch.setattr(rows, "complete", failing)
    first, refused, last = read(name, data)
    assert [getattr(first, "text", ""), getattr(last, "text", "")] == ["A.", "C."]
    assert isinstance(refused, Refusal)
    assert refused.where == ("r.jsonl:2" if name == "r.jsonl" else "r.csv:3")
    assert str(error) in refused.reason


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_needs_no_mark(encoding: str) -> None:
    article = only("r.jsonl", '{"id": "a", "text": "The café is open."}\n'.encode(encoding))
    assert (article.id, article.text) == ("a", "The café is open.")
    article = only("a.csv", "id,text\r\na,The café is open.\r\n".encode(encoding))
    assert (article.id, article.text) == ("a", "The café is open.")


def test_a_stray_byte_spoils_no_other_cell() -> None:
    articles = read("a.csv", "id,text\n1,Der Müller war zwölf.\n2,Sp\x00ter – früh.\n".encode().replace(b"\0", b"\xe4"))
    assert [getattr(article, "text", article) for article in articles] == ["Der Müller war zwölf.", "Später – früh."]
