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
from index.update import index_articles
from qa.batch.run import BatchSummary, run_batch
from qa.engine import Engine
from qa.question import MAX_CHARACTERS, Question, turns
from tests.conftest import BEES
from tests.qa.making import toy_engine
from tests.toy import ToyEncoder

BEES_Q, SHIP_Q = "How many bees did the keeper count?", "Which vessel blocked the canal?"
ADDED = ["pq_status", "pq_confidence", "pq_answer", "pq_reason"] + [
    f"pq_citation_{n}_{part}" for n in (1, 2, 3) for part in ("text", "source", "document_id", "start", "end")
]


class Killed(BaseException):
    """What a kill is to a test."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """An engine over a library that no test of this module changes."""
    return toy_engine(tmp_path_factory.mktemp("batch") / "library")


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
        assert row == engine.ask(BEES_Q, **given_settings).to_json()


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
        ("8", "abstained"),
    ]
    assert "a quotation mark is opened and never closed" in found[6]["pq_reason"]
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
    f"{n},{question}\n"
    for n, question in enumerate(
        [BEES_Q, "Zzz?", SHIP_Q, "", "What freed it?", "Who sold honey?", SHIP_Q, "Who?", "", "Was anybody hurt?"]
    )
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


def asked_by(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every question that the engine is asked from now on."""
    asked: list[str] = []
    real, real_many = engine.ask, engine.ask_many

    def ask(question: str, *given: Any, **settings: Any) -> Any:
        asked.append(question)
        return real(question, *given, **settings)

    def ask_many(questions: list[Question]) -> Any:
        asked.extend(question.text for question in questions)
        return real_many(questions)

    monkeypatch.setattr(engine, "ask", ask)
    monkeypatch.setattr(engine, "ask_many", ask_many)
    return asked


@pytest.mark.parametrize("at_once", [1, 3])
@pytest.mark.parametrize("output", ["a.csv", "a.jsonl"])
def test_a_killed_run_goes_on_to_the_same_file(engine: Engine, batch: Path, output: str, at_once: int) -> None:
    run_batch(engine, batch / "q.csv", batch / ("whole-" + output), 5)
    with pytest.raises(Killed):
        run_batch(engine, batch / "q.csv", batch / output, 5, on_progress=killed_after(5))
    assert not (batch / output).exists()
    summary = run_batch(engine, batch / "q.csv", batch / output, 5, resume=True, at_once=at_once)
    assert summary.resumed == 5  # four of the first five, and the one that is asked again
    assert (batch / output).read_bytes() == (batch / ("whole-" + output)).read_bytes()
    assert sorted(file.name for file in batch.iterdir()) == sorted(["q.csv", output, "whole-" + output])


def as_a_kill_leaves_it(engine: Engine, batch: Path, rows: int) -> Path:
    """The journal's files as they are on disk after so many rows, while the run still has them open."""
    left = batch / "left"
    left.mkdir()

    def copy(done: int, total: int) -> None:
        if done == rows:
            for file in batch.glob("a.jsonl.journal*"):
                (left / file.name).write_bytes(file.read_bytes())

    run_batch(engine, batch / "q.csv", batch / "a.jsonl", 5, on_progress=copy)
    for file in left.iterdir():
        file.rename(batch / file.name)
    left.rmdir()
    return batch / "a.jsonl.journal-wal"


