"""The chat page: ask, read the quoted sentences, open a citation in its article. The one module that imports Gradio."""

import datetime as dt
import logging
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from typing import Any

import gradio as gr
from fastapi import FastAPI
from starlette.middleware import Middleware

from index.article import Span
from index.errors import PullquoteError, QuestionError
from qa.engine import Engine
from qa.guard import Guard
from qa.page import Holdings, Turn, conversation, introduction, note, suggested
from qa.question import Question, day
from qa.reader import article_missing, article_page
from qa.recall import recall

TURNS = 50  # of a conversation are kept; older ones leave the page
CONCURRENT = 4  # questions at work at once; more wait their turn
WAITING = 64  # questions that may wait; beyond that the page says that it is busy
_LONGEST_DAY = 40  # characters of a date
_NEWEST = 30  # articles looked at for example questions

_FAULT = "something went wrong here, not with the question; the server's log has the details"
_SANS = ("Helvetica Neue", "Segoe UI", "Roboto", "Noto Sans", "Liberation Sans", "system-ui", "sans-serif")
_MONO = ("ui-monospace", "Consolas", "Liberation Mono", "monospace")

_log = logging.getLogger(__name__)


def build_page(engine: Engine, examples: Sequence[str] | None = None) -> gr.Blocks:
    """The page over `engine`'s library, not yet mounted; without `examples` they are made of the articles' titles."""
    page = gr.Blocks(title="Pullquote", analytics_enabled=False, fill_width=True)
    with page:
        turns = gr.State(list[Turn]())
        with gr.Row(elem_classes="pq-desk"):
            with gr.Column(elem_classes="pq-main", min_width=0):
                intro = _html(_introduced(engine, examples), "introduction.js")
                talk = _html(conversation(()), "conversation.js")
                box, as_of, ask, trouble = _composer()
            with gr.Column(elem_classes="pq-panel", min_width=0):
                article = _html("", "article.js")
        # Again for each visitor: the library may have grown since the server was started.
        page.load(
            lambda: _introduced(engine, examples), outputs=intro, show_progress="hidden", api_visibility="private"
        )
        gr.on(
            [box.submit, ask.click, intro.select],
            _asking(engine),
            inputs=[box, as_of, turns],
            outputs=[talk, box, trouble, turns],
            show_progress="hidden",
            api_visibility="private",
        )
        talk.select(
            _opening(engine),
            outputs=article,
            show_progress="hidden",
            trigger_mode="always_last",
            api_visibility="private",
        )
    page.queue(api_open=False, max_size=WAITING, default_concurrency_limit=CONCURRENT)
    return page


def mount_page(app: FastAPI, engine: Engine, examples: Sequence[str] | None = None) -> FastAPI:
    """Mounts the page at `/` of `app`: do it after all other routes, for it takes every path that is left."""
    gr.mount_gradio_app(
        app,
        build_page(engine, examples),
        path="/",
        server_name="127.0.0.1",
        footer_links=[],
        run_history=False,
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None, "middleware": [Middleware(Guard)]},
        show_error=False,
        max_file_size=1,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=_theme(),
        css=_asset("chat.css"),
    )
    return app


def _html(value: str, script: str | None = None) -> Any:
    # Any: Gradio makes the listener methods (`select`) when it runs, where no type checker can see them.
    js = _asset(script) if script else None
    return gr.HTML(value, js_on_load=js, apply_default_css=False, padding=False)


def _composer() -> tuple[gr.Textbox, gr.Textbox, gr.Button, Any]:
    with gr.Column(elem_classes="pq-composer", min_width=0):
        with gr.Row(elem_classes="pq-ask", equal_height=False):
            box = gr.Textbox(
                label="Your question",
                placeholder="Ask the articles",
                lines=1,
                max_lines=6,
                container=False,
                autofocus=True,
                elem_id="pq-box",
                html_attributes=gr.InputHTMLAttributes(autocomplete="off", enterkeyhint="send"),
                scale=1,
                min_width=0,
            )
            ask = gr.Button("Ask", variant="primary", scale=0, min_width=0, elem_id="pq-send")
        trouble = _html(note(""))
        as_of = gr.Textbox(
            label="As of (a date; nothing published later is shown)",
            placeholder="any day, or e.g. 2023-10-05",
            max_lines=1,
            max_length=_LONGEST_DAY,
            container=False,
            elem_id="pq-day",
            html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=False),
            min_width=0,
        )
    return box, as_of, ask, trouble


