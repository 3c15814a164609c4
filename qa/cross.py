"""The ranker that reads: a cross-encoder over question, title and sentence, with the linear ranker before it.

The linear ranker orders all candidates; the network reads the best of them, at most `READ` and none that is more than
`BEHIND` after the first, and says how well each answers, and where in it the answer stands. It reads the first
`AT_ONCE` of them, and the others where one of those may still come first. docs/quality.md has what each step adds.
"""

import math
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from index.article import Span
from qa.linear import ASKS, is_question, linear_scores
from qa.query import Query
from qa.rank import Score
from qa.retrieve import Candidate
from qa.when import recency

if TYPE_CHECKING:
    from qa.reading import Found

READ = 8  # candidates that the network reads at most
BEHIND = 8.0  # logits of the linear ranker: what is further behind its first is hardly ever right, and takes time
AT_ONCE = 4  # of them, read before the others are thought of
UNREAD = -6.0  # the logit that is taken of what is not read
_GAP = 0.01  # between the scores of those it has read and the others
_ASKING = math.log(ASKS / (1 - ASKS))  # in the score of a sentence that asks: it has `ASKS` for its confidence at most
_SURE = 0.15  # the least probability of an answer's place that is told: in right sentences four of five are right then
_UNITS = re.compile(  # words, “a.m.” and the like, and amounts with their signs
    r"[$£€¥]?\d+(?:[.,]\d+)*[^\W_]*%?|(?<!\w)(?:[^\W\d_]\.){2,}|[^\W_]+"
)
_CLOSING = {"(": ")", "[": "]", "“": "”", "„": "“", "«": "»"}


@dataclass(frozen=True, slots=True)
class Mix:
    """score = `linear` · the linear score + `logit` · the network's logit, less where the sentence asks itself.

    `hardly` is a logit that hardly any sentence after the first `AT_ONCE` has.
    """

    linear: float
    logit: float
    hardly: float

    def of(self, linear: float, logit: float, text: str) -> float:
        """The score of the sentence `text`."""
        return self.linear * linear + self.logit * logit + _ASKING * is_question(text)


class Reads(Protocol):
    """What reads: `qa.reading.Reader`."""

    def read_many(self, asked: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> "list[list[Found]]": ...


@dataclass(frozen=True, slots=True)
class _Ordered:
    """A question's candidates by the linear ranker, the day's bonus added (`totals`): `order` has their numbers, best
    first, `read` those that are worth reading."""

    query: Query
    candidates: Sequence[Candidate]
    linear: Sequence[float]
    bonus: Sequence[float]
    totals: Sequence[float]
    order: list[int]
    read: list[int]

    @classmethod
    def of(cls, query: Query, candidates: Sequence[Candidate]) -> "_Ordered":
        linear = linear_scores(query, candidates)
        bonus = recency(query.text, query.as_of, [c.article.published_at for c in candidates])
        totals = [value + more for value, more in zip(linear, bonus, strict=True)]
        return cls(query, candidates, linear, bonus, totals, _best_first(totals), worth_reading(totals))

    def texts(self, numbers: Sequence[int]) -> list[tuple[str, str]]:
        """What the network reads of these: title and sentence."""
        return [(self.candidates[n].body.title, self.candidates[n].text) for n in numbers]


def worth_reading(totals: Sequence[float]) -> list[int]:
    """The numbers of those scores of the linear ranker whose sentences the network reads, best first."""
    order = _best_first(totals)[:READ]
    return [n for n in order if totals[n] >= totals[order[0]] - BEHIND]


def _best_first(totals: Sequence[float]) -> list[int]:
    return sorted(range(len(totals)), key=lambda n: (-totals[n], n))


class CrossRanker:
    """Reads the candidates with what `load` gives; it is called once, when the first question is ranked."""

    def __init__(self, name: str, load: Callable[[], Reads], mix: Mix) -> None:
        self.name = name
        self._mix = mix
        self._load, self._loading = load, threading.Lock()

    def scores(self, query: Query, candidates: Sequence[Candidate]) -> list[Score]:
        return self.scores_many([(query, candidates)])[0]

    def scores_many(self, asked: Sequence[tuple[Query, Sequence[Candidate]]]) -> list[list[Score]]:
        """The scores that each question's candidates have alone; the network reads those of all of them together."""
        ordered = [_Ordered.of(query, candidates) for query, candidates in asked]
        told = self._read([(one, one.read[:AT_ONCE]) for one in ordered])
        rest = [self._may_still_win(one, known) for one, known in zip(ordered, told, strict=True)]
        more = self._read(list(zip(ordered, rest, strict=True)))
        return [self._mixed(one, first | then) for one, first, then in zip(ordered, told, more, strict=True)]

    def _read(self, asked: "Sequence[tuple[_Ordered, Sequence[int]]]") -> "list[dict[int, Found]]":
        """For each question what the network finds in those candidates, by their numbers."""
        found = self._reader.read_many([(one.query.text, one.texts(numbers)) for one, numbers in asked])
        return [dict(zip(numbers, of_one, strict=True)) for (_, numbers), of_one in zip(asked, found, strict=True)]

    def _may_still_win(self, given: "_Ordered", told: "dict[int, Found]") -> list[int]:
        """The numbers of those that are worth reading and were not, unless none of them is likely to come first."""
        left = given.read[AT_ONCE:]
        best = max((self._value(given, n, found.logit) for n, found in told.items()), default=0.0)
        return left if any(self._value(given, n, self._mix.hardly) > best for n in left) else []

    def _mixed(self, given: "_Ordered", told: "dict[int, Found]") -> list[Score]:
        values = {n: self._value(given, n, found.logit) for n, found in told.items()}
        if rest := [n for n in given.order if n not in told]:
            # What was not read comes after all that was, in the linear ranker's order.
            first = rest[0]
            floor = min(self._value(given, first, UNREAD), *values.values()) - _GAP
            values |= {n: floor + given.totals[n] - given.totals[first] for n in rest}
        return [_score(values[n], told.get(n), candidate) for n, candidate in enumerate(given.candidates)]

    def _value(self, given: "_Ordered", n: int, logit: float) -> float:
        return self._mix.of(given.linear[n], logit, given.candidates[n].text) + given.bonus[n]

    @property
    def _reader(self) -> Reads:
        with self._loading:
            return self._loaded

    @cached_property
    def _loaded(self) -> Reads:
        return self._load()


def _score(value: float, found: "Found | None", candidate: Candidate) -> Score:
    if found is None:
        return Score(value)
    likeliest = None
    if found.answer is not None:
        start, end = _whole(candidate.text, *found.answer)
        likeliest = Span(candidate.span.start + start, candidate.span.start + end)
    return Score(value, found.logit, likeliest if found.chance >= _SURE else None, likeliest)


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """What stands in `text` from `start` to `end`, its first and its last word whole, and an amount with its sign.

    Where a bracket or a quotation mark has its partner right beside that, both are in it.
    """
    for found in _UNITS.finditer(text):
        first, last = found.span()
        start, end = first if first < start < last else start, last if first < end < last else end
    for opening, closing in _CLOSING.items():
        lacking = text.count(opening, start, end) - text.count(closing, start, end)
        start -= lacking < 0 and text.endswith(opening, 0, start)
        end += lacking > 0 and text.startswith(closing, end)
    return start, end
