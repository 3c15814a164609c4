"""The page's articles: adding, finding, opening and removing them. Events of Gradio in, HTML out."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from index.errors import LibraryBusy, PullquoteError
from index.summary import Summary
from index.update import remove_articles
from qa.chat.adding import BUSY, add_files, add_pasted, pasted, unsent
from qa.chat.desk_page import progress
from qa.chat.errand import Errand, Errands
from qa.chat.parts import EACH_IN_TURN, QUIET, MayWrite, given, html, may, number, otherwise, watched
from qa.chat.shelf_page import PAGE, adding, finding, outcome, said, shelf, trouble
from qa.chat.transfer import READ_ONLY
from qa.chat.tray import Tray
from qa.engine import Engine

AT_ONCE = 4  # goes of adding under way, of all visitors together; only one of them writes
_FURTHEST = 10**6  # page of the list
_LONGEST = 200  # characters that are looked for


@dataclass(frozen=True, slots=True)
class Shelf:
    """The pane's parts, and what its events need."""

    engine: Engine
    may_write: MayWrite
    tray: Tray
    errands: Errands[Summary]
    add: Any
    told: Any
    find: Any
    list: Any


@dataclass(frozen=True, slots=True)
class Follow:
    """The parts of the page that follow the library, and what they show once it has changed."""

    parts: list[Any]
    values: Callable[[], tuple[Any, ...]]


def build_articles(engine: Engine, may_write: MayWrite, tray: Tray) -> Shelf:
    """Lays the pane out where it is called."""
    return Shelf(
        engine,
        may_write,
        tray,
        Errands(AT_ONCE),
        add=html(adding(True), "sending.js", "adding.js"),
        told=html(said(""), "told.js"),
        find=html(finding(), "finding.js"),
        list=html("", "confirming.js", "shelf.js"),
    )


def wire_articles(pane: Shelf, page_load: Callable[..., Any], follow: Follow) -> None:
    """Joins the pane's events, but for opening an article, which the page does as for a citation."""
    all_parts = [pane.told, pane.list, *follow.parts]
    lists = page_load(_first(pane), outputs=[pane.add, pane.list], **QUIET)
    adds = pane.add.submit(_adding(pane, follow), outputs=all_parts, concurrency_limit=None, **QUIET)
    pane.add.stop(_stopping(pane), **EACH_IN_TURN)
    finds = gr.on([pane.find.input, pane.list.input], _finding(pane), outputs=pane.list, **EACH_IN_TURN)
    removes = pane.list.delete(_removing(pane, follow), outputs=all_parts, **QUIET)
    for event, part in ((lists, pane.list), (adds, pane.told), (finds, pane.list), (removes, pane.told)):
        otherwise(event, trouble, part)


def listed(pane: Shelf, words: str, page: int, writes: bool) -> str:
    """One page of the list of the articles that have `words` in title or outlet; one line where it cannot be had."""
    try:
        with pane.engine.library.reading() as (_, truth):
            found, total = truth.found(words.split(), PAGE, page * PAGE)
            if not found and total:  # its last page has just been emptied
                page = (total - 1) // PAGE
                found, total = truth.found(words.split(), PAGE, page * PAGE)
    except PullquoteError as error:
        return trouble(str(error))
    return shelf(found, total, page, words, writes)


def _first(pane: Shelf) -> Callable[[gr.Request], tuple[str, str]]:
    def first(request: gr.Request) -> tuple[str, str]:
        writes = may(pane.may_write, request)
        return adding(writes), listed(pane, "", 0, writes)

    return first


def _finding(pane: Shelf) -> Callable[[gr.EventData, gr.Request], str]:
    def find(event: gr.EventData, request: gr.Request) -> str:
        words, page = _asked_for(event)
        return listed(pane, words, page, may(pane.may_write, request))

    return find


def _asked_for(event: gr.EventData) -> tuple[str, int]:
    words = given(event).get("words")
    return (words[:_LONGEST] if isinstance(words, str) else ""), number(given(event).get("page"), _FURTHEST)


def _adding(pane: Shelf, follow: Follow) -> Callable[..., AsyncIterator[tuple[Any, ...]]]:
    async def add(event: gr.EventData, request: gr.Request) -> AsyncIterator[tuple[Any, ...]]:
        """Shows how far it is, then what came of it; what was added can then be asked about."""
        skipped = [gr.skip()] * len(follow.parts)
        if not may(pane.may_write, request):
            yield trouble(READ_ONLY), gr.skip(), *skipped
            return
        try:
            token = pane.errands.begin(_errand(pane, given(event)), BUSY)
        except PullquoteError as error:
            yield trouble(str(error)), gr.skip(), *skipped
            return
        errand = pane.errands.get(token)
        assert errand is not None  # noqa: S101 - it began a line ago
        async for far in watched(errand, lambda: _far(errand, token)):
            yield far, gr.skip(), *skipped
        yield await asyncio.to_thread(_came_of, pane, errand, follow)

    return add


def _errand(pane: Shelf, sent: Any) -> Errand[Summary]:
    """What the form or the files ask for; raises `UsageError` where that makes no sense."""
    if "files" in sent:
        uploads, refused = pane.tray.take(sent["files"], "articles"), unsent(sent.get("refused"))

        def close() -> None:
            for upload in uploads:
                upload.file.close()

        return Errand(lambda errand: add_files(pane.engine, uploads, errand, refused), close)
    article = pasted(sent)
    return Errand(lambda errand: add_pasted(pane.engine, article, errand))


def _far(errand: Errand[Summary], token: str) -> str:
    read = errand.total and errand.done >= errand.total
    label = "Making them ready to be asked" if read else "Reading the articles"
    detail = f"{errand.count:,} taken in" if errand.count else ""
    bar = progress(label, 0 if read else errand.done, 0 if read else errand.total, detail, stop="Stop")
    return f'<div data-errand="{token}">{bar}</div>'


def _came_of(pane: Shelf, errand: Errand[Summary], follow: Follow) -> tuple[Any, ...]:
    done = errand.result
    line = outcome(done, errand.cancelled, errand.news) if done else trouble(errand.trouble or "it was stopped")
    return line, listed(pane, "", 0, True) if done else gr.skip(), *follow.values()


def _stopping(pane: Shelf) -> Callable[[gr.EventData], None]:
    def stop(event: gr.EventData) -> None:
        if (errand := pane.errands.get(given(event).get("errand"))) is not None:
            errand.cancel()

    return stop


def _removing(pane: Shelf, follow: Follow) -> Callable[[gr.EventData, gr.Request], tuple[Any, ...]]:
    def remove(event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Takes one article out; the person has been asked before."""
        skipped = [gr.skip()] * len(follow.parts)
        if not may(pane.may_write, request):
            return trouble(READ_ONLY), gr.skip(), *skipped
        article_id = given(event).get("article")
        try:
            title = _taken_out(pane.engine, article_id)
        except LibraryBusy:
            return trouble(BUSY), gr.skip(), *skipped
        except PullquoteError as error:
            return trouble(str(error)), gr.skip(), *skipped
        line = f"Removed “{title}”." if title else "That article was no longer there."
        return said(line), listed(pane, *_asked_for(event), True), *follow.values()

    return remove


def _taken_out(engine: Engine, article_id: Any) -> str | None:
    """The title of the article that was taken out; None where there was none."""
    if not isinstance(article_id, str):
        return None
    with engine.library.reading() as (_, truth):
        article = truth.article(article_id)
    if article is None:
        return None
    remove_articles(engine.library, [article_id])
    return article.title or article.id
