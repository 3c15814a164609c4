"""How a hit is judged right, as the evaluation sets' own rules have it."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from qa.citation import Citation

LONGEST = 600  # code points: a longer quotation is never right
_WORDS = re.compile(r"[^\W_]+")


def is_right(hit: Citation, question: Mapping[str, Any]) -> bool:
    """Is this hit right for a question of an evaluation set?

    Where the question has `evidence`, the hit and an evidence span of the same article must overlap by half of the
    shorter one; where it has only `answers`, the hit must hold one of them.
    """
    if len(hit.text) > LONGEST:
        return False
    if evidence := question.get("evidence"):
        return any(_overlaps(hit, span) for span in evidence)
    return holds_any(hit.text, question.get("answers") or ())


def _overlaps(hit: Citation, evidence: Mapping[str, Any]) -> bool:
    if str(evidence["article_id"]) != hit.article.id:
        return False
    start, end = int(evidence["start"]), int(evidence["end"])
    shared = min(hit.span.end, end) - max(hit.span.start, start)
    return shared > 0 and 2 * shared >= min(end - start, hit.span.end - hit.span.start)


def holds_any(text: str, answers: Sequence[str]) -> bool:
    """Does the text hold one of the answers, as whole words?"""
    words = f" {_plain(text)} "
    return any(f" {plain} " in words for answer in answers if (plain := _plain(answer)))


def _plain(text: str) -> str:
    """Letters and digits only, lower case, single spaces: whole words are compared."""
    return " ".join(_WORDS.findall(unicodedata.normalize("NFC", text).lower()))
