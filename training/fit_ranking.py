"""Fits what stands around the network: how its logits and the linear ranker's score mix, and the confidence.

The questions are those kept back from the network, asked of a library that holds the articles of all sets. For the
confidence three of four are asked a second time so that they have no answer: without the right article, without the
right sentence, about another name, number, month or direction.
"""

import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]

from index.encode import Encoder
from index.library import Library
from index.truth import Truth
from index.views import Snapshot
from qa.confidence import Calibration
from qa.cross import AT_ONCE, UNREAD, CrossRanker, Mix, worth_reading
from qa.evaluation.fit import fit
from qa.linear import is_question, linear_scores
from qa.query import Query, make_query
from qa.rank import Ranker, in_order
from qa.reading import Found, Reader
from qa.retrieve import Candidate, retrieve
from qa.signs import NAMES, Signs, matrix, signs_of
from training.asked import NAMED, OTHERS, names_in, of_another
from training.mine import is_right
from training.sets import Row

# Of the likeliest weight of the logit. The network learnt from questions of these kinds, and of others it is right less
# often; the linear ranker's nine weights hold. On those kept back it makes no difference.
OF_THE_LOGIT = 0.27
HARDLY = 0.005  # of the sentences after the first `AT_ONCE` have a logit that hardly any has
PENALTY = 1.0  # of the confidence's weights: there are thousands of questions
MOST = 600  # questions a kind
# Of the signs, those that hold from one set to another. The shares of words covered and the places by cosine and BM25
# lower the loss here and raise the calibration error elsewhere: they learn how the unanswerable were made.
USED = ("score", "log_chance", "lacking")
# How likely an answer is differs from library to library, and only one was asked: its log-odds are taken to be normal,
# of deviation 1, around what was fitted. The mean chance under that is the chance of the logit times this (MacKay, The
# evidence framework applied to classification networks, 1992).
UNKNOWN_LIBRARY = 1 / math.sqrt(1 + math.pi / 8)
_NOTHING = Found(UNREAD, None, 0.0)  # of what was not read after all

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Asked:
    """A kept-back question with its candidates, and what the network read in the best of them, by title and text."""

    kind: str
    query: Query
    candidates: list[Candidate]
    right: list[bool]
    of_right_article: list[bool]
    linear: list[float]
    found: dict[tuple[str, str], Found]


