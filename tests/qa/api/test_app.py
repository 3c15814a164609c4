"""The API over the toy engine, through a real server: paths and bodies arrive as clients send them."""

import datetime as dt
import http.client
import io
import json
import re
import shlex
import shutil
import socket
import subprocess
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from index.article import storable, text_digest
from index.errors import LibraryBusy
from index.library import Library
from index.schema import FILE
from index.update import remove_articles
from qa.api import examples
from qa.api.app import create_api
from qa.api.article_models import ArticleItem, ArticleOut, ListOut, SummaryOut
from qa.api.job_models import VerifiedOut
from qa.api.limits import ARTICLES_BYTES, QUESTION_BYTES
from qa.api.models import AnswerOut, HealthOut, ReadyOut
from qa.api.openai_models import CompletionOut, ModelsOut
from qa.api.writing import Writing
from qa.confidence import Calibration
from qa.engine import Engine
from qa.question import MAX_CHARACTERS, MAX_TURN_CHARACTERS, MAX_TURNS, turns
from tests.conftest import BEES, ROOT, SHIP
from tests.qa.door import PROBLEM, Door, is_problem, start
from tests.toy import ToyEncoder, ToyRanker

JSON = {"Content-Type": "application/json"}
QUESTION = "How many bees did the keeper count?"
ODD_IDS = [
    "a/b", "/a", "a/", "//", "a//b", "a?b=c", "a#b", "100%", "%2F", "a%2Fb", "%25", "a b", " ", "+", "a+b", "a&b=c",
    "a;b", "../../etc/passwd", "a/../b", "a/..", "./a", "...", "naïve", "战争", "🐝", "e\u0301", "\u202eabc", "a\nb",
    "a\n", "\r\n", "\t", "\x7f", "\\", "a\\b", '"', "'", "<script>", "a:b", "http://x.org/y?z=1#w", "{id}", "null",
    "articles", "x" * 2000,
]  # fmt: skip


# asking


def test_an_answer_is_the_engines_own_json(door: Door) -> None:
    response = door.client.post("/v1/ask", json={"question": QUESTION})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert response.json() == door.engine.ask(QUESTION).to_json()
    assert list(response.json()) == list(door.engine.ask(QUESTION).to_json())
    assert response.json()["id"] is None
    assert response.json()["citations"][0]["cited_text"] == "The keeper counted 40,000 bees in May."


@pytest.mark.parametrize(
    "question", [QUESTION, "Who won the match in Quillfield?", "hello", "?", "战争", "x" * MAX_CHARACTERS]
)
def test_every_answer_has_the_documented_shape(door: Door, question: str) -> None:
    response = door.client.post("/v1/ask", json={"question": question, "top_k": 100})
    assert response.status_code == 200
    AnswerOut.model_validate(response.json(), strict=True)
    assert response.json() == door.engine.ask(question, 100).to_json()


