"""One of the peers, run by the Python of a venv of its own: `bench/_peers.py` makes that and talks to this.

    python _peer.py (loop | txtai | haystack) MODEL_FOLDER

Reads a line of JSON at a time and answers with one. `{"texts": FILE, "into": FOLDER}` embeds a JSON list of passages
and keeps the index in that folder; `{"vectors": FILE}` takes vectors that are there (float32[n, d], .npy); then
`{"ask": QUESTION}` searches. The answer is `{"seconds": …}`. Each is set up as its documentation sets it
up; `loop` is what everyone writes, sentence-transformers with its defaults and a flat index of faiss.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

os.environ |= {"HF_HUB_OFFLINE": "1", "HAYSTACK_TELEMETRY_ENABLED": "False"}
TOP = 50


class Loop:
    def __init__(self, model: str) -> None:
        import faiss
        from sentence_transformers import SentenceTransformer

        self._faiss, self._model = faiss, SentenceTransformer(model, device="cpu")
        self._model.encode(["warm"])

    def index(self, texts: list[str], into: Path) -> None:
        self.take(self._model.encode(texts, batch_size=32, normalize_embeddings=True))
        self._faiss.write_index(self._held, str(into / "loop.faiss"))

    def take(self, vectors: Any) -> None:
        self._held = self._faiss.IndexFlatIP(vectors.shape[1])
        self._held.add(vectors)

    def ask(self, question: str) -> None:
        self._held.search(self._model.encode([question], normalize_embeddings=True), TOP)


class Txtai:
    def __init__(self, model: str) -> None:
        from txtai import Embeddings

        self._new, self._model = Embeddings, model
        self._held = self._new(path=model)
        self._held.batchtransform(["warm"])

    def index(self, texts: list[str], into: Path) -> None:
        self._held.index(texts)
        self._held.save(str(into / "txtai"))

    def take(self, vectors: Any) -> None:
        embed = self._held.batchtransform
        held = self._new(method="external", transform=lambda texts: np.array(embed(texts)))
        held.index(list(vectors))
        self._held = held

    def ask(self, question: str) -> None:
        self._held.search(question, TOP)


class Haystack:
    def __init__(self, model: str) -> None:
        from haystack import Document
        from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
        from haystack.document_stores.in_memory import InMemoryDocumentStore
        from haystack_integrations.components.embedders.sentence_transformers import (
            SentenceTransformersDocumentEmbedder,
            SentenceTransformersTextEmbedder,
        )

        self._document, self._store, self._retriever = Document, InMemoryDocumentStore, InMemoryEmbeddingRetriever
        self._embedder = SentenceTransformersDocumentEmbedder(model=model, progress_bar=False)
        self._asker = SentenceTransformersTextEmbedder(model=model, progress_bar=False)
        self._embedder.warm_up()
        self._asker.warm_up()

    def index(self, texts: list[str], into: Path) -> None:
        documents = [self._document(content=text) for text in texts]
        store = self._store(embedding_similarity_function="cosine")
        store.write_documents(self._embedder.run(documents)["documents"], policy=_overwrite())
        store.save_to_disk(str(into / "haystack.json"))

    def take(self, vectors: Any) -> None:
        store = self._store(embedding_similarity_function="dot_product")
        store.write_documents([self._document(id=str(n), embedding=v) for n, v in enumerate(vectors)])
        self._search = self._retriever(store, top_k=TOP)

    def ask(self, question: str) -> None:
        self._search.run(query_embedding=self._asker.run(question)["embedding"])


def _overwrite() -> Any:
    from haystack.document_stores.types import DuplicatePolicy

    return DuplicatePolicy.OVERWRITE  # the same passage may come twice


def main() -> None:
    peer = {"loop": Loop, "txtai": Txtai, "haystack": Haystack}[sys.argv[1]](sys.argv[2])
    said, sys.stdout = sys.stdout, sys.stderr  # whatever else they print
    print("{}", file=said, flush=True)
    for line in sys.stdin:
        wanted = json.loads(line)
        texts = json.loads(Path(wanted["texts"]).read_text("utf-8")) if "texts" in wanted else []
        vectors = np.load(wanted["vectors"]) if "vectors" in wanted else None
        started = time.perf_counter()
        if texts:
            peer.index(texts, Path(wanted["into"]))
        elif vectors is not None:
            peer.take(vectors)
        else:
            peer.ask(wanted["ask"])
        print(json.dumps({"seconds": time.perf_counter() - started}), file=said, flush=True)


if __name__ == "__main__":
    main()
