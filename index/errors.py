"""What can go wrong, drawn once.

PullquoteError              one line that names the thing and the mend
├── UsageError              the call itself is wrong (exit code 2)
│   └── QuestionError       a question that cannot be asked: empty, too long, a NUL
├── ReadError               a file that cannot be read as articles
├── ModelError              a model that is missing, altered or of another shape
├── QuoteError              a citation that does not match its article (a bug, never shown as an answer)
├── ServerBusy              more questions at once than the server can bear
└── LibraryError            a library that cannot be used
    ├── LibraryMissing      no library there
    ├── LibraryBusy         another process is writing
    ├── LibraryMismatch     made with another model or an unknown format
    └── LibraryDamaged      the truth (SQLite) is damaged
"""


class PullquoteError(Exception):
    """Base of every error that Pullquote raises on purpose; `str(error)` is the one line a user sees."""


class UsageError(PullquoteError):
    """The caller asked for something that makes no sense."""


class QuestionError(UsageError):
    """A question that cannot be asked."""


class ReadError(PullquoteError):
    """A file, archive member or row that holds no readable article."""


class ModelError(PullquoteError):
    """A model that is missing, altered or of another shape."""


class QuoteError(PullquoteError):
    """A citation whose text is not the article's text at its span."""


class ServerBusy(PullquoteError):
    """More is asked at once than the server can bear; `seconds` is when to try again."""

    def __init__(self, why: str, seconds: int) -> None:
        super().__init__(f"{why}: try again in {seconds} s")
        self.seconds = seconds


class LibraryError(PullquoteError):
    """A library that cannot be used."""


class LibraryMissing(LibraryError):
    """There is no library at the path."""


class LibraryBusy(LibraryError):
    """Another process holds the library's write lock."""


class LibraryMismatch(LibraryError):
    """The library was made with another model, or in a format this version does not know."""


class LibraryDamaged(LibraryError):
    """The library's SQLite file cannot be trusted."""
