"""The desk behind the page, without a browser: files in, articles and answers out, and nothing sent is trusted."""

import asyncio
import io
import json
import re
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.testclient import TestClient

from index.errors import LibraryBusy, PullquoteError, UsageError
from index.summary import Summary
from qa.answer import Answer, Status
from qa.chat.adding import BUSY, MAX_PASTED, add_files, add_pasted, pasted, unsent
from qa.chat.articles import Follow, _adding, _finding, _first, _removing, build_articles
from qa.chat.blocks import build_page
from qa.chat.errand import Errand, Errands
from qa.chat.files import _running, build_runs
from qa.chat.run_page import _row
from qa.chat.runs import PAGE, Runs
from qa.chat.shelf_page import outcome, shelf
from qa.chat.transfer import add_transfer
from qa.chat.tray import MAX_FILES, Tray, Upload
from qa.engine import Engine
from tests.conftest import BEES, SHIP
from tests.qa.making import citation

TEA = b"The kiosk\n\nThe okapi kiosk at the harbour sold 17 kinds of tea."


def upload(name: str, data: bytes, purpose: Any = "articles") -> Upload:
    return Upload(name, purpose, io.BytesIO(data), len(data))


def done(work: Callable[[Errand[Any]], Any]) -> Errand[Any]:
    errand = Errand(work)
    errand.run()
    return errand


# errands


def test_an_errand_says_how_far_it_is_and_what_came_of_it() -> None:
    going, on = threading.Event(), threading.Event()

    def work(errand: Errand[str]) -> str:
        errand.progress(1, 4)
        going.set()
        on.wait(30)
        return "done"

    errands: Errands[str] = Errands(most=1)
    token = errands.begin(Errand(work), "busy")
    errand = errands.get(token)
    assert errand is not None
    assert going.wait(30)
    assert (errand.done, errand.total) == (1, 4)
    left = errand.seconds_left()
    assert left is not None
    assert left >= 0
    closed = threading.Event()
    with pytest.raises(UsageError, match="busy"):
        errands.begin(Errand(work, closed.set), "busy")
    assert closed.is_set(), "nothing of what found no place is left"
    on.set()
    assert errand.ended.wait(30)
    assert (errand.result, errand.trouble) == ("done", None)


def test_a_cancelled_errand_ends_and_is_no_trouble() -> None:
    def work(errand: Errand[str]) -> str:
        errand.cancel()
        errand.progress(1, 2)
        return "never"

    errand = done(work)
    assert (errand.result, errand.trouble, errand.cancelled) == (None, None, True)


@pytest.mark.parametrize(
    ("error", "line"), [(PullquoteError("a line"), "a line"), (ValueError("/secret"), "something went wrong here")]
)
def test_what_goes_wrong_in_an_errand_is_one_line(error: Exception, line: str) -> None:
    def work(errand: Errand[str]) -> str:
        raise error

    assert (done(work).trouble or "").startswith(line)


def test_what_nobody_looks_at_is_cancelled_and_thrown_away() -> None:
    closed = threading.Event()

    def work(errand: Errand[None]) -> None:
        while True:
            errand.progress(0, 1)
            time.sleep(0.01)

    errands: Errands[None] = Errands(most=1, kept_seconds=0.05)
    token = errands.begin(Errand(work, closed.set), "busy")
    time.sleep(0.2)
    errands.get("another")
    deadline = time.monotonic() + 30
    while not closed.is_set() and time.monotonic() < deadline:
        time.sleep(0.02)
        errands.get("another")
    assert closed.is_set()
    assert errands.get(token) is None
    assert errands.get(None) is None


# files that wait


def test_a_file_is_taken_once_for_what_it_was_sent() -> None:
    tray = Tray()
    token = tray.put(upload("a.txt", b"a"))
    for tokens, purpose in (([token], "questions"), ([token, token], "articles"), ("x", "articles"), ([], "articles")):
        with pytest.raises(UsageError):
            tray.take(tokens, purpose)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="200 at a time"):
        tray.take(["x"] * (MAX_FILES + 1), "articles")
    assert tray.take([token], "articles")[0].name == "a.txt"
    with pytest.raises(UsageError, match="no longer here"):
        tray.take([token], "articles")


@pytest.mark.parametrize("tokens", [None, 5, {"a": 1}, [None], [["x"]], [{}]])
def test_tokens_of_any_shape_are_refused(tokens: Any) -> None:
    with pytest.raises(UsageError):
        Tray().take(tokens, "articles")


