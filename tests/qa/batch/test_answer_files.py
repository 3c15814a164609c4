"""Cells that a spreadsheet would run are guarded, and can be had back."""

import csv
import io
import json
import tracemalloc
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qa.batch.answer_files import csv_writer, guarded, restored
from qa.batch.questions import open_questions
from qa.batch.run import run_batch
from tests.conftest import BEES
from tests.qa.making import toy_engine

RUN = [
    "=1+1", '=HYPERLINK("http://x.example","y")', "=cmd|' /C calc'!A0", "+1+1", "-1-1", "@SUM(A1)", "\t=1", "\tx",
    "\r=1", "\n=1", "\nx", " =1", "\u00a0=1", "\u3000=1", "\ufeff=1", "\u200b=1", "\0=1", '"=1', '" "=1', "＝1", "＋1",
    "－1＋1", "＠SUM", "﹦1", "-", "+", "=", "-x", "-5 degrees", "+49 30 1234", "-1e", "--1", "-1,", "-.5.", "-１",
]  # fmt: skip
LEFT = [
    "",
    "x",
    "1",
    "-5",
    "+5",
    "-5.5",
    "-.5",
    "-1,234.50",
    "+12%",
    "-1e-05",
    "a=1",
    "’tis",
    "'tis",
    "1-2",
    "“-5”",
    "—x",
]
ODD = st.text(st.sampled_from("=+-@'\"\t\r\n ＝－1a%.,e\ufeff\0"), max_size=6)


@pytest.mark.parametrize("cell", [cell for cell in RUN if cell != "-"])
def test_what_would_be_run_is_guarded(cell: str) -> None:
    assert guarded(cell) == "'" + cell
    assert restored("'" + cell) == cell


@pytest.mark.parametrize("cell", [*LEFT, "-"])
def test_what_would_not_be_run_is_left(cell: str) -> None:
    assert guarded(cell) == cell
    assert restored(cell) == cell


@given(st.text() | ODD)
@example("'=1")
@example("''=1")
@example("'-5")
def test_a_guarded_cell_can_be_had_back(cell: str) -> None:
    assert restored(guarded(cell)) == cell
    assert guarded(cell) in (cell, "'" + cell)


@given(st.text(max_size=8) | ODD)
def test_what_is_written_begins_with_nothing_that_is_run(cell: str) -> None:
    written = guarded(cell)
    bare = written.lstrip(' "\0\t\r\n\u00a0\u3000\ufeff\u200b')
    assert written == bare or not written.startswith(("\t", "\r", "\n"))
    if bare.startswith(tuple("=+-@＝＋－＠")):
        float(bare.rstrip("%").replace(",", "").replace("-", "0") or 0)  # a number, or a dash alone


def test_every_cell_and_heading_of_a_csv_is_guarded() -> None:
    out = io.StringIO(newline="")
    hostile = "=cmd|x"
    write = csv_writer(out, {"id": "ID", "question": "Question", hostile: hostile, "n": "+n"})
    cited: dict[str, Any] = {
        "cited_text": hostile, "source": hostile, "document_id": hostile, "start_char_index": 0, "end_char_index": 6,
    }  # fmt: skip
    write(
        {
            "id": hostile, "question": hostile, "input": {hostile: hostile, "n": -5}, "status": "answered",
            "confidence": 1e-07, "answer": hostile, "reason": hostile, "citations": [cited] * 3,
        }
    )  # fmt: skip
    header, row = list(csv.reader(io.StringIO(out.getvalue(), newline="")))
    assert header[:4] == ["ID", "Question", "'=cmd|x", "'+n"]
    assert not [cell for cell in (*header, *row) if cell.startswith("=")]
    assert row.count("'=cmd|x") == 3 + 2 + 3 * 3
    assert row[3] == "-5"
    assert "1e-07" in row


def test_answers_asked_again_are_written_the_same(tmp_path: Path) -> None:
    engine = toy_engine(tmp_path / "library", [BEES])
    out = io.StringIO(newline="")
    cells = ["=1", "'=1", "''=1", "-5", "+", "x", ' "=1']
    rows = [[str(n), "How many bees?", cell] for n, cell in enumerate(cells)]
    csv.writer(out).writerows([["id", "question", "=note"], *rows])
    (tmp_path / "q.csv").write_text(out.getvalue(), "utf-8", newline="")
    run_batch(engine, tmp_path / "q.csv", tmp_path / "a.csv", 3)
    run_batch(engine, tmp_path / "a.csv", tmp_path / "b.csv", 3)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    run_batch(engine, tmp_path / "a.csv", tmp_path / "c.jsonl", 3)
    found = [json.loads(line)["input"]["=note"] for line in (tmp_path / "c.jsonl").read_text("utf-8").splitlines()]
    assert found == cells


@pytest.mark.slow
@pytest.mark.parametrize("form", ["csv", "jsonl", "txt"])
def test_ten_thousand_questions_in_bounded_memory(tmp_path: Path, form: str) -> None:
    """20 MB of rows; what is held at once is a few of them, and 0.3 KB of the journal's a row at most."""
    beside, questions = "x" * 2000, tmp_path / f"q.{form}"
    with questions.open("w", encoding="utf-8") as out:
        out.write("question,beside\n" if form == "csv" else "")
        for number in range(10_000):
            question = f"How many bees {number % 20}?"
            match form:
                case "csv":
                    out.write(f"{question},{beside}\n")
                case "jsonl":
                    out.write(json.dumps({"question": question, "beside": beside}) + "\n")
                case _:
                    out.write(f"{question}{' ' * 2000}\n")
    with ProcessPoolExecutor(1, get_context("spawn")) as alone:  # threads of other tests would be counted here
        assert alone.submit(_most_held, tmp_path, questions).result() < 4_000_000
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as lines:
        assert sum(1 for _ in csv.DictReader(lines)) == 10_000


def _most_held(folder: Path, questions: Path) -> int:
    """The most bytes that a run over the questions, read once before, holds at once."""
    engine = toy_engine(folder / "library", [BEES])
    run_batch(engine, questions, folder / "warm.jsonl", 1, at_once=2)
    tracemalloc.start()
    assert sum(1 for _ in open_questions(questions)) == 10_000
    run_batch(engine, questions, folder / "a.csv", 1, at_once=2)
    return tracemalloc.get_traced_memory()[1]
