"""A follow-up question made to stand alone by rules: what it leans on takes a pronoun's place, or is named behind it.

No model runs. A question leans by its own grammar (`leaning`); what it leans on is what the conversation has been about
(`mentions`), where people, places and days go to the pronouns that ask for them (`names`).
"""

from collections.abc import Collection, Sequence
from itertools import pairwise

from qa.conversation.grammar import PEOPLE, PERSONS, WHEREABOUTS
from qa.conversation.leaning import Leaning, leaning
from qa.conversation.mentions import Talk, talk_of
from qa.conversation.names import likeness, weighed
from qa.conversation.word import Word
from qa.question import MAX_CHARACTERS, Turn

_MOST = 1  # words after which no other term is named
_CARRIED = 2  # the same where the question carries on the one before it
_BARE = 5  # the same for a question without any word of its own, such as “Why?”
_LEAST = 0.45  # of the heaviest term's weight
_SURE = 0.5  # the likeness from which a name may take a pronoun's place; twice that for a single word
_PEOPLE = 3  # words after which no other person is named, where several can be meant
_CLEAR = 2.0  # times the next person's weight makes one person the only one meant

_Term = tuple[Word, ...]


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
    if word is None or (person := _person(talk)) is None:
        return None
    own = next(s.words for s in lean.sentences if word in s.words)
    if sum(w.kind == "topic" for w in own[: own.index(word)]) > 1:
        return None  # it may well be somebody in the question itself
    after = next((w for w in lean.words if w.start > word.start), None)
    owning = word.key == "his" or (word.key == "her" and after is not None and after.near and after.tells)
    return (question[: word.start] + person + ("'s" if owning else "") + question[word.end :]).strip()


def _person(talk: Talk) -> str | None:
    """The one person that the conversation is about; None where it is about several or none.

    After “Who …?” it is the one whom the answer adds.
    """
    signs = likeness(talk, "person")
    weights: dict[_Term, float] = {}
    for key, weight in talk.weights.items():
        sign = signs.get(key, 0.0)
        term = tuple(talk.term(key)) if sign > 0 else ()
        if term and sign >= (_SURE if len(term) > 1 else 2 * _SURE) and all(talk.is_name(word) for word in term):
            weights[term] = max(weights.get(term, 0.0), weight)
    weights = _added(weights, talk) or weights
    ranked = sorted(weights, key=lambda term: (-weights[term], talk.shown(term)))
    if not ranked or (len(ranked) > 1 and weights[ranked[0]] < _CLEAR * weights[ranked[1]]):
        return None
    return talk.shown(ranked[0])


def _added(weights: dict[_Term, float], talk: Talk) -> dict[_Term, float]:
    """Of these terms those that the last answer brought in, where the user had asked who."""
    asked = [said for said in talk.turns if said.by_user]
    if not asked or not _asks_who(asked[-1].words):
        return {}
    told = {word.key for said in asked for word in said.words}
    latest = {word.key for said in talk.turns if said.age == 0 for word in said.words}
    return {t: weights[t] for t in weights if all(w.key in latest and w.key not in told for w in t)}


def _asks_who(words: Sequence[Word]) -> bool:
    """“Who …?”, or “Which actor …?”."""
    return any(word.key in ("who", "whom", "whose") for word in words) or any(
        a.key in ("which", "what") and b.text.casefold() in PEOPLE for a, b in pairwise(words)
    )


def _with_terms(question: str, lean: Leaning, talk: Talk, fuller: Sequence[_Term]) -> str | None:
    """The question with what it leans on in brackets behind it."""
    weights = weighed(talk, likeness(talk, lean.kind)) if lean.kind else talk.weights
    if lean.carries:
        gone = _replaced(lean.words, talk)
        weights = {key: weight for key, weight in weights.items() if key not in gone}
    own = {word.key for word in lean.words}
    terms = list(fuller) or _heaviest(weights, own, talk, _most(lean))
    if lean.kind in ("place", "date"):
        terms += _heaviest(talk.weights, own | {word.key for term in terms for word in term}, talk, _MOST)
    return f"{question} ({', '.join(talk.shown(term) for term in terms)})" if terms else None


def _most(lean: Leaning) -> int:
    if lean.carries:
        return _CARRIED if any(word.kind == "topic" for word in lean.words) else _BARE
    return _PEOPLE if lean.kind == "person" else _MOST


def _heaviest(weights: dict[str, float], own: Collection[str], talk: Talk, most: int) -> list[_Term]:
    """The terms of the heaviest words that are not the question's own."""
    able = [key for key in weights.keys() - talk.told if key not in own]
    ranked = sorted(able, key=lambda key: (-weights[key], key not in talk.names, key))
    terms: list[_Term] = []
    taken: set[str] = set()
    for key in ranked:
        if sum(map(len, terms)) >= most or weights[key] < _LEAST * weights[ranked[0]]:
            break
        if key not in taken:
            terms.append(tuple(talk.term(key)))
            taken.update(word.key for word in terms[-1])
    return terms


def _replaced(words: Sequence[Word], talk: Talk) -> set[str]:
    """The keys in whose stead the question names something: another year, another place."""
    gone: set[str] = set()
    if any(word.key.isdecimal() for word in words):
        gone |= {key for key in talk.weights if key.isdecimal()}
    if any(a.key in WHEREABOUTS and b.tells and not b.key.isdecimal() for a, b in pairwise(words)):
        gone |= {key for key, sign in likeness(talk, "place").items() if sign > 0}
    return gone


def _fuller(words: Sequence[Word], talk: Talk) -> list[_Term]:
    """The longer terms of which the question says a word: “the Alliance” of a National Alliance."""
    own = {word.key for word in words}
    found: list[_Term] = []
    for left, word, right in zip(words, words[1:], [*words[2:], None], strict=False):
        if left.key in ("the", "this", "these", "those") and word.kind == "topic" and word.key in talk.weights:
            term = tuple(talk.term(word.key))
            alone = right is None or not (right.near and right.tells) or right.text.endswith(("ed", "ing"))
            if alone and len(term) > 1 and term not in found and _adds(term, own - {word.key}, talk):
                found.append(term)
    return found


def _adds(term: _Term, own: Collection[str], talk: Talk) -> bool:
    """Is it a name that says more than the question's own words?"""
    capital = all(word.capital and word.key not in own for word in term)
    return capital and any(talk.is_name(word) for word in term)
