"""One index run: articles in, committed one by one, and a summary of what came of them."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.article import Article, Passage, Refusal, Span, storable
from index.commit import Outcome, Prepared, Writer
from index.document import MAX_TEXT
from index.encode import Encoder
from index.errors import PullquoteError
from index.library import Library
from index.passage import embedded_text, make_passages
from index.split import split_sentences
from index.summary import Summary

WINDOW_PASSAGES = 1024  # encoded together, so that sorting by length pays; two windows are what a crash can cost
WINDOW_CHARACTERS = 4_000_000
MAX_SENTENCES = 200_000  # of one article, which is embedded in one piece: six Bibles, and 300 MB of vectors
PUBLISH_EVERY_SECONDS = 60.0  # at most; and publishing takes at most this share of a run:
PUBLISH_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class _Draft:
    """An article on its way: split and cut, not yet embedded."""

    article: Article
    sentences: list[Span]
    passages: list[Passage]


def index_articles(
    library: Library,
    encoder: Encoder,
    articles: Iterable[Article | Refusal],
    on_commit: Callable[[Article, Outcome], None] | None = None,
) -> Summary:
    """Adds or replaces `articles` in `library`; `on_commit` is told of each once nothing can lose it.

    Raises `LibraryBusy` where another process is writing. Articles already there cost no embedding.
    """
    started = time.monotonic()
    with library.writing() as writer, closing(_Run(library, writer, encoder, on_commit)) as run:
        for item in articles:
            run.take(item)
        run.flush()
    run.summary.seconds = time.monotonic() - started
    return run.summary


class _Run:
    """Gathers articles in windows; while one is embedded in a thread, the next is gathered and the last committed."""

    def __init__(
        self,
        library: Library,
        writer: Writer,
        encoder: Encoder,
        on_commit: Callable[[Article, Outcome], None] | None,
    ) -> None:
        self.summary = Summary()
        self._library, self._writer, self._encoder, self._on_commit = library, writer, encoder, on_commit
        self._pool = ThreadPoolExecutor(1, "encoding")
        self._window: list[_Draft] = []
        self._embedding: tuple[list[_Draft], Future[NDArray[np.float32]]] | None = None
        self._texts: set[str] = set()  # of the articles that are not committed yet
        self._publish_at = time.monotonic() + PUBLISH_EVERY_SECONDS

    def take(self, item: Article | Refusal) -> None:
        if isinstance(item, Refusal):
            self.summary.refuse(item)
        elif self._writer.unchanged(item):
            self._committed(item, Outcome.UNCHANGED)
        else:
            if item.sha256 in self._texts:
                self.flush()  # its text is about to be stored: then it need not be embedded twice
            self._take_new(item)

    def _take_new(self, article: Article) -> None:
        if self._writer.has_body(article):
            self._commit(article, None)
            return
        sentences = split_sentences(article.text) if len(article.text) <= MAX_TEXT else []
        if not sentences or len(sentences) > MAX_SENTENCES:
            self.summary.refuse(Refusal(article.id, _why_not(article, sentences)))
            return
        self._window.append(_Draft(article, sentences, make_passages(sentences)))
        self._texts.add(article.sha256)
        if (
            sum(len(draft.passages) for draft in self._window) >= WINDOW_PASSAGES
            or sum(len(draft.article.text) for draft in self._window) >= WINDOW_CHARACTERS
        ):
            self._embed()

    def flush(self) -> None:
        """Commits all that was taken."""
        while self._window or self._embedding:
            self._embed()

    def close(self) -> None:
        """Ends the thread; what was not committed is lost."""
        self._pool.shutdown(cancel_futures=True)

    def _embed(self) -> None:
        """Has the window embedded, and meanwhile commits the one before it."""
        drafts, self._window = self._window, []
        before, self._embedding = self._embedding, None
        if drafts:
            texts = [embedded_text(d.article.title, d.article.text, p) for d in drafts for p in d.passages]
            self._embedding = drafts, self._pool.submit(self._encoder.encode, texts)
        if before:
            self._commit_all(before[0], before[1].result())

    def _commit_all(self, drafts: list[_Draft], vectors: NDArray[np.float32]) -> None:
        at = 0
        for draft in drafts:
            share = vectors[at : at + len(draft.passages)]
            at += len(draft.passages)
            self._commit(draft.article, Prepared(draft.sentences, draft.passages, share))
            self._texts.discard(draft.article.sha256)
        if time.monotonic() > self._publish_at:
            self._publish()

    def _publish(self) -> None:
        """Lets readers see what there is so far, the more seldom the longer that takes."""
        started = time.monotonic()
        self._library.publish(self._writer)
        ended = time.monotonic()
        self._publish_at = ended + max(PUBLISH_EVERY_SECONDS, (ended - started) / PUBLISH_SHARE)

    def _commit(self, article: Article, prepared: Prepared | None) -> None:
        if prepared is None and (twins := self._writer.twins(article)):
            self.summary.pair(article.id, twins[0])
        outcome = self._writer.put(article, prepared)
        self.summary.passages += len(prepared.passages) if prepared else 0
        self._committed(article, outcome)

    def _committed(self, article: Article, outcome: Outcome) -> None:
        match outcome:
            case Outcome.ADDED:
                self.summary.added += 1
            case Outcome.CHANGED:
                self.summary.changed += 1
            case Outcome.UNCHANGED:
                self.summary.unchanged += 1
        if outcome is not Outcome.UNCHANGED:
            self.summary.take_date(article)
        if self._on_commit is not None:
            self._on_commit(article, outcome)


def _why_not(article: Article, sentences: list[Span]) -> str:
    if len(article.text) > MAX_TEXT:
        return f"it has a text of more than {MAX_TEXT:,} characters, too long for one article; split it"
    if len(sentences) > MAX_SENTENCES:
        return f"it has more than {MAX_SENTENCES:,} sentences, too many for one article; split it"
    return "it has no text"


def remove_articles(library: Library, ids: Iterable[str] = (), source: str | None = None) -> list[str]:
    """Takes articles out, by id or all of one source; returns the ids that were taken out.

    Names are looked for as they are stored: what is no character in a file's name is one in its id.
    Raises `PullquoteError`, and takes nothing out, where an id is not in the library or a source has no article.
    """
    source = None if source is None else storable(source)
    with library.writing() as writer:
        truth = writer.truth()
        chosen = list(dict.fromkeys([*map(storable, ids), *(truth.ids(source) if source is not None else [])]))
        missing = [article_id for article_id in chosen if truth.body_of(article_id) is None]
        if missing or not chosen:
            named = ", ".join(repr(article_id) for article_id in missing) or f"of source {source!r}"
            raise PullquoteError(
                f"no such article in the library: {named}; the page of `pullquote serve` lists what is there"
            )
        for article_id in chosen:
            writer.remove(article_id)
    return chosen
