"""What a calibration came to: the risk–coverage table, the measures before and after, and the plot."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.confidence import Calibration
from qa.evaluation.risk import Row
from qa.phrases import counted

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Report:
    """A calibration, and what can honestly be said of it: every measure is of questions it was not fitted to.

    `before` and `after` are the measures of `measures.answering` with the default confidence and with the fitted one;
    `precise` says whether a threshold reaches the precision that is wanted; `table` is at `after`.
    """

    calibration: Calibration
    precise: bool
    table: tuple[Row, ...]
    before: dict[str, float]
    after: dict[str, float]
    asked: int
    answerable: int
    left_out: tuple[str, ...]  # a line for each kind of question that could not be judged
    confidences: tuple[Floats, Floats]  # before and after, of the questions that have a first hit
    right: NDArray[np.bool_]

    @property
    def chosen(self) -> Row:
        return next(row for row in self.table if row.threshold == self.calibration.threshold)

    def to_json(self) -> dict[str, Any]:
        return {
            "set": self.calibration.name,
            "questions": self.asked,
            "answerable": self.answerable,
            "right": self.calibration.right,
            "left_out": list(self.left_out),
            "threshold": self.calibration.threshold,
            "reaches_precision": self.precise,
            "table": [row.to_json() for row in self.table],
            "before": self.before,
            "after": self.after,
            "calibration": self.calibration.to_json(),
        }


def write_plot(report: Report, file: Path) -> None:
    """Writes the reliability plot of the default and of the fitted confidence, as a PNG."""
    from qa.evaluation.reliability import plot

    title = f"Reliability on {report.calibration.name}, {counted(len(report.right), 'question')}"
    labels = [
        f"{name}, error {found['ece']:.3f}" for name, found in (("default", report.before), ("fitted", report.after))
    ]
    before, after = zip(labels, report.confidences, strict=True)
    plot(file, title, before, after, report.right)


def render(report: Report) -> str:
    """The risk–coverage table and what it rests on, in lines that a person reads."""
    fitted = report.calibration
    lines = [
        f"{fitted.name}: {counted(report.asked, 'question')} ({report.answerable} answerable), "
        f"the first sentence right for {fitted.right}",
        "",
        "threshold  answered  precision  coverage",
        *(_line(row, row.threshold == fitted.threshold) for row in report.table),
        "",
        _verdict(report),
        f"calibration error {_before_and_after(report, 'ece')}, AUROC {_before_and_after(report, 'auroc')} "
        "(by cross-validation: of questions that it was not fitted to)",
    ]
    return "\n".join(lines)


def _line(row: Row, chosen: bool) -> str:
    shares = "  ".join(f"{_share(value):>9}" for value in (row.answered, row.precision, row.coverage))
    return f"{row.threshold:>9g} {shares}{'  ← chosen' if chosen else ''}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def _verdict(report: Report) -> str:
    chosen = report.chosen
    if report.precise:
        return f"An answer now needs {chosen.threshold:g}: the lowest at which nine of ten answers are right."
    return (
        f"No threshold makes nine of ten answers right. An answer now needs {chosen.threshold:g}, "
        f"the surest there is: {_share(chosen.precision)} right."
    )


def _before_and_after(report: Report, measure: str) -> str:
    return " → ".join(f"{found[measure]:.3f}" for found in (report.before, report.after))
