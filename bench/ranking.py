"""How long does ranking take? The linear ranker and the one that reads, over the first 30 candidates of real questions.

    PULLQUOTE_EVAL_DIR=… python -m bench.ranking [SET]

Prints the median and the 95th percentile in milliseconds, both rankers in one run over the same candidates.
"""

import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench._machine import percentiles
from index.encode import load_encoder
from qa.cross import READ
from qa.evaluation.evalset import EvalSet
from qa.evaluation.evaluate import scratch_library
from qa.linear import LinearRanker
from qa.query import Query, make_query
from qa.rank import Ranker
from qa.retrieve import Candidate, retrieve
from qa.weights import fitted, ranker_of

CANDIDATES = 30
QUESTIONS = 100


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "clapnq"
    evalset, encoder = EvalSet(Path(os.environ["PULLQUOTE_EVAL_DIR"]) / name), load_encoder()
    asked = []
    with scratch_library(evalset, encoder).reading() as (snapshot, truth):
        for question in evalset.questions()[:QUESTIONS]:
            query = make_query(question["question"], snapshot.lexical)
            asked.append((query, retrieve(snapshot, truth, query, encoder)[:CANDIDATES]))
    print(f"# {name}, {len(asked)} questions, {CANDIDATES} candidates, {READ} read, {platform.processor()}")
    for ranker in (LinearRanker(), ranker_of(fitted())):
        p50, p95 = percentiles(timed(ranker, asked))
        print(f"{ranker.name:20} p50 {p50:6.1f} ms   p95 {p95:6.1f} ms")


def timed(ranker: Ranker, asked: Sequence[tuple[Query, list[Candidate]]]) -> list[float]:
    """Milliseconds for each question; the first ones run twice, to be warm."""
    for query, candidates in asked[:5]:
        ranker.scores(query, candidates)
    times = []
    for query, candidates in asked:
        started = time.perf_counter()
        ranker.scores(query, candidates)
        times.append(1000 * (time.perf_counter() - started))
    return times


if __name__ == "__main__":
    main()
