"""How cost grows with a library: time, memory, disk and recall, from thousands of passages to millions.

    python -m bench.growth [--library DIR] [--questions EVALSET_DIR] [--work DIR] [--plot FILE] [SIZE…]

Grows the library in the folder `--work` to each SIZE (passages) in turn, through the real writer, and measures it there
in a process of its own. Its articles are those of `--library`, with the vectors that are stored there; beyond them, and
marked so, perturbed copies: one word in twenty is spelt anew, and each vector moved (its cosine to the original is
about 0.96). What was measured before in the same folder is kept: prints the tables of all of it, and draws it. Unless
they are given, library and questions are those of the set news-2023h2 in `$PULLQUOTE_EVAL_DIR`.
"""

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from bench._machine import percentiles
from index import dense, lexical, nearest
from index.article import Article, Passage, Span
from index.commit import Prepared
from index.library import Library
from index.truth import Truth
from index.views import Scope
from qa.evaluation.evalset import EvalSet, read_questions
from qa.evaluation.evaluate import scratch_library
from qa.open import default_encoder, engine_over

SIZES = (10_000, 100_000)
QUESTIONS = 100
TOP = 50
SPELT_ANEW = 20  # every so many words of a copy
MOVED = 0.3  # length of the noise that is added to a copy's vectors, themselves of length one
_RESULTS = "growth.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--library", type=Path)
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("sizes", type=int, nargs="*")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as aside:
        questions = given.questions or Path(os.environ["PULLQUOTE_EVAL_DIR"]) / "news-2023h2"
        library = given.library or scratch_library(EvalSet(questions), default_encoder()).folder
        run(library, questions, given.work or Path(aside), given.sizes or (() if given.work else SIZES), given.plot)


def run(library: Path, evalset: Path, work: Path, sizes: Sequence[int], drawn: Path | None) -> None:
    work.mkdir(parents=True, exist_ok=True)
    questions = [q["question"] for q in read_questions(evalset)[:QUESTIONS]]
    for size in sizes:
        row = grown(library, work / "library", size)
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            row |= pool.submit(measured, work / "library", questions).result()
        with (work / _RESULTS).open("a") as out:
            out.write(json.dumps(row) + "\n")
    rows = [json.loads(line) for line in (work / _RESULTS).read_text().splitlines()]
    print(f"# {len(questions)} questions of {evalset.name}, {os.cpu_count()} cores; {' '.join(sys.argv[1:])}")
    print(tables(rows))
    if drawn:
        plot(drawn, rows)


# growing


def grown(source: Path, folder: Path, size: int) -> dict[str, Any]:
    """Adds articles until there are `size` passages, and says what that took."""
    spent = {"fold": 0.0, "words": 0.0}
    library = Library.create(folder, default_encoder())
    with (
        patch.object(dense, "fold", timed(dense.fold, spent, "fold")),
        patch.object(lexical, "catch_up", timed(lexical.catch_up, spent, "words")),
    ):
        started = time.perf_counter()
        with library.writing() as writer:
            have, added = writer.truth().passage_count(), 0
            known = set(writer.truth().ids())
            copies = 0
            for copy, article, prepared in endless(source, known):
                if have + added >= size:
                    break
                copies = copy
                writer.put(article, prepared)
                added += len(prepared.passages)
            put = time.perf_counter() - started
        whole = time.perf_counter() - started
    library.close()
    return {"copies": copies, "added": added, "put": put, "published": whole - put, **spent}


def endless(source: Path, known: set[str]) -> Iterator[tuple[int, Article, Prepared]]:
    """Each article of the library `source`, then a copy of each, and so on, without those of the ids `known`."""
    library = Library(source)
    dimension = int(library.manifest["dimension"])
    with library.reading() as (_, truth):
        ids = truth.ids()
        for copy in range(1_000_000):
            for number, article_id in enumerate(ids):
                original = truth.article(article_id)
                body = truth.body_of(article_id)
                assert original is not None
                assert body is not None
                chance = np.random.default_rng([copy, number])
                article = original if not copy else copied(original, copy, chance)
                if article.id in known:
                    continue
                yield copy, article, prepared(truth, body, dimension, chance if copy else None)


