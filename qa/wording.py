"""What a sentence says, as words: two sentences that say the same in nearly the same words have the same ones.

Whatever is not known to be harmless has to be the same, and in the same place: so no number, date, name, denial,
direction or modality can differ between two sentences that are held to be one. What may differ is listed
in `qa.words`: spelling, idle words, words that stand for one another; besides, whether a quotation's speaker is named.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from qa.spelling import IT_IS, Word, dated, numbered, words_of
from qa.words import AROUND, CLAUSE, DENYING, EMPTY, EXACT, IDLE, MONTHS, SAME, TITLES, TURNING, WEEKDAYS

_QUOTED = 6  # words: two speakers do not hit upon so many by accident
_TAIL = 10  # words after the last comma or quotation mark among which a speaker may be named
_HEAD = 6  # words before “said” that may name a speaker
_NAMED = 4  # words of a speaker's name and title
_PARTICIPLE = re.compile(r"\w+(?:ed|en|wn|ne)|got|had|made|lost|come|become|put|hit|cut|set|led|left|built|sent|\W")
_DATELINE = re.compile(  # “MOSCOW, Feb 22 (Reuters) –”
    r"\s*([A-Z][A-Z.'’-]+(?:[ ,/]{1,2}[A-Z][\w.'’-]*){0,4}(?: \d{1,2})?)? ?"
    r"\([A-Z][\w./&-]*(?: [A-Z][\w./&-]*){0,3}\) ?[-–—] ?(?=\S)"
)
_SAID = frozenset(("said", "says"))
_PRONOUNS = frozenset(("he", "she", "they", "it", "i", "we"))
_ORDERED = frozenset(("respectively", "former", "latter", "order", "turn"))  # what comes first among names matters
_DATED = MONTHS.keys() | WEEKDAYS
_NO_NAME = EXACT | TITLES | EMPTY - {"a"} | {"'s"}
_IDLE_HERE = EMPTY | {",", '"', "which"}  # or not: it hangs on their place
_MATTERS = EXACT | DENYING | TURNING | frozenset(("did", "does", "do", "has", "have", "in", "at", "on"))


def _by_first_word(rows: dict[str, str]) -> dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]:
    """What each phrase becomes, both in words; under a first word the longest phrase comes first."""
    found: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    folded = {_plain(phrase): _plain(into) for phrase, into in rows.items()}
    for phrase, into in sorted(folded.items(), key=lambda row: -len(row[0])):
        found.setdefault(phrase[0], []).append((phrase, into))
    return found


def _plain(text: str) -> tuple[str, ...]:
    return tuple(word.word for word in words_of(text))


_PHRASES = _by_first_word(SAME | dict.fromkeys(IDLE, ""))


@dataclass(frozen=True, slots=True)
class Wording:
    """`body` is what is said, `speaker` who is named as saying it, None where nobody is.

    `place` is that of a dateline before it. `quoted` where the body is a quotation of some length; `exact` holds the
    numbers and dates of the body, and those of all of it, `denies` whether either denies something, `spoken` all words
    of what is said.
    """

    body: tuple[str, ...]
    speaker: tuple[str, ...] | None
    place: str | None
    quoted: bool
    exact: tuple[frozenset[str], frozenset[str]]
    denies: tuple[bool, bool]
    spoken: tuple[Word, ...]

    def names(self) -> list[frozenset[str]]:
        """The words of each name in what is said: at its start a single word has a capital anyway, and is left out."""
        found: list[frozenset[str]] = []
        before = ""
        for name, run in groupby(self.spoken, lambda told: told.name and told.word not in _NO_NAME):
            words = [told.word for told in run]
            if name and (len(words) > 1 or before not in ("", '"')):
                found.append(frozenset(words))
            before = words[-1] if words[-1] not in EMPTY else before
        return found


def same(one: Wording, other: Wording) -> bool:
    """Whether two sentences say the same in nearly the same words; symmetric, and true of a sentence and itself."""
    if one.body != other.body or not _may_be_one_place(one.place, other.place):
        return False
    return one.speaker == other.speaker or (one.quoted and other.quoted and _may_be_one(one.speaker, other.speaker))


def wording(text: str) -> Wording:
    """The wording of a sentence in any language; what is folded is English."""
    dateline = _DATELINE.match(text)
    spoken, speaker = _parted(_spoken(words_of(text[dateline.end() :] if dateline else text)))
    body = tuple(_settled(spoken))
    if not body:  # nothing but idle words and marks
        body, speaker = tuple(text.casefold().split()), None
    named = None if speaker is None else tuple(_settled(speaker))
    told = body + (named or ())
    return Wording(
        body,
        named,
        dateline[1].casefold() if dateline and dateline[1] else None,
        len(body) >= _QUOTED and any(word == '"' for word, _ in spoken[:3]),
        (frozenset(filter(_is_exact, body)), frozenset(filter(_is_exact, told))),
        (not DENYING.isdisjoint(body), not DENYING.isdisjoint(told)),
        tuple(spoken),
    )


def _may_be_one_place(one: str | None, other: str | None) -> bool:
    """Whether two datelines may be one report's: “OSLO, March 7” and “OSLO”."""
    return not one or not other or one == other or one.startswith(f"{other},") or other.startswith(f"{one},")


