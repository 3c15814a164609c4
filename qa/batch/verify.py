"""Does every saved citation still match its article?"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from index.article import Article, Span, storable, text_digest
from index.errors import LibraryDamaged
from index.library import Library
from index.truth import Truth
from qa.answer import quoted
from qa.batch.saved import Saved, read_saved
from qa.phrases import counted


class State(Enum):
    """What became of a saved citation, or of an answer."""

    UNCHANGED = "unchanged"  # it stands where it stood, word for word
    MOVED = "moved"  # the article has changed, and the sentence stands elsewhere in it
    CHANGED = "article_changed"  # the article has changed, and the sentence is gone
    GONE = "article_gone"  # the article is not in the library
    WRONG = "wrong"  # it never was what the article says there, or is no citation
    ATTRIBUTION = "attribution_differs"  # it stands, but its source, title, address, day or context is another
    ANSWER = "answer_differs"  # of an answer: its text is not made of its quotes


_WORDS = {
    State.MOVED: "moved within a changed article",
    State.CHANGED: "gone from a changed article",
    State.GONE: "of an article that is gone",
    State.WRONG: "not the article's words",
    State.ATTRIBUTION: "with an attribution that is not the article's",
}
_ATTRIBUTION = {"source": "source", "document_title": "title", "url": "url", "published_at": "published_at"}


@dataclass(frozen=True, slots=True)
class Check:
    """What became of one citation: `problem` is None where it is unchanged, `place` where it stands, if it does.

    `line` is the line of the answers file, or the place in the list, on which its answer begins.
    """

    line: int
    document_id: str
    state: State
    problem: str | None = None
    place: Span | None = None


def verify(file: Path, library: Library) -> Iterator[Check]:
    """Checks each citation of an answers file (jsonl or csv, as `batch` writes them) against the library.

    Citations under `same_as` are checked too, however deep. Raises `UsageError`, naming the line, where the file is
    not one of answers.
    """
    return verify_saved(read_saved(file), library)


def verify_saved(answers: Iterable[Saved], library: Library) -> Iterator[Check]:
    """Checks the citations of saved answers, all against one state of the library."""
    with library.reading() as (_, truth):
        for line, citations, text, answered in answers:
            bare = answered and not citations
            if text is not None and (bare or not _made_of(text, citations)):
                yield Check(line, "", State.ANSWER, "the answer is not made of its quotes")
            waiting: list[Any] = list(reversed(citations))
            while waiting:
                cited = waiting.pop()
                if not isinstance(cited, dict):
                    yield Check(line, "", State.WRONG, "the citation is not an object")
                    continue
                yield _check(line, cited, truth)
                twins = cited.get("same_as") or []
                waiting += reversed(twins) if isinstance(twins, list) else [twins]


def render(counts: Mapping[State, int]) -> str:
    """How many citations came to what, in one line."""
    total, good = sum(counts.values()) - counts[State.ANSWER], counts[State.UNCHANGED]
    others = [f"{counts[state]} {_WORDS[state]}" for state in _WORDS if counts[state]]
    line = f"{good} of {total} citations match their articles" + (f": {', '.join(others)}" if others else "")
    answers = counts[State.ANSWER]
    return f"{line}; {counted(answers, 'answer')} not made of the quotes" if answers else line


def _check(line: int, cited: dict[str, Any], truth: Truth) -> Check:
    place, text, article_id = _place(cited), cited.get("cited_text"), cited.get("document_id")
    if place is None or not isinstance(text, str) or not text or not isinstance(article_id, str):
        named = article_id if isinstance(article_id, str) else ""
        return Check(line, named, State.WRONG, "the citation has no valid article, place or text")
    try:
        # An id that could not be stored is nobody's, though it may look like another once it is made storable.
        article = truth.article(article_id) if storable(article_id) == article_id else None
    except LibraryDamaged as error:
        return Check(line, article_id, State.WRONG, str(error))
    if article is None:
        return Check(line, article_id, State.GONE, "the article is not in the library")
    digest = cited.get("document_sha256")
    if _same(article.text[place.start : place.end], text, digest):
        wrong = _misattributed(cited, article, place)
        return Check(line, article_id, State.ATTRIBUTION if wrong else State.UNCHANGED, wrong, place)
    return Check(line, article_id, *_elsewhere(article, place.start, text, digest, truth))


def _same(found: str, text: str, digest: str | None) -> bool:
    """Is it the text, word for word? In a csv, which has no digest, a spreadsheet may have made its line ends `\\n`."""
    return found == text or (digest is None and found.replace("\r\n", "\n") == text.replace("\r\n", "\n"))


def _made_of(answer: str, citations: list[Any]) -> bool:
    """Whether the answer is its quotes, numbered; a spreadsheet may have written their line ends in another way."""
    quotes = [cited.get("cited_text") if isinstance(cited, dict) else None for cited in citations]
    return answer.split() == quoted(map(str, quotes)).split()


def _misattributed(cited: dict[str, Any], article: Article, place: Span) -> str | None:
    """What the citation says of its article that the article does not; what it leaves out is not asked for."""
    for name, field in _ATTRIBUTION.items():
        said, known = cited.get(name), getattr(article, field) or ""
        if said not in (None, "", known):
            shown = f"{said[:200]!r}" if isinstance(said, str) else "no text"
            return f"the quote stands, but its {field} is {shown}, and the article's is {known!r}"
    context = cited.get("context")
    if context and not (isinstance(context, str) and context in article.text[: place.start]):
        return "the quote stands, but its context is not what the article says before it"
    return None


def _elsewhere(
    article: Article, start: int, text: str, digest: str | None, truth: Truth
) -> tuple[State, str, Span | None]:
    """What is said of a quote that is not where it was; a csv has no digest of the article as it was."""
    if digest == text_digest(article.text):
        return State.WRONG, "the quote is not what the article says there", None
    same = [span for span in _sentences(article, truth) if _same(article.text[span.start : span.end], text, digest)]
    if same:
        place = min(same, key=lambda span: abs(span.start - start))
        where = f"from {place.start} to {place.end}"
        return State.MOVED, f"the article has changed, and the quote is elsewhere in it, {where}", place
    if text in article.text:
        return State.CHANGED, "the article has changed, and the quote is part of another sentence now", None
    return State.CHANGED, "the article has changed, and the quote is gone", None


def _sentences(article: Article, truth: Truth) -> list[Span]:
    body = truth.body_of(article.id)
    return [] if body is None else truth.sentences(body)


def _place(cited: Mapping[str, Any]) -> Span | None:
    """Where the citation says that it stands: whole numbers (true and false are not) that enclose something."""
    start, end = cited.get("start_char_index"), cited.get("end_char_index")
    return Span(start, end) if type(start) is int and type(end) is int and 0 <= start < end else None