def test_what_waits_is_bounded_in_size_and_in_time() -> None:
    tray = Tray(kept_seconds=0.05, most_bytes=10)
    first = upload("a", b"123456")
    token = tray.put(first)
    second = upload("b", b"123456")
    with pytest.raises(UsageError, match="too many"):
        tray.put(second)
    assert second.file.closed
    time.sleep(0.1)
    tray.put(upload("c", b"123456"))
    assert first.file.closed
    with pytest.raises(UsageError, match="no longer here"):
        tray.take([token], "articles")


# adding


def test_files_become_articles_and_each_refusal_has_its_reason(engine: Engine) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("one.txt", "A first article of the archive.")
        out.writestr("picture.png", "x")
    files = [
        upload("kiosk.txt", TEA),
        upload("many.zip", archive.getvalue()),
        upload("rows.jsonl", b'{"id": "r1", "text": "Row one."}\n{bad\n'),
        upload("kiosk.txt", b"Another text of the same name."),
        upload("../../etc/passwd", b"x"),
    ]
    errand = done(lambda errand: add_files(engine, files, errand))
    assert errand.trouble is None
    summary = errand.result
    assert isinstance(summary, Summary)
    assert (summary.added, errand.count) == (3, 3)
    refused = {refusal.where: refusal.reason for refusal in summary.refused}
    assert "which kiosk.txt has already" in refused["kiosk.txt"]
    assert "not JSON" in refused["rows.jsonl:2"]
    assert "../../etc/passwd" in refused
    assert all(file.file.closed for file in files)
    assert errand.done == errand.total == sum(file.size for file in files)
    assert "17 kinds of tea" in engine.ask("How many kinds of tea did the okapi kiosk sell?").text


def test_adding_can_be_stopped_and_what_was_read_is_kept(engine: Engine) -> None:
    rows = b"".join(json.dumps({"id": f"r{n}", "text": f"Row {n} of many."}).encode() + b"\n" for n in range(50))
    file = upload("rows.jsonl", rows)

    class Stopping(Errand[Summary]):
        """Is cancelled once five articles have been read."""

        told = 0

        def __setattr__(self, name: str, value: Any) -> None:
            super().__setattr__(name, value)
            if name == "done" and value:
                type(self).told += 1
                self.cancelled = self.told >= 5

    errand = Stopping(lambda errand: add_files(engine, [file], errand))
    errand.run()
    assert errand.result is not None
    assert 0 < errand.result.added < 50
    assert "Stopped." in outcome(errand.result, errand.cancelled)
    with engine.library.reading() as (_, truth):
        assert truth.article_count() == 2 + errand.result.added


def test_a_second_writer_is_told_calmly(engine: Engine) -> None:
    with engine.library.writing():
        errand = done(lambda errand: add_pasted(engine, pasted({"text": "A text."}), errand))
    assert errand.trouble == BUSY


def test_a_pasted_text_is_an_article_of_its_own_id() -> None:
    given = {
        "text": "Line one.\r\nLine two.",
        "title": "Of Bées & <b>",
        "source": " The Post ",
        "published_at": "2024-05-02",
    }
    article = pasted({**given, "url": "https://example.org/x", "id": "../x", "metadata": {"a": 1}})
    assert article.id.startswith("pasted/of-bées-b-")
    assert (article.text, article.source, article.published_at) == (given["text"], "The Post", "2024-05-02")
    assert pasted(given).id == article.id
    assert pasted({"text": "Another."}).id != pasted({"text": "A third."}).id


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (None, "no text"),
        ({"text": "  "}, "no text"),
        ({"text": 5}, "no text"),
        ({"text": "x" * (MAX_PASTED + 1)}, "or give it as a file"),
        ({"text": "x", "published_at": "soon"}, "is not a date"),
        ({"text": "x", "url": "javascript:alert(1)"}, "not a web address"),
        ({"text": "x", "title": "t" * 2000}, "title is too long"),
        ({"text": "x", "source": ["s"]}, "source is too long"),
    ],
)
def test_a_pasted_text_that_is_none_is_refused_by_name(given: Any, line: str) -> None:
    with pytest.raises(UsageError, match=line):
        pasted(given)


# question files


def run(runs: Runs, name: str, data: bytes) -> tuple[str, Errand[Any]]:
    token = runs.begin(upload(name, data, "questions"))
    errand = runs.get(token)
    assert errand is not None
    assert errand.ended.wait(60)
    return token, errand


