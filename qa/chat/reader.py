"""The article beside the conversation, and on a page of its own, as HTML, with the cited sentence marked."""

import re
from collections.abc import Sequence
from itertools import pairwise

from index.article import Article, Span
from qa.chat import cite_as
from qa.links import Place, original, permalink
from qa.markup import DOT, emphasised, escaped, language_of, title_of
from qa.phrases import day, safe_url, sentence

_BLANK_LINES = re.compile(r"(\n[^\S\n]*(?:\n[^\S\n]*)+)")
_LINE = re.compile(r"(\n)")
_CLOSE = '<button type="button" class="pq-close" data-close>Close</button>'
_NOWHERE = Place()


def article_page(article: Article, place: Place = _NOWHERE, opened: str = "", alone: bool = False) -> str:
    """The article with the sentence at `place` marked, and its neighbours more faintly, as far as they lie within it.

    Where the text is no longer the one that was cited, that is said, and nothing is marked. `opened` differs each
    time, so that opening the same place again is seen as a change; `alone` leaves out what only a panel has.
    """
    held = quotable(article, place)
    shown = place if held else _NOWHERE
    facts = (article.source, day(article.published_at), article.author)
    kicker = DOT.join(f"<bdi>{escaped(fact)}</bdi>" for fact in facts if fact and fact.strip())
    gone = _MOVED if place.is_of(article.sha256) else _CHANGED
    warning = gone if place.span is not None and held is None else ""
    return (
        f'<article class="pq-article" data-opened="{escaped(opened)}" aria-labelledby="pq-headline">'
        f"{_bar(kicker, alone)}{_headline(title_of(article), alone)}"
        f"{_original(article, held)}{warning}{_tools(article, shown, held, alone)}"
        f'<div class="pq-body"{language_of(article)}>{_body(article.text, shown, alone)}</div></article>'
    )


def quotable(article: Article, place: Place) -> Span | None:
    """The span of `place`, where the text is still the one that was cited and the span lies within it."""
    span = place.span
    if span is None or not place.is_of(article.sha256) or not 0 <= span.start < span.end <= len(article.text):
        return None
    return span


def article_missing(line: str, alone: bool = False) -> str:
    """In place of an article that cannot be shown: one line says why."""
    tag = "h1" if alone else "h2"
    return (
        '<article class="pq-article" aria-labelledby="pq-headline">'
        f"{_bar('', alone)}"
        f'<{tag} id="pq-headline" class="pq-trouble" tabindex="-1">{escaped(sentence(line))}</{tag}></article>'
    )


def _bar(kicker: str, alone: bool) -> str:
    return f'<div class="pq-bar"><p class="pq-kicker">{kicker}</p>{"" if alone else _CLOSE}</div>'


def _headline(title: str, alone: bool) -> str:
    tag, focusable = ("h1", "") if alone else ("h2", ' tabindex="-1"')
    return f'<{tag} id="pq-headline"{focusable} dir="auto">{escaped(title)}</{tag}>'


def _original(article: Article, held: Span | None) -> str:
    link = safe_url(article.url)
    if link is None:
        return ""
    quoted = article.text[held.start : held.end] if held else ""
    return (
        f'<p class="pq-original"><a href="{escaped(original(article.url, quoted) or "")}" target="_blank" '
        f'rel="noopener noreferrer">Read it at <bdi>{escaped(link[1])}</bdi></a></p>'
    )


# what may be taken away: the quotation, its address, a citation of it


def _tools(article: Article, place: Place, held: Span | None, alone: bool) -> str:
    """Copying; a script makes the buttons work, and without one the citations can still be read and marked."""
    if held is None:
        return ""
    text, link = article.text[held.start : held.end], permalink(article.id, _whole(article, place))
    alone_link = "" if alone else f'<a class="pq-tool" href="{escaped(link)}" target="_blank">Open as a page</a>'
    return (
        f'<div class="pq-tools" role="group" aria-label="This quotation">{_copies("Copy quote", text)}'
        f'<button type="button" class="pq-tool" data-copy-link="{escaped(link)}">Copy link</button>{alone_link}'
        f"{_citations(article, held, text)}</div>"
    )


def _whole(article: Article, place: Place) -> Place:
    """The place with the digest of the text as it is, so that a link made of it tells of a later change."""
    return Place(place.span, article.sha256, place.words, place.near)


def _citations(article: Article, held: Span, text: str) -> str:
    styles = (
        ("Plain", cite_as.plain(article, held, text)),
        ("Markdown", cite_as.markdown(article, held, text)),
        ("APA", cite_as.apa(article)),
    )
    rows = "".join(
        f'<dt>{name} {_copies("Copy", said, f"Copy the citation: {name}")}</dt><dd dir="auto">{escaped(said)}</dd>'
        for name, said in styles
    )
    return f'<details class="pq-cite"><summary class="pq-tool">Cite</summary><dl>{rows}</dl></details>'


def _copies(label: str, text: str, spoken: str = "") -> str:
    named = f' aria-label="{escaped(spoken)}"' if spoken else ""
    return f'<button type="button" class="pq-tool" data-copy="{escaped(text)}"{named}>{escaped(label)}</button>'


# the text


def _body(text: str, place: Place, alone: bool) -> str:
    """The text in paragraphs; all of its characters are there, in order, and nothing else."""
    breaks = _BLANK_LINES if _BLANK_LINES.search(text) else _LINE
    parts, at = [], 0
    # Without a script, what asks for the focus is scrolled to: on a page of its own, the quotation.
    found = ' id="quote" tabindex="-1" autofocus' if alone else ' id="quote"'
    for piece in breaks.split(text):
        words = "" if not piece else escaped(piece) if piece.isspace() else _marked(piece, at, place, found)
        parts.append(words if piece.isspace() or not piece else f'<p dir="auto">{words}</p>')
        if "<mark" in words and found in words:
            found = ""
        at += len(piece)
    return "".join(parts)


def _marked(piece: str, at: int, place: Place, found: str) -> str:
    """`piece`, which begins at code point `at`, with mark tags about what of it is cited."""
    cited = _within(place.span, at, len(piece))
    near = [part for part in (_within(span, at, len(piece)) for span in place.near) if part]
    parts = []
    for start, end in pairwise(_edges(len(piece), [cited, *near])):
        words = piece[start:end]
        if cited and cited[0] <= start < cited[1]:
            first, last = _within(place.words, at + start, len(words)) or (0, 0)
            bold = emphasised((words[:first], words[first:last], words[last:]))
            parts.append(f"<mark{found}>{bold}</mark>")
        elif any(one[0] <= start < one[1] for one in near):
            parts.append(f'<mark class="pq-near">{escaped(words)}</mark>')
        else:
            parts.append(escaped(words))
    return "".join(parts)


def _edges(length: int, cited: Sequence[tuple[int, int] | None]) -> list[int]:
    """Where anything begins or ends in a piece of `length` code points; the cited sentence itself is not cut."""
    whole = cited[0]
    edges = {0, length} | {edge for part in cited if part for edge in part}
    return sorted(edge for edge in edges if not whole or not whole[0] < edge < whole[1])


def _within(span: Span | None, at: int, length: int) -> tuple[int, int] | None:
    """What of `span` lies in a text of `length` code points that begins at `at`; None where nothing does."""
    if span is None:
        return None
    start, end = (min(max(edge - at, 0), length) for edge in span)
    return (start, end) if start < end else None


_CHANGED = '<p class="pq-changed">This article has changed since it was quoted.</p>'
_MOVED = '<p class="pq-changed">The sentence that was meant is not in this article as it is now.</p>'