def _may_be_one(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> bool:
    """Whether two namings of a quotation's speaker may mean one person: nobody or a pronoun, and a mere name."""
    if one is None or other is None:
        return _merely_named(one or other or ())
    bare = [speaker for speaker in (one, other) if len(speaker) == 1 and speaker[0] in _PRONOUNS]
    return len(bare) == 1 and _merely_named(one) and _merely_named(other)


def _merely_named(speaker: tuple[str, ...]) -> bool:
    return len(speaker) <= _NAMED and not any(word in _MATTERS or word[0].isdecimal() for word in speaker)


def _spoken(words: Sequence[Word]) -> list[Word]:
    """The words with each phrase of the lists as its first variant."""
    spoken: list[Word] = []
    at = 0
    while at < len(words):
        if words[at].word not in _PHRASES and words[at].word not in IT_IS:
            spoken.append(words[at])
            at += 1
            continue
        length, into = _phrase(words, at)
        name = any(word.name for word in words[at : at + length])
        spoken += (Word(word, name) for word in into)
        at += length
    return spoken


def _phrase(words: Sequence[Word], at: int) -> tuple[int, tuple[str, ...]]:
    """The longest listed phrase at a place and what it becomes; the word itself where there is none."""
    word = words[at].word
    for phrase, into in _PHRASES.get(word, ()):
        if len(phrase) == 1 or tuple(other.word for other in words[at : at + len(phrase)]) == phrase:
            return len(phrase), into
    if word in IT_IS:
        following = words[at + 1].word if at + 1 < len(words) else '"'
        return 1, (word,) if _PARTICIPLE.fullmatch(following) else (word[:-2], "is")
    return 1, (word,)


def _parted(words: list[Word]) -> tuple[list[Word], list[Word] | None]:
    """What is said and who is named as saying it: “X, Putin said”, “X,” said Putin, “Putin said that X”."""
    last = next((at for at in range(len(words) - 1, -1, -1) if words[at].word in ',"' and at < len(words) - 1), None)
    tail = [word for word in words[last:] if word.word not in ',"'] if last is not None else []
    said = _said_at(tail)
    if last is not None and said is not None and len(tail) <= _TAIL and _only_names(words[: last + 1], tail, said):
        return words[:last], tail[:said] + tail[said + 1 :]
    said = _said_at(words[: _HEAD + 1])
    # “Putin, said Wang, lied” is not what Putin said.
    if said and words[said - 1].word not in ',"' and len(words) > said + 1:
        led_in = any(word.word == "," for word in words[:said])
        return (words, None) if led_in and words[said + 1].word in AROUND else (words[said + 1 :], words[:said])
    return words, None


def _only_names(before: Sequence[Word], tail: Sequence[Word], said: int) -> bool:
    """Whether a tail with “said” in it says who said what is `before` it, and not itself what was said.

    “…, Putin said on Monday”, but not “On Monday, Putin said he …”, nor “The mayor, Ana Silva, said bridges …”.
    """
    following = [word.word for word in tail[said + 1 :]]
    if not following:
        return True
    if not CLAUSE.isdisjoint(word.word for word in tail[said + 1 + (said == 0) :] if not word.name):
        return False
    if said == 0:
        quoted = any(word.word == '"' for word in before[-2:])
        one_comma = all(word.word != "," for word in before[:-1])
        return quoted or one_comma or all(word.name for word in tail[1:])
    return said <= 2 and following[0] in AROUND and before[0].word not in AROUND


def _said_at(words: Sequence[Word]) -> int | None:
    return next((at for at, (word, _) in enumerate(words) if word in _SAID), None)


def _settled(words: Sequence[Word]) -> Iterator[str]:
    """The words on which it hangs whether two sentences say the same, in order."""
    plain = dated(_paired(_telling(numbered(words))))
    never = "ever" in plain and "not" in plain[: plain.index("ever")]
    for at, word in enumerate(plain):
        if (word == "of" and at and plain[at - 1].endswith("~")) or (never and word == "ever"):
            continue
        yield "never" if never and at == plain.index("not") else word


def _telling(words: Sequence[Word]) -> list[Word]:
    """The words without the idle ones."""
    plain = [word for word, _ in words]
    around = zip(words, ["", *plain], [*plain[1:], ""], strict=False)
    return [told for told, before, after in around if told.word not in _IDLE_HERE or not _is_idle(told, before, after)]


def _is_idle(told: Word, before: str, after: str) -> bool:
    """Whether one of `_IDLE_HERE` is idle in its place: not the “A” of “influenza A”, not the “too” of “too high”."""
    word, name = told
    if word == "a":
        return not name or before in ("", '"')
    if word == "too":
        return after in ("", ",", '"')
    return word != "which" or before == ","


def _paired(words: list[Word]) -> list[str]:
    """The words, two names of which neither comes first (“between A and B”, “A and B said”) in alphabetical order."""
    plain = [word.word for word in words]
    if plain.count("and") != 1 or not _ORDERED.isdisjoint(plain) or _amounts(plain) > 1:
        return plain  # “A and B scored 20 and 12”
    for start in (0, *(at + 1 for at, word in enumerate(plain) if word == "between")):
        middle = _names_end(words, start)
        end = _names_end(words, middle + 1)
        if start < middle < middle + 1 < end and plain[middle] == "and":
            first, second = sorted((plain[start:middle], plain[middle + 1 : end]))
            plain[start:end] = [*first, "and", *second]
    return plain


def _amounts(words: Sequence[str]) -> int:
    """How many numbers and dates there are: a whole date is one, a score is two."""
    runs = (list(run) for exact, run in groupby(words, _is_exact) if exact)
    return sum(1 if not _DATED.isdisjoint(run) else max(1, sum(word[0].isdecimal() for word in run)) for run in runs)


def _is_exact(word: str) -> bool:
    return word in EXACT or word[0].isdecimal()


def _names_end(words: Sequence[Word], start: int) -> int:
    return next((at for at in range(start, len(words)) if not words[at].name), len(words))
