"""Running the ranker's network over sentences: a logit for each, and where in it the answer stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor

from index.bert import Packed, shared_out
from index.memory import no_more_than_there_is
from index.workers import workers
from qa.network import Network
from qa.pair import Pair, PairTokenizer

_LONGEST_ANSWER = 16  # tokens


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a text: a logit, the answer's code points in the sentence, and how sure that place is."""

    logit: float
    answer: tuple[int, int] | None
    chance: float


class Reader:
    """The network, made for computing, and its tokenizer; safe to share between threads."""

    def __init__(self, network: Network, tokenizer: PairTokenizer) -> None:
        self._network, self._tokenizer = network, tokenizer

    def read(self, question: str, texts: Sequence[tuple[str, str]]) -> list[Found]:
        """What is found in each text (title, sentence)."""
        return self.read_many([(question, texts)])[0]

    def read_many(self, asked: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> list[list[Found]]:
        """What is found in each text of several questions: to the bit what `read` finds for each of them."""
        pairs = [pair for question, texts in asked for pair in self._tokenizer.pairs(question, texts)]
        crew = workers()
        parts = shared_out([len(pair.ids) for pair in pairs], crew.count)
        read = crew.map(lambda part: self._read([pairs[n] for n in part]), parts)
        found: dict[int, Found] = {}
        for numbers, of_part in zip(parts, read, strict=True):
            found |= zip(numbers, of_part, strict=True)
        in_order = (found[n] for n in range(len(pairs)))
        return [[next(in_order) for _ in texts] for _, texts in asked]

    def _read(self, pairs: Sequence[Pair]) -> list[Found]:
        network = self._network
        with torch.inference_mode(), no_more_than_there_is():
            texts = Packed.of([pair.ids for pair in pairs], [pair.question for pair in pairs])
            states = network.read(texts, _needed(pairs))
            logits = network.relevance(states[: len(pairs)]).float().flatten().tolist()
            ends = network.span(states[len(pairs) :]).float().split([len(pair.offsets) for pair in pairs])
            answers = [_answer(of_one, pair) for pair, of_one in zip(pairs, ends, strict=True)]
        return [Found(logit, *answer) for logit, answer in zip(logits, answers, strict=True)]


def _needed(pairs: Sequence[Pair]) -> Tensor:
    """Where the tokens stand whose last states are used: each pair's first, then those of the sentences."""
    firsts = list(accumulate((len(pair.ids) for pair in pairs[:-1]), initial=0))
    starts = [first + pair.sentence for first, pair in zip(firsts, pairs, strict=True)]
    sentences = [torch.arange(start, start + len(pair.offsets)) for start, pair in zip(starts, pairs, strict=True)]
    return torch.cat([torch.tensor(firsts), *sentences])


def _answer(ends: Tensor, pair: Pair) -> tuple[tuple[int, int] | None, float]:
    """The likeliest run of tokens of `ends` [t, 2] as code points of the sentence, and its probability."""
    tokens = len(pair.offsets)
    if not tokens:
        return None, 0.0
    chances = ends.log_softmax(dim=0)
    runs = chances[:, 0, None] + chances[None, :, 1]
    allowed = torch.ones(tokens, tokens, dtype=torch.bool).triu().tril(_LONGEST_ANSWER - 1)
    best = int(runs.masked_fill(~allowed, -torch.inf).argmax())
    first, last = divmod(best, tokens)
    return (pair.offsets[first][0], pair.offsets[last][1]), float(runs[first, last].exp())
