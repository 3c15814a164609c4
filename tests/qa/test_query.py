"""A question as retrieval sees it: which of its terms sentences are looked up by."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qa.query import Query


def looked_up(weights: dict[str, float]) -> list[str]:
    return Query("?", np.ones((1, 2), dtype=np.float32), weights).terms


def test_words_that_stand_everywhere_are_not_looked_up() -> None:
    assert looked_up({"the": 0.4, "okapi": 9.1, "said": 2.7, "harbour": 6.0}) == ["okapi", "harbour"]


def test_where_little_else_is_left_all_are() -> None:
    assert looked_up({"who": 1.2, "is": 0.3, "okapi": 9.1}) == ["who", "is", "okapi"]


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.floats(0, 20), max_size=30))
def test_a_question_with_terms_is_looked_up_by_some_and_the_rarest_is_among_them(weights: dict[str, float]) -> None:
    terms = looked_up(weights)
    assert set(terms) <= set(weights)
    assert bool(terms) == bool(weights)
    assert all(weights[one] >= weights[other] for one in terms for other in set(weights) - set(terms))
