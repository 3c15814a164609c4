"""The page's memory, which the browser keeps: reopening a conversation, saving it, saying what was right."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from index.errors import PullquoteError
from qa.chat.feedback import record
from qa.chat.footnotes import file_name, markdown
from qa.chat.history import kept, restored
from qa.chat.history_page import remembering
from qa.chat.page import Turn, conversation, note
from qa.chat.parts import EACH_IN_TURN, QUIET, MayWrite, given, html, keeping, may, otherwise
from qa.chat.recall import recall
from qa.chat.transfer import READ_ONLY
from qa.engine import Engine
from qa.markup import escaped


@dataclass(frozen=True, slots=True)
class Memory:
    """The pane's parts, and what its events need. The value of `past` is the conversation's JSON, for the browser."""

    engine: Engine
    may_write: MayWrite
    past: Any
    saved: Any


def build_history(engine: Engine, may_write: MayWrite) -> Memory:
    """Lays the pane out where it is called."""
    past = keeping(remembering(), "confirming.js", "history.js")
    return Memory(engine, may_write, past, saved=html("", "saving.js"))


def wire_history(pane: Memory, talk: Any, trouble: Any, turns: Any) -> None:
    """Joins the pane's events to the conversation: its HTML, the line of trouble, its turns."""
    # While the page takes up its conversation again, somebody may open another.
    reopens = pane.past.select(_reopening(pane), outputs=[talk, trouble, turns, pane.past], **EACH_IN_TURN)
    pane.past.clear(_beginning_anew, outputs=[talk, trouble, turns], **QUIET)
    saves = pane.past.download(_saving(pane), outputs=[pane.saved, trouble], **EACH_IN_TURN)
    judges = pane.past.like(_judging(pane), inputs=turns, outputs=trouble, **EACH_IN_TURN)
    for event in (reopens, saves, judges):
        otherwise(event, note, trouble)


def _reopening(pane: Memory) -> Callable[[gr.EventData], tuple[Any, ...]]:
    def reopen(event: gr.EventData) -> tuple[Any, ...]:
        """A conversation as the browser kept it, to be read and gone on with."""
        try:
            turns = _turns(pane.engine, given(event).get("turns"))
        except PullquoteError as error:
            return gr.skip(), note(str(error)), gr.skip(), gr.skip()
        return conversation(turns), note(""), turns, kept(turns, str(given(event).get("id")))

    return reopen


def _turns(engine: Engine, sent: Any) -> list[Turn]:
    with engine.library.reading() as (_, truth):
        return restored(sent, truth)


def _beginning_anew() -> tuple[str, str, list[Turn]]:
    return conversation(()), note(""), []


def _saving(pane: Memory) -> Callable[[gr.EventData], tuple[Any, ...]]:
    def save(event: gr.EventData) -> tuple[Any, ...]:
        """The conversation as Markdown, for the script to save; the mark makes each time another."""
        try:
            turns = _turns(pane.engine, given(event).get("turns"))
        except PullquoteError as error:
            return gr.skip(), note(str(error))
        name, text = escaped(file_name(turns)), escaped(markdown(turns))
        return f'<div hidden data-mark="{secrets.token_hex(4)}" data-name="{name}" data-text="{text}"></div>', gr.skip()

    return save


def _judging(pane: Memory) -> Callable[..., Any]:
    def judge(turns: list[Turn], event: gr.EventData, request: gr.Request) -> Any:
        """Keeps what somebody said of an answer of their own conversation."""
        if not may(pane.may_write, request):
            return note(READ_ONLY)
        key, verdict = given(event).get("turn"), given(event).get("verdict")
        at = next((number for number, turn in enumerate(turns) if turn.key == key), None)
        if at is None or verdict not in ("up", "down", "none"):
            return note("that answer is no longer in this conversation")
        try:
            record(pane.engine.library.folder, turns[at], verdict, recall(turns[:at]))
        except PullquoteError as error:
            return note(str(error))
        return gr.skip()

    return judge
