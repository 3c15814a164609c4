"""What the chat page shows, as HTML: every word of an article, a question or an error is escaped here and nowhere else.

Pure functions, free of Gradio. An element with `data-article` opens that article when it is clicked; `data-ask` asks.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.article import Article, Span, storable
from qa.answer import Answer, Status
from qa.citation import Citation
from qa.phrases import confidence, counted, day, days, named, safe_url, sentence
from qa.smalltalk import small_talk

NEAR_MISSES = 3
EXAMPLES = 4
_LONGEST_TITLE = 90  # characters of a title that still reads well inside a question
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_OWN_MARKS = ('"', "“", "„", "«", "‘", "'", "‹", "「", "『")
_BLANK_LINES = re.compile(r"(\n[^\S\n]*(?:\n[^\S\n]*)+)")
_LINE = re.compile(r"(\n)")
_DOT = '<span class="pq-dot"> · </span>'


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is in the library: a count, the outlets (most articles first), first and last day, newest articles."""

    articles: int = 0
    outlets: tuple[str, ...] = ()
    dates: tuple[str, str] | None = None
    newest: tuple[Article, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what came of it: an answer, or one line of trouble; neither while it is being looked up."""

    question: str
    answer: Answer | None = None
    trouble: str | None = None


def escaped(text: str) -> str:
    """`text` for HTML, as content or attribute; a carriage return survives the parser as a reference."""
    return html.escape(storable(text)).replace("\r", "&#13;")


# first sight


def introduction(holdings: Holdings, examples: Sequence[str]) -> str:
    """The masthead: what this is, what it holds, what may be asked."""
    return (
        '<header class="pq-intro"><h1>Pullquote</h1>'
        '<p class="pq-standfirst">Ask the articles a question. The answer is their own sentences, '
        "word for word, each with its place; or a plain word that they do not say.</p>"
        f'<p class="pq-holdings">{_holdings(holdings)}</p>{_examples(examples)}</header>'
    )


def suggested(newest: Sequence[Article]) -> list[str]:
    """Questions made of the titles of some articles, of different outlets where there are several."""
    titles: dict[str | None, list[str]] = {}
    for article in newest:
        if 0 < len(article.title) <= _LONGEST_TITLE:
            titles.setdefault(article.source, []).append(article.title)
    first = [own[0] for own in titles.values()]
    rest = [title for own in titles.values() for title in own[1:]]
    return [f"What do the articles say about “{title}”?" for title in dict.fromkeys(first + rest)][:EXAMPLES]


def _holdings(holdings: Holdings) -> str:
    if not holdings.articles:
        return "The library is empty: add articles with <code>pullquote index</code>."
    facts = [counted(holdings.articles, "article")]
    if holdings.outlets:
        facts.append(counted(len(holdings.outlets), "outlet"))
    if holdings.dates:
        facts.append(days(*holdings.dates))
    line = " · ".join(f'<span class="pq-fact">{escaped(fact)}</span>' for fact in facts)
    return f'{line}<span class="pq-outlets"><bdi>{escaped(named(holdings.outlets))}</bdi></span>'


def _examples(examples: Sequence[str]) -> str:
    if not examples:
        return ""
    items = "".join(
        f'<li><button type="button" data-ask="{escaped(example)}" dir="auto">{escaped(example)}</button></li>'
        for example in examples
    )
    return f'<nav class="pq-examples" aria-label="Example questions"><h2>You might ask</h2><ul>{items}</ul></nav>'


# the conversation


def conversation(turns: Sequence[Turn]) -> str:
    """All turns, oldest first, in one live region that screen readers follow."""
    return f'<div class="pq-log" role="log" aria-label="Conversation">{"".join(map(_turn, turns))}</div>'


def note(line: str) -> str:
    """One calm line under the question box; empty where there is nothing to say."""
    return f'<p class="pq-note" role="status">{escaped(sentence(line)) if line else ""}</p>'


def _turn(turn: Turn) -> str:
    if turn.trouble is not None:
        body = f'<p class="pq-trouble">{escaped(sentence(turn.trouble))}</p>'
    elif turn.answer is None:
        body = '<p class="pq-pending">Looking through the articles…</p>'
    else:
        body = answered(turn.answer)
    return f'<section class="pq-turn"><h2 class="pq-question" dir="auto">{escaped(turn.question)}</h2>{body}</section>'


def answered(answer: Answer) -> str:
    """An answer as pull quotes, an abstention with its nearest misses, or the plain reply to small talk."""
    if answer.status is Status.ANSWERED:
        return _quotes(answer)
    if reply := small_talk(answer.question):
        return f'<p class="pq-reply">{escaped(reply)}</p>'
    return (
        '<div class="pq-abstention"><p class="pq-verdict">No answer in these articles</p>'
        f'<p class="pq-reason" dir="auto">{escaped(answer.reason or "")}</p>{_misses(answer.hits)}</div>'
    )


def _quotes(answer: Answer) -> str:
    quotes = "".join(_quote(citation, n) for n, citation in enumerate(answer.citations, 1))
    outlets = (
        f'<p class="pq-sources">Quoted from {counted(answer.sources, "independent outlet")}</p>'
        if answer.sources > 1
        else ""
    )
    return f'<ol class="pq-quotes">{quotes}</ol>{outlets}'


def _quote(citation: Citation, number: int) -> str:
    title, opens = _title(citation.article), _opens(citation)
    label = escaped(f"[{number}] Open in its article: {title}")
    context = f'<p class="pq-context" dir="auto">{escaped(citation.context)}</p>' if citation.context else ""
    return (
        f'<li class="pq-quote"><button type="button" class="pq-number" {opens} aria-label="{label}">[{number}]</button>'
        f"<blockquote {opens}>{context}{_words(citation)}</blockquote>"
        f"{_byline(citation)}{_also(citation)}</li>"
    )


def _words(citation: Citation) -> str:
    marks = " pq-own-marks" if citation.text.startswith(_OWN_MARKS) else ""
    return f'<p class="pq-words{marks}" dir="auto"{_language(citation.article)}>{escaped(citation.text)}</p>'


def _byline(citation: Citation) -> str:
    """Outlet, day and confidence; below them the title, as a button that opens the article."""
    article = citation.article
    outlet = f'<bdi class="pq-outlet">{escaped(article.source)}</bdi>' if article.source else ""
    when = f"<bdi>{escaped(day(article.published_at))}</bdi>" if article.published_at else ""
    return (
        f'<p class="pq-byline"><span>{_DOT.join(filter(None, (outlet, when)))}</span>'
        f'<span class="pq-confidence">{escaped(_capital(confidence(citation.confidence)))}</span></p>'
        f'<p class="pq-headline"><button type="button" {_opens(citation)}><bdi>{escaped(_title(article))}</bdi></button></p>'
    )


def _also(citation: Citation) -> str:
    copies = {other.article.id: other for other in citation.same_as if other.article.id != citation.article.id}
    if not copies:
        return ""
    buttons = ", ".join(
        f'<button type="button" {_opens(other)}><bdi>{escaped(_outlet(other.article))}</bdi></button>'
        for other in copies.values()
    )
    return f'<p class="pq-also">Also in {buttons}</p>'


def _misses(hits: Sequence[Citation]) -> str:
    nearest = list({hit.text.casefold(): hit for hit in reversed(hits)}.values())[::-1][:NEAR_MISSES]
    if not nearest:
        return ""
    items = "".join(f'<li class="pq-miss"><div {_opens(hit)}>{_words(hit)}</div>{_byline(hit)}</li>' for hit in nearest)
    return f'<h3>Nearest sentences, not likely enough to be an answer</h3><ul class="pq-misses">{items}</ul>'


def _opens(citation: Citation) -> str:
    start, end = citation.span
    article_id, digest = escaped(citation.article.id), escaped(citation.sha256)
    return f'data-article="{article_id}" data-start="{start}" data-end="{end}" data-sha256="{digest}"'


# the article


def article_page(article: Article, span: Span | None, sha256: str | None, opened: str) -> str:
    """The article with the sentence at `span` marked, unless its text is no longer that of `sha256`.

    `opened` differs each time, so that opening the same place again is seen as a change. A span that does not lie
    within the text marks nothing.
    """
    changed = sha256 is not None and sha256 != article.sha256
    marked = None if changed or span is None or not 0 <= span.start < span.end <= len(article.text) else span
    warning = '<p class="pq-changed">This article has changed since it was quoted.</p>' if changed else ""
    facts = (article.source, day(article.published_at), article.author)
    kicker = _DOT.join(f"<bdi>{escaped(fact)}</bdi>" for fact in facts if fact)
    return (
        f'<article class="pq-article" data-opened="{escaped(opened)}" aria-labelledby="pq-headline">'
        '<button type="button" class="pq-close" data-close>Close</button>'
        f'<p class="pq-kicker">{kicker}</p><h2 id="pq-headline" tabindex="-1" dir="auto">{escaped(_title(article))}</h2>'
        f"{_original(article)}{warning}"
        f'<div class="pq-body"{_language(article)}>{_body(article.text, marked)}</div></article>'
    )


def article_missing(line: str) -> str:
    """In place of an article that cannot be shown: one line says why."""
    return (
        '<article class="pq-article" aria-labelledby="pq-headline">'
        '<button type="button" class="pq-close" data-close>Close</button>'
        '<h2 id="pq-headline" class="pq-trouble" tabindex="-1">' + escaped(sentence(line)) + "</h2></article>"
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


def _body(text: str, marked: Span | None) -> str:
    """The text in paragraphs; all of its characters are there, in order, and nothing else."""
    breaks = _BLANK_LINES if _BLANK_LINES.search(text) else _LINE
    parts, at = [], 0
    for piece in breaks.split(text):
        words = _marked(piece, at, marked)
        parts.append(words if piece.isspace() or not piece else f'<p dir="auto">{words}</p>')
        at += len(piece)
    return "".join(parts)


def _marked(piece: str, at: int, marked: Span | None) -> str:
    """`piece`, which begins at code point `at`, with what of it lies in `marked` between mark tags."""
    if marked is None or piece.isspace():
        return escaped(piece)
    start, end = (min(max(edge - at, 0), len(piece)) for edge in marked)
    if start == end:
        return escaped(piece)
    return f"{escaped(piece[:start])}<mark>{escaped(piece[start:end])}</mark>{escaped(piece[end:])}"


def _title(article: Article) -> str:
    return article.title.strip() or article.id


def _outlet(article: Article) -> str:
    return ", ".join(fact for fact in (article.source or _title(article), day(article.published_at)) if fact)


def _language(article: Article) -> str:
    known = article.language is not None and _LANGUAGE.fullmatch(article.language)
    return f' lang="{article.language}"' if known else ""


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
