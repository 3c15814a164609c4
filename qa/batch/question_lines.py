"""The lines of a question file, read one at a time: its encoding is told from how it begins."""

import io
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.decode import encoding_of_rows, looks_binary
from index.errors import UsageError

MAX_ROW = 4_000_000  # characters: more than a question and all that is said beside it, and less than memory
_HEAD_BYTES = 256 * 1024


class Lines:
    """A text file's lines, ends made `\\n`; read anew at each iteration, so that memory holds one at a time."""

    def __init__(self, file: Path, *, json: bool = False) -> None:
        """Raises `UsageError` for a file that is missing, not text, or empty; `json` files are UTF-8 or marked."""
        self.file = file
        with explained(file):
            if not stat.S_ISREG(file.stat().st_mode):
                raise UsageError(f"{file} cannot be read twice: give a file, not a folder or a pipe")
            with file.open("rb") as stream:
                head = stream.read(_HEAD_BYTES)
        if looks_binary(head):
            raise UsageError(f"{file} is binary, not text: save the questions as csv, jsonl or txt")
        self._encoding = encoding_of_rows(head, json=json)
        if not any(line is None or line.strip() for line in self):
            raise UsageError(f"{file} holds no question")

    def __iter__(self) -> Iterator[str | None]:
        """Each line, None for one of more than `MAX_ROW` characters; bytes that are not UTF-8 are lone surrogates."""
        errors = "surrogateescape" if self._encoding.startswith("utf-8") else "replace"
        with explained(self.file), self.file.open("rb") as stream:
            text = io.TextIOWrapper(stream, self._encoding, errors)
            while line := text.readline(MAX_ROW + 1):
                whole = len(line) <= MAX_ROW
                yield line if whole else None
                while not whole and line and not line.endswith("\n"):
                    line = text.readline(MAX_ROW)


@contextmanager
def explained(file: Path) -> Iterator[None]:
    """Turns a file that cannot be read into one line about it."""
    try:
        yield
    except FileNotFoundError:
        raise UsageError(f"no such file: {file}") from None
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
