"""Every door gives the same JSON for the same question, with the real model."""

import csv
import datetime as dt
import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from qa.api.app import create_api
from qa.engine import Engine
from qa.question import turns
from tests.agreement import agree
from tests.command import pullquote
from tests.conftest import ROOT

pytestmark = pytest.mark.e2e

QUESTIONS = ["At what time of day did India's lander reach the lunar surface?", "Who won the 1950 World Cup?", "hello"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_command_api_batch_and_python_agree(
    sample_library: Path, sample_engine: Engine, tmp_path: Path, question: str
) -> None:
    asked = sample_engine.ask(question, 5).to_json()
    command = pullquote("ask", question, "--json", "--top-k", 5, library=sample_library)
    assert agree(json.loads(command.stdout), asked)

    answered = TestClient(create_api(sample_engine)).post("/v1/ask", json={"question": question, "top_k": 5})
    assert agree(answered.json(), asked)

    (tmp_path / "questions.txt").write_text(question, "utf-8")
    output = tmp_path / "answers.jsonl"
    done = pullquote("batch", tmp_path / "questions.txt", "-o", output, "--top-k", 5, library=sample_library)
    assert done.returncode == 0, done.stderr
    assert agree(json.loads(output.read_text("utf-8")), asked)


def test_the_doors_agree_on_day_threshold_and_speed(
    sample_library: Path, sample_engine: Engine, tmp_path: Path
) -> None:
    question, day = "Which Russian official did Wang Yi meet this week?", dt.date(2023, 2, 23)
    asked = sample_engine.ask(question, 5, as_of=day, min_confidence=0.0, fast=True).to_json()
    assert asked["status"] == "answered"
    assert all((hit["published_at"] or "")[:10] <= "2023-02-23" for hit in asked["hits"])

    options = ["--as-of", day, "--min-confidence", 0, "--fast", "--top-k", 5]
    command = pullquote("ask", question, "--json", *options, library=sample_library)
    assert agree(json.loads(command.stdout), asked)

    body = {"question": question, "top_k": 5, "as_of": day.isoformat(), "min_confidence": 0, "fast": True}
    assert agree(TestClient(create_api(sample_engine)).post("/v1/ask", json=body).json(), asked)

    (tmp_path / "questions.txt").write_text(question, "utf-8")
    output = tmp_path / "answers.jsonl"
    done = pullquote("batch", tmp_path / "questions.txt", "-o", output, *options, library=sample_library)
    assert done.returncode == 0, done.stderr
    assert agree(json.loads(output.read_text("utf-8")), asked)


def test_the_doors_agree_on_a_follow_up(sample_library: Path, sample_engine: Engine, tmp_path: Path) -> None:
    question, said = "What did he say about Taiwan?", [{"role": "user", "content": "Who met Vladimir Putin in Moscow?"}]
    asked = sample_engine.ask(question, 5, history=turns(said), as_of=dt.date(2023, 3, 1)).to_json()
    assert asked["rewritten_question"] is not None

    body = {"question": question, "top_k": 5, "history": said, "as_of": "2023-03-01"}
    assert agree(TestClient(create_api(sample_engine)).post("/v1/ask", json=body).json(), asked)

    rows = tmp_path / "questions.csv"
    with rows.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [("question", "history", "asked_at"), (question, json.dumps(said), "2023-03-01T12:00:00Z")]
        )
    output = tmp_path / "answers.jsonl"
    options = ["--top-k", 5, "--as-of", "2021-01-01"]
    done = pullquote("batch", rows, "-o", output, *options, library=sample_library)
    assert done.returncode == 0, done.stderr
    assert agree(json.loads(output.read_text("utf-8")) | {"input": {}}, asked)


def test_a_question_file_end_to_end(sample_library: Path, tmp_path: Path) -> None:
    questions, output = ROOT / "data" / "questions.csv", tmp_path / "answers.csv"
    assert pullquote("batch", questions, "-o", output, library=sample_library).returncode == 0
    with questions.open(encoding="utf-8", newline="") as file:
        given = list(csv.DictReader(file))
    with output.open(encoding="utf-8", newline="") as file:
        answered = list(csv.DictReader(file))
    assert [(row["id"], row["question"], row["desk"]) for row in answered] == [
        (row["id"], row["question"], row["desk"]) for row in given
    ]
    for row in answered:
        assert (row["pq_status"] == "answered") == bool(row["pq_citation_1_text"]) == (not row["pq_reason"])


def test_saved_citations_verify(sample_library: Path, tmp_path: Path) -> None:
    output = tmp_path / "answers.jsonl"
    assert pullquote("batch", ROOT / "data" / "questions.csv", "-o", output, library=sample_library).returncode == 0
    assert pullquote("verify", output, library=sample_library).returncode == 0
    answers = [json.loads(line) for line in output.read_text("utf-8").splitlines()]
    cited = next(answer["citations"][0] for answer in answers if answer["citations"])
    cited["cited_text"] = cited["cited_text"].swapcase()
    output.write_text("".join(json.dumps(answer) + "\n" for answer in answers), "utf-8")
    forged = pullquote("verify", output, library=sample_library)
    assert forged.returncode == 1
    assert "the quote is not what the article says there" in forged.stdout


def test_the_command_reads_well_in_a_terminal(sample_library: Path) -> None:
    done = pullquote("ask", QUESTIONS[0], "--min-confidence", 0.01, library=sample_library)
    assert done.returncode == 0
    assert "6:04 p.m." in done.stdout
    assert "[1] “" in done.stdout
    assert "Northern Ledger" in done.stdout
