"""The training sets: their articles, their questions, which part is kept back, and what is left out."""

import hashlib
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.article import Article, Span
from index.encode import Encoder
from index.library import Library
from index.update import index_articles

# How many questions of each set are drawn; most of qamr's make sense only with their sentence in view.
SETS = {"selqa-dev": 785, "selqa-test": 1590, "squad-train-slice": 11877, "qamr": 15000}
# The share of articles kept back from the network, to fit the fusion and the confidence on.
KEPT_BACK = {"selqa-dev": 0.0, "selqa-test": 0.5, "squad-train-slice": 0.16, "qamr": 0.08}


@dataclass(frozen=True, slots=True)
class Row:
    """A training question, with its right spans by article id (unique among the sets) and its answers."""

    kind: str
    question: str
    evidence: tuple[tuple[str, Span], ...]
    answers: tuple[str, ...]
    kept_back: bool


def rows(folder: Path, seed: int) -> list[Row]:
    """The questions of all sets, a sample of each, shuffled."""
    chance = random.Random(seed)  # noqa: S311 (a sample)
    found = []
    for name, count in SETS.items():
        every = [_row(name, line) for line in lines_of(folder / name / "questions.jsonl")]
        found += chance.sample(every, min(count, len(every)))
    chance.shuffle(found)
    return found


def make_library(folder: Path, training: Path, names: Iterable[str], encoder: Encoder) -> Library:
    """The articles of these sets in one library; quick where it is there already."""
    library = Library.create(folder, encoder)
    index_articles(library, encoder, (article for name in names for article in _articles(training / name)))
    return library


def _row(name: str, line: dict[str, Any]) -> Row:
    evidence = tuple((f"{name}/{e['article_id']}", Span(e["start"], e["end"])) for e in line["evidence"])
    back = bool(evidence) and _share(evidence[0][0]) < KEPT_BACK[name]
    return Row(name, line["question"], evidence, tuple(line.get("answers") or ()), back)


def _share(article_id: str) -> float:
    """A number in [0, 1) that is the article's own."""
    return int(hashlib.sha256(article_id.encode()).hexdigest()[:8], 16) / 2**32


def _articles(folder: Path) -> Iterator[Article]:
    for row in lines_of(folder / "articles.jsonl"):
        yield Article(f"{folder.name}/{row['id']}", row["text"], row.get("title") or "")


def lines_of(file: Path) -> Iterator[dict[str, Any]]:
    """The objects of a jsonl file."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