def test_top_k_bounds_the_hits(door: Door) -> None:
    sizes = [
        len(door.client.post("/v1/ask", json={"question": QUESTION, "top_k": k}).json()["hits"]) for k in (1, 3, 100)
    ]
    assert sizes[:2] == [1, 3]
    assert sizes[2] > 3


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "question"),
        ({"question": ""}, "question"),
        ({"question": " \n\u00a0"}, "question"),
        ({"question": "a\0b"}, "question"),
        ({"question": "a\ud800"}, "question"),
        ({"question": "x" * (MAX_CHARACTERS + 1)}, "question"),
        ({"question": None}, "question"),
        ({"question": 7}, "question"),
        ({"question": ["x"]}, "question"),
        ({"question": True}, "question"),
        ({"question": "x", "top_k": 0}, "top_k"),
        ({"question": "x", "top_k": 101}, "top_k"),
        ({"question": "x", "top_k": -1}, "top_k"),
        ({"question": "x", "top_k": True}, "top_k"),
        ({"question": "x", "top_k": "10"}, "top_k"),
        ({"question": "x", "top_k": 1.5}, "top_k"),
        ({"question": "x", "top_k": None}, "top_k"),
        ({"question": "x", "top_k": 10**30}, "top_k"),
        ({"question": "x", "topk": 3}, "topk"),
        ({"question": "x", "history": "before"}, "history"),
        ({"question": "x", "history": {}}, "history"),
        ({"question": "x", "history": [7]}, "history"),
        ({"question": "x", "history": [{"role": "user"}]}, "history"),
        ({"question": "x", "history": [{"role": "system", "content": "y"}]}, "history"),
        ({"question": "x", "history": [{"role": "user", "content": "y"}] * (MAX_TURNS + 1)}, "history"),
        ({"question": "x", "history": [{"role": "user", "content": "y" * (MAX_TURN_CHARACTERS + 1)}]}, "history"),
        ({"question": "x", "as_of": "yesterday"}, "as_of"),
        ({"question": "x", "as_of": "2023-02-30"}, "as_of"),
        ({"question": "x", "as_of": "2" * 1000}, "as_of"),
        ({"question": "x", "as_of": 20231005}, "as_of"),
        ({"question": "x", "min_confidence": 1.1}, "min_confidence"),
        ({"question": "x", "min_confidence": -0.1}, "min_confidence"),
        ({"question": "x", "min_confidence": "0.5"}, "min_confidence"),
        ({"question": "x", "min_confidence": True}, "min_confidence"),
        ({"question": "x", "min_confidence": float("nan")}, "min_confidence"),
        ({"question": "x", "fast": 1}, "fast"),
        ({"question": "x", "fast": None}, "fast"),
        ({"question": "x", "b\ud800": 3}, "body"),
        ([], "body"),
        ("x", "body"),
        (None, "body"),
        (3, "body"),
    ],
)
def test_a_question_that_makes_no_sense_is_422_and_says_where(door: Door, body: object, where: str) -> None:
    found = is_problem(door.client.post("/v1/ask", content=json.dumps(body), headers=JSON), 422)
    assert [part.where for part in found.errors or []] == [where]


SAID = [{"role": "user", "content": "Which vessel blocked the canal?"}, {"role": "assistant", "content": "A ship."}]


@pytest.mark.parametrize(
    ("fields", "settings"),
    [
        ({"as_of": "2024-05-01"}, {"as_of": dt.date(2024, 5, 1)}),
        ({"as_of": "2024-05-02T23:59:59+09:00"}, {"as_of": dt.date(2024, 5, 2)}),
        ({"min_confidence": 1}, {"min_confidence": 1.0}),
        ({"min_confidence": 0}, {"min_confidence": 0.0}),
        ({"fast": True}, {"fast": True}),
        ({"history": SAID}, {"history": turns(SAID)}),
        ({"history": [{**turn, "id": 7} for turn in SAID]}, {"history": turns(SAID)}),
        ({"history": [], "as_of": None, "min_confidence": None, "fast": False}, {}),
        ({"history": None, "as_of": ""}, {}),
    ],
)
def test_a_question_is_asked_as_it_says(door: Door, fields: dict[str, Any], settings: dict[str, Any]) -> None:
    response = door.client.post("/v1/ask", json={"question": "When did they free it?", **fields})
    assert response.status_code == 200
    assert response.json() == door.engine.ask("When did they free it?", **settings).to_json()
    AnswerOut.model_validate(response.json(), strict=True)


def test_the_longest_history_that_may_be_is_read(door: Door) -> None:
    history = [{"role": "user", "content": "y" * MAX_TURN_CHARACTERS}] * MAX_TURNS
    body = json.dumps({"question": QUESTION, "history": history})
    assert len(body) <= QUESTION_BYTES
    assert door.client.post("/v1/ask", content=body, headers=JSON).status_code == 200


def test_a_problem_names_the_field_and_the_limit(door: Door) -> None:
    found = is_problem(door.client.post("/v1/ask", json={"question": "x", "as_of": "May"}), 422)
    assert found.detail == "as_of: 'May' is not a date: write it as 2023-10-05"
    found = is_problem(door.client.post("/v1/ask", json={"question": "x", "history": SAID * 51}), 422)
    assert found.detail == "the history has 102 turns: give the last 100"
    found = is_problem(door.client.post("/v1/ask", json={"question": "x" * (QUESTION_BYTES + 1)}), 413)
    assert "larger than 2 MB" in found.detail


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"question": "x"', b"{'question': 'x'}", b'{"question": "x"} x', b"\xff", b"\0"]
)
@pytest.mark.parametrize("path", ["/v1/ask", "/v1/articles"])
def test_a_body_that_is_no_json_is_a_problem(door: Door, path: str, body: bytes) -> None:
    response = door.client.post(path, content=body, headers=JSON)
    is_problem(response, 400 if response.status_code == 400 else 422)


