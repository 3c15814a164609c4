"""What a server keeps beside the articles, each file damaged in turn: found out, and nothing altered is given out."""

import io
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from index.errors import LibraryError
from index.library import Library
from qa.access import keys as keys_module
from qa.access.keys import Keys, Scope
from qa.api import idempotency
from qa.api.app import create_api
from qa.api.idempotency import Kept, Store
from qa.batch.jobs import Job, Jobs, Kind, Status
from qa.batch.worker import do
from qa.chat import feedback
from qa.chat.page import Turn
from qa.doctor import examine
from tests.index.damage import DAMAGES, damage, engine_over, one_line
from tests.qa.door import is_problem
from tests.qa.making import toy_engine
from tests.qa.serving import serving
from tests.toy import ToyEncoder

BEES_Q, SHIP_Q = "How many bees did the keeper count?", "Which vessel blocked the canal?"
DONE, TAKEN, WAITING = "d" * 32, "a" * 32, "b" * 32  # ids of jobs
OF_JOBS = [
    *(f"jobs/{DONE}/{name}" for name in ("job.json", "state.json", "answers.jsonl", "answers.csv")),
    *(f"jobs/{TAKEN}/{name}" for name in ("job.json", "state.json", "result.json")),
    *(f"jobs/{WAITING}/{name}" for name in ("job.json", "input-0.txt")),
]


@dataclass
class Made:
    """A library, what its server keeps beside it, and who may come in."""

    folder: Path
    tokens: dict[Scope, str]
    revoked: str


def make(folder: Path, question: str) -> Made:
    engine = toy_engine(folder)
    jobs = Jobs(folder)
    for number in range(3):
        feedback.record(folder, Turn(question, engine.ask(question)), "up", ())
        idempotency_row(folder, str(number))
    text = f"{question} {folder.parent.name}".encode()
    do(engine, jobs, jobs.add(Kind.BATCH, "q.txt", [("q.txt", io.BytesIO(text))], {"top_k": 3}, job_id=DONE))
    articles = [("a.txt", io.BytesIO(text)), (f"{folder.parent.name}.xyz", io.BytesIO(b"x"))]
    do(engine, jobs, jobs.add(Kind.ARTICLES, "2 files", articles, {}, job_id=TAKEN))
    jobs.add(Kind.BATCH, "w.txt", [("w.txt", io.BytesIO(text))], {"top_k": 3}, job_id=WAITING)
    tokens = {scope: Keys(folder).add(f"The {scope} desk", scope, 30)[1] for scope in Scope}
    revoked, gone = Keys(folder).add("Whoever left")
    Keys(folder).revoke(revoked.id)
    engine.library.close()
    return Made(folder, tokens, gone)


