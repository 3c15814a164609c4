"""Asking for a turn of the page's conversation, and saying how far it has come. Free of Gradio."""

import datetime as dt
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from queue import SimpleQueue
from threading import Thread

from index.errors import PullquoteError, QuestionError
from qa.chat.page import Turn
from qa.chat.recall import recall
from qa.engine import Engine, Stage
from qa.question import Filters, filters_of, named_day

FAULT = "something went wrong here, not with the question; the server's log has the details"

_LOG = logging.getLogger(__name__)


def asking(engine: Engine, turn: Turn, earlier: Sequence[Turn]) -> Iterator[Turn]:
    """The turn at each stage of the looking up, and last with what came of it: an answer, or one line of trouble.

    It is asked after the turns before it, in a thread of its own. Stages that pass unseen are left out.
    """
    told: SimpleQueue[Turn] = SimpleQueue()
    Thread(target=lambda: told.put(_answered(engine, turn, earlier, told)), daemon=True).start()
    now = turn
    while not now.is_done:
        now = told.get()
        while not told.empty():
            now = told.get()
        yield now


def _answered(engine: Engine, turn: Turn, earlier: Sequence[Turn], told: SimpleQueue[Turn]) -> Turn:
    def tell(stage: Stage) -> None:
        told.put(replace(turn, stage=stage))

    as_of = dt.date.fromisoformat(turn.as_of) if turn.as_of else None
    try:
        answer = engine.ask(turn.question, history=recall(earlier), as_of=as_of, filters=turn.filters, on_stage=tell)
    except PullquoteError as error:
        return replace(turn, trouble=str(error))
    except Exception:  # the page's last line: whoever asks gets a calm word, whoever runs it gets the traceback
        _LOG.exception("a question could not be answered")
        return replace(turn, trouble=FAULT)
    return replace(turn, answer=answer)


def day_of(named: str | None) -> dt.date | None:
    """The day that somebody typed; None for none. Raises `QuestionError`."""
    return named_day("as of", (named or "").strip())


def within_of(chosen: str | None) -> Filters:
    """The filters that the page's script chose, as JSON. Raises `QuestionError`."""
    try:
        return filters_of(json.loads(chosen) if chosen else None)
    except QuestionError as error:
        line = str(error).replace("published_after", "the first day").replace("published_before", "the last day")
        raise QuestionError(line) from None
    except (ValueError, RecursionError):
        raise QuestionError("the filters cannot be read: clear them and choose again") from None
