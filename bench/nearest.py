"""Which index for the dense view? Flat, codes of more or fewer bits, lists of which the nearest are looked into, HNSW.

    python -m bench.nearest [--library DIR] [--questions EVALSET_DIR] [--passages N] [--hnsw]

Over the stored vectors of a real library, with real questions, one question at a time; all in one run, each question
given to every contestant in turn, on one thread. Recall is of the exact fifty; megabytes are of the index as faiss
writes it. Unless they are given, library and questions are those of the set news-2023h2 in `$PULLQUOTE_EVAL_DIR`.
"""

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import faiss as _faiss
import numpy as np

from bench._machine import percentiles
from index import dense, nearest
from index.library import Library
from qa.evaluation.evalset import EvalSet, read_questions
from qa.evaluation.evaluate import scratch_library
from qa.open import default_encoder

faiss: Any = _faiss  # it adds ways of calling to its classes at run time, out of mypy's sight

TOP = 50
QUESTIONS = 200
GROUPED = (2, 3, 4)  # numbers of a vector that four bits stand for
AGAIN = (100, 200, 400, 800)  # are compared again, by their vectors
LISTS = 1024
PROBED = (0.1, 0.3, 0.5)
Search = Callable[[np.ndarray], np.ndarray]  # float32[1, d] to the keys of the nearest, int64[TOP]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--library", type=Path)
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--passages", type=int, default=0, help="of the library, from the first; 0 for all")
    parser.add_argument("--hnsw", action="store_true", help="takes minutes to build")
    given = parser.parse_args()
    encoder = default_encoder()
    questions = given.questions or Path(os.environ["PULLQUOTE_EVAL_DIR"]) / "news-2023h2"
    library = given.library or scratch_library(EvalSet(questions), encoder).folder
    asked = [encoder.encode_question(q["question"]) for q in read_questions(questions)[:QUESTIONS]]
    vectors = stored(library)[: given.passages or None]
    faiss.omp_set_num_threads(1)
    print(f"# {len(vectors):,} passages, {len(asked)} questions of {questions.name}, {os.cpu_count()} cores")
    print("| index | looked into | built in s | MB per million | recall@50 | p50 ms | p95 ms | to flat |")
    print("|---|---|---|---|---|---|---|---|")
    rows = contestants(vectors, given.hnsw)
    times: list[list[float]] = [[] for _ in rows]
    found: list[list[np.ndarray]] = [[] for _ in rows]
    for question in asked:
        for number, (*_, search) in enumerate(rows):
            started = time.perf_counter()
            found[number].append(search(question))
            times[number].append(1000 * (time.perf_counter() - started))
    flat = float(np.median(times[0]))
    for (name, looked, built, size, _), spent, keys in zip(rows, times, found, strict=True):
        recall = np.mean([len(np.intersect1d(a, b)) / TOP for a, b in zip(keys, found[0], strict=True)])
        p50, p95 = percentiles(spent)
        print(
            f"| {name} | {looked} | {built:.0f} | {size / len(vectors):.0f} | {recall:.4f} "
            f"| {p50:.1f} | {p95:.1f} | {p50 / flat:.2f} |"
        )


def stored(folder: Path) -> np.ndarray:
    """All vectors, float32[n, d]."""
    library = Library(folder)
    with library.reading() as (_, truth):
        dimension = int(library.manifest["dimension"])
        return np.concatenate([block for _, block in truth.vectors_added(-1, dimension)])


def contestants(vectors: np.ndarray, hnsw: bool) -> list[tuple[str, str, float, float, Search]]:
    """Name, what is looked into, seconds to build, bytes, and how to search."""
    rows = [("flat, float32", "all", *built(lambda: flat(vectors)))]
    for numbers in GROUPED:
        part, seconds = clocked(lambda numbers=numbers: coded(vectors, numbers))
        for again in AGAIN:
            search = looking_again(part, vectors, again)
            rows.append((f"codes, 4 bits for {numbers}", f"{again} again", seconds, size_of(part), search))
    part, seconds = clocked(lambda: inverted(vectors))
    for share in PROBED:
        rows.append((f"{LISTS} lists, float16", f"{share:.0%}", seconds, size_of(part), looking(part, share)))
    if hnsw:
        part, seconds = clocked(lambda: hnsw_over(vectors))
        for looked in (64, 128, 256):
            search = walking(part, looked)
            rows.append(("HNSW, 32 links, float16", f"ef {looked}", seconds, size_of(part), search))
    return rows


def clocked(make: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    return make(), time.perf_counter() - started


def built(make: Callable[[], Any]) -> tuple[float, float, Search]:
    part, seconds = clocked(make)
    return seconds, size_of(part), lambda question: part.search(question, TOP)[1][0]


def size_of(part: Any) -> float:
    return len(faiss.serialize_index(part))


def flat(vectors: np.ndarray) -> Any:
    part = nearest.flat(vectors.shape[1])
    part.add_with_ids(vectors, np.arange(len(vectors)))
    return part


def coded(vectors: np.ndarray, numbers: int) -> Any:
    """As the dense view has it, but for how many numbers four bits stand."""
    with patch.object(nearest, "GROUPED", numbers):
        part = nearest.codes(vectors[np.linspace(0, len(vectors) - 1, dense.SAMPLED).astype(np.int64)])
    part.add_with_ids(vectors, np.arange(len(vectors)))
    return part


def looking_again(part: Any, vectors: np.ndarray, again: int) -> Search:
    whole = nearest.Coded(part, vectors.astype(np.float16))

    def search(question: np.ndarray) -> np.ndarray:
        with patch.object(nearest, "AGAIN_AT_LEAST", again), patch.object(nearest, "AGAIN", 1):
            return np.array([key for key, _ in nearest.search(whole, question, TOP)])

    return search


def inverted(vectors: np.ndarray) -> Any:
    """Lists by k-means, each of vectors in float16 (Sivic and Zisserman, 2003)."""
    dimension = vectors.shape[1]
    code = faiss.ScalarQuantizer.QT_fp16
    part = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimension), dimension, LISTS, code, faiss.METRIC_INNER_PRODUCT, False
    )
    part.train(vectors[:: max(1, len(vectors) // (32 * LISTS))])
    part.add(vectors)
    return part


def looking(part: Any, share: float) -> Search:
    parameters = faiss.SearchParametersIVF(nprobe=int(np.ceil(share * part.nlist)))
    return lambda question: part.search(question, TOP, params=parameters)[1][0]


def hnsw_over(vectors: np.ndarray) -> Any:
    code = faiss.ScalarQuantizer.QT_fp16
    part = faiss.IndexHNSWSQ(vectors.shape[1], code, 32, faiss.METRIC_INNER_PRODUCT)
    part.train(vectors[:1000])
    part.add(vectors)
    return part


def walking(part: Any, looked: int) -> Search:
    parameters = faiss.SearchParametersHNSW(efSearch=looked)
    return lambda question: part.search(question, TOP, params=parameters)[1][0]


if __name__ == "__main__":
    main()
