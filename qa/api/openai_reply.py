"""An answer in the shapes of OpenAI's chat completions: whole, and in the chunks of a stream."""

import re
import time
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from qa.api.message import Link, Mention, Message
from qa.lines import json_line
from qa.markup import title_of

_TOKEN = re.compile(r"\w+|[^\w\s]")


class Reply:
    """The reply to one request; each has an id of its own, all else follows from the answer."""

    def __init__(self, model: str, asked: Sequence[str], message: Message, library: str | None, link: Link) -> None:
        """`asked` are the texts of the conversation, `library` is the digest of what was asked."""
        self._message = message
        self._annotations = [_annotation(mention, link) for mention in message.mentions]
        self._usage = _usage(sum(map(_tokens, asked)), _tokens(message.content))
        self._head = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "created": int(time.time()),
            "model": model,
            "system_fingerprint": f"fp_{library[:16]}" if library else None,
        }

    def whole(self) -> dict[str, Any]:
        """The `chat.completion`."""
        message = {
            "role": "assistant",
            "content": self._message.content,
            "refusal": None,
            "annotations": self._annotations,
        }
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return {**self._head, "object": "chat.completion", "choices": [choice], "usage": self._usage}

    def events(self, with_usage: bool) -> Iterator[str]:
        """The same as server-sent events: role, sentences, sources, annotations, the end, and usage where asked for."""
        for chunk in self._chunks(with_usage):
            yield f"data: {json_line(chunk)}\n\n"
        yield "data: [DONE]\n\n"

    def _chunks(self, with_usage: bool) -> Iterator[dict[str, Any]]:
        # With usage asked for, every chunk has the key, and all but the last have null.
        usage = {"usage": None} if with_usage else {}
        yield self._chunk({"role": "assistant", "content": "", "refusal": None}) | usage
        for piece in self._message.pieces:
            yield self._chunk({"content": piece}) | usage
        if self._annotations:
            yield self._chunk({"annotations": self._annotations}) | usage
        yield self._chunk({}, "stop") | usage
        if with_usage:
            yield self._chunk({}) | {"choices": [], "usage": self._usage}

    def _chunk(self, delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return {**self._head, "object": "chat.completion.chunk", "choices": [choice]}


def _annotation(mention: Mention, link: Link) -> dict[str, Any]:
    return {
        "type": "url_citation",
        "url_citation": {
            "start_index": mention.span.start,
            "end_index": mention.span.end,
            "url": link(mention.citation),
            "title": title_of(mention.citation.article),
        },
    }


def _tokens(text: str) -> int:
    return len(_TOKEN.findall(text))


def _usage(prompt: int, completion: int) -> dict[str, int]:
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
