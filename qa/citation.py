"""A citation: one sentence of one article, word for word, with its exact place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from index.article import Article, Span
from index.errors import QuoteError
from qa.context import context_of
from qa.rank import Score
from qa.retrieve import Candidate


class Origin(NamedTuple):
    """Whose word it is: the digest of the text that this one is a copy of (or its own), and the outlet."""

    report: str
    outlet: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A sentence that was found: as a hit, a citation of an answer, or a near miss; the shape is the same.

    `span` is half-open, in code points of the article's text; `context` is the sentence before, where the cited one
    leans on it; `same_as` lists citations of near-identical sentences elsewhere;
    `answer` is in code points of the article's text, like `span`. `origin`, which only what is cited has, is not in
    the JSON: an answer's `sources` is counted from it.
    """

    article: Article  # without its text
    sha256: str  # of the article's text
    span: Span
    text: str
    scores: Mapping[str, float | None]
    confidence: float
    context: str | None = None
    same_as: tuple["Citation", ...] = field(default=())
    answer: Span | None = None  # the answer's words inside the sentence, where the ranker found them
    origin: Origin | None = None

    @property
    def told(self) -> tuple[str, str, str, str]:
        """What is told with the sentence: title, context, the sentence, the year in which it was published."""
        return self.article.title, self.context or "", self.text, (self.article.published_at or "")[:4]

    def to_json(self) -> dict[str, Any]:
        """The citation in the answer's JSON shape."""
        return {
            "type": "char_location",
            "cited_text": self.text,
            "document_id": self.article.id,
            "document_title": self.article.title,
            "start_char_index": self.span.start,
            "end_char_index": self.span.end,
            "source": self.article.source,
            "url": self.article.url,
            "published_at": self.article.published_at,
            "document_sha256": self.sha256,
            "confidence": self.confidence,
            "scores": dict(self.scores),
            "answer_start_char_index": self.answer.start if self.answer else None,
            "answer_end_char_index": self.answer.end if self.answer else None,
            "context": self.context,
            "same_as": [other.to_json() for other in self.same_as],
        }

    def with_same_as(self, others: list["Citation"]) -> "Citation":
        return replace(self, same_as=tuple(others))


def cite(candidate: Candidate, confidence: float, said: Score | None = None) -> Citation:
    """Makes the citation of a candidate, with what the ranker said of it; None where it was not asked.

    Raises `QuoteError` unless it is the article's own text.
    """
    body = candidate.body
    ranked = said.value if said else None
    scores = {"dense": candidate.dense, "bm25": candidate.bm25, "fused": candidate.fused, "ranker": ranked}
    return _checked(
        Citation(
            candidate.article,
            body.sha256,
            candidate.span,
            candidate.text,
            scores,
            confidence,
            context=context_of(body.text, candidate.before, candidate.span),
            answer=said.answer if said else None,
        ),
        body.text,
    )


def cite_copies(citation: Citation, origins: Sequence[Article]) -> list[Citation]:
    """The same sentence under the other ids that publish this very text."""
    return [replace(citation, article=origin) for origin in origins if origin.id != citation.article.id]


def _checked(citation: Citation, text: str) -> Citation:
    """Invariant 1: what is quoted stands in the article, at that place, and is not nothing."""
    found = text[citation.span.start : citation.span.end]
    if found != citation.text or not found:
        raise QuoteError(f"{citation.article.id} {tuple(citation.span)} holds {found!r}, not {citation.text!r}")
    return citation
