"""`pullquote calibrate`: what is asked, what is fitted, what is kept with the library, and what cannot be done."""

import json
import logging
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import app
from index.article import Article
from index.errors import LibraryBusy, PullquoteError, UsageError
from index.library import Library
from index.update import index_articles
from qa.confidence import DEFAULT, Calibration
from qa.doctor import examine
from qa.doctor import render as render_doctor
from qa.engine import Engine
from qa.evaluation.calibrate import FEWEST, calibrate, check, cross_validated
from qa.evaluation.calibration_report import Report, render, write_plot
from qa.evaluation.fit import fit
from qa.evaluation.measures import PRECISION_WANTED, Judged
from qa.evaluation.risk import FEWEST as FEWEST_ANSWERS
from qa.evaluation.risk import at_least, choose_threshold, row_at, table
from qa.signs import NAMES, Signs
from qa.stored import KEY, in_force, reset, store
from tests.toy import ToyEncoder, ToyRanker

TOWNS = ("Arlow", "Brent", "Corby", "Dunmow", "Esher", "Frome", "Goole", "Hythe", "Ilford", "Jarrow", "Kelso", "Leigh")
THINGS = ("windmills", "lanterns", "barges")


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """A library of twelve towns, which no test writes to."""
    encoder = ToyEncoder()
    library = Library.create(tmp_path_factory.mktemp("towns"), encoder)
    index_articles(library, encoder, [article(number, town) for number, town in enumerate(TOWNS)])
    return library


def article(number: int, town: str) -> Article:
    counts = " ".join(f"The mayor of {town} counted {number + 2} {thing} there." for thing in THINGS[:2])
    return Article(town.lower(), f"{town} lies by the sea. {counts} Nobody minded.", town)


def engine_over(library: Library) -> Engine:
    return Engine(
        library, ToyEncoder(), ToyRanker(), Calibration(score=1.0, intercept=-2.0, threshold=0.5, ranker="toy")
    )


def question(number: int, thing: str, **given: Any) -> dict[str, Any]:
    town, text = TOWNS[number], article(number, TOWNS[number]).text
    start = text.find(thing) if thing in text else -1
    evidence = [{"article_id": town.lower(), "start": start, "end": start + len(thing)}] if start >= 0 else []
    asked = f"How many {thing} did the mayor of {town} count there?"
    return {"question": asked, "answerable": bool(evidence), "evidence": evidence, **given}


QUESTIONS = [question(number, thing) for thing in THINGS for number in range(len(TOWNS))]


def write(folder: Path, questions: Sequence[Any] = QUESTIONS) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "questions.jsonl").write_text("".join(json.dumps(q) + "\n" for q in questions), "utf-8")
    return folder


@pytest.fixture(scope="module")
def report(towns: Library, tmp_path_factory: pytest.TempPathFactory) -> Report:
    return calibrate(engine_over(towns), write(tmp_path_factory.mktemp("sets") / "my towns"))


# what is found


def test_the_report_by_hand(report: Report) -> None:
    fitted = report.calibration
    assert (fitted.name, fitted.ranker, fitted.model_sha256) == ("my towns", "toy", ToyEncoder.digest)
    assert (report.asked, report.answerable, fitted.questions, fitted.right) == (36, 24, 36, 24)
    assert (report.precise, report.left_out) == (True, ())
    assert report.chosen.precision is not None
    assert report.chosen.precision >= PRECISION_WANTED
    assert [row.threshold for row in report.table] == sorted({n / 10 for n in range(1, 10)} | {fitted.threshold})
    assert report.after["precision"] == pytest.approx(report.chosen.precision)
    assert report.after["answered"] == pytest.approx(report.chosen.answered)
    assert report.after["coverage"] == pytest.approx(report.chosen.coverage)
    assert {"ece", "auroc"} <= set(report.before) & set(report.after)


