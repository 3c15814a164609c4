"""Fitting the confidence to a user's own labelled questions, asked of the user's own library."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import UsageError
from index.library import Library
from qa.confidence import Calibration
from qa.engine import Engine
from qa.evaluation.calibration_report import Report
from qa.evaluation.evalset import judgeable, read_questions
from qa.evaluation.evaluate import ask, judge
from qa.evaluation.fit import fit
from qa.evaluation.measures import Judged, answering
from qa.evaluation.risk import choose_threshold, table
from qa.phrases import counted
from qa.signs import Signs, matrix

FEWEST = 20  # questions that can be judged: fewer say next to nothing
_FOLDS = 10
_SEED = 0

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question asked and judged; `signs` are its first hit's, None where there is none."""

    judged: Judged
    signs: Signs | None


def check(folder: Path | None, plot: Path | None, reset: bool) -> None:
    """Is there something to do, and can it be done? Raises `UsageError` before any question is asked."""
    if (folder is None) != reset or (reset and plot):
        raise UsageError("name a folder of labelled questions, or give --reset alone")
    if plot and plot.suffix.lower() != ".png":
        raise UsageError(f"the plot must end in .png: {plot}")
    if plot and not plot.parent.is_dir():
        raise UsageError(f"no such folder for the plot: {plot.parent}")


def calibrate(engine: Engine, folder: Path, on_progress: Callable[[int, int], None] | None = None) -> Report:
    """Asks the library the questions of `folder` and draws the engine's own confidence toward what was right.

    Raises `UsageError` where the folder holds no such questions, or too few, or says of all of them the same.
    """
    questions, left_out = judgeable(read_questions(folder), engine.library, "left out")
    if len(questions) < FEWEST:
        found = "; ".join((f"{counted(len(questions), 'question')} that can be judged", *left_out))
        raise UsageError(f"{folder} has {found}: at least {FEWEST} are needed")
    outcomes = []
    for number, question in enumerate(questions, 1):
        outcomes.append(_outcome(engine, question))
        if on_progress is not None:
            on_progress(number, len(questions))
    return _report(engine, folder, outcomes, left_out)


def _outcome(engine: Engine, question: dict[str, Any]) -> Outcome:
    answer = ask(engine, question, 1)
    return Outcome(judge(question, answer), answer.signs)


def _report(engine: Engine, folder: Path, outcomes: Sequence[Outcome], left_out: tuple[str, ...]) -> Report:
    found = [outcome for outcome in outcomes if outcome.signs is not None]
    signs = matrix([outcome.signs for outcome in found if outcome.signs is not None])
    right = np.array([o.judged.first_right and o.judged.answerable for o in found], dtype=bool)
    _check(folder, engine.library, right)
    before = np.array([outcome.judged.confidence for outcome in found])
    after = cross_validated(signs, right, engine.calibration)
    honest = {id(o): replace(o.judged, confidence=float(c)) for o, c in zip(found, after, strict=True)}
    judged = [honest.get(id(outcome), outcome.judged) for outcome in outcomes]
    threshold, precise = choose_threshold(judged)
    calibration = replace(
        fit(signs, right, engine.calibration),
        threshold=threshold,
        name=folder.resolve().name,
        ranker=engine.ranker_name,
        model_sha256=engine.encoder.digest,
        questions=len(outcomes),
        right=int(right.sum()),
    )
    return Report(
        calibration,
        precise,
        tuple(table(judged, threshold)),
        answering([outcome.judged for outcome in outcomes]),
        answering([replace(j, answered=bool(j.hits) and j.confidence >= threshold) for j in judged]),
        len(outcomes),
        sum(j.answerable for j in judged),
        left_out,
        (before, after),
        right,
    )


def _check(folder: Path, library: Library, right: NDArray[np.bool_]) -> None:
    if not len(right):
        raise UsageError(f"no question of {folder} finds a sentence in {library.folder}: is it the right library?")
    if right.all():
        raise UsageError(
            f"the first sentence is right for all of the {len(right)} questions of {folder}: "
            "add some that the articles do not answer"
        )
    if not right.any():
        raise UsageError(
            f"the first sentence is right for none of the {len(right)} questions of {folder}: "
            "add some that the articles answer, and see that `evidence` has this library's ids and offsets"
        )


def cross_validated(signs: Floats, right: NDArray[np.bool_], toward: Calibration) -> Floats:
    """For each row of `signs` the confidence from a fit to the other folds, float64[n]; right ones spread evenly."""
    shuffled = np.random.default_rng(_SEED).permutation(len(right))
    ordered = shuffled[np.argsort(right[shuffled], kind="stable")]
    folds = np.empty(len(right), dtype=int)
    folds[ordered] = np.arange(len(right)) % _FOLDS
    found = np.empty(len(right))
    for fold in np.unique(folds):
        fitted = fit(signs[folds != fold], right[folds != fold], toward)
        for n in np.flatnonzero(folds == fold):
            found[n] = fitted.confidences([Signs(*map(float, signs[n]))])[0]
    return found
