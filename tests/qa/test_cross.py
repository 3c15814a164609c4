"""The ranker that reads: which candidates are read, and what follows for their scores."""

import math
from collections.abc import Sequence
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article, Span
from index.truth import Body
from qa.cross import AT_ONCE, BEHIND, READ, CrossRanker, Mix, worth_reading
from qa.linear import ASKS
from qa.query import Query
from qa.rank import Score
from qa.reading import Found
from qa.retrieve import Candidate


class ToyReader:
    """Likes sentences that hold "seven"; the answer is that word."""

    def read_many(self, asked: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> list[list[Found]]:
        return [[self._found(text) for _, text in texts] for _, texts in asked]

    def _found(self, text: str) -> Found:
        at = text.find("seven")
        return Found(5.0, (at, at + 5), 0.9) if at >= 0 else Found(-5.0, (0, 1), 0.1)


HARDLY = 1.5
RANKER = CrossRanker("toy", ToyReader, Mix(0.1, 1.0, HARDLY))


def asked() -> Query:
    return Query("How many ships?", {"ship": 2.0}, ["ship"])


def candidates(texts: Sequence[str], cosines: Sequence[float] = ()) -> list[Candidate]:
    """Sentences of one article, one a line, all of them near to the question unless `cosines` says how near."""
    body, found, at = "\n".join(texts), [], 0
    for n, text in enumerate(texts):
        span = Span(at, at + len(text))
        whole = Body(1, "0" * 64, "", body)
        cosine = cosines[n] if cosines else 0.5 - n / 1000
        found.append(Candidate(whole, Article("a", "", ""), n, span, None, None, cosine, 0.5, None, 0.1))
        at += len(text) + 1
    return found


def scored(texts: Sequence[str], cosines: Sequence[float] = ()) -> list[Score]:
    return RANKER.scores(asked(), candidates(texts, cosines))


def test_what_the_network_likes_comes_first_with_its_answer() -> None:
    few = scored(["There were ships.", "They saw seven of the ships.", "A longer sentence about the sea and ships."])
    assert max(range(3), key=lambda n: few[n].value) == 1
    assert few[1].logit == 5.0
    assert few[1].answer == Span(18 + 9, 18 + 14)
    assert few[0].answer is None


def test_a_sentence_that_is_a_question_itself_gives_way() -> None:
    asking, telling = scored(["Did they see seven ships?”", "Did they see seven ships.”"])
    assert telling.value - asking.value == pytest.approx(math.log(1 / ASKS - 1), abs=0.5), "so likely, and as it reads"


def test_what_is_read_comes_before_what_is_not() -> None:
    many = scored([f"Sentence number {n} {'tells ' * (n % 9)}of ships." for n in range(READ + 15)])
    read = [s.value for s in many if s.logit is not None]
    assert len(read) == READ
    assert min(read) > max(s.value for s in many if s.logit is None)


@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=50))
def test_one_score_a_candidate_and_answers_lie_in_their_sentences(texts: list[str]) -> None:
    found = scored(texts)
    assert len(found) == len(texts)
    for score, candidate in zip(found, candidates(texts), strict=True):
        assert np.isfinite(score.value)
        if score.answer is not None:
            assert candidate.span.start <= score.answer.start < score.answer.end <= candidate.span.end


class Pointing:
    """Points at `piece`."""

    def __init__(self, piece: str) -> None:
        self._piece = piece

    def read_many(self, asked: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> list[list[Found]]:
        return [
            [Found(1.0, (at := text.index(self._piece), at + len(self._piece)), 0.5) for _, text in texts]
            for _, texts in asked
        ]


@pytest.mark.parametrize(
    ("piece", "whole"),
    [
        ("1.5 million", "$1.5 million"),
        ("5 million", "$1.5 million"),
        ("200", "1,200"),
        ("12", "12%"),
        ("News", "HarbourNews"),
        ("Harbour", "HarbourNews"),
        ("ships", "ships"),
        ("It", "It"),
        ("June", "June"),
        ("2 a.m", "2 a.m."),
        ("9 km (6 miles", "9 km (6 miles)"),
        ("off) Cape", "(off) Cape"),
        ("6 miles", "6 miles"),
    ],
)
def test_an_answer_is_whole_words_and_an_amount_has_its_sign(piece: str, whole: str) -> None:
    text = (
        "It sold 1,200 ships for $1.5 million, 12% of what HarbourNews had paid in June, at 2 a.m. and 9 km (6 miles) "
        "(off) Cape Torn"
    )
    ranker = CrossRanker("pointing", lambda: Pointing(piece), Mix(0.1, 1.0, HARDLY))
    (score,) = ranker.scores(asked(), candidates([text]))
    assert score.answer is not None
    assert text[score.answer.start : score.answer.end] == whole


class Told:
    """Reads logits out of the sentences themselves, and remembers how often it was asked for how many."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    def read_many(self, asked: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> list[list[Found]]:
        self.asked.append([len(texts) for _, texts in asked])
        return [[Found(float(text.split()[0]), None, 0.0) for _, text in texts] for _, texts in asked]


LOGITS = st.lists(st.floats(-3, 3, width=16), min_size=1, max_size=READ + 3)


def read_as_told(reader: Told, logits: Sequence[float]) -> list[Score]:
    ranker = CrossRanker("told", lambda: reader, Mix(0.0, 0.5, HARDLY))
    return ranker.scores(asked(), candidates([f"{logit!r} ships" for logit in logits]))


@given(LOGITS)
def test_the_others_are_read_only_where_one_may_come_first(logits: list[float]) -> None:
    reader = Told()
    found = read_as_told(reader, logits)
    read = [n for n, score in enumerate(found) if score.logit is not None]
    assert len(read) in {min(len(logits), AT_ONCE), min(len(logits), READ)}
    assert sum(sum(counts) for counts in reader.asked) == len(read)
    if len(logits) > AT_ONCE:
        assert (len(read) == AT_ONCE) == (max(logits[:AT_ONCE]) >= HARDLY)
    assert max(found, key=lambda score: score.value).logit is not None


@given(LOGITS)
def test_the_first_is_that_of_reading_all_unless_one_left_out_is_better_than_hardly_any(logits: list[float]) -> None:
    capped = [*logits[:AT_ONCE], *(min(logit, HARDLY - 0.1) for logit in logits[AT_ONCE:])]
    found = [score.value for score in read_as_told(Told(), capped)]
    with patch("qa.cross.AT_ONCE", READ):
        whole = [score.value for score in read_as_told(Told(), capped)]
    assert found.index(max(found)) == whole.index(max(whole))


def test_nothing_to_rank_is_nothing() -> None:
    assert scored([]) == []


@pytest.mark.parametrize("count", [1, READ, READ + 1])
def test_what_is_read_no_further_has_no_logit(count: int) -> None:
    assert sum(s.logit is not None for s in scored(["Ships."] * count)) == min(count, READ)


@given(st.lists(st.floats(-50, 50), max_size=40))
def test_the_best_are_read_and_nothing_that_is_far_behind(totals: list[float]) -> None:
    read = worth_reading(totals)
    assert len(read) <= READ
    assert [totals[n] for n in read] == sorted((totals[n] for n in read), reverse=True)
    for n, total in enumerate(totals):
        if n not in read:
            assert len(read) == READ or total < max(totals) - BEHIND
            assert all(total <= totals[m] for m in read)


def test_what_is_far_behind_is_not_read() -> None:
    few = scored(["Seven ships.", "Rain."], cosines=[0.9, 0.0])
    assert [score.logit is None for score in few] == [False, True]
    assert few[0].value > few[1].value