def test_the_report_as_text_and_json(report: Report) -> None:
    shown = render(report)
    assert "my towns: 36 questions (24 answerable), the first sentence right for 24" in shown
    assert shown.count("← chosen") == 1
    assert f"An answer now needs {report.calibration.threshold:g}: the lowest" in shown
    assert "calibration error 0." in shown
    found = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert Calibration.from_json(found["calibration"]) == report.calibration
    assert found["threshold"] == report.calibration.threshold
    assert len(found["table"]) == len(report.table)
    hopeless = replace(report, precise=False)
    assert "No threshold makes nine of ten answers right. An answer now needs" in render(hopeless)


def test_the_same_set_gives_the_same_fit(report: Report, towns: Library, tmp_path: Path) -> None:
    again = calibrate(engine_over(towns), write(tmp_path / "my towns"))
    assert again.calibration == report.calibration
    assert again.to_json() == report.to_json()


def test_no_question_is_measured_by_a_fit_that_saw_it() -> None:
    """Noise looks right to whoever was fitted to it: cross-validated, it does not."""
    rng = np.random.default_rng(0)
    signs, right = rng.normal(size=(80, len(NAMES))), rng.random(80) < 0.5
    toward = Calibration(threshold=0.5, intercept=0.0)
    fitted = fit(signs, right, toward)
    seen = np.array([fitted.confidences([Signs(*row)])[0] for row in signs])
    assert loss(seen, right) < -math.log(0.5) < loss(cross_validated(signs, right, toward), right)


