"""The pane "Question file" as HTML: choosing a file, its progress, its answers as a table.

Pure functions, free of Gradio.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from qa.abstain import POSSIBLY
from qa.batch.run import Asking, BatchSummary
from qa.chat.desk_page import lasting, progress
from qa.chat.filter_page import bounds
from qa.chat.shelf_page import pager
from qa.chat.tray import LIMITS
from qa.markup import escaped
from qa.phrases import POSSIBLE, counted, percent, sentence, shortfall

_STATUS = {"answered": "Answered", "abstained": "No answer", "error": "Error"}


def choosing() -> str:
    """Where a question file is given."""
    return (
        f'<div class="pq-drop" data-drop="questions" data-limit="{LIMITS["questions"]}"><p><label class="pq-choose">'
        '<input type="file" accept=".csv,.jsonl,.txt" aria-describedby="pq-question-formats">'
        "<span>Choose a question file</span></label> or drop it here</p>"
        '<p class="pq-small" id="pq-question-formats">csv with a column “question”, jsonl, or txt with one question a '
        "line; 10 MB at most</p></div>"
        '<div class="pq-small" data-news role="status"></div>'
    )


def running(name: str, done: int, total: int, seconds: float | None) -> str:
    """How far a run is, with a way to end it."""
    far = f"{done:,} of {total:,} questions" if total else "Reading the questions…"
    detail = " · ".join(filter(None, (far, lasting(seconds))))
    return progress(f"Answering {name}", done, total, detail, stop="Cancel")


def answers(
    name: str,
    token: str,
    summary: BatchSummary,
    asking: Asking,
    rows: Sequence[Mapping[str, Any]],
    page: int,
    pages: int,
    first: int,
) -> str:
    """One page (0-based) of what came of a run, from row `first` (0-based) on, and all of it to save."""
    saves = "".join(
        f'<a class="pq-plain" href="desk/answers/{escaped(token)}/{form}" download>Save as {form}</a>'
        for form in ("csv", "jsonl")
    )
    body = "".join(_row(row, number) for number, row in enumerate(rows, first + 1))
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("", "Question", "Answer", "Confidence"))
    return (
        f'<div class="pq-answers" data-run="{escaped(token)}"><p class="pq-lead" role="status">'
        f"<bdi>{escaped(name)}</bdi>: {escaped(_counts(summary))}.</p>"
        f"{bounds(asking.as_of.isoformat() if asking.as_of else None, asking.filters)}"
        f'<div class="pq-actions">{saves}</div>'
        f'<div class="pq-table" tabindex="0" role="region" aria-label="Answers to {escaped(name)}"><table>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
        f"{pager(page, pages, 'Pages of the table')}</div>"
    )


def _counts(summary: BatchSummary) -> str:
    counts = ((summary.answered, "answered"), (summary.abstained, "without an answer"))
    facts = [f"{number:,} {what}" for number, what in counts if number]
    return ", ".join([*facts, *([counted(summary.errors, "error")] if summary.errors else [])]) or "no question"


def _row(row: Mapping[str, Any], number: int) -> str:
    confidence = row["confidence"]
    sure = percent(confidence) if isinstance(confidence, int | float) else "–"
    return (
        f'<tr class="pq-is-{escaped(row["status"])}"><td class="pq-nr">{number:,}</td>'
        f'<th scope="row" dir="auto">{escaped(row["question"])}</th><td>{_said(row)}</td><td>{sure}</td></tr>'
    )


def _said(row: Mapping[str, Any]) -> str:
    """The first sentence quoted, with its outlet and title; a possible one with that label; else why there is none."""
    if row["citations"]:
        return _quoted(row["citations"][0], len(row["citations"]) - 1)
    reason = row["reason"] or ""
    is_possible = reason.startswith(POSSIBLY)
    status = POSSIBLE if is_possible else _STATUS.get(row["status"], "")
    best = _quoted(row["hits"][0]) if is_possible else ""
    return f'<p><b>{status}</b></p>{best}<p class="pq-small" dir="auto">{escaped(sentence(shortfall(reason)))}</p>'


def _quoted(citation: Mapping[str, Any], more: int = 0) -> str:
    place = ", ".join(filter(None, (citation["source"], citation["document_title"] or citation["document_id"])))
    others = f" and {counted(more, 'more quotation')}" if more else ""
    return (
        f'<p class="pq-cell-quote" dir="auto">“{escaped(citation["cited_text"])}”</p>'
        f'<p class="pq-small"><bdi>{escaped(place)}</bdi>{others}</p>'
    )
