"""What a person gives the page, files or a pasted text → articles in the library, and what came of it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from index.article import Article, Refusal, storable, text_digest
from index.commit import Outcome
from index.errors import LibraryBusy, ReadError, UsageError
from index.read import article_from_row, read_upload
from index.summary import Summary
from index.update import index_articles
from qa.chat.errand import Errand
from qa.chat.tray import MAX_FILES, Upload
from qa.engine import Engine
from qa.phrases import safe_url
from qa.question import day

MAX_PASTED = 1_000_000  # characters
NAMED = 5  # new articles that are named, and as many that replaced another; the rest are counted
BUSY = "somebody else is adding or removing articles just now: try again in a moment"
_MAX_FIELD = 1000
_NO_WORD = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True)
class News:
    """An article, without its text, that is new in the library; `replaced` where another had its id before."""

    article: Article
    replaced: bool = False


def add_files(
    engine: Engine, uploads: Sequence[Upload], errand: Errand[Summary], unsent: Sequence[Refusal] = ()
) -> Summary:
    """Indexes the articles in `uploads`, telling `errand` of the bytes read; closes the files whatever happens.

    What the browser left `unsent` is among the refusals. Where the errand is cancelled, what was read so far is taken
    in. Raises `LibraryBusy`, in calm words, and the like.
    """
    try:
        return _index(engine, chain(unsent, _read(uploads, errand)), errand)
    finally:
        for upload in uploads:
            upload.file.close()


def add_pasted(engine: Engine, article: Article, errand: Errand[Summary]) -> Summary:
    """Indexes one article; raises as `add_files` does."""
    return _index(engine, [article], errand)


def unsent(given: Any) -> list[Refusal]:
    """The files that the page's script did not send, as pairs of name and reason; what else is given is left out."""
    pairs = given[:MAX_FILES] if isinstance(given, list) else []
    return [Refusal(*pair) for pair in pairs if isinstance(pair, list) and len(pair) == 2 and all(map(_is_short, pair))]


def _is_short(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_FIELD


def pasted(given: Any) -> Article:
    """The article that a form holds: `text`, and where known `title`, `source`, `published_at` and `url`.

    Its id is made of title and text, so that the same text given twice is one article. Raises `UsageError` that names
    the field and the mend.
    """
    fields = given if isinstance(given, Mapping) else {}
    text = fields.get("text")
    if not isinstance(text, str) or not text.strip():
        raise UsageError("there is no text: paste the article's text")
    if len(text) > MAX_PASTED:
        raise UsageError(f"the text has {len(text):,} characters: paste {MAX_PASTED:,} at most, or give it as a file")
    title, source, date, url = (_field(fields, name) for name in ("title", "source", "published_at", "url"))
    if url and safe_url(url) is None:
        raise UsageError("the address is not a web address: it begins with https://")
    row = {"text": text, "title": title, "source": source, "published_at": _day(date), "url": url}
    slug = _NO_WORD.sub("-", title.casefold()).strip("-")[:60] or "article"
    article_id = f"pasted/{slug}-{text_digest(storable(text))[:8]}"
    try:
        return article_from_row({name: value for name, value in row.items() if value}, "the text", article_id)
    except ReadError as error:
        raise UsageError(str(error)) from None


def _field(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name) or ""
    if not _is_short(value):
        raise UsageError(f"the {name.replace('_', ' ')} is too long: {_MAX_FIELD:,} characters at most")
    return value.strip()


def _day(date: str) -> str | None:
    found = day(date)
    return found.isoformat() if found else None


def _read(uploads: Sequence[Upload], errand: Errand[Summary]) -> Iterator[Article | Refusal]:
    total, before = sum(upload.size for upload in uploads), 0
    given: dict[str, Upload] = {}
    for upload in uploads:
        furthest = 0
        upload.file.seek(0)
        for item in read_upload(upload.name, upload.file):
            if errand.cancelled:
                return  # an end, not an error: what was read is still committed and can be asked about
            # The reader of an archive jumps about in it; progress only goes up.
            furthest = max(furthest, min(upload.file.tell(), upload.size))
            yield _once(item, upload, given)
            errand.done, errand.total = before + furthest, total
        before += upload.size
        errand.done, errand.total = before, total


def _once(item: Article | Refusal, upload: Upload, given: dict[str, Upload]) -> Article | Refusal:
    """Two articles of one go with one id are an error that names both files."""
    if isinstance(item, Refusal):
        return item
    first = given.setdefault(item.id, upload)
    if first is upload:
        return item
    return Refusal(upload.name, f"has the id {item.id!r}, which {first.name} has already; rename it")


def _index(engine: Engine, articles: Iterable[Article | Refusal], errand: Errand[Summary]) -> Summary:
    try:
        return index_articles(engine.library, engine.encoder, articles, _counting(errand))
    except LibraryBusy:
        raise LibraryBusy(BUSY) from None


def _counting(errand: Errand[Summary]) -> Callable[[Article, Outcome], None]:
    def committed(article: Article, outcome: Outcome) -> None:
        errand.count += 1
        replaced = outcome is Outcome.CHANGED
        if outcome is not Outcome.UNCHANGED and sum(one.replaced is replaced for one in errand.news) < NAMED:
            errand.news.append(News(replace(article, text=""), replaced))

    return committed