def copied(article: Article, copy: int, chance: np.random.Generator) -> Article:
    """The same article with some words of the same length in the place of others, so that its spans hold."""
    text, begin = list(article.text), 0
    for word in article.text.split(" "):
        if word.isascii() and word.isalpha() and word.islower() and chance.integers(SPELT_ANEW) == 0:
            text[begin : begin + len(word)] = "".join(chr(97 + (ord(c) - 97 + copy) % 26) for c in word)
        begin += len(word) + 1
    return replace(article, id=f"{article.id} copy {copy}", text="".join(text))


def prepared(truth: Truth, body: int, dimension: int, chance: np.random.Generator | None) -> Prepared:
    spans = truth.sentences(body)
    found = truth.sentence_vectors([(body, n) for n in range(len(spans))])
    vectors = np.stack([found[body, n] for n in range(len(spans))])
    if chance is not None:
        vectors = vectors + MOVED / np.sqrt(dimension) * chance.standard_normal(vectors.shape)
        vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return Prepared(spans, [Passage(n, n + 1, Span(*span)) for n, span in enumerate(spans)], vectors)


def timed(call: Callable[..., Any], spent: dict[str, float], name: str) -> Callable[..., Any]:
    def timing(*given: Any) -> Any:
        started = time.perf_counter()
        try:
            return call(*given)
        finally:
            spent[name] += time.perf_counter() - started

    return timing


# measuring, in a process of its own


def measured(folder: Path, questions: Sequence[str]) -> dict[str, Any]:
    """What opening it, searching it and asking it costs; recall of the exact nearest, of all and of a few days."""
    encoder = default_encoder()
    asked = [encoder.encode_question(question) for question in questions]
    before = memory()
    forgotten(folder)
    row: dict[str, Any] = {"open cold": opened(folder, encoder), "open": opened(folder, encoder)}
    library = Library(folder, encoder)
    with library.reading() as (snapshot, truth):
        after = memory()
        row |= {
            "kind": "codes" if isinstance(snapshot.dense.base, nearest.Coded) else "flat",
            "passages": len(snapshot.dense),
        }
        row["articles"], row["dense"], hits = truth.article_count(), *searched(snapshot.dense, asked, None)
        row["recall"] = recall(truth, asked, hits, None)
        last = Scope(first=date.fromisoformat(recent(truth)))
        allowed = snapshot.allowed(truth, last)
        assert allowed is not None
        row["allowed"] = float(allowed.passages.mean())
        row["dense allowed"], hits = searched(snapshot.dense, asked, allowed.passages)
        row["recall allowed"] = recall(truth, asked, hits, allowed.passages)
    row |= {"memory": after["RssAnon"] - before["RssAnon"], "mapped": memory()["RssFile"] - before["RssFile"]}
    engine = engine_over(library, encoder)
    for name, fast in (("fast", True), ("ranked", False)):
        row[name] = percentiles([clocked(lambda q=q, fast=fast: engine.ask(q, fast=fast)) for q in questions][5:])
    row |= {name: sum(f.stat().st_size for f in folder.glob(p)) for name, p in _PARTS.items()}
    return row


_PARTS = {"disk truth": "library.sqlite*", "disk dense": "dense*", "disk words": "lexical/*"}


def clocked(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - started)


def opened(folder: Path, encoder: Any) -> float:
    """Milliseconds to open it and be ready to search."""

    def act() -> None:
        with Library(folder, encoder).reading():
            pass

    return clocked(act)


def forgotten(folder: Path) -> None:
    """Asks the system to drop what it has of the library's files, where it knows how."""
    with suppress(AttributeError):
        for file in [path for path in folder.rglob("*") if path.is_file()]:
            handle = os.open(file, os.O_RDONLY)
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(handle)


