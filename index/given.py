"""The ids that one run has given so far: on disk once they are many, so that any number fits into memory."""

import sqlite3

_CACHE = -16_384  # KB, as SQLite has it: what is held in memory


class Given:
    """Where each id was given first. SQLite keeps it in a file without a name, which goes with the program."""

    def __init__(self) -> None:
        # Whoever reads to the end of a run need not be the thread that began it.
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute(f"PRAGMA cache_size={_CACHE:d}")
        self._db.execute("BEGIN")  # one transaction for all: nothing of it is to outlive the run
        self._db.execute("CREATE TABLE given (id TEXT PRIMARY KEY, place TEXT NOT NULL) WITHOUT ROWID")

    def first(self, article_id: str, place: str) -> str | None:
        """Where the id was given before; None where it is given now, at `place`."""
        if self._db.execute("INSERT OR IGNORE INTO given VALUES (?, ?)", (article_id, place)).rowcount:
            return None
        return str(self._db.execute("SELECT place FROM given WHERE id = ?", (article_id,)).fetchone()[0])

    def close(self) -> None:
        """Gives its memory and its file back."""
        self._db.close()
