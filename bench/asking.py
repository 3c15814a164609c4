"""How long does a question take, warm, and where does the time go? With the network and without, beside the peers.

    PULLQUOTE_EVAL_DIR=… python -m bench.asking [SET] [QUESTIONS] [LIBRARY]

Asks the set's first questions, each with its history and on its day, one at a time, of LIBRARY or else of the set's
scratch library, with ranking and with `--fast` in turn. A stage's time leaves out that of the stages inside it, and
what other threads do meanwhile. The plain loop, txtai and Haystack are given the same passages' vectors and search for
the best 50 of the first questions.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import qa.cross
import qa.engine
import qa.linear
import qa.reading
import qa.retrieve
from bench._machine import percentiles, settings
from bench._peers import peers
from index.encode import DefaultEncoder, load_encoder
from index.library import Library
from index.views import Snapshot
from qa.engine import Engine
from qa.evaluation.evalset import EvalSet
from qa.evaluation.evaluate import ask, scratch_library
from qa.open import engine_over

_WARM, _OF_PEERS = 5, 20  # questions asked beforehand; questions that the peers are asked
_STAGES: dict[str, list[tuple[Any, str]]] = {
    "the question's vector": [(DefaultEncoder, "encode_question")],
    "both views, the words beside the vector": [(qa.retrieve, "_search")],
    "what is in scope": [(Snapshot, "allowed")],
    "sentences and vectors from SQLite": [(qa.retrieve, "_candidates"), (qa.retrieve, "_sentences_of")],
    "linear ranker": [(qa.cross, "linear_scores"), (qa.linear, "linear_scores")],
    "the network": [(qa.reading.Reader, "read_many")],
    "confidence": [(qa.engine, "signs_of")],
    "citations, and what else makes an answer": [(qa.engine, "_answer")],
}


class Clock:
    """Seconds spent in each stage, those of the stages inside it left out."""

    def __init__(self) -> None:
        self.spent = dict.fromkeys(_STAGES, 0.0)
        self._inside: list[float] = []

    def watch(self) -> None:
        for stage, places in _STAGES.items():
            for owner, name in places:
                setattr(owner, name, self._timed(stage, getattr(owner, name)))

    def _timed(self, stage: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*given: Any, **named: Any) -> Any:
            started = time.perf_counter()
            self._inside.append(0.0)
            try:
                return act(*given, **named)
            finally:
                taken = time.perf_counter() - started
                self.spent[stage] += taken - self._inside.pop()
                if self._inside:
                    self._inside[-1] += taken

        return timed

    def taken(self) -> dict[str, float]:
        """What was spent since the last time, which is forgotten."""
        spent, self.spent = self.spent, dict.fromkeys(_STAGES, 0.0)
        return spent


def main() -> None:
    if "PULLQUOTE_EVAL_DIR" not in os.environ:
        sys.exit("say in PULLQUOTE_EVAL_DIR where the evaluation sets are")
    name, count = [*sys.argv[1:3], *("news-2023h2", "100")[len(sys.argv[1:3]) :]]
    evalset, encoder = EvalSet(Path(os.environ["PULLQUOTE_EVAL_DIR"]) / name), load_encoder()
    library = Library(Path(sys.argv[3]), encoder) if len(sys.argv) > 3 else scratch_library(evalset, encoder)
    engine, questions = engine_over(library, encoder), evalset.questions()[: int(count)]
    clock = Clock()
    clock.watch()
    rows: dict[str, list[dict[str, float]]] = {"ranking": [], "--fast": []}
    for question in [*questions[:_WARM], *questions]:
        for how, taken in rows.items():
            taken.append(_asked(engine, question, how == "--fast", clock))
    for how, taken in rows.items():
        _print(how, taken[_WARM:])
    _print_peers(library, [question["question"] for question in questions[:_OF_PEERS]])
    print(f"\n# {name}, {len(questions)} questions; {settings()}")


def _asked(engine: Engine, question: dict[str, Any], fast: bool, clock: Clock) -> dict[str, float]:
    """Seconds by stage, what is left over, and the whole."""
    clock.taken()
    started = time.perf_counter()
    ask(engine, question, 10, fast=fast)
    whole = time.perf_counter() - started
    spent = clock.taken()
    return {**spent, "all else": whole - sum(spent.values()), "**whole**": whole}


def _print(how: str, rows: list[dict[str, float]]) -> None:
    print(f"\n| {how} | p50 ms | p95 ms |\n|---|---|---|")
    for stage in rows[0]:
        print(f"| {stage} | {_percentiles([row[stage] for row in rows])} |")


def _percentiles(seconds: list[float]) -> str:
    p50, p95 = percentiles(seconds)
    return f"{1000 * p50:.1f} | {1000 * p95:.1f}"


def _print_peers(library: Library, questions: list[str]) -> None:
    with peers() as others, tempfile.TemporaryDirectory() as folder, library.reading() as (_, truth):
        file = Path(folder, "vectors.npy")
        np.save(file, np.concatenate([vectors for _, vectors in truth.vectors_added(-1, 384)]))
        if others:
            print("\n| dense search alone | p50 ms | p95 ms |\n|---|---|---|")
        for peer in others:
            peer.seconds(vectors=str(file))
            peer.seconds(ask=questions[0])
            print(f"| {peer.name} | {_percentiles([peer.seconds(ask=question) for question in questions])} |")


if __name__ == "__main__":
    main()