def memory() -> dict[str, int]:
    """Bytes of this process that are its own, and that are files it has mapped."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return {name: 1024 * int(rest.split()[0]) for name, rest in (line.split(":") for line in lines) if "Rss" in name}


def searched(view: dense.Dense, asked: Sequence[np.ndarray], allowed: Any) -> tuple[tuple[float, float], list[Any]]:
    view.search(asked[0], TOP, allowed)
    hits: list[Any] = []
    times = [clocked(lambda q=q: hits.append(view.search(q, TOP, allowed))) for q in asked]
    return percentiles(times), hits


def recall(truth: Truth, asked: Sequence[np.ndarray], hits: Sequence[Any], allowed: Any) -> float:
    """The share of the exact nearest that was found, by cosine, so that ties count."""
    matrix = np.concatenate(asked)
    best = np.full((len(asked), TOP), -1.0, dtype=np.float32)
    for keys, vectors in truth.vectors_added(-1, matrix.shape[1]):
        cosines = matrix @ (vectors if allowed is None else vectors[allowed[keys]]).T
        best = -np.partition(-np.concatenate([best, cosines], axis=1), TOP - 1, axis=1)[:, :TOP]
    least = best.min(axis=1) - 1e-5
    return float(np.mean([sum(h.cosine >= low for h in found) / TOP for found, low in zip(hits, least, strict=True)]))


def recent(truth: Truth) -> str:
    """The day from which on about a twentieth of the dated articles are."""
    days = sorted((article.published_at or "")[:10] for article in truth.listed(limit=10_000_000))
    return next(day for day in days[int(0.95 * len(days)) :] if day)


# showing


def tables(rows: Sequence[dict[str, Any]]) -> str:
    """What it takes to grow, open, search and ask; then what is found, and room in memory and on disk."""
    spent = [
        [
            f"{row['passages']:,}", f"{row['articles']:,}", "copies" if row["copies"] else "real", row["kind"],
            f"{row['added']:,}", f"{row['put']:.0f}", f"{row['words']:.0f}", f"{row['fold']:.1f}",
            f"{row['open']:.0f}", f"{row['open cold']:.0f}",
            *("{:.0f} / {:.0f}".format(*row[name]) for name in ("dense", "dense allowed", "fast", "ranked")),
        ]
        for row in rows
    ]  # fmt: skip
    held = [
        [
            f"{row['passages']:,}", f"{row['recall']:.4f}", f"{row['recall allowed']:.4f}", f"{row['allowed']:.1%}",
            f"{row['memory'] / 1e6:.0f}", f"{row['mapped'] / 1e6:.0f}",
            *(f"{row[name] / row['passages']:.0f}" for name in _PARTS),
            f"{sum(row[name] for name in _PARTS) / 1e9:.2f}",
        ]
        for row in rows
    ]  # fmt: skip
    return markdown(_SPENT, spent) + "\n\n" + markdown(_HELD, held)


_SPENT = (
    "passages", "articles", "of which", "base", "added", "storing, s", "words, s", "fold, s", "opening, ms", "cold, ms",
    "nearest 50, ms", "of few days, ms", "fast answer, ms", "answer, ms",
)  # fmt: skip
_HELD = (
    "passages", "recall@50", "of few days", "their share", "memory, MB", "mapped, MB", "truth, MB a million",
    "vectors, MB a million", "words, MB a million", "disk, GB",
)  # fmt: skip


def markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def plot(file: Path, rows: Sequence[dict[str, Any]]) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    sizes = [row["passages"] for row in rows]
    real = max((row["passages"] for row in rows if not row["copies"]), default=0)
    figure = Figure(figsize=(9, 3), layout="constrained")
    FigureCanvasAgg(figure)
    panels: list[tuple[str, dict[str, list[float]]]] = [
        ("milliseconds, median", {
            "nearest passages": [row["dense"][0] for row in rows],
            "an answer, fast": [row["fast"][0] for row in rows],
            "an answer": [row["ranked"][0] for row in rows],
            "opening": [row["open"] for row in rows],
        }),
        ("memory, MB", {
            "its own": [row["memory"] / 1e6 for row in rows], "of mapped files": [row["mapped"] / 1e6 for row in rows],
        }),
        ("disk, GB", {name.split()[1]: [row[name] / 1e9 for row in rows] for name in _PARTS}),
    ]  # fmt: skip
    for axes, (label, lines) in zip(figure.subplots(1, 3), panels, strict=True):
        for name, values in lines.items():
            axes.plot(sizes, values, marker="o", markersize=3, linewidth=1.3, label=name)
        axes.axvspan(real, max(sizes), color="#f0f0f0", zorder=0)
        axes.set(xscale="log", yscale="log", xlabel="passages (grey: perturbed copies)", title=label)
        axes.title.set_size(10)
        axes.legend(frameon=False, fontsize=7)
        axes.grid(color="#e4e4e4", linewidth=0.6)
    figure.savefig(file, format="png", dpi=80)


if __name__ == "__main__":
    main()
