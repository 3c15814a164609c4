"""How much sooner is a question file answered than its questions one by one, and are the answers the same?

    python -m bench.batch [LIBRARY QUESTIONS [ROUNDS]]

LIBRARY is a library's folder, QUESTIONS a question file; the sample articles and questions where none are given. Each
round answers all of them one by one, as `Engine.ask` in a loop does, and together, as `pullquote batch` does, in turn;
the best round of each counts. The answers must be the same, and their scores within 1e-3.
"""

import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench._sample import SAMPLE_QUESTIONS, sample_library
from qa.batch.questions import open_questions
from qa.batch.run import Asking
from qa.batch.together import asked, processors, together
from qa.open import open_library
from qa.question import TOP_K, Question

ALLOWED = 1e-3


def main() -> None:
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    with tempfile.TemporaryDirectory() as folder:
        if len(sys.argv) > 2:
            measure(Path(sys.argv[1]), Path(sys.argv[2]), rounds)
        else:
            measure(sample_library(Path(folder)), SAMPLE_QUESTIONS, rounds)


def measure(library: Path, file: Path, rounds: int) -> None:
    engine, at_once = open_library(library), processors()
    questions: list[Question] = [Asking(TOP_K).question(row) for row in open_questions(file)]
    asked(engine, questions[0])
    alone: list[tuple[float, float]] = []
    side_by_side: list[tuple[float, float]] = []
    worst = 0.0
    for _ in range(rounds):
        began = _clocks()
        first = [asked(engine, question).to_json() for question in questions]
        alone.append(_since(began))
        began = _clocks()
        with together(engine, at_once) as pool:
            futures = [pool.ask(question) for question in questions]
            second = [pool.answer(future).to_json() for future in futures]
        side_by_side.append(_since(began))
        worst = max(worst, *(_apart(one, other) for one, other in zip(first, second, strict=True)))
    load = os.getloadavg()[0]
    print(
        f"# {len(questions)} questions, {at_once} processors, {rounds} rounds, load {load:.1f}, {platform.processor()}"
    )
    best = [
        [1000 * min(clock) / len(questions) for clock in zip(*times, strict=True)] for times in (alone, side_by_side)
    ]
    for name, (wall, processor) in zip(("one by one", "together"), best, strict=True):
        print(f"{name:18} {wall:7.1f} ms a question, {processor:7.1f} ms of processor time")
    print(f"ratio              {best[0][0] / best[1][0]:7.2f}, {best[0][1] / best[1][1]:.2f} of processor time")
    print(f"scores differ by   {worst:7.1e} at most")


def _clocks() -> tuple[float, float]:
    """Seconds of anybody's time, and of the processors' spent here: where others share them, the second says more."""
    return time.perf_counter(), time.process_time()


def _since(began: tuple[float, float]) -> tuple[float, float]:
    now = _clocks()
    return now[0] - began[0], now[1] - began[1]


def _apart(one: dict[str, Any], other: dict[str, Any]) -> float:
    """How far the scores of two answers lie apart; all else must be the same."""
    assert _without_scores(one) == _without_scores(other)
    pairs = list(zip(_scores(one), _scores(other), strict=True))
    apart = max((abs(a - b) for a, b in pairs), default=0.0)
    assert apart <= ALLOWED, apart
    return apart


def _scores(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in ("scores", "confidence"):
                yield from (x for x in (inner.values() if isinstance(inner, dict) else [inner]) if x is not None)
            else:
                yield from _scores(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _scores(inner)


def _without_scores(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_scores(v) for name, v in value.items() if name not in ("scores", "confidence")}
    return [_without_scores(v) for v in value] if isinstance(value, list) else value


if __name__ == "__main__":
    main()
