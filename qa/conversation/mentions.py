"""What a conversation has been about: its words, each weighed by who said it, how lately and how often."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from index.abbreviations import leads_on
from index.lexical import base_of
from qa.conversation.grammar import AUXILIARIES, DOING, GROUPS, NOUNS_FOLLOW, PLURALS, TOLD_BEHIND
from qa.conversation.word import PAST, Word, with_names, words_of
from qa.question import Turn

EXCHANGES = 8  # the latest of them are read, and the first
ANSWERS = 2  # of each exchange
CHARACTERS = 1000  # of each turn

# Shares of a word's weight; a word in the user's latest turn has 1.
DECAY = 0.5  # for each exchange that is older
OPENING = 0.8  # besides, where the first turn has it and a later exchange too
ANSWERED = 0.25  # where an answer repeats it
SINGLE = 0.3  # of that, where an answer has a name once
RELATED = 0.3  # where it names a side of something
CARRIED = 0.8  # the same, where the question carries on the one before it
NOUN = 0.5  # what is left of it where no occurrence looks like a noun

_LONGEST = 4  # words of a term
_RUN = 3  # words of a name; more capitals in a row make a heading
_TOGETHER = 0.5  # a term's words stand together in this share of what the rarer one has


@dataclass(frozen=True, slots=True)
class Said:
    """One turn as it was heard; `age` counts the exchanges since."""

    words: tuple[Word, ...]
    by_user: bool
    age: int
    first: bool


@dataclass(frozen=True)
class Talk:
    """A conversation: `weights` by key, oldest turn first; `known` are the keys by which a question belongs to it."""

    turns: tuple[Said, ...]
    weights: dict[str, float]
    known: frozenset[str]
    nouns: dict[str, float]
    told: frozenset[str]  # keys of words that are nowhere a name or a noun: “who owns”, “how tall”, “Gov.”
    small: frozenset[str]  # keys that are written without a capital somewhere; function and light words left out
    pairs: Counter[tuple[str, str]]
    counts: Counter[str]

    @cached_property
    def names(self) -> frozenset[str]:
        """The keys that are written with a capital and nowhere without one."""
        return frozenset(word.key for said in self.turns for word in said.words if self.is_name(word))

    @property
    def days(self) -> frozenset[str]:
        """The keys of days of the week and of months."""
        return frozenset(word.key for said in self.turns for word in said.words if word.is_day)

    def term(self, key: str) -> list[Word]:
        """The fullest name or term in which the word of this key was used, the latest of equals.

        A name of several words is the user's, where there is one: in an answer it may run into what is no part of it.
        """
        if key not in self._terms:
            self._terms[key] = self._term(key)
        return self._terms[key]

    @cached_property
    def _terms(self) -> dict[str, list[Word]]:
        """What was found, by key: a hostile question asks for one a hundred times."""
        return {}

    def _term(self, key: str) -> list[Word]:
        asked = self._fullest(key, [said for said in self.turns if said.by_user])
        return asked if len(asked) > 1 and all(map(self.is_name, asked)) else self._fullest(key, self.turns)

    def _fullest(self, key: str, turns: Sequence[Said]) -> list[Word]:
        best: list[Word] = []
        for said in reversed(turns):
            for place, word in enumerate(said.words):
                if word.key == key and not word.plain and len(grown := self._grown(said.words, place)) > len(best):
                    best = grown
        return best

    def shown(self, term: Sequence[Word]) -> str:
        """A term as it is written in a sentence: without a heading's capitals."""
        plain = all(word.key in self.small for word in term)
        texts = [word.text.lower() if plain and word.text[1:].islower() else word.text for word in term]
        return " ".join(texts).removesuffix("'s").removesuffix("’s")

    def _grown(self, words: Sequence[Word], place: int) -> list[Word]:
        first = last = place
        while first > 0 and last - first + 1 < _LONGEST and self._belongs(words, first):
            first -= 1
        while last + 1 < len(words) and last - first + 1 < _LONGEST and self._belongs(words, last + 1):
            last += 1
        return list(words[first : last + 1])

    def _belongs(self, words: Sequence[Word], place: int) -> bool:
        """Do the word at this place and the one before it make one name or term?"""
        left, right = words[place - 1], words[place]
        if not right.near or leads_on(right.text) or not left.tells or not right.tells or left.key.isdecimal():
            return False
        if left.owning and not (left.text[:-2] in GROUPS and right.capital):
            return False
        if self.is_name(left) and self.is_name(right):
            return not left.is_day and self._run(words, place) <= _RUN
        if left.capital != right.capital and (right.capital or right.key in self.told):
            return False  # “fired Morton”, “Morton fired”
        together = self.pairs[left.key, right.key]
        often = together >= 2 and together >= _TOGETHER * min(self.counts[left.key], self.counts[right.key])
        return often and self.nouns[left.key] > 0 and self.nouns[right.key] > 0

    def is_name(self, word: Word) -> bool:
        return word.capital and word.key not in self.small

    def _run(self, words: Sequence[Word], place: int) -> int:
        """How many capitals stand in a row there; of a longer row one more than make a name."""
        first = last = place
        while last - first < _RUN and first > 0 and words[first].near and _goes_before(words[first - 1]):
            first -= 1
        while last - first < _RUN and last + 1 < len(words) and words[last + 1].near and words[last + 1].capital:
            last += 1
        return last - first + 1