def _introduced(engine: Engine, examples: Sequence[str] | None) -> str:
    try:
        with engine.library.reading() as (_, truth):
            outlets = tuple(source for source, _ in truth.sources() if source)
            holdings = Holdings(truth.article_count(), outlets, truth.dates(), tuple(truth.listed(limit=_NEWEST)))
    except PullquoteError as error:
        return introduction(Holdings(), ()) + note(str(error))
    return introduction(holdings, suggested(holdings.newest) if examples is None else examples)


# asking


def _asking(engine: Engine) -> Callable[..., Iterator[tuple[Any, ...]]]:
    def ask(typed: str, named: str, turns: list[Turn], event: gr.EventData) -> Iterator[tuple[Any, ...]]:
        """Shows the question at once, then what came of it; one that cannot be asked stays in the box."""
        chosen = _given(event).get("question")
        question = (chosen if isinstance(chosen, str) else typed or "").strip()
        try:
            Question(question)
            as_of = _day(named)
        except QuestionError as error:
            yield gr.skip(), gr.skip(), note(str(error)), gr.skip()
            return
        earlier = turns[-(TURNS - 1) :]
        turn = Turn(question, as_of=as_of.isoformat() if as_of else None)
        yield conversation([*earlier, turn]), "", note(""), gr.skip()
        kept = [*earlier, _answered(engine, turn, as_of, earlier)]
        yield conversation(kept), gr.skip(), gr.skip(), kept

    return ask


def _day(named: str | None) -> dt.date | None:
    try:
        return day((named or "").strip())
    except QuestionError as error:
        raise QuestionError(f"as of: {error}") from None


def _answered(engine: Engine, turn: Turn, as_of: dt.date | None, earlier: Sequence[Turn]) -> Turn:
    """The turn with what came of its question, asked after those before it."""
    try:
        return replace(turn, answer=engine.ask(turn.question, history=recall(earlier), as_of=as_of))
    except PullquoteError as error:
        return replace(turn, trouble=str(error))
    except Exception:  # the page's last line: whoever asks gets a calm word, whoever runs it gets the traceback
        _log.exception("a question could not be answered")
        return replace(turn, trouble=_FAULT)


# opening a citation


def _opening(engine: Engine) -> Callable[[gr.EventData], str]:
    def open_article(event: gr.EventData) -> str:
        """The cited article with its sentence marked; all that the browser sends is doubted."""
        given = _given(event)
        article_id, sha256 = given.get("article"), given.get("sha256")
        try:
            with engine.library.reading() as (_, truth):
                article = truth.article(article_id) if isinstance(article_id, str) else None
        except PullquoteError as error:
            return article_missing(str(error))
        if article is None:
            return article_missing("this article is no longer in the library")
        cited, words = _span(given, "start", "end"), _span(given, "answerStart", "answerEnd")
        digest = sha256 if isinstance(sha256, str) else None
        return article_page(article, cited, digest, secrets.token_hex(4), words)

    return open_article


def _given(event: gr.EventData) -> Mapping[str, Any]:
    """What the page's script sent with the event; nothing where Gradio's own components fired it."""
    return event._data if isinstance(event._data, dict) else {}


def _span(given: Mapping[str, Any], start: str, end: str) -> Span | None:
    try:
        return Span(int(given[start]), int(given[end]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


# how it is served


def _asset(name: str) -> str:
    return files("qa").joinpath("static", name).read_text("utf-8")


def _theme() -> gr.themes.Base:
    """Fonts by name only, from the reader's own machine: a font of Gradio's list may be asked of another."""
    return gr.themes.Base(font=_SANS, font_mono=_MONO).set(
        body_background_fill="#fbfaf6",
        body_background_fill_dark="#181715",
        body_text_color="#1d1b18",
        body_text_color_dark="#ebe7de",
    )
