"""The library's manifest: which model, which versions, how far readers may see."""

import uuid
from pathlib import Path
from sqlite3 import Connection

from index.encode import Encoder
from index.errors import LibraryMismatch
from index.passage import SIZE, STRIDE
from index.schema import FORMAT, connect, explained


def new_manifest(encoder: Encoder) -> dict[str, str]:
    """What a new library says of itself."""
    return {
        "format": str(FORMAT),
        "library": uuid.uuid4().hex,
        "model": encoder.name,
        "model_sha256": encoder.digest,
        "dimension": str(encoder.dimension),
        "normalised": "l2",
        "passages": f"{SIZE} sentences, stride {STRIDE}",
        "published": "0",
    }


def read_manifest(connection: Connection) -> dict[str, str]:
    return dict(connection.execute("SELECT key, value FROM manifest").fetchall())


def number(connection: Connection, key: str) -> int:
    """A number of the manifest as it is now; 0 where it is not there."""
    row = connection.execute("SELECT value FROM manifest WHERE key = ?", (key,)).fetchone()
    return int(row[0]) if row else 0


def put(folder: Path, key: str, value: str) -> None:
    """Writes one entry, whole or not at all; the caller has the right to write (`Library.writing`)."""
    _change(folder, "INSERT OR REPLACE INTO manifest VALUES (?, ?)", key, value)


def take_out(folder: Path, key: str) -> bool:
    """Takes one entry out, likewise; False where there was none."""
    return _change(folder, "DELETE FROM manifest WHERE key = ?", key) > 0


def _change(folder: Path, sql: str, *values: str) -> int:
    connection = connect(folder, write=True)
    try:
        with explained(folder):
            return connection.execute(sql, values).rowcount
    finally:
        connection.close()


def check_encoder(folder: Path, manifest: dict[str, str], encoder: Encoder) -> None:
    """Raises `LibraryMismatch` unless the library's vectors were made with this very model."""
    theirs = (manifest.get("model_sha256"), manifest.get("dimension"))
    ours = (encoder.digest, str(encoder.dimension))
    if theirs != ours:
        raise LibraryMismatch(
            f"the library at {folder} was made with the model {manifest.get('model')} ({(theirs[0] or '?')[:12]}), "
            f"not with {encoder.name} ({ours[0][:12]}): set PULLQUOTE_MODEL to the library's model, "
            "or index the articles into a new library"
        )
