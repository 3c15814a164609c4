"""What is read from SQLite is checked before it is used: else `LibraryDamaged`, and never a wrong quote."""

import json
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.article import Article, text_digest
from index.digests import row_digest_of
from index.errors import LibraryDamaged
from index.explain import REPAIR

# What `stored_article` is made of, with the two digests that it is checked against.
ARTICLE = (
    "a.id, a.title, a.author, a.source, a.url, a.published_at, a.language, a.metadata, "
    "(SELECT sha256 FROM bodies WHERE bodies.body = a.body), a.sha256"
)


def typed(rows: list[tuple[Any, ...]], *kinds: type) -> list[tuple[Any, ...]]:
    """`rows`, each value of which is of its kind: SQLite holds only what is written to that, not what is read."""
    if all(set(map(type, column)) == {kind} for column, kind in zip(zip(*rows, strict=True), kinds, strict=bool(rows))):
        return rows
    raise LibraryDamaged(f"a stored value is of another kind than was stored: {REPAIR}")


def sound_text(name: str, text: str, sha256: str) -> str:
    """`text`, whose digest is `sha256`."""
    if text_digest(text) != sha256:
        raise LibraryDamaged(f"the stored text of {name!r} does not match its digest: {REPAIR}")
    return text


def stacked(blobs: Iterable[bytes], dimension: int) -> NDArray[np.float32]:
    """Stored float16 vectors as `float32[n, dimension]`; each must have that length."""
    whole = [blob for (blob,) in typed([(blob,) for blob in blobs], bytes)]
    if wrong := {len(blob) for blob in whole} - {2 * dimension}:
        raise LibraryDamaged(f"a stored vector has {min(wrong)} bytes, not {2 * dimension}: {REPAIR}")
    return np.frombuffer(b"".join(whole), dtype="<f2").reshape(-1, dimension).astype(np.float32)


def stored_article(row: tuple[Any, ...], text: str) -> Article:
    """The article of a row of `ARTICLE`, with `text`."""
    article_id, title, author, source, url, published_at, language, metadata, text_sha256, digest = row
    stored = [article_id, text_sha256, title, author, source, url, published_at, language, metadata]
    if not all(isinstance(value, str | None) for value in stored) or row_digest_of(stored) != digest:
        raise LibraryDamaged(f"what is stored of the article {article_id!r} does not match its digest: {REPAIR}")
    return Article(article_id, text, title, author, source, url, published_at, language, json.loads(metadata))