@pytest.mark.parametrize(
    "body", [b"[" * 30_000, b'{"question":' * 5000, b'{"question": ' + b"9" * 5000 + b"}", b'{"question": NaN}']
)
@pytest.mark.parametrize("path", ["/v1/ask", "/v1/articles"])
def test_a_body_that_is_an_attack_is_a_problem(door: Door, path: str, body: bytes) -> None:
    response = door.client.post(path, content=body, headers=JSON)
    is_problem(response, 400 if response.status_code == 400 else 422)


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/xml", "", "json", "é"]
)
@pytest.mark.parametrize("path", ["/v1/ask", "/v1/articles"])
def test_a_body_of_another_type_is_415(door: Door, path: str, kind: str | None) -> None:
    headers = [] if kind is None else [(b"Content-Type", kind.encode())]
    is_problem(door.client.post(path, content=json.dumps({"question": QUESTION}), headers=headers), 415)


def test_json_may_name_its_charset(door: Door) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    assert door.client.post("/v1/ask", content=json.dumps({"question": QUESTION}), headers=headers).status_code == 200


# articles


def test_articles_are_listed_in_pages_without_their_text(door: Door) -> None:
    both = ListOut.model_validate(door.client.get("/v1/articles").json(), strict=True)
    assert [item.id for item in both.items] == [BEES.id, SHIP.id]  # newest first
    assert (both.total, both.limit, both.offset) == (2, 100, 0)
    second = door.client.get("/v1/articles", params={"limit": 1, "offset": 1}).json()
    assert [item["id"] for item in second["items"]] == [SHIP.id]
    assert second["total"] == 2
    assert "text" not in second["items"][0]
    assert door.client.get("/v1/articles", params={"offset": 2**53}).json()["items"] == []


def test_articles_are_listed_by_source(door: Door) -> None:
    found = door.client.get("/v1/articles", params={"source": "Harbour Wire"}).json()
    assert ([item["id"] for item in found["items"]], found["total"]) == ([SHIP.id], 1)
    assert door.client.get("/v1/articles", params={"source": "harbour"}).json()["total"] == 0


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=x", "limit=", "offset=-1", "offset=99999999999999999999", "page=2"]
)
def test_a_page_that_makes_no_sense_is_422(door: Door, query: str) -> None:
    found = is_problem(door.client.get(f"/v1/articles?{query}"), 422)
    assert [part.where for part in found.errors or []] == [query.partition("=")[0]]


def test_an_article_comes_with_its_text_and_digest(door: Door) -> None:
    for path in ("/v1/articles/news%2Fship.txt", "/v1/articles/news/ship.txt"):
        found = ArticleOut.model_validate(door.client.get(path).json(), strict=True)
        assert (found.id, found.text, found.sha256) == (SHIP.id, SHIP.text, SHIP.sha256)
        assert (found.title, found.source, found.url, found.published_at) == (
            SHIP.title,
            SHIP.source,
            SHIP.url,
            SHIP.published_at,
        )


def add(door: Door, *rows: object) -> httpx.Response:
    return door.client.post("/v1/articles", content=json.dumps({"articles": rows}), headers=JSON)


def address(article_id: str) -> str:
    return "/v1/articles/" + quote(article_id, safe="")


def test_odd_ids_go_round(door: Door) -> None:
    go_round(door, [{"id": odd, "text": f"A goat ate garden gate {n}."} for n, odd in enumerate(ODD_IDS)])


@pytest.mark.parametrize("article_id", ["..", "a/b?c#d%2F\n/"])
def test_an_odd_id_is_taken_out_by_its_address(door: Door, article_id: str) -> None:
    add(door, {"id": article_id, "text": "Dots dance."})
    assert door.raw("DELETE", address(article_id)) == (204, None)
    assert door.raw("DELETE", address(article_id))[0] == 404
    assert door.raw("GET", address(article_id))[0] == 404


rows = st.fixed_dictionaries({"id": st.text(min_size=1, max_size=40), "text": st.text(min_size=1, max_size=200)})


@settings(max_examples=6, deadline=None)
@given(articles=st.lists(rows, min_size=1, max_size=12, unique_by=lambda row: storable(row["id"])))
def test_any_articles_go_round(door: Door, articles: list[dict[str, str]]) -> None:
    assume(not {BEES.id, SHIP.id} & {row["id"] for row in articles})
    go_round(door, articles)


