"""Does every saved citation still match its article?"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.article import storable, text_digest
from index.errors import LibraryDamaged, UsageError
from index.library import Library
from index.truth import Truth


@dataclass(frozen=True, slots=True)
class Check:
    """What became of one citation: `problem` is None where it still stands in its article, word for word."""

    line: int
    document_id: str
    problem: str | None


def verify(file: Path, library: Library) -> Iterator[Check]:
    """Checks each citation of an answers file (jsonl, as `batch` and `ask --json` write it) against the library.

    Citations under `same_as` are checked too, however deep. Raises `UsageError`, naming the line, where the file is
    not one of answers.
    """
    with library.reading() as (_, truth):
        for line, answer in _answers(file):
            waiting: list[Any] = list(reversed(answer["citations"]))
            while waiting:
                cited = waiting.pop()
                if not isinstance(cited, dict):
                    yield Check(line, "", "the citation is not an object")
                    continue
                yield Check(line, _id_of(cited) or "", _problem(cited, truth))
                twins = cited.get("same_as") or []
                waiting += reversed(twins) if isinstance(twins, list) else [twins]


def _answers(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with file.open(encoding="utf-8-sig", newline="\n") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, _answer(line, f"{file}:{number}")
    except FileNotFoundError:
        raise UsageError(f"no such file: {file}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not a jsonl file of answers in UTF-8: {error.reason}") from error
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error


def _answer(line: str, where: str) -> dict[str, Any]:
    mend = "give an answers file in jsonl, as `pullquote batch -o answers.jsonl` writes it"
    try:
        answer = json.loads(line)
    except (ValueError, RecursionError):
        raise UsageError(f"{where} is not JSON: {mend}") from None
    if not isinstance(answer, dict) or not isinstance(answer.get("citations"), list):
        raise UsageError(f"{where} is not an answer: {mend}")
    return answer


def _id_of(cited: dict[str, Any]) -> str | None:
    value = cited.get("document_id")
    return value if isinstance(value, str) else None


def _problem(cited: dict[str, Any], truth: Truth) -> str | None:
    start, end, text = (cited.get(key) for key in ("start_char_index", "end_char_index", "cited_text"))
    article_id = _id_of(cited)
    if not _is_place(start, end) or not isinstance(text, str) or not text or article_id is None:
        return "the citation has no valid article, place or text"
    try:
        # An id that could not be stored is nobody's, though it may look like another once it is made storable.
        article = truth.article(article_id) if storable(article_id) == article_id else None
    except LibraryDamaged as error:
        return str(error)
    if article is None:
        return "the article is not in the library"
    if article.text[start:end] == text:
        return None
    if text_digest(article.text) != cited.get("document_sha256"):
        return "the article has changed, and the quote is " + ("elsewhere in it" if text in article.text else "gone")
    return "the quote is not what the article says there"


def _is_place(start: Any, end: Any) -> bool:
    """Are they whole numbers (true and false are not) that enclose something?"""
    return type(start) is int and type(end) is int and 0 <= start < end
