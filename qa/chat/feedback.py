"""What people said of answers: kept beside the library, one JSON a line with its digest; and as an evaluation set."""

import datetime as dt
import json
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from index.article import storable
from index.errors import PullquoteError, UsageError
from index.files import replaced, sealed, unsealed
from index.library import Library
from index.truth import Truth
from qa.answer import Answer, Status
from qa.chat.history import filters_json
from qa.chat.page import Turn
from qa.citation import Citation
from qa.phrases import counted
from qa.question import Turn as Said

FILE = "feedback.jsonl"
MAX_BYTES = 64 * 1024**2  # of the file; it is the visitors' to fill
LONGEST_EVIDENCE = 600  # characters: a longer span is never right where answers are measured
Verdict = Literal["up", "down", "none"]  # the last takes back what was said before

_WRITING = threading.Lock()


def record(folder: Path, turn: Turn, verdict: Verdict, said: Sequence[Said]) -> None:
    """Adds one line to the library's feedback: `said` is the conversation before the question.

    Raises `PullquoteError` where the file is full or cannot be written.
    """
    line = sealed(_line(turn, verdict, said)).encode() + b"\n"
    file = folder / FILE
    try:
        with _WRITING, file.open("ab+") as out:
            if out.tell() + len(line) > MAX_BYTES:
                raise PullquoteError("the file of feedback is full: export it and move it away")
            if out.tell():
                out.seek(-1, os.SEEK_END)
                if out.read(1) != b"\n":  # a full disk may have cut the last line short
                    line = b"\n" + line
            out.write(line)  # in one piece, so that another process's line is never inside it
    except OSError as error:
        raise PullquoteError(f"the feedback cannot be written: {error.strerror}") from error


def _line(turn: Turn, verdict: Verdict, said: Sequence[Said]) -> dict[str, Any]:
    answer = turn.answer
    if answer is None:
        raise PullquoteError("there is no answer yet to say that of")
    shown = answer.citations or answer.hits[:1]
    return {
        "time": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "turn": turn.key,
        "verdict": verdict,
        "question": turn.question,
        "rewritten": answer.rewritten,
        "history": [{"role": one.role, "content": one.content} for one in said],
        "asked_at": turn.as_of,
        "filters": filters_json(turn.filters),
        "status": answer.status.value,
        "confidence": answer.confidence,
        "citations": [_place(citation) for citation in shown],
        "library": _library(answer),
    }


def _place(citation: Citation) -> dict[str, Any]:
    start, end = citation.span
    return {
        "article_id": citation.article.id,
        "start": start,
        "end": end,
        "text": citation.text,
        "sha256": citation.sha256,
        "source": citation.article.source,
        "title": citation.article.title,
    }


def _library(answer: Answer) -> dict[str, Any] | None:
    return {"generation": answer.library[0], "sha256": answer.library[1]} if answer.library else None


# as an evaluation set


@dataclass
class Exported:
    """How much was written: questions with evidence, questions without an answer, and what had to stay out."""

    answerable: int = 0
    unanswerable: int = 0
    disputed: int = 0
    stale: int = 0

    def line(self) -> str:
        """The export in one line."""
        stale = f"; {self.stale} left out, as their articles have changed since" if self.stale else ""
        return (
            f"{self.answerable + self.unanswerable} questions ({self.answerable} with evidence, "
            f"{self.unanswerable} without an answer), {self.disputed} disputed{stale}"
        )


def export(library: Library, to: Path) -> Exported:
    """Writes the library's feedback to the new folder `to` as an evaluation set, with all articles of the library.

    A thumb up is evidence (of an abstention: that there is no answer). A thumb down says what is wrong and not what
    is right: it goes to `disputed.jsonl`, to be labelled by a person. Raises `UsageError` where there is no feedback
    or `to` is not empty.
    """
    lines = _last(library.folder / FILE)
    if not lines:
        raise UsageError("there is no feedback yet: thumbs up and down on the chat page make it")
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise UsageError(f"{to} is not empty: name a new folder")
    try:
        to.mkdir(parents=True, exist_ok=True)
        with library.reading() as (_, truth):
            exported = _write(lines, truth, to)
            _write_lines(to / "articles.jsonl", _articles(truth))
    except OSError as error:
        raise PullquoteError(f"{to} cannot be written: {error.strerror}") from error
    return exported


