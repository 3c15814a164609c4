"""A follow-up question made to stand alone by rules: what it leans on takes a pronoun's place, or is named behind it.

No model runs. A question leans by its own grammar (`leaning`); what it leans on is what the conversation has been about
(`mentions`), where people, places and days go to the pronouns that ask for them (`names`), and before it whoever or
whatever the last answer named when asked (`added`).
"""

from collections.abc import Collection, Sequence
from itertools import pairwise

from qa.conversation.added import Term, added_thing, meant_people
from qa.conversation.grammar import DOING, INSTITUTIONS, PERSONS, THINGS, WHEREABOUTS
from qa.conversation.leaning import Leaning, leaning
from qa.conversation.mentions import Talk, talk_of
from qa.conversation.names import likeness, runs, weighed
from qa.conversation.word import Word
from qa.question import MAX_CHARACTERS, Turn

_MOST = 1  # words after which no other term is named
_CARRIED = 2  # the same where the question carries on the one before it
_BARE = 5  # the same for a question without any word of its own, such as “Why?”
_LEAST = 0.45  # of the heaviest term's weight
_SURE = 0.5  # the likeness from which a name may take a pronoun's place; twice that for a single word
_PERSON = 3  # words of a person's name at most
_PEOPLE = 3  # words after which no other person is named, where several can be meant
_CLEAR = 2.0  # times the next person's weight makes one person the only one meant


def rewrite(question: str, history: Sequence[Turn]) -> str | None:
    """`question` so that it can be understood without `history`; None where it can be already, or nothing is found.

    The result keeps the question's words, except that a person's name may stand for a pronoun, and has at most
    `qa.question.MAX_CHARACTERS`.
    """
    if not history or not (lean := leaning(question)).possible():
        return None
    talk = talk_of(history, lean.corrects, lean.corrects or lean.carries)
    fuller = _fuller(lean.words, talk)
    if not lean.needs(talk.known, bool(fuller)) or _about_others(lean, talk):
        return None
    return _fitting(_named(question, lean, talk) or _with_terms(question.strip(), lean, talk, fuller))


def _about_others(lean: Leaning, talk: Talk) -> bool:
    """Does it ask about a person of its own, where the conversation names nobody and shares no word with it?"""
    if lean.kind != "person" or len(lean.topics) < 2 or lean.topics & talk.known:
        return False
    return not any(sign > 0 for sign in likeness(talk, "person").values())


def _fitting(text: str | None) -> str | None:
    return text if text is not None and len(text) <= MAX_CHARACTERS else None


def _named(question: str, lean: Leaning, talk: Talk) -> str | None:
    """The question with a person in the place of the first pronoun that asks for one; None where nobody is clear."""
    word = next((word for word in lean.pronouns if word.text.casefold() in PERSONS), None)
    if word is None:
        return None
    own = next(s.words for s in lean.sentences if word in s.words)
    person = _person(talk, own[: own.index(word)])
    if person is None or sum(w.kind == "topic" for w in own[: own.index(word)]) > 1:
        return None  # it may well be somebody in the question itself
    after = next((w for w in lean.words if w.start > word.start), None)
    owning = word.key == "his" or (word.key == "her" and after is not None and after.near and after.tells)
    return (question[: word.start] + person + ("'s" if owning else "") + question[word.end :]).strip()


def _person(talk: Talk, before: Sequence[Word]) -> str | None:
    """The one person that the conversation is about; None where it is about several or none.

    After “Who …?” it is the one whom the answer adds, and behind “What did” the one of whom that was asked last.
    """
    signs = likeness(talk, "person")
    weights: dict[Term, float] = {}
    for key, weight in talk.weights.items():
        sign = signs.get(key, 0.0)
        term = tuple(talk.term(key)) if sign > 0 else ()
        if term and sign >= (_SURE if len(term) > 1 else 2 * _SURE) and all(talk.is_name(word) for word in term):
            weights[term] = max(weights.get(term, 0.0), weight)
    weights = meant_people(weights, talk)
    weights = _in_same_place(weights, talk, before) or weights
    ranked = sorted(weights, key=lambda term: (-weights[term], talk.shown(term)))
    if not ranked or (len(ranked) > 1 and weights[ranked[0]] < _CLEAR * weights[ranked[1]]):
        return None
    return talk.shown(ranked[0])


def _in_same_place(weights: dict[Term, float], talk: Talk, before: Sequence[Word]) -> dict[Term, float]:
    """Of these terms the one that stands in the last question where the pronoun does, as in “When did she”."""
    if len(before) < 2 or before[-1].key not in DOING:
        return {}
    asked = [said.words for said in talk.turns if said.by_user]
    there = {b.key for words in asked[-1:] for a, b in pairwise(words) if a.key == before[-1].key}
    return {term: weight for term, weight in weights.items() if any(word.key in there for word in term)}


