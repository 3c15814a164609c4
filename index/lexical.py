"""The Tantivy view: BM25 over sentences, each with its article's title, and at half the weight over its surroundings.

It commits atomically by itself and keeps its watermark as a stored document, so that it always knows which
generation of the truth it holds. The only module that imports tantivy.
"""

import json
import os
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import tantivy
from numpy.typing import NDArray

from index.article import Span
from index.files import made_anew
from index.forms import irregular
from index.truth import Body, Truth

FOLDER = "lexical"
_ANALYSIS = "pullquote_en_3"  # a new name whenever the analysis changes: an index made with another is rebuilt
_FIELDS = {"sentence": 1.0, "around": 0.5}  # title and sentence; the sentence with its two neighbours
_HEAP_BYTES = 128_000_000
_MARK = "watermark"


@dataclass(frozen=True, slots=True)
class SentenceHit:
    """A sentence by its body and ordinal, and its BM25 score (over both fields)."""

    body: int
    ordinal: int
    bm25: float


def _analyzer() -> tantivy.TextAnalyzer:
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(60))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )


_ANALYZE = _analyzer()
_BASES = irregular(lambda word: _ANALYZE.analyze(word)[0])


def terms_of(text: str) -> list[str]:
    """The index terms of `text` in order, repeats included: folded, lower-cased and stemmed.

    Behind the term of an irregular form comes that of the word whose form it is (`base_of`).
    """
    return list(_terms(text))


@lru_cache(2048)  # a question's candidates, their titles and neighbours are looked at several times
def distinct_terms(text: str) -> frozenset[str]:
    """The index terms of `text`, each once."""
    return frozenset(_terms(text))


def base_of(term: str) -> str | None:
    """“win” of “won”: what holds the one holds the other too. None for a term that has no other."""
    return _BASES.get(term)


@lru_cache(2048)
def _terms(text: str) -> tuple[str, ...]:
    return tuple(_analyzed(text))


def _analyzed(text: str) -> list[str]:
    """What `terms_of` gives, not kept: an index run meets a sentence once."""
    found: list[str] = []
    for term in _ANALYZE.analyze(_matching(text)):
        found.append(term)
        if base := _BASES.get(term):
            found.append(base)
    return found


class _Visible(dict[int, int | None]):
    """For `str.translate`: each character as it is, None for one that is invisible; told once for each."""

    def __missing__(self, code: int) -> int | None:
        self[code] = None if unicodedata.category(chr(code)) == "Cf" else code
        return self[code]


_VISIBLE = _Visible()


def visible(text: str) -> str:
    """Text without its invisible characters, which may stand within a word (a soft hyphen, as pages are copied)."""
    return text if text.isascii() else text.translate(_VISIBLE)


