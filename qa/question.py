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
MAX_SOURCES = 100  # outlets that one filter may name
MAX_SOURCE_CHARACTERS = 300
_KINDS = {bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "an object", type(None): "null"}


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the conversation before the question."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles may be shown; None or empty bounds nothing. Raises `QuestionError` where it makes no sense.

    `source` is an outlet, or several, named exactly. Both days are included; where either is given, an article without
    a date of its own is left out.
    """

    source: str | tuple[str, ...] | None = None
    published_after: dt.date | None = None
    published_before: dt.date | None = None

    def __post_init__(self) -> None:
        for name in self.sources:
            if not isinstance(name, str) or not name.strip():
                raise QuestionError(f"the source {name!r} names no outlet: give its name, or leave the source out")
            if len(name) > MAX_SOURCE_CHARACTERS:
                raise QuestionError(f"a source's name has {len(name)} characters: {MAX_SOURCE_CHARACTERS} at most")
        if len(self.sources) > MAX_SOURCES:
            raise QuestionError(f"the source names {len(self.sources)} outlets: name {MAX_SOURCES} at most")
        after, before = self.published_after, self.published_before
        if after is not None and before is not None and after > before:
            raise QuestionError(f"published_after, {after}, is later than published_before, {before}: swap them")

    @property
    def sources(self) -> tuple[str, ...]:
        """The outlets that may be shown; empty for all."""
        if not self.source:
            return ()
        return (self.source,) if isinstance(self.source, str) else self.source

    @property
    def dated(self) -> bool:
        """Whether only articles with a date may be shown."""
        return self.published_after is not None or self.published_before is not None

    def __bool__(self) -> bool:
        return bool(self.sources) or self.dated


NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class Question:
    """A question that can be asked; raises `QuestionError` on birth where it cannot.

    `history` is the conversation so far, oldest first. `as_of` is the day on which it is asked: nothing published
    later is shown. `min_confidence` (0 to 1) takes the place of the default threshold. `fast` leaves the ranker's
    model out. Only articles that pass `filters` are looked at.
    """

    text: str
    top_k: int = TOP_K
    history: tuple[Turn, ...] = field(default=())
    as_of: dt.date | None = None
    min_confidence: float | None = None
    fast: bool = False
    filters: Filters = NO_FILTERS

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


def named_day(name: str, value: Any) -> dt.date | None:
    """As `day`; the error says which day, of several that may have been given, is none."""
    try:
        return day(value)
    except QuestionError as error:
        raise QuestionError(f"{name}: {error}") from None


def filters_of(given: Any) -> Filters:
    """Filters from their JSON, `{"source", "published_after", "published_before"}`, each of which may be left out.

    Raises `QuestionError` where they are none.
    """
    if given is None or given == "":
        return NO_FILTERS
    if isinstance(given, Filters):
        return given
    known = ("source", "published_after", "published_before")
    if not isinstance(given, Mapping):
        raise QuestionError(f"filters must be an object of {', '.join(known)}")
    if unknown := [name for name in given if name not in known]:
        raise QuestionError(f"{unknown[0]!r} is no filter: there are {', '.join(known)}")
    source = given.get("source")
    if source is not None and not isinstance(source, str | list | tuple):
        raise QuestionError("the filter source must be an outlet's name, or a list of names")
    if source in ([], ()):
        raise QuestionError("the filter source names no outlet: name one, or leave the source out")
    return Filters(
        tuple(source) if isinstance(source, list) else source,
        named_day("published_after", given.get("published_after")),
        named_day("published_before", given.get("published_before")),
    )


def check_top_k(top_k: int) -> None:
    """Raises `QuestionError` unless `top_k` is a whole number from 1 to `MAX_TOP_K`."""
    if isinstance(top_k, bool) or not isinstance(top_k, int) or not 1 <= top_k <= MAX_TOP_K:
        raise QuestionError(f"top_k is {top_k!r}: give a whole number from 1 to {MAX_TOP_K}")