def _with_terms(question: str, lean: Leaning, talk: Talk, fuller: Sequence[Term]) -> str | None:
    """The question with what it leans on in brackets behind it."""
    weights = weighed(talk, likeness(talk, lean.kind)) if lean.kind else talk.weights
    if lean.carries:
        gone = _replaced(lean.words, talk)
        least = _LEAST * max((weights.get(key, 0.0) for key in gone), default=0.0)
        weights = {key: weight for key, weight in weights.items() if key not in gone and weight >= least}
    own = {word.key for word in lean.words}
    if lean.kind != "date":
        own |= talk.days  # nobody's “it” is one
    terms = _answered(lean, talk)
    if terms or not fuller:
        terms += _heaviest(weights, own | {word.key for term in terms for word in term}, talk, _most(lean))
    else:
        terms = list(fuller)
    if lean.kind in ("place", "date"):
        terms += _heaviest(talk.weights, own | {word.key for term in terms for word in term}, talk, _MOST)
    return f"{question} ({', '.join(talk.shown(term) for term in terms)})" if terms else None


def _answered(lean: Leaning, talk: Talk) -> list[Term]:
    """What the question's “it” or “the company” is where the last answer named it."""
    things = any(word.key in THINGS for word in lean.pronouns) or any(s.stand_ins for s in lean.sentences)
    thing = added_thing(talk) if things and lean.kind is None and not lean.carries else None
    return [thing] if thing else []


def _most(lean: Leaning) -> int:
    if lean.carries:
        return _CARRIED if any(word.kind == "topic" for word in lean.words) else _BARE
    return _PEOPLE if lean.kind == "person" else _MOST


def _heaviest(weights: dict[str, float], own: Collection[str], talk: Talk, most: int) -> list[Term]:
    """The terms of the heaviest words but for the question's own; of equals names first, then in the order said."""
    able = [key for key in weights if key not in own and key not in talk.told]
    ranked = sorted(able, key=lambda key: (-weights[key], key not in talk.names))
    terms: list[Term] = []
    taken: set[str] = set()
    for key in ranked:
        if sum(map(len, terms)) >= most or weights[key] < _LEAST * weights[ranked[0]]:
            break
        if key not in taken:
            terms.append(tuple(talk.term(key)))
            taken.update(word.key for word in terms[-1])
    return terms


def _replaced(words: Sequence[Word], talk: Talk) -> set[str]:
    """The keys in whose stead the question names something: another year, place or person."""
    gone: set[str] = set()
    if any(word.key.isdecimal() for word in words):
        gone |= {key for key in talk.weights if key.isdecimal()}
    if any(a.key in WHEREABOUTS and b.tells and not b.key.isdecimal() for a, b in pairwise(words)):
        gone |= {key for key, sign in likeness(talk, "place").items() if sign > 0}
    people = {key for key, sign in likeness(talk, "person").items() if sign > 0}
    return gone | people if _is_replaced(people, words, talk) else gone


def _is_replaced(people: Collection[str], words: Sequence[Word], talk: Talk) -> bool:
    """Do these words name somebody else than the last question did, which had no other name?"""
    asked = [said.words for said in talk.turns if said.by_user][-1:]
    named = [last[place].key in people for last in asked for place, _ in runs(last, talk)]
    own = [words[first : last + 1] for first, last in runs(words, talk)]
    return named == [True] and any(
        2 <= len(name) <= _PERSON and not any(word.text.casefold() in INSTITUTIONS for word in name) for name in own
    )


def _fuller(words: Sequence[Word], talk: Talk) -> list[Term]:
    """The longer terms of which the question says a word: “the Alliance” of a National Alliance."""
    own = {word.key for word in words}
    found: list[Term] = []
    for left, word, right in zip(words, words[1:], [*words[2:], None], strict=False):
        if left.key in ("the", "this", "these", "those") and word.kind == "topic" and word.key in talk.weights:
            term = tuple(talk.term(word.key))
            alone = right is None or not (right.near and right.tells) or right.text.endswith(("ed", "ing"))
            if alone and len(term) > 1 and term not in found and _adds(term, own - {word.key}, talk):
                found.append(term)
    return found


def _adds(term: Term, own: Collection[str], talk: Talk) -> bool:
    """Is it a name that says more than the question's own words?"""
    capital = all(word.capital and word.key not in own for word in term)
    return capital and any(talk.is_name(word) for word in term)
