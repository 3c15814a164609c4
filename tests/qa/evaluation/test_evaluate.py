"""Measuring on a tiny evaluation set whose figures can be worked out by hand."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from index.errors import PullquoteError, UsageError
from qa.confidence import Calibration
from qa.engine import Engine
from qa.evaluation.evaluate import (
    EvalSet,
    counted_as_wrong,
    judge_all,
    render,
    report,
    scratch_library,
    write_trec,
)
from qa.question import Turn
from tests.toy import ToyEncoder, ToyRanker

ARTICLES = [
    {"id": "bees", "title": "Bees", "text": "Bees buzz at dawn. The keeper counted 40,000 bees in May."},
    {"id": "the ship", "title": "Ship", "text": "A vessel blocked the canal. Tugs freed the vessel on Monday."},
]
QUESTIONS = [
    {"id": "q 1", "question": "How many bees did the keeper count?", "answerable": True, "answers": ["40,000"],
     "evidence": [{"article_id": "bees", "start": 19, "end": 57}]},
    {"id": "q2", "question": "Who blocked the canal with a vessel?", "answerable": True, "answers": ["vessel blocked"]},
    {"id": "q3", "question": "Which wasps fled from Zanzibar?", "answerable": False, "evidence": [], "answers": []},
    {"question": "Which tugs freed the vessel?", "answerable": True,
     "evidence": [{"article_id": "bees", "start": 0, "end": 5}]},
]  # fmt: skip


def write_set(
    folder: Path, questions: list[Any] = QUESTIONS, articles: list[Any] = ARTICLES, packed: bool = False
) -> EvalSet:
    folder.mkdir(exist_ok=True)
    text = "".join(json.dumps(article, ensure_ascii=False) + "\n" for article in articles)
    if packed:
        (folder / "articles.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    else:
        (folder / "articles.jsonl").write_text(text, "utf-8")
    lines = [q if isinstance(q, str) else json.dumps(q, ensure_ascii=False) for q in questions]
    (folder / "questions.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    return EvalSet(folder)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PULLQUOTE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "evaluate"


def engine_of(evalset: EvalSet) -> Engine:
    encoder = ToyEncoder()
    library = scratch_library(evalset, encoder)
    return Engine(library, encoder, ToyRanker(), Calibration(score=1.0, intercept=-2.0, threshold=0.5))


@pytest.mark.parametrize("packed", [False, True])
def test_the_figures_by_hand(tmp_path: Path, packed: bool) -> None:
    evalset = write_set(tmp_path / "tiny", packed=packed)
    engine = engine_of(evalset)
    seen: list[tuple[int, int]] = []
    judged, seconds = judge_all(engine, evalset, lambda done, total: seen.append((done, total)))
    assert [j.id for j in judged] == ["q 1", "q2", "q3", "4"]
    assert [j.first_right for j in judged] == [True, True, False, False]
    assert seen == [(n, 4) for n in (1, 2, 3, 4)]
    found = report(engine, evalset, judged, seconds)
    assert (found["set"], found["questions"], found["answerable"]) == ("tiny", 4, 3)
    assert (found["articles"], found["sentences"]) == (2, 4)
    measures = found["measures"]
    assert measures["hit@1"] == pytest.approx(2 / 3)
    # the third one's evidence is a span of “Bees buzz at dawn.”, which ranks somewhere below
    rank = judged[3].right.index(True) + 1
    assert measures["hit@10"] == 1.0
    assert measures["mrr@10"] == pytest.approx((2 + 1 / rank) / 3)
    assert not judged[2].answered
    assert measures["coverage"] == pytest.approx(2 / 3)
    assert measures["precision"] == pytest.approx(2 / 3)
    assert set(found["seconds"]) == {"p50", "p95"}
    json.dumps(found, allow_nan=False)


def test_the_report_says_what_made_it(tmp_path: Path) -> None:
    evalset = write_set(tmp_path / "tiny")
    engine = engine_of(evalset)
    found = report(engine, evalset, *judge_all(engine, evalset))
    settings = found["settings"]
    with engine.library.reading() as (_, truth):
        assert settings["library_sha256"] == truth.articles_digest()
    assert settings["set_sha256"] == evalset.digest()
    assert (settings["model"], settings["model_sha256"], settings["top_k"]) == ("toy", ToyEncoder.digest, 10)
    shown = render(found)
    for word in ("tiny: 4 questions (3 answerable), 2 articles", "hit@1 0.667", "hit@3", "hit@5", "hit@10", "mrr@10"):
        assert word in shown
    for word in ("precision", "coverage@p90", "auroc", settings["library_sha256"][:12], "model=toy", "threshold 0.5"):
        assert word in shown.replace("ranker=toy, ", "")


def test_a_set_without_answerable_questions_has_no_ranks(tmp_path: Path) -> None:
    evalset = write_set(tmp_path / "tiny", [QUESTIONS[2]])
    engine = engine_of(evalset)
    found = report(engine, evalset, *judge_all(engine, evalset))
    assert not {"hit@1", "mrr@10", "coverage", "coverage@p90", "precision", "auroc"} & set(found["measures"])
    assert "(no measure applies)" in render(found)


def test_a_set_without_questions(tmp_path: Path) -> None:
    evalset = write_set(tmp_path / "tiny", [])
    engine = engine_of(evalset)
    found = report(engine, evalset, *judge_all(engine, evalset))
    assert (found["questions"], found["measures"], found["seconds"]) == (0, {}, {})
    assert render(found)


def test_a_question_that_cannot_be_asked_finds_nothing(tmp_path: Path) -> None:
    evalset = write_set(
        tmp_path / "tiny", [{"question": "a" * 2000, "answerable": True, "answers": ["a"]}, QUESTIONS[0]]
    )
    judged, _ = judge_all(engine_of(evalset), evalset)
    long, short = judged
    assert (long.answered, long.hits, long.first_right) == (False, (), False)
    assert short.first_right


def test_questions_to_which_no_answer_can_be_right_are_told(tmp_path: Path) -> None:
    lost = {"question": "Who?", "answerable": True, "evidence": [{"article_id": "wasps", "start": 0, "end": 5}]}
    evalset = write_set(tmp_path / "tiny", [*QUESTIONS, lost, {"question": "When?", "answerable": True}])
    assert counted_as_wrong(evalset, scratch_library(evalset, ToyEncoder())) == (
        "1 question counted as wrong: no article of the evidence is in the library (the first: 'wasps')",
        "1 question counted as wrong: said to be answerable, without `evidence` or `answers`",
    )
    evalset = write_set(tmp_path / "tiny")
    assert counted_as_wrong(evalset, scratch_library(evalset, ToyEncoder())) == ()


@pytest.mark.parametrize("none", [None, "", " "])
def test_an_id_that_is_none_is_the_line(tmp_path: Path, none: str | None) -> None:
    asked = {"id": none, "question": "Who?", "answerable": False}
    assert [q["id"] for q in write_set(tmp_path / "tiny", [asked, asked]).questions()] == ["1", "2"]


def test_the_conversation_and_the_day_are_used_unless_plain(tmp_path: Path) -> None:
    dated = [{**article, "published_at": "2023-10-05"} for article in ARTICLES]
    early = {**QUESTIONS[0], "asked_at": "2023-10-04"}
    follow_up = {"id": "f", "question": "When did they free it?", "answerable": True, "answers": ["Monday"],
                 "history": [{"role": "user", "content": "Which vessel blocked the canal?"}]}  # fmt: skip
    evalset = write_set(tmp_path / "tiny", [early, follow_up], dated)
    engine = engine_of(evalset)
    asking: list[dict[str, Any]] = []
    ask = engine.ask
    engine.ask = lambda *question, **given: asking.append(given) or ask(*question, **given)  # type: ignore[method-assign]
    judged, _ = judge_all(engine, evalset)
    assert judged[0].hits == ()
    assert asking[1]["history"] == (Turn("user", "Which vessel blocked the canal?"),)
    judged, seconds = judge_all(engine, evalset, plain=True, fast=True)
    assert judged[0].first_right
    assert asking[2] == asking[3] == {"history": (), "as_of": None, "fast": True}
    found = report(engine, evalset, judged, seconds, plain=True, fast=True)
    assert (found["settings"]["plain"], found["settings"]["fast"]) == (True, True)
    assert "plain=True  fast=True" in render(found)


def test_a_separator_inside_a_question_ends_no_line(tmp_path: Path) -> None:
    odd = {**QUESTIONS[0], "question": "How many\u2028bees\x85 buzz?"}
    evalset = write_set(tmp_path / "tiny", [odd, QUESTIONS[1]])
    assert evalset.questions()[0]["question"] == odd["question"]


# the scratch library


def test_the_scratch_library_is_made_once(tmp_path: Path, cache: Path) -> None:
    evalset, encoder = write_set(tmp_path / "tiny"), ToyEncoder()
    scratch_library(evalset, encoder)
    embedded = len(encoder.encoded)
    scratch_library(evalset, encoder)
    assert len(encoder.encoded) == embedded
    assert [folder.name.split("-")[0] for folder in cache.iterdir()] == ["tiny"]


def test_other_articles_have_another_scratch_library(tmp_path: Path, cache: Path) -> None:
    engine_of(write_set(tmp_path / "tiny"))
    engine_of(write_set(tmp_path / "tiny", questions=QUESTIONS[:1]))
    assert len(list(cache.iterdir())) == 1
    engine_of(write_set(tmp_path / "tiny", articles=ARTICLES[:1]))
    assert len(list(cache.iterdir())) == 2


def test_a_damaged_scratch_library_is_made_anew(tmp_path: Path, cache: Path) -> None:
    evalset = write_set(tmp_path / "tiny")
    engine_of(evalset)
    (file,) = cache.glob("*/library.sqlite")
    file.write_bytes(b"damaged" * 1000)
    for log in file.parent.glob("library.sqlite-*"):
        log.unlink()
    assert len(judge_all(engine_of(evalset), evalset)[0]) == 4


def test_an_article_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    evalset = write_set(tmp_path / "tiny", articles=[*ARTICLES, {"id": "x"}])
    with pytest.raises(UsageError, match=r'articles.jsonl:3: has no field "text"'):
        scratch_library(evalset, ToyEncoder())


# sets that are none


def test_a_folder_that_is_no_set(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"has no articles.jsonl or articles.jsonl.gz"):
        EvalSet(tmp_path / "none")
    (tmp_path / "articles.jsonl").touch()
    with pytest.raises(UsageError, match=r"has no questions.jsonl"):
        EvalSet(tmp_path)


GOOD = QUESTIONS[0]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("not JSON", "2 is not JSON"),
        ("[" * 100_000, "2 is not JSON"),
        ([], "2 is not an object"),
        ({"answerable": True}, "2 is not an object with a `question`"),
        ({**GOOD, "question": 5}, "2 is not an object with a `question`"),
        ({"question": "Who?"}, "2 needs `answerable`"),
        ({**GOOD, "answerable": "no"}, "2 needs `answerable`"),
        ({**GOOD, "evidence": {"start": 1}}, "2 needs `evidence`"),
        ({**GOOD, "evidence": [{"start": 1, "end": 2}]}, "2 needs `evidence`"),
        ({**GOOD, "evidence": [{"article_id": "bees", "start": 5, "end": 5}]}, "2 needs `evidence`"),
        ({**GOOD, "evidence": [{"article_id": "bees", "start": "0", "end": "5"}]}, "2 needs `evidence`"),
        ({**GOOD, "answers": "40,000"}, "2 needs `answers`"),
        ({**GOOD, "answers": [40000]}, "2 needs `answers`"),
        ({**GOOD, "history": "before"}, "2 `history`: history must be a list"),
        ({**GOOD, "history": [{"role": "user"}]}, "2 `history`: turn 1 of the history"),
        ({**GOOD, "asked_at": "yesterday"}, "2 `asked_at`: 'yesterday' is not a date"),
        (GOOD, "2 has the id 'q 1' of an earlier question"),
    ],
)
def test_a_bad_question_is_named(tmp_path: Path, line: object, said: str) -> None:
    evalset = write_set(tmp_path / "tiny", [GOOD, line])
    with pytest.raises(UsageError, match=said) as error:
        evalset.questions()
    assert "\n" not in str(error.value)


def test_questions_in_another_encoding_are_refused(tmp_path: Path) -> None:
    evalset = write_set(tmp_path / "tiny")
    (tmp_path / "tiny" / "questions.jsonl").write_bytes("é".encode("latin-1"))
    with pytest.raises(UsageError, match="not in UTF-8"):
        evalset.questions()


# TREC files


def test_the_trec_files_give_the_same_measures_elsewhere(tmp_path: Path) -> None:
    import ir_measures

    evalset = write_set(tmp_path / "tiny")
    engine = engine_of(evalset)
    judged, seconds = judge_all(engine, evalset)
    write_trec(judged, tmp_path / "run.txt", tmp_path / "qrels.txt")
    lines = (tmp_path / "run.txt").read_text("utf-8").splitlines()
    assert all(len(line.split()) == 6 for line in lines)
    assert lines[0].split()[:4] == ["q_1", "Q0", "bees[19:57]", "1"]
    assert any("the_ship[" in line for line in lines)
    assert not any(line.startswith("q3 ") for line in lines)
    measures = report(engine, evalset, judged, seconds)["measures"]
    qrels, run = (
        ir_measures.read_trec_qrels(str(tmp_path / "qrels.txt")),
        ir_measures.read_trec_run(str(tmp_path / "run.txt")),
    )
    found = ir_measures.calc_aggregate([ir_measures.RR @ 10], list(qrels), list(run))
    assert found[ir_measures.RR @ 10] == pytest.approx(measures["mrr@10"])


def test_trec_files_are_only_written_on_request(tmp_path: Path) -> None:
    write_trec([], None, None)
    with pytest.raises(PullquoteError, match="cannot be written"):
        write_trec([], tmp_path / "none" / "run.txt", None)
