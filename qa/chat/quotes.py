"""An answer as HTML: pull quotes, a possible answer, or an abstention with its nearest misses.

Pure functions, free of Gradio. An element with `data-article` opens that article, at that place, when it is clicked.
"""

from collections.abc import Sequence
from dataclasses import replace

from index.article import Article, Span
from qa.answer import Answer, Status
from qa.chat.why import why
from qa.citation import Citation
from qa.links import near
from qa.markup import DOT, emphasised, escaped, language_of, title_of
from qa.phrases import OWN_MARKS, POSSIBLE, confidence, counted, day, parted, sentence, shortfall

NEAR_MISSES = 3


def answered(answer: Answer, as_of: str | None = None) -> str:
    """An answer as pull quotes, a possible one as such, an abstention with its misses, or the reply to small talk.

    Where it was asked `as_of` a day, what has no date is said to be possibly later.
    """
    if answer.status is Status.ANSWERED:
        return _quotes(answer, as_of)
    if answer.is_small_talk:
        return f'<p class="pq-reply">{escaped(answer.reason or "")}</p>'
    if answer.possible and answer.hits:
        return _possible(answer, as_of)
    return (
        '<div class="pq-abstention"><p class="pq-verdict">No answer in these articles</p>'
        f'<p class="pq-reason" dir="auto">{escaped(answer.reason or "")}</p>{_misses(answer.hits, answer, as_of)}</div>'
    )


def _possible(answer: Answer, as_of: str | None) -> str:
    """The best hit, framed and labelled as what it is; the other misses are kept outside the frame."""
    best = answer.hits[0]
    others = [hit for hit in answer.hits if hit.text.casefold() != best.text.casefold()]
    return (
        f'<div class="pq-possible"><p class="pq-verdict">{POSSIBLE}</p>'
        f"<ul><li><div {_opens(best)}>{_said(best)}</div>{_byline(best, as_of)}{why(best, _asked(answer))}</li></ul>"
        f'<p class="pq-reason" dir="auto">{escaped(sentence(shortfall(answer.reason)))}</p></div>'
        f'<div class="pq-others">{_misses(others, answer, as_of)}</div>'
    )


def _quotes(answer: Answer, as_of: str | None) -> str:
    quotes = "".join(_quote(citation, n, answer, as_of) for n, citation in enumerate(answer.citations, 1))
    outlets = (
        f'<p class="pq-sources">Quoted from {counted(answer.sources, "independent outlet")}</p>'
        if answer.sources > 1 and len(answer.citations) > 1
        else ""
    )
    return f'<ol class="pq-quotes">{quotes}</ol>{outlets}'


def _quote(citation: Citation, number: int, answer: Answer, as_of: str | None) -> str:
    title, opens = title_of(citation.article), _opens(citation, answer)
    label = escaped(f"[{number}] Open in its article: {title}")
    return (
        f'<li class="pq-quote"><button type="button" class="pq-number" {opens} aria-label="{label}">[{number}]</button>'
        f"<blockquote {opens}>{_said(citation)}</blockquote>"
        f"{_byline(citation, as_of, answer)}{_also(citation, answer)}{why(citation, _asked(answer))}</li>"
    )


def _asked(answer: Answer) -> str:
    return answer.rewritten or answer.question


def _said(citation: Citation) -> str:
    """The sentence, with the one before it where it leans on that: context, marked as such, outside the quotation."""
    if not citation.context:
        return _words(citation)
    before = f'<span class="pq-label">Context</span> <bdi>{escaped(citation.context)}</bdi>'
    return f'<p class="pq-context" dir="auto">{before}</p>{_words(citation)}'


def _words(citation: Citation) -> str:
    marks = " pq-own-marks" if citation.text.startswith(OWN_MARKS) else ""
    return f'<p class="pq-words{marks}" dir="auto"{language_of(citation.article)}>{emphasised(parted(citation))}</p>'


def _byline(citation: Citation, as_of: str | None, answer: Answer | None = None) -> str:
    """Outlet, day and confidence; below them the title, as a button that opens the article."""
    article = citation.article
    outlet = f'<bdi class="pq-outlet">{escaped(article.source)}</bdi>' if article.source else ""
    undated = '<span class="pq-undated">No date: may be later than that day</span>' if as_of else ""
    when = f"<bdi>{escaped(day(article.published_at))}</bdi>" if article.published_at else undated
    return (
        f'<p class="pq-byline"><span>{DOT.join(filter(None, (outlet, when)))}</span>'
        f'<span class="pq-confidence">{escaped(_capital(confidence(citation.confidence)))}</span></p>'
        f'<p class="pq-title"><button type="button" {_opens(citation, answer)}>'
        f"<bdi>{escaped(title_of(article))}</bdi></button></p>"
    )


def _also(citation: Citation, answer: Answer) -> str:
    copies = {other.article.id: other for other in citation.same_as if other.article.id != citation.article.id}
    if not copies:
        return ""
    buttons = ", ".join(
        f'<button type="button" {_opens(other, answer)}><bdi>{escaped(_outlet(other.article))}</bdi></button>'
        for other in copies.values()
    )
    # Outlets agree where each has the sentence on its own account: copies of one text are one source.
    agreed = replace(answer, citations=(citation,)).sources
    agree = f'<span class="pq-agree">{counted(agreed, "source")}</span> ' if agreed > 1 else ""
    return f'<p class="pq-also">{agree}Also in {buttons}</p>'


def _misses(hits: Sequence[Citation], answer: Answer, as_of: str | None) -> str:
    # Without the answer's words: of a sentence that does not answer nothing is the answer.
    shown = [replace(hit, answer=None) for hit in reversed(hits)]
    nearest = list({hit.text.casefold(): hit for hit in shown}.values())[::-1][:NEAR_MISSES]
    if not nearest:
        return ""
    items = "".join(
        f'<li class="pq-miss"><div {_opens(hit)}>{_said(hit)}</div>{_byline(hit, as_of)}{why(hit, _asked(answer))}</li>'
        for hit in nearest
    )
    return f'<h3>Nearest misses, which do not answer it</h3><ul class="pq-misses">{items}</ul>'


def _opens(citation: Citation, answer: Answer | None = None) -> str:
    """The place that a click opens, with what `answer` cites from the same text besides."""
    start, end = citation.span
    article_id, digest = escaped(citation.article.id), escaped(citation.sha256)
    words = (
        f' data-answer-start="{citation.answer.start}" data-answer-end="{citation.answer.end}"'
        if citation.answer
        else ""
    )
    others = _neighbours(citation, answer) if answer else []
    beside = f' data-near="{near(others)}"' if others else ""
    return f'data-article="{article_id}" data-start="{start}" data-end="{end}"{words}{beside} data-sha256="{digest}"'


def _neighbours(citation: Citation, answer: Answer) -> list[Span]:
    """The other sentences of the same text that `answer` cites."""
    cited = [one for each in answer.citations for one in (each, *each.same_as)]
    return sorted({one.span for one in cited if one.sha256 == citation.sha256} - {citation.span})


def _outlet(article: Article) -> str:
    return ", ".join(fact for fact in (article.source or title_of(article), day(article.published_at)) if fact)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
