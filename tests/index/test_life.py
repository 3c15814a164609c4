"""Copies of one library that go their own ways, and whose files are then mixed: nothing wrong is ever believed.

`PULLQUOTE_LIVES` is how many lives are led, in place of the few of an ordinary run.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import permutations, product
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from index import acknowledged, dense, lexical, schema
from index.article import Article
from index.backup import back_up, restore
from index.errors import LibraryDamaged
from index.files import take_away
from index.library import Library
from index.manifest import library_id
from index.repair import repair
from index.update import index_articles, remove_articles
from qa.doctor import examine
from tests.index.damage import one_line
from tests.toy import ToyEncoder, toy_library

LIVES = int(os.environ.get("PULLQUOTE_LIVES", "4"))
FOLDERS, NAMES, REVISIONS = ("a", "b", "c"), ("zebra", "quagga", "okapi", "quagga twin"), range(3)
BEGIN = {"zebra": 0, "quagga": 1, "emu": 20}  # the last is long, so that there are enough vectors to be coded
PARTS = {
    "truth": [schema.FILE], "truth and note": [schema.FILE, acknowledged.FILE], "note": [acknowledged.FILE],
    "words": [lexical.FOLDER], "vectors": ["dense*"], "views": [lexical.FOLDER, "dense*"], "all with the truth": ["*"],
}  # fmt: skip
Articles = dict[str, int]  # the revision of each by its name

folders, names, two = st.sampled_from(FOLDERS), st.sampled_from(NAMES), st.sampled_from([*permutations(FOLDERS, 2)])
some = st.dictionaries(names, st.sampled_from(REVISIONS), min_size=1, max_size=3)


def _word(name: str, revision: int) -> str:
    return f"{name.removesuffix(' twin')}{chr(97 + revision)}k"


def _articles(said: Articles) -> list[Article]:
    """Each with a word of its own, but for twins, and with as many sentences as its revision has."""
    return [
        Article(name, f"The {_word(name, n)} slept. {'It slept on. ' * 6 * n}The {_word(name, n)} rose.", name[0])
        for name, n in said.items()
    ]


WORDS = sorted({_word(*one) for one in [*product(NAMES, REVISIONS), *BEGIN.items()]})


class Life(RuleBasedStateMachine):
    """What the truth of each folder says is known; what is asked of it, by whomever and however, agrees.

    `states` are what it said since it was published last, the newest at the end: who has had it open for long may
    answer from an older one, where a writer was killed.
    """

    @initialize(flat_up_to=st.sampled_from([20, 20_000]), ways=st.tuples(some, some, some))
    def begin(self, flat_up_to: int, ways: tuple[Articles, ...]) -> None:
        """Each goes its own way, with a FAISS view that is coded, or not; the first is open from the beginning."""
        dense.FLAT_UP_TO = flat_up_to
        self.home, self.copies = Path(mkdtemp(prefix="pullquote-life-")), 0
        self.states: dict[str, list[Articles]] = {name: [BEGIN] for name in FOLDERS}
        self.kept: dict[str, Library] = {}
        self.backups: list[Articles] = []
        toy_library(self.home / "a", ToyEncoder(), _articles(BEGIN)).close()
        for name in FOLDERS[1:]:
            shutil.copytree(self.home / "a", self.home / name)
        self.open(FOLDERS[0])
        for name, articles in zip(FOLDERS, ways, strict=True):
            self.index(name, articles, True)

    @rule(name=folders, articles=some, kept=st.booleans())
    def index(self, name: str, articles: Articles, kept: bool) -> None:
        if self.done(name, lambda library: index_articles(library, ToyEncoder(), _articles(articles)), kept):
            self.states[name] = [self.states[name][-1] | articles]
        self.look(name)

    @rule(name=folders, chosen=st.sets(names, min_size=1, max_size=2), kept=st.booleans())
    def remove(self, name: str, chosen: set[str], kept: bool) -> None:
        there = sorted(chosen & self.states[name][-1].keys())
        if there and self.done(name, lambda library: remove_articles(library, there), kept):
            self.states[name] = [{one: n for one, n in self.states[name][-1].items() if one not in there}]
        self.look(name)

    @rule(name=folders, kept=st.booleans())
    def mend_views(self, name: str, kept: bool) -> None:
        self.done(name, Library.mend_views, kept)
        self.look(name)

    @rule(name=folders)
    def open(self, name: str) -> None:
        self.done(name, lambda _: self.kept.update({name: Library(self.home / name, ToyEncoder())}))

    @rule(name=folders)
    def close(self, name: str) -> None:
        if name in self.kept:
            self.kept[name].close()  # and still asked

    @rule(name=folders)
    def ask(self, name: str) -> None:
        """Of one who has had it open for long, else of one who opens it; who is refused is so the next time too."""
        if name not in self.kept:
            self.done(name, lambda library: self.right(library, name))
        elif not self.answered(name, lambda: self.right(self.kept[name], name)):
            assert not self.answered(name, lambda: self.right(self.kept[name], name))

    @rule(of=two, part=st.sampled_from(sorted(PARTS)), clear=st.booleans())
    def copy(self, of: tuple[str, str], part: str, clear: bool) -> None:
        """Copies files over others, which are taken away before, or not; nobody has either library open."""
        source, to = of
        for name in of:
            self.close(name)
            if "truth" in part:  # then no log is left either
                with closing(sqlite3.connect(self.home / name / schema.FILE)) as connection:
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        for pattern in PARTS[part]:
            for old in [*(self.home / to).glob(pattern)] if clear else ():
                take_away(old)
            for new in (self.home / source).glob(pattern):
                target = self.home / to / new.name
                shutil.copytree(new, target, dirs_exist_ok=True) if new.is_dir() else shutil.copy2(new, target)
        if "truth" in part:
            self.states[to] = self.states[source]
        self.look(to)

    @rule(of=two)
    def replace(self, of: tuple[str, str]) -> None:
        """Puts a copy of the folder in the place of another, whoever has that open."""
        shutil.copytree(self.home / of[0], self.home / "aside")
        self.put_in_place_of(of[1], self.states[of[0]])

    @rule(of=two, articles=some, after=st.integers(1, 3))
    def kill(self, of: tuple[str, str], articles: Articles, after: int) -> None:
        """Likewise what a writer leaves who is killed."""
        states = [self.states[of[0]][-1]]

        def committed(article: Article, _: object) -> None:
            states.append(states[-1] | {article.id: articles[article.id]})
            if len(states) == 1 + min(after, len(articles)):
                shutil.copytree(self.home / of[0], self.home / "aside")

        if self.done(of[0], lambda library: index_articles(library, ToyEncoder(), _articles(articles), committed)):
            self.states[of[0]] = states[-1:]
            self.put_in_place_of(of[1], states[: 1 + after])

    @rule(name=folders)
    def back_up(self, name: str) -> None:
        if self.done(name, lambda _: back_up(self.home / name, self.home / f"{len(self.backups)}.backup")):
            self.backups.append(self.states[name][-1])

    @precondition(lambda self: self.backups)
    @rule(name=folders, data=st.data())
    def restore(self, name: str, data: st.DataObject) -> None:
        which = data.draw(st.integers(0, len(self.backups) - 1))
        restore(self.home / f"{which}.backup", self.home / name, replace=True)
        self.states[name] = [self.backups[which]]
        assert self.found(name)["sound"]

    @rule(name=folders)
    def examine(self, name: str) -> None:
        note, library = acknowledged.read(self.home / name), self.stands(name)[0]
        sound = not self.refused(name) and (note is None or note.library == library)
        assert self.found(name)["sound"] == sound

    @rule(name=folders)
    def mend(self, name: str) -> None:
        assert repair(self.home / name, ToyEncoder).saved == len(self.states[name][-1])
        assert self.found(name)["sound"]

    def teardown(self) -> None:
        for name in FOLDERS:
            for act in (self.ask, self.mend, self.ask, self.close):
                act(name)
        shutil.rmtree(self.home, ignore_errors=True)  # Tantivy may still be tidying up

    def put_in_place_of(self, name: str, states: list[Articles]) -> None:
        self.copies += 1
        (self.home / name).rename(self.home / f"gone-{self.copies}")
        (self.home / "aside").rename(self.home / name)
        self.states[name] = states
        self.look(name)

    def stands(self, name: str) -> tuple[str | None, int]:
        """Which library lies there, and how far it has come."""
        with closing(sqlite3.connect(self.home / name / schema.FILE)) as connection:
            return library_id(connection), connection.execute("SELECT max(generation) FROM changes").fetchone()[0]

    def refused(self, name: str) -> bool:
        """Was more acknowledged than the truth holds?"""
        note, (library, newest) = acknowledged.read(self.home / name), self.stands(name)
        return note is not None and note.library == library and note.generation > newest

    def done(self, name: str, act: Callable[[Library], object], kept: bool = False) -> bool:
        """Acts on the library, kept open or not; False where it is refused, as it must be, and only there."""

        def opened() -> None:
            with closing(Library(self.home / name, ToyEncoder())) as library:
                act(library)

        refused = self.refused(name)
        done = self.answered(name, lambda: act(self.kept[name]) if kept and name in self.kept else opened())
        assert done != refused
        return done

    def answered(self, name: str, act: Callable[[], object]) -> bool:
        refused = self.refused(name)
        try:
            act()
        except LibraryDamaged as error:
            one_line(str(error))
            if not refused:
                raise
            return False
        return True

    def found(self, name: str) -> dict[str, object]:
        report = examine(self.home / name)
        for line in [*report["problems"], *report["mended"]]:
            one_line(line)
        self.look(name)
        return report

    def look(self, name: str) -> None:
        """Is a copy of it right, opened? The folder itself is left as it is, but that who has the first open asks."""
        self.copies += 1
        shutil.copytree(self.home / name, self.home / f"copy-{self.copies}")
        self.states[f"copy-{self.copies}"] = self.states[name][-1:]
        self.done(f"copy-{self.copies}", lambda library: self.right(library, f"copy-{self.copies}"))
        take_away(self.home / f"copy-{self.copies}")
        if name == FOLDERS[0]:
            self.ask(name)

    def right(self, library: Library, name: str) -> None:
        """Both views and the truth say the same, and that is what is known of it."""
        with library.reading() as (snapshot, truth):
            held = [truth.article(one) for one in truth.ids()]
            known = self.states[name][-1:] if truth.is_newest() else self.states[name]
            said = next(one for one in known if sorted(_articles(one), key=lambda article: article.id) == held)
            assert len(snapshot.lexical) == truth.counts()["sentences"]
            for word in WORDS:
                hits = snapshot.lexical.search(lexical.terms_of(word), 99)
                bodies = truth.bodies({hit.body for hit in hits})
                found = {article.id for origins in truth.origins(bodies).values() for article in origins}
                assert found == {one for one, n in said.items() if _word(one, n) == word}
                for hit in hits:
                    near = truth.spans_about(bodies[hit.body], [hit.ordinal]).values()
                    assert any(word in bodies[hit.body].text[span.start : span.end] for span in near)
            asked = ToyEncoder().encode_question("zebras quote old things on dark rainy nights")
            cosines = {hit.passage: hit.cosine for hit in snapshot.dense.search(asked, 999)}
            expected: dict[int, float] = {}
            for keys, vectors in truth.vectors_added(-1, ToyEncoder.dimension):
                expected |= zip(keys.tolist(), (vectors @ asked[0]).tolist(), strict=True)
            assert cosines == pytest.approx(expected, abs=1e-3)


@pytest.mark.slow
def test_whatever_is_copied_where_each_library_answers_as_its_truth_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense, "FOLD_AT", 4)
    monkeypatch.setattr(dense, "FLAT_UP_TO", dense.FLAT_UP_TO)  # which each life sets
    led = settings(max_examples=LIVES, stateful_step_count=18, deadline=None, suppress_health_check=[*HealthCheck])
    run_state_machine_as_test(Life, settings=settings(led, phases=[Phase.generate]))
