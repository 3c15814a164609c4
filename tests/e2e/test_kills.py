"""kill -9 at random moments of a library's life: indexing, removing, folding, upgrading, backups, restoring, mending.

After each kill what was acknowledged is there, what was not is absent or whole, and the next command works; in the
end the library answers as one that was never killed. Twenty kills in an ordinary run; `make kills` makes it 200.
`PULLQUOTE_KILLS_SEED` repeats a run.
"""

import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index import acknowledged, dense, lexical, schema, seal
from index.article import Article
from index.backup import back_up, restore
from index.digests import SEAL
from index.library import Library
from index.manifest import TEXTS
from index.repair import repair
from index.update import index_articles, remove_articles
from tests.e2e import killing
from tests.e2e.killing import Action, Run, run
from tests.index.damage import engine_over
from tests.toy import ToyEncoder

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

PATIENCE = 10.0  # seconds
KILLS = int(os.environ.get("PULLQUOTE_KILLS", "20"))
SEED = int(os.environ.get("PULLQUOTE_KILLS_SEED") or random.SystemRandom().randrange(10**6))
ROWS = 40  # ids that articles have
# How many lines of ours an action runs, and how long it takes: a kill falls anywhere in these.
LINES: dict[Action, int] = {}
SECONDS: dict[Action, float] = {}

State = dict[str, Article]


class Life:
    """A library, what must be in it, and what may happen to it next."""

    def __init__(self, home: Path, chance: random.Random) -> None:
        self.home, self.folder, self.chance = home, home / "library", chance
        self.there: State = {}
        self.saved: State | None = None  # what the backup holds
        self.backup = home / "library.backup"
        self.version = 0
        self.kills = 0

    def step(self) -> None:
        acts: list[Callable[[], None]] = [self.index, self.index, self.fold]
        if self.there:
            acts += [self.remove, self.upgrade, self.back_up]
        if len({one.text for one in self.there.values()}) > 1:
            acts.append(self.repair)
        if self.saved is not None:
            acts.append(self.restore)
        self.chance.choice(acts)()

    def run(self, action: Action, given: object) -> Run:
        """Kills the action at any of its lines, or at any moment of the time it takes; the first time, it is timed."""
        log = self.home / "told"
        if action not in LINES:
            done = run(action, self.folder, given, log, lines=10**9)
            LINES[action], SECONDS[action] = done.lines, done.seconds / 2  # counting took the other half, or more
        elif self.chance.random() < 0.5:
            done = run(action, self.folder, given, log, lines=self.chance.randint(1, LINES[action]))
        else:
            done = run(action, self.folder, given, log, seconds=self.chance.uniform(0, SECONDS[action]))
            SECONDS[action] = done.seconds if not done.killed else SECONDS[action] * 1.1
        self.kills += done.killed
        return done

    def index(self, action: Action = killing.index) -> None:
        self.version += 1
        articles = [self.article(n) for n in self.chance.sample(range(ROWS), self.chance.randint(1, 12))]
        told = set(self.run(action, articles).told)
        self.check({one.id: [one] if one.id in told else [self.there.get(one.id), one] for one in articles})

    def fold(self) -> None:
        self.index(killing.fold)

    def upgrade(self) -> None:
        """Makes it a library from before the seals, which the next one who writes to it takes over."""
        with closing(sqlite3.connect(self.folder / schema.FILE)) as connection, connection:
            connection.execute("DELETE FROM manifest WHERE key IN (?, ?)", (SEAL, TEXTS))
        (self.folder / acknowledged.FILE).unlink(missing_ok=True)
        (self.folder / lexical.FOLDER / seal.FILE).unlink(missing_ok=True)
        self.index(killing.upgrade)

    def remove(self) -> None:
        ids = self.chance.sample(sorted(self.there), self.chance.randint(1, min(5, len(self.there))))
        removed = "removed" in self.run(killing.remove, ids).told
        self.check({one: [None] if removed else [self.there[one], None] for one in ids})

    def back_up(self) -> None:
        before = self.backup.read_bytes() if self.backup.exists() else None
        done = self.run(killing.backup, self.backup)
        self.check({})
        if "backed up" not in done.told and before == (self.backup.read_bytes() if self.backup.exists() else None):
            return  # the older one, or none, as before
        self.saved = dict(self.there)
        restore(self.backup, self.home / "restored", replace=True)
        assert content(self.home / "restored") == self.saved

    def restore(self) -> None:
        assert self.saved is not None
        done = self.run(killing.bring_back, self.backup)
        found = content(self.folder)
        assert found == self.saved or (not done.told and found == self.there)
        self.there = found
        self.check({})

    def repair(self) -> None:
        victim = self.chance.choice(sorted(self.there))
        with closing(sqlite3.connect(self.folder / schema.FILE)) as connection, connection:
            living = f"SELECT body FROM articles WHERE id = ? AND removed = {schema.ALIVE}"
            connection.execute(f"UPDATE bodies SET text = text || '!' WHERE body = ({living})", (victim,))
        self.run(killing.mend, None)
        done = repair(self.folder, ToyEncoder)  # the next command: it goes on, or finds all well
        assert [one for one, _ in done.lost] in ([], [victim])
        text = self.there[victim].text
        self.check({one.id: [None] for one in self.there.values() if one.text == text})

    def article(self, n: int) -> Article:
        text = f"In village{n} the keeper counted {self.version} bees. Nobody was stung. " * self.chance.randint(1, 6)
        source = f"Paper {n % 3}"
        return Article(f"row-{n}", text, f"Day {n} of {self.version % 2}", source=source, metadata={"v": self.version})

    def check(self, changing: dict[str, list[Article | None]]) -> None:
        """All that was there is there, and of what was `changing` one of the states that it may be in."""
        if not Library.exists(self.folder):
            assert not self.there
            assert all(None in may for may in changing.values())
            return
        found = content(self.folder)
        for article_id in {*self.there, *changing, *found}:
            may = changing.get(article_id, [self.there.get(article_id)])
            assert found.get(article_id) in may, f"{article_id} is {found.get(article_id)}, not one of {may}"
        self.there = found


