"""Confidence: probabilities that never rise down the list, signs that can be worked out by hand, fits that behave."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Article, Span
from index.library import Library
from index.update import index_articles, remove_articles
from qa.confidence import DEFAULT, Calibration, possible
from qa.evaluation.fit import fit
from qa.query import Query, make_query
from qa.rank import Ranked, Score, in_order
from qa.retrieve import Candidate, retrieve
from qa.signs import NAMES, Signs, matrix, signs_of, unknown_terms
from tests.toy import ToyEncoder, ToyRanker

VALUE = st.floats(-1e3, 1e3)
SIGNS = st.builds(Signs, *[VALUE] * len(NAMES))
CALIBRATIONS = st.builds(
    Calibration, threshold=st.floats(0, 1), intercept=VALUE, **{name: st.floats(-10, 10) for name in NAMES}
)


def logit(confidence: float) -> float:
    return math.log(confidence / (1 - confidence))


# confidences


@given(CALIBRATIONS, st.lists(SIGNS, max_size=8))
def test_confidences_are_probabilities_that_never_rise(calibration: Calibration, signs: list[Signs]) -> None:
    found = calibration.confidences(signs)
    assert len(found) == len(signs)
    assert all(0 <= confidence <= 1 for confidence in found)
    assert found == sorted(found, reverse=True)


def test_a_confidence_by_hand() -> None:
    calibration = Calibration(threshold=0.5, intercept=-2.0, score=1.0, cosine=3.0)
    assert logit(calibration.confidences([Signs(score=1.5, cosine=0.5)])[0]) == pytest.approx(1.0)


@given(CALIBRATIONS)
def test_json_gives_the_same_calibration(calibration: Calibration) -> None:
    assert Calibration.from_json(json.loads(json.dumps(calibration.to_json()))) == calibration


@pytest.mark.parametrize(
    "change",
    [{"extra": 1}, {"score": "1"}, {"score": math.nan}, {"intercept": True}, {"threshold": 1.5}, {"questions": None}],
)
def test_what_is_no_calibration_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Calibration.from_json({**DEFAULT.to_json(), **change})
    with pytest.raises(ValueError):
        Calibration.from_json([])


def test_a_digest_tells_confidences_apart_not_thresholds() -> None:
    assert replace(DEFAULT, threshold=0.9, name="other").digest == DEFAULT.digest
    assert replace(DEFAULT, cosine=1.0).digest != DEFAULT.digest


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_possible_answer_is_never_an_answer(confidence: float, threshold: float) -> None:
    assert not (possible(confidence, threshold) and confidence >= threshold)
    assert possible(confidence, threshold) == (threshold / 2 <= confidence < threshold)


# signs


def signs(library: Library, question: str) -> list[Signs]:
    encoder = ToyEncoder()
    with library.reading() as (snapshot, truth):
        query = make_query(question, snapshot.lexical)
        candidates = retrieve(snapshot, truth, query, encoder)
        return signs_of(query, in_order(candidates, ToyRanker().scores(query, candidates)), snapshot.lexical)


def test_signs_by_hand(library: Library) -> None:
    first, *others = signs(library, "How many bees did the keeper count?")
    scores = [first.score, *(other.score for other in others)]
    assert first.margin == pytest.approx(scores[0] - scores[1])
    assert others[0].margin == pytest.approx(scores[1] - scores[0])
    assert first.log_chance == pytest.approx(scores[0] - math.log(sum(map(math.exp, scores))))
    assert (first.bm25, first.bm25_place, first.unknown, first.answer) == (1.0, 1.0, 0.0, 0.0)
    assert first.terms == pytest.approx(math.log(9)), "“did” is looked for as “do” too"
    assert 0 < first.in_sentence <= first.in_context <= 1


def test_every_sign_is_within_its_bounds(library: Library) -> None:
    for question in ("bees", "Which vessel blocked the canal?", "Zelko?", "???", "honey honey honey"):
        found = signs(library, question)
        for one in found:
            assert one.log_chance <= 1e-9
            for name in ("bm25", "dense_place", "bm25_place", "in_sentence", "in_context", "unknown"):
                assert 0 <= getattr(one, name) <= 1 + 1e-9, name
        assert matrix(found).shape == (len(found), len(NAMES))
        assert np.isfinite(matrix(found)).all()
        assert [one.log_chance for one in found] == sorted((one.log_chance for one in found), reverse=True)


def test_a_story_printed_twice_is_no_rival_of_itself(library: Library, toy_encoder: ToyEncoder) -> None:
    question = "How many bees did the keeper count?"
    before = signs(library, question)[0]
    index_articles(library, toy_encoder, [Article("echo", "The keeper counted 40,000 bees in May! Other news.")])
    after = signs(library, question)
    assert after[0].margin == pytest.approx(after[1].margin, abs=0.3)
    assert after[0].margin > 0.8 * before.margin
    assert after[0].log_chance == pytest.approx(before.log_chance, abs=0.1)


def test_names_and_numbers_that_are_not_told_beside_a_sentence_are_lacking(library: Library) -> None:
    """Of the sentence, the one before it, the title and the year in which it was published."""

    def lacking(question: str) -> list[float]:
        return [one.lacking for one in sorted(signs(library, question), key=lambda one: -one.in_sentence)][:1]

    assert lacking("How many bees did the keeper count?") == [0.0]
    assert lacking("How many bees did the keeper count in the Valley in 2024?") == [0.0]
    assert lacking("How many bees did the keeper count in Oslo?") == [1.0]
    assert lacking("How many bees did the keeper count in Oslo in 1998?") == [2.0]
    assert lacking("How many bees did the keeper Ann Lee count in Oslo in 1998?") == [2.0], "two are counted at most"
    assert lacking("What did she sell to the baker in Oslo, of 40,000 bees?") == [1.0]


class Pointing:
    """Points at a word of each sentence that has it; all sentences are as good."""

    name = "pointing"

    def __init__(self, *words: str) -> None:
        self._words = words

    def scores(self, query: Query, candidates: Sequence[Candidate]) -> list[Score]:
        return [Score(0.0, 0.0, None, next(self._places(c), None)) for c in candidates]

    def _places(self, candidate: Candidate) -> Iterator[Span]:
        for word in self._words:
            if (at := candidate.text.lower().find(word)) >= 0:
                yield Span(candidate.span.start + at, candidate.span.start + at + len(word))


@pytest.mark.parametrize(
    ("one", "other", "counted"),
    [
        ("Twelve people were hurt.", "The fire hurt twelve at the mill.", 2),
        ("Twelve people were hurt.", "The fire hurt thirty at the mill.", 1),
        ("Twelve people were hurt.\nThe fire hurt twelve at the mill.", None, 1),
        ("Twelve people were hurt in the fire.", "Twelve people were hurt in the fire!", 1),
        ("Twelve people were hurt.", "Of twelve who saw the mill burn, thirty were hurt.", 1),
        ("People were hurt at the mill.", "A mill burned, and people were hurt.", 1),
    ],
    ids=["borne out", "contradicted", "by its own article", "by a copy", "by one that answers otherwise", "no answer"],
)
def test_another_article_that_gives_the_same_answer_is_no_rival(
    one: str, other: str | None, counted: int, tmp_path: Path, toy_encoder: ToyEncoder
) -> None:
    library = Library.create(tmp_path / "library", toy_encoder)
    filler = Article("filler", "Nobody at the mill was at work.\nThe fire people left at noon.")
    index_articles(library, toy_encoder, [Article("one", one), *([Article("other", other)] if other else []), filler])
    with library.reading() as (snapshot, truth):
        query = make_query("How many people were hurt by the fire at the mill?", snapshot.lexical)
        candidates = sorted(retrieve(snapshot, truth, query, toy_encoder), key=lambda c: c.article.id != "one")
        scores = Pointing("thirty", "twelve", "people").scores(query, candidates)
        ranked = [Ranked(candidate, score) for candidate, score in zip(candidates, scores, strict=True)]
        first = signs_of(query, ranked, snapshot.lexical)[0]
    rivals = len(candidates) - ("!" in str(other))  # a copy is the sentence itself
    assert first.log_chance == pytest.approx(math.log(counted / rivals))


def test_a_lone_sentence_has_no_margin(tmp_path: Path, toy_encoder: ToyEncoder) -> None:
    library = Library.create(tmp_path / "one", toy_encoder)
    index_articles(library, toy_encoder, [Article("one", "Bees buzz at dawn.")])
    (only,) = signs(library, "When do bees buzz?")
    assert (only.margin, only.log_chance) == (0.0, pytest.approx(0.0))


def test_terms_that_no_article_has(library: Library) -> None:
    with library.reading() as (snapshot, _):
        assert unknown_terms(["bee", "zelko", "what", "whom"], snapshot.lexical) == {"zelko"}
    remove_articles(library, ["bees.txt"], None)
    with library.reading() as (snapshot, _):
        assert unknown_terms(["bee", "zelko"], snapshot.lexical) == {"bee", "zelko"}


# fitting


def drawn(n: int, seed: int, slope: float, shift: float) -> tuple[np.ndarray, np.ndarray]:
    """`n` signs and outcomes of a logistic over `score`; the other signs are noise, or constant."""
    rng = np.random.default_rng(seed)
    seen = np.zeros((n, len(NAMES)))
    seen[:, NAMES.index("score")], seen[:, NAMES.index("margin")] = rng.normal(3, 2, n), rng.normal(0, 1, n)
    chance = 1 / (1 + np.exp(-(shift + slope * seen[:, NAMES.index("score")])))
    return seen, rng.random(n) < chance


def test_much_data_finds_what_made_it() -> None:
    seen, right = drawn(20_000, 1, slope=0.8, shift=-2.0)
    found = fit(seen, right, DEFAULT)
    assert found.score == pytest.approx(0.8, abs=0.05)
    assert found.intercept == pytest.approx(-2.0, abs=0.2)
    assert found.margin == pytest.approx(0.0, abs=0.05)


def test_a_sign_that_never_varies_keeps_its_weight() -> None:
    seen, right = drawn(200, 2, slope=0.8, shift=-2.0)
    found = fit(seen, right, DEFAULT)
    assert (found.log_chance, found.cosine) == (DEFAULT.log_chance, DEFAULT.cosine)


@settings(deadline=None)
@given(st.integers(0, 30), st.integers(0, 10**6))
def test_little_data_stays_near_what_it_is_drawn_to(n: int, seed: int) -> None:
    seen, right = drawn(n, seed, slope=0.8, shift=-2.0)
    toward = Calibration(threshold=0.5, intercept=-2.0, score=0.8)
    found = fit(seen, right, toward)
    assert (found.threshold, found.name) == (toward.threshold, toward.name)
    assert abs(found.score - toward.score) < 0.5
    assert np.isfinite(found.weights).all()
    if not n:
        assert (found.intercept, found.weights) == (toward.intercept, toward.weights)


@pytest.mark.parametrize("outcome", [True, False])
def test_one_kind_of_outcome_moves_it_the_right_way_and_no_further(outcome: bool) -> None:
    seen, _ = drawn(50, 3, slope=0.8, shift=-2.0)
    toward = Calibration(threshold=0.5, intercept=-2.0, score=0.8)
    found = fit(seen, np.full(50, outcome), toward)
    assert (found.intercept > toward.intercept) is outcome
    assert abs(found.intercept) < 20


def test_perfect_separation_has_a_finite_fit() -> None:
    seen, _ = drawn(100, 4, slope=1.0, shift=0.0)
    right = seen[:, NAMES.index("score")] > 3
    found = fit(seen, right, DEFAULT)
    assert np.isfinite(found.weights).all()
    assert found.score > 0


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_the_same_data_in_any_order_give_the_same_fit(seed: int) -> None:
    seen, right = drawn(60, seed, slope=0.8, shift=-2.0)
    order = np.random.default_rng(seed).permutation(60)
    one, other = fit(seen, right, DEFAULT), fit(seen[order], right[order], DEFAULT)
    assert one.weights == pytest.approx(other.weights, abs=1e-6)
    assert one.intercept == pytest.approx(other.intercept, abs=1e-6)


def test_the_mean_confidence_comes_to_the_share_that_is_right() -> None:
    seen, right = drawn(500, 5, slope=0.3, shift=1.0)
    found = fit(seen, right, DEFAULT)
    mean = np.mean([found.confidences([Signs(*row)])[0] for row in seen])
    assert mean == pytest.approx(right.mean(), abs=0.01)
