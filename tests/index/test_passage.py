"""Passages are runs of whole sentences that together hold every sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import passage
from index.article import Span
from index.passage import embedded_text, make_passages, titled


def spans_of(lengths: list[int]) -> tuple[list[Span], str]:
    """Sentences of these lengths, one space apart, and their text."""
    text = " ".join("x" * length for length in lengths)
    starts = [sum(lengths[:i]) + i for i in range(len(lengths))]
    return [Span(start, start + length) for start, length in zip(starts, lengths, strict=True)], text


@pytest.mark.parametrize(("size", "stride"), [(1, 1), (2, 1), (3, 1), (3, 2), (3, 3), (5, 2)])
@given(lengths=st.lists(st.integers(1, 40), max_size=30))
def test_passages_are_whole_sentences_and_hold_them_all(size: int, stride: int, lengths: list[int]) -> None:
    spans, _ = spans_of(lengths)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passage, "SIZE", size)
        patch.setattr(passage, "STRIDE", stride)
        found = make_passages(spans)
    assert {n for p in found for n in range(p.first, p.last)} == set(range(len(spans)))
    assert all(1 <= p.last - p.first <= size for p in found)
    assert all(p.span == Span(spans[p.first].start, spans[p.last - 1].end) for p in found)
    assert [p.first for p in found] == list(range(0, stride * len(found), stride))
    assert sum(p.last == len(spans) for p in found) <= -(-size // stride)


def test_no_sentences_make_no_passages() -> None:
    assert make_passages([]) == []


def test_the_title_stands_in_front() -> None:
    spans, text = spans_of([3, 4])
    last = make_passages(spans)[-1]
    assert embedded_text("Ship freed", text, last).startswith("Ship freed. ")
    assert embedded_text("Ship freed", text, last).endswith(text[last.span.start : last.span.end])
    assert titled("", "Nobody was hurt.") == "Nobody was hurt."
