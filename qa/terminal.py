"""Answers as a person reads them in a terminal."""

import shutil
import sys
import unicodedata
from typing import TextIO

from rich.console import Console
from rich.text import Text

from qa.answer import Answer, Status
from qa.citation import Citation
from qa.lines import escaped
from qa.phrases import percent

_WIDEST, _NARROWEST = 100, 30  # columns: longer lines are hard to read, and narrower ones are no lines
_NEAREST = 3
_INDENT = "    "
_JOINERS = "\u200c\u200d"  # Persian words and many emoji are not themselves without these


def render(answer: Answer) -> str:
    """The answer in lines: each sentence with its source, date, title and place; or why there is none."""
    if answer.status is Status.ANSWERED:
        return "\n\n".join(_quote(c, f"[{n}]") for n, c in enumerate(answer.citations, 1))
    lines = [_wrapped(answer.reason or "", "", "")]
    if answer.hits:
        lines += ["", "Nearest misses, which do not answer it:"]
        lines += ["\n" + _quote(hit, "·") for hit in answer.hits[:_NEAREST]]
    return "\n".join(lines)


def say(text: str) -> None:
    r"""Prints to standard output.

    What would steer a terminal, or cannot be written in its encoding, is printed as `\uXXXX`: of JSON nothing is lost.
    """
    _print(text, sys.stdout)


def note(text: str) -> None:
    """Prints one safe line to standard error."""
    _print(plain(text), sys.stderr)


def _print(text: str, out: TextIO) -> None:
    safe = escaped(text)
    try:
        safe.encode(out.encoding or "utf-8")
    except UnicodeEncodeError:
        safe = "".join(_encodable(character, out.encoding) for character in safe)
    print(safe, file=out, flush=True)


def _encodable(character: str, encoding: str) -> str:
    r"""The character, or its `\uXXXX`, in two halves where JSON needs two."""
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        units = character.encode("utf-16-be")
        return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))
    return character


def plain(text: str) -> str:
    """`text` on one line, safe to print: no control character of an article reaches the terminal."""
    return "".join(_shown(c) for c in " ".join(text.split()))


def _shown(character: str) -> str:
    """Controls and marks that turn the writing's direction become `�`; soft hyphens and the like show nothing."""
    match unicodedata.category(character):
        case "Cc" | "Cs":
            return "�"
        case "Cf" if character not in _JOINERS:
            return "�" if escaped(character) != character else ""
        case _:
            return character


def _quote(citation: Citation, mark: str) -> str:
    quote = f"“{plain(citation.text)}”"
    if citation.context:
        quote = f"({plain(citation.context)}) {quote}"
    lines = [_wrapped(quote, f"{mark:<4}"), _wrapped(_place(citation), _INDENT)]
    if citation.same_as:
        lines.append(_wrapped(f"also in {'; '.join(_outlet(other) for other in citation.same_as)}", _INDENT))
    return "\n".join(lines)


def _wrapped(text: str, first: str, indent: str = _INDENT) -> str:
    """`text` in lines no wider than the terminal, counted in its columns: a Chinese character fills two."""
    width = max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size((_WIDEST, 24)).columns))
    lines = Text(plain(text)).wrap(Console(width=width), width - len(indent))
    return "\n".join((indent if n else first) + line.plain.rstrip() for n, line in enumerate(lines))


def _place(citation: Citation) -> str:
    article, span = citation.article, citation.span
    parts = [article.source, (article.published_at or "")[:10], article.title]
    named = ", ".join(part for part in parts if part)
    place = f"{article.id} [{span.start}:{span.end}] · {percent(citation.confidence)}"
    return f"— {named} · {place}" if named else f"— {place}"


def _outlet(citation: Citation) -> str:
    article = citation.article
    return ", ".join(part for part in (article.source, (article.published_at or "")[:10], article.id) if part)
