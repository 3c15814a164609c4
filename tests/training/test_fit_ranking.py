"""What is fitted around the network: how much of the linear ranker's score stands beside its logit."""

from collections.abc import Sequence

import numpy as np

from qa.query import Query
from qa.reading import Found
from tests.qa.test_cross import candidates
from training.fit_ranking import Asked, fit_mix

TEXTS = ["Seven ships waited.", "No ship waited."]
QUERY = Query("How many ships?", np.ones((1, 2), dtype=np.float32), {"ship": 2.0}, ["ship"])


def asked(linear: Sequence[float], logits: Sequence[float]) -> Asked:
    """A question whose first sentence is right."""
    found = {("", text): Found(logit, None, 0.0) for text, logit in zip(TEXTS, logits, strict=True)}
    return Asked("squad", QUERY, candidates(TEXTS), [True, False], [True, False], list(linear), found)


def test_where_the_linear_score_costs_nothing_more_of_it_is_taken() -> None:
    both_right = [asked([2.0, 1.0], [1.0, -1.0]) for _ in range(30)]
    sometimes_wrong = [asked([1.0, 3.0], [2.0, -2.0]), asked([3.0, 1.0], [-1.0, 1.0])] * 15
    mix = fit_mix(both_right + sometimes_wrong)
    least = fit_mix([*both_right, *sometimes_wrong, *[asked([1.0, 4.0], [3.0, -3.0]) for _ in range(30)]])
    assert mix.linear / mix.logit > least.linear / least.logit


def test_the_mix_puts_the_right_sentence_first_where_one_of_the_two_knows_it() -> None:
    mix = fit_mix([asked([1.0, 2.0], [4.0, -4.0]), asked([3.0, 1.0], [0.2, 0.0])] * 20)
    assert mix.of(1.0, 4.0, TEXTS[0]) > mix.of(2.0, -4.0, TEXTS[1])
    assert mix.of(3.0, 0.2, TEXTS[0]) > mix.of(1.0, 0.0, TEXTS[1])
