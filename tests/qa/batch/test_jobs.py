"""Jobs through the API: batches, articles, and what of them outlives their server."""

import csv
import errno
import io
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from index.errors import ServerBusy
from index.files import read_sealed, write_sealed
from qa.access.gate import gate
from qa.access.keys import Keys, Scope
from qa.api.app import create_api
from qa.api.job_models import JobOut
from qa.batch import jobs as jobs_module
from qa.batch import run as run_module
from qa.batch import worker as worker_module
from qa.batch.jobs import Job, Jobs, Kind, State, Status
from qa.batch.worker import Worker, do
from qa.engine import Engine
from tests.qa.door import is_problem
from tests.qa.making import toy_engine
from tests.qa.serving import serving
from tests.waiting import PATIENCE, until

BEES_Q, SHIP_Q = "How many bees did the keeper count?", "Which vessel blocked the canal?"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return toy_engine(tmp_path_factory.mktemp("jobs") / "library")


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[httpx.Client]:
    with serving(create_api(engine)) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


def ended(client: httpx.Client, begun: httpx.Response) -> dict[str, Any]:
    """The job that `begun` is the answer to, once it has ended."""
    assert begun.status_code == 202, begun.text
    JobOut.model_validate(begun.json(), strict=False)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found: dict[str, Any] = client.get(begun.headers["location"]).json()
        JobOut.model_validate(found, strict=False)
        if found["status"] not in ("waiting", "running"):
            return found
        time.sleep(0.05)
    raise AssertionError(f"the job has not ended: {found}")


def lines(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in response.text.splitlines()]


# batches


def test_questions_as_json(client: httpx.Client, engine: Engine) -> None:
    rows = [{"id": "a", "question": BEES_Q, "desk": [1]}, SHIP_Q, {"id": "c"}, 7, {"question": ""}]
    job = ended(client, client.post("/v1/batch", json={"questions": rows, "top_k": 2}))
    assert (job["kind"], job["name"], job["done"], job["total"]) == ("batch", "questions.jsonl", 5, 5)
    assert job["summary"] == {"answered": 2, "abstained": 0, "errors": 3}
    assert job["seconds_left"] is None
    assert job["created_at"] <= job["began_at"] <= job["ended_at"]
    found = lines(client.get(job["result"]))
    assert found[0] == engine.ask(BEES_Q, 2).to_json("a", {"desk": [1]})
    assert found[1] == engine.ask(SHIP_Q, 2).to_json()
    assert [row["status"] for row in found[2:]] == ["error"] * 3


def test_a_list_in_the_place_of_a_question_stops_no_other(client: httpx.Client, engine: Engine) -> None:
    job = ended(client, client.post("/v1/batch", json={"questions": [[{"question": BEES_Q}], SHIP_Q]}))
    first, second = lines(client.get(job["result"]))
    assert (first["status"], first["reason"]) == ("error", "line 1: the row is not a JSON object")
    assert second == engine.ask(SHIP_Q).to_json()


@pytest.mark.parametrize("name", ["q.csv", "Q.CSV", "folder/q.csv"])
def test_a_csv_gives_its_columns_back(client: httpx.Client, name: str) -> None:
    data = f"id,question,desk\n1,{BEES_Q},=world\n2,Zzz?,\n".encode()
    job = ended(client, client.post("/v1/batch", files={"file": (name, data)}, data={"top_k": "3"}))
    assert (job["name"], job["status"]) == (name, "done")
    response = client.get(job["result"], params={"format": "csv"})
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"] == 'attachment; filename="answers.csv"'
    first, second = csv.DictReader(io.StringIO(response.text, newline=""))
    assert (first["id"], first["desk"], first["pq_status"]) == ("1", "'=world", "answered")
    assert second["pq_status"] == "abstained"
    assert [row["input"] for row in lines(client.get(job["result"]))] == [{"desk": "=world"}, {"desk": ""}]


