"""Measures over judged answers: from ir_measures where it has them, else by the sets' own rules."""

from collections.abc import Sequence
from dataclasses import dataclass

import ir_measures
import numpy as np
from ir_measures import RR, Qrel, ScoredDoc, Success

PRECISION_WANTED = 0.9
_MEASURES = {"hit@1": Success @ 1, "hit@3": Success @ 3, "hit@5": Success @ 5, "hit@10": Success @ 10, "mrr@10": RR @ 10}


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

    precision: right among answered; coverage: right answers over all answerable questions; auroc: of confidence,
    questions whose first hit is right against all others; ece: expected calibration error, ten equal bins.
    """
    confidence = np.array([j.confidence for j in judged])
    right = np.array([j.first_right and j.answerable for j in judged], dtype=bool)
    answered = np.array([j.answered for j in judged], dtype=bool)
    answerable = sum(j.answerable for j in judged)
    measures = {"answered": float(answered.mean()) if len(judged) else 0.0}
    if answered.any():
        measures["precision"] = float(right[answered].mean())
    if answerable:
        measures["coverage"] = float((right & answered).sum() / answerable)
        measures["coverage@p90"] = _coverage_at(confidence, right, answerable)
    if right.any() and not right.all():
        measures["auroc"] = _auroc(confidence, right)
    if len(judged):
        measures["ece"] = _calibration_error(confidence, right)
    return measures


def _coverage_at(confidence: np.ndarray, right: np.ndarray, answerable: int) -> float:
    """Right answers above the lowest threshold with 90 % precision, never cutting through equal confidences."""
    order = np.argsort(-confidence, kind="stable")
    sorted_confidence, hits = confidence[order], np.cumsum(right[order])
    ends = np.append(sorted_confidence[1:] != sorted_confidence[:-1], True)
    precise = ends & (hits >= PRECISION_WANTED * np.arange(1, len(hits) + 1))
    return float(hits[precise].max() / answerable) if precise.any() else 0.0


def _auroc(confidence: np.ndarray, right: np.ndarray) -> float:
    """The probability that a right one has the higher confidence; ties count half (Mann and Whitney, 1947)."""
    above = confidence[right][:, None] - confidence[~right][None, :]
    return float(((above > 0) + 0.5 * (above == 0)).mean())


def _calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    """Guo et al. (2017): the mean distance of confidence and accuracy over equal bins, weighted by size."""
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(confidence[which == b].mean() - right[which == b].mean()) * (which == b).mean() for b in set(which)]
    return float(sum(gaps))
