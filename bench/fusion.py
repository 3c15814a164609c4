"""Which ranking of the candidates? Each view alone, both fused, the linear ranker, and that less each of its features.

    PULLQUOTE_EVAL_DIR=… python -m bench.fusion [SET…]

Prints hit@1 / hit@10 / MRR@10 over the answerable questions, judged as `pullquote evaluate` does, all over the same
candidates. A feature is left out by setting its weight to nothing; the others are not fitted anew.
"""

import os
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.encode import load_encoder
from qa.citation import cite
from qa.evaluation.evalset import EvalSet
from qa.evaluation.evaluate import scratch_library
from qa.evaluation.judge import is_right
from qa.linear import WEIGHTS, Features, features_of, kind_asked
from qa.query import make_query
from qa.retrieve import CANDIDATES, PASSAGES, SENTENCES, Candidate, retrieve

SETS = ("qed", "clapnq", "wikiqa-dev")
FEATURES = tuple(field.name for field in fields(Features))
_DEPTH = 10


@dataclass(frozen=True)
class Asked:
    """The candidates of one question: features float64[n, d], BM25 and fused scores float64[n], right bool[n]."""

    seen: NDArray[np.float64]
    bm25: NDArray[np.float64]
    fused: NDArray[np.float64]
    right: NDArray[np.bool_]


def main() -> None:
    names = sys.argv[1:] or list(SETS)
    asked, took = {}, []
    for name in names:
        began = time.perf_counter()
        asked[name] = _ask_all(EvalSet(Path(os.environ["PULLQUOTE_EVAL_DIR"]) / name))
        took.append(1000 * (time.perf_counter() - began) / len(asked[name]))
    print(
        f"bench.fusion: {PASSAGES} passages, {SENTENCES} sentences, {CANDIDATES} candidates, "
        f"Python {platform.python_version()}; {np.mean(took):.0f} ms a question\n"
    )
    print(f"| ranked by | {' | '.join(names)} |\n|---{'|---' * len(names)}|")
    for label, weights in _rankings():
        print(f"| {label} | {' | '.join(_measured(asked[name], label, weights) for name in names)} |")


def _rankings() -> list[tuple[str, NDArray[np.float64]]]:
    whole = np.array(astuple(WEIGHTS))
    alone = np.array([float(name == "cosine") for name in FEATURES])
    less = [(f"linear less {name}", np.where(np.arange(len(whole)) == i, 0, whole)) for i, name in enumerate(FEATURES)]
    return [("BM25", alone), ("cosine", alone), ("fused", alone), ("linear", whole), *less]


def _measured(asked: Sequence[Asked], label: str, weights: NDArray[np.float64]) -> str:
    ranks = []
    for one in asked:
        scores = {"BM25": one.bm25, "fused": one.fused}.get(label, one.seen @ weights)
        ranked = one.right[np.argsort(-scores, kind="stable")][:_DEPTH].tolist()
        ranks.append(ranked.index(True) + 1 if True in ranked else 0)
    first, found, mrr = ([r == 1 for r in ranks], [r > 0 for r in ranks], [1 / r if r else 0.0 for r in ranks])
    return " / ".join(f"{np.mean(values):.3f}" for values in (first, found, mrr))


def _right(candidate: Candidate, question: dict[str, Any]) -> bool:
    return is_right(cite(candidate, 0.0), question)


def _ask_all(evalset: EvalSet) -> list[Asked]:
    encoder = load_encoder()
    library = scratch_library(evalset, encoder)
    found = []
    with library.reading() as (snapshot, truth):
        for question in evalset.questions():
            if question["answerable"]:
                query = make_query(question["question"], snapshot.lexical)
                candidates, holds_kind = retrieve(snapshot, truth, query, encoder), kind_asked(query.text)
                found.append(
                    Asked(
                        np.array([astuple(features_of(query, c, holds_kind)) for c in candidates]),
                        np.array([c.bm25 or 0.0 for c in candidates]),
                        np.array([c.fused for c in candidates]),
                        np.array([_right(c, question) for c in candidates], dtype=bool),
                    )
                )
    return found


if __name__ == "__main__":
    main()
