"""How many articles a second are indexed? Ours against the loop that everyone writes, txtai and Haystack.

    PULLQUOTE_EVAL_DIR=… python -m bench.indexing [SET] [ARTICLES] [ROUNDS]

Of the set's first articles, ours is the whole run: reading, splitting, embedding, committing each article durably,
FAISS and Tantivy. The others are given the same passages ready-made, embed them with the same model (loaded before) and
keep an index: the plain loop is sentence-transformers with its defaults, batches of 32, all passages in one call, into
an IndexFlatIP that is written; txtai and Haystack are as their documentation sets them up. All take turns; the medians
count. Last, what share of the processor's matrix peak our encoder reaches.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path

import torch

from bench._machine import settings
from bench._peers import LOOP, peers
from index.article import Article
from index.bert import INNER, LAYERS, WIDTH
from index.encode import default_folder, load_encoder, precision
from index.library import Library
from index.passage import embedded_text, make_passages
from index.read import read_files
from index.split import split_sentences
from index.update import index_articles
from qa.evaluation.evalset import EvalSet

_PEAK_SIZES, _PEAK_TIMES = (1024, 2048, 4096), 5


def main() -> None:
    if "PULLQUOTE_EVAL_DIR" not in os.environ:
        sys.exit("say in PULLQUOTE_EVAL_DIR where the evaluation sets are")
    name, count, rounds = [*sys.argv[1:], *("news-2023h2", "100", "3")[len(sys.argv) - 1 :]]
    evalset = EvalSet(Path(os.environ["PULLQUOTE_EVAL_DIR"]) / name)
    with tempfile.TemporaryDirectory() as folder, peers() as others:
        work = Path(folder)
        rows, texts = _prepared(evalset, int(count), work)
        contestants = {"ours, the whole run": _ours(rows, work)}
        for peer in others:
            asked = {"texts": str(work / "texts.json"), "into": folder}
            contestants[peer.name] = lambda peer=peer, asked=asked: peer.seconds(**asked)
        encoder = load_encoder()
        encoder.encode(texts[:64])
        contestants["our encoder alone"] = lambda: _timed(lambda: encoder.encode(texts))
        turns = [{name: seconds() for name, seconds in contestants.items()} for _ in range(int(rounds))]
    medians = {name: statistics.median(turn[name] for turn in turns) for name in contestants}
    _print(medians, int(count), texts)


def _prepared(evalset: EvalSet, count: int, work: Path) -> tuple[Path, list[str]]:
    """The first articles as a file of rows, and what is embedded of them."""
    articles = [a for a in islice(read_files([evalset.articles]), count) if isinstance(a, Article)]
    rows = work / "articles.jsonl"
    with rows.open("w", encoding="utf-8") as out:
        for a in articles:
            row = {"id": a.id, "title": a.title, "text": a.text, "source": a.source, "published_at": a.published_at}
            out.write(json.dumps(row) + "\n")
    texts = [embedded_text(a.title, a.text, p) for a in articles for p in make_passages(split_sentences(a.text))]
    (work / "texts.json").write_text(json.dumps(texts), "utf-8")
    return rows, texts


def _timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _ours(rows: Path, work: Path) -> Callable[[], float]:
    encoder = load_encoder()
    encoder.encode(["warm"])

    def run() -> None:
        with tempfile.TemporaryDirectory(dir=work) as folder:
            library = Library.create(Path(folder), encoder)
            summary = index_articles(library, encoder, read_files([rows]))
            assert not summary.refused, summary.refused[:3]
            library.close()

    return lambda: _timed(run)


def _print(medians: dict[str, float], articles: int, texts: list[str]) -> None:
    loop = medians[LOOP]
    print("| | articles/s | passages/s | times the loop |\n|---|---|---|---|")
    for name, seconds in medians.items():
        print(f"| {name} | {articles / seconds:.2f} | {len(texts) / seconds:.0f} | {loop / seconds:.2f} |")
    done = _flops(texts) / medians["our encoder alone"]
    peak = {dtype: _peak(dtype) for dtype in (torch.float32, torch.bfloat16)}
    for dtype, speed in peak.items():
        print(f"\nmatrix peak in {str(dtype).removeprefix('torch.')}: {speed / 1e9:.0f} GFLOP/s", end="")
    share = done / peak[precision()]
    print(f"; our encoder: {done / 1e9:.0f} GFLOP/s, {share:.0%} of what it could be")
    print(f"\n# {articles} articles, {len(texts)} passages; {settings()}")


def _flops(texts: list[str]) -> float:
    """What the model must multiply and add for these texts, padding left out: weights, and attention."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(default_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    lengths = [len(found.ids) for found in tokenizer.encode_batch(texts)]
    weights = 4 * WIDTH * WIDTH + 2 * WIDTH * INNER
    return float(sum(2 * LAYERS * tokens * (weights + 2 * tokens * WIDTH) for tokens in lengths))


def _peak(dtype: torch.dtype) -> float:
    """The best that the processor was seen to do, in floating-point operations a second."""
    best = 0.0
    for size in _PEAK_SIZES:
        one, other = torch.randn(size, size).to(dtype), torch.randn(size, size).to(dtype)
        torch.mm(one, other)
        best = max(best, *(2 * size**3 / _timed(partial(torch.mm, one, other)) for _ in range(_PEAK_TIMES)))
    return best


if __name__ == "__main__":
    main()
