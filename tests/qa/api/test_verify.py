"""Saved answers checked over HTTP."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from index.library import Library
from index.update import index_articles, remove_articles
from qa.api.app import create_api
from qa.api.job_models import VerifiedOut
from qa.batch.run import run_batch
from qa.confidence import Calibration
from qa.engine import Engine
from tests.conftest import BEES, SHIP
from tests.qa.door import is_problem
from tests.qa.serving import serving
from tests.toy import ToyEncoder, ToyRanker

QUESTIONS = ("How many bees did the keeper count?", "Which vessel blocked the canal?")


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, Any]], bytes]:
    """Answers from a library as it was: as JSON, and as a csv file."""
    folder, encoder = tmp_path_factory.mktemp("before"), ToyEncoder()
    library = Library.create(folder / "library", encoder)
    index_articles(library, encoder, [BEES, SHIP])
    engine = Engine(library, encoder, ToyRanker(), Calibration(score=1.0, intercept=-2.0, threshold=0.5))
    (folder / "q.txt").write_text("\n".join(QUESTIONS))
    run_batch(engine, folder / "q.txt", folder / "a.csv", 5)
    return [engine.ask(question).to_json() for question in QUESTIONS], (folder / "a.csv").read_bytes()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Of a library in which one article has moved on and one is gone."""
    encoder = ToyEncoder()
    library = Library.create(tmp_path_factory.mktemp("after") / "library", encoder)
    index_articles(library, encoder, [replace(BEES, text="It rained. " + BEES.text), SHIP])
    remove_articles(library, [SHIP.id])
    engine = Engine(library, encoder, ToyRanker(), Calibration(score=1.0, intercept=-2.0, threshold=0.5))
    with serving(create_api(engine)) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


def verified(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    VerifiedOut.model_validate(response.json(), strict=False)
    found: dict[str, Any] = response.json()
    assert sum(found["counts"].values()) == len(found["checks"])
    return found


def test_answers_as_json(client: httpx.Client, before: tuple[list[dict[str, Any]], bytes]) -> None:
    found = verified(client.post("/v1/verify", json={"answers": before[0]}))
    assert {(check["line"], check["state"]) for check in found["checks"]} == {(1, "moved"), (2, "article_gone")}
    first = found["checks"][0]
    text = "It rained. " + BEES.text
    assert text[first["start_char_index"] : first["end_char_index"]] == before[0][0]["citations"][0]["cited_text"]
    assert "elsewhere" in first["problem"]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_answers_as_a_file(client: httpx.Client, before: tuple[list[dict[str, Any]], bytes], form: str) -> None:
    lines = "".join(json.dumps(answer) + "\n" for answer in before[0]).encode()
    data = before[1] if form == "csv" else lines
    found = verified(client.post("/v1/verify", files={"file": (f"a.{form}", data)}))
    states = [check["state"] for check in found["checks"]]
    assert found["counts"] == {
        "unchanged": 0,
        "moved": states.count("moved"),
        "article_changed": 0,
        "article_gone": states.count("article_gone"),
        "wrong": 0,
        "attribution_differs": 0,
        "answer_differs": 0,
    }
    assert {"moved", "article_gone"} == set(states)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"json": {"answers": []}}, "answers: is empty"),
        ({"json": {"answers": [{"citations": []}, {}]}}, "answers[1]: is not an answer"),
        ({"json": []}, "body"),
        ({"files": {"f": ("a.jsonl", b"nonsense")}}, "a.jsonl:1 is not JSON"),
        ({"files": {"f": ("a.csv", b"x,y\n")}}, "a.csv has no `pq_status` column"),
        ({"files": {"f": ("a.csv", b"\xff\xfe")}}, "a.csv is not a file of answers in UTF-8"),
        ({"files": [("f", ("a.jsonl", b"{}")), ("f", ("b.jsonl", b"{}"))]}, "one answers file at a time"),
    ],
)
def test_what_is_no_answer_is_told(client: httpx.Client, sent: Any, said: str) -> None:
    assert said in is_problem(client.post("/v1/verify", **sent), 422).detail


def test_hostile_citations_are_told_not_raised(client: httpx.Client) -> None:
    hostile = [1, None, "x", {}, {"document_id": ["x"]}, {"same_as": {"a": 1}}, {"start_char_index": 10**400}]
    found = verified(client.post("/v1/verify", json={"answers": [{"citations": hostile}]}))
    assert found["counts"]["wrong"] == len(found["checks"]) >= len(hostile)


def test_the_document_is_whole(client: httpx.Client, tmp_path: Path) -> None:
    document = client.get("/openapi.json").json()
    named = set(document["components"]["schemas"])
    text = json.dumps(document)
    for reference in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert reference in named, reference
