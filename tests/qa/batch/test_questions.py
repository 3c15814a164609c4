"""Question files as people and their spreadsheets write them."""

import csv
import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import QuestionError, UsageError
from qa.batch.questions import Row, open_questions
from qa.question import Turn


def rows(tmp_path: Path, name: str, data: str | bytes, encoding: str = "utf-8") -> list[Row]:
    return read(tmp_path, name, data, encoding)[0]


def read(tmp_path: Path, name: str, data: str | bytes, encoding: str = "utf-8") -> tuple[list[Row], dict[str, str]]:
    file = tmp_path / name
    file.write_bytes(data.encode(encoding) if isinstance(data, str) else data)
    questions = open_questions(file)
    return list(questions), dict(questions.columns)


def refused(tmp_path: Path, name: str, data: str | bytes) -> str:
    with pytest.raises(UsageError) as error:
        read(tmp_path, name, data)
    assert name in str(error.value)
    assert "\n" not in str(error.value)
    return str(error.value)


# csv

WHO = Row("1", "Who met “Putin” in Málaga?", {"desk": "world"})


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_csv_as_spreadsheets_write_it(tmp_path: Path, delimiter: str, end: str, encoding: str) -> None:
    lines = [("id", "question", "desk"), ("1", "Who met “Putin” in Málaga?", "world"), ("02", "Why?", "")]
    text = "".join(delimiter.join(line) + end for line in lines)
    found, columns = read(tmp_path, "q.csv", text, encoding)
    assert found == [WHO, Row("02", "Why?", {"desk": ""})]
    assert columns == {"id": "id", "question": "question", "desk": "desk"}


@pytest.mark.parametrize("mark", [";", ",", "\t", "#"])
def test_excels_line_that_names_the_delimiter(tmp_path: Path, mark: str) -> None:
    text = f"sep={mark}\r\nid{mark}question\r\n1{mark}Who?\r\n"
    assert rows(tmp_path, "q.csv", text) == [Row("1", "Who?")]


def test_quoted_cells_hold_anything(tmp_path: Path) -> None:
    text = 'question,note\r\n"Who,\r\nand ""why""?","a\nb"\r\nWhen?,\r\n'
    assert rows(tmp_path, "q.csv", text) == [
        Row(None, 'Who,\nand "why"?', {"note": "a\nb"}),
        Row(None, "When?", {"note": ""}),
    ]


def test_quoted_delimiters_in_the_header_do_not_mislead(tmp_path: Path) -> None:
    text = '"a; b; c; d",question\nx,Who?\n'
    assert rows(tmp_path, "q.csv", text) == [Row(None, "Who?", {"a; b; c; d": "x"})]


@pytest.mark.parametrize("text", ["question\nWho came, and why?\nWhen?\n", 'question\nWho came, and why?\n"When?"\n'])
def test_a_lone_column_needs_no_quotation_marks(tmp_path: Path, text: str) -> None:
    assert rows(tmp_path, "q.csv", text) == [Row(None, "Who came, and why?"), Row(None, "When?")]


def test_spaces_after_the_commas_are_not_part_of_the_cells(tmp_path: Path) -> None:
    assert rows(tmp_path, "q.csv", 'id, question\n1, "Who, and why?"\n') == [Row("1", "Who, and why?")]


def test_our_columns_are_known_however_they_are_written(tmp_path: Path) -> None:
    found, columns = read(tmp_path, "q.csv", "ID,Question,Desk\n007,Who?,x\n")
    assert found == [Row("007", "Who?", {"Desk": "x"})]
    assert columns == {"id": "ID", "question": "Question", "Desk": "Desk"}


def test_two_columns_of_one_name_are_both_kept(tmp_path: Path) -> None:
    found, columns = read(tmp_path, "q.csv", "question,note,note,,\nWho?,a,b,c,d\n")
    assert found == [Row(None, "Who?", {"note": "a", "note (2)": "b", "": "c", "(2)": "d"})]
    assert list(columns.values()) == ["question", "note", "note", "", ""]


@pytest.mark.parametrize("header", ["question,question", "id,ID,question", "question,asked_at,Asked_At"])
def test_two_columns_of_ours_are_refused(tmp_path: Path, header: str) -> None:
    assert "two columns named" in refused(tmp_path, "q.csv", header + "\na,b,c\n")


def test_blank_lines_are_no_rows_and_blank_cells_are(tmp_path: Path) -> None:
    found = rows(tmp_path, "q.csv", "\nid,question\n\n1,Who?\n\n,\n2,\n")
    assert [(row.id, row.question) for row in found] == [("1", "Who?"), (None, ""), ("2", "")]


