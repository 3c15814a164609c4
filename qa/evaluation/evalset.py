"""An evaluation set on disk: `articles.jsonl[.gz]` and `questions.jsonl`, checked before it is measured on."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.article import storable
from index.errors import QuestionError, UsageError
from index.library import Library
from qa.phrases import counted
from qa.question import day, turns


@dataclass(frozen=True, slots=True)
class EvalSet:
    """A folder of `articles.jsonl[.gz]` and `questions.jsonl`; raises `UsageError` where it is not one."""

    folder: Path

    def __post_init__(self) -> None:
        if not self.articles.is_file():
            raise UsageError(f"{self.folder} is not an evaluation set: it has no articles.jsonl or articles.jsonl.gz")
        _questions_file(self.folder)

    @property
    def articles(self) -> Path:
        plain = self.folder / "articles.jsonl"
        return plain if plain.is_file() else self.folder / "articles.jsonl.gz"

    def questions(self) -> list[dict[str, Any]]:
        """As `read_questions` has them."""
        return read_questions(self.folder)

    def digest(self) -> str:
        """SHA-256 over the digests of both files, as hex."""
        digest = hashlib.sha256()
        for path in (self.articles, _questions_file(self.folder)):
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()


def read_questions(folder: Path) -> list[dict[str, Any]]:
    """The questions of `folder`, in order, each with an `id` of its own.

    Raises `UsageError` that names the first bad line, or what is missing.
    """
    file = _questions_file(folder)
    try:
        lines = file.read_text("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not in UTF-8: {error.reason}") from error
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    questions: dict[str, dict[str, Any]] = {}
    for number, line in enumerate(lines, 1):
        if line.strip():
            question = _question(line, number, f"{file}:{number}")
            if question["id"] in questions:
                raise UsageError(f"{file}:{number} has the id {question['id']!r} of an earlier question")
            questions[question["id"]] = question
    return list(questions.values())


def judgeable(
    questions: Sequence[dict[str, Any]], library: Library, others: str
) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """The questions of which this library can show whether an answer is right, and a line for each kind it cannot:
    how many there are, and that they are `others` ("left out")."""
    with library.reading() as (_, truth):
        ids = set(truth.ids())
    kept, absent, bare = [], [], 0
    for question in questions:
        named = [str(span["article_id"]) for span in question.get("evidence") or ()]
        if not question["answerable"] or any(name in ids for name in named) or (not named and question.get("answers")):
            kept.append(question)
        elif named:
            absent.append(named[0])
        else:
            bare += 1
    lines = []
    if absent:
        lines.append(
            f"{counted(len(absent), 'question')} {others}: no article of the evidence is in the library "
            f"(the first: {absent[0]!r})"
        )
    if bare:
        lines.append(f"{counted(bare, 'question')} {others}: said to be answerable, without `evidence` or `answers`")
    return kept, tuple(lines)


def _questions_file(folder: Path) -> Path:
    file = folder / "questions.jsonl"
    if not file.is_file():
        raise UsageError(f"{folder} is not an evaluation set: it has no questions.jsonl")
    return file


def _question(line: str, number: int, where: str) -> dict[str, Any]:
    try:
        question = json.loads(line)
    except (ValueError, RecursionError):
        raise UsageError(f"{where} is not JSON") from None
    if not isinstance(question, dict) or not isinstance(question.get("question"), str):
        raise UsageError(f"{where} is not an object with a `question` of text")
    if not isinstance(question.get("answerable"), bool):
        raise UsageError(f"{where} needs `answerable`: true or false")
    evidence, answers = question.get("evidence") or [], question.get("answers") or []
    if not isinstance(evidence, list) or not all(map(_is_span, evidence)):
        raise UsageError(f"{where} needs `evidence` as a list of {{article_id, start, end}}, in code points")
    if not isinstance(answers, list) or not all(isinstance(answer, str) for answer in answers):
        raise UsageError(f"{where} needs `answers` as a list of texts")
    _check(turns, question.get("history"), f"{where} `history`")
    _check(day, question.get("asked_at"), f"{where} `asked_at`")
    given = question.get("id")
    unnamed = given is None or not str(given).strip()  # what pandas, or a spreadsheet, writes where there is none
    return {**question, "id": storable(str(number if unnamed else given))}


def _check(read: Callable[[Any], object], value: Any, where: str) -> None:
    try:
        read(value)
    except QuestionError as error:
        raise UsageError(f"{where}: {error}") from None


def _is_span(evidence: Any) -> bool:
    if not isinstance(evidence, dict) or "article_id" not in evidence:
        return False
    start, end = evidence.get("start"), evidence.get("end")
    return isinstance(start, int) and isinstance(end, int) and 0 <= start < end
