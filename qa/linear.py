"""The first ranker: a linear combination of what retrieval already knows of a sentence; no model runs."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter

from index.lexical import distinct_terms, terms_of
from qa.query import Query
from qa.rank import Score
from qa.retrieve import Candidate
from qa.when import recency
from qa.words import DAY_NAMES, MONTH_NAMES

_SHORT = 5  # terms: fewer make a heading or a crumb


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of a sentence. The terms of T are weighed by idf; S is the sentence, Q the question."""

    cosine: float  # of title and sentence to the question
    around: float  # the better cosine of its two neighbours
    in_sentence: float  # share of Q's terms in S
    in_title: float  # share of Q's terms in S or the title
    in_context: float  # share of Q's terms in S, the title or the neighbours
    kind: float  # does it hold the kind of thing that is asked for?
    question: float  # is it a question itself?
    short: float
    place: float  # the reciprocal of its place in the article


_VALUES = attrgetter(*(field.name for field in fields(Features)))  # `astuple` would copy deeply

# Fitted by training/fit_linear.py on selqa-dev, selqa-test and squad-train-slice; docs/quality.md says what each adds.
WEIGHTS = Features(
    cosine=14.363,
    around=2.998,
    in_sentence=2.122,
    in_title=3.770,
    in_context=7.077,
    kind=1.846,
    question=-0.608,
    short=-2.981,
    place=1.348,
)


class LinearRanker:
    """Scores a sentence by `WEIGHTS` times its `Features`, and by its day where the question has one."""

    name = "linear"

    def scores(self, query: Query, candidates: Sequence[Candidate]) -> list[Score]:
        bonuses = recency(query.text, query.as_of, [c.article.published_at for c in candidates])
        return [Score(v + bonus) for v, bonus in zip(linear_scores(query, candidates), bonuses, strict=True)]


def linear_scores(query: Query, candidates: Sequence[Candidate]) -> list[float]:
    """One score a candidate, a logit: higher is better. The day of asking has no part in it."""
    holds_kind = kind_asked(query.text)
    weights = _VALUES(WEIGHTS)
    return [
        sum(w * value for w, value in zip(weights, _VALUES(features_of(query, c, holds_kind)), strict=True))
        for c in candidates
    ]


def features_of(query: Query, candidate: Candidate, holds_kind: Callable[[str], float]) -> Features:
    """The features of one candidate; `holds_kind` is `kind_asked` of the question."""
    text = candidate.text
    sentence, title = distinct_terms(text), distinct_terms(candidate.body.title)
    return Features(
        cosine=candidate.dense,
        around=candidate.around,
        in_sentence=query.covered(sentence),
        in_title=query.covered(sentence | title),
        in_context=query.covered(sentence.union(title, *map(distinct_terms, candidate.neighbours))),
        kind=holds_kind(text),
        question=float(is_question(text)),
        short=float(len(terms_of(text)) < _SHORT),
        place=1 / (1 + candidate.ordinal),
    )


# How likely a sentence that asks is to answer, as of a quiz reprinted in an article: of 95 among those that the network
# read for training questions none did (and one in 97 is Laplace's estimate of what comes).
ASKS = 1 / 97


def is_question(text: str) -> bool:
    return text.rstrip('"”’)').endswith("?")


_NAMED = "|".join((*MONTH_NAMES, *DAY_NAMES))
_DATE = re.compile(rf"\b(1[0-9]{{3}}|20[0-9]{{2}}|{_NAMED}|century|\d{{1,2}}(st|nd|rd|th))\b")
_DIGIT = re.compile(r"\d")
_NUMBER_WORD = re.compile(
    r"\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|thousands?|millions?|billions?"
    r"|half|third|quarter|once|twice|percent|several)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<=[a-z,;:’'\"”)] )[\"“‘(]?[A-Z][\w’'-]+|^[A-Z][\w’'-]+ [A-Z][\w’'-]+")
_WHEN = re.compile(r"\bwhen\b|(what|which) (year|date|day|month|century|time)")
_HOW_MANY = re.compile(
    r"\bhow (many|much|long|old|far|big|tall|large|high|often|fast|deep|wide|heavy)\b"
    r"|what (percentage|percent|number|amount)|population of"
)
_WHO = re.compile(r"\b(who|whom|whose|where)\b|(what|which) (city|country|state|place|county|continent|region)")


def kind_asked(question: str) -> Callable[[str], float]:
    """How well a sentence holds the kind of thing that `question` asks for: 0 to 1, and 0.5 where none is told."""
    asked = question.lower()
    if _WHEN.search(asked):
        return lambda text: 1.0 if _DATE.search(text) else 0.5 if _DIGIT.search(text) else 0.0
    if _HOW_MANY.search(asked):
        return lambda text: 1.0 if _DIGIT.search(text) else 0.7 if _NUMBER_WORD.search(text) else 0.0
    if _WHO.search(asked):
        return lambda text: float(any(name.lower() not in asked for name in _NAME.findall(text)))
    return lambda text: 0.5
