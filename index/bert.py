"""The BERT of MiniLM (Devlin et al., 2019; Wang et al., 2020) in plain torch, over texts of any lengths end to end.

The encoder and the ranker's network run on it: importing sentence-transformers takes three times as long as importing
torch, and its batches are padded. Here texts follow one another in one row of tokens, so that no token is computed that
is not there, and what comes out for a text does not depend on its company.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Self

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (torch's own convention)

from index.products import Widening, laid_out

LAYERS, WIDTH, HEADS, INNER, WORDS, POSITIONS = 6, 384, 12, 1536, 30522, 512
_OF_A_HEAD = WIDTH // HEADS
BATCH_TOKENS = 1024  # of texts that run together: what fits the processor's cache is fastest
_EPSILON = 1e-12
_EVEN = 8  # rows: products have multiples of it, so that few shapes are met for which torch must make one ready


@dataclass(frozen=True, slots=True)
class Packed:
    """Texts end to end: `ids`, `kinds` (the segment, 0 or 1) and `places` of their tokens, int64[t].

    `runs` has, in order, how many texts of how many tokens each follow one another.
    """

    ids: Tensor
    kinds: Tensor
    places: Tensor
    runs: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, texts: Sequence[Sequence[int]], firsts: Sequence[int] | None = None) -> "Packed":
        """Token ids by text, the fewest runs where texts of one length stand together.

        `firsts` says how many tokens of each belong to segment 0; None where all do.
        """
        lengths = [len(text) for text in texts]
        runs = tuple((len(list(alike)), tokens) for tokens, alike in groupby(lengths))
        places = torch.cat([torch.arange(tokens).repeat(n) for n, tokens in runs])
        kinds = torch.zeros_like(places)
        if firsts is not None:
            kinds = (places >= torch.tensor(firsts).repeat_interleave(torch.tensor(lengths))).long()
        return cls(torch.tensor([word for text in texts for word in text]), kinds, places, runs)

    def by_length(self, hidden: Tensor) -> Iterator[Tensor]:
        """`hidden` [t, d] run by run, each as [n, tokens, d]."""
        at = 0
        for n, tokens in self.runs:
            yield hidden[at : at + n * tokens].view(n, tokens, -1)
            at += n * tokens

    def mix(self, attended: Tensor) -> Tensor:
        """Attention of each text's tokens to one another: query, key and value side by side, [t, 3d], → [t, d].

        Written out, as torch's fused kernel takes three times as long at these lengths; and the softmax is in float32,
        as it is slower in bfloat16.
        """
        mixed = attended.new_zeros(len(attended), WIDTH)
        for run, into in zip(self.by_length(attended), self.by_length(mixed), strict=True):
            n, tokens, _ = run.shape
            sides = run.view(n, tokens, 3, HEADS, _OF_A_HEAD).permute(2, 0, 3, 1, 4).contiguous()
            query, key, value = sides.view(3, n * HEADS, tokens, _OF_A_HEAD)
            likeness = torch.bmm(query, key.transpose(1, 2)).float().mul_(_OF_A_HEAD**-0.5)
            heads = torch.bmm(likeness.softmax(dim=2).to(value.dtype), value).view(n, HEADS, tokens, _OF_A_HEAD)
            into.view(n, tokens, HEADS, _OF_A_HEAD).copy_(heads.transpose(1, 2))
        return mixed


def batches(lengths: Sequence[int], budget: int = BATCH_TOKENS) -> Iterator[list[int]]:
    """The numbers of texts that run together, the longest first: at most `budget` tokens, or one text."""
    batch: list[int] = []
    room = budget
    for number in sorted(range(len(lengths)), key=lambda n: -lengths[n]):
        if batch and lengths[number] > room:
            yield batch
            batch, room = [], budget
        batch.append(number)
        room -= lengths[number]
    if batch:
        yield batch


def shared_out(lengths: Sequence[int], among: int) -> list[list[int]]:
    """Batches of texts for `among` workers: where there are few, smaller ones, so that each has some."""
    return list(batches(lengths, min(BATCH_TOKENS, 1 + sum(lengths) // among)))


class Layer(nn.Module):
    """Self-attention and a feed-forward block, each added to its input and normalised."""

    def __init__(self) -> None:
        super().__init__()
        self.attend = nn.Linear(WIDTH, 3 * WIDTH)  # query, key and value side by side
        self.attended = nn.Linear(WIDTH, WIDTH)
        self.attended_norm = nn.LayerNorm(WIDTH, eps=_EPSILON)
        self.up = Widening(WIDTH, INNER)
        self.down = nn.Linear(INNER, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=_EPSILON)

    def forward(self, hidden: Tensor, mix: Callable[[Tensor], Tensor], rows: Tensor | None = None) -> Tensor:
        """`hidden` [..., d] → [..., d]; `mix` is the attention, from query, key and value side by side, [..., 3d].

        With `rows`, int64[r], only these tokens' states come out, [r, d]: of the last layer few are needed.
        """
        mixed = mix(self.attend(hidden))
        if rows is not None:
            hidden, mixed = hidden.view(-1, WIDTH)[rows], mixed.view(-1, WIDTH)[rows]
        hidden = self.attended_norm(hidden + self.attended(mixed))
        grown: Tensor = self.norm(hidden + self.down(self.up(hidden)))
        return grown


class Bert(nn.Module):
    """`embed` makes hidden states of token ids, `layers` go on from there."""

    def __init__(self) -> None:
        super().__init__()
        # Weights are always loaded: the largest matrix is not filled at random first.
        self.words: nn.Embedding = nn.Embedding.from_pretrained(  # type: ignore[no-untyped-call]  # torch does not type it
            torch.empty(WORDS, WIDTH), freeze=False
        )
        self.positions = nn.Embedding(POSITIONS, WIDTH)
        self.kinds = nn.Embedding(2, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=_EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))

    def embed(self, ids: Tensor, kinds: Tensor, places: Tensor) -> Tensor:
        """Token ids, their segments (0 or 1) and their places in the text, int64[...] → [..., d]."""
        embedded: Tensor = self.norm(self.words(ids) + self.positions(places) + self.kinds(kinds))
        return embedded

    def read(self, texts: Packed, rows: Tensor | None = None) -> Tensor:
        """The last hidden states of all tokens, [t, d], or of `rows`, int64[r], alone, [r, d]."""
        hidden = _evened(self.embed(texts.ids, texts.kinds, texts.places))
        for layer in self.layers[:-1]:
            hidden = layer(hidden, texts.mix)
        wanted = texts.ids if rows is None else rows
        last: Tensor = self.layers[-1](hidden, texts.mix, None if rows is None else _evened(rows))
        return last[: len(wanted)]

    def for_computing(self, dtype: torch.dtype) -> Self:
        """Itself in `dtype`, no longer to be trained or saved."""
        self.eval().to(dtype)
        if dtype == torch.bfloat16:  # in float32 torch's own products are as fast
            for layer in self.layers:
                for name in ("attend", "attended", "up", "down"):
                    setattr(layer, name, laid_out(getattr(layer, name)))
        return self


def _evened(rows: Tensor) -> Tensor:
    """`rows` and zeros after them, in all a multiple of `_EVEN`."""
    return F.pad(rows, (0, 0) * (rows.dim() - 1) + (0, -len(rows) % _EVEN))


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
