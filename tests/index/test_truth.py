"""Reading a few sentences of a text: as good as reading all of them, and what is damaged about them is found."""

import sqlite3
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pytest

from index import schema
from index.article import Article, Span
from index.errors import LibraryDamaged
from index.library import Library
from index.truth import Body, Truth
from index.update import index_articles
from tests.toy import ToyEncoder

COUNT = 40
LONG = Article(
    "long", " ".join(f"{chr(65 + n % 26)}ll {'of them ' * (n % 3)}went past gate {n}." for n in range(COUNT))
)
FEW: list[set[int]] = [{0}, {1}, {COUNT - 1}, {COUNT - 2}, {7}, {3, 4, 9}, {0, 20, COUNT - 1}, set(range(COUNT)), set()]


@pytest.fixture
def long(tmp_path: Path) -> Library:
    library, encoder = Library.create(tmp_path / "library", ToyEncoder()), ToyEncoder()
    index_articles(library, encoder, [LONG])
    return library


def altered(library: Library, sql: str) -> None:
    with sqlite3.connect(library.folder / schema.FILE) as connection:
        connection.execute(sql)
    connection.close()


def body_in(truth: Truth) -> Body:
    number = truth.body_of("long")
    assert number is not None
    return truth.bodies([number])[number]


def read(library: Library, ordinals: Collection[int]) -> dict[int, Span]:
    with library.reading() as (_, truth):
        return truth.spans_about(body_in(truth), ordinals)


@pytest.mark.parametrize("ordinals", FEW)
def test_a_few_spans_are_those_of_the_whole(long: Library, ordinals: set[int]) -> None:
    with long.reading() as (_, truth):
        every = dict(enumerate(truth.sentences(body_in(truth).number)))
    assert len(every) == COUNT
    found = read(long, ordinals)
    assert found.items() <= every.items()
    assert found.keys() >= {m for n in ordinals for m in (n - 1, n, n + 1)} & every.keys()


@pytest.mark.parametrize(
    "change",
    ["start = start + 1", "start = start - 2", '"end" = "end" - 1', '"end" = "end" + 2', '"end" = -5', "start = 0"],
)
@pytest.mark.parametrize("damaged", [1, 20, COUNT - 1])
def test_a_span_that_was_altered_is_never_returned(long: Library, damaged: int, change: str) -> None:
    sound = read(long, range(COUNT))
    altered(long, f"UPDATE sentences SET {change} WHERE ordinal = {damaged}")
    for n in {*range(max(0, damaged - 3), min(damaged + 4, COUNT)), 5, 30}:
        if abs(n - damaged) <= 1:
            with pytest.raises(LibraryDamaged, match="do not cover it"):
                read(long, {n})
        elif abs(n - damaged) > 2:
            assert read(long, {n}).items() <= sound.items()


@pytest.mark.parametrize("lost", [0, 1, 20, COUNT - 1])
def test_a_sentence_that_was_lost_is_missed(long: Library, lost: int) -> None:
    altered(long, f"DELETE FROM sentences WHERE ordinal = {lost}")
    for n in {max(0, lost - 1), lost, min(lost + 1, COUNT - 1)}:
        with pytest.raises(LibraryDamaged):
            read(long, {n})


def test_a_sentence_that_there_never_was_is_missed(long: Library) -> None:
    with pytest.raises(LibraryDamaged):
        read(long, {COUNT + 7})
    with pytest.raises(LibraryDamaged, match="has lost sentences"):
        read(long, {COUNT})


@pytest.mark.parametrize("ordinals", FEW)
@pytest.mark.parametrize("longer", [0, 1, 4])
def test_a_sentence_has_the_vector_of_the_first_passage_that_holds_it(
    long: Library, ordinals: set[int], longer: int
) -> None:
    """Whatever the length of the passages: those of another version may have been longer."""
    altered(long, f"UPDATE passages SET last = min(last + {longer}, {COUNT})")
    encoder = ToyEncoder()
    with long.reading() as (_, truth):
        body = body_in(truth)
        spans = truth.sentences(body.number)
        found = truth.sentence_vectors([(body.number, n) for n in ordinals])
    assert found.keys() == {(body.number, n) for n in ordinals}
    for (_, n), vector in found.items():
        first = spans[max(0, n - longer)]
        assert np.allclose(vector, encoder.encode([body.text[first.start : first.end]])[0], atol=1e-3)


def test_a_passage_that_was_lost_is_missed(long: Library) -> None:
    altered(long, "DELETE FROM passages WHERE first = 20")
    with long.reading() as (_, truth):
        number = body_in(truth).number
        assert len(truth.sentence_vectors([(number, 19), (number, 21)])) == 2
        with pytest.raises(LibraryDamaged, match="has lost passages"):
            truth.sentence_vectors([(number, 20)])


def test_a_vector_of_another_length_is_not_used(long: Library) -> None:
    altered(long, "UPDATE passages SET vector = zeroblob(50) WHERE first = 20")
    with long.reading() as (_, truth), pytest.raises(LibraryDamaged, match="has 50 bytes, not 52"):
        truth.sentence_vectors([(body_in(truth).number, n) for n in (19, 20, 21)])
