"""Answers as a person reads them in a terminal."""

import sys
import textwrap
import unicodedata
from typing import TextIO

from qa.answer import Answer, Status
from qa.citation import Citation

_WIDTH = 100
_NEAREST = 3


def render(answer: Answer) -> str:
    """The answer in lines: each sentence with its source, date, title and place; or why there is none."""
    if answer.status is Status.ANSWERED:
        return "\n\n".join(_quote(c, f"[{n}]") for n, c in enumerate(answer.citations, 1))
    lines = [plain(answer.reason or "")]
    if answer.hits:
        lines += ["", "Nearest misses, which do not answer it:"]
        lines += ["\n" + _quote(hit, "·") for hit in answer.hits[:_NEAREST]]
    return "\n".join(lines)


def say(text: str) -> None:
    """Prints to standard output; a character that the terminal's encoding lacks becomes `?`."""
    _print(text, sys.stdout)


def note(text: str) -> None:
    """Prints one safe line to standard error."""
    _print(plain(text), sys.stderr)


def _print(text: str, out: TextIO) -> None:
    encoding = out.encoding or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding), file=out, flush=True)


def plain(text: str) -> str:
    """`text` on one line, safe to print: no control character of an article reaches the terminal."""
    return "".join("�" if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in " ".join(text.split()))


def _quote(citation: Citation, mark: str) -> str:
    quote = f"“{plain(citation.text)}”"
    if citation.context:
        quote = f"({plain(citation.context)}) {quote}"
    lines = textwrap.wrap(quote, _WIDTH, initial_indent=f"{mark:<4}", subsequent_indent="    ")
    lines += [f"    {_place(citation)}"]
    if citation.same_as:
        lines += [f"    also in {'; '.join(_outlet(other) for other in citation.same_as)}"]
    return "\n".join(lines)


def _place(citation: Citation) -> str:
    article, span = citation.article, citation.span
    parts = [article.source, (article.published_at or "")[:10], article.title]
    named = ", ".join(plain(part) for part in parts if part)
    return f"— {named} · {plain(article.id)} [{span.start}:{span.end}] · {citation.confidence:.0%}"


def _outlet(citation: Citation) -> str:
    article = citation.article
    return plain(", ".join(part for part in (article.source, (article.published_at or "")[:10], article.id) if part))
