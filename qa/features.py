"""What the first ranker sees of a candidate: numbers between −1 and 1, none of which asks a model again."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.lexical import terms_of
from qa.query import Query
from qa.retrieve import Candidate

FEATURES = ("cosine", "around", "held", "held_titled", "held_around", "kind", "asks", "short", "place")
_SHORT = 5  # terms: fewer are a heading or a fragment

_CLOSING = "\"'”’»)]"
_DAYS = "Mon|Tues|Wednes|Thurs|Fri|Satur|Sun"
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = re.compile(rf"\b(?:1\d{{3}}|20\d\d|\d{{1,2}}(?:st|nd|rd|th)|(?:{_DAYS})day|{_MONTHS}|century)\b")
_DIGIT = re.compile(r"\d")
_NUMBER_WORD = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|thousands?|millions?"
    r"|billions?|half|third|quarter|once|twice|percent|several)\b",
    re.IGNORECASE,
)
# A capitalised word that is not merely the sentence's first, unless the second is one too.
_NAME = re.compile(r"(?<=[a-z,;:’'\"”)] )[\"“‘(]?[A-Z][\w’'-]+|^[A-Z][\w’'-]+ [A-Z][\w’'-]+")

_ASKED = {
    "date": r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century|time)\b",
    "number": r"\bhow (?:many|much|long|old|far|big|tall|large|high|often|fast|deep|wide|heavy)\b"
    r"|\bwhat (?:percentage|percent|number|amount)\b|\bpopulation of\b",
    "name": r"\b(?:who|whom|whose|where)\b"
    r"|\b(?:what|which) (?:city|country|state|place|county|continent|region)\b",
}


def features(query: Query, candidates: Sequence[Candidate]) -> NDArray[np.float32]:
    """One row a candidate, one column a name of `FEATURES`: float32[n, 9].

    cosine, around: of the question to the sentence, and to the nearer of its neighbours. held…: the share of the
    question's terms, weighted by idf, in the sentence; with its title; with its neighbours too. kind: does it hold the
    kind of thing asked for? asks: is it a question itself? short: is it a fragment? place: 1 for an article's first
    sentence, 1/2, 1/3, … for the next.
    """
    kind = asked_kind(query.text)
    rows = [_row(query, kind, candidate) for candidate in candidates]
    return np.array(rows, dtype=np.float32).reshape(-1, len(FEATURES))


def _row(query: Query, kind: str | None, candidate: Candidate) -> list[float]:
    text = candidate.text
    own = terms_of(text)
    titled = {*own, *terms_of(candidate.body.title)}
    near = titled.union(*(terms_of(candidate.quoted(span)) for span in (candidate.before, candidate.after)))
    return [
        candidate.dense,
        candidate.around,
        query.covered(set(own)),
        query.covered(titled),
        query.covered(near),
        holds_kind(text, kind, query.text),
        float(text.rstrip(_CLOSING).endswith("?")),
        float(len(own) < _SHORT),
        1 / (1 + candidate.ordinal),
    ]


def asked_kind(question: str) -> str | None:
    """The kind of thing a question asks for: "date", "number", "name", or None where it does not say."""
    return next((kind for kind, words in _ASKED.items() if re.search(words, question.lower())), None)


def holds_kind(text: str, kind: str | None, question: str) -> float:
    """How surely a sentence holds that kind of thing, 0 to 1; 0.5 where the question does not say what it wants."""
    if kind == "date":
        return 1.0 if _DATE.search(text) else 0.5 if _DIGIT.search(text) else 0.0
    if kind == "number":
        return 1.0 if _DIGIT.search(text) else 0.7 if _NUMBER_WORD.search(text) else 0.0
    if kind == "name":
        asked = question.lower()
        return float(any(name.lower() not in asked for name in _NAME.findall(text)))
    return 0.5