def _last(file: Path) -> list[dict[str, Any]]:
    """The last verdict on each turn, without those that were taken back; a line that is damaged is passed over."""
    verdicts = {given["turn"]: given for given in _lines(file) if given is not None}
    return [given for given in verdicts.values() if given["verdict"] in ("up", "down")]


def problems(folder: Path) -> list[str]:
    """A line on what is damaged of the library's feedback, if anything is."""
    damaged = sum(given is None for given in _lines(folder / FILE))
    out = "it is" if damaged == 1 else "they are"
    return [f"{FILE} has {counted(damaged, 'damaged line')}: {out} left out of an export"] if damaged else []


def _lines(file: Path) -> Iterator[dict[str, Any] | None]:
    """What each line says, None of one that is not as it was written."""
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise PullquoteError(f"{file} cannot be read: {error.strerror}") from error
    for line in data.splitlines():
        try:
            yield unsealed(line)
        except ValueError:
            yield None


def _write(lines: Sequence[dict[str, Any]], truth: Truth, to: Path) -> Exported:
    exported, questions, disputed = Exported(), dict[str, dict[str, Any]](), list[dict[str, Any]]()
    for given in lines:
        if given["verdict"] == "down":
            disputed.append({**_asked(given), "status": given["status"], "shown": given["citations"]})
            continue
        # "Right, there is none" is only known of the articles that were asked, not of the library.
        question = None if _narrowed_abstention(given) else _question(given, truth)
        if question is None:
            exported.stale += 1
        else:
            questions[json.dumps(_asked(given), sort_keys=True)] = question
    rows = [{"id": f"feedback-{number}", **question} for number, question in enumerate(questions.values(), 1)]
    exported.answerable = sum(row["answerable"] for row in rows)
    exported.unanswerable, exported.disputed = len(rows) - exported.answerable, len(disputed)
    _write_lines(to / "questions.jsonl", rows)
    _write_lines(to / "disputed.jsonl", disputed)
    return exported


def _narrowed_abstention(given: dict[str, Any]) -> bool:
    return given["status"] != Status.ANSWERED.value and bool(given.get("filters"))


def _question(given: dict[str, Any], truth: Truth) -> dict[str, Any] | None:
    """A question of the set; None where an article it leans on is gone or another."""
    answerable = given["status"] == Status.ANSWERED.value
    places = given["citations"] if answerable else []
    if not all(_stands(place, truth) for place in places) or (answerable and not places):
        return None
    evidence = [{name: place[name] for name in ("article_id", "start", "end")} for place in places]
    return {**_asked(given), "answerable": answerable, "evidence": evidence, "answers": []}


def _stands(place: dict[str, Any], truth: Truth) -> bool:
    article = truth.article(place["article_id"])
    start, end = place["start"], place["end"]
    return article is not None and article.text[start:end] == place["text"] and end - start <= LONGEST_EVIDENCE


def _asked(given: dict[str, Any]) -> dict[str, Any]:
    """What was asked, in the set's words; keys that say nothing are left out."""
    asked = {"question": given["question"], "history": given.get("history"), "rewritten": given.get("rewritten")}
    return {name: value for name, value in {**asked, "asked_at": given.get("asked_at")}.items() if value}


def _articles(truth: Truth) -> Iterator[dict[str, Any]]:
    for article_id in truth.ids():
        if (article := truth.article(article_id)) is not None:
            fields = {name: getattr(article, name) for name in ("id", "title", "text", "source", "url", "published_at")}
            yield {name: value for name, value in fields.items() if value is not None}


def _write_lines(file: Path, rows: Any) -> None:
    with replaced(file) as out:
        for row in rows:
            out.write(storable(json.dumps(row, ensure_ascii=False)) + "\n")
