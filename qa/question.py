"""A question as it is asked: checked at the door, normalised for matching only."""

from dataclasses import dataclass

from index.article import storable
from index.errors import QuestionError

MAX_CHARACTERS = 1000
TOP_K, MAX_TOP_K = 10, 100
_KINDS = {bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "an object", type(None): "null"}


@dataclass(frozen=True, slots=True)
class Question:
    """A question that can be asked; raises `QuestionError` on birth where it cannot."""

    text: str
    top_k: int = TOP_K

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


def check_top_k(top_k: int) -> None:
    """Raises `QuestionError` unless `top_k` is a whole number from 1 to `MAX_TOP_K`."""
    if isinstance(top_k, bool) or not isinstance(top_k, int) or not 1 <= top_k <= MAX_TOP_K:
        raise QuestionError(f"top_k is {top_k!r}: give a whole number from 1 to {MAX_TOP_K}")
