"""How long does one question take from nothing: `pullquote ask`, beside the plain script that everyone writes.

    python -m bench.cold [RUNS]

Both are started anew for each run, in turn, over the sample library. The plain script imports sentence-transformers and
faiss, loads the same model, and searches vectors of the same sentences that it finds in a file.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from bench._sample import sample_library
from index.encode import default_folder
from index.library import Library
from qa.open import default_encoder

QUESTION = "How much sand was removed to free the Ever Given?"
_PLAIN = """
import sys
import faiss, numpy
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1], device="cpu", local_files_only=True)
vectors = numpy.load(sys.argv[2])
index = faiss.IndexFlatIP(vectors.shape[1])
index.add(vectors)
print(index.search(model.encode([sys.argv[3]], normalize_embeddings=True), 10))
"""


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as folder:
        library, vectors = sample_library(Path(folder)), Path(folder, "vectors.npy")
        _prepare(library, vectors)
        command = str(Path(sys.executable).with_name("pullquote"))
        contestants = {
            "pullquote ask": [command, "ask", QUESTION, "--library", str(library)],
            "pullquote ask --fast": [command, "ask", QUESTION, "--fast", "--library", str(library)],
            "plain script": [sys.executable, "-c", _PLAIN, str(default_folder()), str(vectors), QUESTION],
        }
        times: dict[str, list[float]] = {name: [] for name in contestants}
        for _ in range(runs):
            for name, words in contestants.items():
                times[name].append(_timed(words))
    plain = statistics.median(times["plain script"])
    print(f"# {runs} runs each, in turn; seconds of wall time")
    for name, found in times.items():
        middle = statistics.median(found)
        print(f"{name:22} median {middle:5.2f}   best {min(found):5.2f}   to the plain script {middle / plain:.2f}")


def _prepare(library: Path, vectors: Path) -> None:
    encoder = default_encoder()
    with Library(library).reading() as (_, truth):
        texts = [article.text for one in truth.ids() if (article := truth.article(one))]
    np.save(vectors, encoder.encode([line for text in texts for line in text.splitlines() if line.strip()]))


def _timed(words: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(words, check=True, capture_output=True, env=os.environ | {"HF_HUB_OFFLINE": "1"})
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
