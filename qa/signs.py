"""Signs that a ranked sentence answers the question: what a confidence is read from."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from index.lexical import Lexical, distinct_terms, terms_of
from qa.query import Query
from qa.rank import Ranked
from qa.retrieve import Candidate
from qa.specifics import lacked
from qa.words import ASKING

_COMPARED = 20  # of the best sentences are told apart by their words
_MOST = 2  # names and numbers of the question that are counted where they are lacking
_SAME = 0.8  # share of all terms in common from which two sentences count as one
_ASKING = frozenset(term for word in ASKING for term in terms_of(word))


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of one ranked sentence beside the others. Q is the question, its terms weighed by idf.

    Sentences that say nearly the same in the same words count as one in `log_chance` and `margin`: a wire story
    printed twice is no rival of itself. Nor is another article that gives the same answer: it bears it out.
    """

    score: float = 0.0  # the ranker's
    logit: float = 0.0  # the network's own, 0 where no network read the sentence
    log_chance: float = 0.0  # log of its softmax among the candidates' scores, and of theirs that bear it out
    margin: float = 0.0  # its score over the best other sentence's; 0 where there is none
    cosine: float = 0.0  # of title and sentence to Q
    bm25: float = 0.0  # its share of the best BM25
    dense_place: float = 0.0  # reciprocal of its place by cosine
    bm25_place: float = 0.0  # reciprocal of its place by BM25; 0 where BM25 did not find it
    in_sentence: float = 0.0  # share of Q's terms in the sentence
    in_context: float = 0.0  # share of Q's terms in the sentence, the title or the neighbours
    unknown: float = 0.0  # share of Q's terms that no article has
    terms: float = 0.0  # log of one more than Q's terms
    answer: float = 0.0  # 1 where the ranker shows the answer's words in the sentence
    lacking: float = 0.0  # how many of Q's names and numbers are not told in or beside the sentence, `_MOST` at most


NAMES = tuple(field.name for field in fields(Signs))
_values_of = attrgetter(*NAMES)  # a tuple in that order; `astuple` would copy deeply


def matrix(signs: Sequence[Signs]) -> NDArray[np.float64]:
    """`signs` as float64[n, len(NAMES)]."""
    return np.array([_values_of(one) for one in signs], dtype=np.float64).reshape(-1, len(NAMES))


def signs_of(query: Query, ranked: Sequence[Ranked], words: Lexical) -> list[Signs]:
    """The signs of each ranked sentence, best first as they come; `words` is the view of the library that was asked."""
    if not ranked:
        return []
    candidates = [r.candidate for r in ranked]
    scores = np.array([r.score for r in ranked])
    said = [distinct_terms(c.text) for c in candidates]
    chances, margins = _beside_the_others(scores, _groups(said[:_COMPARED]), _borne_out(query, ranked, said))
    dense_places = _places(np.array([c.dense for c in candidates]))
    bm25 = np.array([c.bm25 or 0.0 for c in candidates])
    shares = bm25 / bm25.max() if bm25.max() > 0 else bm25
    bm25_places = _places(bm25)
    met = frozenset[str]().union(*said)  # a candidate has it: then the index need not be asked
    unknown = query.covered(unknown_terms(query.weights.keys() - met, words))
    terms = math.log1p(len(query.weights))
    return [
        Signs(
            score=r.score,
            logit=r.said.logit or 0.0,
            log_chance=float(chances[n]),
            margin=float(margins[n]),
            cosine=r.candidate.dense,
            bm25=float(shares[n]),
            dense_place=float(dense_places[n]),
            bm25_place=float(bm25_places[n]) if bm25[n] > 0 else 0.0,
            in_sentence=query.covered(said[n]),
            in_context=query.covered(said[n].union(*_around(r.candidate))),
            unknown=unknown,
            terms=terms,
            answer=float(r.said.answer is not None),
            lacking=lacking(query, r.candidate),
        )
        for n, r in enumerate(ranked)
    ]


def unknown_terms(terms: Collection[str], words: Lexical) -> set[str]:
    """The index terms that no article has, those that only ask left out."""
    return {term for term in terms if term not in _ASKING and not words.holds(term)}


def lacking(query: Query, candidate: Candidate) -> float:
    """`Signs.lacking` of a candidate: the year in which its article was published counts as told."""
    year = (candidate.article.published_at or "")[:4]
    around = (candidate.body.title, candidate.neighbours[0], candidate.text, year)
    return float(min(_MOST, len(lacked(query.text, *around))))


def is_unheard_of(query: Query, words: Lexical) -> bool:
    """Has no article any of the question's words? Those that only ask are left out."""
    telling = query.weights.keys() - _ASKING
    return bool(telling) and not any(words.holds(term) for term in telling)


def _groups(said: Sequence[frozenset[str]]) -> list[int]:
    """For each sentence the first that says nearly the same, itself where there is none before it."""
    firsts: list[int] = []
    for n, mine in enumerate(said):
        twin = next((m for m in range(n) if firsts[m] == m and _nearly_the_same(said[m], mine)), n)
        firsts.append(twin)
    return firsts


def _nearly_the_same(one: frozenset[str], other: frozenset[str]) -> bool:
    fewer, more = sorted((len(one), len(other)))
    if not one or fewer < _SAME * more:
        return False
    shared = len(one & other)
    return shared >= _SAME * (fewer + more - shared)


def _borne_out(query: Query, ranked: Sequence[Ranked], said: Sequence[frozenset[str]]) -> dict[int, list[int]]:
    """By the number of a sentence those of other articles that give the same answer: either has the other's words.

    Only what a network read has an answer; words of the question are none.
    """
    known = _ASKING | query.weights.keys()
    answers = {n: words for n, one in enumerate(ranked) if (words := _answer_of(one) - known)}
    return {
        n: [
            m
            for m in answers
            if ranked[m].candidate.body.number != ranked[n].candidate.body.number
            and answers[m] <= said[n]
            and answers[n] <= said[m]
        ]
        for n in answers
    }


def _answer_of(ranked: Ranked) -> frozenset[str]:
    """The terms of the answer that a sentence gives, however likely that is; none where no network read it."""
    return distinct_terms(ranked.candidate.quoted(ranked.said.likeliest))


def _beside_the_others(
    scores: NDArray[np.float64], groups: Sequence[int], borne_out: Mapping[int, Sequence[int]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`log_chance` and `margin` of each score, best first; those past the groups stand for themselves."""
    first = np.append(np.asarray(groups, dtype=int), np.arange(len(groups), len(scores)))
    heads = np.unique(first)
    top = scores[heads].max()
    alone = scores - (top + np.log(np.exp(scores[heads] - top).sum()))
    chances = alone.copy()
    for n, others in borne_out.items():
        counted = [m for m in others if first[m] == m and m != first[n]]
        chances[n] = np.logaddexp.reduce(alone[[n, *counted]])
    rivals = np.full(len(scores), scores[heads[0]])
    rivals[first == heads[0]] = scores[heads[1]] if len(heads) > 1 else scores[heads[0]]
    margins = scores - rivals if len(heads) > 1 else np.zeros(len(scores))
    return chances, margins


def _places(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The reciprocal of each value's place among them, the highest first; equal ones share the better place."""
    higher = len(values) - np.searchsorted(np.sort(values), values, side="right")
    return np.asarray(1.0 / (1 + higher), dtype=np.float64)


def _around(candidate: Candidate) -> list[frozenset[str]]:
    """The terms of what stands about a sentence: the title and the neighbours."""
    return [distinct_terms(text) for text in (candidate.body.title, *candidate.neighbours)]
