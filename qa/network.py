"""The ranker's network: six BERT layers over (question, title, sentence), a relevance logit after each, and a span.

The word embeddings are the encoder's own, frozen and read from its package; everything else is ours. The layers follow
Devlin et al. (2019), with the post-layer norm and the exact GELU of the MiniLM (Wang et al., 2020) they start from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (torch's own convention)

LAYERS, WIDTH, HEADS, INNER, WORDS, POSITIONS = 6, 384, 12, 1536, 30522, 512
_EPSILON = 1e-12
_PAD = 8  # tokens: few shapes make few page faults
_NO_ATTENTION = -1e4  # added to the logits of padding; finite, so that no row is NaN in bfloat16


class Layer(nn.Module):
    """Self-attention and a feed-forward block, each added to its input and normalised."""

    def __init__(self) -> None:
        super().__init__()
        self.attend = nn.Linear(WIDTH, 3 * WIDTH)  # query, key and value side by side
        self.attended = nn.Linear(WIDTH, WIDTH)
        self.attended_norm = nn.LayerNorm(WIDTH, eps=_EPSILON)
        self.up = nn.Linear(WIDTH, INNER)
        self.down = nn.Linear(INNER, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=_EPSILON)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """`hidden` [n, t, d] and the additive `mask` [n, 1, 1, t] → [n, t, d]."""
        n, tokens, _ = hidden.shape
        query, key, value = (
            part.view(n, tokens, HEADS, WIDTH // HEADS).transpose(1, 2)
            for part in self.attend(hidden).split(WIDTH, dim=2)
        )
        # Written out: torch's fused kernel takes four times as long to differentiate at these short lengths.
        chances = (query @ key.transpose(2, 3) * (WIDTH // HEADS) ** -0.5 + mask).softmax(dim=3)
        mixed = chances.to(value.dtype) @ value
        mixed = self.attended(mixed.transpose(1, 2).reshape(n, -1, WIDTH))
        hidden = self.attended_norm(hidden + mixed)
        grown: Tensor = self.norm(hidden + self.down(F.gelu(self.up(hidden))))
        return grown


class Network(nn.Module):
    """`embed` and `layers` make hidden states, `relevance[i]` a logit after layer i + 1, `span` the answer's ends."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(WORDS, WIDTH)
        self.words.weight.requires_grad_(False)
        self.positions = nn.Embedding(POSITIONS, WIDTH)
        self.kinds = nn.Embedding(2, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=_EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.relevance = nn.ModuleList(nn.Linear(WIDTH, 1) for _ in range(LAYERS))
        self.span = nn.Linear(WIDTH, 2)

    def embed(self, ids: Tensor, kinds: Tensor) -> Tensor:
        """Token ids and kinds (0 for the question, 1 for the rest), both int64[n, t] → [n, t, d]."""
        places = torch.arange(ids.shape[1])
        embedded: Tensor = self.norm(self.words(ids) + self.positions(places) + self.kinds(kinds))
        return embedded

    def own_state(self) -> dict[str, Tensor]:
        """All weights but the frozen word embeddings."""
        return {name: tensor for name, tensor in self.state_dict().items() if not name.startswith("words.")}


@dataclass(frozen=True, slots=True)
class Padded:
    """Texts of several lengths as one batch: `ids` and `kinds` int64[n, t], `mask` additive float[n, 1, 1, t]."""

    ids: Tensor
    kinds: Tensor
    mask: Tensor


def padded(texts: Sequence[tuple[Sequence[int], int]], dtype: torch.dtype) -> Padded:
    """Texts as (token ids, how many of them belong to the question), padded to a multiple of `_PAD`."""
    width = -(-max(len(ids) for ids, _ in texts) // _PAD) * _PAD
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
