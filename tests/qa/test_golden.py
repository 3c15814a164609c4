"""Golden answers on the sample library, with the real model."""

import json
from typing import Any

import pytest

from qa.answer import Status
from qa.engine import Engine
from tests.conftest import ROOT

GOLDEN = [json.loads(line) for line in (ROOT / "tests/golden/questions.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("golden", [g for g in GOLDEN if "contains" in g], ids=lambda g: g["question"])
def test_the_right_sentence_comes_first(sample_engine: Engine, golden: dict[str, Any]) -> None:
    answer = sample_engine.ask(golden["question"])
    assert answer.status is Status.ANSWERED, answer.reason
    first = answer.citations[0]
    ids = {first.article.id, *(other.article.id for other in first.same_as)}
    assert golden["contains"] in first.text
    assert ids & set(golden["article_ids"])


@pytest.mark.parametrize("golden", [g for g in GOLDEN if g.get("abstain")], ids=lambda g: g["question"])
def test_what_the_articles_do_not_say_is_not_answered(sample_engine: Engine, golden: dict[str, Any]) -> None:
    answer = sample_engine.ask(golden["question"])
    assert answer.status is Status.ABSTAINED, answer.text
    assert answer.reason
    assert answer.hits, "the nearest misses are offered"


def test_hidden_text_is_no_evidence(sample_engine: Engine) -> None:
    for question in ("Did the rover find cheese on the Moon?", "Which telescope fell into the Baltic Sea?"):
        assert not any(word in hit.text for hit in sample_engine.ask(question, 100).hits for word in ("cheese", "Baltic"))


def test_a_wire_copy_is_cited_once_with_the_other_as_its_twin(sample_engine: Engine) -> None:
    answer = sample_engine.ask("How many tugs helped to free the Ever Given?", 100)
    ids = {hit.article.id for hit in answer.hits}
    assert "sg-2021-03-30-suez" not in ids, "cited as its earliest origin"
    assert "mw-2021-03-29-suez" in ids
