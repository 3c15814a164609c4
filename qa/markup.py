"""The page's one way from text to HTML: what an article, a question or an error says goes through `escaped`."""

import html
import re

from index.article import Article, storable

DOT = '<span class="pq-dot"> · </span>'
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def escaped(text: str) -> str:
    """`text` for HTML, as content or attribute; a carriage return survives the parser as a reference."""
    return html.escape(storable(text)).replace("\r", "&#13;")


def emphasised(parts: tuple[str, str, str]) -> str:
    """Three pieces of one text for HTML, the middle one in bold where there is one."""
    before, words, after = map(escaped, parts)
    return f'{before}<b class="pq-answer">{words}</b>{after}' if words else before + after


def title_of(article: Article) -> str:
    """The title as plain text, the id where there is none."""
    return article.title.strip() or article.id


def language_of(article: Article) -> str:
    """The `lang` attribute, with a space before it; empty where the language is unknown or no language tag."""
    known = article.language is not None and _LANGUAGE.fullmatch(article.language)
    return f' lang="{article.language}"' if known else ""
