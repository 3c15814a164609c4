"""Measuring on an evaluation set: its articles in a scratch library, its questions asked one by one."""

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import index
from index.encode import Encoder
from index.errors import LibraryDamaged, LibraryMismatch, PullquoteError, QuestionError, UsageError
from index.files import check_place
from index.library import Library
from index.read import read_files
from index.update import index_articles
from qa.answer import Answer, Status
from qa.engine import Engine
from qa.evaluation.evalset import EvalSet, judgeable
from qa.evaluation.judge import is_right
from qa.evaluation.measures import Judged, answering, calibration_interval, qrels_of, ranking, run_of
from qa.question import day, turns

__all__ = [
    "EvalSet", "ask", "check_trec", "counted_as_wrong", "judge", "judge_all", "pooled", "render", "render_pooled",
    "report", "scratch_library", "write_trec",
]  # fmt: skip

_TOP_K = 10
# The modules whose change makes other articles, sentences, passages or vectors.
_WRITE_SIDE = (
    "abbreviations", "abbreviations_abroad", "article", "bert", "dates", "encode", "metadata", "minilm", "paragraphs",
    "passage", "products", "rows", "schema", "split",
)  # fmt: skip
_RANKS = ("hit@1", "hit@3", "hit@5", "hit@10", "mrr@10")
_KEEPING_QUIET = ("answered", "precision", "coverage", "coverage@p90", "auroc", "ece")


def scratch_library(
    evalset: EvalSet, encoder: Encoder, on_progress: Callable[[int, int], None] | None = None
) -> Library:
    """The set's articles in a library of its own, made once for each state of the set, the model and the write side.

    Raises `UsageError` where an article of the set cannot be read.
    """
    library = _created(_scratch(evalset, encoder), encoder)
    summary = index_articles(library, encoder, read_files([evalset.articles], on_progress))
    if summary.refused:
        first = summary.refused[0]
        raise UsageError(f"{first.where}: {first.reason}")
    return library


def counted_as_wrong(evalset: EvalSet, library: Library) -> tuple[str, ...]:
    """A line for each kind of question to which no answer can be right, whatever is found."""
    return judgeable(evalset.questions(), library, "counted as wrong")[1]


def _scratch(evalset: EvalSet, encoder: Encoder) -> Path:
    with evalset.articles.open("rb") as file:
        key = hashlib.file_digest(file, "sha256")
    key.update(encoder.digest.encode())
    for source in sorted(Path(index.__file__).parent.glob("*.py")):
        if source.stem in _WRITE_SIDE:
            key.update(source.read_bytes())
    return _cache() / f"{evalset.folder.resolve().name}-{key.hexdigest()[:16]}"


def _created(folder: Path, encoder: Encoder) -> Library:
    """A scratch library holds nothing that is not in the set: one that is damaged is made anew."""
    try:
        return Library.create(folder, encoder)
    except (LibraryDamaged, LibraryMismatch):
        shutil.rmtree(folder)
        return Library.create(folder, encoder)


def _cache() -> Path:
    if named := os.environ.get("PULLQUOTE_CACHE"):
        return Path(named) / "evaluate"
    from platformdirs import user_cache_path

    return user_cache_path("pullquote") / "evaluate"


def judge_all(
    engine: Engine,
    evalset: EvalSet,
    on_progress: Callable[[int, int], None] | None = None,
    *,
    plain: bool = False,
    fast: bool = False,
) -> tuple[list[Judged], list[float]]:
    """Every question of the set asked and judged, and the seconds each took.

    Each is asked with its `history` and on its day, `asked_at`; `plain` leaves both out, so that what they add can be
    measured. A question that cannot be asked (too long, say) counts as one to which nothing was found.
    """
    judged, seconds = [], []
    questions = evalset.questions()
    for number, question in enumerate(questions, 1):
        started = time.perf_counter()
        answer = ask(engine, question, _TOP_K, plain=plain, fast=fast)
        seconds.append(time.perf_counter() - started)
        judged.append(judge(question, answer))
        if on_progress is not None:
            on_progress(number, len(questions))
    return judged, seconds


def ask(engine: Engine, question: dict[str, Any], top_k: int, *, plain: bool = False, fast: bool = False) -> Answer:
    """The answer to a question of a set, with its `history` and on its day unless `plain`; raises nothing."""
    text = question["question"]
    try:
        history = () if plain else turns(question.get("history"))
        as_of = None if plain else day(question.get("asked_at"))
        return engine.ask(text, top_k, history=history, as_of=as_of, fast=fast)
    except QuestionError as error:
        return Answer(text, Status.ERROR, reason=str(error))