def go_round(door: Door, articles: list[dict[str, str]]) -> None:
    """Adds, lists, gets and removes: each comes back just as it was, but for those without a word of text."""
    posted = add(door, *articles)
    refused = [part["reason"] for part in posted.json().get("refused") or posted.json().get("errors") or []]
    assert all("no text" in reason for reason in refused)
    listed = ids(door)
    assert len(listed) == 2 + len(articles) - len(refused)
    for row in articles:
        if (kept := storable(row["id"])) in listed:
            status, found = door.raw("GET", address(kept))
            text = storable(row["text"])
            assert (status, found["id"], found["text"], found["sha256"]) == (200, kept, text, text_digest(text))
    clear(door)


def clear(door: Door) -> None:
    if extra := set(ids(door)) - {BEES.id, SHIP.id}:
        remove_articles(door.engine.library, extra)
    assert len(ids(door)) == 2


def ids(door: Door) -> list[str]:
    return [item["id"] for item in door.client.get("/v1/articles", params={"limit": 1000}).json()["items"]]


def test_no_address_is_taken_for_another_ones(door: Door) -> None:
    for wrong in (
        "bees.txt%0A",
        "bees.txt/",
        "%20bees.txt",
        "Bees.txt",
        "bees.txt%00",
        "%252e",
        "news%252Fship.txt",
        "%FF",
    ):
        assert door.raw("GET", f"/v1/articles/{wrong}")[0] == 404
        assert door.raw("DELETE", f"/v1/articles/{wrong}")[0] == 404


def test_what_is_added_can_be_asked_about_and_what_is_removed_cannot(door: Door) -> None:
    row = {
        "id": "zebra",
        "text": "Seven zebras escaped from Quillfield zoo on Sunday.",
        "section": "local",
        "published_at": "2024-06-01",
    }
    assert add(door, row).json() == {"added": 1, "changed": 0, "unchanged": 0, "twins": [], "refused": []}
    ask = {"question": "How many zebras escaped from the zoo?"}
    cited = door.client.post("/v1/ask", json=ask).json()["citations"][0]
    article = door.client.get("/v1/articles/zebra").json()
    assert article["metadata"] == {"section": "local"}
    assert article["text"][cited["start_char_index"] : cited["end_char_index"]] == cited["cited_text"] == row["text"]
    assert add(door, row).json()["unchanged"] == 1
    assert add(door, row | {"title": "Zebras out"}).json()["changed"] == 1
    assert door.client.delete("/v1/articles/zebra").status_code == 204
    assert all(hit["document_id"] != "zebra" for hit in door.client.post("/v1/ask", json=ask).json()["hits"])


def test_a_bad_row_is_refused_by_its_place_and_the_others_are_taken(door: Door) -> None:
    found = SummaryOut.model_validate(
        add(
            door, {"id": "a", "text": "Ants amble."}, {"id": "b"}, {"text": "No id."}, 7,
            {"id": "a", "text": "Apes ate."}, {"id": "c", "text": BEES.text}, {"id": "d", "text": " "},
            {"id": "e", "text": ["x"]},
        ).json()
    )  # fmt: skip
    assert (found.added, [(twin.id, twin.same_text_as) for twin in found.twins]) == (2, [("c", BEES.id)])
    assert [part.where for part in found.refused] == [f"articles[{n}]" for n in (1, 2, 3, 4, 6, 7)]
    assert "articles[0]" in found.refused[3].reason
    clear(door)


def test_where_every_article_is_refused_it_is_422(door: Door) -> None:
    found = is_problem(add(door, {"id": "b"}, None), 422)
    assert [part.where for part in found.errors or []] == ["articles[0]", "articles[1]"]


@pytest.mark.parametrize(
    "body", [{}, [], {"articles": []}, {"articles": {}}, {"articles": None}, {"articles": [], "x": 1}, "articles"]
)
def test_articles_that_make_no_sense_are_422(door: Door, body: object) -> None:
    assert is_problem(door.client.post("/v1/articles", content=json.dumps(body), headers=JSON), 422).errors


def test_odd_metadata_comes_back_as_json(door: Door) -> None:
    body = rb'{"articles":[{"id":"odd","text":"Owls.","a":NaN,"b":1e999,"c":"\ud800","d":{"e":["\u0000"]}}]}'
    assert door.client.post("/v1/articles", content=body, headers=JSON).json()["added"] == 1
    found = door.client.get("/v1/articles/odd").json()["metadata"]
    assert (found["a"], found["b"], found["c"], found["d"]) == (None, None, "\ufffd", {"e": ["\ufffd"]})
    assert door.client.delete("/v1/articles/odd").status_code == 204


