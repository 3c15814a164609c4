"""A question as retrieval and ranking see it: its terms, and what each term is worth."""

import datetime as dt
import math
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field

from index.lexical import Lexical, base_of, terms_of, visible

_COMMON = math.log(20)  # the weight of a term that a twentieth of the sentences hold: what is likelier tells little
_ENOUGH = 2  # rare terms


@dataclass(frozen=True, slots=True)
class Query:
    """`weights` gives each distinct index term of the question its idf in the library; that of an irregular form, which
    stands beside the word whose form it is, what it tells beyond that.

    `terms` are those by which sentences are looked up. `as_of` is the day on which it is asked, None where that is not
    said.
    """

    text: str
    weights: dict[str, float]
    terms: Sequence[str]
    as_of: dt.date | None = None
    total: float = field(init=False)  # of the weights

    def __post_init__(self) -> None:
        object.__setattr__(self, "total", sum(self.weights.values()))

    def covered(self, terms: Set[str]) -> float:
        """The share of the question's terms, by weight, that are among `terms`; 0 for a question without terms."""
        return sum([w for term, w in self.weights.items() if term in terms]) / self.total if self.total else 0.0


def make_query(question: str, words: Lexical, as_of: dt.date | None = None) -> Query:
    """The query for `question` against the library whose words these are."""
    count = len(words)
    holding = {term: words.document_frequency(term) for term in dict.fromkeys(terms_of(question))}
    idf = {term: _idf(held, count) for term, held in holding.items()}
    weights = {term: value - idf.get(base_of(term) or "", 0.0) for term, value in idf.items()}
    return Query(visible(question), weights, looked_up(idf, {term for term, held in holding.items() if held}), as_of)


def looked_up(weights: Mapping[str, float], held: Collection[str]) -> list[str]:
    """The terms to look sentences up by: the rare ones among those `held` by any, unless there are too few of these."""
    rare = [term for term, weight in weights.items() if weight > _COMMON and term in held]
    return rare if len(rare) >= _ENOUGH else list(weights)


def _idf(holding: int, count: int) -> float:
    """Robertson and Spärck Jones's weight in Lucene's form, never negative."""
    return math.log(1 + (count - holding + 0.5) / (holding + 0.5))
