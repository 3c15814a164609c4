"""Citations, answers and engines made by hand, for tests of what is done with them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from index.article import Article, Span
from qa.answer import Answer, Status
from qa.citation import Citation
from qa.confidence import Calibration
from qa.engine import Engine
from tests.conftest import BEES, SHIP
from tests.toy import ToyEncoder, ToyRanker, toy_library

SURE = Calibration(score=1.0, intercept=-2.0, threshold=0.5)


def citation(text: str = "Bees buzz at dawn.", start: int = 0, **given: Any) -> Citation:
    """A citation of `text` at `start`; `article` and the citation's own fields may be given."""
    article = given.pop("article", Article("bees.txt", "", "Bees of the valley", source="The Valley Post"))
    values = {"sha256": "0" * 64, "scores": {}, "confidence": 0.93, **given}
    return Citation(article, span=Span(start, start + len(text)), text=text, **values)


def answered(*citations: Citation) -> Answer:
    return Answer("What do bees do?", Status.ANSWERED, 0.93, citations, citations, library=(1, "0" * 64))


def toy_engine(folder: Path, articles: Sequence[Article] = (BEES, SHIP)) -> Engine:
    """The toy models over a new library of `articles` in `folder`."""
    encoder = ToyEncoder()
    return Engine(toy_library(folder, encoder, list(articles)), encoder, ToyRanker(), SURE)