def test_the_settings_are_those_of_ask(client: httpx.Client, engine: Engine) -> None:
    settings = {"top_k": 1, "as_of": "2022-01-01", "min_confidence": 0.1, "fast": True}
    as_json = ended(client, client.post("/v1/batch", json={"questions": [SHIP_Q], **settings}))
    form = {name: str(value) for name, value in settings.items()}
    as_form = ended(client, client.post("/v1/batch", files={"f": ("q.txt", SHIP_Q)}, data=form))
    expected = client.post("/v1/ask", json={"question": SHIP_Q, **settings}).json()
    assert lines(client.get(as_json["result"])) == lines(client.get(as_form["result"])) == [expected]


def test_filters_are_heeded(client: httpx.Client) -> None:
    filters = {"source": "Harbour Wire"}
    as_json = ended(client, client.post("/v1/batch", json={"questions": [BEES_Q], "filters": filters}))
    data = {"filters": json.dumps(filters)}
    as_form = ended(client, client.post("/v1/batch", files={"f": ("q.txt", BEES_Q)}, data=data))
    for job in (as_json, as_form):
        (row,) = lines(client.get(job["result"]))
        assert {hit["source"] for hit in row["hits"]} == {"Harbour Wire"}


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"json": {}}, "questions: is missing"),
        ({"json": {"questions": []}}, "questions: is empty"),
        ({"json": {"questions": "Who?"}}, "questions"),
        ({"json": {"questions": ["Who?"], "top_k": 0}}, "top_k"),
        ({"json": {"questions": ["Who?"], "top_k": "5"}}, "top_k"),
        ({"json": {"questions": ["Who?"], "as_of": "soon"}}, "'soon' is not a date"),
        ({"json": {"questions": ["Who?"], "filters": {"sauce": "x"}}}, "'sauce' is no filter"),
        ({"json": {"questions": ["Who?"], "min_confidence": 2}}, "min_confidence"),
        ({"json": {"questions": ["Who?"], "more": 1}}, "more: is not a field"),
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, "is not JSON"),
        ({"files": {"f": ("q.xlsx", b"x")}}, "q.xlsx is not a question file"),
        ({"files": {"f": ("q.csv", b"a,b\n1,2\n")}}, "q.csv has no `question` column"),
        ({"files": {"f": ("q.csv", b"question\n")}}, "q.csv holds no question"),
        ({"files": {"f": ("q.txt", b"")}}, "q.txt holds no question"),
        ({"files": {"f": ("q.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")}}, "q.txt is binary"),
        ({"files": {"f": ("q.jsonl", b'[{"question": "Who?"}]')}}, "q.jsonl holds a JSON array"),
        ({"files": {"f": ("q.txt", b"Who?")}, "data": {"top_k": "many"}}, "top_k"),
        ({"files": {"f": ("q.txt", b"Who?")}, "data": {"filters": "{"}}, "filters: is not JSON"),
        (
            {"files": {"f": ("q.txt", b"Who?")}, "data": {"colour": "red"}},
            "'colour' is no setting: there are as_of, fast, filters, min_confidence, top_k",
        ),
        ({"files": [("f", ("q.txt", b"Who?")), ("f", ("r.txt", b"Who?"))]}, "send one question file at a time"),
    ],
)
def test_what_is_no_batch_is_told_at_once(client: httpx.Client, engine: Engine, sent: Any, said: str) -> None:
    before = Jobs(engine.library.folder).listed()
    found = is_problem(client.post("/v1/batch", **sent), 422)
    assert said in found.detail
    assert "/" not in found.detail.replace("and/or", "")
    assert Jobs(engine.library.folder).listed() == before


def test_another_type_of_body_is_told(client: httpx.Client) -> None:
    is_problem(client.post("/v1/batch", content=b"x", headers={"Content-Type": "text/csv"}), 415)


@pytest.mark.parametrize("job_id", ["0" * 32, "x", "..", "%2e%2e%2fx", "a" * 500])
def test_no_such_job(client: httpx.Client, job_id: str) -> None:
    for method, path in (("GET", ""), ("GET", "/result"), ("DELETE", "")):
        is_problem(client.request(method, f"/v1/jobs/{job_id}{path}"), 404)


