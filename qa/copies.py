"""On which reports an answer stands: copies of one text are one report, an agency's story is the agency's."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from index.article import Article, Span
from qa.citation import Citation, Origin

_LONGEST = 30_000  # code points of a text that are compared
_RUN = 5  # words: one shingle
_SHARED = 0.6  # share of the shorter text's shingles from which it is a copy
_FEWEST = 15  # shingles in common: fewer may be one sentence that two reporters heard
_IN_A_ROW = 45  # words: about three sentences, word for word the same
_UNQUOTED = 25  # of those words, so many outside quotation marks: two reporters may quote the same speech
_PROSE = 12  # words outside quotation marks from which a text is compared without its quotations

_WORD = re.compile(r"[^\W_]+")
_QUOTATION = re.compile(r"[“„«][^“”„«»\n]*(?:[”»]|(?=\n)|$)|\"[^\"\n]*\"")
_AGENCIES = {
    name: key
    for key, names in {
        "reuters": "reuters, thomson reuters, reuters.com",
        "ap": "ap, associated press, the associated press, apnews.com, ap news",
        "afp": "afp, agence france-presse, agence france presse, afp.com",
        "aa": "aa, anadolu, anadolu agency, aa.com.tr",
        "dpa": "dpa, deutsche presse-agentur",
        "tass": "tass, tass.com",
        "interfax": "interfax",
        "ria": "ria, ria novosti, ria.ru",
        "xinhua": "xinhua, xinhuanet.com",
        "kyodo": "kyodo, kyodo news",
        "yonhap": "yonhap, yonhap news agency",
        "pti": "pti, press trust of india",
        "ani": "ani, asian news international",
        "ians": "ians",
        "efe": "efe, agencia efe",
        "ansa": "ansa, ansa.it",
        "upi": "upi, united press international, upi.com",
        "aap": "aap, australian associated press",
        "pa": "pa, pa media, press association",
    }.items()
    for name in names.split(", ")
}
_HEAD, _FOOT = 250, 300  # code points from the start and the end of a text where a credit stands
_DATELINE = re.compile(r"\(([A-Za-z][\w .-]{1,40})\)\s?[-–—]")
# A credit in a line with one of these is the picture's; a source only where the line or bracket is its caption.
_PICTURES = r"\b(?:photo|photograph|picture|image|graphic|map|video)s?\b[^\n]*"
_PICTURE = re.compile(rf"{_PICTURES}\bcredits?: ?$|(?:^|[\n(])\s*(?:file )?{_PICTURES}$", re.I)
_CREDIT = re.compile(r"(?:^|\n|\. |\()\s*(?:source|credit|via)s?: ?([A-Za-z][\w .-]{1,40}?)(?=[\n/,;)]|\.?\s*$)", re.I)


@dataclass(frozen=True, slots=True)
class _Read:
    """A text as it is compared: its words, where each begins, and whether it stands in quotation marks."""

    words: tuple[str, ...]
    starts: tuple[int, ...]
    quoted: tuple[bool, ...]
    cited: tuple[Span, ...]
    prose: frozenset[tuple[str, ...]]
    whole: frozenset[tuple[str, ...]]


def with_origins(citations: Sequence[Citation], texts: Mapping[str, str]) -> list[Citation]:
    """The citations, and those under `same_as`, each with its `origin`; `texts` are the articles' by digest."""
    everything = [one for citation in citations for one in (citation, *citation.same_as)]
    outlets = frozenset(_outlet(one.article) for one in everything if one.article.source)
    agency = {one.sha256: agency_of(texts[one.sha256], outlets) for one in everything}
    outlet = {one.article.id: agency[one.sha256] or _outlet(one.article) for one in everything}
    report = {digest: digest for digest in agency}
    if len(set(outlet.values())) > 1:  # else there is one source, whatever was copied
        report = _reports({digest: texts[digest] for digest in agency}, everything)

    def placed(one: Citation) -> Citation:
        same_as = tuple(placed(other) for other in one.same_as)
        return replace(one, origin=Origin(report[one.sha256], outlet[one.article.id]), same_as=same_as)

    return [placed(citation) for citation in citations]


