"""The word that articles have and a question misspells: “hostages” for “hostges”."""

import re
from string import ascii_lowercase

import numpy as np
from numpy.typing import NDArray

from index.lexical import Lexical, terms_of
from index.truth import Truth

_SHORTEST, _LONGEST = 5, 40  # letters: nearly every shorter word has others near it
_SENTENCES = 10  # in which a word is looked for as it is written
_LETTERS = re.compile(r"[^\W\d_]+")


def near(word: str, words: Lexical, truth: Truth, bodies: NDArray[np.bool_] | None = None) -> str | None:
    """The commonest word one slip away from `word` in the articles (the `bodies` allowed), as written there, or None.

    It has a capital where `word` has one.
    """
    word = word.replace("’", "'").removesuffix("'s")
    if not word.isalpha() or not _SHORTEST <= len(word) <= _LONGEST:
        return None
    held = {meant: max(map(words.document_frequency, terms_of(meant)), default=0) for meant in _meant(word.casefold())}
    likeliest = sorted((meant for meant in held if held[meant]), key=lambda meant: (-held[meant], meant))
    found = (_written(meant, words, truth, bodies) for meant in likeliest)
    return next((written for written in found if written and written[0].isupper() >= word[0].isupper()), None)


def _meant(word: str) -> set[str]:
    """What a slip makes `word` of: a letter left out or put in behind the first, or two swapped.

    Not another letter in its place: that makes too many words that are meant, “model” of “motel”.
    """
    places = range(1, len(word))
    longer = {word[:at] + letter + word[at:] for at in (*places, len(word)) for letter in ascii_lowercase}
    shorter = {word[:at] + word[at + 1 :] for at in places}
    swapped = {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in places if at + 1 < len(word)}
    return (longer | shorter | swapped) - {word}


def _written(word: str, words: Lexical, truth: Truth, bodies: NDArray[np.bool_] | None) -> str | None:
    """How sentences that hold it, or their titles, write a word; None where they have only other forms of it."""
    hits = words.search(terms_of(word)[:1], _SENTENCES, bodies)
    texts = truth.bodies({hit.body for hit in hits})
    for hit, body in ((hit, texts[hit.body]) for hit in hits if hit.body in texts):
        span = truth.spans_about(body, [hit.ordinal])[hit.ordinal]
        for written in _LETTERS.findall(f"{body.text[span.start : span.end]} {body.title}"):
            if written.casefold() == word:
                return str(written)
    return None
