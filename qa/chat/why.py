"""“Why this sentence?”: what each stage of the search thought of it, and the words it shares with the question."""

import re

from index.lexical import terms_of, visible
from qa.citation import Citation
from qa.markup import escaped
from qa.phrases import percent
from qa.specifics import lacked
from qa.words import ASKING

_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_SHOWN = 12  # matched words; a sentence that shares more says nothing by it
_SCORES = (
    ("dense", "Dense", "nearness in meaning: the cosine of its vector to the question’s"),
    ("bm25", "BM25", "words in common with the question, rare ones counting more"),
    ("fused", "Fused", "its ranks by meaning and by words, taken together"),
    ("ranker", "Ranker", "the ranker’s score, by which the sentences are ordered"),
)


def matched(question: str, text: str) -> list[str]:
    """The words of `text`, each once and as it stands there, that the question has too: in any form of theirs.

    Words that only ask (“what”, “of”) are left out.
    """
    asked = {term for word in _WORD.findall(question) if word.casefold() not in ASKING for term in terms_of(word)}
    found: dict[str, str] = {}
    for word in _WORD.findall(visible(text)):
        if word.casefold() not in ASKING and asked & set(terms_of(word)):
            found.setdefault(word.casefold(), word)
    return list(found.values())[:_SHOWN]


def why(citation: Citation, question: str) -> str:
    """The scores of a citation and its words in common with `question`, folded up until someone asks."""
    rows = "".join(
        f'<tr><th scope="row">{name}</th><td class="pq-figure">{_figure(citation.scores.get(key))}</td>'
        f"<td>{meaning}</td></tr>"
        for key, name, meaning in _SCORES
    )
    rows += (
        f'<tr><th scope="row">Confidence</th><td class="pq-figure">{escaped(percent(citation.confidence))}</td>'
        "<td>how likely it answers, read from all of these and fitted to labelled questions</td></tr>"
    )
    return (
        '<details class="pq-why"><summary>Why this sentence?</summary>'
        f"{_in_common(citation, question)}<table><tbody>{rows}</tbody></table></details>"
    )


def _in_common(citation: Citation, question: str) -> str:
    question = visible(question)
    lists = (
        ("In common with the question", matched(question, citation.text)),
        ("Its title", matched(question, citation.article.title)),
    )
    said = [f"{name}: {_listed(words)}" for name, words in lists if words]
    common = f'<p class="pq-matched" dir="auto">{". ".join(said)}.</p>' if said else _NONE
    missing = lacked(question, *citation.told)
    without = f'<p class="pq-matched" dir="auto">Not mentioned: {_listed(missing)}.</p>' if missing else ""
    return common + without


def _listed(words: list[str]) -> str:
    return ", ".join(f"<b><bdi>{escaped(word)}</bdi></b>" for word in words)


def _figure(score: float | None) -> str:
    """A score to three significant digits or the point, whichever says more; a dash where the stage had none."""
    if score is None:
        return '<span aria-label="none: it was not among the best by words">–</span>'
    return f"{score:.2f}".replace("-", "−") if abs(score) >= 10 else f"{score:.3f}".replace("-", "−")


_NONE = '<p class="pq-matched">It shares no word with the question: it was found by its meaning.</p>'