def content(folder: Path) -> State:
    """Every article of a library, which must be sound, and its views too."""
    library = newest(folder)
    assert library.check() == []
    with library.reading() as (snapshot, truth):
        assert truth.generation == snapshot.generation
        assert len(snapshot.lexical) == truth.counts()["sentences"]
        keys = np.fromiter(dense.keys_of(snapshot.dense), dtype=np.int64)
        assert sorted(keys.tolist()) == truth.passage_keys()
        found = {article_id: truth.article(article_id) for article_id in truth.ids()}
    library.close()
    return {article_id: article for article_id, article in found.items() if article is not None}


def newest(folder: Path) -> Library:
    """The library at its newest state. On a busy machine the lock of who was killed outlives them by a moment, in
    which an older state is given, as beside any writer.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        library = Library(folder, ToyEncoder())
        with library.reading() as (_, truth):
            if truth.is_newest() or time.monotonic() > deadline:
                return library
        library.close()
        time.sleep(0.05)


def answers(folder: Path, questions: Iterable[str]) -> list[object]:
    """What a library answers; scores are left out, which depend a little on what was ever in it."""
    engine = engine_over(folder)
    found = [engine.ask(question) for question in questions]
    engine.library.close()
    return [
        (one.status, [(hit.article.id, hit.span, hit.text) for hit in (*one.citations, *one.hits[:1])]) for one in found
    ]


@pytest.mark.parametrize("part", range(max(1, KILLS // 20)))
def test_a_life_of_kills(tmp_path: Path, part: int) -> None:
    seed = SEED + part
    print(f"PULLQUOTE_KILLS_SEED={seed}")  # noqa: T201 — shown where the test fails
    life = Life(tmp_path, random.Random(seed))  # noqa: S311 — no secret
    while life.kills < min(KILLS, 20):
        life.step()

    encoder, whole = ToyEncoder(), tmp_path / "whole"
    index_articles(Library.create(whole, encoder), encoder, life.there.values())
    assert content(whole) == life.there
    questions = [f"How many bees were counted in village{n}?" for n in range(0, ROWS, 5)]
    assert answers(life.folder, questions) == answers(whole, questions)

    # And it goes on: every command works, and nothing is left over of what was killed.
    index_articles(Library(life.folder, encoder), encoder, [replace(life.article(1), id="last")])
    remove_articles(Library(life.folder), ["last"])
    back_up(life.folder, life.backup)
    assert content(life.folder) == life.there
    left = {path.name for folder in (life.folder, life.home) for path in folder.iterdir()}
    assert not {name for name in left if name.startswith(".") or name.endswith((".new", ".kept"))}, left
