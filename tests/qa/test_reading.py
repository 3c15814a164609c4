"""The ranker's own network: the real weights."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.encode import default_folder
from index.errors import ModelError
from qa.pair import PairTokenizer
from qa.reading import Reader
from qa.weights import FITTED, WEIGHTS, fitted, load_reader

QUESTION = "How many days was the canal blocked?"
TEXTS = [
    ("Ship freed", "A container ship blocked the canal for six days."),
    ("Ship freed", "Tugs freed the vessel on Monday."),
    ("Bees of the valley", "The keeper counted 40,000 bees in May."),
    ("", "Nobody was hurt."),
    ("A long one", "The canal, " + "which is long and old and deep, " * 12 + "was blocked by a ship again."),
]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return load_reader(WEIGHTS, fitted().sha256)


def test_it_finds_the_sentence_and_the_answer_in_it(reader: Reader) -> None:
    found = reader.read(QUESTION, TEXTS)
    assert max(range(len(TEXTS)), key=lambda n: found[n].logit) == 0
    assert found[0].logit > 0
    assert found[0].answer is not None
    start, end = found[0].answer
    assert "six" in TEXTS[0][1][start:end]


def test_a_sentence_is_read_alike_alone_and_among_others(reader: Reader) -> None:
    assert [reader.read(QUESTION, [text])[0] for text in TEXTS] == reader.read(QUESTION, TEXTS)


def test_questions_are_read_together_as_each_alone(reader: Reader) -> None:
    asked = [(f"{QUESTION} {'Really? ' * n}", TEXTS[n % 2 :]) for n in range(6)]
    asked.insert(2, (QUESTION, []))
    assert reader.read_many(asked) == [reader.read(question, texts) for question, texts in asked]


def test_the_same_batch_gives_the_same_bits(reader: Reader) -> None:
    assert reader.read(QUESTION, TEXTS) == reader.read(QUESTION, TEXTS)


@settings(max_examples=25, deadline=None)
@given(question=st.text(max_size=80), title=st.text(max_size=40), sentence=st.text(max_size=900))
def test_any_text_is_read_and_answers_lie_inside(reader: Reader, question: str, title: str, sentence: str) -> None:
    (found,) = reader.read(question, [(title, sentence)])
    if (answer := found.answer) is not None:
        assert 0 <= answer[0] < answer[1] <= len(sentence)
    assert 0 <= found.chance <= 1


def test_nothing_to_read(reader: Reader) -> None:
    assert reader.read(QUESTION, []) == []


def test_a_pair_tells_its_parts() -> None:
    tokenizer = PairTokenizer(default_folder() / "tokenizer.json")
    (pair,) = tokenizer.pairs("Who?", [("A title", "Ann did.")])
    assert pair.ids[0] == 101
    assert [pair.ids[pair.question - 1], pair.ids[pair.sentence - 1], pair.ids[-1]] == [102] * 3
    assert [("Ann did."[a:b]) for a, b in pair.offsets] == ["Ann", "did", "."]
    assert len(pair.ids) == pair.sentence + len(pair.offsets) + 1


def test_weights_that_are_not_ours_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "ranker.safetensors"
    with pytest.raises(ModelError, match="cannot be read"):
        load_reader(file, fitted().sha256)
    shutil.copyfile(WEIGHTS, file)
    with file.open("r+b") as out:
        out.seek(1_000_000)
        out.write(b"\x00\x01")
    with pytest.raises(ModelError, match="are not the ranker's weights"):
        load_reader(file, fitted().sha256)


@pytest.mark.parametrize("text", ["", "{}", "[1]", json.dumps({"sha256": "0"})])
def test_what_was_fitted_is_checked(tmp_path: Path, text: str) -> None:
    file = tmp_path / "ranker.json"
    file.write_text(text)
    with pytest.raises(ModelError, match="cannot be read"):
        fitted(file)


def test_the_weights_stay_small() -> None:
    assert WEIGHTS.stat().st_size < 30e6
    assert FITTED.stat().st_size < 10_000
