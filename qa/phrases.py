"""What the page says in words: days, probabilities, counts. Plain text in, plain text out; nothing is escaped here."""

import math
from collections.abc import Sequence
from datetime import date
from urllib.parse import urlsplit

from qa.abstain import POSSIBLY
from qa.citation import Citation
from qa.confidence import hundredths
from qa.words import MONTH_NAMES

POSSIBLE = "Possible answer, unconfirmed"
OWN_MARKS = ('"', "“", "„", "«", "‘", "'", "‹", "「", "『")  # a quotation that opens with one needs none of ours
_LIKELY = (
    (0.9, "very likely"),
    (0.7, "likely"),
    (0.5, "more likely than not"),
    (0.4, "about as likely as not"),
    (0.2, "unlikely"),
    (0.0, "very unlikely"),
)
_NAMED = 6  # outlets that are named before the rest are counted


def day(published_at: str | None) -> str:
    """`2023-02-22`, or a date-time of that day, as `22 February 2023`; what is no ISO date comes back as it is."""
    if not published_at:
        return ""
    try:
        when = date.fromisoformat(published_at[:10])
    except ValueError:
        return published_at
    return f"{when.day} {MONTH_NAMES[when.month - 1]} {when.year}"


def days(first: str, last: str) -> str:
    """The days from `first` to `last`, both ISO: one day where they are the same."""
    return day(first) if first == last else f"{day(first)} – {day(last)}"


def percent(probability: float) -> str:
    """A probability as a whole percentage, rounded down so that what falls short of a bound never reads as reaching it.

    Never 0% or 100%, which would claim more than is known.
    """
    if probability < 0.01:
        return "under 1%"
    return "over 99%" if probability > 0.99 else f"{math.floor(hundredths(probability))}%"


def confidence(probability: float) -> str:
    """A probability that a sentence answers, in words with the number: `very likely to answer, 93%`."""
    words = next(words for least, words in _LIKELY if probability >= least or least == 0.0)
    return f"{words} to answer, {percent(probability)}"


def shortfall(reason: str | None) -> str:
    """Why a possible answer is no more than that: the reason without the label that it may open with."""
    return (reason or "").removeprefix(POSSIBLY)


def parted(citation: Citation) -> tuple[str, str, str]:
    """The sentence in three, which make it up again: before the answer's words, those words, after them.

    All of it is in the first where the answer's words are not known.
    """
    text, answer = citation.text, citation.answer
    if answer is None or not citation.span.start <= answer.start < answer.end <= citation.span.end:
        return text, "", ""
    start, end = (edge - citation.span.start for edge in answer)
    return text[:start], text[start:end], text[end:]


def counted(number: int, noun: str) -> str:
    """`1 article`, `1,204 articles`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def named(names: Sequence[str]) -> str:
    """Names in a row; past the first few, the rest are counted: `A, B and 3 more`."""
    shown, rest = list(names[:_NAMED]), len(names) - _NAMED
    if rest == 1:
        shown, rest = list(names), 0
    last = f"{rest:,} more" if rest > 0 else shown.pop() if len(shown) > 1 else ""
    return ", ".join(shown) + (f" and {last}" if last else "")


def marked(text: str) -> str:
    """Words in quotation marks, unless they open with some of their own."""
    return text if text.startswith(OWN_MARKS) else f"“{text}”"


def sentence(line: str) -> str:
    """An error's line as a sentence: a capital first, a full stop last."""
    line = line.strip()
    return line[:1].upper() + line[1:] + ("" if line.endswith((".", "!", "?")) else ".")


def safe_url(url: str | None) -> tuple[str, str] | None:
    """The address and its host where it is an http or https link, None for anything else (`javascript:` above all)."""
    if not url or any(ord(character) <= 32 or ord(character) == 127 for character in url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return (url, host) if parts.scheme.lower() in {"http", "https"} and host else None
