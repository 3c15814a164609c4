"""Trains the ranker's network. Deterministic by its seed on one machine; every setting is logged.

A question's list is its right sentence and seven wrong ones: sentences that our own retrieval found likely, and
neighbours of the right one. Two losses, both listwise (Cao et al., 2007), have the same say. One is over the logits
with one outcome more, "none of these", whose logit is 0: so a list without a right sentence has something to be right
about, and logits keep an absolute meaning. The other is over what sentences are ordered by, the logit and a share of
the linear ranker's score: what that has right by itself the network need not learn, and what fits by its words alone it
learns to pull down (a product of experts; Clark, Yatskar and Zettlemoyer, 2019). The answer's span is learnt where the
set gives it.
"""

import json
import random
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from index.bert import HEADS, LAYERS, WIDTH, Layer, bert_weights
from qa.network import Network
from qa.pair import Pair, PairTokenizer
from training.asked import NAMED, OTHERS, names_in
from training.lists import Listed, Settings, make_list

_HEADS = ("relevance", "span")  # the parts of the network that its encoder has not
_CHUNK = 16  # pairs in one pass: what fits the processor's cache is fastest
_PAD = 8  # tokens: few shapes make few page faults
_NO_ATTENTION = -1e4  # added to the logits of padding; finite, so that no row is NaN in bfloat16


def start_from(network: Network, weights: Path) -> None:
    """Puts a BERT model's weights into the network; the heads stay as they are."""
    missing, unexpected = network.load_state_dict(bert_weights(weights), strict=False)
    if unexpected or not all(name.startswith(_HEADS) for name in missing):
        raise ValueError(f"{weights} does not fit: {unexpected or missing}")


