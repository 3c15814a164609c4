"""The two views of a library together: looked at as one state, and brought up to date."""

from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection

from index import dense, lexical
from index.commit import Writer
from index.dense import Dense
from index.errors import LibraryError
from index.lexical import Lexical
from index.manifest import number
from index.truth import Truth


@dataclass(frozen=True)
class Snapshot:
    """Both views at one generation, to be read together with the truth at that generation."""

    dense: Dense
    lexical: Lexical

    @property
    def generation(self) -> int:
        return self.lexical.generation


class Views:
    """Where a library's views lie. `stamp` ties them to this library and its model: others' files are not trusted."""

    def __init__(self, folder: Path, manifest: dict[str, str]) -> None:
        self._folder = folder
        self._dimension = int(manifest["dimension"])
        self._stamp = f"{manifest['library']} {manifest['model_sha256']}"

    def look(self, connection: Connection, held: Snapshot | None) -> Snapshot | None:
        """The state on disk, as old as its older half; None where a view is missing, damaged, or just moving on."""
        words = lexical.load(self._folder, self._stamp)
        if words is None:
            return None
        # The words are looked at first: then the truth cannot be older than they are.
        connection.execute("BEGIN")
        try:
            if number(connection, "published") > words.generation:
                return None
            vectors = self._dense(Truth(connection, words.generation), held.dense if held else None)
        finally:
            connection.execute("ROLLBACK")
        return None if vectors is None else Snapshot(vectors, words)

    def catch_up(self, writer: Writer) -> None:
        """Brings both views on disk to the newest generation; the caller holds the library's lock."""
        truth = writer.truth()
        words = lexical.load(self._folder, self._stamp)
        after = -1 if words is None or words.generation < writer.published else words.generation
        if after != truth.generation:
            try:
                lexical.catch_up(self._folder, truth, after, self._stamp)
            except ValueError as error:  # which is what tantivy makes of a failing disk
                raise LibraryError(
                    f"the word index of the library at {self._folder} cannot be written ({error}): free some space "
                    "on its disk; the articles are kept, and the index is made at the next opening"
                ) from error
        vectors = self._dense(truth, None)
        if vectors is None or vectors.wants_folding():
            dense.fold(truth, self._folder, self._dimension, self._stamp)

    def _dense(self, truth: Truth, held: Dense | None) -> Dense | None:
        """The dense view at the truth's generation, from what is held, else the base file, else the truth alone."""
        if held is None or dense.header_generation(self._folder) > held.generation:
            held = dense.load(self._folder, self._dimension, self._stamp)
        if held is not None and held.generation > truth.generation:
            return None
        view = (Dense.empty(self._dimension) if held is None else held).advanced(truth)
        if len(view) != truth.passage_count():
            view = Dense.empty(self._dimension).advanced(truth)
        return view
