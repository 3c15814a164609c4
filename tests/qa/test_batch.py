"""A question file in, an answers file out: order, columns, bad rows, and runs that were killed."""

import csv
import datetime as dt
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import PullquoteError, QuestionError, UsageError
from index.library import Library
from index.update import index_articles
from qa.batch import BatchSummary, run_batch
from qa.confidence import Calibration
from qa.engine import Engine
from qa.question import MAX_CHARACTERS, turns
from tests.conftest import BEES, SHIP
from tests.toy import ToyEncoder, ToyRanker

BEES_Q, SHIP_Q = "How many bees did the keeper count?", "Which vessel blocked the canal?"
ADDED = ["pq_status", "pq_confidence", "pq_answer", "pq_reason"] + [
    f"pq_citation_{n}_{part}" for n in (1, 2, 3) for part in ("text", "source", "document_id", "start", "end")
]


class Killed(BaseException):
    """What a kill is to a test."""


def engine_over(folder: Path) -> Engine:
    encoder = ToyEncoder()
    library = Library.create(folder, encoder)
    index_articles(library, encoder, [BEES, SHIP])
    return Engine(library, encoder, ToyRanker(), Calibration(score=1.0, intercept=-2.0, threshold=0.5))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """An engine over a library that no test of this module changes."""
    return engine_over(tmp_path_factory.mktemp("batch") / "library")


Run = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def run(engine: Engine, tmp_path: Path) -> Run:
    """Writes a question file, answers it, and reads the answers."""

    def answers(name: str, data: str | bytes, output: str, top_k: int = 10, **given: Any) -> list[dict[str, Any]]:
        (tmp_path / name).write_bytes(data.encode() if isinstance(data, str) else data)
        run_batch(engine, tmp_path / name, tmp_path / output, top_k, **given)
        return read(tmp_path / output)

    return answers


def read(file: Path) -> list[dict[str, Any]]:
    if file.suffix == ".csv":
        with file.open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines, strict=True))
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def header(file: Path) -> list[str]:
    with file.open(encoding="utf-8", newline="") as lines:
        return next(csv.reader(lines))


def test_jsonl_rows_are_the_answers_that_every_door_gives(engine: Engine, run: Run) -> None:
    text = "".join(
        json.dumps({"id": q[0], "question": q, "desk": [1]}) + "\n" for q in (BEES_Q, SHIP_Q, "Zzz?", "Hello")
    )
    for row in run("q.jsonl", text, "a.jsonl"):
        assert row == engine.ask(row["question"]).to_json(row["question"][0], {"desk": [1]})


def test_csv_keeps_its_columns_in_order_and_adds_ours(run: Run, engine: Engine, tmp_path: Path) -> None:
    text = f'sep=;\r\nDesk;ID;Question;note\r\nworld;007;{BEES_Q};"a;\nb"\r\nhome;1e5;Zzz?;\r\n'.encode("utf-8-sig")
    first, second = run("q.csv", text, "a.csv")
    assert header(tmp_path / "a.csv") == ["Desk", "ID", "Question", "note", *ADDED]
    assert (first["Desk"], first["ID"], first["Question"], first["note"]) == ("world", "007", BEES_Q, "a;\nb")
    answer = engine.ask(BEES_Q)
    cited = answer.citations[0]
    assert first["pq_status"] == "answered"
    assert float(first["pq_confidence"]) == answer.confidence
    assert first["pq_answer"] == answer.text
    assert first["pq_reason"] == ""
    assert first["pq_citation_1_text"] == cited.text
    assert first["pq_citation_1_source"] == "The Valley Post"
    assert first["pq_citation_1_document_id"] == "bees.txt"
    assert BEES.text[int(first["pq_citation_1_start"]) : int(first["pq_citation_1_end"])] == cited.text
    assert (second["ID"], second["pq_status"], second["pq_answer"]) == ("1e5", "abstained", "")
    assert "Zzz" in second["pq_reason"]
    assert {second[name] for name in ADDED if "citation" in name} == {""}