def train(
    mined: Sequence[dict[str, Any]],
    network: Network,
    tokenizer: PairTokenizer,
    settings: Settings,
    log: Callable[[str], None],
) -> int:
    """At most one pass over the questions (those of `repeats` several times); returns the number of steps."""
    log(json.dumps(asdict(settings)))
    torch.manual_seed(settings.seed)
    order = _order(mined, settings)
    steps = min(settings.steps, len(order) // settings.lists)
    optimiser = _optimiser(network, settings)
    _drop_out(network, settings.dropout)
    network.train()
    names = [name for row in mined[::NAMED] for name in names_in(row["question"])]
    started, sums = time.monotonic(), Sums()
    for step in range(steps):
        done = step / steps
        for group in optimiser.param_groups:
            group["lr"] = group["full"] * min(done / settings.warm_up, (1 - done) / (1 - settings.warm_up))
        numbers = order[step * settings.lists : (step + 1) * settings.lists]
        chance = random.Random(settings.seed * 1_000_003 + step)  # noqa: S311 (a sample)
        lists = [make_list(mined[n], tokenizer, settings, chance, chance.sample(names, OTHERS)) for n in numbers]
        loss = loss_of(network, lists, settings, sums)
        loss.backward()  # type: ignore[no-untyped-call]  # torch does not type it
        torch.nn.utils.clip_grad_norm_(network.parameters(), settings.clip)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        if (step + 1) % 100 == 0:
            log(f"{(time.monotonic() - started) / 60:.1f} min, step {step + 1} of {steps}: {sums.line()}")
            sums = Sums()
    return steps


class Sums:
    """Running means of what is logged."""

    def __init__(self) -> None:
        self.loss = self.first = self.mixed = self.span = 0.0
        self.lists = self.answerable = self.spans = 0

    def line(self) -> str:
        return (
            f"loss {self.loss / max(1, self.lists):.4f}, right first {self.first / max(1, self.answerable):.3f}, "
            f"with the linear score {self.mixed / max(1, self.answerable):.3f}, "
            f"span loss {self.span / max(1, self.spans):.3f}"
        )


def loss_of(network: Network, lists: Sequence[Listed], settings: Settings, sums: Sums) -> Tensor:
    """The mean loss of a step's lists."""
    pairs = [pair for one in lists for pair in one.pairs]
    starts = list(accumulate((len(one.pairs) for one in lists[:-1]), initial=0))
    with_span = {at + one.right for at, one in zip(starts, lists, strict=True) if one.right is not None and one.answer}
    logits, hidden = run(network, pairs, with_span)
    total = torch.zeros(())
    for at, one in zip(starts, lists, strict=True):
        own = logits[at : at + len(one.pairs)]
        target = len(one.pairs) if one.right is None else one.right
        loss = -torch.cat([own, torch.zeros(1)]).log_softmax(dim=0)[target]
        sums.loss, sums.lists = sums.loss + float(loss.detach()), sums.lists + 1
        if one.right is not None:
            mixed = own + (settings.linear or 0.0) * torch.tensor(one.linear)
            if settings.linear is not None:
                loss = (loss - mixed.log_softmax(dim=0)[one.right]) / 2
            sums.answerable += 1
            sums.first += float(own.argmax() == one.right)
            sums.mixed += float(mixed.argmax() == one.right)
            if one.answer is not None:
                span = _span_loss(network, hidden[at + one.right], one)
                loss = loss + settings.span_share * span
                sums.span, sums.spans = sums.span + float(span.detach()), sums.spans + 1
        total = total + loss
    return total / len(lists)


def run(network: Network, pairs: Sequence[Pair], whole: Collection[int]) -> tuple[Tensor, dict[int, Tensor]]:
    """A logit a pair, float32[n], and the last hidden states [t, d] of those pairs that are `whole`.

    Of the others the last layer makes their first token's alone, which is a tenth of all work saved.
    """
    order = sorted(range(len(pairs)), key=lambda n: len(pairs[n].ids))
    logits: dict[int, Tensor] = {}
    hidden: dict[int, Tensor] = {}
    with torch.autocast("cpu", dtype=torch.bfloat16):
        for start in range(0, len(order), _CHUNK):
            numbers = order[start : start + _CHUNK]
            batch = padded([(pairs[n].ids, pairs[n].question) for n in numbers], torch.bfloat16)
            width = batch.ids.shape[1]
            state = network.embed(batch.ids, batch.kinds, torch.arange(width))
            for layer in network.layers[:-1]:
                state = layer(state, batch.mix)
            tokens = [len(pairs[n].ids) if n in whole else 1 for n in numbers]
            rows = torch.cat([row * width + torch.arange(count) for row, count in enumerate(tokens)])
            ends = network.layers[-1](state, batch.mix, rows).split(tokens)
            found = network.relevance(torch.stack([end[0] for end in ends])).float()
            logits |= zip(numbers, found[:, 0], strict=True)
            hidden |= {n: end for n, end in zip(numbers, ends, strict=True) if n in whole}
    return torch.stack([logits[n] for n in range(len(pairs))]), hidden


@dataclass(frozen=True, slots=True)
class Padded:
    """Texts of several lengths as one batch: `ids` and `kinds` int64[n, t], `mask` additive float[n, 1, 1, t]."""

    ids: Tensor
    kinds: Tensor
    mask: Tensor

    def mix(self, attended: Tensor) -> Tensor:
        """Attention within each text, [n, t, 3d] → [n, t, d].

        Written out: torch's fused kernel takes four times as long to differentiate at these short lengths.
        """
        query, key, value = attended.view(*attended.shape[:2], 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        chances = (query @ key.transpose(2, 3) * (WIDTH // HEADS) ** -0.5 + self.mask).softmax(dim=3)
        mixed: Tensor = (chances.to(value.dtype) @ value).transpose(1, 2).flatten(2)
        return mixed


def padded(texts: Sequence[tuple[Sequence[int], int]], dtype: torch.dtype) -> Padded:
    """Texts as (token ids, how many of them belong to the question), padded to a multiple of `_PAD` tokens."""
    width = max(-(-len(ids) // _PAD) * _PAD for ids, _ in texts)
    ids = torch.zeros((len(texts), width), dtype=torch.long)
    kinds = torch.zeros((len(texts), width), dtype=torch.long)
    mask = torch.full((len(texts), 1, 1, width), _NO_ATTENTION, dtype=dtype)
    for row, (tokens, question) in enumerate(texts):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        kinds[row, question : len(tokens)] = 1
        mask[row, ..., : len(tokens)] = 0
    return Padded(ids, kinds, mask)


def _span_loss(network: Network, hidden: Tensor, one: Listed) -> Tensor:
    assert one.right is not None  # noqa: S101 (the caller's business)
    assert one.answer is not None  # noqa: S101
    pair = one.pairs[one.right]
    ends = network.span(hidden[pair.sentence : len(pair.ids) - 1].float())
    return (F.cross_entropy(ends[None, :, 0], torch.tensor([one.answer[0]]))) + F.cross_entropy(
        ends[None, :, 1], torch.tensor([one.answer[1]])
    )


def _order(mined: Sequence[dict[str, Any]], settings: Settings) -> list[int]:
    times = dict(settings.repeats)
    order = [n for n, row in enumerate(mined) for _ in range(times.get(row["kind"], 1))]
    random.Random(settings.seed).shuffle(order)  # noqa: S311 (a sample)
    return order


def _optimiser(network: Network, settings: Settings) -> torch.optim.Optimizer:
    groups = [
        {
            "params": [weights],
            "full": settings.head_rate
            if name.startswith(_HEADS)
            else settings.rate * settings.layer_decay ** _depth(name),
            "weight_decay": settings.decay if weights.dim() > 1 and not name.startswith(_HEADS) else 0.0,
        }
        for name, weights in network.named_parameters()
        if weights.requires_grad
    ]
    return torch.optim.AdamW(groups, lr=0.0, fused=True)


def _depth(name: str) -> int:
    """How many layers lie above the one of this name; the embeddings lie below all."""
    return LAYERS - 1 - int(name.split(".")[1]) if name.startswith("layers.") else LAYERS


def _drop_out(network: Network, share: float) -> None:
    """Has what a layer adds to its input lose a share of its values while the network is trained."""
    for layer in network.layers:
        assert isinstance(layer, Layer)  # noqa: S101 (for the types)
        for part in (layer.attended, layer.down):
            part.register_forward_hook(lambda module, _, out: F.dropout(out, share, module.training))


def save_weights(network: Network, file: Path) -> None:
    """All but the word embeddings, in float16."""
    weights = {name: tensor.detach().to(torch.float16).contiguous() for name, tensor in network.own_state().items()}
    save_file(weights, file, metadata={"model": "pullquote ranker", "licence": "CC-BY-SA-4.0"})