@pytest.mark.parametrize("cut", [0, 1, 17, 5000])
def test_what_was_half_written_is_asked_again(
    engine: Engine, batch: Path, cut: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = as_a_kill_leaves_it(engine, batch, 5)
    whole = (batch / "a.jsonl").read_bytes()
    log.write_bytes(log.read_bytes()[: -cut or None])
    asked = asked_by(engine, monkeypatch)
    run_batch(engine, batch / "q.csv", batch / "a.jsonl", 5, resume=True)
    assert (batch / "a.jsonl").read_bytes() == whole
    assert asked[-3:] == ["Who sold honey?", "Who?", "Was anybody hurt?"]
    assert len(asked) == 3 if not cut else len(asked) >= 4
    assert not list(batch.glob("*journal*"))


def test_resuming_asks_only_what_is_left(engine: Engine, batch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Killed):
        run_batch(engine, batch / "q.csv", batch / "a.jsonl", 5, on_progress=killed_after(5))
    asked, seen = asked_by(engine, monkeypatch), list[tuple[int, int]]()
    run_batch(engine, batch / "q.csv", batch / "a.jsonl", 5, True, lambda done, total: seen.append((done, total)))
    assert asked == ["Who sold honey?", "Who?", "Was anybody hurt?"]
    assert seen == [(done, 10) for done in (5, 6, 7, 8, 9, 10)]


@pytest.mark.parametrize("at_once", [1, 4])
def test_what_comes_twice_is_asked_once(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    rows = [{"question": BEES_Q, "id": str(n), "asked_at": "2024-05-03" if n == 5 else None} for n in range(9)]
    (tmp_path / "q.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    asked = asked_by(engine, monkeypatch)
    run_batch(engine, tmp_path / "q.jsonl", tmp_path / "a.jsonl", 5, at_once=at_once)
    assert asked == [BEES_Q, BEES_Q]
    assert [(row["id"], row["input"]) for row in read(tmp_path / "a.jsonl")] == [
        (row["id"], {"asked_at": row["asked_at"]}) for row in rows
    ]


def test_a_file_that_has_grown_and_is_in_another_order_resumes_what_it_still_holds(
    engine: Engine, batch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Killed):
        run_batch(engine, batch / "q.csv", batch / "a.jsonl", 5, on_progress=killed_after(5))
    rows = [{"question": q, "desk": "new"} for q in ("How many jars?", SHIP_Q, "Zzz?", BEES_Q)]
    (batch / "q.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    asked = asked_by(engine, monkeypatch)
    summary = run_batch(engine, batch / "q.jsonl", batch / "a.jsonl", 5, resume=True)
    assert (asked, summary.resumed) == (["How many jars?"], 3)
    assert read(batch / "a.jsonl") == [engine.ask(r["question"], 5).to_json(None, {"desk": "new"}) for r in rows]


def test_resuming_where_nothing_was_begun_or_all_was_done(engine: Engine, batch: Path) -> None:
    for _ in range(2):
        assert run_batch(engine, batch / "q.csv", batch / "a.jsonl", 5, resume=True).resumed == 0
    assert len(read(batch / "a.jsonl")) == 10


@pytest.mark.parametrize(
    "changed", [{"as_of": dt.date(2024, 1, 1)}, {"min_confidence": 0.9}, {"fast": True}, {"top_k": 6}]
)
def test_answers_of_other_settings_are_not_taken(engine: Engine, batch: Path, changed: dict[str, Any]) -> None:
    with pytest.raises(Killed):
        run_batch(engine, batch / "q.csv", batch / "a.jsonl", 5, on_progress=killed_after(5))
    other = {"top_k": 5, **changed}
    assert run_batch(engine, batch / "q.csv", batch / "a.jsonl", resume=True, **other).resumed == 0
    run_batch(engine, batch / "q.csv", batch / "whole.jsonl", **other)
    assert (batch / "a.jsonl").read_bytes() == (batch / "whole.jsonl").read_bytes()


def test_answers_of_other_articles_are_not_taken(batch: Path) -> None:
    engine = toy_engine(batch / "library")
    with pytest.raises(Killed):
        run_batch(engine, batch / "q.csv", batch / "a.jsonl", 5, on_progress=killed_after(5))
    index_articles(engine.library, ToyEncoder(), [type(BEES)("new", "Wasps came.")])
    assert run_batch(engine, batch / "q.csv", batch / "a.jsonl", 5, resume=True).resumed == 0
    assert {row["library"]["generation"] for row in read(batch / "a.jsonl") if row["library"]} == {3}


def test_a_run_during_which_the_library_changes_says_so_row_by_row(batch: Path) -> None:
    engine = toy_engine(batch / "library")

    def change(done: int, total: int) -> None:
        if done == 3:
            index_articles(engine.library, ToyEncoder(), [type(BEES)("new", "Wasps came.")])

    run_batch(engine, batch / "q.csv", batch / "a.jsonl", 5, on_progress=change)
    rows = read(batch / "a.jsonl")
    assert [row["library"] and row["library"]["generation"] for row in rows] == [2, 2, 2, None, 3, 3, 2, 3, None, 3]
    assert rows[9] == engine.ask(rows[9]["question"], 5).to_json("9")


def test_an_earlier_output_stays_until_the_new_one_is_whole(engine: Engine, batch: Path) -> None:
    (batch / "a.csv").write_text("earlier")
    with pytest.raises(Killed):
        run_batch(engine, batch / "q.csv", batch / "a.csv", 5, on_progress=killed_after(10))
    assert (batch / "a.csv").read_text() == "earlier"
    run_batch(engine, batch / "q.csv", batch / "a.csv", 5, resume=True)
    assert len(read(batch / "a.csv")) == 10


@pytest.mark.parametrize("found", [b"something else\n" * 100, b"SQLite format 3\0" + b"\1" * 5000])
def test_a_file_that_is_no_journal_is_not_continued(engine: Engine, batch: Path, found: bytes) -> None:
    (batch / "a.jsonl.journal").write_bytes(found)
    with pytest.raises(UsageError, match="run without --resume"):
        run_batch(engine, batch / "q.csv", batch / "a.jsonl", 5, resume=True)
    assert run_batch(engine, batch / "q.csv", batch / "a.jsonl", 5).resumed == 0
    assert sorted(file.name for file in batch.iterdir()) == ["a.jsonl", "q.csv"]


def test_a_damaged_journal_is_not_continued(engine: Engine, batch: Path) -> None:
    with pytest.raises(Killed):
        run_batch(engine, batch / "q.csv", batch / "a.jsonl", 5, on_progress=killed_after(5))
    journal = batch / "a.jsonl.journal"
    journal.write_bytes(journal.read_bytes()[:8192] + b"\xff" * 4096)
    with pytest.raises(UsageError, match="run without --resume"):
        run_batch(engine, batch / "q.csv", batch / "a.jsonl", 5, resume=True)


@pytest.mark.parametrize("resume", [False, True])
def test_two_runs_to_one_file_do_not_mix_their_answers(engine: Engine, batch: Path, resume: bool) -> None:
    run_batch(engine, batch / "q.csv", batch / "whole.csv", 5)

    def other(done: int, total: int) -> None:
        if done == 6:
            with pytest.raises(PullquoteError, match="another run is writing"):
                run_batch(engine, batch / "q.csv", batch / "a.csv", 5, resume)

    run_batch(engine, batch / "q.csv", batch / "a.csv", 5, on_progress=other)
    assert (batch / "a.csv").read_bytes() == (batch / "whole.csv").read_bytes()


# many at once, and a great many


@pytest.mark.parametrize("at_once", [2, 5])
def test_together_is_as_one_by_one(engine: Engine, batch: Path, at_once: int) -> None:
    seen: list[int] = []
    run_batch(engine, batch / "q.csv", batch / "one.jsonl", 5)
    run_batch(
        engine, batch / "q.csv", batch / "a.jsonl", 5, on_progress=lambda done, _: seen.append(done), at_once=at_once
    )
    assert (batch / "a.jsonl").read_bytes() == (batch / "one.jsonl").read_bytes()
    assert seen == list(range(1, 11))


def test_a_group_that_is_never_whole_is_not_waited_for(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "q.txt").write_text("".join(f"How many bees {n % 3}?\n" for n in range(100)))
    assert run_batch(engine, tmp_path / "q.txt", tmp_path / "a.jsonl", 1, at_once=2).errors == 0
    assert len(read(tmp_path / "a.jsonl")) == 100


def test_what_goes_wrong_in_a_thread_ends_the_run_and_keeps_the_rest(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "q.txt").write_text("".join(f"Who is {n}?\n" for n in range(40)))
    real = engine.ask_many

    def ask_many(questions: list[Question]) -> Any:
        if any(question.text == "Who is 30?" for question in questions):
            raise PullquoteError("the lights went out")
        return real(questions)

    monkeypatch.setattr(engine, "ask_many", ask_many)
    with pytest.raises(PullquoteError, match="the lights went out"):
        run_batch(engine, tmp_path / "q.txt", tmp_path / "a.jsonl", 5, at_once=2)
    monkeypatch.undo()
    assert run_batch(engine, tmp_path / "q.txt", tmp_path / "a.jsonl", 5, resume=True).resumed == 24
