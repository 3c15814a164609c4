"""Measuring on an evaluation set: its articles in a scratch library, its questions asked one by one."""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import index
from index.encode import Encoder
from index.errors import UsageError
from index.library import Library
from index.read import read_files
from index.update import index_articles
from qa.answer import Status
from qa.engine import Engine
from qa.judge import is_right
from qa.measures import Judged, answering, qrels_of, ranking, run_of

_TOP_K = 10


@dataclass(frozen=True, slots=True)
class EvalSet:
    """A folder of `articles.jsonl[.gz]` and `questions.jsonl`; raises `UsageError` where it is not one."""

    folder: Path

    def __post_init__(self) -> None:
        for file in (self.articles, self.folder / "questions.jsonl"):
            if not file.is_file():
                raise UsageError(f"{self.folder} is not an evaluation set: it has no {file.name}")

    @property
    def articles(self) -> Path:
        plain = self.folder / "articles.jsonl"
        return plain if plain.is_file() else self.folder / "articles.jsonl.gz"

    def questions(self) -> Iterator[dict[str, Any]]:
        file = self.folder / "questions.jsonl"
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            try:
                question = json.loads(line)
                question["question"], question["answerable"]
            except (ValueError, KeyError, TypeError) as error:
                raise UsageError(f"{file}:{number} is not a question with `question` and `answerable`") from error
            yield question

    def digest(self) -> str:
        digest = hashlib.sha256()
        for file in (self.articles, self.folder / "questions.jsonl"):
            digest.update(hashlib.sha256(file.read_bytes()).digest())
        return digest.hexdigest()


def scratch_library(evalset: EvalSet, encoder: Encoder, on_progress: Callable[[int, int], None] | None = None) -> Library:
    """The set's articles in a library of its own, made once for each state of the set, the model and the write side."""
    key = hashlib.sha256(evalset.articles.read_bytes())
    key.update(encoder.digest.encode())
    for source in sorted(Path(index.__file__).parent.glob("*.py")):
        if source.stem in _WRITE_SIDE:
            key.update(source.read_bytes())
    library = Library.create(_cache() / f"{evalset.folder.name}-{key.hexdigest()[:16]}", encoder)
    summary = index_articles(library, encoder, read_files([evalset.articles], on_progress))
    if summary.refused:
        raise UsageError(f"{evalset.articles}: {summary.refused[0].where}: {summary.refused[0].reason}")
    return library


# The modules whose change makes other sentences, passages or vectors.
_WRITE_SIDE = ("article", "rows", "split", "abbreviations", "passage", "encode", "schema")


def _cache() -> Path:
    if named := os.environ.get("PULLQUOTE_CACHE"):
        return Path(named) / "evaluate"
    from platformdirs import user_cache_path

    return user_cache_path("pullquote") / "evaluate"


def judge_all(
    engine: Engine, evalset: EvalSet, on_progress: Callable[[int, int], None] | None = None
) -> tuple[list[Judged], list[float]]:
    """Every question of the set asked and judged, and the seconds each took."""
    judged, seconds = [], []
    questions = list(evalset.questions())
    for number, question in enumerate(questions, 1):
        started = time.perf_counter()
        answer = engine.ask(question["question"], _TOP_K)
        seconds.append(time.perf_counter() - started)
        judged.append(
            Judged(
                id=str(question.get("id", number)),
                answerable=bool(question["answerable"]),
                answered=answer.status is Status.ANSWERED,
                confidence=answer.confidence or 0.0,
                hits=tuple(f"{h.article.id}[{h.span.start}:{h.span.end}]" for h in answer.hits),
                right=tuple(is_right(hit, question) for hit in answer.hits),
            )
        )
        if on_progress is not None:
            on_progress(number, len(questions))
    return judged, seconds


def report(engine: Engine, evalset: EvalSet, judged: list[Judged], seconds: list[float]) -> dict[str, Any]:
    """All measures of a run and the settings that made them."""
    with engine.library.reading() as (_, truth):
        counts, library = truth.counts(), truth.articles_digest()
    ordered = sorted(seconds)
    return {
        "set": evalset.folder.name,
        "questions": len(judged),
        "answerable": sum(j.answerable for j in judged),
        **counts,
        "measures": ranking(judged) | answering(judged),
        "seconds": {"p50": ordered[len(ordered) // 2], "p95": ordered[int(len(ordered) * 0.95)]} if ordered else {},
        "settings": {
            "pullquote": _version(),
            "set_sha256": evalset.digest(),
            "library_sha256": library,
            "model": engine.library.manifest["model"],
            "model_sha256": engine.library.manifest["model_sha256"],
            "passages": engine.library.manifest["passages"],
            "ranker": engine.settings,
            "top_k": _TOP_K,
        },
    }


def render(found: dict[str, Any]) -> str:
    """The report as two lines of measures and one that says what made them."""
    measures = found["measures"]
    head = f"{found['set']}: {found['questions']} questions ({found['answerable']} answerable), {found['articles']} articles, {found['sentences']} sentences"
    ranks = "  ".join(f"{name} {measures[name]:.3f}" for name in ("hit@1", "hit@3", "hit@5", "hit@10", "mrr@10") if name in measures)
    rest = "  ".join(
        f"{name} {measures[name]:.3f}"
        for name in ("answered", "precision", "coverage", "coverage@p90", "auroc", "ece")
        if name in measures
    )
    times = "  ".join(f"{name} {1000 * value:.0f} ms" for name, value in found["seconds"].items())
    signature = "  ".join(f"{name}={str(value)[:12] if name.endswith('sha256') else value}" for name, value in found["settings"].items())
    return "\n".join([head, f"  {ranks}", f"  {rest}", f"  {times}", f"  {signature}"])


def write_trec(judged: list[Judged], run: Path | None, qrels: Path | None) -> None:
    """Writes a TREC run and qrels of the answerable questions, spaces in ids made `_`."""
    answerable = [j for j in judged if j.answerable]
    if run is not None:
        scored = [f"{_token(s.query_id)} Q0 {_token(s.doc_id)} {round(1 / s.score)} {s.score:.6f} pullquote\n" for s in run_of(answerable)]
        run.write_text("".join(scored), "utf-8")
    if qrels is not None:
        relevant = [f"{_token(q.query_id)} 0 {_token(q.doc_id)} {q.relevance}\n" for q in qrels_of(answerable)]
        qrels.write_text("".join(relevant), "utf-8")


def _token(text: str) -> str:
    return "_".join(text.split())


def _version() -> str:
    try:
        return version("pullquote")
    except PackageNotFoundError:
        return "unknown"