def loss(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    return float(-np.log(np.where(right, confidence, 1 - confidence)).mean())


def test_a_conversation_is_asked_with_its_history(towns: Library, tmp_path: Path) -> None:
    follow = {"history": [{"role": "user", "content": "Where is Arlow?"}], "asked_at": "2024-05-02"}
    bad = {"question": "x" * 2000, "answerable": False}
    found = calibrate(engine_over(towns), write(tmp_path / "set", [*QUESTIONS, {**QUESTIONS[0], **follow}, bad]))
    assert found.asked == 38
    assert len(found.right) == 37  # the one that cannot be asked has no first hit


# thresholds

JUDGED = st.lists(
    st.builds(
        lambda confidence, right, found: Judged(
            "q", right, False, confidence, ("a",) if found else (), (right,) if found else ()
        ),
        st.sampled_from([0.05, 0.2, 0.201, 0.5, 0.77, 0.9]) | st.floats(0, 1),
        st.booleans(),
        st.booleans(),
    ),
    max_size=40,
)


@settings(deadline=None)
@given(JUDGED)
def test_the_chosen_threshold_against_every_one_tried(judged: list[Judged]) -> None:
    threshold, precise = choose_threshold(judged)
    assert 0 <= threshold <= 1
    asked = [j for j in judged if j.hits]
    enough = min(FEWEST_ANSWERS, len(asked))
    reaching = {}
    for tried in sorted({j.confidence for j in asked}):
        answered = [j.first_right for j in asked if j.confidence >= tried]
        if len(answered) >= enough:
            reaching[tried] = (sum(answered) / len(answered), len(answered))
    good = {n for share, n in reaching.values() if share >= PRECISION_WANTED}
    assert precise == bool(good)
    answered = sum(j.confidence >= threshold for j in asked)
    if good:
        assert answered == max(good)
    elif reaching:
        assert answered in {n for _, n in reaching.values()}


@pytest.mark.parametrize(
    ("outcomes", "answered"),
    [
        ("1" * 9 + "0" + "1" * 60 + "0" * 40, 76),  # nine of ten, as far down as that holds
        ("1" * 8 + "00" + "1" * 22 + "0" * 68, 33),
        ("1" * 8 + "00" + "110" * 20 + "0" * 40, 69),  # 48 of 69 is surer than 8 of 10
        ("10" * 50, 99),
        ("", 0),
    ],
)
def test_the_surest_threshold_where_none_is_good_enough(outcomes: str, answered: int) -> None:
    judged = [
        Judged(str(n), True, False, 0.99 - n / 200, ("a",), (outcome == "1",)) for n, outcome in enumerate(outcomes)
    ]
    threshold, _ = choose_threshold(judged)
    assert sum(j.confidence >= threshold for j in judged) == answered


def test_the_interval_of_a_share_has_its_known_ends() -> None:
    """Wilson's interval, 95 %, of 8 of 10 and of 81 of 263 (Newcombe 1998, table I: .2553)."""
    found = at_least(np.array([8, 81, 0]), np.array([10, 263, 5]))
    assert found == pytest.approx([0.4902, 0.2553, 0.0], abs=1e-3)


@given(JUDGED)
def test_the_table_falls_as_the_threshold_rises(judged: list[Judged]) -> None:
    rows = table(judged, 0.77)
    assert [row.threshold for row in rows] == sorted({*(n / 10 for n in range(1, 10)), 0.77})
    answered = [row.answered for row in rows]
    assert answered == sorted(answered, reverse=True)


def test_a_row_by_hand() -> None:
    judged = [
        Judged("a", True, False, 0.9, ("x",), (True,)),
        Judged("b", True, False, 0.6, ("x",), (False,)),
        Judged("c", True, False, 0.3, ("x",), (True,)),
        Judged("d", False, False, 0.0, (), ()),
    ]
    row = row_at(judged, 0.6)
    assert (row.answered, row.precision, row.coverage) == (0.5, 0.5, pytest.approx(1 / 3))
    assert row_at(judged, 1.0).precision is None
    assert row_at([], 0.5).coverage is None


# what is kept


@pytest.fixture
def own(library: Library) -> Library:
    """The small library, to be written to."""
    return library


FITTED = replace(DEFAULT, name="mine", ranker="toy", model_sha256=ToyEncoder.digest, threshold=0.7, questions=30)


def reopened(library: Library) -> Library:
    return Library(library.folder, ToyEncoder())


def test_a_calibration_is_kept_with_the_library_until_it_is_reset(own: Library) -> None:
    generation = examine(own.folder)["generation"]
    store(own, FITTED)
    assert in_force(reopened(own), "toy", DEFAULT) == FITTED
    found = examine(own.folder)
    assert (found["sound"], found["generation"]) == (True, generation)
    assert json.loads(found["manifest"][KEY])["name"] == "mine"
    assert "mine (30 questions), threshold 0.7" in render_doctor(found)
    store(own, replace(FITTED, name="newer"))
    assert in_force(reopened(own), "toy", DEFAULT).name == "newer"
    assert reset(own) is True
    assert in_force(reopened(own), "toy", DEFAULT) is DEFAULT
    assert reset(own) is False


def test_it_outlives_an_index_run(own: Library, toy_encoder: ToyEncoder) -> None:
    store(own, FITTED)
    index_articles(own, toy_encoder, [article(0, "Arlow")])
    assert in_force(reopened(own), "toy", DEFAULT) == FITTED


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        (json.dumps(replace(FITTED, ranker="other").to_json()), "'mine' was asked of ranker 'other'"),
        (json.dumps(replace(FITTED, model_sha256="f" * 64).to_json()), "model 'ffffffffffff'"),
        ("{}", "it has other fields"),
        ("not JSON", "it cannot be read"),
    ],
)
def test_one_that_does_not_fit_is_left_aside_with_one_line(
    own: Library, stored: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    from index import manifest

    with own.writing():
        manifest.put(own.folder, KEY, stored)
    with caplog.at_level(logging.WARNING):
        assert in_force(reopened(own), "toy", DEFAULT) is DEFAULT
    (line,) = caplog.messages
    assert said in line
    assert line.endswith("run `pullquote calibrate` again")
    assert "\n" not in line
    assert examine(own.folder)["sound"]


def test_nothing_is_stored_while_another_writes(own: Library) -> None:
    with own.writing(), pytest.raises(LibraryBusy):
        store(reopened(own), FITTED)
    assert in_force(reopened(own), "toy", DEFAULT) is DEFAULT


# the plot


def test_the_plot_is_a_png(report: Report, tmp_path: Path) -> None:
    write_plot(report, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG\r\n")
    odd = replace(report, calibration=replace(report.calibration, name=r"$\frac{ $x_1$ 战"))
    write_plot(odd, tmp_path / "odd.png")
    with pytest.raises(PullquoteError, match="cannot be written"):
        write_plot(report, tmp_path)


# what cannot be done


@pytest.mark.parametrize(
    ("questions", "said"),
    [
        (QUESTIONS[: FEWEST - 1], "19 questions that can be judged: at least 20 are needed"),
        (QUESTIONS[:24], "right for all of the 24 questions"),
        ([{**q, "answerable": False} for q in QUESTIONS], "right for none of the 36 questions"),
        (
            [{**q, "evidence": [{"article_id": "gone", "start": 0, "end": 9}]} for q in QUESTIONS[:24]],
            "0 questions that can be judged; 24 questions left out: no article of the evidence is in the library "
            r"\(the first: 'gone'\)",
        ),
        ([{**q, "evidence": []} for q in QUESTIONS[:24]], "without `evidence` or `answers`"),
        ([{"question": "?", "answerable": False}] * 1 + [{"answerable": True}], "2 is not an object"),
    ],
)
def test_a_set_that_says_too_little(towns: Library, tmp_path: Path, questions: list[Any], said: str) -> None:
    with pytest.raises(UsageError, match=said) as error:
        calibrate(engine_over(towns), write(tmp_path / "set", questions))
    assert "\n" not in str(error.value)


def test_questions_of_absent_articles_are_left_out_and_counted(towns: Library, tmp_path: Path) -> None:
    absent = [{**q, "evidence": [{"article_id": "gone", "start": 0, "end": 9}]} for q in QUESTIONS[:2]]
    found = calibrate(engine_over(towns), write(tmp_path / "set", [*absent, *QUESTIONS[2:]]))
    assert found.asked == 34
    assert found.left_out == ("2 questions left out: no article of the evidence is in the library (the first: 'gone')",)


def test_an_empty_library_has_nothing_to_ask(tmp_path: Path, toy_encoder: ToyEncoder) -> None:
    library = Library.create(tmp_path / "empty", toy_encoder)
    questions = [{"question": f"Who is {town}?", "answerable": False} for town in TOWNS * 2]
    with pytest.raises(UsageError, match="is it the right library"):
        calibrate(engine_over(library), write(tmp_path / "set", questions))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name a folder of labelled questions, or give --reset alone"),
        (["set", "--reset"], "or give --reset alone"),
        (["--reset", "--plot", "x.png"], "or give --reset alone"),
        (["set", "--plot", "x.svg"], "must end in .png"),
        (["set", "--plot", "none/x.png"], "no such folder for the plot"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_opened(
    tmp_path: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.main(["calibrate", *arguments, "--library", str(tmp_path / "none")]) == app.EXIT_USAGE
    assert said in capsys.readouterr().err


def test_a_missing_library_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["calibrate", "--reset", "--library", str(tmp_path / "none")]) == app.EXIT_FAILED
    assert "no library at" in capsys.readouterr().err


def test_reset_says_what_it_did(own: Library, capsys: pytest.CaptureFixture[str]) -> None:
    store(own, FITTED)
    said = []
    for _ in range(2):
        assert app.main(["calibrate", "--reset", "--library", str(own.folder)]) == app.EXIT_DONE
        said.append(capsys.readouterr().out)
    assert said == ["back to the default confidence\n", "the default is in force already\n"]


def test_a_plain_check_passes(tmp_path: Path) -> None:
    check(tmp_path, tmp_path / "plot.PNG", False)
    check(None, None, True)
