"""Does a question lean on the conversation before it, or does it stand alone?"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.abbreviations import leads_on
from qa.conversation.grammar import (
    AUXILIARIES,
    CALENDAR,
    DAYS,
    EXPANDING,
    MADE,
    MONTHS_AND_DAYS,
    ORDINALS,
    PARTS,
    PERSONS,
    STAND_INS,
    TELLING_WHICH,
)
from qa.conversation.names import Kind
from qa.conversation.pronouns import is_repeated, unexplained
from qa.conversation.word import Word, with_names, words_of

_SHORT = 7  # words; a longer question of plain words alone is a title or a saying rather than a question about nothing
_FEW = 3  # topic words; a question with more says what it is about, unless the conversation shares one of them
_SENTENCE = re.compile(r"\S(?:[^.!?]|[.!?](?!\s))*[.!?]*")
_OPENERS = r"(?:(?:ok|okay|thanks|and|but|so|then|now|well|great|good|cool|wow|hmm|also|yes|i see|right)\b[,.!;\s]*)*"
_CORRECTION = re.compile(r"(?:what\?\s*)?(?:no|nope|not (?:quite|really|exactly)|sorry)\b(?! one)|i meant?\b", re.I)
_CONTINUATION = re.compile(
    rf"{_OPENERS}(?:(?:what|how) about\b|(?:why|how|when|where|who)(?: not| so| come| then)?\W*$"
    r"|(?:in|on|at|for|with|by|from|during|after|before|since) \S+(?:\s+\S+){0,2}\s*$)"
    r"|(?:and|or|but) \S+(?:\s+\S+){0,3}\s*$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a question: its words, and the pronouns that nothing before them in the question explains."""

    words: tuple[Word, ...]
    pronouns: tuple[Word, ...]
    partial: bool  # it names a side or another one of something unsaid
    stand_ins: tuple[Word, ...] = ()  # “the company”, where nothing in the question tells which

    @property
    def topics(self) -> frozenset[str]:
        return frozenset(w.key for w in self.words if w.kind == "topic" and w not in self.stand_ins and not w.is_date)


@dataclass(frozen=True, slots=True)
class Leaning:
    """How a question leans: `corrects` the one before it, `carries` it on, or holds what only the talk explains."""

    sentences: tuple[Sentence, ...]
    corrects: bool
    carries: bool

    @property
    def words(self) -> list[Word]:
        return [word for sentence in self.sentences for word in sentence.words]

    @property
    def pronouns(self) -> list[Word]:
        return [word for sentence in self.sentences for word in sentence.pronouns]

    @property
    def topics(self) -> frozenset[str]:
        return frozenset().union(*(sentence.topics for sentence in self.sentences))

    @property
    def kind(self) -> Kind | None:
        """The kind of name its pronouns ask for."""
        keys = {word.key for word in self.pronouns}
        if keys & PERSONS:
            return "person"
        return "place" if "there" in keys else "date" if keys & (CALENDAR | {"then"}) else None

    def possible(self) -> bool:
        """Can it lean on any conversation at all?"""
        definite = any(word.key == "the" for word in self.words)
        signs = self.corrects or self.carries or bool(self.pronouns) or any(s.partial for s in self.sentences)
        return bool(self.words) and (signs or definite or len(self.topics) <= 1)

    def needs(self, known: Collection[str], expands: bool) -> bool:
        """Does it lean on a conversation of these keys? `expands` says that the talk has a fuller form of its nouns."""
        count, shared = len(self.topics), any(key in known for key in self.topics)
        if self.corrects:
            return count < _FEW
        if self.carries:
            return count <= _FEW or shared
        if self.pronouns:
            return shared or self._least([bool(s.pronouns) for s in self.sentences]) <= 1 or self._asks_about_it()
        if any(s.stand_ins for s in self.sentences) and count <= (_FEW if self._is_cased() else 1):
            return True
        if count == 0 and len(self.words) <= _SHORT:
            return not _is_dated(self.words)
        if (count == 1 and shared and not self._is_about_a_name()) or (expands and count <= _FEW):
            return True
        partial = [s.partial for s in self.sentences]
        return any(partial) and (self._least(partial) <= 1 or (shared and count <= _FEW))

    def _is_cased(self) -> bool:
        """Is it typed with capitals, so that a name would have one?"""
        return any(word.capital for word in self.words)

    def _is_about_a_name(self) -> bool:
        """Does it name something, and not only by what it is, as in “the CEO”?"""
        return any(b.named and _is_own_name(b) and a.key != "the" for a, b in pairwise(self.words))

    def _least(self, chosen: Collection[bool]) -> int:
        """The topic words of the barest sentence among those chosen."""
        return min(len(s.topics) for s, wanted in zip(self.sentences, chosen, strict=True) if wanted)

    def _asks_about_it(self) -> bool:
        """Is a pronoun the main clause's subject, or its last word?"""
        count, last = len(self.topics), [s.words[-1] for s in self.sentences if s.words[-1] in s.pronouns]
        return (
            (count <= _FEW and any(_is_subject(s) for s in self.sentences))
            or (count < _FEW and bool(last))
            or any(word.key == "there" for word in last)
        )


