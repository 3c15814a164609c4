"""Risk and coverage: what a threshold on the confidence answers, and how much of that is right."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.evaluation.measures import PRECISION_WANTED, Judged

FEWEST = 10  # answers from which a precision is told: nine of ten is the least that shows 90 %
_SHOWN = tuple(n / 10 for n in range(1, 10))


@dataclass(frozen=True, slots=True)
class Row:
    """What a threshold does: shares of all questions, of those answered, of those answerable; None where none is."""

    threshold: float
    answered: float
    precision: float | None
    coverage: float | None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def row_at(judged: Sequence[Judged], threshold: float) -> Row:
    """What would come of `threshold`, at and above which a question with a first hit is answered."""
    answered = [j for j in judged if j.hits and j.confidence >= threshold]
    right = sum(j.first_right and j.answerable for j in answered)
    answerable = sum(j.answerable for j in judged)
    return Row(
        threshold,
        len(answered) / len(judged) if judged else 0.0,
        right / len(answered) if answered else None,
        right / answerable if answerable else None,
    )


def table(judged: Sequence[Judged], chosen: float) -> list[Row]:
    """The risk–coverage table: every tenth and the chosen threshold, rising."""
    return [row_at(judged, threshold) for threshold in sorted({*_SHOWN, chosen})]


def choose_threshold(judged: Sequence[Judged]) -> tuple[float, bool]:
    """The lowest threshold that answers with the precision that is wanted, and whether there is one.

    Where none does over at least `FEWEST` answers, it is the one whose precision is surest to be high: the lower end
    of its interval is the highest. It is rounded down as far as that answers nothing more.
    """
    asked = [j for j in judged if j.hits]
    if not asked:
        return PRECISION_WANTED, False
    confidence = np.array([j.confidence for j in asked])
    right = np.array([j.first_right and j.answerable for j in asked], dtype=bool)
    order = np.argsort(-confidence, kind="stable")
    ranked, hits = confidence[order], np.cumsum(right[order])
    counts = np.arange(1, len(hits) + 1)
    told = np.append(ranked[1:] != ranked[:-1], True) & (counts >= min(FEWEST, len(hits)))
    precise = told & (hits >= PRECISION_WANTED * counts - 1e-9)
    sure = np.where(told, at_least(hits, counts), -1.0)
    last = int(np.flatnonzero(precise if precise.any() else sure == sure.max())[-1])
    return _rounded(float(ranked[last]), ranked), bool(precise.any())


def at_least(right: NDArray[np.int_], of: NDArray[np.int_]) -> NDArray[np.float64]:
    """The lower end of the 95 % interval of a share (Wilson, 1927): what few answers show is worth less."""
    share, z = right / of, 1.96
    middle, width = share + z**2 / (2 * of), z * np.sqrt(share * (1 - share) / of + z**2 / (4 * of**2))
    return np.asarray((middle - width) / (1 + z**2 / of))


def _rounded(threshold: float, ranked: NDArray[np.float64]) -> float:
    """`threshold` with the fewest digits (two to six) that answer the same questions; `ranked` are all confidences."""
    below = ranked[ranked < threshold].max(initial=0.0)
    for digits in (2, 3, 4, 5, 6):
        short = float(np.floor(threshold * 10**digits) / 10**digits)
        if short > below:
            return short
    return threshold
