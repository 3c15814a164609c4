"""Why there is no answer, in one sentence."""

import re
from collections.abc import Sequence

from index.lexical import Lexical, terms_of
from index.truth import Truth
from qa.citation import Citation

_WORD = re.compile(r"[^\W_](?:[\w'’.-]*[^\W_])?")


def reason_for(question: str, hits: Sequence[Citation], threshold: float, truth: Truth, words: Lexical) -> str:
    """One sentence: what is missing, naming the words of the question that no article has."""
    if not truth.article_count():
        return "The library holds no articles yet: add some with `pullquote index`."
    if not terms_of(question):
        return "The question has no word to look for: ask it in words."
    unknown = unknown_words(question, words)
    if unknown:
        quoted = ", ".join(f"“{word}”" for word in unknown)
        return f"The articles do not say: none of them mentions {quoted}."
    if not hits:
        return "The articles do not say: no sentence comes near the question."
    return (
        "The articles do not say: the nearest sentence is "
        f"{hits[0].confidence:.0%} likely to answer, and an answer needs {threshold:.0%}."
    )


def unknown_words(question: str, words: Lexical) -> list[str]:
    """The question's words, as typed, that occur in no article."""
    typed = dict.fromkeys(_WORD.findall(question))
    return [word for word in typed if (terms := terms_of(word)) and not any(map(words.document_frequency, terms))]
