"""The reliability plot: how often what is given a confidence is right. The only module that imports matplotlib."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.errors import PullquoteError
from qa.evaluation.measures import BINS, bins

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FORE, _BACK, _RULE = "#1f5fa8", "#b8532b", "#8a8a8a"
Series = tuple[str, NDArray[np.float64]]


def plot(file: Path, title: str, before: Series, after: Series, right: NDArray[np.bool_]) -> None:
    """Writes a PNG of two series of confidences float64[n], each with its label, against `right`, bool[n].

    Raises `PullquoteError` where the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 7.2), layout="constrained")
    FigureCanvasAgg(figure)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    upper.plot([0, 1], [0, 1], color=_RULE, linestyle="--", linewidth=1, label="as it should be")
    for (label, confidence), colour, mark, above in ((before, _BACK, "s", -12), (after, _FORE, "o", 6)):
        means, shares, counts = zip(*bins(confidence, right), strict=True)
        upper.plot(means, shares, color=colour, marker=mark, linewidth=1.5, label=label)
        for mean, share, count in zip(means, shares, counts, strict=True):
            upper.annotate(
                str(count), (mean, share), (0, above), textcoords="offset points", ha="center", size=7, color=colour
            )
    _label(upper, title)
    lower.hist([before[1], after[1]], bins=list(np.linspace(0, 1, BINS + 1)), color=[_BACK, _FORE], rwidth=0.9)
    lower.set(xlabel="confidence", ylabel="questions", xlim=(0, 1))
    lower.set_xticks(np.linspace(0, 1, BINS + 1))
    for side in ("top", "right"):
        lower.spines[side].set_visible(False)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph")  # a set's name in a script that the font has not
            figure.savefig(file, format="png", dpi=120)
    except OSError as error:
        raise PullquoteError(f"{file} cannot be written: {error.strerror}") from error


def _label(axes: "Axes", title: str) -> None:
    axes.set_title(title, fontsize=11, parse_math=False)  # a set's name is no formula
    axes.set(ylabel="share that is right", ylim=(-0.06, 1.08))
    axes.set_yticks(np.linspace(0, 1, 6))
    axes.grid(color="#e4e4e4", linewidth=0.8)
    axes.legend(loc="upper left", frameon=False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