def _goes_before(word: Word) -> bool:
    """May it begin a name?"""
    return word.capital and not word.is_day


def talk_of(history: Sequence[Turn], corrects: bool = False, carries: bool = False) -> Talk:
    """What was said, weighed for a question that corrects the one before it, carries it on, or does neither.

    The answer to a question that is corrected was beside the point, so it is left out.
    """
    heard = [said for said in _heard(history) if not (corrects and said.age == 0 and not said.by_user)]
    small = frozenset(word.key for said in heard for word in said.words if word.text[:1].islower() and not word.plain)
    turns = tuple(replace(said, words=with_names(said.words, small)) for said in heard)
    spread = Counter(key for key, _ in {(word.key, said.age) for said in turns for word in said.words if word.tells})
    nouns = _nouns(turns)
    weights: dict[str, float] = defaultdict(float)
    known: set[str] = set()
    for said in turns:
        for key, share in _shares(said, known, spread, carries):
            weights[key] += share * (NOUN + (1 - NOUN) * nouns[key])
    known.update(word.key for said in turns[-2:] if said.age == 0 for word in said.words if word.tells)
    pairs = Counter((a.key, b.key) for said in turns for a, b in pairwise(said.words) if b.near)
    counts = Counter(word.key for said in turns for word in said.words)
    told = frozenset(key for said in turns for key in _told(said)) - _things(turns)
    return Talk(turns, dict(weights), frozenset(known), nouns, told, small, pairs, counts)


def _heard(history: Sequence[Turn]) -> Iterator[Said]:
    """The latest turns and the first ones, in groups that the user opens."""
    groups: list[list[Turn]] = []
    for turn in history:
        if turn.role == "user" or not groups:
            groups.append([])
        groups[-1].append(turn)
    for number, group in enumerate(groups):
        age = len(groups) - 1 - number
        if number == 0 or age < EXCHANGES:
            for turn in group[:1] + group[1:][-ANSWERS:]:
                words = tuple(words_of(turn.content[:CHARACTERS]))
                yield Said(words, turn.role == "user", min(age, EXCHANGES), number == 0)


def _shares(said: Said, known: set[str], spread: Counter[str], carries: bool) -> Iterator[tuple[str, float]]:
    """What each word of a turn adds to its weight; the words that the conversation then knows are added to `known`."""
    counts = Counter(word.key for word in said.words if word.tells)
    related = {word.key for word in said.words if word.kind == "related"}
    names = {word.key for word in said.words if word.named}
    names |= {a.key for a, b in pairwise(said.words) if a.capital and b.near and b.named}
    for key, count in counts.items():
        side = (CARRIED if carries and said.age == 0 else RELATED) if key in related or key.isdecimal() else 1.0
        if said.by_user:
            known.add(key)
            yield key, side * (DECAY**said.age + (OPENING if said.first and spread[key] > 1 else 0))
        elif count > 1 or key in known:
            known.add(key)
            yield key, side * DECAY**said.age * ANSWERED * (1 + math.log(count))
        elif key in names:
            yield key, side * DECAY**said.age * ANSWERED * SINGLE


def _nouns(turns: Sequence[Said]) -> dict[str, float]:
    """For each key the share of its occurrences that look like a noun, by the word before them."""
    seen: Counter[str] = Counter()
    nominal: Counter[str] = Counter()
    for said in turns:
        left = None
        for word in said.words:
            if word.tells:
                seen[word.key] += 1
                nominal[word.key] += word.named or (left is not None and _announces(left, word))
            left = word
    return {key: nominal[key] / count for key, count in seen.items()}


def _things(turns: Sequence[Said]) -> frozenset[str]:
    """The keys of the words that are a name, a gerund, or stand behind “the” or the like."""
    pairs = [pair for said in turns for pair in pairwise(said.words) if not leads_on(pair[1].text)]
    return frozenset(
        word.key
        for left, word in pairs
        if word.named
        or left.key in NOUNS_FOLLOW
        or (word.text.endswith("ing") and left.key not in AUXILIARIES | TOLD_BEHIND)
    )


def _told(said: Said) -> Iterator[str]:
    """The keys of the words that look like a verb or an adjective."""
    asking = False  # whether the words since “did” may be the name of who did
    for left, word in pairwise(said.words):
        asking = said.by_user and (left.key in DOING or (asking and (left.capital or left.key == "the")))
        named = asking and left.capital and not left.plain
        behind = named or left.key in TOLD_BEHIND or (left.key == "how" and left.fresh)
        if leads_on(word.text) or (behind and not word.capital) or PAST.search(word.text) or _is_irregular(word):
            yield word.key


def _is_irregular(word: Word) -> bool:
    """Is it a form such as “fell”, which is matched by “fall” as well, and no plural?"""
    return base_of(word.key.partition(" ")[0]) is not None and word.text.casefold() not in PLURALS


def _announces(left: Word, word: Word) -> bool:
    return left.key in NOUNS_FOLLOW or left.owning or (left.kind in ("topic", "related") and word.near)
