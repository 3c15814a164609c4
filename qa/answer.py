"""An answer: cited sentences, or a reason why there is none. The same JSON through every door."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from qa.citation import Citation


class Status(Enum):
    """What came of a question (`ERROR` only in a batch row)."""

    ANSWERED = "answered"
    ABSTAINED = "abstained"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Answer:
    """`confidence` is the calibrated probability that `hits[0]` answers, None where there are no hits.

    `citations` is empty unless `status` is ANSWERED; `reason` is None only then. `library` is the generation and the
    digest of what was asked, None where nothing was.
    """

    question: str
    status: Status
    confidence: float | None = None
    citations: tuple[Citation, ...] = ()
    hits: tuple[Citation, ...] = ()
    reason: str | None = None
    library: tuple[int, str] | None = None
    rewritten: str | None = None  # the question that was really asked, where the conversation was needed to say it

    @property
    def text(self) -> str:
        """The cited sentences, each quoted and numbered: `“…” [1] “…” [2]`; empty where there are none."""
        return " ".join(f"“{citation.text}” [{n}]" for n, citation in enumerate(self.citations, 1))

    @property
    def sources(self) -> int:
        """How many independent outlets the answer stands on; copies of one text count once."""
        return len({_outlet(c) for cited in self.citations for c in (cited, *_elsewhere(cited))})

    def to_json(self, question_id: str | None = None, given: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer's JSON, every key present; `given` holds a question file's other columns."""
        return {
            "id": question_id,
            "question": self.question,
            "input": given or {},
            "status": self.status.value,
            "confidence": self.confidence,
            "answer": self.text,
            "citations": [citation.to_json() for citation in self.citations],
            "sources": self.sources,
            "hits": [hit.to_json() for hit in self.hits],
            "rewritten_question": self.rewritten,
            "reason": self.reason,
            "library": dict(zip(("generation", "sha256"), self.library, strict=True)) if self.library else None,
        }


def _outlet(citation: Citation) -> str:
    return citation.article.source or citation.article.id


def _elsewhere(citation: Citation) -> list[Citation]:
    """Those of its twins that are another outlet's own text, not a copy of this one."""
    return [other for other in citation.same_as if other.sha256 != citation.sha256]
