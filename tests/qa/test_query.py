"""A question as retrieval sees it: which of its terms sentences are looked up by."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from index.library import Library
from index.update import index_articles
from qa.query import looked_up, make_query
from tests.toy import ToyEncoder


def test_words_that_stand_everywhere_are_not_looked_up() -> None:
    weights = {"the": 0.4, "okapi": 9.1, "said": 2.7, "harbour": 6.0}
    assert looked_up(weights, weights.keys()) == ["okapi", "harbour"]


def test_where_little_else_is_left_all_are() -> None:
    weights = {"who": 1.2, "is": 0.3, "okapi": 9.1}
    assert looked_up(weights, weights.keys()) == ["who", "is", "okapi"]


def test_words_that_no_sentence_has_are_not_enough_to_look_up_by() -> None:
    weights = {"bees": 0.7, "zorblax": 13.0, "quuxify": 13.0}
    assert looked_up(weights, {"bees"}) == ["bees", "zorblax", "quuxify"]


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.tuples(st.floats(0, 20), st.booleans()), max_size=30))
def test_a_question_is_looked_up_by_the_rarest_that_is_held(asked: dict[str, tuple[float, bool]]) -> None:
    weights, held = {term: weight for term, (weight, _) in asked.items()}, {term for term in asked if asked[term][1]}
    terms = looked_up(weights, held)
    assert set(terms) <= set(weights)
    assert bool(terms) == bool(weights)
    assert all(weights[one] >= weights[other] for one in terms for other in held - set(terms))
    assert not held or max(weights[term] for term in held) in {weights[term] for term in terms}


def test_an_irregular_form_weighs_what_it_tells_beyond_its_word(tmp_path: Path) -> None:
    """So “won” and “win” together weigh what “won” alone would."""
    library, encoder = Library.create(tmp_path / "library", ToyEncoder()), ToyEncoder()
    index_articles(library, encoder, [Article("race", "She won. She wins again. They win. Nobody else ran.")])
    with library.reading() as (snapshot, _):
        won, win, ran = (make_query(f"Who {word}?", snapshot.lexical) for word in ("won", "win", "ran"))
    assert list(won.weights) == ["who", "won", "win"]
    assert won.weights["win"] == win.weights["win"] > 0
    assert won.weights["won"] > 0
    assert won.weights["won"] + won.weights["win"] == pytest.approx(ran.weights["ran"] + ran.weights["run"])
    assert won.covered({"win"}) < won.covered({"win", "won"}) == ran.covered({"ran", "run"})
