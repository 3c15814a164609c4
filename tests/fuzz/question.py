"""Any question, with any conversation, day and filter, is asked or refused in one line."""

import datetime as dt
import json
from typing import Any

from index.errors import QuestionError
from qa.conversation.rewrite import rewrite
from qa.question import Question, day, filters_of, turns
from qa.smalltalk import small_talk
from qa.when import looked_at, recency, window
from qa.wording import same, wording
from tests.fuzz.shaping import as_text, check_line, repeated

_TODAY = dt.date(2023, 10, 5)


def _seed(question: str, *history: str, **more: Any) -> bytes:
    talk = [{"role": ("user", "assistant")[n % 2], "content": text} for n, text in enumerate(history)]
    return b"\0" + json.dumps({"question": question, "history": talk, **more}, ensure_ascii=False).encode()


SEEDS = [
    _seed("Who met Putin in Moscow on 22 February 2023?"),
    _seed("And what did he say about the U.S. then?", "Who met Mr. Wang last week?", "“Wang met Putin.” [1]"),
    _seed("hi, who are you?"),
    _seed("What happened yesterday, last Tuesday, in Q3, or since the 1990s?", as_of="2023-10-05"),
    _seed(
        "Why?", "Is it true that bees came back?", filters={"source": ["AA", "CNN"], "published_after": "2023-01-01"}
    ),
    b"\0What about the second one?\n",
]


def check(data: bytes) -> None:
    fields = _fields(data)
    try:
        asked = Question(
            fields.get("question"),  # type: ignore[arg-type]  # that it may be anything is the point
            fields.get("top_k", 10),
            turns(fields.get("history")),
            day(fields.get("as_of")),
            fields.get("min_confidence"),
            filters=filters_of(fields.get("filters")),
        )
    except QuestionError as error:
        check_line(str(error))
        return
    _check(asked)


def _check(asked: Question) -> None:
    small_talk(asked.text)
    rewritten = rewrite(asked.text, asked.history)
    assert rewritten is None or rewritten.strip()
    for text in (asked.text, rewritten or ""):
        text.encode()
        found = window(text, asked.as_of or _TODAY)
        assert found is None or found.first is None or found.last is None or found.first <= found.last
        looked_at(text, asked.as_of or _TODAY)
        recency(text, asked.as_of, ["2023-10-01", None, "2023-10-05T08:00:00Z"])
        assert same(wording(text), wording(text))


def _fields(data: bytes) -> dict[str, Any]:
    """The fields of a question as JSON, where the input is that; else its lines are a question and what went before."""
    text = as_text(data[1:])
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        fields = None
    if isinstance(fields, dict):
        return fields
    question, *history = text.split("\n")
    longer = [as_text(repeated(data[:1] + each.encode("utf-8", "surrogateescape"))) for each in history[:100]]
    talk = [{"role": ("user", "assistant")[n % 2], "content": each} for n, each in enumerate(longer)]
    return {"question": question, "history": talk}
