"""Question, title and sentence as the ranker's network reads them: token ids, and where each token stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tokenizers import Tokenizer

_CLS, _SEP = 101, 102
_QUESTION, _TITLE, _SENTENCE = 48, 24, 100  # tokens kept of each; the rest is left out


@dataclass(frozen=True, slots=True)
class Pair:
    """Token ids of `[CLS] question [SEP] title [SEP] sentence [SEP]`.

    `question` tokens belong to the question, the sentence's begin at `sentence`; `offsets` are their code points.
    """

    ids: tuple[int, ...]
    question: int
    sentence: int
    offsets: tuple[tuple[int, int], ...]


class PairTokenizer:
    """Makes pairs with the encoder's own word pieces; safe to share between threads."""

    def __init__(self, file: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(file))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._title = lru_cache(4096)(self._ids)

    def pairs(self, question: str, texts: Sequence[tuple[str, str]]) -> list[Pair]:
        """One pair for each (title, sentence)."""
        asked = self._ids(question)[:_QUESTION]
        sentences = self._tokenizer.encode_batch([sentence for _, sentence in texts], add_special_tokens=False)
        found = []
        for (title, _), sentence in zip(texts, sentences, strict=True):
            head = [_CLS, *asked, _SEP, *self._title(title)[:_TITLE], _SEP]
            ids = (*head, *sentence.ids[:_SENTENCE], _SEP)
            found.append(Pair(ids, len(asked) + 2, len(head), tuple(sentence.offsets[:_SENTENCE])))
        return found

    def _ids(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)
