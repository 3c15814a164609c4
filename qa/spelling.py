"""A sentence's words in one spelling: editors' styles of signs, numbers, money and days folded, one word at a time."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from index.lexical import visible
from qa.words import MONTHS, NUMBERS, WEEKDAYS

_KEPT = 1 << 14  # words whose folded form is kept at hand
_DOUBLE, _SINGLE, _DASHES = "“”„‟«»", "’‘‛ʼ´`", "–—―‒‐‑−"
_PLAIN = str.maketrans(
    dict.fromkeys(_DOUBLE, '"')
    | dict.fromkeys(_SINGLE, "'")
    | dict.fromkeys(_DASHES + "⁻", "-")
    | dict.fromkeys("™®©", "")
    | {"‰": " permille ", "½": " 1/2", "¼": " 1/4", "¾": " 3/4", "⅓": " 1/3", "⅔": " 2/3", "⅛": " 1/8"}
)
_RATING = r"(A{1,3}|B{1,3}|C{1,3}|D|F)"
_AMOUNT = r"(?<![\w$€.,])(\d+(?:\.\d+)?(?: ?(?:million|billion|trillion|bn|mn|m))?)"


def _styles(*rules: tuple[str, str, str]) -> list[tuple[str, re.Pattern[str], str]]:
    return [(mark, re.compile(pattern), into) for mark, pattern, into in rules]


# How editors set the same thing: a mark without which the pattern cannot be found, the pattern, what it becomes.
_STYLES = _styles(
    (",", r"(?<=\d),(?=\d{3}(?!\d))", ""),
    (".", r"(?<![\w.])((?:[A-Za-z]\.)+[A-Za-z])\.", r"\1"),
    (".", r"(?<![\w.,])\.(?=\d)", "0."),
    (".", r"(?<=\b[A-Za-z])\.(?=[A-Za-z]\b)", ""),
    ("-", r"(?<![\w)\]\"'.,-])-(?=[$€£¥]?\d)", " minus "),
    ("- ", r"(?<=\s)- (?=\d+(?:\.\d+)? ?(?:°|degrees\b))", "minus "),
    ("-", rf"\b{_RATING}-(?=[\s.,;:!?)\"']|$)", r"\1minus"),
    ("+", rf"\b{_RATING}\+(?=[\s.,;:!?)\"']|$)", r"\1plus"),
    ("/", r"(?<![\d/])(\d\d?)/(\d\d?)(?![\d/])", r"\1 ÷ \2"),  # “6/4” is not “6-4”
    ("#", r"\b([CF])#", r"\1 sharp "),
    ("$", r"\bUS\$", "$"),
    ("$", r"\b([A-Za-z]{1,3})\$", r"\1dollar "),
    ("dollars", _AMOUNT + r" (?:US )?dollars\b", r"$\1"),
    ("euro", _AMOUNT + r" euros?\b", r"€\1"),
    ("$", r"(?<=\$)(\d+(?:\.\d+)?) ?m\b", r"\1 million"),
    ("€", r"(?<=€)(\d+(?:\.\d+)?) ?m\b", r"\1 million"),
    ("£", r"(?<=£)(\d+(?:\.\d+)?) ?m\b", r"\1 million"),
    ("'", r"^'|(?<=[,.?!])'", '"'),
)
_MARKED_LATIN = re.compile("([A-Za-z])[\u0300-\u036f]+")
_RAISED = re.compile("(?<=[0-9])(?=[²³¹⁰-⁹⁻₀-₉])")  # “10⁵” is not “105”
_TWO_NAMES = re.compile(r"\b([A-Z]\w+)-([A-Z]\w+)\b")
_PEOPLE = re.compile(
    r"(?:[A-Z]\w+(?:ian|ean|ese|ish)|American|African|Mexican|German|French|Dutch|Greek|Swiss|Czech|Thai|Afghan|Israeli"
    r"|Iraqi|Pakistani|Saudi|Franco|Anglo|Sino|Russo|Greco|Indo)"
)
_SCORE = re.compile(r"\d ?[-:] ?\d")
# A number; a word with what hangs on it; a comma, quotation or question mark; any other sign not idle.
_IDLE = r"\s'()\[\]{}.:;!…_·•*/|\\#@¡¿\-\u2000-\u206f\u3001-\u3002\u3008-\u3011\u30fb"
_TOKEN = re.compile(rf"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)*|[^{_IDLE}]")

_ENDING = re.compile(
    r"is(?:e|ed|es|ers?|ing|ations?)$|ys(?:e|ed|es|ing)$|our|ll(?:ed|ing|ers?)$|(?:at|iz)(?:ing|ion|ation)$"
)
_ENDINGS = [
    (re.compile(pattern), into)
    for pattern, into in (
        (r"(?<=\w\w\w)is(e|ed|es|er|ers|ing|ation|ations)$", r"iz\1"),
        (r"(?<=\w\w\w)ys(e|ed|es|ing)$", r"yz\1"),
        (r"^(col|fav|lab|harb|neighb|hon|behavi|rum|hum|arm|endeav|vap|vig|tum)our", r"\1or"),
        (r"^(travel|cancel|label|model|signal|fuel|level|counsel|total|quarrel)l(ed|ing|ers?)$", r"\1\2"),
        (r"(?<=\w\w\w\w)(?:at(?:ing|ion)|iz(?:ing|ation))$", "~"),  # “stabilizing X”, “the stabilization of X”
    )
]
# Words that are another word without their capitals.
_CAPITALS = {"US": "usa", "USA": "usa", "mW": "milliwatt", "Mb": "megabit", "Gb": "gigabit"}
_SHORT = {"won't": "will not", "can't": "can not", "cannot": "can not", "shan't": "shall not"}
_HANGING = {"'ll": "will", "'ve": "have", "'re": "are", "'m": "am"}
IT_IS = frozenset(("it's", "that's", "there's", "here's"))  # which two words one stands for, only what follows says
_TENS = frozenset(("20", "30", "40", "50", "60", "70", "80", "90"))
_ORDINALS = frozenset(("st", "nd", "rd", "th"))


class Word(NamedTuple):
    """A folded word; `name` where it was written with a capital."""

    word: str
    name: bool


def _styled(text: str) -> str:
    """`text` in one style of signs, numbers and money; case is kept."""
    if not text.isascii():
        text = _RAISED.sub("^", text).translate(_PLAIN)
    if not text.isascii():  # for the most part it was only quotation marks and dashes
        text = _MARKED_LATIN.sub(r"\1", unicodedata.normalize("NFKD", text))
        text = visible(unicodedata.normalize("NFC", text))
    for mark, pattern, into in _STYLES:
        if mark in text:
            text = pattern.sub(into, text)
    return _TWO_NAMES.sub(_in_any_order, text) if "-" in text else text


def _in_any_order(pair: re.Match[str]) -> str:
    """“Russian-Chinese” as “Chinese-Russian”; but in “Oslo-Bergen” one is where the train starts, or plays at home."""
    if not all(map(_PEOPLE.fullmatch, pair.groups())) or _SCORE.search(pair.string):
        return pair[0]
    return " ".join(sorted(pair.groups()))


def words_of(text: str) -> list[Word]:
    """The words and telling marks of a text, each folded by itself."""
    shouted = text.isupper()
    return [word for token in _TOKEN.findall(_styled(text)) for word in _folded(token, shouted)]


@lru_cache(_KEPT)
def _folded(token: str, shouted: bool) -> tuple[Word, ...]:
    """A token without case and in one spelling: a word, or the words of a contraction."""
    name = not shouted and token[0].isupper()
    if token in _CAPITALS:
        return (Word(_CAPITALS[token], name),)
    words = _undone(token.casefold()) if "'" in token else (_spelt(token.casefold()),)
    return tuple(Word(word, name) for word in words if word)  # “n't” may stand by itself


def _spelt(word: str) -> str:
    if _ENDING.search(word):
        for pattern, into in _ENDINGS:
            word = pattern.sub(into, word)
    return word


def _undone(token: str) -> Iterator[str]:
    """The words of a contraction; `it's` stays one, as only what follows says which two it stands for."""
    if token in _SHORT:
        yield from _SHORT[token].split()
    elif token.endswith("n't"):
        yield from (token[:-3], "not")
    elif token.endswith("'s") and token not in IT_IS:
        yield from (_spelt(token[:-2]), "'s")
    else:
        hanging = next((end for end in _HANGING if token.endswith(end)), None)
        yield from (token[: -len(hanging)], _HANGING[hanging]) if hanging else (token,)


def numbered(words: Sequence[Word]) -> list[Word]:
    """Number words as digits: “twenty-five” is 25, “twenty, five” is not."""
    if NUMBERS.keys().isdisjoint([word for word, _ in words]):
        return list(words)
    found: list[Word] = []
    tens = False
    for word, name in words:
        digits = NUMBERS.get(word, word)
        if tens and word in NUMBERS and len(digits) == 1 and digits != "0":
            found[-1] = Word(found[-1].word[0] + digits, name)
        else:
            found.append(Word(digits, name))
        tens = word in NUMBERS and digits in _TENS
    return found


def dated(words: Sequence[str]) -> list[str]:
    """Days as `7 february`, however they are written, and without the “on” before them."""
    if MONTHS.keys().isdisjoint(words) and WEEKDAYS.isdisjoint(words):
        return list(words)
    found: list[str] = []
    for word in words:
        last = found[-1] if found else ""
        if _is_day(word) and last in MONTHS and not (len(found) > 1 and _is_day(found[-2])):
            found[-1:] = [word, MONTHS[last]]
        elif word in _ORDINALS and len(found) > 1 and last in MONTHS and _is_day(found[-2]):
            continue
        elif word in MONTHS and last in _ORDINALS and len(found) > 1 and _is_day(found[-2]):
            found[-1] = MONTHS[word]
        else:
            found.append(MONTHS[word] if word in MONTHS and _is_day(last) else word)
    return [word for word, *after in _windows(found) if word != "on" or not _is_date(after)]


def _windows(words: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    return zip(words, [*words[1:], ""], [*words[2:], "", ""], strict=False)


def _is_day(word: str) -> bool:
    return len(word) <= 2 and word.isdecimal()


def _is_date(words: Sequence[str]) -> bool:
    return words[0] in WEEKDAYS or (_is_day(words[0]) and words[1] in MONTHS)
