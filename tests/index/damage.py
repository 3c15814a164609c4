"""Libraries to be damaged, ways to damage them, and what must hold whatever was done to one."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from index import dense, schema
from index.article import Article
from index.errors import PullquoteError
from index.library import Library
from index.update import index_articles, remove_articles
from qa.confidence import Calibration
from qa.engine import Engine
from tests.conftest import BEES, SHIP
from tests.toy import ToyEncoder, ToyRanker

QUESTIONS = (
    "How many bees did the keeper count?",
    "Who freed the vessel on Monday?",
    "What did the council of town 7 vote for?",
    "What happened after the long meeting?",
)
LONG = Article(
    "long.txt",
    "".join(f"The long meeting reached point {n} before anyone spoke of the harbour. " for n in range(150)),
    "A long meeting",
    source="The Valley Post",
)
TOWNS = [
    Article(
        f"towns/{n}.txt",
        f"The council of town {n} voted for a bridge of {n * 7} metres. Nobody in town {n} spoke against it. "
        f"Work begins in year {2000 + n}, {'after long talks ' * 12}with the province.",
        f"Town {n} builds",
        author=f"Reporter {n}",
        source="Harbour Wire",
        published_at=f"2022-03-{n + 1:02d}",
        metadata={"page": n},
    )
    for n in range(30)
]
TWIN = replace(SHIP, id="wire/ship", source="Second Wire", published_at="2021-03-30")
ARTICLES = [BEES, SHIP, LONG, *TOWNS, TWIN]
OTHERS = [
    replace(BEES, id="other/bees", text="Other bees sleep at noon. Nobody counted them.", title="Other bees"),
    replace(SHIP, id="other/ship", text="Another vessel sank on Friday. Divers went down.", title="Another ship"),
]
LATE = [
    Article(f"late/{n}.txt", f"A late report of day {n} says that {n} geese flew south. Then it rained.", f"Geese {n}")
    for n in range(6)
]
LATE_TWIN = replace(LATE[-1], id="late/twin")

DAMAGES = ["flipped at 0", "flipped at 0.37", "flipped at 0.96", "truncated", "emptied", "removed", "swapped"]

Content = dict[str, list[tuple[object, ...]]]


def make(folder: Path, articles: Sequence[Article]) -> Path:
    """A library of `articles`, and of one that came and went; closed. Its FAISS view is in its file."""
    encoder, gone = (
        ToyEncoder(),
        Article("gone.txt", f"What was taken out stays out. For ever {len(articles)}.", "Gone"),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dense, "FOLD_AT", 0)
        library = Library.create(folder, encoder)
        index_articles(library, encoder, [*articles[:1], gone])
        index_articles(library, encoder, articles)
        remove_articles(library, ["gone.txt"])
    library.close()
    return folder


def make_killed(folder: Path, source: Path) -> Path:
    """A copy of the library `source`, as a writer leaves it that is killed after it has acknowledged `LATE`."""
    work = folder.with_name(folder.name + "-work")
    shutil.copytree(source, work)
    library, encoder = Library(work, ToyEncoder()), ToyEncoder()

    class Killed(Exception):
        pass

    with suppress(Killed):
        index_articles(library, encoder, _then(LATE, lambda: shutil.copytree(work, folder), Killed()))
    library.close()
    shutil.rmtree(work)
    return folder


def _then(articles: Sequence[Article], act: Callable[[], object], end: Exception) -> Iterator[Article]:
    """Gives `articles`, the last one twice (so that its window is committed), then acts, then ends by raising."""
    yield from articles
    yield LATE_TWIN
    act()
    raise end


def damage(folder: Path, pattern: str, how: str, other: Path) -> bool:
    """Damages one file; False where that left it as it was (two libraries may have equal files)."""
    file = sorted(folder.glob(pattern))[0]
    before = file.read_bytes()
    if how == "removed":
        file.unlink()
    elif how == "emptied":
        file.write_bytes(b"")
    elif how == "truncated":
        file.write_bytes(file.read_bytes()[: file.stat().st_size * 7 // 8])
    elif how == "swapped":
        shutil.copyfile(sorted(other.glob(pattern))[0], file)
    else:
        flip(file, float(how.removeprefix("flipped at ")))
    return not file.exists() or file.read_bytes() != before


def flip(file: Path, at: float) -> None:
    data = bytearray(file.read_bytes())
    if data:
        data[int(at * (len(data) - 1))] ^= 1 << int(at * 1000) % 8
        file.write_bytes(data)


def engine_over(folder: Path) -> Engine:
    encoder = ToyEncoder()
    calibration = Calibration(score=1.0, intercept=-2.0, threshold=0.3)
    return Engine(Library(folder, encoder), encoder, ToyRanker(), calibration)


def never_wrong(folder: Path, originals: Mapping[str, Article]) -> int:
    """Asks, and checks every quote against the article as it was given; returns how many questions were answered.

    A question may fail, in one line that we said on purpose; nothing else may come of it.
    """
    answered = 0
    try:
        engine = engine_over(folder)
    except PullquoteError as error:
        one_line(str(error))
        return 0
    for question in QUESTIONS:
        try:
            answer = engine.ask(question)
        except PullquoteError as error:
            one_line(str(error))
            continue
        answered += 1
        for hit in [*answer.citations, *answer.hits, *(same for c in answer.citations for same in c.same_as)]:
            original = originals.get(hit.article.id) or _recovered(hit.article.id, originals)
            assert original is not None, hit.article.id
            assert original.text[hit.span.start : hit.span.end] == hit.text, hit
            if not hit.article.id.startswith("recovered/"):
                assert replace(hit.article, text=original.text) == original
    engine.library.close()
    return answered


def _recovered(article_id: str, originals: Mapping[str, Article]) -> Article | None:
    digest = article_id.removeprefix("recovered/")
    return next((one for one in originals.values() if one.sha256.startswith(digest)), None)


def one_line(said: str) -> None:
    assert said
    assert "\n" not in said
    assert len(said) < 500


def content(folder: Path) -> Content:
    """All that a library says, but for numbers that depend on history."""
    with closing(sqlite3.connect(folder / schema.FILE)) as connection:
        articles = connection.execute(
            "SELECT a.id, a.title, a.author, a.source, a.url, a.published_at, a.language, a.metadata, a.sha256, "
            "b.sha256, b.text, b.title FROM articles a JOIN bodies b USING (body) "
            f"WHERE a.removed = {schema.ALIVE} ORDER BY a.id"
        ).fetchall()
        sentences = connection.execute(
            'SELECT b.sha256, ordinal, start, "end" FROM sentences JOIN bodies b USING (body) ORDER BY 1, 2'
        ).fetchall()
        passages = connection.execute(
            "SELECT b.sha256, first, last, vector FROM passages JOIN bodies b USING (body) ORDER BY 1, 2"
        ).fetchall()
    return {"articles": articles, "sentences": sentences, "passages": passages}
