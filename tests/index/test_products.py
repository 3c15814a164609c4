"""Weights in another layout: the same products, whatever torch has for them."""

import pytest
import torch
from torch import Tensor, nn

from index import products
from index.bert import LAYERS, Bert, Packed, bert_weights
from index.encode import default_folder, has_bfloat16
from index.products import Widening, laid_out

TEXTS = [[101, 2054, 2003, 102], [101, 7592, 102], [101, *range(2000, 2060), 102]]


@pytest.fixture(scope="module")
def bert() -> Bert:
    bert = Bert()
    bert.load_state_dict(bert_weights(default_folder() / "model.safetensors"), assign=True)
    return bert.for_computing(torch.bfloat16)


def read(bert: Bert, texts: list[list[int]]) -> Tensor:
    with torch.inference_mode():
        return bert.read(Packed.of(texts))


@pytest.mark.parametrize("kind", [nn.Linear, Widening])
@pytest.mark.parametrize("tokens", [1, 7, 300])
def test_the_product_is_what_it_was(kind: type[nn.Linear], tokens: int) -> None:
    torch.manual_seed(tokens)
    linear, given = kind(384, 1536).to(torch.bfloat16), torch.randn(tokens, 384)
    exact = (kind.forward(linear.float(), given)).detach()
    with torch.inference_mode():
        found = laid_out(linear.to(torch.bfloat16))(given.to(torch.bfloat16)).float()
    torch.testing.assert_close(found, exact, atol=0.03, rtol=0.02)


def test_a_text_has_the_same_bits_in_any_company(bert: Bert) -> None:
    together = read(bert, TEXTS).split([len(text) for text in TEXTS])
    for text, states in zip(TEXTS, together, strict=True):
        assert torch.equal(read(bert, [text]), states)


@pytest.mark.skipif(not has_bfloat16(), reason="oneDNN may refuse bfloat16 where the processor has none")
def test_all_layers_are_laid_out_where_torch_can(bert: Bert) -> None:
    left = [one for one in bert.layers.modules() if isinstance(one, nn.Linear)]
    assert len(left) in (0, 4 * LAYERS)
    assert bool(left) != hasattr(torch.ops.mkldnn, "_linear_pointwise")


@pytest.mark.parametrize("fault", [AttributeError, RuntimeError, None])
def test_where_torch_cannot_or_says_something_else_a_layer_stays(
    fault: type[Exception] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def product(self: nn.Module, given: Tensor) -> Tensor:
        if fault:
            raise fault
        return torch.zeros(len(given), 8, dtype=given.dtype)

    monkeypatch.setattr(products._LaidOut, "forward", product)
    linear = nn.Linear(4, 8).to(torch.bfloat16)
    assert laid_out(linear) is linear
