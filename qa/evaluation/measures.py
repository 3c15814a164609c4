"""Measures over judged answers: from ir_measures where it has them, else by the sets' own rules."""

from collections.abc import Sequence
from dataclasses import dataclass

import ir_measures
import numpy as np
from ir_measures import RR, Qrel, ScoredDoc, Success
from numpy.typing import NDArray

PRECISION_WANTED = 0.9
BINS = 10  # of the calibration error, over 0 to 1
_SAMPLES = 1000  # of the bootstrap
_MEASURES = {
    "hit@1": Success @ 1,
    "hit@3": Success @ 3,
    "hit@5": Success @ 5,
    "hit@10": Success @ 10,
    "mrr@10": RR @ 10,
}


@dataclass(frozen=True, slots=True)
class Judged:
    """One question's outcome: `right[i]` says whether hit i is right; `confidence` is that of the first hit."""

    id: str
    answerable: bool
    answered: bool
    confidence: float
    hits: tuple[str, ...]  # `article_id[start:end]`, best first
    right: tuple[bool, ...]

    @property
    def first_right(self) -> bool:
        return bool(self.right) and self.right[0]


def run_of(judged: Sequence[Judged]) -> list[ScoredDoc]:
    """The ranked hits as a TREC run; scores only keep the order."""
    return [ScoredDoc(j.id, hit, 1.0 / rank) for j in judged for rank, hit in enumerate(j.hits, 1)]


def qrels_of(judged: Sequence[Judged]) -> list[Qrel]:
    """The right hits as TREC qrels; an answerable question that found none has one that no run holds."""
    qrels = []
    for j in judged:
        right = [hit for hit, is_right in zip(j.hits, j.right, strict=True) if is_right]
        qrels += [Qrel(j.id, hit, 1) for hit in right or ["(not found)"]]
    return qrels


def ranking(judged: Sequence[Judged]) -> dict[str, float]:
    """hit@k and MRR@10 over the answerable questions; empty where there are none."""
    answerable = [j for j in judged if j.answerable]
    if not answerable:
        return {}
    found = ir_measures.calc_aggregate(_MEASURES.values(), qrels_of(answerable), run_of(answerable))
    return {name: float(found[measure]) for name, measure in _MEASURES.items()}


def answering(judged: Sequence[Judged]) -> dict[str, float]:
    """How well it keeps quiet. A measure that does not apply (nothing answered, nothing answerable) is left out.

    answered: share of all questions; precision: right among answered; coverage: right answers over all answerable
    questions; auroc: of confidence, questions whose first hit is right against all others; ece: expected calibration
    error of the questions that have a first hit, ten equal bins.
    """
    if not judged:
        return {}
    confidence, right = _outcomes(judged)
    answered = np.array([j.answered for j in judged], dtype=bool)
    found = np.array([bool(j.hits) for j in judged], dtype=bool)
    answerable = sum(j.answerable for j in judged)
    measures = {"answered": float(answered.mean())}
    if answered.any():
        measures["precision"] = float(right[answered].mean())
    if answerable:
        measures["coverage"] = float((right & answered).sum() / answerable)
        measures["coverage@p90"] = _coverage_at(confidence[found], right[found], answerable)
    if right.any() and not right.all():
        measures["auroc"] = _auroc(confidence, right)
    if found.any():
        measures["ece"] = _calibration_error(confidence[found], right[found])
    return measures


def calibration_interval(judged: Sequence[Judged]) -> tuple[float, float] | None:
    """Where 95 % of the calibration errors of bootstrap samples lie; None where no question has a first hit.

    Deterministic: always the same samples (Efron and Tibshirani, An introduction to the bootstrap, 1993).
    """
    found = [j for j in judged if j.hits]
    if not found:
        return None
    confidence, right = _outcomes(found)
    drawn = np.random.default_rng(0).integers(0, len(found), (_SAMPLES, len(found)))
    low, high = np.percentile([_calibration_error(confidence[one], right[one]) for one in drawn], [2.5, 97.5])
    return float(low), float(high)


def _outcomes(judged: Sequence[Judged]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Of each the confidence, float64[n], and whether its first hit is right, bool[n]."""
    right = [j.first_right and j.answerable for j in judged]
    return np.array([j.confidence for j in judged]), np.array(right, dtype=bool)


def _coverage_at(confidence: NDArray[np.float64], right: NDArray[np.bool_], answerable: int) -> float:
    """Right answers above the lowest threshold with 90 % precision, never cutting through equal confidences."""
    order = np.argsort(-confidence, kind="stable")
    ranked, hits = confidence[order], np.cumsum(right[order])
    ends = np.append(ranked[1:] != ranked[:-1], True)[: len(hits)]
    precise = ends & (hits >= PRECISION_WANTED * np.arange(1, len(hits) + 1) - 1e-9)
    return float(hits[precise].max() / answerable) if precise.any() else 0.0


def _auroc(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """The probability that a right one has the higher confidence; ties count half (Mann and Whitney, 1947)."""
    others = np.sort(confidence[~right])
    below = np.searchsorted(others, confidence[right], "left")
    not_above = np.searchsorted(others, confidence[right], "right")
    return float((below + not_above).mean() / (2 * len(others)))


def bins(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> list[tuple[float, float, int]]:
    """Of each of the `BINS` equal bins that holds any: the mean confidence, the share that is right, how many."""
    which = np.minimum((confidence * BINS).astype(int), BINS - 1)
    held = [which == b for b in np.unique(which)]
    return [(float(confidence[one].mean()), float(right[one].mean()), int(one.sum())) for one in held]


def _calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Guo et al. (2017): the mean distance of confidence and accuracy over equal bins, weighted by size."""
    return sum(abs(mean - share) * count for mean, share, count in bins(confidence, right)) / len(confidence)
