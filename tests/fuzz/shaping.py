"""Bytes → what a target needs: text, or longer input."""

from index.article import Span

_TIMES = (1, 1, 1, 1, 1, 1, 4, 16)


def repeated(data: bytes) -> bytes:
    """What follows the first byte, repeated as often as that byte says: what is quadratic then shows."""
    return data[1:] * _TIMES[data[0] % len(_TIMES)] if data else b""


def as_text(data: bytes) -> str:
    """Text of any code points, lone surrogates and NULs among them."""
    return data.decode("utf-8", "surrogateescape")


def check_spans(text: str, spans: list[Span]) -> None:
    """Sentence spans are ordered and disjoint, end on no space, and cover every character that is not space."""
    at = 0
    for start, end in spans:
        assert at <= start < end <= len(text), (at, start, end)
        assert not text[at:start].strip(), text[at:start]
        assert not text[start].isspace(), (start, end)
        assert not text[end - 1].isspace(), (start, end)
        at = end
    assert not text[at:].strip(), text[at:]


def check_line(reason: str) -> None:
    """What is said to a user is one line, and says something."""
    assert reason.strip()
    assert len(reason.splitlines()) == 1, reason