def test_a_short_row_is_filled_and_a_long_one_is_a_problem(tmp_path: Path) -> None:
    found = rows(tmp_path, "q.csv", "question,desk\nWho?\nWho?,x,\nWho, and why?,x\n")
    assert found[0] == Row(None, "Who?", {"desk": ""})
    assert found[1] == Row(None, "Who?", {"desk": "x"})
    assert found[2].problem == "line 4: the row has 3 cells, the header 2: check its quotation marks"


def test_an_unclosed_quotation_mark_is_a_problem_not_a_question(tmp_path: Path) -> None:
    found = rows(tmp_path, "q.csv", 'id,question\n1,Who?\n2,"Why?\n3,When?\n')
    assert [row.problem is None for row in found] == [True, False, True]
    assert found[1] == Row("2", "Why?", {}, "line 3: a quotation mark is opened and never closed")
    assert found[2] == Row("3", "When?")


def test_a_header_alone_is_a_file_of_no_questions(tmp_path: Path) -> None:
    assert read(tmp_path, "q.csv", "id,question") == ([], {"id": "id", "question": "question"})


def test_a_nul_comes_through_to_where_questions_are_checked(tmp_path: Path) -> None:
    assert rows(tmp_path, "q.csv", "id,question\n1,Who\0?\n2,Why?\n")[0].question == "Who\0?"


CELLS = st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n\t"), max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=6), st.sampled_from(",;\t"))
def test_whatever_a_csv_writer_writes_is_read(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[str, str, str]], delimiter: str
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerows([("id", "question", "note"), *lines])
    found = rows(tmp_path_factory.mktemp("q"), "q.csv", out.getvalue())
    assert found == [Row(name or None, question, {"note": note}) for name, question, note in lines]


def test_a_stray_byte_spoils_no_other_character(tmp_path: Path) -> None:
    stray = "question\nWas Müller früh – or at the caf".encode() + b"\xe9?\n"
    assert rows(tmp_path, "q.csv", stray) == [Row(None, "Was Müller früh – or at the café?")]
    assert rows(tmp_path, "q.txt", stray.partition(b"\n")[2]) == [Row(None, "Was Müller früh – or at the café?")]


# the conversation and the day

SAID = [{"role": "user", "content": "Who, “exactly”?"}, {"role": "assistant", "content": "Ann,\nof course."}]
TURNS = (Turn("user", "Who, “exactly”?"), Turn("assistant", "Ann,\nof course."))


def test_a_rows_history_and_day_are_read_and_carried(tmp_path: Path) -> None:
    cells = io.StringIO(newline="")
    csv.writer(cells).writerows(
        [("question", "History", "ASKED_AT"), ("Why?", json.dumps(SAID), " 2023-10-05 "), ("When?", " ", "")]
    )
    line = json.dumps({"question": "Why?", "history": SAID, "asked_at": "2023-10-05T09:00:00Z"})
    (first, second), columns = read(tmp_path, "q.csv", cells.getvalue())
    (third,) = rows(tmp_path, "q.jsonl", line)
    for row in (first, third):
        assert row.history() == TURNS
        assert row.asked_at() == dt.date(2023, 10, 5)
    assert (second.history(), second.asked_at()) == ((), None)
    assert columns == {"question": "question", "history": "History", "asked_at": "ASKED_AT"}
    assert first.given == {"history": json.dumps(SAID), "asked_at": " 2023-10-05 "}
    assert third.given["history"] == SAID


@pytest.mark.parametrize("fields", [{}, {"history": None, "asked_at": None}, {"history": [], "asked_at": ""}])
def test_a_row_without_them_has_none(fields: dict[str, Any]) -> None:
    row = Row(None, "Who?", fields)
    assert (row.history(), row.asked_at()) == ((), None)


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ("what came before", "the history is not JSON: write a list of"),
        ("[" * 100_000, "the history is not JSON"),
        ('{"role": "user"}', "history must be a list"),
        ({"role": "user", "content": "Who?"}, "history must be a list"),
        (5, "history must be a list"),
        ([["user", "Who?"]], "turn 1 of the history needs"),
        ([*SAID, {"role": "system", "content": "x"}], "turn 3 of the history needs"),
        ([{"role": "user", "content": None}], "turn 1 of the history needs"),
        (SAID * 51, "the history has 102 turns: give the last 100"),
    ],
)
def test_a_history_that_is_none_is_told_in_one_line(history: Any, said: str) -> None:
    with pytest.raises(QuestionError, match=said) as error:
        Row(None, "Who?", {"history": history}).history()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("value", ["yesterday", "05/10/2023", "2023-02-30", 20231005, True, ["2023-10-05"], {}])
def test_a_day_that_is_none_is_told_in_one_line(value: Any) -> None:
    with pytest.raises(QuestionError, match=r"^asked_at: .* is not a date: write it as 2023-10-05$"):
        Row(None, "Who?", {"asked_at": value}).asked_at()


# jsonl