@dataclass(frozen=True, slots=True)
class Replayed:
    """Reads again what was read once."""

    found: dict[tuple[str, str], Found]

    def read_many(self, asked: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> list[list[Found]]:
        return [[self.found.get(text, _NOTHING) for text in texts] for _, texts in asked]


def ask_all(rows: Sequence[Row], library: Library, encoder: Encoder, reader: Reader) -> Iterator[Asked]:
    """The kept-back rows, at most `MOST` a kind, asked of the library and read by the network."""
    with library.reading() as (snapshot, truth):
        for row in _kept_back(rows):
            yield _ask(row, snapshot, truth, encoder, reader)


def ask_others(rows: Sequence[Row], library: Library, encoder: Encoder, reader: Reader) -> Iterator[Asked]:
    """One of four of the same rows, where it can be asked about another thing: nothing is right."""
    names = [name for row in rows[::NAMED] for name in names_in(row.question)]
    with library.reading() as (snapshot, truth):
        for number, row in enumerate(_kept_back(rows)):
            chance = random.Random(number)  # noqa: S311 (a sample)
            some = chance.sample(names, min(OTHERS, len(names)))
            if number % 4 == 2 and (other := of_another(row.question, some, "", chance)):
                yield _ask(replace(row, question=other, evidence=()), snapshot, truth, encoder, reader)


def _kept_back(rows: Sequence[Row]) -> Iterator[Row]:
    counts: Counter[str] = Counter()
    for row in rows:
        if row.kept_back and counts[row.kind] < MOST:
            counts[row.kind] += 1
            yield row


def _ask(row: Row, snapshot: Snapshot, truth: Truth, encoder: Encoder, reader: Reader) -> Asked:
    query = make_query(row.question, snapshot.lexical)
    candidates = retrieve(snapshot, truth, query, encoder)
    evidence = [(truth.body_of(article), span) for article, span in row.evidence]
    bodies = {body for body, _ in evidence}
    linear = linear_scores(query, candidates)
    of_right_article = [c.body.number in bodies for c in candidates]
    texts = [(candidates[n].body.title, candidates[n].text) for n in _to_read(linear, of_right_article)]
    found = reader.read(row.question, texts)
    return Asked(
        row.kind,
        query,
        candidates,
        [is_right(c, evidence) for c in candidates],
        of_right_article,
        linear,
        dict(zip(texts, found, strict=True)),
    )


def _to_read(linear: Sequence[float], of_right_article: Sequence[bool]) -> list[int]:
    """The numbers of what is read, and of what moves up to be read once the right article is left out."""
    others = [n for n, right in enumerate(of_right_article) if not right]
    moved_up = worth_reading([linear[n] for n in others])
    return sorted({*worth_reading(linear), *(others[n] for n in moved_up)})


def fit_mix(asked: Sequence[Asked]) -> Mix:
    """The mix under which the right sentence is the likeliest of those that are read, with `OF_THE_LOGIT` of one part.

    Each kind has the same say.
    """
    lists = [(a.kind, *_features(a)) for a in asked]
    useful = [one for one in lists if one[2].any() and not one[2].all()]
    kinds = Counter(kind for kind, _, _ in useful)

    def loss(weights: Floats) -> float:
        total = 0.0
        for kind, seen, right in useful:
            scores = seen @ weights
            total -= (np.logaddexp.reduce(scores[right]) - np.logaddexp.reduce(scores)) / (len(kinds) * kinds[kind])
        return total

    linear, logit = minimize(loss, np.array([0.3, 1.0]), method="L-BFGS-B").x
    late = np.concatenate([seen[AT_ONCE:, 1] for _, seen, _ in lists])
    found = (linear, OF_THE_LOGIT * logit, np.quantile(late, 1 - HARDLY))
    return Mix(*(round(float(value), 4) for value in found))


def _features(asked: Asked) -> tuple[Floats, NDArray[np.bool_]]:
    """What `Mix` weighs, float64[n, 2], of the sentences that are read, and which are right; without those that ask."""
    order = [n for n in worth_reading(asked.linear) if not is_question(asked.candidates[n].text)]
    keys = [(asked.candidates[n].body.title, asked.candidates[n].text) for n in order]
    seen = [(asked.linear[n], asked.found[key].logit) for n, key in zip(order, keys, strict=True)]
    right = [asked.right[n] for n in order]
    return np.array(seen, dtype=np.float64).reshape(-1, 2), np.array(right, dtype=np.bool_)


def ranker_over(asked: Asked, name: str, mix: Mix) -> Ranker:
    """The ranker as users have it, fed from what was read."""
    return CrossRanker(name, lambda: Replayed(asked.found), mix)


def fit_confidence(
    asked: Sequence[Asked],
    others: Sequence[Asked],
    library: Library,
    ranker: Callable[[Asked], Ranker],
    toward: Calibration,
) -> Calibration:
    """The confidence of the first sentence, in a library that is not the one asked."""
    every = [(one, kept) for number, one in enumerate(asked) for kept in _as_found(one, number)]
    every += [(one, [True] * len(one.right)) for one in others]
    signs: list[Signs] = []
    right: list[bool] = []
    with library.reading() as (snapshot, _):
        for one, kept in every:
            if (best := _best(one, kept, ranker(one), snapshot)) is not None:
                signs.append(best[0])
                right.append(best[1])
    used = np.array([name in USED for name in NAMES])
    fitted = fit(np.where(used, matrix(signs), 0.0), np.array(right), toward, PENALTY)
    return replace(_flatter(fitted), questions=len(right), right=sum(right))


def _as_found(asked: Asked, number: int) -> list[list[bool]]:
    """Which sentences are there to be found, for each time that the question is asked: all of them first. Of four
    questions one is asked again of a library without the right articles, and one where these lack the right sentence.
    """
    everything = [True] * len(asked.right)
    again = {1: asked.of_right_article, 3: asked.right}.get(number % 4)
    return [everything] if again is None else [everything, [not out for out in again]]


def _flatter(fitted: Calibration) -> Calibration:
    """The logit times `UNKNOWN_LIBRARY`."""
    weights = {name: UNKNOWN_LIBRARY * weight for name, weight in zip(NAMES, fitted.weights, strict=True)}
    return replace(fitted, intercept=UNKNOWN_LIBRARY * fitted.intercept, **weights)  # type: ignore[arg-type]


def _best(asked: Asked, kept: Sequence[bool], ranker: Ranker, snapshot: Snapshot) -> tuple[Signs, bool] | None:
    """The signs of the first of the sentences that are kept, and whether it is right."""
    candidates = [c for c, keep in zip(asked.candidates, kept, strict=True) if keep]
    if not candidates:
        return None
    flags = {(c.body.number, c.ordinal): flag for c, flag in zip(asked.candidates, asked.right, strict=True)}
    ranked = in_order(candidates, ranker.scores(asked.query, candidates))
    first = ranked[0].candidate
    return signs_of(asked.query, ranked, snapshot.lexical)[0], flags[first.body.number, first.ordinal]