def agency_of(text: str, outlets: Collection[str] = ()) -> str | None:
    """The news agency that a text's dateline or credit names: “MOSCOW (Reuters) –”, “Source: AP”.

    One that is not known as such is told by its being one of the `outlets`, in small letters.
    """
    foot = text[max(0, len(text) - _FOOT) :]
    for found in (*_DATELINE.finditer(text, 0, _HEAD), *_CREDIT.finditer(foot)):
        name = found[1].strip().casefold()
        if found.re is _CREDIT and _PICTURE.search(foot, 0, found.start(1)):
            continue
        if key := _AGENCIES.get(name, name if name in outlets else None):
            return key
    return None


def are_copies(one: str, other: str, cited: tuple[Sequence[Span], Sequence[Span]] = ((), ())) -> bool:
    """Whether one text is largely the other's, or what is cited of both stands in the same words for sentences.

    `cited` are the spans that are cited of each. What is quoted in both makes no copy.
    """
    return _copies(_read(one, cited[0]), _read(other, cited[1]))


def _reports(texts: Mapping[str, str], citations: Sequence[Citation]) -> dict[str, str]:
    """For each digest that of the first text of which its text is a copy, directly or by way of other copies."""
    spans: dict[str, list[Span]] = {}
    for citation in citations:
        spans.setdefault(citation.sha256, []).append(citation.span)
    report = {digest: digest for digest in texts}
    read = {digest: _read(text, spans[digest]) for digest, text in texts.items()}
    for first, second in combinations(texts, 2):
        if report[first] != report[second] and _copies(read[first], read[second]):
            old, new = report[second], report[first]
            report = {digest: new if known == old else known for digest, known in report.items()}
    return report


def _read(text: str, cited: Sequence[Span]) -> _Read:
    text = text[:_LONGEST]
    marks = [found.span() for found in _QUOTATION.finditer(text)]
    words, starts, quoted, at = [], [], [], 0
    for word in _WORD.finditer(text):
        while at < len(marks) and marks[at][1] <= word.start():
            at += 1
        words.append(word[0].casefold())
        starts.append(word.start())
        quoted.append(at < len(marks) and marks[at][0] <= word.start())
    prose = [word for word, inside in zip(words, quoted, strict=True) if not inside]
    return _Read(
        tuple(words),
        tuple(starts),
        tuple(quoted),
        tuple(cited),
        _shingles(prose if len(prose) >= _PROSE else words),
        _shingles(words),
    )


def _shingles(words: Sequence[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(zip(*(words[at:] for at in range(_RUN)), strict=False))


def _copies(one: _Read, other: _Read) -> bool:
    if one.words == other.words:
        return True
    shared, least = len(one.prose & other.prose), min(len(one.prose), len(other.prose))
    if shared >= _FEWEST and shared >= _SHARED * least:
        return True
    return _cited_alike(one, other.whole) and _cited_alike(other, one.whole)


def _cited_alike(one: _Read, other: frozenset[tuple[str, ...]]) -> bool:
    """Whether a cited sentence stands amid a long run of words that the other text has too."""
    return any(
        one.starts[first] <= span.start and span.start < one.starts[last]
        for first, last in _runs(one, other)
        for span in one.cited
    )


def _runs(one: _Read, other: frozenset[tuple[str, ...]]) -> Iterator[tuple[int, int]]:
    """The runs of words, first and last place, that are long enough to have been copied."""
    first: int | None = None
    for at in range(len(one.words) - _RUN + 2):
        if at <= len(one.words) - _RUN and one.words[at : at + _RUN] in other:
            first = at if first is None else first
        elif first is not None:
            last = at + _RUN - 2
            if last - first + 1 >= _IN_A_ROW and one.quoted[first : last + 1].count(False) >= _UNQUOTED:
                yield first, last
            first = None


def _outlet(article: Article) -> str:
    if not article.source:
        return article.id
    name = " ".join(article.source.split()).casefold().removeprefix("www.")
    return _AGENCIES.get(name, name)
