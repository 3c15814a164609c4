"""Citations and answers made by hand, for tests of what is done with them."""

from typing import Any

from index.article import Article, Span
from qa.answer import Answer, Status
from qa.citation import Citation


def citation(text: str = "Bees buzz at dawn.", start: int = 0, **given: Any) -> Citation:
    """A citation of `text` at `start`; `article` and the citation's own fields may be given."""
    article = given.pop("article", Article("bees.txt", "", "Bees of the valley", source="The Valley Post"))
    values = {"sha256": "0" * 64, "scores": {}, "confidence": 0.93, **given}
    return Citation(article, span=Span(start, start + len(text)), text=text, **values)


def answered(*citations: Citation) -> Answer:
    return Answer("What do bees do?", Status.ANSWERED, 0.93, citations, citations, library=(1, "0" * 64))
