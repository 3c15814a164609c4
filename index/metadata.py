"""What an article says about itself: headline, dateline, and the facts in its address and its file's name."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from index.article import Article, storable
from index.dates import (
    date_in_field,
    date_in_name,
    date_in_url,
    day_of,
    first_day,
    iso_date,
    month_in_url,
    month_number,
    year_in,
)
from index.errors import ReadError

MAX_VALUES = 10_000  # in one article's metadata
MAX_DEPTH = 50  # of nested metadata values: deeper ones are an attack, and no JSON writer takes them

# Spaces, and what has no width: soft hyphens, joiners, marks of direction, byte-order marks.
_UNSEEN = re.compile(r"[\s\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]*")
_TITLE_LENGTH = 80  # characters of a title made from a text's first words
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.?"
# Spaces as [ ], since this goes into patterns with re.VERBOSE.
_DAY = rf"(?:(?P<before>\d{{1,2}})[ ])?(?P<month>{_MONTH})(?:[ ](?P<day>\d{{1,2}}))?(?:,?[ ](?P<year>(?:19|20)\d\d))?"
_AGENCY = re.compile(
    "AA|AFP|ANSA|AP|Anadolu|Bloomberg|CNN|CTK|DPA|dpa|EFE|Interfax|Kyodo|PTI|RIA|Reuters|Sputnik|TASS|UPI|"
    "WAM|Xinhua|Yonhap"
)
_DATELINE = re.compile(
    rf"""
    (?P<place>[^\W\d_][\w.'’ /-]{{1,40}}?(?:,\ [^\W\d_][\w.'’ ]{{1,25}}?)??)??   # KYIV, Ukraine
    (?:(?:,\ |\ |^){_DAY})?                                                  # Feb. 22
    \s?\((?P<source>[^\W\d_][\w.&]*(?:\ [^\W\d_][\w.&]*)?)\)              # (Reuters)
    \s?(?:[-–—]{{1,2}}|:)\s
    """,
    re.VERBOSE,
)
_TASS = re.compile(rf"(?P<place>[A-Z][A-Z .'’-]{{1,40}}), {_DAY}\. ?/(?P<source>[A-Z]{{2,10}})/\.? ")
_BARE = re.compile(r"[A-Z][A-Z .'’-]{2,40}(?:, [A-Z][\w. ]{1,25})? [–—] ")  # SAN FRANCISCO — no agency named
_DATED = re.compile(  # WASHINGTON, Oct. 5, 2023 — and no agency, or the wire's own mark: /PRNewswire/ --
    rf"(?P<place>[A-Z][A-Z .'’/-]{{1,40}}(?:, [A-Z][\w. ]{{1,25}}?)??), {_DAY} "
    r"(?:/(?P<source>[A-Z]\w+)/ )?(?:[–—]|--?) "
)
# What other programs call the day of publication, without case and `_`; front matter's names are known to plain.py.
_DATE_FIELDS = ("date", "published", "pubdate", "publishdate", "publisheddate", "publicationdate", "datepublished")
_TOLD = re.compile(r"^(?:published|posted|date)(?: on)?:? ", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}")
_SENTENCE_END = re.compile(r"[.!?…][\"”’»)\]]*(?=\s|$)")


class Dateline(NamedTuple):
    """The opening of an agency report, `WASHINGTON, Feb. 22 (Reuters) - `; `length` in characters."""

    length: int
    source: str | None = None
    month: int | None = None
    day: int | None = None
    year: int | None = None


def dateline(line: str) -> Dateline | None:
    """The dateline that `line` begins with, or None."""
    found = _DATELINE.match(line) or _TASS.match(line) or _DATED.match(line)
    if found and _is_dateline(found):
        month = month_number(found["month"]) if found["month"] else None
        day, year = found["before"] or found["day"], found["year"]
        return Dateline(found.end(), found["source"], month, int(day) if day else None, int(year) if year else None)
    bare = _BARE.match(line)
    return Dateline(bare.end()) if bare else None


def _is_dateline(found: re.Match[str]) -> bool:
    """A known agency, or a place in capitals: `Jane Smith (Labour) – ` is neither."""
    first = (found["place"] or "").split(",")[0]
    return bool(_AGENCY.fullmatch(found["source"] or "")) or (len(first) > 1 and first.isupper())


def complete(article: Article) -> Article:
    """`article` with what it lacks taken from its dateline and its URL, and what is optional made clean.

    Raises `ReadError` where nothing of the text can be seen.
    """
    if _UNSEEN.fullmatch(article.text):
        raise ReadError("has no text")
    opening = next((line for line in article.text[:2000].split("\n") if line.strip()), "").lstrip()
    line = dateline(opening)
    told = _named_date(article.metadata) or _dated(line, article.url) or date_in_url(article.url)
    return replace(
        article,
        author=_clean(article.author),
        source=_clean(article.source) or (line.source if line else None),
        url=_clean(article.url),
        published_at=article.published_at or told or _day_alone(opening),
        language=_clean(article.language),
        metadata=clean_metadata(article.metadata),
    )


def complete_from_name(article: Article, created: str | None = None) -> Article:
    """As `complete`, and then a missing title or date from the file's name, for an article that is a file.

    `created`, the ISO date on which the file says it was made, is kept in the metadata; where nothing tells the day
    of publication it stands in for it.
    """
    stem = file_stem(article.id)
    named = date_in_name(stem)
    year = year_in(article.id)
    whole = complete(article)
    opening = whole.text.lstrip()[:200].split("\n")[0]
    told = _dated(dateline(opening), None, year)
    published = whole.published_at or told or (named[0] if named else created)
    title = whole.title or name_title(named[1] if named else stem, least=1 if named else 4) or first_words(whole.text)
    metadata = {**whole.metadata, "created": created} if created else whole.metadata
    return replace(whole, published_at=published, title=title, metadata=metadata)


def _named_date(metadata: Mapping[str, Any]) -> str | None:
    """The date in a field that another program has named its own way, in the order of `_DATE_FIELDS`."""
    return next((day for value in _dates_in(metadata) if (day := date_in_field(value))), None)


def _dates_in(metadata: Mapping[str, Any]) -> Iterator[object]:
    """What the fields hold that are named like a day of publication, in the order of `_DATE_FIELDS`."""
    named = {str(name).casefold().replace("_", ""): value for name, value in metadata.items()}
    return (named[name] for name in _DATE_FIELDS if name in named)


def date_not_read(article: Article) -> str | None:
    """What an article without a date gives for one, as it was written; None where it gives nothing, or has a date."""
    given = () if article.published_at else _dates_kept(article.metadata)
    told = (value for value in given if isinstance(value, str | int) and not isinstance(value, bool))
    return next((str(value) for value in told if str(value).strip()), None)


def _dates_kept(metadata: Mapping[str, Any]) -> Iterator[object]:
    """What is kept of dates that could not be read to the day."""
    yield metadata.get("published_at")
    yield from _dates_in(metadata)


def not_before(article: Article) -> date | None:
    """The first day on which an article without a date can have been published, by the part of one that it tells.

    That is a date that could not be read to the day (kept in the metadata), or the month in its URL.
    """
    kept = (*_dates_kept(article.metadata), month_in_url(article.url))
    return next((day for value in kept if (day := first_day(value))), None)


def _day_alone(line: str) -> str | None:
    """The date of a line that holds nothing else, or nothing but "Published:" and the like."""
    return iso_date(_TOLD.sub("", line)) if len(line) < 40 else None


def _dated(line: Dateline | None, url: str | None, year: int | None = None) -> str | None:
    """The ISO date of a dateline: its own year, else the year that the URL or the path names."""
    if not line or not line.month or not line.day:
        return None
    known = line.year or year_in(url or "") or year
    return day_of(known, line.month, line.day) if known else None


def file_stem(name: str) -> str:
    """A file's name without folders and extensions: `a/2023-02-22-x.txt.gz` → `2023-02-22-x`."""
    last = PurePosixPath(name).name
    return PurePosixPath(last.removesuffix(".gz")).stem


