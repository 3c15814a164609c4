"""What an index run came to, in bounded memory: a file may hold millions of rows that are refused."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from index.article import Article, Refusal
from index.metadata import date_not_read

_NAMED = 5  # extensions of files that were passed over
NOTED = 1000  # refusals of one file's rows, and articles with a known text, that are told one by one
_SHOWN = 40  # characters of what is given for a date
_ROW = re.compile(r":\d+\Z")  # what a refusal's `where` has behind the file's name


@dataclass
class Summary:
    """The counts of a run; `known` are articles whose text another id had already, `refusals` what was not taken in.

    `twins` are the first of the former: (id, the id that had its text). `unread` are the files of types that are not
    read, by extension, `undated` articles whose date was not understood, the first of them (id, what it gave) `vague`.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    known: int = 0
    refusals: int = 0
    passages: int = 0
    seconds: float = 0.0
    twins: list[tuple[str, str]] = field(default_factory=list)
    unread: Counter[str] = field(default_factory=Counter)
    undated: int = 0
    vague: tuple[str, str] | None = None
    _told: list[Refusal] = field(default_factory=list)
    _by_file: Counter[str] = field(default_factory=Counter)

    @property
    def refused(self) -> list[Refusal]:
        """Each refusal; of a file with more than `NOTED` of them those, and one that counts the others."""
        more = {file: count - NOTED for file, count in self._by_file.items() if count > NOTED}
        counted = (Refusal(file, f"has {count:,} more rows that were refused") for file, count in more.items())
        return [*self._told, *counted]

    def refuse(self, refusal: Refusal) -> None:
        """Counts a refusal, and keeps it unless its file has very many."""
        file = _ROW.sub("", refusal.where)
        self.refusals += 1
        self._by_file[file] += 1
        if self._by_file[file] <= NOTED:
            self._told.append(refusal)

    def pair(self, article_id: str, twin: str) -> None:
        """Counts an article whose text `twin` had already."""
        self.known += 1
        if self.known <= NOTED:
            self.twins.append((article_id, twin))

    def take_date(self, article: Article) -> None:
        """Counts an article that gives a date which was not understood."""
        if given := date_not_read(article):
            self.undated += 1
            self.vague = self.vague or (article.id, given)

    def notes(self) -> Iterator[str]:
        """What a user should know besides the counts, a line each."""
        for article_id, twin in self.twins:
            yield f"{article_id} has the same text as {twin}: stored once, listed under both"
        if more := self.known - len(self.twins):
            yield f"{more:,} more article{'s' if more > 1 else ''} with a text that is stored already"
        if dates := self.dates():
            yield dates
        for refusal in self.refused:
            yield f"refused {refusal.where}: {refusal.reason}"
        if count := self.unread.total():
            files = f"{count:,} files of types that are not read were" if count > 1 else "1 file of a type not read was"
            yield f"{files} passed over: {self._unread()}"

    def dates(self) -> str | None:
        """That dates were not understood; None where all were."""
        if self.vague is None:
            return None
        have = "1 article has" if self.undated == 1 else f"{self.undated:,} articles have"
        where, given = self.vague
        return f"{have} a date that tells no single day, as {given[:_SHOWN]!r} of {where}: write it YYYY-MM-DD"

    def _unread(self) -> str:
        """The files that were passed over by extension, the most first, of which only some are named."""
        most = self.unread.most_common(_NAMED)
        named = [f"{extension or 'without an extension'} {count:,}" for extension, count in most]
        rest = self.unread.total() - sum(count for _, count in most)
        return ", ".join([*named, *([f"others {rest:,}"] if rest else [])])

    def line(self) -> str:
        """The run in one line."""
        parts = [f"{self.added} added", f"{self.changed} changed", f"{self.unchanged} unchanged"]
        if self.known:
            parts.append(f"{self.known} with a text already known")
        if self.refusals:
            parts.append(f"{self.refusals} refused")
        return f"{', '.join(parts)}; {self.passages} passages embedded in {self.seconds:.1f} s"
