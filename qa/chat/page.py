"""What the chat page shows, as HTML: first sight, and the conversation.

Pure functions, free of Gradio. An element with `data-article` opens that article when it is clicked; `data-ask` asks,
`data-again` asks the turn of that key once more, `data-fill` puts its words into the question box, `data-copy` copies.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from index.article import Article
from qa.answer import Answer, Status
from qa.chat.cite_as import whole_answer
from qa.chat.filter_page import bounds
from qa.chat.quotes import answered
from qa.chat.verdict_page import verdicts
from qa.markup import escaped
from qa.phrases import counted, days, named, sentence
from qa.question import NO_FILTERS, Filters

EXAMPLES = 4
_LONGEST_TITLE = 90  # characters of a title that still reads well as a question
_STAGES = {
    "searching": "Searching the articles…",
    "reading": "Reading the sentences that come nearest…",
    "choosing": "Choosing what answers…",
}


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

    `as_of` is the day on which it was asked, ISO, where one was given; `filters` are those it was asked with. `key`
    names the turn to the browser and is like no other's. `stage` is how far the looking up has come.
    """

    question: str
    answer: Answer | None = None
    trouble: str | None = None
    as_of: str | None = None
    filters: Filters = NO_FILTERS
    key: str = field(default_factory=lambda: secrets.token_hex(8), compare=False)
    stage: str | None = None

    @property
    def is_done(self) -> bool:
        """Whether anything has come of it."""
        return self.answer is not None or self.trouble is not None


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
    """The titles of some articles, of different outlets where there are several.

    As they are: of forty news titles 23 are answered so, and 4 within “What do the articles say about …?”.
    """
    titles: dict[str | None, list[str]] = {}
    for article in newest:
        if 0 < len(article.title) <= _LONGEST_TITLE:
            titles.setdefault(article.source, []).append(article.title)
    first = [own[0] for own in titles.values()]
    rest = [title for own in titles.values() for title in own[1:]]
    return list(dict.fromkeys(first + rest))[:EXAMPLES]


def _holdings(holdings: Holdings) -> str:
    if not holdings.articles:
        return "The library is empty: add articles under “Articles” above, or with <code>pullquote index</code>."
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
        body = f'<p class="pq-pending">{_STAGES.get(turn.stage or "", "Looking through the articles…")}</p>'
    else:
        body = answered(turn.answer, turn.as_of)
    question = f'<h2 class="pq-question" dir="auto">{escaped(turn.question)}</h2>'
    inside = f"{question}{_understood(turn)}{body}{_foot(turn)}"
    return f'<section class="pq-turn" data-key="{escaped(turn.key)}">{inside}</section>'


def _understood(turn: Turn) -> str:
    """Under the question: what was asked of the articles in its place, and the day that it was asked as of."""
    rewritten = turn.answer.rewritten if turn.answer else None
    asked = (
        f'<p class="pq-rewritten"><span dir="auto">Asked as: <bdi>{escaped(rewritten)}</bdi></span> '
        f"{_does('fill', rewritten, 'Edit', 'Edit the question that was asked')}</p>"
        if rewritten
        else ""
    )
    return asked + bounds(turn.as_of, turn.filters)


def _foot(turn: Turn) -> str:
    """What may be done with a turn that something has come of."""
    if not turn.is_done:
        return ""
    quoted = whole_answer(turn.answer) if turn.answer else ""
    acts = (
        _does("copy", quoted, "Copy answer") if quoted else "",
        _does("again", turn.key, "Ask again"),
        _does("fill", turn.question, "Edit question"),
    )
    verdict = _verdicts(turn.key, turn.answer) if turn.answer else ""
    return f'<div class="pq-foot"><div class="pq-acts">{"".join(acts)}</div>{verdict}</div>'


def _does(what: str, given: str, label: str, spoken: str = "") -> str:
    named = f' aria-label="{escaped(spoken)}"' if spoken else ""
    return f'<button type="button" class="pq-act" data-{what}="{escaped(given)}"{named}>{escaped(label)}</button>'


def _verdicts(key: str, answer: Answer) -> str:
    """The thumbs under what was said of the articles; a greeting is not judged."""
    return "" if answer.is_small_talk else verdicts(key, answer.status is Status.ANSWERED)
