"""What the chat page shows, as HTML: first sight, the conversation, an answer, an abstention.

Pure functions, free of Gradio. An element with `data-article` opens that article when it is clicked; `data-ask` asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.article import Article
from qa.answer import Answer, Status
from qa.citation import Citation
from qa.markup import DOT, emphasised, escaped, language_of, title_of
from qa.phrases import POSSIBLE, confidence, counted, day, days, named, parted, sentence, shortfall
from qa.smalltalk import small_talk

NEAR_MISSES = 3
EXAMPLES = 4
_LONGEST_TITLE = 90  # characters of a title that still reads well inside a question
_OWN_MARKS = ('"', "“", "„", "«", "‘", "'", "‹", "「", "『")


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is in the library: a count, the outlets (most articles first), first and last day, newest articles."""

    articles: int = 0
    outlets: tuple[str, ...] = ()
    dates: tuple[str, str] | None = None
    newest: tuple[Article, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what came of it: an answer, or one line of trouble; neither while it is being looked up.

    `as_of` is the day on which it was asked, ISO, where one was given.
    """

    question: str
    answer: Answer | None = None
    trouble: str | None = None
    as_of: str | None = None


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
    question = f'<h2 class="pq-question" dir="auto">{escaped(turn.question)}</h2>'
    return f'<section class="pq-turn">{question}{_understood(turn)}{body}</section>'


def _understood(turn: Turn) -> str:
    """Under the question: what was asked of the articles in its place, and the day that it was asked as of."""
    rewritten = turn.answer.rewritten if turn.answer else None
    asked = f'<p class="pq-rewritten" dir="auto">Asked as: <bdi>{escaped(rewritten)}</bdi></p>' if rewritten else ""
    return asked + (f'<p class="pq-as-of">As of {escaped(day(turn.as_of))}</p>' if turn.as_of else "")


def answered(answer: Answer) -> str:
    """An answer as pull quotes, a possible one as such, an abstention with its misses, or the reply to small talk."""
    if answer.status is Status.ANSWERED:
        return _quotes(answer)
    if reply := small_talk(answer.question):
        return f'<p class="pq-reply">{escaped(reply)}</p>'
    if answer.possible and answer.hits:
        return _possible(answer)
    return (
        '<div class="pq-abstention"><p class="pq-verdict">No answer in these articles</p>'
        f'<p class="pq-reason" dir="auto">{escaped(answer.reason or "")}</p>{_misses(answer.hits)}</div>'
    )


def _possible(answer: Answer) -> str:
    """The best hit, framed and labelled as what it is; the other misses are kept outside the frame."""
    best = answer.hits[0]
    others = [hit for hit in answer.hits if hit.text.casefold() != best.text.casefold()]
    return (
        f'<div class="pq-possible"><p class="pq-verdict">{POSSIBLE}</p>'
        f"<ul><li><div {_opens(best)}>{_said(best)}</div>{_byline(best)}</li></ul>"
        f'<p class="pq-reason" dir="auto">{escaped(sentence(shortfall(answer.reason)))}</p></div>'
        f'<div class="pq-others">{_misses(others)}</div>'
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
    title, opens = title_of(citation.article), _opens(citation)
    label = escaped(f"[{number}] Open in its article: {title}")
    return (
        f'<li class="pq-quote"><button type="button" class="pq-number" {opens} aria-label="{label}">[{number}]</button>'
        f"<blockquote {opens}>{_said(citation)}</blockquote>"
        f"{_byline(citation)}{_also(citation)}</li>"
    )


def _said(citation: Citation) -> str:
    """The sentence, with the one before it where it leans on that: context, marked as such, outside the quotation."""
    if not citation.context:
        return _words(citation)
    before = f'<span class="pq-label">Context</span> <bdi>{escaped(citation.context)}</bdi>'
    return f'<p class="pq-context" dir="auto">{before}</p>{_words(citation)}'


def _words(citation: Citation) -> str:
    marks = " pq-own-marks" if citation.text.startswith(_OWN_MARKS) else ""
    return f'<p class="pq-words{marks}" dir="auto"{language_of(citation.article)}>{emphasised(parted(citation))}</p>'


def _byline(citation: Citation) -> str:
    """Outlet, day and confidence; below them the title, as a button that opens the article."""
    article = citation.article
    outlet = f'<bdi class="pq-outlet">{escaped(article.source)}</bdi>' if article.source else ""
    when = f"<bdi>{escaped(day(article.published_at))}</bdi>" if article.published_at else ""
    return (
        f'<p class="pq-byline"><span>{DOT.join(filter(None, (outlet, when)))}</span>'
        f'<span class="pq-confidence">{escaped(_capital(confidence(citation.confidence)))}</span></p>'
        f'<p class="pq-title"><button type="button" {_opens(citation)}>'
        f"<bdi>{escaped(title_of(article))}</bdi></button></p>"
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
    # Without the answer's words: of a sentence that does not answer nothing is the answer.
    shown = [replace(hit, answer=None) for hit in reversed(hits)]
    nearest = list({hit.text.casefold(): hit for hit in shown}.values())[::-1][:NEAR_MISSES]
    if not nearest:
        return ""
    items = "".join(f'<li class="pq-miss"><div {_opens(hit)}>{_said(hit)}</div>{_byline(hit)}</li>' for hit in nearest)
    return f'<h3>Nearest misses, which do not answer it</h3><ul class="pq-misses">{items}</ul>'


def _opens(citation: Citation) -> str:
    start, end = citation.span
    article_id, digest = escaped(citation.article.id), escaped(citation.sha256)
    words = (
        f' data-answer-start="{citation.answer.start}" data-answer-end="{citation.answer.end}"'
        if citation.answer
        else ""
    )
    return f'data-article="{article_id}" data-start="{start}" data-end="{end}"{words} data-sha256="{digest}"'


def _outlet(article: Article) -> str:
    return ", ".join(fact for fact in (article.source or title_of(article), day(article.published_at)) if fact)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
