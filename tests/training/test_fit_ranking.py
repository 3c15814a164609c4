"""What is fitted around the network: how much of the linear ranker's score stands beside its logit."""

from collections.abc import Sequence
from typing import Any

from index.article import Span
from index.library import Library
from qa.query import Query
from qa.reading import Found
from tests.qa.test_cross import candidates
from tests.toy import ToyEncoder
from training.fit_ranking import Asked, ask_all, ask_others, fit_mix
from training.sets import Row

TEXTS = ["Seven ships waited.", "No ship waited."]
OTHERS = [f"It rained on day {n}." for n in range(4)]
QUERY = Query("How many ships?", {"ship": 2.0}, ["ship"])


def asked(linear: Sequence[float], logits: Sequence[float], others: Sequence[float] = (-6.0,) * 4) -> Asked:
    """A question whose first sentence is right; behind the second come four others, of these logits."""
    texts = [*TEXTS, *OTHERS]
    found = {("", text): Found(logit, None, 0.0) for text, logit in zip(texts, [*logits, *others], strict=True)}
    right = [n == 0 for n in range(len(texts))]
    return Asked("squad", QUERY, candidates(texts), right, right, [*linear, -3.0, -3.1, -3.2, -3.3], found)


def test_the_more_often_the_linear_score_is_right_the_more_it_weighs() -> None:
    knows, misleads = asked([3.0, 1.0], [0.1, 0.2]), asked([1.0, 3.0], [4.0, -4.0])
    trusted, doubted = fit_mix([knows] * 30 + [misleads] * 10), fit_mix([knows] * 10 + [misleads] * 30)
    assert trusted.linear / trusted.logit > doubted.linear / doubted.logit


def test_the_mix_puts_the_right_sentence_first_where_one_of_the_two_knows_it() -> None:
    mix = fit_mix([asked([1.0, 1.5], [4.0, -4.0]), asked([3.0, 1.0], [0.2, 0.0])] * 20)
    assert mix.of(1.0, 4.0, TEXTS[0]) > mix.of(1.5, -4.0, TEXTS[1])
    assert mix.of(3.0, 0.2, TEXTS[0]) > mix.of(1.0, 0.0, TEXTS[1])


def test_few_of_those_that_come_late_have_more_than_what_hardly_any_has() -> None:
    late = [(-6.0, -6.0, n / 100, -6.0) for n in range(200)]  # the fifth sentence's logits
    mix = fit_mix([asked([3.0, 1.0], [1.0, 0.0], others) for others in late])
    assert sum(others[2] > mix.hardly for others in late) == 2  # of 400 that come after the fourth


class Reader:
    """Finds the same in every text."""

    def read(self, question: str, texts: Sequence[tuple[str, str]]) -> list[Found]:
        return [Found(1.0, None, 0.0) for _ in texts]


def test_one_of_four_questions_is_asked_about_another_thing_too(library: Library) -> None:
    evidence = (("bees.txt", Span(19, 57)),)
    rows = [
        Row("squad", f"How many bees did Ann Lee count in {year}?", evidence, (), year % 2 == 0)
        for year in range(1990, 2006)
    ]
    given: Any = (rows, library, ToyEncoder(), Reader())
    asked, others = list(ask_all(*given)), list(ask_others(*given))
    assert [one.query.text for one in asked] == [row.question for row in rows if row.kept_back]
    assert all(any(one.right) for one in asked)
    assert len(others) == 2, "the third and the seventh of eight"
    assert not any(any(one.right) for one in others)
    assert all(other.query.text != asked[at].query.text for at, other in zip((2, 6), others, strict=True))
