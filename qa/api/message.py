"""An answer as one chat message: its sentences, numbered, then where they stand. The same answer, the same message."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.article import Span, storable
from qa.abstain import POSSIBLY
from qa.answer import Answer
from qa.citation import Citation
from qa.conversation.rewrite import rewrite
from qa.markup import title_of
from qa.phrases import day, named, sentence
from qa.question import MAX_TURN_CHARACTERS, MAX_TURNS, Turn
from qa.smalltalk import small_talk

NEAR_MISSES = 3
_SOURCES = "\n\nSources:\n"
_POSSIBLE = "\n\nThe nearest sentences, best first:\n"
_NEAREST = "\n\nThe nearest sentences, which do not answer it:\n"
_ABSTAINED = (POSSIBLY, "The articles do not say")  # how the reasons open that a question to the articles may get

# What chat front ends may run, load or link when they show a message as Markdown: images, links, HTML, code blocks.
_ACTIVE = re.compile(r"\]\s*[(\[:]|!\[|<[A-Za-z/!?]|```|~~~")
_MARKS = re.compile(r"[\\`*_\[\]<>]")
_TICKS = re.compile("`+")
_QUOTED = re.compile(r"(?:\A|\n\n)(?:`{3,}\n)?“(.+?)”(?: |\n`{3,}\n)\[\d+\](?=\n\n|\Z)", re.DOTALL)

Link = Callable[[Citation], str]


@dataclass(frozen=True, slots=True)
class Mention:
    """Where a citation's text stands in the message: `content[start:end] == citation.text`, in code points."""

    citation: Citation
    span: Span


@dataclass(frozen=True, slots=True)
class Message:
    """A chat message: `content` is its pieces one after the other, `mentions` are its citations in order."""

    pieces: tuple[str, ...]
    mentions: tuple[Mention, ...] = ()

    @property
    def content(self) -> str:
        return "".join(self.pieces)


def message_of(answer: Answer, link: Link) -> Message:
    """`answer` as a message in plain words that is also sound Markdown; `link` gives the address of a citation.

    A sentence that holds markup is set as code, so that it is read as it was written and nothing in it is run.
    """
    pieces = [f"Asked as: {_escaped(answer.rewritten)}\n\n"] if answer.rewritten else []
    if not answer.citations:
        return Message((*pieces, sentence(answer.reason or ""), *_nearest(answer, link)))
    mentions, at = [], sum(map(len, pieces))
    for number, citation in enumerate(answer.citations, 1):
        before, after = _around(citation.text, number)
        start = at + len(before)
        mentions.append(Mention(citation, Span(start, start + len(citation.text))))
        pieces.append(before + citation.text + after)
        at += len(pieces[-1])
    lines = [f"- [{number}] {_place(citation, link)}" for number, citation in enumerate(answer.citations, 1)]
    return Message((*pieces, _SOURCES + "\n".join(lines)), tuple(mentions))


def recalled(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """A conversation of such messages as a follow-up leans on it: the questions, and the sentences quoted in answer.

    Small talk and abstentions are left out, and what somebody else answered is kept as it is. Of long conversations
    the last turns are taken, of long turns the beginning.
    """
    kept: list[Turn] = []
    idle = False  # whether the last question was small talk
    for turn in turns:
        if turn.role == "user":
            idle = _is_idle(turn.content, kept)
        content = turn.content if turn.role == "user" else _quoted(turn.content)
        if content.strip() and not idle:
            kept.append(Turn(turn.role, storable(content[:MAX_TURN_CHARACTERS])))
    return tuple(kept[-MAX_TURNS:])


def _is_idle(asked: str, before: Sequence[Turn]) -> bool:
    """Was it replied to as small talk, and not put to the articles?"""
    return small_talk(asked) is not None and small_talk(asked, rewrite(asked, before) is not None) is not None


def _around(text: str, number: int) -> tuple[str, str]:
    """What stands before and after a sentence: quotation marks, its number, and a fence where it holds markup."""
    gap, fence = "\n\n" if number > 1 else "", _fence(text)
    return (f"{gap}{fence}\n“", f"”\n{fence}\n[{number}]") if fence else (f"{gap}“", f"” [{number}]")


def _fence(text: str) -> str:
    """The fence of a code block that nothing in `text` can close; empty where it holds no markup."""
    if not _ACTIVE.search(text):
        return ""
    return "`" * max(3, 1 + max(map(len, _TICKS.findall(text)), default=0))


def _nearest(answer: Answer, link: Link) -> list[str]:
    if not answer.hits:
        return []
    lines = [f"- “{_escaped(hit.text)}” {_place(hit, link)}" for hit in answer.hits[:NEAR_MISSES]]
    return [(_POSSIBLE if answer.possible else _NEAREST) + "\n".join(lines)]


def _place(citation: Citation, link: Link) -> str:
    article = citation.article
    facts = [title_of(article), article.source, day(article.published_at)]
    also = [other.article.source or other.article.id for other in citation.same_as]
    told = f" (also in {_escaped(named(list(dict.fromkeys(also))))})" if also else ""
    before = f" (the sentence before it: “{_escaped(citation.context)}”)" if citation.context else ""
    return f"{', '.join(_escaped(fact) for fact in facts if fact)}{told}: <{link(citation)}>{before}"


def _escaped(text: str) -> str:
    """`text` on one line, of which Markdown makes nothing but that text."""
    return _MARKS.sub(lambda mark: "\\" + mark[0], " ".join(text.split()))


def _quoted(content: str) -> str:
    """The sentences quoted in an assistant's message; all of it where the message is not one of ours."""
    said, _, sources = content.rpartition(_SOURCES)
    if sources and (quotes := _QUOTED.findall(said)):
        return " ".join(quotes)
    ours = content.startswith(_ABSTAINED) or _NEAREST in content or _POSSIBLE in content
    return "" if ours else content
