"""An answer: cited sentences, or a reason why there is none. The same JSON through every door."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from qa.citation import Citation
from qa.signs import Signs


class Status(Enum):
    """What came of a question (`ERROR` only in a batch row)."""

    ANSWERED = "answered"
    ABSTAINED = "abstained"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Answer:
    """`confidence` is the calibrated probability that `hits[0]` answers, None where there are no hits.

    `citations` is empty unless `status` is ANSWERED; `reason` is None only then. `library` is the generation and the
    digest of what was asked, None where nothing was. `possible` says that `hits[0]`, though nothing is answered, is
    near enough to be shown as a possible answer, unconfirmed; `signs` is what `confidence` was read from. Neither is
    in the JSON, where `hits[0]` and `reason` say as much.
    """

    question: str
    status: Status
    confidence: float | None = None
    citations: tuple[Citation, ...] = ()
    hits: tuple[Citation, ...] = ()
    reason: str | None = None
    library: tuple[int, str] | None = None
    rewritten: str | None = None  # the question that was really asked, where the conversation was needed to say it
    possible: bool = False
    signs: Signs | None = None

    @property
    def text(self) -> str:
        """The cited sentences, each quoted and numbered: `“…” [1] “…” [2]`; empty where there are none."""
        return quoted(citation.text for citation in self.citations)

    @property
    def is_small_talk(self) -> bool:
        """Whether nothing was asked of the articles: `reason` is then a fixed reply."""
        return self.status is Status.ABSTAINED and self.library is None

    @property
    def sources(self) -> int:
        """How many independent outlets the answer stands on.

        Copies of one text count once, and so do several texts of one outlet: it is the most outlets that can each be
        credited with a text with which no other is.
        """
        outlets: dict[str, list[str]] = {}
        for cited in self.citations:
            for one in (cited, *cited.same_as):
                report, outlet = one.origin or (one.sha256, one.article.source or one.article.id)
                outlets.setdefault(report, []).append(outlet)
        return _matched(outlets)

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


def quoted(texts: Iterable[str]) -> str:
    """Sentences in quotation marks, each with its number."""
    return " ".join(f"“{text}” [{number}]" for number, text in enumerate(texts, 1))


def _matched(outlets: Mapping[str, Sequence[str]]) -> int:
    """The size of the largest matching of reports with their outlets (augmenting paths, Kuhn 1955)."""
    credited: dict[str, str] = {}  # outlet → report

    def credit(report: str, tried: set[str]) -> bool:
        for outlet in outlets[report]:
            if outlet not in tried:
                tried.add(outlet)
                if outlet not in credited or credit(credited[outlet], tried):
                    credited[outlet] = report
                    return True
        return False

    return sum(credit(report, set()) for report in outlets)
