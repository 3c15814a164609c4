"""How long does a question take while another process adds articles to the same library?

    PULLQUOTE_EVAL_DIR=… python -m bench.writing [SET] [QUESTIONS] [ARTICLES] [LIBRARY]

Asks a copy of LIBRARY (else of the set's scratch library) the set's questions one at a time, with ranking and with
`--fast` in turn: first alone, then while `pullquote index` takes in ARTICLES of the set once more, a word added to
each, so that all must be embedded. Says how many states of the library were met, and how long the adding took.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path

from bench._machine import percentiles, settings
from index.article import Article
from index.encode import load_encoder
from index.library import Library
from index.read import read_files
from qa.engine import Engine
from qa.evaluation.evalset import EvalSet
from qa.evaluation.evaluate import scratch_library
from qa.open import engine_over

_WARM = 5  # questions asked beforehand


def main() -> None:
    if "PULLQUOTE_EVAL_DIR" not in os.environ:
        sys.exit("say in PULLQUOTE_EVAL_DIR where the evaluation sets are")
    name, count, articles = [*sys.argv[1:4], *("news-2023h2", "40", "200")[len(sys.argv[1:4]) :]]
    evalset, encoder = EvalSet(Path(os.environ["PULLQUOTE_EVAL_DIR"]) / name), load_encoder()
    source = Path(sys.argv[4]) if len(sys.argv) > 4 else scratch_library(evalset, encoder).folder
    questions = [question["question"] for question in evalset.questions()[: int(count)]]
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work, "library")
        shutil.copytree(source, folder)
        engine = engine_over(Library(folder, encoder), encoder)
        asked(engine, questions[:_WARM], lambda: False)
        print("| | asked | p50, p95 ms | `--fast`, p50, p95 ms | states met |\n|---|---|---|---|---|")
        show("alone", asked(engine, questions, lambda: False))
        started = time.perf_counter()
        with adding(folder, rows(evalset, int(articles), Path(work))) as done:
            show("while articles are added", asked(engine, cycle(questions), done))
        print(f"\n{articles} articles were added in {time.perf_counter() - started:.0f} s")
    print(f"\n# {name}, {count} questions; {settings()}")


def rows(evalset: EvalSet, count: int, work: Path) -> Path:
    """The set's first articles once more, with a word added to each."""
    file = work / "again.jsonl"
    articles = (a for a in read_files([evalset.articles]) if isinstance(a, Article))
    with file.open("w", encoding="utf-8") as out:
        for a in islice(articles, count):
            out.write(json.dumps({"id": f"{a.id} again", "title": a.title, "text": f"{a.text}\n\nAgain."}) + "\n")
    return file


@contextmanager
def adding(folder: Path, file: Path) -> Iterator[Callable[[], bool]]:
    """Has another process index `file`; gives whether it is done."""
    command = [sys.executable, "-m", "app", "index", str(file), "--library", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        yield lambda: process.poll() is not None
    assert process.returncode == 0, "the articles were not added"


def asked(
    engine: Engine, questions: Iterator[str] | list[str], done: Callable[[], bool]
) -> tuple[list[float], list[float], int]:
    """Milliseconds with ranking and without, and the states of the library that were met, until `done` or the end."""
    times: tuple[list[float], list[float]] = ([], [])
    states = set()
    for question in questions:
        if done():
            break
        for taken, fast in zip(times, (False, True), strict=True):
            started = time.perf_counter()
            states.add(engine.ask(question, fast=fast).library)
            taken.append(1000 * (time.perf_counter() - started))
    return *times, len(states)


def show(name: str, found: tuple[list[float], list[float], int]) -> None:
    ranked, fast, states = found
    told = [f"{p50:.0f}, {p95:.0f}" for p50, p95 in (percentiles(ranked), percentiles(fast))]
    print(f"| {name} | {len(ranked)} | {told[0]} | {told[1]} | {states} |", flush=True)


if __name__ == "__main__":
    main()
