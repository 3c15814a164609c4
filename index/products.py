"""Products of tokens and weights, by weights in oneDNN's own layout, laid out once: torch does it at every product.

For the tokens of one text that takes a good part of the product's time. GELU is applied in the same pass. torch's
compiler uses these operators and does not document them: where they are missing or say something else, layers stay as
they are.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (torch's own convention)

_NEARLY = 0.02  # of the largest number: bfloat16 rounds to 1/256


class Widening(nn.Linear):
    """The first half of a feed-forward block, GELU included."""

    def forward(self, given: Tensor) -> Tensor:
        return F.gelu(super().forward(given))


class _LaidOut(nn.Module):
    """What `linear` gives; its weights are a copy, in another layout."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self._weights: Tensor = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach(), None)
        self._bias = linear.bias.detach()
        self._then = "gelu" if isinstance(linear, Widening) else "none"

    def forward(self, given: Tensor) -> Tensor:
        found: Tensor = torch.ops.mkldnn._linear_pointwise(given, self._weights, self._bias, self._then, [], "none")
        return found


def laid_out(linear: nn.Linear) -> nn.Module:
    """`linear` in bfloat16, faster where that can be; without gradients."""
    given = torch.linspace(-2, 2, 4 * linear.in_features, dtype=linear.weight.dtype).view(4, -1)
    with torch.inference_mode():
        wanted = linear(given)
        try:
            found = (faster := _LaidOut(linear))(given)
        except (AttributeError, RuntimeError):
            return linear
    return faster if (found - wanted).abs().max() <= _NEARLY * wanted.abs().max() else linear
