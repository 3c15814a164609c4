"""Sentence splitters side by side: rules followed, speed, and whether their offsets can be trusted.

    PULLQUOTE_EVAL_DIR=… python -m bench.splitters

Reads `sentence-rules.json` and `news-2023h2/articles.jsonl.gz` of the evaluation folder. The other splitters are no
dependency of the project: one that is missing is listed as “not installed” (`pip install pysbd sentencex blingfire
syntok nupunkt`). Offsets are called verbatim where, in every article, the spans are ordered, disjoint, within the text
and cover each non-space character.
"""

import gzip
import importlib
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path
from typing import Any

from index.split import split_sentences

ARTICLES = 400
BUDGET = 20.0  # seconds a splitter gets for the articles; its speed is that over those it came to

Rule = dict[str, Any]  # a rule of `sentence-rules.json`: {"text", "sentences"}
Spans = list[tuple[int, int]]
Split = Callable[[str], Iterable[tuple[int, int]]]


def _own() -> Split:
    return split_sentences


def _pysbd() -> Split:
    segmenter = importlib.import_module("pysbd").Segmenter(language="en", clean=False, char_span=True)
    return lambda text: [(span.start, span.end) for span in segmenter.segment(text)]


def _sentencex() -> Split:
    boundaries = importlib.import_module("sentencex").get_sentence_boundaries
    return lambda text: [(found["start_index"], found["end_index"]) for found in boundaries("en", text)]


def _blingfire() -> Split:
    with_offsets = importlib.import_module("blingfire").text_to_sentences_and_offsets
    return lambda text: with_offsets(text)[1]


def _syntok() -> Split:
    analyze = importlib.import_module("syntok.segmenter").analyze
    return lambda text: [
        (tokens[0].offset, tokens[-1].offset + len(tokens[-1].value))
        for paragraph in analyze(text)
        for tokens in paragraph
    ]


def _nupunkt() -> Split:
    spans = importlib.import_module("nupunkt").sent_spans
    return lambda text: spans(text)


@dataclass(frozen=True)
class Splitter:
    """A splitter to compare; `load` imports it and gives its function from text to code-point spans."""

    package: str
    licence: str
    last_release: str  # as the package index gave it in November 2026
    load: Callable[[], Split]


SPLITTERS = [
    Splitter("pullquote", "Apache-2.0", "this project", _own),
    Splitter("pysbd", "MIT", "2021-02", _pysbd),
    Splitter("nupunkt", "MIT", "2026-09", _nupunkt),
    Splitter("syntok", "MIT", "2022", _syntok),
    Splitter("sentencex", "MIT", "2026-08/09", _sentencex),
    Splitter("blingfire", "MIT", "2021-09", _blingfire),
]


def trimmed(text: str, spans: Iterable[tuple[int, int]]) -> Spans:
    """`spans` without the space at their ends, and without those that are space alone."""
    kept = []
    for start, end in spans:
        piece = text[start:end]
        if piece.strip():
            kept.append((start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())))
    return kept


def is_verbatim(text: str, spans: Spans) -> bool:
    """Whether `spans` are ordered, disjoint, within `text`, and cover each of its non-space characters."""
    reached = 0
    for start, end in spans:
        if not reached <= start < end <= len(text) or text[reached:start].strip():
            return False
        reached = end
    return not text[reached:].strip()


def rules_followed(split: Split, rules: list[Rule]) -> int:
    """How many of the rules' texts come out as exactly the sentences the rule gives."""
    return sum(
        [rule["text"][start:end] for start, end in trimmed(rule["text"], split(rule["text"]))] == rule["sentences"]
        for rule in rules
    )


def measured(split: Split, texts: list[str]) -> tuple[float, int, int, int]:
    """Characters a second, articles reached, those of them with verbatim offsets, and the longest sentence."""
    seconds, characters, reached, verbatim, longest = 0.0, 0, 0, 0, 0
    for text in texts:
        began = time.perf_counter()
        raw = list(split(text))
        seconds += time.perf_counter() - began
        spans = trimmed(text, raw)
        characters, reached = characters + len(text), reached + 1
        verbatim += is_verbatim(text, spans)
        longest = max([longest, *(end - start for start, end in spans)])
        if seconds > BUDGET:
            break
    return characters / seconds, reached, verbatim, longest


def row(splitter: Splitter, rules: list[Rule], texts: list[str]) -> str:
    """The splitter's line of the table."""
    try:
        release = "" if splitter.package == "pullquote" else " " + version(splitter.package)
        split = splitter.load()
    except (PackageNotFoundError, ImportError):
        return f"| {splitter.package} | not installed | | | | {splitter.licence} | {splitter.last_release} |"
    speed, reached, verbatim, longest = measured(split, texts)
    exact = "yes" if verbatim == reached else f"no ({reached - verbatim} of {reached} articles wrong)"
    return (
        f"| {splitter.package}{release} | {rules_followed(split, rules)} of {len(rules)} | {speed / 1e6:.2f} | {exact} "
        f"| {longest:,} | {splitter.licence} | {splitter.last_release} |"
    )


def main() -> None:
    folder = os.environ.get("PULLQUOTE_EVAL_DIR")
    if not folder:
        sys.exit("PULLQUOTE_EVAL_DIR is not set: point it at the folder of evaluation sets.")
    rules = json.loads((Path(folder) / "sentence-rules.json").read_text(encoding="utf-8"))
    with gzip.open(Path(folder) / "news-2023h2" / "articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in islice(lines, ARTICLES)]
    print("| splitter | rules | million chars/s | verbatim offsets | longest sentence | licence | last release |")
    print("|---|---|---|---|---|---|---|")
    for splitter in SPLITTERS:
        print(row(splitter, rules, texts), flush=True)
    print(
        f"\nsettings: first {len(texts)} articles of news-2023h2 ({sum(map(len, texts)):,} characters), at most "
        f"{BUDGET:.0f} s a splitter; Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}"
    )


if __name__ == "__main__":
    main()