def test_the_list_has_the_newest_first(client: httpx.Client) -> None:
    begun = [client.post("/v1/batch", json={"questions": [f"Who is {n}?"]}) for n in range(3)]
    listed = client.get("/v1/jobs").json()["items"]
    assert [job["id"] for job in listed][:3] == [response.json()["id"] for response in reversed(begun)]
    for response in begun:
        ended(client, response)


# cancelling


class Slow(Engine):
    """An engine that answers when it is let."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine.library, engine.encoder, engine._ranker, engine.calibration)
        self.asked: list[str] = []
        self.let = threading.Semaphore(0)

    def ask(self, question: str, *given: Any, **settings: Any) -> Any:
        self.asked.append(question)
        assert self.let.acquire(timeout=PATIENCE)
        return super().ask(question, *given, **settings)


def test_progress_cancelling_and_taking_away(tmp_path: Path) -> None:
    slow = Slow(toy_engine(tmp_path / "library"))
    with serving(create_api(slow)) as address, httpx.Client(base_url=address, timeout=60) as client:
        first = client.post("/v1/batch", json={"questions": [f"Who is {n}?" for n in range(20)]})
        second = client.post("/v1/batch", json={"questions": ["Who else?"]})
        place = first.headers["location"]
        slow.let.release(4)
        until(lambda: len(slow.asked) == 5)
        time.sleep(0.6)  # longer than the worker waits between two notes
        slow.let.release(1)
        until(lambda: client.get(place).json()["done"] >= 4)
        running = client.get(place).json()
        assert (running["status"], running["total"], running["result"]) == ("running", 20, None)
        assert client.get(second.headers["location"]).json()["status"] == "waiting"
        found = is_problem(client.get(place + "/result"), 409)
        assert found.detail == "the job is running: ask again when it is done"
        assert client.delete(second.headers["location"]).status_code == 204
        assert client.delete(place).status_code == 204
        assert client.get(place).json()["status"] == "cancelled"
        slow.let.release(100)
        until(lambda: client.get(place).json()["ended_at"] is not None)
        until(lambda: client.get(second.headers["location"]).json()["ended_at"] is not None)
        assert len(slow.asked) <= 8
        assert "cancelled" in is_problem(client.get(place + "/result"), 409).detail
        folder = tmp_path / "library" / "jobs" / running["id"]
        until(lambda: sorted(file.name for file in folder.iterdir()) == ["cancel", "job.json", "state.json"])
        assert client.delete(place).status_code == 204
        is_problem(client.get(place), 404)


# articles


def test_what_is_cancelled_at_the_last_moment_stays_cancelled(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = Jobs(tmp_path)
    job = batch_of(jobs, "Who?")
    write = worker_module.write_answers

    def late(*given: Any) -> None:
        jobs.cancel(job)
        assert read(jobs, job).state.status is Status.CANCELLED
        write(*given)

    monkeypatch.setattr(worker_module, "write_answers", late)
    do(engine, jobs, job)
    assert read(jobs, job).state.status is Status.CANCELLED
    assert jobs.next() is None


def test_articles_as_a_job(tmp_path: Path) -> None:
    engine = toy_engine(tmp_path / "library")
    rows = [{"id": "wasps", "text": "Wasps came to the valley in June."}, {"id": "none"}]
    with serving(create_api(engine)) as address, httpx.Client(base_url=address, timeout=60) as client:
        job = ended(client, client.post("/v1/articles?job=true", json={"articles": rows}))
        assert (job["kind"], job["name"], job["status"]) == ("articles", "articles.json", "done")
        assert job["summary"] == {"added": 1, "changed": 0, "unchanged": 0, "refused": 1}
        result = client.get(job["result"])
        assert result.headers["content-type"] == "application/json"
        assert result.json() == {
            "added": 1, "changed": 0, "unchanged": 0, "twins": [],
            "refused": [{"where": "articles[1]", "reason": 'has no field "text"; put the article\'s text there'}],
        }  # fmt: skip
        files = [("f", ("a.txt", b"Ants marched.")), ("f", ("b.txt", b"Moths slept.")), ("f", ("c.xyz", b"x"))]
        job = ended(client, client.post("/v1/articles?job=true", files=files))
        assert (job["name"], job["summary"]) == ("3 files", {"added": 2, "changed": 0, "unchanged": 0, "refused": 1})
        assert job["done"] == job["total"] == 26
        assert client.get("/v1/articles/b.txt").json()["text"] == "Moths slept."
        assert is_problem(client.post("/v1/articles?job=true", json={"articles": []}), 422)
        assert is_problem(client.post("/v1/articles?job=perhaps", json={"articles": rows}), 422)


def test_articles_wait_for_another_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.batch.worker._POLL_SECONDS", 0.05)
    engine = toy_engine(tmp_path / "library")
    jobs = Jobs(engine.library.folder)
    job = jobs.add(Kind.ARTICLES, "a.txt", [("a.txt", io.BytesIO(b"Ants marched."))], {})
    with engine.library.writing():
        thread = threading.Thread(target=do, args=(engine, jobs, job))
        thread.start()
        until(lambda: read(jobs, job).state.status is Status.RUNNING)
        time.sleep(0.2)
        assert read(jobs, job).state.status is Status.RUNNING
    thread.join(PATIENCE)
    assert read(jobs, job).state.summary == {"added": 1, "changed": 0, "unchanged": 0, "refused": 0}


# what outlives a server


def read(jobs: Jobs, job: Job) -> Job:
    found = jobs.get(job.id)
    assert found is not None
    return found


def batch_of(jobs: Jobs, *questions: str, **settings: Any) -> Job:
    data = "\n".join(questions).encode()
    return jobs.add(Kind.BATCH, "q.txt", [("q.txt", io.BytesIO(data))], {"top_k": 5, **settings})


def test_a_job_that_was_begun_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = toy_engine(tmp_path / "library")
    jobs = Jobs(engine.library.folder)
    job = batch_of(jobs, BEES_Q, SHIP_Q, "Zzz?", "Who sold honey?")
    asked: list[str] = []
    real = engine.ask

    def ask(question: str, *given: Any, **settings: Any) -> Any:
        asked.append(question)
        if len(asked) == 3:
            raise SystemExit  # as near to a kill as a thread comes
        return real(question, *given, **settings)

    monkeypatch.setattr(engine, "ask", ask)
    with pytest.raises(SystemExit):
        do(engine, jobs, job)
    assert read(jobs, job).state.status is Status.RUNNING

    later = Jobs(engine.library.folder)
    found = later.next()
    assert found is not None
    do(engine, later, found)
    assert asked == [BEES_Q, SHIP_Q, "Zzz?", "Zzz?", "Who sold honey?"]
    assert read(jobs, job).state.status is Status.DONE
    answers = [json.loads(line) for line in (job.folder / "answers.jsonl").read_text("utf-8").splitlines()]
    assert answers == [engine.ask(q, 5).to_json() for q in (BEES_Q, SHIP_Q, "Zzz?", "Who sold honey?")]


def test_what_waits_is_begun_by_the_next_server(tmp_path: Path) -> None:
    engine = toy_engine(tmp_path / "library")
    jobs = Jobs(engine.library.folder)
    waiting = [batch_of(jobs, f"Who is {n}?") for n in range(3)]
    create_api(engine)
    until(lambda: all(read(jobs, job).state.status is Status.DONE for job in waiting))
    ends = [read(jobs, job).state.ended_at or "" for job in waiting]
    assert ends == sorted(ends)


def test_two_servers_do_each_job_once(tmp_path: Path) -> None:
    slow = Slow(toy_engine(tmp_path / "library"))
    slow.let.release(1000)
    jobs = Jobs(slow.library.folder)
    workers = [Worker(slow, Jobs(slow.library.folder)) for _ in range(2)]
    added = []
    for number in range(4):
        added.append(batch_of(jobs, f"Who is {number}?"))
        workers[number % 2].wake()
    until(lambda: all(read(jobs, job).state.status is Status.DONE for job in added))
    assert sorted(slow.asked) == [f"Who is {number}?" for number in range(4)]


def test_what_fails_says_why_in_the_senders_words(engine: Engine, tmp_path: Path) -> None:
    jobs = Jobs(engine.library.folder)
    picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
    job = jobs.add(Kind.BATCH, "q.txt", [("q.txt", io.BytesIO(picture))], {"top_k": 5})
    do(engine, jobs, job)
    state = read(jobs, job).state
    assert (state.status, state.error) == (
        Status.FAILED,
        "q.txt is binary, not text: save the questions as csv, jsonl or txt",
    )


@pytest.mark.parametrize("writer", [run_module, worker_module], ids=["answers", "their table"])
def test_a_job_that_finds_the_disk_full_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: Any
) -> None:
    engine = toy_engine(tmp_path / "library")
    jobs = Jobs(engine.library.folder)
    job = batch_of(jobs, BEES_Q, SHIP_Q)

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as only:
        only.setattr(writer, "write_answers", full)
        with pytest.raises(OSError, match="No space"):
            do(engine, jobs, job)
    assert read(jobs, job).state.status is Status.RUNNING
    monkeypatch.setattr(engine, "ask", lambda *given, **settings: 1 / 0)  # what was answered is not asked again
    do(engine, jobs, job)
    assert read(jobs, job).state.status is Status.DONE
    assert (job.folder / "answers.jsonl").read_text("utf-8").count("\n") == 2


def test_a_state_of_a_newer_version_ends_nothing(tmp_path: Path) -> None:
    engine = toy_engine(tmp_path / "library")  # of its own: no server's worker is to take the job
    jobs = Jobs(engine.library.folder)
    job = batch_of(jobs, BEES_Q)
    write_sealed(job.folder / "state.json", {"status": "waiting", "mood": "fine"})
    assert read(jobs, job).state.status is Status.WAITING
    do(engine, jobs, job)
    assert read(jobs, job).state.status is Status.DONE


@pytest.mark.parametrize("change", [{"kind": "dance"}, {"mood": "fine"}, {"files": None}])
def test_a_job_of_a_newer_version_keeps_no_other_from_being_done(tmp_path: Path, change: dict[str, Any]) -> None:
    engine = toy_engine(tmp_path / "library")
    jobs = Jobs(engine.library.folder)
    newer, job = batch_of(jobs, BEES_Q), batch_of(jobs, BEES_Q)
    told = read_sealed(newer.folder / "job.json")
    assert told is not None
    write_sealed(newer.folder / "job.json", told | change)
    assert jobs.get(newer.id) is None
    assert [listed.id for listed in jobs.listed()] == [job.id]


def test_a_fault_of_ours_ends_its_job_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = toy_engine(tmp_path / "library")
    jobs = Jobs(engine.library.folder)
    job = batch_of(jobs, "Who?")
    monkeypatch.setattr(engine, "ask", lambda *given, **settings: 1 / 0)
    do(engine, jobs, job)
    state = read(jobs, job).state
    assert state.status is Status.FAILED
    assert state.error is not None
    assert "an error of ours" in state.error


# how many, and for how long


def test_too_many_that_wait_are_told_to_come_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_module, "MOST_OPEN", 2)
    jobs = Jobs(tmp_path)
    added = [batch_of(jobs, "Who?") for _ in range(2)]
    with pytest.raises(ServerBusy, match="2 jobs are waiting already"):
        batch_of(jobs, "Who?")
    jobs.cancel(added[0])
    assert batch_of(jobs, "Who?").id


def test_what_ended_long_ago_is_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_module, "MOST_ENDED", 2)
    jobs = Jobs(tmp_path)
    long_ago = (datetime.now(UTC) - timedelta(days=8)).isoformat()
    old = batch_of(jobs, "Who?")
    jobs.save(old, State(Status.DONE, ended_at=long_ago))
    young = [batch_of(jobs, "Who?") for _ in range(3)]
    for job in young:
        jobs.save(job, State(Status.DONE, ended_at=jobs_module.now()))
    left = batch_of(jobs, "Who?")
    assert {job.id for job in jobs.listed()} == {young[1].id, young[2].id, left.id}


def test_one_id_is_one_job(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path)
    first, second = (
        jobs.add(Kind.BATCH, "q.txt", [("q.txt", io.BytesIO(b"Who?"))], {}, job_id="ab" * 16) for _ in range(2)
    )
    assert first.id == second.id == "ab" * 16
    assert len(jobs.listed()) == 1


def test_of_a_job_that_cannot_be_kept_nothing_is_left(tmp_path: Path) -> None:
    class Full(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(errno.ENOSPC, "No space left on device")

    jobs = Jobs(tmp_path)
    with pytest.raises(OSError, match="No space left"):
        jobs.add(Kind.ARTICLES, "2 files", [("a.txt", io.BytesIO(b"x" * 1000)), ("b.txt", Full())], {})
    assert list(jobs.folder.iterdir()) == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "a.tar.gz", "", ".", "x" * 500, "q.CSV", "a\0b.txt", "ü.jsonl"])
def test_a_senders_name_is_no_path(tmp_path: Path, name: str) -> None:
    jobs = Jobs(tmp_path / "library")
    job = jobs.add(Kind.ARTICLES, name, [(name, io.BytesIO(b"x"))], {})
    assert job.files == (name,)
    (file,) = read(jobs, job).inputs()
    assert file.read_bytes() == b"x"
    assert file.parent == tmp_path / "library" / "jobs" / job.id
    assert file.name.startswith("input-0")


# whose


def test_a_key_sees_and_ends_its_own_jobs_only(tmp_path: Path) -> None:
    engine = toy_engine(tmp_path / "library")
    keys = Keys(engine.library.folder)
    ann, ben = (
        {"Authorization": f"Bearer {keys.add(name, scope)[1]}"}
        for name, scope in (("ann", Scope.READ), ("ben", Scope.WRITE))
    )
    api = create_api(engine, access=[gate(engine.library.folder, "127.0.0.1")])
    named = {"Idempotency-Key": "one"}
    with serving(api) as address, httpx.Client(base_url=address, timeout=60) as client:
        begun = client.post("/v1/batch", json={"questions": ["Who?"]}, headers={**ann, **named})
        place = begun.headers["location"]
        is_problem(client.get(place), 401)
        for path in (place, place + "/result"):
            is_problem(client.get(path, headers=ben), 404)
        is_problem(client.delete(place, headers=ben), 404)
        assert client.get("/v1/jobs", headers=ben).json() == {"items": []}
        assert [job["id"] for job in client.get("/v1/jobs", headers=ann).json()["items"]] == [begun.json()["id"]]
        # The same name for another's request is another request.
        other = client.post("/v1/batch", json={"questions": ["Why?"]}, headers={**ben, **named})
        assert other.headers["location"] != place
        is_problem(
            client.post("/v1/articles?job=true", json={"articles": [{"id": "a", "text": "A."}]}, headers=ann), 403
        )
        assert client.delete(place, headers=ann).status_code == 204


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/v1/jobs?limit=3", "limit: is no parameter here: there is none"),
        ("/v1/jobs/none?x=", "x: is no parameter here: there is none"),
        ("/v1/jobs/none/result?formatt=csv", "formatt: is no parameter here: there is format"),
    ],
)
def test_a_parameter_that_is_not_known_is_refused(client: httpx.Client, path: str, said: str) -> None:
    assert is_problem(client.get(path), 422).detail == said


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/ask", "/v1/search", "/v1/verify"])
def test_a_setting_in_the_address_is_not_lost(client: httpx.Client, path: str) -> None:
    sent = {"/v1/batch": {"questions": [SHIP_Q]}, "/v1/verify": {"answers": [{"citations": []}]}}
    response = client.post(path, params={"top_k": 3}, json=sent.get(path, {"question": SHIP_Q}))
    assert is_problem(response, 422).detail == "top_k: is no parameter here: send it in the body"