def test_jsonl_rows(tmp_path: Path) -> None:
    text = '\ufeff{"question": "Who\u2028?", "id": "a", "n": [1.5, null]}\r\n\r\n{"id": 7, "question": "Why?"}'
    assert rows(tmp_path, "q.jsonl", text) == [
        Row("a", "Who\u2028?", {"n": [1.5, None]}),
        Row("7", "Why?"),
    ]


@pytest.mark.parametrize(
    ("given_id", "read_id"),
    [(7, "7"), (1.5, "1.5"), (True, "true"), (None, None), ("", ""), ({"a": "ü"}, '{"a": "ü"}')],
)
def test_an_id_of_another_kind_is_its_json(tmp_path: Path, given_id: Any, read_id: str | None) -> None:
    assert rows(tmp_path, "q.jsonl", json.dumps({"id": given_id, "question": "Who?"}))[0].id == read_id


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("Who?", "not JSON: Expecting value at column 1"),
        ('{"question": "Who?"', "not JSON"),
        ('["Who?"]', "not a JSON object"),
        ('"Who?"', "not a JSON object"),
        ("null", "not a JSON object"),
        ("{}", "has no `question`"),
        ('{"Question": "Who?"}', "has no `question`"),
        ('{"question": "Who?", "n": ' + "9" * 5000 + "}", "too many digits"),
        ('{"question": "Who?", "n": ' + "[" * 100 + "]" * 100 + "}", "nested too deeply"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_bad_line_is_a_problem_of_its_own(tmp_path: Path, line: str, problem: str) -> None:
    found = rows(tmp_path, "q.jsonl", '{"question": "Who?"}\n\n' + line + '\n{"question": "Why?"}\n')
    assert [row.problem is None for row in found] == [True, False, True]
    assert problem in str(found[1].problem)
    assert str(found[1].problem).startswith("line 3: ")


def test_a_line_that_is_not_utf8_spoils_no_other(tmp_path: Path) -> None:
    lines = ['{"question": "Où?"}'.encode(), '{"question": "Où?"}'.encode("cp1252"), '{"question": "战?"}'.encode()]
    found = rows(tmp_path, "q.jsonl", b"\n".join(lines))
    assert [row.question for row in found] == ["Où?", None, "战?"]
    assert found[1].problem == "line 2: the row is not in UTF-8: save the file so"


def test_numbers_that_are_no_json_do_not_come_through(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, "q.jsonl", '{"question": "Who?", "a": NaN, "b": -Infinity, "c": 1e999, "d": 1e3}')
    assert row.given == {"a": None, "b": None, "c": "1e999", "d": 1000.0}


def test_jsonl_in_utf16(tmp_path: Path) -> None:
    assert rows(tmp_path, "q.jsonl", '{"question": "Où?"}\r\n', "utf-16") == [Row(None, "Où?")]


def test_one_json_array_is_refused_with_the_mend(tmp_path: Path) -> None:
    text = json.dumps([{"question": "Who?"}, {"question": "Why?"}], indent=1)
    assert "write one JSON object a line" in refused(tmp_path, "q.jsonl", text)


# txt, and what is no question file


def test_txt_is_one_question_a_line(tmp_path: Path) -> None:
    assert rows(tmp_path, "q.txt", "\ufeffWho, “exactly”?\r\n\r\n  Why?  \n{not JSON}") == [
        Row(None, "Who, “exactly”?"),
        Row(None, "Why?"),
        Row(None, "{not JSON}"),
    ]


def test_the_extension_may_be_in_capitals(tmp_path: Path) -> None:
    assert rows(tmp_path, "Q.TXT", "Who?") == [Row(None, "Who?")]


@pytest.mark.parametrize("name", ["q.csv", "q.jsonl", "q.txt"])
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "holds no question"),
        (b"\xef\xbb\xbf", "holds no question"),
        (b" \r\n\n\t", "holds no question"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is binary"),
        (bytes(range(256)) * 10, "is binary"),
    ],
)
def test_files_without_text_are_refused(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    assert said in refused(tmp_path, name, data)


def test_a_csv_without_questions_is_refused(tmp_path: Path) -> None:
    assert "has no `question` column: its first line is 'a, b'" in refused(tmp_path, "q.csv", "a,b\n1,2\n")


@pytest.mark.parametrize("name", ["q.xlsx", "q", "q.json", "csv"])
def test_other_formats_are_refused(tmp_path: Path, name: str) -> None:
    assert "give one that ends in .csv, .jsonl, .txt" in refused(tmp_path, name, b"question\nWho?\n")


def test_what_is_not_there_or_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    for name, said in (("none.csv", "no such file"), ("folder.csv", "cannot be read"), ("a/b.csv", "no such file")):
        with pytest.raises(UsageError, match=said):
            open_questions(tmp_path / name)
