"""Other ways to ask a training question: as one types it to a search, in fewer of its answer's words, of another thing.

What crowd workers wrote with the text in view has the text's own words; what people type has not. And a sentence that
fits a question but for a name, a number or a direction does not answer it: lists of such questions have no right
sentence (compare the unanswerable questions of SQuAD 2.0; Rajpurkar et al., 2018).
"""

import datetime as dt
import random
import re
from collections.abc import Sequence

WHENS = (
    "this week",
    "today",
    "recently",
    "last week",
    "this month",
    "last month",
    "this year",
    "on Tuesday",
    "in May",
)
_TYPED = (
    (re.compile(r"^(?:in|during|on|at|for) (?:what|which) (?:year|month|day|date|century|decade)\b"), "when"),
    (re.compile(r"^(?:what|which) (?:year|month|day|date|century|decade)\b(?= (?:did|was|were|is|does|do)\b)"), "when"),
    (re.compile(r"^(?:in|at|to|from) (?:what|which) (?:city|country|state|place|town|location)\b"), "where"),
    (re.compile(r"^(?:what|which) (?:person|man|woman|individual)\b"), "who"),
    (re.compile(r"^what (?:is|was) the name of the (?:person|man|woman)\b"), "who is the one"),
    (re.compile(r"^what (?:is|was|are|were) the (?:number|amount|quantity) of\b"), "how many"),
    (re.compile(r"^according to [^,]+, "), ""),
    (re.compile(r"^along with [^,]+, "), ""),
)
_OPPOSITES = """
    first/last largest/smallest before/after north/south east/west northern/southern eastern/western
    minimum/maximum increase/decrease increased/decreased male/female men/women highest/lowest most/least
    oldest/youngest longest/shortest beginning/end won/lost win/lose above/below early/late old/new more/fewer
    better/worse best/worst start/end began/ended older/younger higher/lower larger/smaller left/right
    inside/outside founded/dissolved born/buried father/mother son/daughter brother/sister husband/wife
    king/queen summer/winter import/export oldest/newest major/minor
"""
_PAIRS = [pair.split("/") for pair in _OPPOSITES.split()]
_OTHER_WAY = {one: other for a, b in _PAIRS for one, other in ((a, b), (b, a))}
_MONTHS = [dt.date(2000, month, 1).strftime("%B") for month in range(1, 13)]
_NUMBER = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?![\w.])")
_NAME = re.compile(r"(?<=[a-z,'’] )[A-Z][\w’'.-]*\w(?: (?:(?:of|the|de) )?[A-Z][\w’'.-]*\w)*")
_WORD = re.compile(r"\w+")
NAMED = 5  # of so many questions one gives its names to others
OTHERS = 30  # names from which such a question has another
_LITTLE = 4  # letters: shorter words are mostly not about the subject
_FEWEST = 3  # words that are left of a question


def on_a_day(question: str, chance: random.Random) -> str:
    """The question asked "this week" or the like."""
    when = chance.choice(WHENS)
    if chance.random() < 0.3:
        return f"{when.capitalize()}, {question[:1].lower()}{question[1:]}"
    return f"{question.rstrip('? ')} {when}?"


def as_typed(question: str) -> str:
    """The question as one types it to a search: in lower case, short, without its mark."""
    typed = question.rstrip("? ").lower()
    for pattern, short in _TYPED:
        typed = pattern.sub(short, typed)
    return typed


def in_other_words(question: str, sentence: str, share: float, chance: random.Random) -> str:
    """The question without some of the words, a `share` of them, that it has from the sentence that answers it."""
    said = {word.lower() for word in _WORD.findall(sentence)}
    words = question.split()
    taken = [n for n, word in enumerate(words) if len(word) >= _LITTLE and word.strip(".,?'\"").lower() in said]
    gone = {n for n in taken if chance.random() < share}
    left = [word for n, word in enumerate(words) if n not in gone]
    return " ".join(left) if len(left) >= _FEWEST else question


def of_another(question: str, names: Sequence[str], sentence: str, chance: random.Random) -> str | None:
    """The question about another thing, number, month or direction, so that `sentence` answers it no longer.

    `names` are those that may take a name's place; None where there is nothing to put another in the place of.
    """
    fitting = [name for name in names if name not in question and name not in sentence]
    put = [_other_number(question, chance), _other_month(question, chance), _opposite(question, chance)]
    named = _names(question)
    if named and fitting:
        put.append(_put(question, chance.choice(named), chance.choice(fitting)))
    ways = [other for other in put if other is not None]
    return chance.choice(ways) if ways else None


def names_in(question: str) -> list[str]:
    """The names in a question, its first word left out."""
    return [found[0] for found in _names(question)]


def _names(question: str) -> list[re.Match[str]]:
    return [found for found in _NAME.finditer(question) if found[0] not in _MONTHS]


def _other_number(question: str, chance: random.Random) -> str | None:
    found = list(_NUMBER.finditer(question))
    if not found:
        return None
    one = chance.choice(found)
    value = one[0].replace(",", "").partition(".")[0]
    moved = int(value) + chance.choice([-1, 1]) * chance.randint(1, max(2, int(value) // 100))
    return _put(question, one, str(abs(moved) if abs(moved) != int(value) else int(value) + 3))


def _other_month(question: str, chance: random.Random) -> str | None:
    found = [one for one in _WORD.finditer(question) if one[0] in _MONTHS]
    if not found:
        return None
    one = chance.choice(found)
    return _put(question, one, chance.choice([month for month in _MONTHS if month != one[0]]))


def _opposite(question: str, chance: random.Random) -> str | None:
    found = [one for one in _WORD.finditer(question) if one[0].lower() in _OTHER_WAY]
    if not found:
        return None
    one = chance.choice(found)
    return _put(question, one, _OTHER_WAY[one[0].lower()])


def _put(text: str, place: re.Match[str], other: str) -> str:
    return text[: place.start()] + other + text[place.end() :]