def judge(question: dict[str, Any], answer: Answer) -> Judged:
    """What came of a question of a set, by the set's own rules."""
    return Judged(
        id=question["id"],
        answerable=question["answerable"],
        answered=answer.status is Status.ANSWERED,
        confidence=answer.confidence or 0.0,
        hits=tuple(f"{hit.article.id}[{hit.span.start}:{hit.span.end}]" for hit in answer.hits),
        right=tuple(is_right(hit, question) for hit in answer.hits),
    )


def report(
    engine: Engine,
    evalset: EvalSet,
    judged: list[Judged],
    seconds: list[float],
    *,
    plain: bool = False,
    fast: bool = False,
) -> dict[str, Any]:
    """All measures of a run and the settings that made them; `plain` and `fast` as they were for `judge_all`."""
    with engine.library.reading() as (_, truth):
        counts, library = truth.counts(), truth.articles_digest()
    ordered = sorted(seconds)
    return {
        "set": evalset.folder.resolve().name,
        "questions": len(judged),
        "answerable": sum(j.answerable for j in judged),
        **counts,
        "measures": ranking(judged) | answering(judged),
        "ece_interval": calibration_interval(judged),
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
            "plain": plain,
            "fast": fast,
        },
    }


def render(found: dict[str, Any]) -> str:
    """The report as two lines of measures and one that says what made them."""
    held = f"{found['articles']} articles, {found['sentences']} sentences"
    settings = found["settings"].items()
    return "\n".join(
        [
            f"{_asked(found)}, {held}",
            f"  {_measured(found['measures'], _RANKS)}",
            _quiet(found),
            "  " + "  ".join(f"{name} {1000 * value:.0f} ms" for name, value in found["seconds"].items()),
            "  "
            + "  ".join(f"{name}={str(value)[:12] if name.endswith('sha256') else value}" for name, value in settings),
        ]
    )


def pooled(judged: Sequence[Judged]) -> dict[str, Any]:
    """How true the confidence is over the questions of several sets."""
    return {
        "set": "all of them",
        "questions": len(judged),
        "answerable": sum(j.answerable for j in judged),
        "measures": {name: value for name, value in answering(judged).items() if name == "ece"},
        "ece_interval": calibration_interval(judged),
    }


def render_pooled(found: dict[str, Any]) -> str:
    """The same as a line."""
    return f"{_asked(found)}\n{_quiet(found)}"


def _asked(found: dict[str, Any]) -> str:
    return f"{found['set']}: {found['questions']} questions ({found['answerable']} answerable)"


def _quiet(found: dict[str, Any]) -> str:
    interval = found["ece_interval"]
    told = f" (of 95 % of samples {interval[0]:.3f} to {interval[1]:.3f})" if interval else ""
    return f"  {_measured(found['measures'], _KEEPING_QUIET)}{told}"


def _measured(measures: dict[str, float], names: tuple[str, ...]) -> str:
    return "  ".join(f"{name} {measures[name]:.3f}" for name in names if name in measures) or "(no measure applies)"


def check_trec(run: Path | None, qrels: Path | None) -> None:
    """Raises `UsageError` or `PullquoteError` before any question is asked for a file that could not be written."""
    for file in filter(None, (run, qrels)):
        check_place(file)


def write_trec(judged: list[Judged], run: Path | None, qrels: Path | None) -> None:
    """Writes a TREC run and qrels of the answerable questions, spaces in ids made `_`."""
    answerable = [j for j in judged if j.answerable]
    if run is not None:
        scored = (
            f"{_token(s.query_id)} Q0 {_token(s.doc_id)} {round(1 / s.score)} {s.score:.6f} pullquote\n"
            for s in run_of(answerable)
        )
        _write(run, "".join(scored))
    if qrels is not None:
        relevant = (f"{_token(q.query_id)} 0 {_token(q.doc_id)} {q.relevance}\n" for q in qrels_of(answerable))
        _write(qrels, "".join(relevant))


def _token(text: str) -> str:
    return "_".join(text.split())


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise PullquoteError(f"{file} cannot be written: {error.strerror}") from error


def _version() -> str:
    try:
        return version("pullquote")
    except PackageNotFoundError:
        return "unknown"
