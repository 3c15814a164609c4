"""all-MiniLM-L6-v2: texts to vectors, passages fast and questions always the same way."""

import copy
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 (torch's own convention)

from index.bert import WIDTH, Bert, Packed, batches, bert_weights
from index.memory import keep_freed_memory, no_more_than_there_is

_LONGEST = 256  # tokens of a text that the model reads; the rest is left out


class MiniLM:
    """The model; safe to share between threads.

    Passages run in `dtype`, sorted by length, several to a batch; questions one by one in float32.
    """

    def __init__(self, folder: Path, dtype: torch.dtype) -> None:
        """`folder` holds `model.safetensors` and `tokenizer.json`."""
        keep_freed_memory()
        self._bert = Bert().eval()
        self._bert.load_state_dict(bert_weights(folder / "model.safetensors"), assign=True)
        self._dtype = dtype
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_LONGEST)

    def question(self, text: str) -> NDArray[np.float32]:
        """Its L2-normalised vector, float32[1, d]."""
        return _vectors(self._bert, [self._tokenizer.encode(text).ids])

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Their L2-normalised vectors, float32[n, d], in the order given."""
        vectors = np.zeros((len(texts), WIDTH), dtype=np.float32)
        tokens = [found.ids for found in self._tokenizer.encode_batch(list(texts))]
        for batch in batches([len(ids) for ids in tokens]):
            vectors[batch] = _vectors(self._quick, [tokens[n] for n in batch])
        return vectors

    @cached_property
    def _quick(self) -> Bert:
        return self._bert if self._dtype == torch.float32 else copy.deepcopy(self._bert).to(self._dtype)


def _vectors(model: Bert, tokens: Sequence[Sequence[int]]) -> NDArray[np.float32]:
    """The mean of each text's last hidden states, at length one."""
    with torch.inference_mode(), no_more_than_there_is():
        texts = Packed.of(tokens)
        means: list[Tensor] = [run.float().mean(dim=1) for run in texts.by_length(model.read(texts))]
        found: NDArray[np.float32] = F.normalize(torch.cat(means), dim=1).numpy()
    return found
