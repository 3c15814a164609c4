"""The page's question files: running one, watching it, its answers. Events of Gradio in, HTML out."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from index.errors import PullquoteError
from qa.batch.run import Asking
from qa.chat.asking import day_of, within_of
from qa.chat.errand import Errand
from qa.chat.parts import EACH_IN_TURN, QUIET, given, html, number, otherwise, watched
from qa.chat.run_page import answers, choosing, running
from qa.chat.runs import PAGE, Answers, Runs
from qa.chat.shelf_page import said, trouble
from qa.chat.tray import Tray
from qa.question import TOP_K

_FURTHEST = 10**6  # page of the table
_GONE = "that run is no longer here: run the question file again"

Both = tuple[Any, Any]  # the line that is told, and the run; either may be left as it is


@dataclass(frozen=True, slots=True)
class Desk:
    """The pane's parts, and what its events need: `told` is a line below the chooser, `shown` the run."""

    runs: Runs
    tray: Tray
    choose: Any
    told: Any
    shown: Any


def build_runs(runs: Runs, tray: Tray) -> Desk:
    """Lays the pane out where it is called."""
    return Desk(
        runs,
        tray,
        choose=html(choosing(), "sending.js", "choosing.js"),
        told=html(said(""), "told.js"),
        shown=html("", "run.js"),
    )


def wire_runs(pane: Desk, as_of: Any, filters: Any) -> None:
    """Joins the pane's events; a file is asked as of the day and within the filters that a question would be."""
    both = [pane.told, pane.shown]
    runs = pane.choose.submit(_running(pane), [as_of, filters], both, concurrency_limit=None, **QUIET)
    # A page that was reloaded asks again for the run that it was watching.
    watches = pane.shown.select(_watching(pane), outputs=both, concurrency_limit=None, **QUIET)
    turns = pane.shown.input(_turning(pane), outputs=both, **EACH_IN_TURN)
    pane.shown.stop(_stopping(pane), **EACH_IN_TURN)
    for event in (runs, watches, turns):
        otherwise(event, trouble, pane.told)


def _running(pane: Desk) -> Callable[..., AsyncIterator[Both]]:
    async def run(named: str, within: str | None, event: gr.EventData) -> AsyncIterator[Both]:
        """Shows how far the run is, then its answers; a file that is none leaves the run before it where it is."""
        try:
            asking = Asking(TOP_K, day_of(named), filters=within_of(within))
            (upload,) = pane.tray.take([given(event).get("file")], "questions")
            token = await asyncio.to_thread(pane.runs.begin, upload, asking)
        except PullquoteError as error:
            yield trouble(str(error)), gr.skip()
            return
        async for shown in _until_done(pane, token):
            yield shown

    return run


def _watching(pane: Desk) -> Callable[[gr.EventData], AsyncIterator[Both]]:
    async def watch(event: gr.EventData) -> AsyncIterator[Both]:
        token = given(event).get("run")
        if pane.runs.get(token) is None:
            yield said(""), ""
            return
        async for shown in _until_done(pane, str(token)):
            yield shown

    return watch


async def _until_done(pane: Desk, token: str) -> AsyncIterator[Both]:
    errand = pane.runs.get(token)
    assert errand is not None  # noqa: S101 - it was there a line ago

    def far() -> str:
        pane.runs.get(token)  # somebody is looking
        at_work = running(errand.name, errand.done, errand.total, errand.seconds_left())
        return f'<div data-run="{token}" data-running>{at_work}</div>'

    async for bar in watched(errand, far):
        yield said(""), bar
    yield await asyncio.to_thread(_came_of, errand, token, 0)


def _came_of(errand: Errand[Answers], token: str, page: int) -> Both:
    if errand.result is None:
        stopped = f"{errand.name}: cancelled after {errand.done:,} of {errand.total:,} questions"
        return trouble(errand.trouble) if errand.trouble else said(f"{stopped}. Nothing of it is kept."), ""
    pages = max(1, -(-len(errand.result.offsets) // PAGE))
    page = min(page, pages - 1)
    rows = errand.result.rows(page * PAGE)
    came, first = errand.result, page * PAGE
    return said(""), answers(errand.name, token, came.summary, came.asking, rows, page, pages, first)


def _turning(pane: Desk) -> Callable[[gr.EventData], Both]:
    def turn(event: gr.EventData) -> Both:
        """Another page of the answers."""
        token = given(event).get("run")
        errand = pane.runs.get(token)
        if errand is None:
            return trouble(_GONE), ""
        return _came_of(errand, str(token), number(given(event).get("page"), _FURTHEST))

    return turn


def _stopping(pane: Desk) -> Callable[[gr.EventData], None]:
    def stop(event: gr.EventData) -> None:
        if (errand := pane.runs.get(given(event).get("run"))) is not None:
            errand.cancel()

    return stop