def name_title(stem: str, least: int) -> str:
    """A file's name read as a title, or "" where it has fewer than `least` words or holds other things."""
    words = re.split(r"[\s_+-]+", stem.strip())
    if len([word for word in words if _WORD.fullmatch(word)]) < least or any(len(word) > 30 for word in words):
        return ""
    title = " ".join(words)
    return title[:1].upper() + title[1:] if title.islower() else title


def without_title(text: str, title: str) -> str:
    """The text without a first line that only repeats the title."""
    first, _, rest = text.lstrip("\n").partition("\n")
    return rest if rest.strip() and title and first.strip().casefold() == title.strip().casefold() else text


def first_words(text: str) -> str:
    """A title for a text without one: its first line or sentence, else its first words and an ellipsis."""
    lines = [line.strip() for line in text[:4000].split("\n")]
    line = next((line for line in lines if _WORD.search(line)), next(filter(None, lines), ""))
    if (start := dateline(line)) and len(line) > start.length:
        line = line[start.length :].strip()
    end = _SENTENCE_END.search(line, 20)
    sentence = line[: end.end()] if end else line
    if len(sentence) <= _TITLE_LENGTH:
        return sentence
    cut = sentence[:_TITLE_LENGTH]
    return cut.rsplit(None, 1)[0].rstrip(" ,;:–—-") + "…"


def published(value: object) -> tuple[str | None, dict[str, Any]]:
    """A date as found → (ISO date or None, the metadata that keeps what could not be read)."""
    if value is None or value == "":
        return None, {}
    iso = date_in_field(value)
    return iso, {} if iso else {"published_at": value}


def clean_metadata(fields: Mapping[str, Any]) -> dict[str, Any]:
    """`fields` as plain JSON values with storable strings.

    Raises `ReadError` where one is nested too deeply, or holds too many values (YAML's aliases can make a few lines
    into billions).
    """
    budget = iter(range(MAX_VALUES))
    return {storable(str(name)): _json_value(value, str(name), budget, 0) for name, value in fields.items()}


def _json_value(value: object, name: str, budget: Iterator[int], depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise ReadError(f'field "{name}" is nested more than {MAX_DEPTH} deep; flatten it or leave it out')
    if next(budget, None) is None:
        raise ReadError(f'field "{name}" brings the metadata to more than {MAX_VALUES:,} values; leave it out')
    if isinstance(value, str):
        return storable(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {storable(str(key)): _json_value(part, name, budget, depth + 1) for key, part in value.items()}
    if isinstance(value, list | tuple | set):
        return [_json_value(part, name, budget, depth + 1) for part in value]
    return storable(str(value))  # a date or another YAML value


def _clean(value: str | None) -> str | None:
    return storable(value) if value and value.strip() else None
