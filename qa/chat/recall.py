"""What was said on the page so far, as the conversation that a follow-up question leans on."""

from collections.abc import Sequence

from qa.chat.page import Turn
from qa.question import MAX_TURN_CHARACTERS
from qa.question import Turn as Said

REMEMBERED = 10  # turns of the page: a follow-up leans on what was just talked about


def recall(turns: Sequence[Turn]) -> tuple[Said, ...]:
    """The last questions with the sentences that were quoted in answer, oldest first; small talk is left out."""
    asked = [turn for turn in turns if not (turn.answer and turn.answer.is_small_talk)]
    return tuple(said for turn in asked[-REMEMBERED:] for said in _said(turn))


def _said(turn: Turn) -> list[Said]:
    quoted = " ".join(citation.text for citation in turn.answer.citations) if turn.answer else ""
    answer = [Said("assistant", quoted[:MAX_TURN_CHARACTERS])] if quoted else []
    return [Said("user", turn.question), *answer]
