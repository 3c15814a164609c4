"""Confidence: a calibrated probability that a sentence answers the question, and the threshold for saying it."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt's logistic over the ranker's score; `threshold` is the confidence below which nothing is answered."""

    slope: float
    intercept: float
    threshold: float

    def confidence(self, score: float) -> float:
        return 1 / (1 + math.exp(-max(-40.0, min(40.0, self.slope * score + self.intercept))))


DEFAULT = Calibration(slope=1.0, intercept=0.0, threshold=0.5)