def test_a_question_file_gives_rows_and_both_files(engine: Engine) -> None:
    runs = Runs(engine)
    questions = "id,question,desk\n" + "".join(f"{n},How many bees did the keeper count?,=x\n" for n in range(PAGE + 5))
    token, errand = run(runs, "../my questions.csv", questions.encode())
    assert errand.result is not None
    assert errand.result.summary.answered == PAGE + 5
    assert [row["id"] for row in errand.result.rows(PAGE)] == [str(n) for n in range(PAGE, PAGE + 5)]
    assert errand.result.rows(10**9) == []
    for form in ("csv", "jsonl"):
        found = runs.answers(token, form)
        assert found is not None
        path, name = found
        assert name == f"my questions-answers.{form}"
        assert "40,000 bees" in path.read_text("utf-8")
    assert path.parent.exists()
    errand.close()
    assert not path.parent.exists()


def test_a_possible_answer_in_the_table_is_shown_as_such() -> None:
    bees = citation(confidence=0.3)
    reason = "A possible answer, unconfirmed: the nearest sentence is 30% likely to answer, and an answer needs 40%."
    possible = Answer("What do bees do?", Status.ABSTAINED, 0.3, (), (bees,), reason, possible=True)
    line = plain(_row(possible.to_json(), 1))
    assert "Possible answer, unconfirmed“Bees buzz at dawn.”The Valley Post, Bees of the valleyThe nearest" in line
    assert "No answer" not in line
    unsaid = replace(possible, reason="The articles do not say.", possible=False)
    assert "No answerThe articles do not say.30%" in plain(_row(unsaid.to_json(), 1))


@pytest.mark.parametrize(
    ("name", "data", "line"),
    [
        ("a.pdf", b"x", "“a.pdf” is not a question file"),
        ("a.csv", b"id,frage\n1,x\n", "“a.csv” has no `question` column"),
        ("a.txt", b"  \n", "“a.txt” holds no question"),
    ],
)
def test_what_is_no_question_file_is_told_at_once_by_its_own_name(
    engine: Engine, name: str, data: bytes, line: str
) -> None:
    file = upload(name, data, "questions")
    with pytest.raises(UsageError, match=line) as told:
        Runs(engine).begin(file)
    assert "/tmp" not in str(told.value)  # noqa: S108 - a folder that must not be named
    assert file.file.closed


def test_answers_of_another_token_are_nowhere(engine: Engine) -> None:
    assert Runs(engine).answers("x", "csv") is None


# the two ways for bytes


@pytest.fixture
def tray() -> Tray:
    return Tray()


def client(engine: Engine, tray: Tray, writes: bool = True) -> TestClient:
    app = FastAPI()
    add_transfer(app, tray, Runs(engine), lambda request: writes)
    return TestClient(app)


def test_a_file_that_is_sent_can_be_taken(engine: Engine, tray: Tray) -> None:
    sent = client(engine, tray).post("/desk/files?for=articles&name=a%20%22b%22.txt", content=TEA)
    (taken,) = tray.take([sent.json()["file"]], "articles")
    taken.file.seek(0)
    assert (taken.name, taken.size, taken.file.read()) == ('a "b".txt', len(TEA), TEA)
    assert sent.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("query", "status"),
    [("for=articles", 422), ("name=a", 422), ("for=x&name=a", 422), (f"for=articles&name={'n' * 301}", 422)],
)
def test_a_file_without_name_or_purpose_is_refused(engine: Engine, tray: Tray, query: str, status: int) -> None:
    refused = client(engine, tray).post(f"/desk/files?{query}", content=b"x")
    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/problem+json"


def test_a_file_that_is_too_large_is_refused(engine: Engine, tray: Tray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("qa.chat.tray", fromlist=["LIMITS"]).LIMITS, "questions", 10)
    refused = client(engine, tray).post("/desk/files?for=questions&name=a.txt", content=b"x" * 11)
    assert refused.status_code == 413
    assert client(engine, tray).post("/desk/files?for=questions&name=a.txt", content=b"x" * 10).status_code == 200


def test_who_may_not_write_may_still_send_questions(engine: Engine, tray: Tray) -> None:
    reader = client(engine, tray, writes=False)
    assert reader.post("/desk/files?for=articles&name=a.txt", content=TEA).status_code == 403
    assert reader.post("/desk/files?for=questions&name=a.txt", content=b"Who?").status_code == 200


def test_answers_are_saved_and_never_shown(engine: Engine, tray: Tray) -> None:
    runs, app = Runs(engine), FastAPI()
    add_transfer(app, tray, runs, lambda request: True)
    token, _ = run(runs, 'que"stións\r\n.txt', b"How many bees did the keeper count?")
    got = TestClient(app).get(f"/desk/answers/{token}/jsonl")
    assert json.loads(got.text)["status"] == "answered"
    assert got.headers["content-disposition"].startswith("attachment; ")
    assert got.headers["content-security-policy"] == "sandbox"
    assert TestClient(app).get(f"/desk/answers/{token}/csv").text.startswith("question,pq_status")
    for path in (f"{token}/html", "x/csv", "../../etc/passwd/csv"):
        assert TestClient(app).get(f"/desk/answers/{path}").status_code == 404


