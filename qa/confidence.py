"""Confidence: a calibrated probability that a sentence answers the question, and the threshold for saying it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_FLAT = 40.0  # beyond this a logistic is 0 or 1 in float64


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic (Platt, 1999) over the ranker's score, the log of the sentence's chance and its cosine.

    A sentence's chance is the softmax of its score among the candidates': it tells a clear winner from one of many.
    Below `threshold` nothing is answered.
    """

    threshold: float
    intercept: float
    score: float = 0.0
    log_chance: float = 0.0
    cosine: float = 0.0

    def confidences(self, scores: Sequence[float], cosines: Sequence[float]) -> list[float]:
        """One probability a candidate, never higher than that of the candidate before (they come best first)."""
        total = _log_sum(scores)
        found: list[float] = []
        for score, cosine in zip(scores, cosines, strict=True):
            logit = self.intercept + self.score * score + self.log_chance * (score - total) + self.cosine * cosine
            confidence = 1 / (1 + math.exp(-max(-_FLAT, min(_FLAT, logit))))
            found.append(min(confidence, found[-1]) if found else confidence)
        return found


def _log_sum(scores: Sequence[float]) -> float:
    top = max(scores, default=0.0)
    return top + math.log(sum(math.exp(score - top) for score in scores)) if scores else 0.0


# Fitted by training/fit_linear.py beside the ranker's weights; the threshold is a decision (docs/decisions.md).
DEFAULT = Calibration(threshold=0.4, intercept=-2.379, log_chance=2.370, cosine=5.056)