def leaning(question: str) -> Leaning:
    """How a question leans, as far as its own words tell."""
    sentences: list[Sentence] = []
    before: list[Word] = []
    parts = list(_parts(question))
    for start, text in parts:
        if words := tuple(word.moved(start) for word in with_names(words_of(text))):
            told = len({word.key for word in before if word.kind == "topic"}) > _FEW
            pronouns = () if told else tuple(unexplained(text, words, before))
            stand_ins = () if told else tuple(_stand_ins(words, before))
            sentences.append(Sentence(words, pronouns, not told and _is_partial(words), stand_ins))
            before.extend(words)
    carries = any(_CONTINUATION.match(text) for _, text in parts)
    return Leaning(tuple(sentences), bool(_CORRECTION.match(question.strip())), carries)


def _parts(question: str) -> Iterator[tuple[int, str]]:
    """The sentences of a question and where they start; the stop of “Gov.” ends none."""
    start = None
    for found in _SENTENCE.finditer(question):
        start = found.start() if start is None else start
        text = question[start : found.end()]
        if not (text.endswith(".") and leads_on(text[:-1].rpartition(" ")[2])):
            yield start, text
            start = None
    if start is not None:
        yield start, question[start:]


def _is_subject(sentence: Sentence) -> bool:
    """“How does it …”, or a person anywhere: people are rarely meant in general."""
    for place, word in enumerate(sentence.words):
        if word in sentence.pronouns:
            opens = place > 0 and sentence.words[place - 1].key in AUXILIARIES
            return word.key in PERSONS | {"these", "those"} or (
                word.key == "it" and opens and not any(w.kind == "topic" for w in sentence.words[:place])
            )
    return False


def _is_partial(words: Sequence[Word]) -> bool:
    """Does it speak of “another”, “the causes”, “which type” or “the first”, or is it too short to say of what?"""
    topics = {word.key for word in words if word.kind == "topic"}
    second = words[1].key if len(words) > 1 else ""
    if len(words) <= 3 and second not in AUXILIARIES and not _tells_of_what(words):
        return True
    if any(word.key in EXPANDING and not _is_completed(words, place) for place, word in enumerate(words)):
        return True
    if len(topics) <= 1 and words[0].key in AUXILIARIES and not any(word.named for word in words):
        return True
    asked = any(a.key in ("what", "which") and b.text.casefold() in PARTS for a, b in pairwise(words))
    whole = any(a.text.casefold() in PARTS and b.key == "of" for a, b in pairwise(words))
    return (asked and not whole) or any(_is_bare(words, place) for place, word in enumerate(words) if word.key == "the")


def _tells_of_what(words: Sequence[Word]) -> bool:
    """Do these few words hold a name or a day? One word is no more than asked with a capital."""
    return len(words) > 1 and (any(map(_is_own_name, words)) or (len(words) > 2 and _is_dated(words)))


def _is_dated(words: Sequence[Word]) -> bool:
    """Is a day said, or that of which there is but one: “yesterday”, “in 2019”, “this week”, “of the year”?"""
    if any(word.is_date or word.key in DAYS for word in words):
        return True
    return any(
        b.key in CALENDAR - {"time"}
        and (a.key in ("this", "last") or (a.key == "the" and (b.key == "world" or before == "of")))
        for before, a, b in zip(["", *(word.key for word in words)], words, words[1:], strict=False)
    )


def _is_completed(words: Sequence[Word], place: int) -> bool:
    """Does the question itself say beside what, as in “another name for the aubergine”?"""
    told = any(word.key in ("of", "for", "than") for word in words[place + 1 : place + 3])
    return is_repeated(words, place + 1) or (told and any(word.kind == "topic" for word in words[place + 3 :]))


def _is_bare(words: Sequence[Word], place: int) -> bool:
    """Does “the” at this place stand before nothing but a side of something, or a number?"""
    rest = words[place + 1 :]
    if len(rest) > 1 and rest[0].key in ORDINALS and rest[1].text.endswith("ed"):
        return True
    light = next((n for n, word in enumerate(rest) if word.kind != "light"), len(rest))
    end = next((n for n, word in enumerate(rest[light:], light) if word.kind != "related"), len(rest))
    unique = end > light and rest[end - 1].key in CALENDAR
    return end > 0 and not unique and (end == len(rest) or rest[end].key in AUXILIARIES)


def _stand_ins(words: Sequence[Word], before: Sequence[Word]) -> list[Word]:
    """Nouns such as “the company” in a sentence, where neither it nor the sentences before it have a name."""
    said = (*before, *words)
    if any(_is_own_name(word) for word in said):
        return []
    cased = any(word.capital for word in said)
    return [word for place, word in enumerate(words) if _stands_in(words, place, cased)]


def _is_own_name(word: Word) -> bool:
    return word.capital and word.kind == "topic" and word.text.casefold() not in MONTHS_AND_DAYS


def _stands_in(words: Sequence[Word], place: int, cased: bool) -> bool:
    """Is the word at this place “the company”, and does nothing behind it tell which?

    Where all is typed small, a title or a name may follow unseen: then few words may, and no “song” or “film” counts.
    """
    noun = words[place].text.casefold().removesuffix("'s").removesuffix("’s")
    if noun not in STAND_INS or not place or words[place - 1].key != "the" or (noun in MADE and not cased):
        return False
    if place + 1 == len(words) or words[place].owning:
        return True
    right, subject = words[place + 1], place > 1 and words[place - 2].key in AUXILIARIES
    if [word.kind for word in words[place + 1 :]] == ["topic", "light"]:
        return False  # “does the court system work”
    if right.key in TELLING_WHICH and place + 2 < len(words):
        return any(word.key in CALENDAR or word.key.isdecimal() for word in words[place + 2 : place + 5])
    if cased:
        return subject or right.kind == "function" or right.key in DAYS | {"now"}
    return right.key in AUXILIARIES or (subject and right.kind == "light")
