"""Fitting a confidence to judged answers: a penalised logistic regression drawn toward another one."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from qa.confidence import Calibration
from qa.signs import NAMES

# Of the squared distance to the weights it is drawn to, in standard deviations of the signs. From 30 labelled
# questions on, this beat shifting and scaling the default's logit, and 5, 80 and 320 (docs/calibrate.md).
PENALTY = 20.0
_SPREAD = 0.1  # a sign's deviation counts as no less: what hardly varies would take any weight for almost nothing
_FREE = 0.1  # of the intercept's distance: how often answers are right differs most between libraries
_STEPS, _HALVINGS = 50, 30
_STILL = 1e-10

Floats = NDArray[np.float64]


def fit(signs: Floats, right: NDArray[np.bool_], toward: Calibration, penalty: float = PENALTY) -> Calibration:
    """`toward` with the weights and the intercept under which `right` (bool[n]) is likeliest, less the penalty.

    `signs` is float64[n, len(NAMES)], as `qa.signs.matrix` gives it. A sign that never varies keeps its weight.
    The penalty is what keeps few questions from deciding much: with none at all, `toward` comes back.
    """
    mean, spread = _standards(signs)
    drawn = np.array(toward.weights)
    start = np.append(toward.intercept + mean @ drawn, drawn * spread)
    seen = np.column_stack([np.ones(len(signs)), np.where(spread > 0, (signs - mean) / np.where(spread, spread, 1), 0)])
    found = _newton(seen, right.astype(np.float64), start, np.append(_FREE, np.full(len(NAMES), penalty)))
    weights = np.where(spread > 0, found[1:] / np.where(spread, spread, 1), drawn)
    named = {name: float(weight) for name, weight in zip(NAMES, weights, strict=True)}
    return replace(toward, intercept=float(found[0] - mean @ weights), **named)  # type: ignore[arg-type]


def _standards(signs: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each sign; the latter at least `_SPREAD`, but 0 where it does not vary at all."""
    if not len(signs):
        return np.zeros(len(NAMES)), np.zeros(len(NAMES))
    spread: Floats = signs.std(axis=0)
    return signs.mean(axis=0), np.where(spread > 1e-9, np.maximum(spread, _SPREAD), 0.0)


def _newton(seen: Floats, right: Floats, start: Floats, penalty: Floats) -> Floats:
    """Newton's method on a strictly convex loss, its step halved while the loss would rise."""
    weights, loss = start, _loss(seen, right, start, start, penalty)
    for _ in range(_STEPS):
        chance = _logistic(seen @ weights)
        slope = seen.T @ (chance - right) + penalty * (weights - start)
        curve = (seen.T * (chance * (1 - chance))) @ seen + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        for _ in range(_HALVINGS):
            if (lower := _loss(seen, right, weights - step, start, penalty)) <= loss:
                weights, loss = weights - step, lower
                break
            step = step / 2
        if float(np.abs(step).max()) < _STILL:
            break
    return weights


def _loss(seen: Floats, right: Floats, weights: Floats, start: Floats, penalty: Floats) -> float:
    logit = seen @ weights
    return float((np.logaddexp(0, logit) - right * logit).sum() + (penalty * (weights - start) ** 2).sum() / 2)


def _logistic(logit: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(logit, -40, 40))))