def idempotency_row(folder: Path, key: str) -> None:
    store = Store(folder / idempotency.FILE)
    store.begin("", key, b"request")
    store.keep("", key, Kept(202, {"content-type": "application/json"}, b"{}"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("whole") / "library", BEES_Q)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Another library; as no two jobs have one id, its jobs have changed places."""
    made = make(tmp_path_factory.mktemp("other") / "library", SHIP_Q)
    notes = [made.folder / "jobs" / job / "job.json" for job in (DONE, TAKEN, WAITING)]
    for note, said in zip(notes, [note.read_bytes() for note in (*notes[1:], notes[0])], strict=True):
        note.write_bytes(said)
    return made


@pytest.fixture
def folder(whole: Made, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole.folder, tmp_path / "library"))


def found(folder: Path) -> list[str]:
    """What the doctor finds, a line each."""
    problems: list[str] = examine(folder)["problems"]
    for line in problems:
        one_line(line)
    return problems


def test_what_was_not_damaged_is_sound(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(folder) == []
    monkeypatch.chdir(folder.parent)
    assert found(Path(folder.name)) == []


@pytest.mark.slow
@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("pattern", OF_JOBS)
def test_of_a_job_nothing_altered_is_done_or_given_out(
    whole: Made, other: Made, folder: Path, pattern: str, how: str
) -> None:
    assert damage(folder, pattern, how, other.folder)
    (problem,) = found(folder)
    assert pattern.split("/")[1] in problem
    engine = engine_over(folder)
    with serving(create_api(engine)) as address, httpx.Client(base_url=address, timeout=60) as client:
        assert client.get("/v1/jobs").status_code == 200
        for job, name, form in (
            (DONE, "answers.jsonl", "jsonl"),
            (DONE, "answers.csv", "csv"),
            (TAKEN, "result.json", "jsonl"),
        ):
            response = client.get(f"/v1/jobs/{job}/result", params={"format": form})
            if response.status_code == 200:
                assert response.content == (whole.folder / "jobs" / job / name).read_bytes()
            else:
                is_problem(response, response.status_code)
                assert response.status_code in (404, 409, 500)
                assert job in pattern


@pytest.mark.parametrize("how", ["flipped at 0.37", "emptied", "swapped"])
def test_what_was_sent_and_is_damaged_fails_in_the_senders_words(other: Made, folder: Path, how: str) -> None:
    damage(folder, f"jobs/{WAITING}/input-0.txt", how, other.folder)
    job = read(folder, WAITING)
    do(engine_over(folder), Jobs(folder), job)
    state = read(folder, WAITING).state
    assert (state.status, state.error) == (Status.FAILED, "w.txt was damaged on the server's disk: send it again")


def test_a_job_whose_state_is_lost_is_done_again_so_long_as_it_can_be(folder: Path) -> None:
    jobs = Jobs(folder)
    waiting = read(folder, WAITING)
    jobs.save(waiting, waiting.state)
    (waiting.folder / "state.json").write_bytes(b"\0" * 100)
    assert found(folder) == []
    do(engine_over(folder), jobs, read(folder, WAITING))
    assert read(folder, WAITING).state.status is Status.DONE


def read(folder: Path, job_id: str) -> Job:
    job = Jobs(folder).get(job_id)
    assert job is not None
    return job


@pytest.mark.parametrize("how", DAMAGES)
def test_damaged_feedback_is_passed_over(other: Made, folder: Path, how: str, tmp_path: Path) -> None:
    before = lines(folder)
    damage(folder, feedback.FILE, how, other.folder)
    problems = found(folder)
    if how.startswith("flipped") or how == "truncated":
        assert problems == [f"{feedback.FILE} has 1 damaged line: it is left out of an export"]
        exported = feedback.export(Library(folder, ToyEncoder()), tmp_path / "set")
        assert exported.answerable == 1  # the question of those that are left
        assert len(lines(folder)) == len(before)
    else:
        assert problems == []


def lines(folder: Path) -> list[bytes]:
    return (folder / feedback.FILE).read_bytes().splitlines()


@pytest.mark.parametrize("at", [n / 97 for n in range(98)])
def test_no_flipped_bit_lets_anybody_in(whole: Made, other: Made, folder: Path, at: float) -> None:
    damage(folder, keys_module.FILE, f"flipped at {at}", other.folder)
    keys = Keys(folder)
    assert keys.any()
    for scope, token in whole.tokens.items():
        try:
            holder = keys.holder(token)
        except LibraryError as error:
            one_line(str(error))
            assert any(keys_module.FILE in line for line in found(folder))
            continue
        assert holder is None or holder.scope is scope
    try:
        assert keys.holder(whole.revoked) is None
    except LibraryError as error:
        one_line(str(error))


@pytest.mark.parametrize("file", [keys_module.FILE, idempotency.FILE])
def test_a_cut_off_or_overwritten_file_of_keys_or_requests_is_found_out(folder: Path, file: str) -> None:
    data = (folder / file).read_bytes()
    (folder / file).write_bytes(data[: len(data) // 2])
    (problem,) = found(folder)
    assert file in problem
    (folder / file).write_bytes(b"x" * len(data))
    (problem,) = found(folder)
    assert file in problem


def test_a_file_of_keys_without_any_is_found_out_and_opens_no_door(folder: Path) -> None:
    (folder / keys_module.FILE).write_bytes(b"")
    assert Keys(folder).any()
    (problem,) = found(folder)
    assert "it holds none" in problem


def test_feedback_that_is_no_json_of_ours_is_no_feedback(folder: Path) -> None:
    with (folder / feedback.FILE).open("ab") as out:
        out.write(b"[" * 100_000 + b"\n" + json.dumps({"turn": "x", "verdict": "up"}).encode() + b"\n[]\n")
    assert found(folder) == [f"{feedback.FILE} has 3 damaged lines: they are left out of an export"]


def test_a_line_of_feedback_that_was_cut_short_takes_no_other_with_it(folder: Path) -> None:
    file, engine = folder / feedback.FILE, toy_engine(folder)
    file.write_bytes(file.read_bytes() + lines(folder)[0][:40])
    feedback.record(folder, Turn(BEES_Q, engine.ask(BEES_Q)), "down", ())
    assert found(folder) == [f"{feedback.FILE} has 1 damaged line: it is left out of an export"]
    assert json.loads(lines(folder)[-1])["verdict"] == "down"


HALF_DONE = """
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA cache_size=1")
db.execute("BEGIN")
db.execute("UPDATE requests SET body = randomblob(50000)")
os.kill(os.getpid(), 9)
"""


def test_requests_of_a_server_that_was_killed_are_no_damage(folder: Path) -> None:
    subprocess.run([sys.executable, "-c", HALF_DONE, folder / idempotency.FILE], check=False)
    assert (folder / f"{idempotency.FILE}-journal").exists()
    assert found(folder) == []
