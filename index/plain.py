"""Plain text and Markdown files → articles."""

import re
from collections.abc import Mapping
from typing import Any

from index.article import Article
from index.dates import iso_date
from index.decode import decode
from index.errors import ReadError
from index.metadata import complete_from_name, dateline, published

_LONGEST_HEADLINE = 150  # characters
_STOPS = ".!?…,;:-–—"
_CLOSERS = "\"'”’»)]"
_BYLINE = re.compile(r"(?:By|BY|Von|Par|Por) [^\W\d_]")
_ITEM = re.compile(r"[-*•+>#|]|\d+[.)] ")
_NAMED = ("id", "title", "text", "source", "url", "published_at", "author", "language")
# What generators of sites call our fields in front matter.
_ALIASES = {"date": "published_at", "authors": "author", "lang": "language", "link": "url", "publisher": "source"}


def read_text(data: bytes, file_id: str) -> Article:
    """The article in a `.txt` file: a headline on the first line becomes the title and leaves the text."""
    title, text = split_headline(decode(data))
    return complete_from_name(Article(id=file_id, text=text, title=title))


def read_markdown(data: bytes, file_id: str) -> Article:
    """The article in a `.md` file: its source as written, without front matter and without the title heading.

    The marks (`**`, links) stay: a quote has to match what a reader of the file sees.
    """
    fields, text = _front_matter(decode(data))
    heading, text = _split_heading(text)
    if not heading and not fields.get("title"):
        heading, text = split_headline(text)
    iso, kept = published(fields.pop("published_at", None))
    known = {name: _line(fields.pop(name)) for name in _NAMED if name in fields}
    article = Article(
        id=file_id,
        text=text,
        title=known.get("title") or heading,
        author=known.get("author"),
        source=known.get("source"),
        url=known.get("url"),
        published_at=iso,
        language=known.get("language"),
        metadata={**fields, **kept},
    )
    return complete_from_name(article)


def split_headline(text: str) -> tuple[str, str]:
    """(headline, the text after it), or ("", `text`) where the first line is not surely a headline."""
    body = text.lstrip("\n")
    first, _, rest = body.partition("\n")
    if _reads_as_headline(first.strip()) and _stands_apart(first.strip(), rest):
        return first.strip(), rest.lstrip("\n")
    return "", text


def _reads_as_headline(line: str) -> bool:
    """Short, begins like one, has a word in it, and does not end as a sentence or a clause does."""
    if not 3 <= len(line) <= _LONGEST_HEADLINE or not any(letter.isalpha() for letter in line):
        return False
    if _ITEM.match(line) or line[0].islower() or dateline(line + " ") or _BYLINE.match(line):
        return False
    last = line.rstrip(_CLOSERS)[-1:]
    return last not in _STOPS or last in "?!"


def _stands_apart(line: str, rest: str) -> bool:
    """Whether what follows the line shows that it is no part of a paragraph."""
    blocks = [block for block in re.split(r"\n[ \t]*\n", rest.strip("\n")[:20_000]) if block.strip()]
    if not blocks:
        return False
    following = blocks[0].strip().split("\n")
    after = following[0].strip()
    if dateline(after) or (_BYLINE.match(after) and len(after) < 100) or iso_date(after):
        return True
    if after[0].islower():
        return False
    if not rest.split("\n", 1)[0].strip():  # a blank line follows
        return any(len(block) > len(line) for block in blocks[:3])
    # In wrapped text a line breaks where the next word no longer fits: here it would have fitted.
    fits = len(line) + 1 + len(after.split()[0]) <= max(len(part) for part in following)
    return fits and len(after) > len(line) and line[-1] not in "?!"


def _front_matter(text: str) -> tuple[dict[str, Any], str]:
    """(fields, text after them); a text without front matter comes back whole."""
    from frontmatter.default_handlers import YAMLHandler

    handler = YAMLHandler()
    if not handler.detect(text):
        return {}, text
    try:
        source, body = handler.split(text)
    except ValueError:  # no closing `---`: a rule across the page, not front matter
        return {}, text
    fields = _yaml(source)
    if not isinstance(fields, Mapping):
        return {}, text
    named = {str(name): value for name, value in fields.items() if value is not None}
    for alias, name in _ALIASES.items():
        if name not in named and alias in named:
            named[name] = named.pop(alias)
    return named, body.lstrip("\n")


def _yaml(source: str) -> Any:
    """The value of some YAML. Raises `ReadError` where it is none."""
    import yaml  # type: ignore[import-untyped]  # it carries no types

    safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    kind: Any = type("_Loader", (safe,), {})
    kind.add_constructor("tag:yaml.org,2002:timestamp", _timestamp)
    try:
        return kind(source).get_single_data()
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:  # the latter two: numbers like `0x_`
        place = getattr(error, "problem_mark", None)
        line = f" at line {place.line + 1}" if place else ""
        raise ReadError(f"has front matter that is not YAML{line}; mend it or remove it") from None


def _timestamp(loader: Any, node: Any) -> Any:
    """A date or date-time, or what is written there where that names no day (`2023-02-30`)."""
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError:
        return loader.construct_scalar(node)


def _split_heading(text: str) -> tuple[str, str]:
    """(title, rest) where the text begins with a first-level heading, `# Title` or `Title` over `====`."""
    first, _, rest = text.lstrip("\n").partition("\n")
    under, _, after = rest.partition("\n")
    if first.strip() and under.strip() and not under.strip().strip("="):
        return first.strip(), after.lstrip("\n")
    if first.startswith("# "):
        title = first[2:].strip()
        return title.rstrip("#").rstrip() or title, rest.lstrip("\n")
    return "", text


def _line(value: object) -> str:
    """A front matter value as one string: the members of a list joined by commas."""
    if isinstance(value, list | tuple):
        return ", ".join(_line(part) for part in value)
    if isinstance(value, Mapping):
        return str(value.get("name") or "")
    return str(value)