def test_no_id_column_is_invented(run: Run, tmp_path: Path) -> None:
    run("q.csv", f"question\n{BEES_Q}\n", "a.csv")
    assert header(tmp_path / "a.csv") == ["question", *ADDED]
    run("q.txt", BEES_Q, "b.csv")
    assert header(tmp_path / "b.csv") == ["question", *ADDED]
    run("q.jsonl", json.dumps({"x": 1, "question": BEES_Q}) + "\n" + json.dumps({"question": "Why?", "y": 2}), "c.csv")
    assert header(tmp_path / "c.csv") == ["question", "x", "y", *ADDED]
    run("q.jsonl", json.dumps({"question": BEES_Q}) + "\n" + json.dumps({"question": "Why?", "id": 2}), "d.csv")
    assert header(tmp_path / "d.csv") == ["id", "question", *ADDED]


def test_columns_of_one_name_and_of_none_are_kept(run: Run, tmp_path: Path) -> None:
    run("q.csv", f"question,note,note,,\n{BEES_Q},a,b,c,d\n", "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as lines:
        names, cells = list(csv.reader(lines))
    assert names == ["question", "note", "note", "", "", *ADDED]
    assert cells[:5] == [BEES_Q, "a", "b", "c", "d"]


def test_answers_asked_again_replace_the_earlier_ones(run: Run, tmp_path: Path) -> None:
    run("q.csv", f"id,question,desk\n1,{BEES_Q},x\n", "a.csv")
    first = (tmp_path / "a.csv").read_bytes()
    run("b.csv", first, "c.csv")
    assert (tmp_path / "c.csv").read_bytes() == first


def test_values_of_any_kind_are_written_as_json_in_a_csv(run: Run) -> None:
    given_row = {"question": BEES_Q, "a": {"b": [1, "ü"]}, "c": True, "d": None, "e": 1.5, "f": "x"}
    (row,) = run("q.jsonl", json.dumps(given_row), "a.csv")
    assert [row[name] for name in "acdef"] == ['{"b": [1, "ü"]}', "true", "", "1.5", "x"]


def test_csv_to_jsonl_and_txt_to_jsonl(run: Run, engine: Engine) -> None:
    assert run("q.csv", f"id,question,desk\n01,{BEES_Q},x\n", "a.jsonl") == [
        engine.ask(BEES_Q).to_json("01", {"desk": "x"})
    ]
    assert run("q.txt", f"{BEES_Q}\n\n{SHIP_Q}\n", "b.jsonl") == [engine.ask(q).to_json() for q in (BEES_Q, SHIP_Q)]


def test_top_k_is_how_many_hits_each_answer_holds(run: Run) -> None:
    (row,) = run("q.txt", BEES_Q, "a.jsonl", top_k=2)
    assert len(row["hits"]) == 2


def test_a_rows_own_day_wins_over_the_runs(run: Run, engine: Engine) -> None:
    days = [{"asked_at": "2024-05-03"}, {"asked_at": "2021-01-01"}, {"asked_at": ""}, {}]
    text = "".join(json.dumps({"question": BEES_Q, **row}) + "\n" for row in days)
    found = run("q.jsonl", text, "a.jsonl", as_of=dt.date(2024, 5, 1))
    assert [row["status"] for row in found] == ["answered", "abstained", "abstained", "abstained"]
    assert [len(row["hits"]) for row in found[1:]] == [0, 3, 3]
    assert [row["input"] for row in found] == days
    assert found[0] | {"input": {}} == engine.ask(BEES_Q, as_of=dt.date(2024, 5, 3)).to_json()


def test_a_rows_history_is_used_and_carried(run: Run, engine: Engine) -> None:
    said = [{"role": "user", "content": "Which vessel blocked the canal near Port Tawfiq?"}]
    text = json.dumps({"question": "When did they free it?", "history": said})
    (row,) = run("q.jsonl", text, "a.jsonl")
    assert row == engine.ask("When did they free it?", history=turns(said)).to_json(None, {"history": said})
    cells = io.StringIO(newline="")
    csv.writer(cells).writerows([("question", "history"), ("When did they free it?", json.dumps(said))])
    (in_csv,) = run("q.csv", cells.getvalue(), "b.jsonl")
    assert in_csv | {"input": row["input"]} == row
    assert row["rewritten_question"]


def test_the_runs_settings_are_those_of_ask(run: Run, engine: Engine) -> None:
    for given_settings in ({"min_confidence": 1.0}, {"min_confidence": 0.0}, {"fast": True}):
        (row,) = run("q.txt", BEES_Q, "a.jsonl", **given_settings)
        assert row == engine.ask(BEES_Q, **given_settings).to_json()  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), "0.5", True])
