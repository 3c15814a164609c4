"""The chat page: ask, read the quoted sentences, open a citation in its article; the desk is in `qa.chat_*`."""

import logging
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr
from fastapi import FastAPI
from starlette.middleware import Middleware

from index.errors import PullquoteError, QuestionError
from qa.chat.articles import Follow, build_articles, wire_articles
from qa.chat.asking import FAULT, asking, day_of, within_of
from qa.chat.desk_page import drawer_head, strip
from qa.chat.files import build_runs, wire_runs
from qa.chat.filter_page import filtering
from qa.chat.guard import Guard
from qa.chat.history import TURNS, kept
from qa.chat.memory import build_history, wire_history
from qa.chat.page import Holdings, Turn, conversation, introduction, note, suggested
from qa.chat.parts import EACH_IN_TURN, QUIET, MayWrite, given, html, keeping, otherwise
from qa.chat.permalink import add_permalinks
from qa.chat.reader import article_missing, article_page
from qa.chat.runs import Runs
from qa.chat.transfer import add_transfer, anybody
from qa.chat.tray import Tray
from qa.engine import Engine
from qa.links import place_of
from qa.question import Question

_LOG = logging.getLogger(__name__)

CONCURRENT = 4  # questions at work at once; more wait their turn
WAITING = 64  # questions that may wait; beyond that the page says that it is busy
_LONGEST_DAY = 40  # characters of a date
_NEWEST = 30  # articles looked at for example questions

# The cursor comes once the page listens, not before: what is sent earlier would be lost.
_READY = """() => {
  if (document.activeElement === document.body) document.querySelector("#pq-box textarea, #pq-box input").focus();
}"""

# The box is the script's to clear and to fill again: by the time that the server has heard, more may stand in it.
_SENT = """(...given) => {
  document.dispatchEvent(new CustomEvent("pq-sent", { detail: given[0] }));
  return given;
}"""
_SETTLED = """() => { document.dispatchEvent(new CustomEvent("pq-settled")); }"""

_SANS = ("Helvetica Neue", "Segoe UI", "Roboto", "Noto Sans", "Liberation Sans", "system-ui", "sans-serif")
_MONO = ("ui-monospace", "Consolas", "Liberation Mono", "monospace")


def build_page(
    engine: Engine,
    examples: Sequence[str] | None = None,
    may_write: MayWrite = anybody,
    tray: Tray | None = None,
    runs: Runs | None = None,
    asked: Engine | None = None,
    signed_in: bool = False,
) -> gr.Blocks:
    """The page over `engine`'s library, not yet mounted; without `examples` they are titles of the articles.

    `may_write` says whether whoever sent a request may change the library; files come through `tray`. `asked` is what
    single questions are put to, where that is not `engine` itself. `signed_in` puts a way to sign out on it.
    """
    tray, runs, asked = tray or Tray(), runs or Runs(engine), asked or engine
    page = gr.Blocks(title="Pullquote", analytics_enabled=False, fill_width=True)
    with page:
        turns = gr.State(list[Turn]())
        with gr.Row(elem_classes="pq-desk"):
            with gr.Column(elem_classes="pq-main", min_width=0):
                html(strip(signed_in), "back.js")
                intro = html(_introduced(engine, examples), "introduction.js")
                talk = html(conversation(()), "conversation.js")
                box, as_of, ask, trouble, filters = _composer(engine)
            with gr.Column(elem_classes="pq-drawer", elem_id="pq-drawer", min_width=0):
                html(drawer_head(), "drawer.js")
                with gr.Column(elem_classes="pq-pane", elem_id="pq-pane-articles", min_width=0):
                    shelf = build_articles(engine, may_write, tray)
                with gr.Column(elem_classes="pq-pane", elem_id="pq-pane-questions", min_width=0):
                    desk = build_runs(runs, tray)
                with gr.Column(elem_classes="pq-pane", elem_id="pq-pane-history", min_width=0):
                    memory = build_history(engine, may_write)
            with gr.Column(elem_classes="pq-panel", min_width=0):
                article = html("", "article.js")
        follow = Follow([intro, filters], lambda: (_introduced(engine, examples), _filters(engine)))
        # Again for each visitor: the library may have grown since the server was started.
        page.load(follow.values, outputs=follow.parts, **QUIET)
        page.load(None, js=_READY, **QUIET)
        takes, gives = [box, as_of, turns, filters], [talk, trouble, turns, memory.past]
        # All ways to ask are one event, which Gradio lets come once at a time: two would overwrite one another's turns.
        asks = gr.on([box.submit, ask.click, intro.select], _asking(asked), takes, gives, js=_SENT, **QUIET)
        for ended in (asks.then, asks.failure):
            ended(None, js=_SETTLED, **QUIET)
        opens = [talk.select, shelf.list.select, shelf.told.select]
        otherwise(gr.on(opens, _opening(engine), outputs=article, **EACH_IN_TURN), article_missing, article)
        wire_articles(shelf, page.load, follow)
        wire_runs(desk, as_of, filters)
        wire_history(memory, talk, trouble, turns)
    page.queue(api_open=False, max_size=WAITING, default_concurrency_limit=CONCURRENT)
    return page


def mount_page(
    app: FastAPI,
    engine: Engine,
    examples: Sequence[str] | None = None,
    may_write: MayWrite = anybody,
    asked: Engine | None = None,
    signed_in: bool = False,
) -> FastAPI:
    """Mounts the page at `/` of `app`: do it after all other routes, for it takes every path that is left."""
    tray, runs = Tray(), Runs(engine)
    add_transfer(app, tray, runs, may_write)
    add_permalinks(app, engine)
    gr.mount_gradio_app(
        app,
        build_page(engine, examples, may_write, tray, runs, asked, signed_in),
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
    )
    return app