# files


def test_files_are_read_as_the_index_command_reads_them(door: Door) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("deep/yak.txt", "Yaks on the pass\n\nThe yaks yawned at noon.")
        packed.writestr("deep/bad.pdf", b"%PDF no")
    files = [
        ("files", ("rows.jsonl", b'{"id": "r1", "text": "Rooks roost here."}\nnonsense\n')),
        ("files", ("herd.zip", archive.getvalue())),
        ("other", ("../../way/out.txt", b"Otters on the otter bank\n\nOtters own the oxbow.")),
        ("other", ("again.jsonl", b'{"id": "r1", "text": "Another."}\n')),
        ("other", ("tool.exe", b"MZ")),
    ]
    found = SummaryOut.model_validate(door.client.post("/v1/articles", files=files).json())
    assert found.added == 3
    assert [part.where for part in found.refused] == [
        "rows.jsonl:2",
        "herd.zip!deep/bad.pdf",
        "again.jsonl",
        "tool.exe",
    ]
    clear(door)


def test_a_form_without_files_is_refused(door: Door) -> None:
    empty = {"content": b"--x--\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}
    is_problem(door.client.post("/v1/articles", **empty), 422)  # type: ignore[arg-type]
    field = b'--x\r\nContent-Disposition: form-data; name="note"\r\n\r\nhi\r\n--x--\r\n'
    assert "'note'" in is_problem(door.client.post("/v1/articles", **empty | {"content": field}), 422).detail  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body",
    [b"", b"junk", b"--x\r\n\r\n", b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\ncut'],
)
@pytest.mark.parametrize("boundary", ["; boundary=x", ""])
def test_a_broken_form_is_a_problem(door: Door, body: bytes, boundary: str) -> None:
    headers = {"Content-Type": f"multipart/form-data{boundary}"}
    response = door.client.post("/v1/articles", content=body, headers=headers)
    assert is_problem(response, response.status_code).status in (400, 422)


def test_of_a_form_that_is_cut_off_nothing_is_taken_in(door: Door) -> None:
    """Its last file would be lost without a word, or be half a text."""
    part = '--x\r\nContent-Disposition: form-data; name="f"; filename="{0}.txt"\r\n\r\nThe {0} text.\r\n'
    body = part.format("first") + part.format("second").rstrip()
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    for cut in ("", "\r\n--x", "\r\n--x\r\n"):
        response = door.client.post("/v1/articles", content=body + cut, headers=headers)
        assert is_problem(response, 400).detail.startswith("the form has no closing boundary")
    assert door.client.get("/v1/articles/first.txt").status_code == 404
    whole = door.client.post("/v1/articles", content=body + "\r\n--x--", headers=headers)
    assert (whole.status_code, whole.json()["added"]) == (200, 2)
    for name in ("first.txt", "second.txt"):
        assert door.client.delete(f"/v1/articles/{name}").status_code == 204


def test_a_file_without_a_name_is_refused_by_name(door: Door) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="f"; filename=""\r\n\r\nSome text.\r\n--x--\r\n'
    found = is_problem(
        door.client.post("/v1/articles", content=body, headers={"Content-Type": "multipart/form-data; boundary=x"}), 422
    )
    assert [part.where for part in found.errors or []] == ["(a file without a name)"]


# limits


@pytest.mark.parametrize(("path", "limit"), [("/v1/ask", QUESTION_BYTES), ("/v1/articles", ARTICLES_BYTES)])
def test_a_body_said_to_be_too_large_is_413_before_it_is_read(door: Door, path: str, limit: int) -> None:
    status, found = door.raw("POST", path, None, JSON | {"Content-Length": str(limit + 1)})
    assert (status, found["status"]) == (413, 413)
    status, found = door.raw("POST", path, None, JSON | {"Content-Length": "9" * 15})
    assert (status, found["status"]) == (413, 413)


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x"])
def test_a_body_that_becomes_too_large_is_413(door: Door, kind: str) -> None:
    path, limit = ("/v1/ask", QUESTION_BYTES) if kind in JSON.values() else ("/v1/articles", ARTICLES_BYTES)
    head = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\n'
    block = b"a" * (limit // 16)
    status, found = door.raw(
        "POST", path, iter([head] + [block] * 17), {"Content-Type": kind, "Transfer-Encoding": "chunked"}
    )
    assert (status, found["status"]) == (413, 413)


def test_a_body_as_large_as_may_be_is_read(door: Door) -> None:
    body = json.dumps({"question": QUESTION}).ljust(QUESTION_BYTES)
    assert door.client.post("/v1/ask", content=body, headers=JSON).status_code == 200
    assert door.raw("POST", "/v1/ask", iter([body.encode()]), JSON | {"Transfer-Encoding": "chunked"})[0] == 200


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/articles"])
def test_a_body_that_does_not_come_is_408(door: Door, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.api.limits.BODY_SECONDS", 0.2)
    with socket.create_connection(("127.0.0.1", door.port), timeout=30) as client:
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        client.sendall(f'{head}Content-Length: 99\r\n\r\n{{"question": "H'.encode())
        answer = http.client.HTTPResponse(client)
        answer.begin()
        assert (answer.status, answer.headers["content-type"]) == (408, PROBLEM)
        assert json.loads(answer.read())["detail"] == "the body did not come in time: send it again"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:99", 200),
        ("127.0.0.1", 200),
        ("[::1]:7860", 200),
        ("192.168.1.5:80", 200),
        ("evil.example", 400),
        ("localhost.evil.example", 400),
        ("", 400),
        ("[", 400),
    ],
)
def test_only_our_own_names_are_answered_to(door: Door, host: str, status: int) -> None:
    assert door.raw("GET", "/healthz", headers={"Host": host})[0] == status


@pytest.mark.parametrize(
    ("origin", "status"), [("http://evil.example", 403), ("null", 403), ("http://127.0.0.1:1", 403), (None, 200)]
)
def test_no_page_of_another_site_asks_or_adds(door: Door, origin: str | None, status: int) -> None:
    headers = JSON | ({"Origin": origin or f"http://127.0.0.1:{door.port}"})
    response = door.client.post("/v1/ask", json={"question": QUESTION}, headers=headers)
    assert response.status_code == status
    assert "access-control-allow-origin" not in response.headers


# health and failures


def test_health(door: Door) -> None:
    assert HealthOut.model_validate(door.client.get("/healthz").json()).status == "ok"
    ready = ReadyOut.model_validate(door.client.get("/readyz").json(), strict=True)
    assert (ready.status, ready.articles) == ("ready", 2)


def test_while_another_writes_changes_are_503_and_answers_go_on(door: Door) -> None:
    with door.engine.library.writing():
        for response in (add(door, {"id": "a", "text": "Ants."}), door.client.delete("/v1/articles/bees.txt")):
            is_problem(response, 503)
            assert int(response.headers["retry-after"]) > 0
        assert door.client.post("/v1/ask", json={"question": QUESTION}).status_code == 200
        assert door.client.get("/readyz").status_code == 200


def test_many_may_ask_while_articles_come_and_go(door: Door) -> None:
    def ask(_: int) -> httpx.Response:
        return door.client.post("/v1/ask", json={"question": QUESTION})

    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(ask, range(80))
        for n in range(4):
            assert add(door, {"id": f"n{n}", "text": f"Newts nap for {n} hours."}).status_code == 200
        for answer in answers:
            assert answer.status_code == 200
            assert answer.json()["citations"][0]["document_id"] == BEES.id
    clear(door)


def test_writes_that_are_sent_at_once_are_all_carried_out(door: Door) -> None:
    rows = [{"id": f"gull-{n}", "text": f"Gull number {n} was seen at the pier."} for n in range(12)]
    with ThreadPoolExecutor(len(rows)) as pool:
        assert [answer.status_code for answer in pool.map(lambda row: add(door, row), rows)] == [200] * 12
        gone = pool.map(lambda row: door.client.delete(f"/v1/articles/{row['id']}"), rows)
        assert [answer.status_code for answer in gone] == [204] * 12


def test_a_write_waits_for_others_but_not_for_ever() -> None:
    writing = Writing(places=2, seconds=0.05)
    with writing.turn(), ThreadPoolExecutor(1) as pool, pytest.raises(LibraryBusy, match="takes long"):
        pool.submit(wait_for, writing).result()
    one_place = Writing(places=1)
    with one_place.turn(), pytest.raises(LibraryBusy, match="too many"):
        wait_for(one_place)
    wait_for(writing)  # what was refused has left no trace


def wait_for(writing: Writing) -> None:
    with writing.turn():
        pass


def test_a_missing_library_is_not_ready_and_names_no_folder(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "library" / FILE).rename(tmp_path / "library" / "gone")
    server, thread, listener = start(engine)
    with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
        for path in ("/readyz", "/v1/articles", "/v1/articles/bees.txt"):
            assert str(tmp_path) not in is_problem(client.get(path), 503).detail
        assert client.get("/healthz").status_code == 200
    server.should_exit = True
    thread.join(10)
    listener.close()


class Broken(ToyEncoder):
    def encode_question(self, question: str) -> Any:
        raise RuntimeError("a secret of the server's")


def test_a_bug_is_500_and_tells_nothing(library: Library) -> None:
    engine = Engine(library, Broken(), ToyRanker(), Calibration(score=1.0, intercept=-2.0, threshold=0.5))
    server, thread, listener = start(engine)
    with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
        response = client.post("/v1/ask", json={"question": QUESTION})
        assert "secret" not in is_problem(response, 500).model_dump_json()
    server.should_exit = True
    thread.join(10)
    listener.close()


# every endpoint


def endpoints(engine: Engine) -> list[tuple[str, str]]:
    paths = create_api(engine).openapi()["paths"]
    return [(method.upper(), path) for path, item in paths.items() for method in item]


def test_errors_have_one_shape_at_every_endpoint(door: Door) -> None:
    asked = endpoints(door.engine)
    assert len(asked) >= 9
    for method, path in asked:
        target = path.replace("/jobs/{id}", "/jobs/none").replace("{id}", "no%2Fsuch")
        is_problem(door.client.request("PATCH", target), 405)
        is_problem(door.client.request(method, target, headers={"Host": "evil.example"}), 400)
        status, found = door.raw(method, target, None, {"Content-Length": str(2**40)})
        assert (status, found["status"]) == (413, 413)
        if method in ("POST", "DELETE"):
            is_problem(door.client.request(method, target, headers={"Origin": "https://evil.example"}), 403)
    for path in ("/v1", "/v1/", "/v1/nothing", "/v1/ask/", "/v1/articles/", "/v2/ask", "/nothing", "/healthz/"):
        is_problem(door.client.get(path), 404)


def test_a_wrong_method_is_told_the_right_ones(door: Door) -> None:
    allowed = {
        path: door.client.put(path).headers["allow"]
        for path in ("/v1/ask", "/v1/articles", "/v1/articles/a/b", "/healthz")
    }
    assert list(allowed.values()) == ["POST", "GET, HEAD, POST", "DELETE, GET, HEAD", "GET, HEAD"]


@pytest.mark.parametrize(
    "path",
    [
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/v1/articles",
        "/v1/articles/bees.txt",
        "/v1/jobs",
        "/v1/models",
    ],
)
def test_head_is_answered_as_get_is_without_the_body(door: Door, path: str) -> None:
    head, get = door.client.head(path), door.client.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == get.headers["content-type"]


def test_head_is_answered_where_get_is_alone(door: Door) -> None:
    assert door.client.head("/v1/ask").status_code == 405
    assert door.client.head("/v1/articles/none").status_code == 404
    assert door.client.head("/v1/jobs?limit=1").status_code == door.client.get("/v1/jobs?limit=1").status_code


def test_the_openapi_document_is_complete(door: Door) -> None:
    document = door.client.get("/openapi.json").json()
    text = json.dumps(document)
    assert "HTTPValidationError" not in text
    for reference in {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}:
        assert reference in document["components"]["schemas"]
    for item in document["paths"].values():
        for operation in item.values():
            assert operation["summary"]
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    assert list(response["content"]) == [PROBLEM]
    for name, schema in document["components"]["schemas"].items():
        assert schema["description"], name
        for field, described in schema.get("properties", {}).items():
            assert described.get("description") or "$ref" in json.dumps(described), (name, field)
    asking = document["components"]["schemas"]["AskIn"]["properties"]
    assert asking["history"]["anyOf"][0]["items"]["$ref"].endswith("/TurnIn")
    assert asking["filters"]["anyOf"][0]["$ref"].endswith("/FiltersIn")
    body = document["paths"]["/v1/ask"]["post"]["requestBody"]["content"]["application/json"]
    assert body["examples"]
    for shown in body["examples"].values():
        assert set(shown["value"]) <= set(asking)
        assert door.client.post("/v1/ask", json=shown["value"]).status_code == 200
    assert set(document["paths"]["/v1/articles"]["post"]["requestBody"]["content"]) == {
        "application/json",
        "multipart/form-data",
    }
    for path in ("/v1/batch", "/v1/articles"):
        assert "Location" in document["paths"][path]["post"]["responses"]["202"]["headers"]
    assert set(ArticleItem.model_fields) < set(document["components"]["schemas"]["ArticleOut"]["required"])
    assert door.client.get("/docs").status_code == 200


def test_every_body_answer_and_parameter_has_an_example(door: Door) -> None:
    document = door.client.get("/openapi.json").json()
    without = []
    for path, item in document["paths"].items():
        for method, operation in item.items():
            answers = operation["responses"].values()
            for part in (operation.get("requestBody", {}), *answers):
                without += [
                    (method, path, kind) for kind, held in part.get("content", {}).items() if not shown(document, held)
                ]
            without += [
                (method, path, parameter["name"])
                for parameter in operation.get("parameters", [])
                if not {"examples", "default", "enum"} & parameter["schema"].keys()
            ]
    assert without == []


def shown(document: dict[str, Any], held: dict[str, Any]) -> bool:
    """Has it an example: of its own, of its schema's, or of each field that must be there?"""
    schema = held["schema"]
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "example" in held or "examples" in held or "examples" in schema:
        return True
    fields = [schema["properties"][name] for name in schema.get("required", [])]
    return bool(fields) and all(shown(document, {"schema": field}) for field in fields)


@pytest.mark.parametrize(
    ("model", "value"),
    [
        (VerifiedOut, examples.VERIFIED),
        (ReadyOut, examples.READY),
        (ModelsOut, examples.MODELS),
        (CompletionOut, examples.COMPLETION),
        (ListOut, examples.LISTED),
        (ArticleOut, examples.ARTICLE),
        (SummaryOut, examples.SUMMARY),
        (AnswerOut, examples.ANSWERED),
        (AnswerOut, examples.ABSTAINED),
    ],
)
def test_examples_are_true(model: type[BaseModel], value: dict[str, Any]) -> None:
    assert model.model_validate(value).model_dump(mode="json") == value


def test_the_example_of_a_message_cites_what_it_says() -> None:
    message = examples.COMPLETION["choices"][0]["message"]
    cited = message["annotations"][0]["url_citation"]
    assert message["content"][cited["start_index"] : cited["end_index"]] == examples.CITATION["cited_text"]


def test_every_operation_is_in_the_docs(door: Door) -> None:
    told = (ROOT / "docs" / "api.md").read_text("utf-8")
    paths = door.client.get("/openapi.json").json()["paths"]
    assert [path for path in paths if f"{path}`" not in told and f"{path}?" not in told] == []


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_documented_calls_succeed(door: Door) -> None:
    calls = re.findall(r"^\$ (curl .*)$", (ROOT / "docs" / "api.md").read_text("utf-8"), re.MULTILINE)
    assert len(calls) >= 14
    for call in calls:
        command = [*shlex.split(call.replace(":7860", f":{door.port}")), "--fail-with-body"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, f"{call}\n{done.stdout}"
    clear(door)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=[])), inner, max_size=4)
    ),
    max_leaves=12,
)
fields = st.sampled_from(["id", "text", "title", "author", "source", "url", "published_at", "language", "x"])
ASKING = ("top_k", "history", "as_of", "min_confidence", "fast", "filters")
bodies = (
    json_values
    | st.fixed_dictionaries({"question": json_values}, optional=dict.fromkeys(ASKING, json_values))
    | st.fixed_dictionaries(
        {"articles": st.lists(st.dictionaries(fields, json_values, max_size=9) | json_values, max_size=4)}
    )
)


@settings(max_examples=120, deadline=None)
@given(body=bodies, path=st.sampled_from(["/v1/ask", "/v1/articles"]))
@example(body={"question": "Why?", "a\nname": 1}, path="/v1/ask")
def test_no_body_makes_the_server_fail(door: Door, body: object, path: str) -> None:
    response = door.client.post(path, content=json.dumps(body), headers=JSON)
    if response.status_code != 200:
        is_problem(response, 422)
        return
    (AnswerOut if path == "/v1/ask" else SummaryOut).model_validate(response.json())
    for article_id in set(ids(door)) - {BEES.id, SHIP.id}:
        assert door.raw("GET", address(article_id))[0] == 200
    clear(door)
