"""The article beside the conversation, as HTML, with the cited sentence marked."""

import re

from index.article import Article, Span
from qa.markup import DOT, emphasised, escaped, language_of, title_of
from qa.phrases import day, safe_url, sentence

_BLANK_LINES = re.compile(r"(\n[^\S\n]*(?:\n[^\S\n]*)+)")
_LINE = re.compile(r"(\n)")


def article_page(
    article: Article, span: Span | None, sha256: str | None, opened: str, answer: Span | None = None
) -> str:
    """The article with the sentence at `span` marked, unless its text is no longer that of `sha256`.

    Of the sentence, the words at `answer` are set in bold; both are in code points of the article's text.

    `opened` differs each time, so that opening the same place again is seen as a change. A span that does not lie
    within the text marks nothing.
    """
    changed = sha256 is not None and sha256 != article.sha256
    marked = None if changed or span is None or not 0 <= span.start < span.end <= len(article.text) else span
    warning = '<p class="pq-changed">This article has changed since it was quoted.</p>' if changed else ""
    facts = (article.source, day(article.published_at), article.author)
    kicker = DOT.join(f"<bdi>{escaped(fact)}</bdi>" for fact in facts if fact)
    return (
        f'<article class="pq-article" data-opened="{escaped(opened)}" aria-labelledby="pq-headline">'
        f"{_bar(kicker)}"
        f'<h2 id="pq-headline" tabindex="-1" dir="auto">{escaped(title_of(article))}</h2>'
        f"{_original(article)}{warning}"
        f'<div class="pq-body"{language_of(article)}>{_body(article.text, marked, answer)}</div></article>'
    )


def article_missing(line: str) -> str:
    """In place of an article that cannot be shown: one line says why."""
    return (
        '<article class="pq-article" aria-labelledby="pq-headline">'
        f"{_bar('')}"
        f'<h2 id="pq-headline" class="pq-trouble" tabindex="-1">{escaped(sentence(line))}</h2></article>'
    )


def _bar(kicker: str) -> str:
    return (
        f'<div class="pq-bar"><p class="pq-kicker">{kicker}</p>'
        '<button type="button" class="pq-close" data-close>Close</button></div>'
    )


def _original(article: Article) -> str:
    link = safe_url(article.url)
    if link is None:
        return ""
    url, host = link
    return (
        f'<p class="pq-original"><a href="{escaped(url)}" target="_blank" rel="noopener noreferrer">'
        f"Read it at <bdi>{escaped(host)}</bdi></a></p>"
    )


def _body(text: str, marked: Span | None, answer: Span | None) -> str:
    """The text in paragraphs; all of its characters are there, in order, and nothing else."""
    breaks = _BLANK_LINES if _BLANK_LINES.search(text) else _LINE
    parts, at = [], 0
    for piece in breaks.split(text):
        words = _marked(piece, at, marked, answer)
        parts.append(words if piece.isspace() or not piece else f'<p dir="auto">{words}</p>')
        at += len(piece)
    return "".join(parts)


def _marked(piece: str, at: int, marked: Span | None, answer: Span | None) -> str:
    """`piece`, which begins at code point `at`, with what of it lies in `marked` between mark tags."""
    if marked is None or piece.isspace():
        return escaped(piece)
    start, end = _within(marked, at, len(piece))
    if start == end:
        return escaped(piece)
    words = piece[start:end]
    first, last = _within(answer, at + start, len(words)) if answer else (0, 0)
    words = emphasised((words[:first], words[first:last], words[last:]))
    return f"{escaped(piece[:start])}<mark>{words}</mark>{escaped(piece[end:])}"


def _within(span: Span, at: int, length: int) -> tuple[int, int]:
    """Where `span` lies in a text of `length` code points that begins at `at`; empty where it lies outside."""
    start, end = (min(max(edge - at, 0), length) for edge in span)
    return start, max(start, end)
