"""The library's manifest: which model, which versions, how far readers may see."""

import uuid
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from sqlite3 import Connection

from index.digests import SEAL, body_key, manifest_seal, total
from index.encode import Encoder
from index.errors import LibraryMismatch
from index.explain import explained
from index.passage import SIZE, STRIDE
from index.schema import ALIVE, FORMAT, connect

_DIGEST = ".sha256"  # of an entry that was put in later, beside it
TEXTS = "texts"  # the digest of all living texts, of what no other digest covers


def new_manifest(encoder: Encoder) -> dict[str, str]:
    """What a new library says of itself."""
    return sealed_manifest(encoder.name, encoder.digest, str(encoder.dimension))


def sealed_manifest(model: str, model_sha256: str, dimension: str) -> dict[str, str]:
    """The manifest of a library that holds nothing yet, and that no view was ever made of."""
    said = {
        "format": str(FORMAT),
        "library": uuid.uuid4().hex,
        "model": model,
        "model_sha256": model_sha256,
        "dimension": dimension,
        "normalised": "l2",
        "passages": f"{SIZE} sentences, stride {STRIDE}",
        "published": "0",
        TEXTS: "0" * 64,
    }
    return {**said, SEAL: manifest_seal(said)}


def read_manifest(connection: Connection) -> dict[str, str]:
    return dict(connection.execute("SELECT key, value FROM manifest").fetchall())


def number(connection: Connection, key: str) -> int:
    """A number of the manifest as it is now; 0 where it is not there."""
    row = connection.execute("SELECT value FROM manifest WHERE key = ?", (key,)).fetchone()
    return int(row[0]) if row else 0


def library_id(connection: Connection) -> str | None:
    """Which library this is; another one may have been put in its place since it was opened."""
    row = connection.execute("SELECT value FROM manifest WHERE key = 'library'").fetchone()
    return row[0] if row else None


def texts_digest(connection: Connection) -> str:
    """The digest of all living texts, counted anew."""
    found = "0" * 64
    sql = f"SELECT body, sha256, title, vectors_sha256, added FROM bodies WHERE removed = {ALIVE}"
    for row in connection.execute(sql):
        found = total(found, body_key(*row))
    return found


def count_texts(connection: Connection) -> None:
    """Begins the count of texts where a library has none, as those of older versions."""
    if connection.execute("SELECT 1 FROM manifest WHERE key = ?", (TEXTS,)).fetchone() is None:
        connection.execute("INSERT INTO manifest VALUES (?, ?)", (TEXTS, texts_digest(connection)))


def renew(connection: Connection) -> None:
    """Makes it another library by its id: whatever view or note was made of it before is no longer its own."""
    manifest = {**read_manifest(connection), "library": uuid.uuid4().hex}
    rows = [("library", manifest["library"]), (SEAL, manifest_seal(manifest))]
    connection.executemany("INSERT OR REPLACE INTO manifest VALUES (?, ?)", rows)


def put(folder: Path, key: str, value: str) -> None:
    """Writes one entry, whole or not at all; the caller has the right to write (`Library.writing`)."""
    rows = (key, value, key + _DIGEST, sha256(value.encode()).hexdigest())
    _change(folder, "INSERT OR REPLACE INTO manifest VALUES (?, ?), (?, ?)", *rows)


def take_out(folder: Path, key: str) -> bool:
    """Takes one entry out, likewise; False where there was none."""
    return _change(folder, "DELETE FROM manifest WHERE key IN (?, ?)", key, key + _DIGEST) > 0


def altered_entries(manifest: Mapping[str, str]) -> list[str]:
    """The entries of `put` that do not match their digest."""
    digests = {key.removesuffix(_DIGEST): value for key, value in manifest.items() if key.endswith(_DIGEST)}
    return [key for key, digest in digests.items() if sha256(manifest.get(key, "").encode()).hexdigest() != digest]


def own_entries(manifest: Mapping[str, str]) -> dict[str, str]:
    """The entries of `put` that match their digest, with it."""
    altered = altered_entries(manifest)
    names = [key.removesuffix(_DIGEST) for key in manifest if key.endswith(_DIGEST)]
    return {key: manifest[key] for name in names if name not in altered for key in (name, name + _DIGEST)}


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
