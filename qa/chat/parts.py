"""What the page's modules share of Gradio: HTML with a script, what an event brought, who may write."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import gradio as gr
from starlette.requests import Request

from qa.chat.errand import FAULT, Errand
from qa.chat.static_files import asset

TICK_SECONDS = 0.25  # between two looks at an errand
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}  # of each event of the page
# Of an event that may come again before it is answered: none is lost, and the last to come is the last to be shown.
# Gradio's "always_last" is no help here, for it sends the first event's data again in place of the last one's.
EACH_IN_TURN: dict[str, Any] = {"trigger_mode": "multiple", "concurrency_limit": 1, **QUIET}

MayWrite = Callable[[Request], bool]


def html(value: str, *scripts: str, **more: Any) -> Any:
    """HTML that brings its own looks; `scripts`, of the static files, run as one once it is on the page.

    Any: Gradio makes the listener methods (`select`) when it runs, where no type checker can see them.
    """
    js = "\n".join(map(asset, scripts)) or None
    return gr.HTML(value, js_on_load=js, apply_default_css=False, padding=False, **more)


def keeping(markup: str, *scripts: str) -> Any:
    """HTML that shows `markup` and whose value, which is not shown, is the script's and the events' to share."""
    return html("", *scripts, html_template="${markup}", markup=markup)


def given(event: gr.EventData) -> Mapping[str, Any]:
    """What the page's script sent with the event; nothing where Gradio's own components fired it."""
    return event._data if isinstance(event._data, dict) else {}


def otherwise(event: Any, show: Callable[[str], str], part: Any) -> None:
    """Where what the event calls fails, which is a fault of ours, one calm line in `part` says so; Gradio logs it."""
    event.failure(lambda: show(FAULT), outputs=part, **QUIET)


def number(value: Any, most: int) -> int:
    """`value` as a whole number from 0 to `most`; 0 for anything else."""
    return min(value, most) if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def may(may_write: MayWrite, request: gr.Request) -> bool:
    """Whether whoever caused the event may write."""
    return request.request is not None and may_write(request.request)


async def watched(errand: Errand[Any], shown: Callable[[], str]) -> AsyncIterator[str]:
    """What `shown` gives, each time that it is another, until the errand has ended; no thread waits meanwhile."""
    last = ""
    while not errand.ended.is_set():
        if (now := shown()) != last:
            yield now
            last = now
        await asyncio.sleep(TICK_SECONDS)
