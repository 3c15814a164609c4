"""What goes wrong in reading a file → the reason in its refusal."""

import gzip
import zipfile
import zlib

from index.errors import ReadError

_DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile)
_LONGEST = 200  # characters of a parser's own words


def reason_of(error: Exception) -> str:
    """One line that says why a file holds no article, whatever its parser raised."""
    return one_line(_reason_of(error))


def _reason_of(error: Exception) -> str:
    if isinstance(error, ReadError):
        return str(error)
    if isinstance(error, _DAMAGED):
        return f"is damaged or cut short: {_said_by(error)}"
    if isinstance(error, RecursionError | MemoryError):
        return "is nested too deeply or too large to read"
    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror or error}"
    return f"cannot be read as what its name says: {type(error).__name__}: {_said_by(error)}"


def one_line(reason: str) -> str:
    """A reason on one line, though it quotes what a file holds."""
    return " ".join(reason.split())


def _said_by(error: Exception) -> str:
    return str(error)[:_LONGEST]