# the page's events


def event(**data: Any) -> gr.EventData:
    return gr.EventData(None, data or None)


def request() -> gr.Request:
    return gr.Request(Request({"type": "http", "headers": []}))


def pane(engine: Engine, tray: Tray, writes: bool = True) -> Any:
    with gr.Blocks(analytics_enabled=False):
        return build_articles(engine, lambda request: writes, tray)


FOLLOW = Follow([object()], lambda: ("followed",))


def plain(page: str) -> str:
    return re.sub("<[^>]*>", "", page)


def told(events: Any) -> list[tuple[Any, ...]]:
    async def gather() -> list[tuple[Any, ...]]:
        return [step async for step in events]

    return asyncio.run(gather())


def test_what_is_added_is_listed_and_followed(engine: Engine, tray: Tray) -> None:
    token = tray.put(upload("kiosk.txt", TEA))
    last = told(_adding(pane(engine, tray), FOLLOW)(event(files=[token]), request()))[-1]
    assert "“The kiosk” is added. You can ask about it at once." in plain(last[0])
    assert "The kiosk" in last[1]
    assert last[2] == "followed"


def test_what_takes_the_place_of_another_article_is_not_said_to_be_added(engine: Engine, tray: Tray) -> None:
    add = _adding(pane(engine, tray), FOLLOW)
    for text in (TEA, b"The bakery\n\nThe bakery sold nine cakes."):
        token = tray.put(upload("draft.txt", text))
        said = plain(told(add(event(files=[token]), request()))[-1][0])
    assert "“The bakery” has replaced what “draft.txt” held before." in said
    assert "added" not in said


def test_of_several_new_articles_the_first_are_named_and_can_be_opened(engine: Engine, tray: Tray) -> None:
    rows = b"".join(
        json.dumps({"id": f"r{n}", "title": f"T{n}", "text": f"Row {n}."}).encode() + b"\n" for n in range(7)
    )
    line = told(_adding(pane(engine, tray), FOLLOW)(event(files=[tray.put(upload("r.jsonl", rows))]), request()))[-1][0]
    assert "New: “T0”, “T1”, “T2”, “T3”, “T4” and 2 more" in plain(line)
    assert 'data-article="r4"' in line


def test_of_several_articles_those_that_replace_another_are_named_with_what_they_replace(
    engine: Engine, tray: Tray
) -> None:
    rows = [{"id": f"r{n}", "title": f"T{n}", "text": f"Row {n}."} for n in range(6)]
    rows.append({"id": BEES.id, "title": "<Wasps>", "text": "Wasps sting."})
    file = tray.put(upload("r.jsonl", "\n".join(map(json.dumps, rows)).encode()))
    line = plain(told(_adding(pane(engine, tray), FOLLOW)(event(files=[file]), request()))[-1][0])
    assert "6 articles added, 1 article replaced under the same name." in line
    assert "New: “T0”, “T1”, “T2”, “T3”, “T4” and 1 moreReplaced: bees.txt, now “&lt;Wasps&gt;”" in line


def test_what_the_browser_refused_is_told_with_the_rest(engine: Engine, tray: Tray) -> None:
    files = [tray.put(upload(name, data)) for name, data in (("kiosk.txt", TEA), ("a.png", b"x"))]
    odd = [["empty.txt", "is empty"], ["x"], ["x", 5], None, ["n" * 2000, "is long"]]
    line = told(_adding(pane(engine, tray), FOLLOW)(event(files=files, refused=odd), request()))[-1][0]
    assert "Refused, 2" in line
    assert "empty.txt is empty." in plain(line)
    assert unsent({"a": 1}) == unsent(None) == []


@pytest.mark.parametrize("sent", [{}, {"files": ["x"]}, {"files": None}, {"text": ""}, {"text": ["x"]}])
def test_what_cannot_be_added_is_one_line(engine: Engine, tray: Tray, sent: dict[str, Any]) -> None:
    (only,) = told(_adding(pane(engine, tray), FOLLOW)(event(**sent), request()))
    assert '<p class="pq-trouble">' in only[0]
    assert only[1] == only[2] == gr.skip()


