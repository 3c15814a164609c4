"""Answers as a person reads them in a terminal."""

import os
import shutil
import sys
import unicodedata
from contextlib import suppress
from dataclasses import replace
from typing import TextIO

from rich.console import Console
from rich.text import Text

from index.errors import PullquoteError
from qa.answer import Answer, Status
from qa.citation import Citation
from qa.lines import escaped
from qa.phrases import POSSIBLE, parted, percent, shortfall

_WIDEST, _NARROWEST = 100, 30  # columns: longer lines are hard to read, and narrower ones are no lines
_NEAREST = 3
_INDENT = "    "
_JOINERS = "\u200c\u200d"  # Persian words and many emoji are not themselves without these


def show(answer: Answer) -> None:
    """Prints the answer to standard output, the answer's words in bold where that is a terminal."""
    text, console = rendered(answer), Console(highlight=False)
    # rich cannot print what the terminal's encoding lacks; `say` can.
    if console.is_terminal and _fits(text.plain, sys.stdout):
        console.print(text, soft_wrap=True)
    else:
        say(text.plain)


def rendered(answer: Answer) -> Text:
    """The answer in lines: each sentence with its source, date, title and place; or why there is none."""
    asked = [_line(f"Asked as: {answer.rewritten}")] if answer.rewritten else []
    if answer.status is Status.ANSWERED:
        shown = [_quote(c, f"[{n}]") for n, c in enumerate(answer.citations, 1)]
    else:
        shown = _unanswered(answer)
    return Text("\n\n").join([*asked, *shown])


def _unanswered(answer: Answer) -> list[Text]:
    """Why, and what comes near: the possible answer, where there is one, apart from the misses."""
    # Without the answer's words: of a sentence that does not answer nothing is the answer.
    nearest = [replace(hit, answer=None) for hit in answer.hits[:_NEAREST]]
    if answer.possible and nearest:
        shown = [_line(f"{POSSIBLE}: {shortfall(answer.reason)}"), _quote(answer.hits[0], "?")]
        del nearest[0]
    else:
        shown = [_line(answer.reason or "")]
    if nearest:
        shown += [Text("Nearest misses, which do not answer it:"), *(_quote(hit, "·") for hit in nearest)]
    return shown


def say(text: str) -> None:
    r"""Prints to standard output, if there is one; raises `PullquoteError` where it cannot be written to.

    What would steer a terminal, or cannot be written in its encoding, is printed as `\uXXXX`: of JSON nothing is lost.
    """
    try:
        _print(text, sys.stdout)
    except BrokenPipeError:
        raise
    except OSError as error:
        hush()
        raise PullquoteError(f"standard output cannot be written to: {error.strerror}") from error


def hush() -> None:
    """Sends standard output nowhere, so that Python does not complain when it writes what is left as it ends."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def note(text: str) -> None:
    """Prints one safe line to standard error; where that is full there is nobody to tell."""
    with suppress(OSError):
        _print(plain(text), sys.stderr)


def _print(text: str, out: TextIO | None) -> None:
    if out is None:  # whoever started the program has closed it
        return
    safe = escaped(text)
    if not _fits(safe, out):
        safe = "".join(_encodable(character, out.encoding) for character in safe)
    print(safe, file=out, flush=True)


def _fits(text: str, out: TextIO) -> bool:
    try:
        text.encode(out.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


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


def _quote(citation: Citation, mark: str) -> Text:
    quote = Text.assemble("“", *_words(citation), "”")
    if citation.context:
        quote = Text.assemble((f"(Context: {plain(citation.context)}) ", "dim"), quote)
    lines = [_wrapped(quote, f"{mark:<4}"), _line(_place(citation), _INDENT)]
    if citation.same_as:
        lines.append(_line(f"also in {'; '.join(_outlet(other) for other in citation.same_as)}", _INDENT))
    return Text("\n").join(lines)


def _words(citation: Citation) -> list[str | tuple[str, str]]:
    """The sentence on one line, safe to print; the answer's words, where they are known, in bold."""
    before, words, after = parted(citation)
    if not plain(words):
        return [plain(citation.text)]
    # `plain` takes the white space at the edges of what it is given; between the parts it is one space.
    first, second = _space(before, words), _space(words, after)
    return [plain(before) + first, (plain(words), "bold"), second + plain(after)]


def _space(left: str, right: str) -> str:
    both = plain(left) and plain(right)
    return " " if both and (left[-1].isspace() or right[0].isspace()) else ""


def _line(text: str, indent: str = "") -> Text:
    return _wrapped(Text(plain(text)), indent, indent)


def _wrapped(text: Text, first: str, indent: str = _INDENT) -> Text:
    """`text` in lines no wider than the terminal, counted in its columns: a Chinese character fills two."""
    width = max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size((_WIDEST, 24)).columns))
    lines = text.wrap(Console(width=width), width - len(indent))
    for line in lines:
        line.rstrip()
    return Text("\n").join(Text.assemble(indent if n else first, line) for n, line in enumerate(lines))


def _place(citation: Citation) -> str:
    article, span = citation.article, citation.span
    parts = [article.source, (article.published_at or "")[:10], article.title]
    named = ", ".join(part for part in parts if part)
    place = f"{article.id} [{span.start}:{span.end}] · {percent(citation.confidence)}"
    return f"— {named} · {place}" if named else f"— {place}"


def _outlet(citation: Citation) -> str:
    article = citation.article
    return ", ".join(part for part in (article.source, (article.published_at or "")[:10], article.id) if part)