def _composer(engine: Engine) -> tuple[gr.Textbox, gr.Textbox, gr.Button, Any, Any]:
    with gr.Column(elem_classes="pq-composer", min_width=0):
        with gr.Row(elem_classes="pq-ask", equal_height=False):
            box = gr.Textbox(
                label="Your question",
                placeholder="Ask the articles",
                lines=1,
                max_lines=6,
                container=False,
                elem_id="pq-box",
                html_attributes=gr.InputHTMLAttributes(autocomplete="off", enterkeyhint="send"),
                scale=1,
                min_width=0,
            )
            ask = gr.Button("Ask", variant="primary", scale=0, min_width=0, elem_id="pq-send")
        trouble = html(note(""), "composer.js")
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
        filters = keeping(filtering(*_filtered(engine)), "filters.js")
    return box, as_of, ask, trouble, filters


def _introduced(engine: Engine, examples: Sequence[str] | None) -> str:
    try:
        with engine.library.reading() as (_, truth):
            outlets = tuple(source for source, _ in truth.sources() if source)
            holdings = Holdings(truth.article_count(), outlets, truth.dates(), tuple(truth.listed(limit=_NEWEST)))
    except PullquoteError as error:
        return introduction(Holdings(), ()) + note(str(error))
    return introduction(holdings, suggested(holdings.newest) if examples is None else examples)


def _filters(engine: Engine) -> Any:
    """The filters over what the library holds now; what is chosen stays chosen."""
    return gr.HTML(markup=filtering(*_filtered(engine)))


def _filtered(engine: Engine) -> tuple[list[tuple[str, int]], tuple[str, str] | None]:
    try:
        with engine.library.reading() as (_, truth):
            return [(source, count) for source, count in truth.sources() if source], truth.dates()
    except PullquoteError:  # the introduction says it
        return [], None


# asking


def _asking(engine: Engine) -> Callable[..., Iterator[tuple[Any, ...]]]:
    def ask(
        typed: str, named: str, turns: list[Turn], within: str | None, event: gr.EventData
    ) -> Iterator[tuple[Any, ...]]:
        """Shows the question at once, then how far it has come, then what came of it, in place where it is asked again.

        Of one that cannot be asked nothing is shown: the page's script puts it back into the box.
        """
        sent = given(event)
        try:
            earlier, turn, later = _meant(sent, typed, named, turns, within)
        except QuestionError as error:
            yield gr.skip(), note(str(error)), gr.skip(), gr.skip()
            return
        yield conversation([*earlier, turn, *later]), note(""), gr.skip(), gr.skip()
        try:
            for at_work in asking(engine, turn, earlier):
                yield _come_to([*earlier, at_work, *later], at_work.is_done)
        except Exception:  # the answer cannot be shown, which must not look as if it were still to come
            _LOG.exception("an answer could not be shown")
            yield _come_to([*earlier, replace(turn, trouble=FAULT), *later], True)

    return ask


def _come_to(turns: list[Turn], done: bool) -> tuple[Any, ...]:
    """What the page shows of a conversation; remembered, and given to the browser to keep, once it is `done`."""
    kept_now = (turns, kept(turns)) if done else (gr.skip(), gr.skip())
    return conversation(turns), gr.skip(), *kept_now


def _meant(
    sent: Mapping[str, Any], typed: str, named: str, turns: list[Turn], within: str | None
) -> tuple[list[Turn], Turn, list[Turn]]:
    """The turn to ask, between those before it and those after: a new one at the end, or an old one in its place."""
    if "again" in sent:
        for at, turn in enumerate(turns):
            if turn.key == sent["again"]:
                return turns[:at], replace(turn, answer=None, trouble=None, stage=None), turns[at + 1 :]
        raise QuestionError("that question is no longer in the conversation: ask it anew")
    if len(turns) >= TURNS:
        raise QuestionError(f"this conversation has {TURNS} questions, and more are not kept: begin a new one")
    chosen = sent.get("question")
    question = (chosen if isinstance(chosen, str) else typed or "").strip()
    as_of, filters = day_of(named), within_of(within)
    Question(question, filters=filters)
    turn = Turn(question, as_of=as_of.isoformat() if as_of else None, filters=filters)
    return turns, turn, []


# opening a citation


def _opening(engine: Engine) -> Callable[[gr.EventData], str]:
    def open_article(event: gr.EventData) -> str:
        """The cited article with its sentence marked; all that the browser sends is doubted."""
        sent = given(event)
        article_id = sent.get("article")
        try:
            with engine.library.reading() as (_, truth):
                article = truth.article(article_id) if isinstance(article_id, str) else None
        except PullquoteError as error:
            return article_missing(str(error))
        if article is None:
            return article_missing("this article is no longer in the library")
        return article_page(article, place_of(sent), secrets.token_hex(4))

    return open_article


# how it is served


def _theme() -> gr.themes.Base:
    """Fonts by name only, from the reader's own machine: a font of Gradio's list may be asked of another."""
    return gr.themes.Base(font=_SANS, font_mono=_MONO).set(
        body_background_fill="#fbfaf6",
        body_background_fill_dark="#181715",
        body_text_color="#1d1b18",
        body_text_color_dark="#ebe7de",
    )
