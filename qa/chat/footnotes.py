"""A conversation as Markdown: the quotations as such, and a footnote for each that says where it stands."""

import re
from collections.abc import Sequence

from qa.answer import Answer, Status
from qa.chat.cite_as import in_markdown
from qa.chat.history import filters_json
from qa.chat.page import Turn
from qa.citation import Citation
from qa.links import in_angles
from qa.markup import title_of
from qa.phrases import POSSIBLE, confidence, counted, day, named, safe_url, sentence, shortfall

_NO_WORD = re.compile(r"[^\w]+")
_BREAKS = re.compile(r"[ \t]*(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])\s*")


def markdown(turns: Sequence[Turn], generator: str = "Pullquote") -> str:
    """The conversation, a question a heading; the same conversation gives the same text.

    Whatever stands in an article or a question is text and never markup. Footnotes are numbered throughout.
    """
    notes: list[str] = []
    parts = [f"# {_plain(turns[0].question)}" if turns else "# A conversation"]
    for turn in turns:
        parts += [f"## {_plain(turn.question)}", *_asked(turn), *_said(turn, notes)]
    parts += notes or []
    parts.append(f"*Quotations are word for word, found by {generator}.*")
    return "\n\n".join(parts) + "\n"


def file_name(turns: Sequence[Turn]) -> str:
    """A name for the file: the first question's words."""
    slug = _NO_WORD.sub("-", turns[0].question.casefold()).strip("-")[:60].strip("-") if turns else ""
    return f"{slug or 'conversation'}.md"


def _asked(turn: Turn) -> list[str]:
    """How it was asked, where that is not just as it stands in the heading."""
    facts = [f"Asked as: {_plain(turn.answer.rewritten)}"] if turn.answer and turn.answer.rewritten else []
    if turn.as_of:
        facts.append(f"As of {day(turn.as_of)}")
    if turn.filters:
        given = filters_json(turn.filters)
        bounds = [_plain(named(given.get("source", [])))] if given.get("source") else []
        bounds += [f"from {day(given['published_after'])}"] if "published_after" in given else []
        bounds += [f"until {day(given['published_before'])}"] if "published_before" in given else []
        facts.append("Only " + ", ".join(bounds))
    return ["*" + " · ".join(facts) + "*"] if facts else []


def _said(turn: Turn, notes: list[str]) -> list[str]:
    answer = turn.answer
    if answer is None:
        return [_plain(sentence(turn.trouble or "nothing came of it"))]
    if answer.status is Status.ANSWERED:
        return [*(_quoted(citation, notes) for citation in answer.citations), *_outlets(answer)]
    if answer.possible and answer.hits:
        return [f"**{POSSIBLE}.** {_plain(shortfall(answer.reason))}", _quoted(answer.hits[0], notes)]
    return [_plain(answer.reason or "")]


def _outlets(answer: Answer) -> list[str]:
    return [f"Quoted from {counted(answer.sources, 'independent outlet')}."] if answer.sources > 1 else []


def _quoted(citation: Citation, notes: list[str]) -> str:
    """The sentence as a quotation with its footnote's mark; the note joins `notes`."""
    mark = f"[^{len(notes) + 1}]"
    notes.append(f"{mark}: {_place(citation)}")
    before = f"> *Context:* {_plain(citation.context)}\n>\n" if citation.context else ""
    return f"{before}> “{_plain(citation.text)}”{mark}"


def _place(citation: Citation) -> str:
    article, (start, end) = citation.article, citation.span
    facts = [_plain(fact) for fact in (article.source, title_of(article), day(article.published_at)) if fact]
    if link := safe_url(article.url):
        facts.append(f"<{in_angles(link[0])}>")
    also = dict.fromkeys(
        other.article.source or title_of(other.article)
        for other in citation.same_as
        if other.article.id != citation.article.id
    )
    facts += [f"also in {_plain(named(list(also)))}"] if also else []
    facts.append(f"article {_plain(article.id)}, characters {start}–{end}")
    return f"{', '.join(facts)} ({confidence(citation.confidence)})."


def _plain(text: str) -> str:
    """Text of others as Markdown that shows it and nothing else, on one line."""
    return in_markdown(_BREAKS.sub(" ", text.strip()))
