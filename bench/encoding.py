"""How fast are passages embedded? Ours against the loop that everyone writes, on the same texts in the same run.

    python -m bench.encoding

The texts are the sample articles' runs of three sentences, each with its title. The two take turns, three times each;
the medians count. `cosine` is the least between the two's vectors.
"""

import os
import platform
import statistics
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from index.article import Article
from index.encode import default_folder, load_encoder
from index.passage import titled
from index.read import read_files
from index.split import split_sentences
from qa.open import sample_articles

RUN, ROUNDS, TIMES = 3, 3, 2  # sentences a passage, turns each, how often the texts are repeated
Vectors = NDArray[np.float32]


def passages() -> list[str]:
    texts = []
    for article in read_files([sample_articles()]):
        if isinstance(article, Article):
            spans = split_sentences(article.text)
            for first in range(len(spans)):
                last = min(first + RUN, len(spans)) - 1
                texts.append(titled(article.title, article.text[spans[first].start : spans[last].end]))
    return texts * TIMES


def timed(encode: Callable[[list[str]], Vectors], texts: list[str]) -> tuple[float, Vectors]:
    started = time.perf_counter()
    vectors = encode(texts)
    return time.perf_counter() - started, vectors


def main() -> None:
    from sentence_transformers import SentenceTransformer

    plain, ours, texts = SentenceTransformer(str(default_folder()), device="cpu"), load_encoder(), passages()

    def loop(batch: list[str]) -> Vectors:
        vectors: Vectors = plain.encode(batch, batch_size=32, normalize_embeddings=True, show_progress_bar=False)
        return vectors

    ours.encode(texts[:32])
    turns = [(timed(loop, texts), timed(ours.encode, texts)) for _ in range(ROUNDS)]
    slow, fast = (statistics.median(turn[i][0] for turn in turns) for i in (0, 1))
    cosine = float((turns[0][0][1] * turns[0][1][1]).sum(axis=1).min())
    print("| encoder | passages/s |\n|---|---|")
    print(f"| sentence-transformers, batches of 32 | {len(texts) / slow:.0f} |")
    print(f"| ours | {len(texts) / fast:.0f} |")
    print(f"\n{slow / fast:.2f} times as fast, cosine {cosine:.4f}; {len(texts)} passages, {ours.name}, ", end="")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")


if __name__ == "__main__":
    main()
