"""A question as it is asked: checked at the door, normalised for matching only."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from index.article import storable
from index.errors import QuestionError

MAX_CHARACTERS = 1000
TOP_K, MAX_TOP_K = 10, 100
MAX_TURNS = 100  # of a conversation
MAX_TURN_CHARACTERS = 20_000
_KINDS = {bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "an object", type(None): "null"}


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the conversation before the question."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question that can be asked; raises `QuestionError` on birth where it cannot.

    `history` is the conversation so far, oldest first. `as_of` is the day on which it is asked: nothing published
    later is shown. `min_confidence` (0 to 1) takes the place of the default threshold. `fast` leaves the ranker's
    model out.
    """

    text: str
    top_k: int = TOP_K
    history: tuple[Turn, ...] = field(default=())
    as_of: dt.date | None = None
    min_confidence: float | None = None
    fast: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise QuestionError(f"a question is text, not {_KINDS.get(type(self.text), type(self.text).__name__)}")
        if not self.text.strip():
            raise QuestionError("the question is empty: type one")
        if len(self.text) > MAX_CHARACTERS:
            raise QuestionError(f"the question has {len(self.text)} characters: shorten it to {MAX_CHARACTERS}")
        if storable(self.text) != self.text:
            raise QuestionError("the question holds a NUL or half a character: remove it")
        check_top_k(self.top_k)
        check_min_confidence(self.min_confidence)


def check_min_confidence(value: float | None) -> None:
    """Raises `QuestionError` unless `value` is None or a number from 0 to 1."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1):
        raise QuestionError(f"min_confidence is {value!r}: give a number from 0 to 1")


def turns(history: Any) -> tuple[Turn, ...]:
    """A conversation from its JSON, a list of `{"role", "content"}`; raises `QuestionError` where it is none."""
    if history is None or history == "":
        return ()
    if isinstance(history, str | bytes) or not isinstance(history, Sequence):
        raise QuestionError('history must be a list of {"role": "user" or "assistant", "content": text}')
    if len(history) > MAX_TURNS:
        raise QuestionError(f"the history has {len(history)} turns: give the last {MAX_TURNS}")
    return tuple(_turn(turn, number) for number, turn in enumerate(history, 1))


def _turn(turn: Any, number: int) -> Turn:
    if isinstance(turn, Turn):
        return turn
    role, content = (turn.get("role"), turn.get("content")) if isinstance(turn, Mapping) else (None, None)
    if role not in ("user", "assistant") or not isinstance(content, str):
        raise QuestionError(f'turn {number} of the history needs a "role" of user or assistant and a "content" of text')
    if len(content) > MAX_TURN_CHARACTERS:
        raise QuestionError(
            f"turn {number} of the history has {len(content)} characters: {MAX_TURN_CHARACTERS} at most"
        )
    return Turn(role, storable(content))


def day(value: Any) -> dt.date | None:
    """The day of an ISO 8601 date or time; None for nothing; raises `QuestionError` for anything else."""
    if value is None or value == "":
        return None
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.datetime.fromisoformat(value.strip()).date()
    except (AttributeError, ValueError):
        raise QuestionError(f"{value!r} is not a date: write it as 2023-10-05") from None


def check_top_k(top_k: int) -> None:
    """Raises `QuestionError` unless `top_k` is a whole number from 1 to `MAX_TOP_K`."""
    if isinstance(top_k, bool) or not isinstance(top_k, int) or not 1 <= top_k <= MAX_TOP_K:
        raise QuestionError(f"top_k is {top_k!r}: give a whole number from 1 to {MAX_TOP_K}")
