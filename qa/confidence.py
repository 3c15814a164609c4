"""Confidence: a calibrated probability that a sentence answers the question, and the threshold for saying it."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from qa.signs import NAMES, Signs

POSSIBLE = 0.5  # share of the threshold from which the best sentence is a possible answer
_FLAT = 40.0  # beyond this a logistic is 0 or 1 in float64
_TEXTS = ("name", "ranker", "model_sha256")
_COUNTS = ("questions", "right")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration(Signs):
    """A logistic (Platt, 1999) over the `Signs`: it has a weight for each, under the sign's own name.

    Below `threshold` nothing is answered. `name` says what it was fitted to, `questions` to how many, of which the
    first sentence of `right` was right; `ranker` and `model_sha256` (the encoder's) say whose scores these were.
    """

    threshold: float
    intercept: float
    name: str = "default"
    ranker: str = ""
    model_sha256: str = ""
    questions: int = 0
    right: int = 0

    @property
    def weights(self) -> tuple[float, ...]:
        """One weight for each of `qa.signs.NAMES`, in that order."""
        return tuple(getattr(self, name) for name in NAMES)

    @property
    def digest(self) -> str:
        """Tells one calibration's confidences from another's: twelve hexadecimal digits."""
        return hashlib.sha256(json.dumps([self.intercept, *self.weights]).encode()).hexdigest()[:12]

    def confidences(self, signs: Sequence[Signs]) -> list[float]:
        """One probability a sentence, never higher than that of the sentence before (they come best first)."""
        found: list[float] = []
        used = [(name, weight) for name, weight in zip(NAMES, self.weights, strict=True) if weight]
        for one in signs:
            logit = self.intercept + sum(weight * getattr(one, name) for name, weight in used)
            confidence = 1 / (1 + math.exp(-max(-_FLAT, min(_FLAT, logit))))
            found.append(min(confidence, found[-1]) if found else confidence)
        return found

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Raises `ValueError` where `value` is no calibration that this version reads."""
        names = {field.name for field in fields(cls)}
        if not isinstance(value, Mapping) or set(value) != names:
            raise ValueError("it has other fields than this version's")
        found: dict[str, Any] = {name: _number(value[name]) for name in names - {*_TEXTS}}
        if not 0 <= found["threshold"] <= 1:
            raise ValueError(f"its threshold is {found['threshold']}")
        found |= {name: int(found[name]) for name in _COUNTS}
        return cls(**found | {name: str(value[name]) for name in _TEXTS})


def possible(confidence: float, threshold: float) -> bool:
    """Is a sentence of this confidence, though short of the threshold, near enough to be shown as a possible answer?"""
    return POSSIBLE * threshold <= confidence < threshold


def hundredths(probability: float) -> float:
    """A probability in per cent, without the hair by which binary fractions miss: 100 × 0.29 is 28.999999999999996."""
    return round(100 * probability, 9)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r} is no number")
    return float(value)


# Fitted by training/fit_linear.py beside the ranker's weights; the threshold is a decision (docs/decisions.md).
DEFAULT = Calibration(ranker="linear", threshold=0.4, intercept=-2.147, log_chance=2.388, cosine=4.684, lacking=-1.194)