def test_a_wrong_min_confidence_is_refused_before_any_work(engine: Engine, tmp_path: Path, value: Any) -> None:
    (tmp_path / "q.csv").write_text(f"question\n{BEES_Q}\n")
    with pytest.raises(QuestionError, match="min_confidence"):
        run_batch(engine, tmp_path / "q.csv", tmp_path / "a.csv", 10, min_confidence=value)


BAD_JSONL = [
    ("not JSON", "not JSON"),
    ("{}", "has no `question`"),
    ('{"question": ""}', "empty"),
    ('{"question": "  "}', "empty"),
    ('{"question": "Who\\u0000?"}', "NUL"),
    ('{"question": "Who\\ud800?"}', "half a character"),
    ('{"question": null}', "text, not null"),
    ('{"question": 5}', "text, not a number"),
    ('{"question": ["Who?"]}', "text, not a list"),
    (json.dumps({"question": "a" * (MAX_CHARACTERS + 1)}), "shorten it"),
    ('["Who?"]', "not a JSON object"),
    ('{"question": "Who?", "history": "before"}', "the history is not JSON"),
    ('{"question": "Who?", "history": [{"role": "user"}]}', "turn 1 of the history"),
    ('{"question": "Who?", "asked_at": "yesterday"}', "asked_at: 'yesterday' is not a date: write it as 2023-10-05"),
    ('{"question": "Who?", "x": ' + "[" * 900 + "]" * 900 + "}", "nested too deeply"),
]


@pytest.mark.parametrize("output", ["a.jsonl", "a.csv"])
def test_bad_rows_become_errors_in_place(run: Run, tmp_path: Path, output: str) -> None:
    good = json.dumps({"question": BEES_Q})
    lines = [line for bad, _ in BAD_JSONL for line in (good, bad)]
    found = run("q.jsonl", "\n".join(lines), output)
    status, reason = ("status", "reason") if output == "a.jsonl" else ("pq_status", "pq_reason")
    assert [row[status] for row in found] == ["answered", "error"] * len(BAD_JSONL)
    for row, (_, said) in zip(found[1::2], BAD_JSONL, strict=True):
        assert said in row[reason]
        if output == "a.jsonl":
            assert (row["citations"], row["hits"], row["answer"], row["confidence"]) == ([], [], "", None)
            assert set(row) == set(found[0])


def test_bad_csv_rows_become_errors_in_place(run: Run) -> None:
    long = "a" * (MAX_CHARACTERS + 1)
    text = f'id,question\n1,{BEES_Q}\n2,\n3,Who, and why?\n4,{long}\n5,Who\0?\n6,{SHIP_Q}\n7,"Why?\n8,When?\n'
    found = run("q.csv", text, "a.csv")
    assert [(row["id"], row["pq_status"]) for row in found] == [
        ("1", "answered"),
        ("2", "error"),
        ("3", "error"),
        ("4", "error"),
        ("5", "error"),
        ("6", "answered"),
        ("7", "error"),
    ]
    assert found[4]["question"] == "Who\ufffd?"


