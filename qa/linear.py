"""The first ranker: a fixed linear combination of what retrieval already knows of a sentence."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.encode import Encoder
from index.passage import titled
from qa.retrieve import Candidate


class LinearRanker:
    """Scores a sentence by its cosine to the question and by the share of the question's words that it holds."""

    name = "linear"

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def scores(self, question: str, vector: NDArray[np.float32], candidates: Sequence[Candidate]) -> list[float]:
        if not candidates:
            return []
        vectors = self._encoder.encode([titled(c.body.title, c.text) for c in candidates])
        cosines = (vectors @ vector[0]).tolist()
        best = max((c.bm25 or 0.0 for c in candidates), default=0.0) or 1.0
        return [10 * cosine + 2 * (c.bm25 or 0.0) / best - 6 for cosine, c in zip(cosines, candidates, strict=True)]
