"""Who or what the last answer brought into the conversation, where the user had asked for it."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from qa.conversation.grammar import (
    AUXILIARIES,
    CALENDAR,
    OFFICES,
    PARTICLES,
    PARTS,
    PEOPLE,
    PLACES,
    STAND_INS,
    TELLING_WHICH,
    WHEREABOUTS,
)
from qa.conversation.mentions import Said, Talk
from qa.conversation.names import is_day, runs
from qa.conversation.word import Word

_LONGEST = 4  # words of a name; more of them make a heading

Term = tuple[Word, ...]


def meant_people(weights: dict[Term, float], talk: Talk) -> dict[Term, float]:
    """Of these terms those that the last answer brought in, where the user had asked who; all where it says nothing.

    Where the user had asked who somebody is, it is nobody whom only the answer names.
    """
    asked = [said for said in talk.turns if said.by_user]
    if not asked:
        return weights
    told = {word.key for said in asked for word in said.words}
    latest = {word.key for said in talk.turns if said.age == 0 for word in said.words}
    added = {t: weights[t] for t in weights if all(w.key in latest and w.key not in told for w in t)}
    if _names_who(asked[-1].words):
        return {t: weights[t] for t in weights if t not in added}
    return added if added and _asks_who(asked[-1].words) else weights


def _asks_who(words: Sequence[Word]) -> bool:
    """“Who …?”, or “Which actor …?”."""
    return any(word.key in ("who", "whom", "whose") for word in words) or any(
        a.key in ("which", "what") and b.text.casefold() in PEOPLE for a, b in pairwise(words)
    )


def _names_who(words: Sequence[Word]) -> bool:
    """“Who is Ada Berg?”, “Who was the singer Ada Berg?”: nothing but “is” and a name, and no office."""
    if not words or words[0].key != "who" or words[-1].text.casefold() in OFFICES:
        return False
    rest = [word for word in words[1:] if word.key not in ("is", "was")]
    if len(rest) > 2 and rest[0].key == "the" and not rest[1].capital:
        rest = rest[2:]
    named = all((word.capital and word.key != "of") or word.key in PARTICLES for word in rest)
    return named and bool(rest) and rest[0].capital


def added_thing(talk: Talk) -> Term | None:
    """The name that the last answer brought in, where the user had asked which company, ship or country.

    One behind “in” and the like is taken only where there is no other: it tells where.
    """
    asked = [said for said in talk.turns if said.by_user]
    if not asked or not any(_asks_which(asked[-1].words[place:]) for place in range(len(asked[-1].words) - 1)):
        return None
    told = {word.key for said in asked for word in said.words}
    answers = [said for said in talk.turns if said.age == 0 and not said.by_user]
    names = [found for said in answers[:1] for found in _new_names(said, talk, told)]
    return min(names, key=lambda found: found[1])[0] if names else None


def _asks_which(words: Sequence[Word]) -> bool:
    """Do these words begin with “which ship”, “what company”, and go on with what it does, not with who does it?

    Of several no one is meant, and neither a person nor a day is a thing.
    """
    noun, text = words[1], words[1].text.casefold()
    asked_about = len(words) > 3 and words[2].key in AUXILIARIES - {"has", "have", "had"}
    if asked_about and (words[3].capital or words[3].key == "the"):
        return False  # “which ship did Norvik buy”
    if words[0].key == "what":
        return text in STAND_INS | PLACES
    several = text.endswith("s") and not text.endswith("ss")
    return words[0].key == "which" and noun.tells and not several and text not in PEOPLE | PARTS | CALENDAR


def _new_names(said: Said, talk: Talk, told: set[str]) -> Iterator[tuple[Term, bool]]:
    """The names of an answer in order that say more than these keys, and whether each tells where."""
    for first, last in runs(said.words, talk):
        name = said.words[first : last + 1]
        if _is_new(name, said.words[last + 1 : last + 2], told):
            yield name, first > 0 and said.words[first - 1].key in WHEREABOUTS


def _is_new(name: Term, right: Term, told: set[str]) -> bool:
    """Is it a name that says more than these keys? `right` is the word behind it."""
    if len(name) > _LONGEST or any(is_day(word, len(name) > 1) or word.key.isdecimal() for word in name):
        return False
    owner = name[-1].owning and any(word.capital for word in right)  # “Norvik's Lund”
    known = all(word.key in told for word in name)
    return not owner and not known and (len(name) > 1 or name[0].named or _is_subject(name[0], right))


def _is_subject(word: Word, right: Term) -> bool:
    """Is a word that opens a sentence a name: “Norvik's …”, “Norvik sold …”, but not “Shares …”, “Fear of …”?"""
    plural = word.text.endswith("s") and not word.text.endswith(("ss", "us"))
    return word.owning or (bool(right) and not plural and right[0].key not in TELLING_WHICH)