def test_the_summary_counts(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_text(f"question,x\n{BEES_Q},\nZzz?,\n,\n{SHIP_Q},\n")
    seen: list[tuple[int, int]] = []
    summary = run_batch(
        engine, tmp_path / "q.csv", tmp_path / "a.csv", 10, on_progress=lambda done, total: seen.append((done, total))
    )
    assert summary == BatchSummary(answered=2, abstained=1, errors=1, resumed=0)
    assert summary.line() == "2 answered, 1 abstained, 1 error"
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_file_of_no_questions_gives_a_file_of_no_answers(run: Run, tmp_path: Path) -> None:
    assert run("q.csv", "id,question\n", "a.csv") == []
    assert header(tmp_path / "a.csv") == ["id", "question", *ADDED]
    assert run("q.csv", "id,question\n", "a.jsonl") == []


@settings(max_examples=10, deadline=None)
@given(st.lists(st.text(st.characters(), max_size=20), min_size=1, max_size=5))
def test_any_text_comes_through_as_one_json_a_line(
    engine: Engine, tmp_path_factory: pytest.TempPathFactory, questions: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    rows = [{"question": "bees " + question, "x": question} for question in (*questions, "a\u2028b\x85c")]
    (folder / "q.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    run_batch(engine, folder / "q.jsonl", folder / "a.jsonl", 3)
    found = read(folder / "a.jsonl")  # by splitlines, which splits at more than line feeds
    assert [row["input"]["x"] for row in found] == [row["x"] for row in rows]
    assert [row["question"] for row in found] == [row["question"] for row in rows]
    run_batch(engine, folder / "q.jsonl", folder / "a.csv", 3)
    assert len(read(folder / "a.csv")) == len(rows)


# files that make no sense


def test_wrong_files_are_refused_before_any_work(engine: Engine, tmp_path: Path) -> None:
    good = tmp_path / "q.csv"
    good.write_text(f"question\n{BEES_Q}\n")
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "empty.csv").touch()
    before = sorted(tmp_path.iterdir())
    for questions, output, said in [
        (good, "a.xlsx", "must end in .csv or .jsonl"),
        (tmp_path / "none.csv", "a.xlsx", "must end in"),
        (good, "a", "must end in"),
        (good, "a.txt", "must end in"),
        (good, "none/a.csv", "no folder"),
        (good, "q.csv/a.csv", "no folder"),
        (good, "folder.csv", "is a folder"),
        (good, "q.csv", "question file itself"),
        (good, "../" + tmp_path.name + "/q.csv", "question file itself"),
        (tmp_path / "none.csv", "a.csv", "no such file"),
        (tmp_path / "empty.csv", "a.csv", "holds no question"),
        (tmp_path / "folder.csv", "a.csv", "cannot be read"),
    ]:
        with pytest.raises(UsageError, match=said) as error:
            run_batch(engine, questions, tmp_path / output, 10)
        assert "\n" not in str(error.value)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("top_k", [0, 101, -1])
def test_a_wrong_top_k_is_refused_before_any_work(engine: Engine, tmp_path: Path, top_k: int) -> None:
    (tmp_path / "q.csv").write_text(f"question\n{BEES_Q}\n")
    with pytest.raises(QuestionError, match="top_k"):
        run_batch(engine, tmp_path / "q.csv", tmp_path / "a.csv", top_k)


def test_an_output_that_cannot_be_written_is_one_line(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_text(f"question\n{BEES_Q}\n")
    with pytest.raises(PullquoteError, match="cannot be written: File name too long"):
        run_batch(engine, tmp_path / "q.csv", tmp_path / ("a" * 246 + ".csv"), 10)


# killed and resumed


QUESTIONS = "".join(
    f"{n},{question}\n" for n, question in enumerate([BEES_Q, "Zzz?", SHIP_Q, "", "What freed it?"] * 2)
)


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    (tmp_path / "q.csv").write_text("id,question\n" + QUESTIONS)
    return tmp_path


def killed_after(rows: int) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        if done == rows:
            raise Killed

    return progress


@pytest.mark.parametrize("cut", [0, 1, 17, 100_000])
@pytest.mark.parametrize("output", ["a.csv", "a.jsonl"])
def test_a_killed_run_goes_on_to_the_same_file(engine: Engine, batch: Path, output: str, cut: int) -> None:
    run_batch(engine, batch / "q.csv", batch / ("whole-" + output), 5)
    with pytest.raises(Killed):
        run_batch(engine, batch / "q.csv", batch / output, 5, on_progress=killed_after(6))
    assert not (batch / output).exists()
    journal = batch / (output + ".journal")
    journal.write_bytes(journal.read_bytes()[: -cut or None])
    summary = run_batch(engine, batch / "q.csv", batch / output, 5, resume=True)
    assert summary.resumed == {0: 6, 1: 5, 17: 5}.get(cut, 0)
    assert (batch / output).read_bytes() == (batch / ("whole-" + output)).read_bytes()
    assert sorted(file.name for file in batch.iterdir()) == sorted(["q.csv", output, "whole-" + output])


@pytest.mark.parametrize("tail", [b"\0" * 100, b"not JSON\n", b'{"row": 99, "answer": {}}\n', b"[]\n", b"\xff\xfe\n"])
def test_what_a_crash_left_at_the_end_is_taken_off(engine: Engine, batch: Path, tail: bytes) -> None:
    run_batch(engine, batch / "q.csv", batch / "whole.jsonl", 5)
    with pytest.raises(Killed):
        run_batch(engine, batch / "q.csv", batch / "a.jsonl", 5, on_progress=killed_after(6))
    with (batch / "a.jsonl.journal").open("ab") as journal:
        journal.write(tail)
    assert run_batch(engine, batch / "q.csv", batch / "a.jsonl", 5, resume=True).resumed == 6
    assert (batch / "a.jsonl").read_bytes() == (batch / "whole.jsonl").read_bytes()


def test_resuming_asks_only_what_is_left(engine: Engine, batch: Path) -> None:
    with pytest.raises(Killed):
        run_batch(engine, batch / "q.csv", batch / "a.jsonl", 5, on_progress=killed_after(6))
    seen: list[int] = []
    run_batch(engine, batch / "q.csv", batch / "a.jsonl", 5, True, lambda done, total: seen.append(done))
    assert seen == [7, 8, 9, 10]


def test_resuming_where_nothing_was_begun_or_all_was_done(engine: Engine, batch: Path) -> None:
    for _ in range(2):
        assert run_batch(engine, batch / "q.csv", batch / "a.jsonl", 5, resume=True).resumed == 0
    assert len(read(batch / "a.jsonl")) == 10


@pytest.mark.parametrize("changed", ["questions", "top_k", "garbled"])
def test_another_runs_journal_is_not_continued(engine: Engine, batch: Path, changed: str) -> None:
    with pytest.raises(Killed):
        run_batch(engine, batch / "q.csv", batch / "a.jsonl", 5, on_progress=killed_after(6))
    if changed == "questions":
        (batch / "q.csv").write_text("id,question\n" + QUESTIONS.replace("vessel", "ship"))
    if changed == "garbled":
        (batch / "a.jsonl.journal").write_text("something else\n")
    with pytest.raises(UsageError, match="run without --resume"):
        run_batch(engine, batch / "q.csv", batch / "a.jsonl", 6 if changed == "top_k" else 5, resume=True)
    assert run_batch(engine, batch / "q.csv", batch / "a.jsonl", 5).resumed == 0


@pytest.mark.parametrize("changed", [{"as_of": dt.date(2024, 1, 1)}, {"min_confidence": 0.9}, {"fast": True}])
def test_a_journal_of_other_settings_is_not_continued(engine: Engine, batch: Path, changed: dict[str, Any]) -> None:
    with pytest.raises(Killed):
        run_batch(engine, batch / "q.csv", batch / "a.jsonl", 5, on_progress=killed_after(6), **changed)
    with pytest.raises(UsageError, match="other questions, settings or articles"):
        run_batch(engine, batch / "q.csv", batch / "a.jsonl", 5, resume=True)
    assert run_batch(engine, batch / "q.csv", batch / "a.jsonl", 5, resume=True, **changed).resumed == 6


def test_a_journal_over_other_articles_is_not_continued(batch: Path) -> None:
    engine = engine_over(batch / "library")
    with pytest.raises(Killed):
        run_batch(engine, batch / "q.csv", batch / "a.jsonl", 5, on_progress=killed_after(6))
    index_articles(engine.library, ToyEncoder(), [BEES, SHIP])
    assert run_batch(engine, batch / "q.csv", batch / "b.jsonl", 5, resume=True).resumed == 0
    index_articles(engine.library, ToyEncoder(), [type(BEES)("new", "Wasps came.")])
    with pytest.raises(UsageError, match="other questions, settings or articles"):
        run_batch(engine, batch / "q.csv", batch / "a.jsonl", 5, resume=True)


def test_an_earlier_output_stays_until_the_new_one_is_whole(engine: Engine, batch: Path) -> None:
    (batch / "a.csv").write_text("earlier")
    with pytest.raises(Killed):
        run_batch(engine, batch / "q.csv", batch / "a.csv", 5, on_progress=killed_after(10))
    assert (batch / "a.csv").read_text() == "earlier"
    run_batch(engine, batch / "q.csv", batch / "a.csv", 5, resume=True)
    assert len(read(batch / "a.csv")) == 10


def test_two_runs_at_once_do_not_mix_their_answers(engine: Engine, batch: Path) -> None:
    def other(done: int, total: int) -> None:
        if done == 6:
            with pytest.raises(Killed):
                run_batch(engine, batch / "q.csv", batch / "a.csv", 5, on_progress=killed_after(3))

    with pytest.raises(PullquoteError, match="two runs at once"):
        run_batch(engine, batch / "q.csv", batch / "a.csv", 5, on_progress=other)
    assert not (batch / "a.csv").exists()
