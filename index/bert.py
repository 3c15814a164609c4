"""The BERT of MiniLM (Devlin et al., 2019; Wang et al., 2020) in plain torch, and the question's vector by it.

Questions to the default model and the ranker's network run on it: importing sentence-transformers takes three times
as long as importing torch, and whoever asks one question waits for it. Passages are embedded by sentence-transformers;
the vectors agree to within float32's rounding.
"""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (torch's own convention)

LAYERS, WIDTH, HEADS, INNER, WORDS, POSITIONS = 6, 384, 12, 1536, 30522, 512
_EPSILON = 1e-12
_LONGEST = 256  # tokens of a text that the model reads; the rest is left out


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


class Bert(nn.Module):
    """`embed` makes hidden states of token ids, `layers` go on from there."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(WORDS, WIDTH)
        self.positions = nn.Embedding(POSITIONS, WIDTH)
        self.kinds = nn.Embedding(2, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=_EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))

    def embed(self, ids: Tensor, kinds: Tensor) -> Tensor:
        """Token ids and their segments (0 or 1), both int64[n, t] → [n, t, d]."""
        places = torch.arange(ids.shape[1])
        embedded: Tensor = self.norm(self.words(ids) + self.positions(places) + self.kinds(kinds))
        return embedded


def bert_weights(file: Path) -> dict[str, Tensor]:
    """The weights of a BERT in the usual safetensors file, by the names that `Bert` gives them."""
    given = load_file(file)
    ours = {
        "words.weight": given["embeddings.word_embeddings.weight"],
        "positions.weight": given["embeddings.position_embeddings.weight"],
        "kinds.weight": given["embeddings.token_type_embeddings.weight"],
        "norm.weight": given["embeddings.LayerNorm.weight"],
        "norm.bias": given["embeddings.LayerNorm.bias"],
    }
    names = {
        "attended": "attention.output.dense",
        "attended_norm": "attention.output.LayerNorm",
        "up": "intermediate.dense",
        "down": "output.dense",
        "norm": "output.LayerNorm",
    }
    for layer in range(LAYERS):
        there = f"encoder.layer.{layer}."
        for kind in ("weight", "bias"):
            parts = [given[f"{there}attention.self.{part}.{kind}"] for part in ("query", "key", "value")]
            ours[f"layers.{layer}.attend.{kind}"] = torch.cat(parts)
            for mine, theirs in names.items():
                ours[f"layers.{layer}.{mine}.{kind}"] = given[f"{there}{theirs}.{kind}"]
    return ours


class QuestionModel:
    """all-MiniLM-L6-v2 for one text at a time, in float32; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        """`folder` holds `model.safetensors` and `tokenizer.json`."""
        self._bert = Bert().eval()
        self._bert.load_state_dict(bert_weights(folder / "model.safetensors"))
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_LONGEST)

    def vector(self, question: str) -> NDArray[np.float32]:
        """The L2-normalised mean of the last hidden states, float32[1, d]."""
        ids = torch.tensor([self._tokenizer.encode(question).ids])
        with torch.inference_mode():
            hidden = self._bert.embed(ids, torch.zeros_like(ids))
            unmasked = torch.zeros(1, 1, 1, 1)
            for layer in self._bert.layers:
                hidden = layer(hidden, unmasked)
            found: NDArray[np.float32] = F.normalize(hidden.mean(dim=1), dim=1).numpy()
        return found
