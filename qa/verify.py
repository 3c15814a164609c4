"""Does every saved citation still match its article?"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.article import text_digest
from index.errors import UsageError
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

    Raises `UsageError`, naming the line, where the file is not one of answers.
    """
    with library.reading() as (_, truth):
        for line, answer in _answers(file):
            for citation in answer["citations"]:
                for cited in (citation, *citation.get("same_as", [])):
                    yield Check(line, str(cited.get("document_id")), _problem(cited, truth))


def _answers(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with file.open(encoding="utf-8-sig") as lines:
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
    citations = answer.get("citations") if isinstance(answer, dict) else None
    if not isinstance(citations, list) or not all(isinstance(cited, dict) for cited in citations):
        raise UsageError(f"{where} is not an answer: {mend}")
    return dict(answer)


def _problem(cited: dict[str, Any], truth: Truth) -> str | None:
    start, end, text = (cited.get(key) for key in ("start_char_index", "end_char_index", "cited_text"))
    if not isinstance(start, int) or not isinstance(end, int) or not isinstance(text, str) or not 0 <= start < end:
        return "the citation has no valid place or text"
    article = truth.article(str(cited.get("document_id")))
    if article is None:
        return "the article is not in the library"
    if article.text[start:end] == text:
        return None
    if text_digest(article.text) != cited.get("document_sha256"):
        return "the article has changed, and the quote is " + ("elsewhere in it" if text in article.text else "gone")
    return "the quote is not what the article says there"
