"""Which index for the dense view? Flat, lists with more or fewer of them looked into, eight bits re-scored, HNSW.

    python -m bench.nearest [--library DIR] [--questions EVALSET_DIR] [--passages N] [--hnsw]

Over the stored vectors of a real library, with real questions, one question at a time; all in one run, each question
given to every contestant in turn. Recall is of the exact fifty; megabytes are of the index as faiss writes it. Unless
they are given, library and questions are those of the set news-2023h2 in `$PULLQUOTE_EVAL_DIR`.
"""

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss as _faiss
import numpy as np

from bench._machine import percentiles
from index import nearest
from index.library import Library
from qa.evaluation.evalset import EvalSet, read_questions
from qa.evaluation.evaluate import scratch_library
from qa.open import default_encoder

faiss: Any = _faiss  # it adds ways of calling to its classes at run time, out of mypy's sight

TOP = 50
QUESTIONS = 200
SIZES = (512, 1024)  # lists
PROBED = (0.05, 0.1, 0.25, 0.4)
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
    print(f"# {len(vectors):,} passages, {len(asked)} questions of {questions.name}, {os.cpu_count()} cores")
    print("| index | lists looked into | built in s | MB per million | recall@50 | p50 ms | p95 ms | to flat |")
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
    for lists in SIZES:
        started = time.perf_counter()
        sample = vectors[np.linspace(0, len(vectors) - 1, 32 * lists).astype(np.int64)]
        middles = nearest.centroids_of(sample, lists)
        trained = time.perf_counter() - started
        for kind, code in (("float16", faiss.ScalarQuantizer.QT_fp16), ("8 bits, re-scored", _EIGHT)):
            part, seconds = clocked(lambda code=code, middles=middles: inverted(vectors, middles, code))
            for share in PROBED:
                search = looking(part, share, vectors if code == _EIGHT else None)
                name = f"{lists} lists, {kind}"
                rows.append((name, f"{share:.1%}", trained + seconds, size_of(part), search))
    if hnsw:
        part, seconds = clocked(lambda: hnsw_over(vectors))
        for looked in (64, 128, 256):
            search = walking(part, looked)
            rows.append(("HNSW, 32 links, float16", f"ef {looked}", seconds, size_of(part), search))
    return rows


_EIGHT = faiss.ScalarQuantizer.QT_8bit


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


def inverted(vectors: np.ndarray, middles: np.ndarray, code: int) -> Any:
    quantiser = faiss.IndexFlatIP(vectors.shape[1])
    quantiser.add(middles)
    part = faiss.IndexIVFScalarQuantizer(
        quantiser, vectors.shape[1], len(middles), code, faiss.METRIC_INNER_PRODUCT, False
    )
    part.train(vectors[:: max(1, len(vectors) // 20_000)])
    part.add(vectors)
    return part


def looking(part: Any, share: float, again: np.ndarray | None) -> Search:
    """Into that share of the lists; with `again`, four times as many are found and re-scored from those vectors."""
    parameters = faiss.SearchParametersIVF(nprobe=max(1, int(np.ceil(share * part.nlist))))

    def search(question: np.ndarray) -> np.ndarray:
        if again is None:
            return part.search(question, TOP, params=parameters)[1][0]
        keys = part.search(question, 4 * TOP, params=parameters)[1][0]
        keys = keys[keys >= 0]
        return keys[np.argsort(-(again[keys] @ question[0]), kind="stable")[:TOP]]

    return search


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
