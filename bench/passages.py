"""Which passages to embed? For sizes and strides: what is found, and what the vectors cost.

    PULLQUOTE_EVAL_DIR=… python -m bench.passages [SET…]

For each question the best passages are taken, by exact cosine, until they hold `BUDGET` sentences. `found` is the share
of answerable questions with a right sentence among these. They are then ranked by their passage's cosine (`by passage`:
all that is known without a vector of their own), and by their own (`by sentence`: with longer passages these vectors
are further ones to store, or to compute while the question waits). `vectors` are those stored a sentence, `characters`
those embedded a sentence. Only sets with evidence spans can be judged here. Embedding takes minutes: the default sets
are the small ones.
"""

import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index import passage
from index.article import Article, Passage, Span
from index.encode import Encoder, load_encoder
from index.passage import embedded_text, make_passages, titled
from index.read import read_files
from index.split import split_sentences
from qa.evaluation.evalset import EvalSet

SETS = ("clapnq", "wikiqa-dev")
GRID = ((1, 1), (2, 1), (2, 2), (3, 1), (3, 2), (3, 3), (5, 2), (5, 5))  # size, stride
BUDGET = 50  # sentences taken for a question
_DEPTH = 10


@dataclass(frozen=True)
class Texts:
    """The articles of a set, their sentences, and each sentence's vector: float32[n, d] in the articles' order."""

    articles: list[Article]
    spans: list[list[Span]]
    vectors: NDArray[np.float32]

    def sentences(self) -> Iterator[tuple[int, int]]:
        return ((a, n) for a, spans in enumerate(self.spans) for n in range(len(spans)))


def main() -> None:
    folder, encoder = Path(os.environ["PULLQUOTE_EVAL_DIR"]), load_encoder()
    print(f"bench.passages: {encoder.name}, {BUDGET} sentences a question, Python {platform.python_version()}\n")
    print("| set | size | stride | found | hit@10, mrr@10 by passage | by sentence | vectors | characters |")
    print("|---|---|---|---|---|---|---|---|")
    for name in sys.argv[1:] or SETS:
        evalset = EvalSet(folder / name)
        texts = _texts(evalset, encoder)
        asked = [question for question in evalset.questions() if question["answerable"]]
        questions = np.concatenate([encoder.encode_question(question["question"]) for question in asked])
        for size, stride in GRID:
            print(
                f"| {name} | {size} | {stride} | {_row(texts, asked, questions, encoder, size, stride)} |", flush=True
            )


def _row(
    texts: Texts,
    asked: Sequence[Mapping[str, Any]],
    questions: NDArray[np.float32],
    encoder: Encoder,
    size: int,
    stride: int,
) -> str:
    passage.SIZE, passage.STRIDE = size, stride
    runs = [(a, p) for a, article in enumerate(texts.articles) for p in make_passages(texts.spans[a])]
    embedded = [embedded_text(texts.articles[a].title, texts.articles[a].text, p) for a, p in runs]
    vectors = texts.vectors if size == 1 else encoder.encode(embedded)
    places = {place: n for n, place in enumerate(texts.sentences())}
    by_passage, by_sentence = [], []
    for question, vector in zip(asked, questions, strict=True):
        found = _sentences(runs, np.argsort(-(vectors @ vector), kind="stable"))
        cosines = {place: float(texts.vectors[places[place]] @ vector) for place in found}
        by_passage.append(_right(texts, question, found))
        by_sentence.append(_right(texts, question, sorted(found, key=lambda place: -cosines[place])))
    return (
        f"{np.mean([any(right) for right in by_passage]):.3f} | {_measures(by_passage)} | {_measures(by_sentence)} | "
        f"{len(runs) / len(places):.2f} | {sum(map(len, embedded)) / len(places):.0f}"
    )


def _sentences(runs: Sequence[tuple[int, Passage]], order: NDArray[np.intp]) -> list[tuple[int, int]]:
    """The sentences of the best passages, best first, until there are enough."""
    found: dict[tuple[int, int], None] = {}
    for at in order:
        a, run = runs[at]
        found |= dict.fromkeys((a, n) for n in range(run.first, run.last))
        if len(found) >= BUDGET:
            break
    return list(found)


def _right(texts: Texts, question: Mapping[str, Any], places: Sequence[tuple[int, int]]) -> list[bool]:
    wanted = [(e["article_id"], e["start"], e["end"]) for e in question["evidence"]]
    if not wanted:
        raise SystemExit("bench.passages: this set has no evidence spans, take another")
    return [any(_overlap(texts.articles[a].id, texts.spans[a][n], *where) for where in wanted) for a, n in places]


def _overlap(article: str, span: Span, wanted: str, start: int, end: int) -> bool:
    shared = min(span.end, end) - max(span.start, start)
    return article == wanted and shared > 0 and 2 * shared >= min(span.end - span.start, end - start)


def _measures(ranked: Sequence[Sequence[bool]]) -> str:
    ranks = [right.index(True) + 1 if True in right else _DEPTH + 1 for right in map(list, ranked)]
    within = [rank if rank <= _DEPTH else None for rank in ranks]
    return f"{np.mean([r is not None for r in within]):.3f}, {np.mean([1 / r if r else 0.0 for r in within]):.3f}"


def _texts(evalset: EvalSet, encoder: Encoder) -> Texts:
    articles = [article for article in read_files([evalset.articles]) if isinstance(article, Article)]
    spans = [split_sentences(article.text) for article in articles]
    sentences = [
        titled(a.title, a.text[s.start : s.end]) for a, found in zip(articles, spans, strict=True) for s in found
    ]
    return Texts(articles, spans, encoder.encode(sentences))


if __name__ == "__main__":
    main()
