"""Texts end to end: each attends to itself alone, and what comes out does not depend on its company."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from index.bert import HEADS, WIDTH, Layer, Packed, batches

LENGTHS = st.lists(st.integers(1, 12), min_size=1, max_size=12)


@given(lengths=st.lists(st.integers(1, 256), max_size=200), budget=st.integers(1, 2000))
def test_batches_hold_every_text_once_within_the_budget(lengths: list[int], budget: int) -> None:
    found = list(batches(lengths, budget))
    assert sorted(number for batch in found for number in batch) == list(range(len(lengths)))
    ordered = [lengths[number] for batch in found for number in batch]
    assert ordered == sorted(ordered, reverse=True)
    assert all(batch for batch in found)
    assert all(len(batch) == 1 or sum(lengths[number] for number in batch) <= budget for batch in found)


@given(lengths=LENGTHS)
def test_a_token_knows_its_place_and_its_segment(lengths: list[int]) -> None:
    texts = Packed.of([[7] * n for n in lengths], [n // 2 for n in lengths])
    assert texts.places.tolist() == [place for n in lengths for place in range(n)]
    assert texts.kinds.tolist() == [int(place >= n // 2) for n in lengths for place in range(n)]
    assert Packed.of([[7] * n for n in lengths]).kinds.tolist() == [0] * sum(lengths)
    assert sum(n * tokens for n, tokens in texts.runs) == len(texts.ids) == sum(lengths)


@settings(deadline=None)
@given(lengths=LENGTHS, seed=st.integers(0, 2**16))
def test_attention_is_softmax_within_each_text(lengths: list[int], seed: int) -> None:
    torch.manual_seed(seed)
    attended = torch.randn(sum(lengths), 3 * WIDTH)
    mixed = Packed.of([[7] * n for n in lengths]).mix(attended)
    for ours, part in zip(mixed.split(lengths), attended.split(lengths), strict=True):
        query, key, value = (side.view(-1, HEADS, WIDTH // HEADS).transpose(0, 1) for side in part.split(WIDTH, dim=1))
        chances = (query @ key.transpose(1, 2) / (WIDTH // HEADS) ** 0.5).softmax(dim=2)
        torch.testing.assert_close(ours, (chances @ value).transpose(0, 1).reshape(-1, WIDTH), atol=1e-5, rtol=1e-5)


@settings(deadline=None, max_examples=30)
@given(lengths=LENGTHS, seed=st.integers(0, 2**16), data=st.data())
def test_a_layer_gives_some_tokens_what_it_gives_them_among_all(
    lengths: list[int], seed: int, data: st.DataObject
) -> None:
    torch.manual_seed(seed)
    layer, hidden, texts = Layer(), torch.randn(sum(lengths), WIDTH), Packed.of([[7] * n for n in lengths])
    rows = torch.tensor(data.draw(st.lists(st.integers(0, sum(lengths) - 1), min_size=1, max_size=9)))
    with torch.inference_mode():
        torch.testing.assert_close(layer(hidden, texts.mix, rows), layer(hidden, texts.mix)[rows], atol=1e-5, rtol=1e-5)


def test_no_text_makes_no_batch() -> None:
    assert list(batches([])) == []


@pytest.mark.parametrize("lengths", [[3, 3, 2, 2, 2], [5], [1, 2, 1]])
def test_texts_of_one_length_that_stand_together_run_together(lengths: list[int]) -> None:
    runs = Packed.of([[7] * n for n in lengths]).runs
    assert [tokens for n, tokens in runs for _ in range(n)] == lengths
    assert all(one[1] != other[1] for one, other in pairwise(runs))
