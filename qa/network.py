"""The ranker's network: six BERT layers over (question, title, sentence), a relevance logit after each, and a span.

The word embeddings are the encoder's own, frozen and read from its package; everything else is ours, and starts from
the encoder's layers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from index.bert import LAYERS, WIDTH, Bert

_PAD = 8  # tokens: few shapes make few page faults
_NO_ATTENTION = -1e4  # added to the logits of padding; finite, so that no row is NaN in bfloat16


class Network(Bert):
    """`relevance[i]` a logit after layer i + 1, `span` the answer's ends."""

    def __init__(self) -> None:
        super().__init__()
        self.words.weight.requires_grad_(False)
        self.relevance = nn.ModuleList(nn.Linear(WIDTH, 1) for _ in range(LAYERS))
        self.span = nn.Linear(WIDTH, 2)

    def own_state(self) -> dict[str, Tensor]:
        """All weights but the frozen word embeddings."""
        return {name: tensor for name, tensor in self.state_dict().items() if not name.startswith("words.")}


@dataclass(frozen=True, slots=True)
class Padded:
    """Texts of several lengths as one batch: `ids` and `kinds` int64[n, t], `mask` additive float[n, 1, 1, t]."""

    ids: Tensor
    kinds: Tensor
    mask: Tensor


def width_of(ids: Sequence[int]) -> int:
    """How many tokens wide a text is padded: to a multiple of `_PAD`."""
    return -(-len(ids) // _PAD) * _PAD


def padded(texts: Sequence[tuple[Sequence[int], int]], dtype: torch.dtype) -> Padded:
    """Texts as (token ids, how many of them belong to the question), padded to the widest."""
    width = max(width_of(ids) for ids, _ in texts)
    ids = torch.zeros((len(texts), width), dtype=torch.long)
    kinds = torch.zeros((len(texts), width), dtype=torch.long)
    mask = torch.full((len(texts), 1, 1, width), _NO_ATTENTION, dtype=dtype)
    for row, (tokens, question) in enumerate(texts):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        kinds[row, question : len(tokens)] = 1
        mask[row, ..., : len(tokens)] = 0
    return Padded(ids, kinds, mask)


def load_network(own: Path, encoder: Path) -> Network:
    """The network of our own weights over the word embeddings of the encoder's; in float32, both in safetensors."""
    network = Network()
    weights = {name: tensor.float() for name, tensor in load_file(own).items()}
    with safe_open(encoder, "pt") as file:  # of its 90 MB only the words are read
        words = file.get_tensor("embeddings.word_embeddings.weight").float()
    network.load_state_dict({**weights, "words.weight": words})
    return network
