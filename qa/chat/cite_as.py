"""A citation for someone else's page: plain, as Markdown, and as an entry of an APA reference list.

The APA style is the seventh edition's, for an article on a website: who, when, what, where, address.
"""

import re
from datetime import date

from index.article import Article, Span
from qa.answer import Answer
from qa.citation import Citation
from qa.links import in_angles
from qa.markup import title_of
from qa.phrases import POSSIBLE, day, marked, safe_url
from qa.words import MONTH_NAMES

# What CommonMark and its common extensions may take for markup, and what only does so where a line begins.
_ACTIVE = re.compile(r"[\\`*_\[\]<>&~|^]|\$(?=[^$]*\$)|!(?=\[)|://|(?<=www)\.|@", re.IGNORECASE)
_OPENING = re.compile(r"^(?:[#+=:-]|\d{1,9}(?=[.)]))", re.MULTILINE)
_LINE_END = re.compile(r"\r\n|\r|\n")
_BYLINE = re.compile(r"^\s*by\s+", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*(?:;|,?\s+and\s+|,?\s*&\s*|,)\s*")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PARTICLES = _words("al ap bin da de del den der di dos du el ibn la le san st. ten ter van von zu")
_SUFFIXES = frozenset(("jr", "jr.", "sr", "sr.", "ii", "iii", "iv"))
_MOST_WORDS = 5  # of a person's name
_NO_PERSON = _words(
    """
    agencies agency associated board bureau company correspondent correspondents daily desk editor editorial editors
    international magazine media network news newsroom office post press reporter reporters service staff team times
    today tv university wire with writer writers
    """
)


def plain(article: Article, span: Span, text: str) -> str:
    """`“It sank.” Ann Lee, “Ship sinks”, Harbour Wire, 29 March 2021, https://…`; else the id and the offsets."""
    return f"{marked(text)} {_stands(article, span)}"


def markdown(article: Article, span: Span, text: str) -> str:
    """The sentence as a block quotation, and below it who said it, with a link where there is a web address."""
    link, title = safe_url(article.url), in_markdown(_one_line(title_of(article)))
    named = f"[{title}](<{in_angles(link[0])}>)" if link else title
    source = f"*{in_markdown(_one_line(article.source))}*" if article.source and article.source.strip() else ""
    facts = [in_markdown(_one_line(article.author or "")), named, source]
    facts += [in_markdown(_one_line(fact)) for fact in (day(article.published_at), "" if link else _at(article, span))]
    quoted = "\n".join(f"> {line}".rstrip() for line in in_markdown(marked(text)).split("\n"))
    return f"{quoted}\n>\n> — {', '.join(filter(None, facts))}"


def apa(article: Article) -> str:
    """`Lee, A. (2021, March 29). Ship sinks. Harbour Wire. https://…`; the title first where no author is known."""
    title, link = _ended(_one_line(title_of(article))), safe_url(article.url)
    author = apa_names(article.author or "")
    when = f"({_apa_day(article.published_at)})."
    opening = [_ended(author), when, title] if author else [title, when]
    closing = [_ended(_one_line(article.source)) if article.source else "", link[0] if link else ""]
    return " ".join(filter(None, (*opening, *closing)))


def whole_answer(answer: Answer) -> str:
    """The sentences of an answer, numbered, and below them where each stands; of a possible answer, with that label.

    Before a sentence that leans stands its context, as the command tells it. Empty where nothing is quoted.
    """
    cited = answer.citations or (answer.hits[:1] if answer.possible else ())
    quoted = "\n".join(f"{_quoted(citation)} [{n}]" for n, citation in enumerate(cited, 1))
    stands = "\n".join(f"[{n}] {_stands(citation.article, citation.span)}" for n, citation in enumerate(cited, 1))
    label = f"{POSSIBLE}:\n" if answer.possible and cited else ""
    return f"{label}{quoted}\n\n{stands}" if cited else ""


def _quoted(citation: Citation) -> str:
    context = f"(Context: {_one_line(citation.context)}) " if citation.context else ""
    return context + marked(citation.text)


def apa_names(author: str) -> str:
    """`Ann Lee and Bo de Wit` as `Lee, A., & de Wit, B.`; what is not plainly people's names stays as it is."""
    given = _one_line(_BYLINE.sub("", author))
    parts = [part for part in _BETWEEN.split(given) if part]
    if len(parts) == 2 and "," in given and _is_surname(parts[0]):
        return _person(f"{parts[1]} {parts[0]}") or given  # “Lee, Ann” is turned already
    people = [_person(part) for part in parts]
    if not people or not all(people):
        return given
    names = [person for person in people if person]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])}, & {names[-1]}"


def in_markdown(text: str) -> str:
    """`text` so that Markdown shows it as it is: nothing in it is markup, or becomes a link."""
    lines = "\n".join(line.lstrip() for line in _LINE_END.split(text))  # an indented line would be code
    shown = _ACTIVE.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", lines)
    # Of a number it is the point after it that is escaped.
    return _OPENING.sub(lambda found: f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}", shown)


def _stands(article: Article, span: Span) -> str:
    link = safe_url(article.url)
    facts = (article.author, marked(title_of(article)), article.source, day(article.published_at))
    return ", ".join(_one_line(fact) for fact in (*facts, link[0] if link else _at(article, span)) if fact)


def _at(article: Article, span: Span) -> str:
    return f"{_one_line(article.id)}, characters {span.start}–{span.end}"


def _apa_day(published_at: str | None) -> str:
    if not published_at or not published_at.strip():
        return "n.d."
    try:
        when = date.fromisoformat(published_at[:10])
    except ValueError:
        return _one_line(published_at)
    return f"{when.year}, {MONTH_NAMES[when.month - 1]} {when.day}"


def _person(name: str) -> str | None:
    """`Ann B. de Wit Jr.` as `de Wit, A. B., Jr.`; None for what is not plainly a person's name."""
    words = name.split()
    suffix = f", {words.pop()}" if len(words) > 2 and words[-1].lower() in _SUFFIXES else ""
    if not 2 <= len(words) <= _MOST_WORDS or not _is_name(" ".join(words)):
        return None
    first = len(words) - 1
    while first > 1 and words[first - 1].lower() in _PARTICLES:
        first -= 1
    return f"{' '.join(words[first:])}, {' '.join(map(_initial, words[:first]))}{suffix}"


def _is_surname(text: str) -> bool:
    return _is_name(text) and sum(word.lower() not in _PARTICLES for word in text.split()) == 1


def _is_name(text: str) -> bool:
    words = text.split()
    return all(
        (word[0].isupper() or word.lower() in _PARTICLES)
        and word.lower() not in _NO_PERSON
        and not (len(word) > 2 and word.isupper() and "." not in word)  # AFP, BBC
        and all(character.isalpha() or character in ".-'’" for character in word)
        for word in words
    )


def _initial(name: str) -> str:
    return "-".join(f"{part[0].upper()}." for part in name.split("-") if part)


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _one_line(text: str) -> str:
    return " ".join(text.split())
