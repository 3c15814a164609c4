"""Files that the page has sent and not yet used, each under a token that cannot be guessed."""

import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal

from index.errors import UsageError

Purpose = Literal["articles", "questions"]

LIMITS: dict[Purpose, int] = {"articles": 64 * 1024**2, "questions": 10 * 1024**2}  # bytes of one file
MAX_FILES = 200  # in one go
KEPT_SECONDS = 900.0
MAX_WAITING, MAX_WAITING_BYTES = 1000, 512 * 1024**2  # of all visitors together


@dataclass(slots=True)
class Upload:
    """One file: what its sender calls it, and its bytes, in a temporary file that has no name on disk."""

    name: str
    purpose: Purpose
    file: BinaryIO
    size: int
    put_at: float = field(default_factory=time.monotonic)


class Tray:
    """Safe to share between threads. What nobody takes is thrown away after `kept_seconds`."""

    def __init__(self, kept_seconds: float = KEPT_SECONDS, most_bytes: int = MAX_WAITING_BYTES) -> None:
        self._kept_seconds, self._most_bytes = kept_seconds, most_bytes
        self._lock = threading.Lock()
        self._waiting: dict[str, Upload] = {}

    def put(self, upload: Upload) -> str:
        """Keeps `upload` and gives its token; raises `UsageError`, and closes it, where too much waits already."""
        with self._lock:
            self._sweep()
            size = sum(other.size for other in self._waiting.values()) + upload.size
            if len(self._waiting) >= MAX_WAITING or size > self._most_bytes:
                upload.file.close()
                raise UsageError("too many files are waiting to be taken in: try again in a few minutes")
            token = secrets.token_urlsafe(16)
            self._waiting[token] = upload
            return token

    def take(self, tokens: Any, purpose: Purpose) -> list[Upload]:
        """The files of `tokens`, which are no longer here and which the caller closes; raises `UsageError`."""
        if not isinstance(tokens, Sequence) or isinstance(tokens, str) or not tokens:
            raise UsageError("there is no file: choose one")
        if len(tokens) > MAX_FILES:
            raise UsageError(f"these are {len(tokens)} files: give {MAX_FILES} at a time, or a zip of them")
        with self._lock:
            self._sweep()
            found = [self._waiting.get(token) if isinstance(token, str) else None for token in tokens]
            if len(set(map(str, tokens))) < len(tokens) or any(f is None or f.purpose != purpose for f in found):
                raise UsageError("a file is no longer here: choose the files again")
            return [self._waiting.pop(token) for token in tokens]

    def _sweep(self) -> None:
        now = time.monotonic()
        for token in [t for t, upload in self._waiting.items() if now - upload.put_at > self._kept_seconds]:
            self._waiting.pop(token).file.close()