def _matching(text: str) -> str:
    """Text as it is matched, never as it is stored: one form of each character, invisible ones gone."""
    return text if text.isascii() else visible(unicodedata.normalize("NFKC", text))


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in _FIELDS:
        builder.add_text_field(name, stored=False, tokenizer_name="whitespace", index_option="freq")
    builder.add_unsigned_field("body", stored=False, indexed=True, fast=True)
    builder.add_unsigned_field("ordinal", stored=False, fast=True)
    builder.add_text_field(_MARK, stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("state", stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


class Lexical:
    """The view at one generation: a Tantivy searcher, which never changes under its reader."""

    def __init__(self, index: tantivy.Index, stamp: str, aside: "TemporaryDirectory[str] | None" = None) -> None:
        index.reload()
        self._aside = aside  # goes when the view goes
        self._searcher = index.searcher()
        self._schema = index.schema
        self.generation, self.history_sha256 = _watermark(self._searcher, self._schema, stamp)

    def __len__(self) -> int:
        return max(0, int(self._searcher.num_docs) - 1)  # the watermark is a document too

    def search(self, terms: Sequence[str], count: int, allowed: NDArray[np.bool_] | None = None) -> list[SentenceHit]:
        """The `count` best sentences for any of `terms`, best first, ties by (body, ordinal).

        `allowed`, `bool[n]`, says of each body by its number whether it may be found, where n is above every body's
        number. What a term is worth is always told by the whole view, so that scores compare whatever is allowed.
        """
        if not terms or not count:
            return []
        query = self._query(terms)
        hits = self._best(query, count) if allowed is None else self._best_among(allowed, query, count)
        return sorted(hits, key=lambda hit: (-hit.bm25, hit.body, hit.ordinal))

    def _best_among(self, allowed: NDArray[np.bool_], query: tantivy.Query, count: int) -> list[SentenceHit]:
        """The `count` best of the bodies allowed.

        Only without a condition does tantivy pass over what cannot be among the best. So where most bodies are
        allowed it is asked for some more of all, and with a condition only if too few of those are allowed.
        """
        if 2 * int(allowed.sum()) > len(allowed):
            best = self._best(query, 2 * count)
            hits = [hit for hit in best if allowed[hit.body]]
            if len(hits) >= count or len(best) < 2 * count:
                return hits[:count]
        return self._best(self._among(allowed, query), count)

    def _best(self, query: tantivy.Query, count: int) -> list[SentenceHit]:
        found = self._searcher.search(query, limit=count, count=False).hits
        addresses = [address for _, address in found]
        bodies = self._searcher.fast_field_values("body", addresses)
        ordinals = self._searcher.fast_field_values("ordinal", addresses)
        return [
            SentenceHit(int(body), int(ordinal), float(score))
            for (score, _), body, ordinal in zip(found, bodies, ordinals, strict=True)
            if body is not None and ordinal is not None
        ]

    def document_frequency(self, term: str) -> int:
        """How many sentences hold `term` (as `terms_of` gives it), in their text or in their title."""
        return int(self._searcher.doc_freq("sentence", term))

    def holds(self, term: str, allowed: NDArray[np.bool_] | None = None) -> bool:
        """Does any sentence of the bodies `allowed` hold `term`? Unlike its frequency, this leaves out what is gone."""
        return bool(self.document_frequency(term)) and bool(self.search([term], 1, allowed))

    def _query(self, terms: Sequence[str]) -> tantivy.Query:
        parts = []
        for term in dict.fromkeys(terms):
            for field, boost in _FIELDS.items():
                query = tantivy.Query.term_query(self._schema, field, term, index_option="freq")
                parts.append((tantivy.Occur.Should, tantivy.Query.boost_query(query, boost)))
        return tantivy.Query.boolean_query(parts)

    def _among(self, allowed: NDArray[np.bool_], query: tantivy.Query) -> tantivy.Query:
        """`query` over the bodies that are allowed, told by naming these or the others, whichever are fewer."""
        few = 2 * int(allowed.sum()) <= len(allowed)
        bodies = np.flatnonzero(allowed if few else ~allowed).tolist()
        named = tantivy.Query.term_set_query(self._schema, "body", bodies)
        if few:
            return query.and_must_match(tantivy.Query.const_score_query(named, 0.0))
        return query.and_must_not_match(named)


def load(folder: Path, stamp: str) -> Lexical | None:
    """The view on disk; None where there is none, or it is damaged, or was made with another model or analysis."""
    try:
        aside = None if os.access(folder / FOLDER, os.W_OK) else _linked(folder / FOLDER)
        index = tantivy.Index.open(str(aside.name if aside else folder / FOLDER))
        view = Lexical(index, stamp, aside)
    except (ValueError, OSError):
        return None
    return view if view.generation >= 0 else None


def _linked(path: Path) -> "TemporaryDirectory[str]":
    """A folder that looks like `path`, which may not be written to: Tantivy makes a lock beside what it reads."""
    aside = TemporaryDirectory(prefix="pullquote-", ignore_cleanup_errors=True)
    for file in path.iterdir():
        if file.suffix != ".lock":
            (Path(aside.name) / file.name).symlink_to(file.resolve())
    return aside


def catch_up(folder: Path, truth: Truth, after: int, stamp: str) -> None:
    """Brings the index on disk from generation `after` (-1: none yet, made anew) to the truth's, in one commit."""
    path = folder / FOLDER
    if after < 0:
        made_anew(path)
    index = tantivy.Index(_schema(), str(path))
    # One thread: the same articles in the same order then give the same index.
    writer = index.writer(_HEAP_BYTES, num_threads=1)
    try:
        for body in truth.bodies_removed(after):
            writer.delete_documents_by_query(tantivy.Query.term_query(index.schema, "body", body))
        for stored in truth.bodies_added(after):
            for document in _documents(stored, truth.sentences(stored.number)):
                writer.add_document(document)
        writer.delete_documents_by_term(_MARK, _MARK)
        state = {"generation": truth.generation, "history_sha256": truth.history().sha256}
        state |= {"stamp": stamp, "analyzer": _ANALYSIS}
        writer.add_document(tantivy.Document(**{_MARK: _MARK, "state": json.dumps(state)}))
        writer.commit()
        writer.wait_merging_threads()
    finally:
        del writer  # its lock on the folder goes with it, whoever keeps the traceback of what went wrong


def _documents(stored: Body, spans: Sequence[Span]) -> Iterator[tantivy.Document]:
    """A document a sentence, as its terms."""
    title, text = " ".join(_terms(stored.title)), stored.text
    sentences = [" ".join(_analyzed(text[span.start : span.end])) for span in spans]
    for ordinal, sentence in enumerate(sentences):
        around = " ".join(sentences[max(0, ordinal - 1) : ordinal + 2])
        document = tantivy.Document(sentence=f"{title} {sentence}", around=around)
        document.add_unsigned("body", stored.number)
        document.add_unsigned("ordinal", ordinal)
        yield document


def _watermark(searcher: tantivy.Searcher, schema: tantivy.Schema, stamp: str) -> tuple[int, str | None]:
    """The generation the index holds, and the digest of its history (older versions noted none).

    -1 where it holds none, or was made with another model or analysis.
    """
    try:
        query = tantivy.Query.term_query(schema, _MARK, _MARK, index_option="basic")
        hits = searcher.search(query, limit=1).hits
        state = json.loads(str(searcher.doc(hits[0][1]).get_first("state")))
    except (ValueError, IndexError, TypeError):
        return -1, None
    if (state["stamp"], state["analyzer"]) != (stamp, _ANALYSIS):
        return -1, None
    return int(state["generation"]), state.get("history_sha256")