def test_a_file_that_is_none_leaves_the_run_before_it(engine: Engine, tray: Tray) -> None:
    with gr.Blocks(analytics_enabled=False):
        run = _running(build_runs(Runs(engine), tray))
    good, bad = (tray.put(upload(name, b"How many bees?", "questions")) for name in ("a.txt", "a.pdf"))
    line, table = told(run("", None, event(file=good)))[-1]
    assert plain(line) == ""
    assert "Answers to a.txt" in table
    ((line, table),) = told(run("", None, event(file=bad)))
    assert "“a.pdf” is not a question file" in plain(line)
    assert table == gr.skip()


def test_removing_takes_one_out_and_says_so(engine: Engine, tray: Tray) -> None:
    remove = _removing(pane(engine, tray), FOLLOW)
    line, listed, followed = remove(event(article=BEES.id, words="", page=0), request())
    assert "Removed “Bees of the valley”." in line
    assert "Bees of the valley" not in listed
    assert followed == "followed"
    for nothing in (BEES.id, None, ["x"], {"a": 1}):
        assert "no longer there" in remove(event(article=nothing), request())[0]


def test_a_second_writer_removes_nothing_and_is_told_calmly(engine: Engine, tray: Tray) -> None:
    remove = _removing(pane(engine, tray), FOLLOW)
    with engine.library.writing():
        assert "Somebody else is adding" in remove(event(article=BEES.id), request())[0]
    with engine.library.reading() as (_, truth):
        assert truth.article(BEES.id) is not None


def test_who_may_not_write_changes_nothing_whatever_is_sent(engine: Engine, tray: Tray) -> None:
    reading = pane(engine, tray, writes=False)
    form, listed = _first(reading)(request())
    assert "<input" not in form
    assert "Remove" not in listed
    assert "not change" in _removing(reading, FOLLOW)(event(article=BEES.id), request())[0]
    for sent in ({"text": "A text."}, {"files": [tray.put(upload("a.txt", TEA))]}):
        assert "not change" in told(_adding(reading, FOLLOW)(event(**sent), request()))[0][0]
    with engine.library.reading() as (_, truth):
        assert truth.article_count() == 2


@pytest.mark.parametrize(
    ("words", "found"),
    [("", 2), ("bees", 1), ("BEES valley", 1), ("post", 1), ("harbour freed", 1), ("bees ship", 0), ("%", 0), ("'", 0)],
)
def test_articles_are_found_by_title_or_outlet(engine: Engine, tray: Tray, words: str, found: int) -> None:
    listed = _finding(pane(engine, tray))(event(words=words, page=0), request())
    assert listed.count("<li>") == found


@pytest.mark.parametrize("page", [-1, 10**12, "x", None, [1], True, 1.5])
def test_no_page_is_too_far(engine: Engine, tray: Tray, page: Any) -> None:
    assert "<li>" in _finding(pane(engine, tray))(event(words=None, page=page), request())


def test_accents_and_case_do_not_hide_an_article(engine: Engine) -> None:
    add_pasted(
        engine, pasted({"text": "x y.", "title": "Żółw ÉTÉ ﬁn", "source": "Straße"}), Errand(lambda errand: None)
    )
    with engine.library.reading() as (_, truth):
        for words in (["żółw"], ["ete", "fin"], ["STRASSE"]):
            assert truth.found(words)[1] == 1, words


def test_what_stands_in_a_list_is_text(engine: Engine) -> None:
    hostile = '"><script>alert(1)</script>'
    made = pasted({"text": "x", "title": hostile, "source": hostile})
    listed = shelf([made], 1, 0, hostile, True)
    assert "<script" not in listed
    assert 'data-remove="pasted/' in listed
    assert "Nothing was added" in outcome(Summary())
    assert "as &#x27;03/04/2023&#x27; of otter" in outcome(Summary(added=1, undated=1, vague=("otter", "03/04/2023")))


def test_all_of_the_pages_events_are_private(engine: Engine) -> None:
    assert {fn.api_visibility for fn in build_page(engine).fns.values()} == {"private"}


def test_busy_is_an_error_of_the_library(engine: Engine) -> None:
    with engine.library.writing(), pytest.raises(LibraryBusy, match="somebody else"):
        add_pasted(engine, pasted({"text": "x"}), Errand(lambda errand: None))


def test_nothing_of_a_run_is_left_in_the_way(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    runs = Runs(engine)
    with pytest.raises(UsageError):
        runs.begin(upload("a.csv", b"id\n1\n", "questions"))
    assert list(temporary.iterdir()) == []
    _, errand = run(runs, "a.txt", SHIP.title.encode())
    errand.close()
    assert list(temporary.iterdir()) == []
