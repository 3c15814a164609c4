"""The training sets: their articles, their questions, which part is kept back, and what is left out."""

import hashlib
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from index.article import Article, Span
from index.encode import Encoder
from index.library import Library
from index.update import index_articles

# How many questions of each set are drawn; most of qamr's make sense only with their sentence in view. Of it as many
# are drawn once more: half of the networks learn from the one draw, half from the other.
SETS = {"selqa-dev": 785, "selqa-test": 1590, "squad-train-slice": 11877, "qamr": 15000}
AGAIN = "qamr"
# The share of articles kept back from the network, to fit the fusion and the confidence on.
KEPT_BACK = {"selqa-dev": 0.0, "selqa-test": 0.5, "squad-train-slice": 0.16, "qamr": 0.08}


@dataclass(frozen=True, slots=True)
class Row:
    """A training question, with its right spans by article id (unique among the sets) and its answers.

    `draw` is 0, or 1 where it was drawn in the second draw.
    """

    kind: str
    question: str
    evidence: tuple[tuple[str, Span], ...]
    answers: tuple[str, ...]
    kept_back: bool
    draw: int = 0


def rows(folder: Path, seed: int) -> list[Row]:
    """The questions of all sets, a sample of each, shuffled; after them the second draw of `AGAIN`."""
    chance = random.Random(seed)  # noqa: S311 (a sample)
    found, again = [], []
    for name, count in SETS.items():
        every = [_row(name, line) for line in lines_of(folder / name / "questions.jsonl")]
        drawn = chance.sample(range(len(every)), min(count, len(every)))
        found += [every[n] for n in drawn]
        if name == AGAIN:
            rest = [every[n] for n in sorted(set(range(len(every))).difference(drawn))]
            other = random.Random(seed + 1)  # noqa: S311 (a sample)
            again = [replace(row, draw=1) for row in other.sample(rest, min(count, len(rest)))]
    chance.shuffle(found)
    return found + again


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
