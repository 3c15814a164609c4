"""What a parser's child process and its parent say to each other: frames of bytes, and JSON in them.

A request is two frames, `{"id", "extension"}` and the file's bytes; a reply is one, `{"article", "peak"}` or
`{"refused", "peak"}`. Nothing is pickled, and the parent takes nothing in a reply for what it should be.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import IO, Any

from index.article import Article
from index.errors import ReadError
from index.metadata import clean_metadata

MAX_FRAME = 256 * 1024**2  # bytes: more than any file that is one article, or any article as JSON
_LENGTH = 8  # bytes before each frame, big-endian
_FACTS = ("author", "source", "url", "published_at", "language")


@dataclass(frozen=True, slots=True)
class Limits:
    """What the reading of one file may take: seconds of processor time, seconds of anyone's time, bytes of memory.

    Processor time is the limit that is meant, so that a file is not refused because the machine is busy; the other
    ends a parser that sleeps. The child may take up to four times `memory` for an instant, but stays under it.
    """

    seconds: float = 60.0
    patience: float = 300.0
    memory: int = 1024**3

    def to_json(self) -> str:
        """The limits as one argument of a command."""
        return json.dumps(asdict(self))


def send(stream: IO[bytes], frame: bytes) -> None:
    """Writes one frame; raises `OSError` where nobody reads any more."""
    stream.write(len(frame).to_bytes(_LENGTH, "big"))
    stream.write(frame)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes | None:
    """The next frame; None at the end of the stream, within a frame too, and where a frame is too long to be one."""
    head = stream.read(_LENGTH)
    length = int.from_bytes(head, "big")
    if len(head) < _LENGTH or length > MAX_FRAME:
        return None
    frame = stream.read(length)
    return frame if len(frame) == length else None


def pack(message: Mapping[str, object]) -> bytes:
    """A message as the bytes of a frame."""
    return json.dumps(message, ensure_ascii=False).encode("utf-8")


def unpack(frame: bytes) -> dict[str, Any]:
    """The message in a frame; raises `ValueError` or `RecursionError` where there is none."""
    message = json.loads(frame)
    if not isinstance(message, dict):
        raise ValueError("a frame that is no object")
    return message


def article_fields(article: Article) -> dict[str, object]:
    """An article as JSON values, but for its id, which the parent knows."""
    fields = {name: getattr(article, name) for name in ("text", "title", *_FACTS)}
    return {**fields, "metadata": dict(article.metadata)}


def article_of(fields: object, file_id: str) -> Article:
    """The article that `article_fields` wrote; raises `ReadError` where these are anything else."""
    if not isinstance(fields, dict) or set(fields) != {"text", "title", "metadata", *_FACTS}:
        raise ReadError("was not read as an article")
    told = [fields[name] for name in ("text", "title")] + [fields[name] or "" for name in _FACTS]
    if not all(isinstance(value, str) for value in told) or not isinstance(fields["metadata"], dict):
        raise ReadError("was not read as an article")
    return Article(**{**fields, "id": file_id, "metadata": clean_metadata(fields["metadata"])})
