"""The digests that a library keeps of what it stores, and by which every part of it is checked when it is read."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from index.article import Article

_MODULUS = 2**256
# What a manifest says once and for all: it is sealed when the library is made.
_SEALED = ("format", "library", "model", "model_sha256", "dimension", "normalised", "passages")
SEAL = "sealed"


def digest_of_file(file: Path) -> str:
    """SHA-256 of what the file holds, as hex; raises `OSError`."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest_of_json(said: object) -> str:
    """SHA-256 of a value's JSON, as hex: the same whatever the order of its keys."""
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def stored_json(value: object) -> str:
    """Metadata as it is stored."""
    return json.dumps(value, sort_keys=True, default=str)


def row_digest(article: Article) -> str:
    """A digest of everything that is stored of an article: equal digests need no work."""
    return row_digest_of(
        [
            article.id, article.sha256, article.title, article.author, article.source, article.url,
            article.published_at, article.language, stored_json(article.metadata),
        ]
    )  # fmt: skip


def row_digest_of(fields: Sequence[str | None]) -> str:
    """`row_digest` of the fields as they are stored: id, the text's digest, title … language, metadata."""
    return hashlib.sha256(json.dumps(list(fields)).encode()).hexdigest()


def article_key(article_id: str, digest: str) -> int:
    """A summand of the digest of all articles: adding up makes it the same in whatever order they came."""
    return _number(f"{article_id}\0{digest}")


def body_key(body: int, sha256: str, title: str, vectors_sha256: str, added: int) -> int:
    """A summand of the digest of all texts, likewise: of what no other digest covers."""
    return _number(json.dumps([body, sha256, title, vectors_sha256, added]))


def total(before: str, more: int, less: int = 0) -> str:
    """The digest of a whole after one summand has come and another gone, as hex."""
    return f"{(int(before, 16) + more - less) % _MODULUS:064x}"


def vectors_digest(blobs: Sequence[bytes]) -> str:
    """A digest of one text's vectors, in the order of its passages."""
    return hashlib.sha256(b"".join(blobs)).hexdigest()


def manifest_seal(manifest: Mapping[str, Any]) -> str:
    """A digest of what a manifest says once and for all."""
    return hashlib.sha256(json.dumps([manifest.get(key) for key in _SEALED]).encode()).hexdigest()


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
