"""all-MiniLM-L6-v2: texts to vectors, passages fast and questions always the same way."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 (torch's own convention)

from index.bert import WIDTH, Bert, Packed, bert_weights, shared_out
from index.memory import keep_freed_memory, no_more_than_there_is
from index.workers import workers

_LONGEST = 256  # tokens of a text that the model reads; the rest is left out


class MiniLM:
    """The model in `dtype`; safe to share between threads.

    Passages run sorted by length, several to a batch, questions one by one.
    """

    def __init__(self, folder: Path, dtype: torch.dtype) -> None:
        """`folder` holds `model.safetensors` and `tokenizer.json`."""
        keep_freed_memory()
        bert = Bert()
        bert.load_state_dict(bert_weights(folder / "model.safetensors"), assign=True)
        self._bert = bert.for_computing(dtype)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_LONGEST)

    def question(self, text: str) -> NDArray[np.float32]:
        """Its L2-normalised vector, float32[1, d]."""
        return self._vectors([self._tokenizer.encode(text).ids])

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Their L2-normalised vectors, float32[n, d], in the order given."""
        return self._vectors([found.ids for found in self._tokenizer.encode_batch(list(texts))])

    def _vectors(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        vectors = np.zeros((len(tokens), WIDTH), dtype=np.float32)
        crew = workers()
        parts = shared_out([len(ids) for ids in tokens], crew.count)
        made = crew.map(lambda part: self._means([tokens[n] for n in part]), parts)
        for numbers, found in zip(parts, made, strict=True):
            vectors[numbers] = found
        return vectors

    def _means(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """The mean of each text's last hidden states, at length one."""
        with torch.inference_mode(), no_more_than_there_is():
            texts = Packed.of(tokens)
            means: list[Tensor] = [run.float().mean(dim=1) for run in texts.by_length(self._bert.read(texts))]
            found: NDArray[np.float32] = F.normalize(torch.cat(means), dim=1).numpy()
        return found
