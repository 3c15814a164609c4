"""Keys: what is kept of them, who they let in, and what two writers do to the file."""

import hashlib
import os
import re
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import LibraryDamaged, LibraryError, UsageError
from qa.access import keys as module
from qa.access.key_list import render
from qa.access.keys import FILE, MAX_RATE, PREFIX, Keys, Scope
from qa.access.rates import Buckets, UnderWay

_ADDING = """
import sys
from pathlib import Path
from qa.access.keys import Keys
for number in range(20):
    Keys(Path(sys.argv[1])).add(f"{sys.argv[2]} {number}")
"""


def test_a_key_is_random_known_by_its_prefix_and_known_again(tmp_path: Path) -> None:
    key, token = Keys(tmp_path).add("City desk", Scope.WRITE, 30)
    assert re.fullmatch(PREFIX + "[0-9a-f]{64}", token)
    assert (key.name, key.scope, key.rate, key.revoked) == ("City desk", Scope.WRITE, 30, None)
    assert Keys(tmp_path).holder(token) == key
    assert Keys(tmp_path).listed() == [key]
    assert Keys(tmp_path).add("City desk")[1] != token  # a name may have several: the old one until all have the new


def test_nothing_is_made_on_disk_before_the_first_key(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    assert keys.holder("pq_x") is None
    assert not keys.any()
    assert not keys.usable()
    assert keys.listed() == []
    assert not keys.stands("x")
    with pytest.raises(UsageError, match="key list"):
        keys.revoke("x")
    assert list(tmp_path.iterdir()) == []


def test_only_the_hash_is_kept_and_only_the_owner_may_read_it(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    before = os.umask(0)
    try:
        key, token = keys.add("wire")
    finally:
        os.umask(before)
    secret = keys.begin(key)
    kept = (tmp_path / FILE).read_bytes()
    for shown in (token, secret):
        assert shown.encode() not in kept
        assert shown.removeprefix(PREFIX).encode() not in kept
        assert hashlib.sha256(shown.encode()).hexdigest().encode() in kept
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == [FILE]


def test_a_hash_taken_from_the_file_opens_nothing(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    key, token = keys.add("wire")
    secret = keys.begin(key)
    for shown in (token, secret):
        digest = hashlib.sha256(shown.encode()).hexdigest()
        assert keys.holder(digest) is None
        assert keys.holder(PREFIX + digest) is None
        assert keys.session(digest) is None
    assert keys.session(token) is None
    assert keys.holder(secret) is None


@settings(deadline=None, max_examples=50)
@given(st.text())
def test_nothing_else_is_a_key(tmp_path_factory: pytest.TempPathFactory, other: str) -> None:
    keys = Keys(_with_one_key(tmp_path_factory))
    assert keys.holder(other) is None
    assert keys.session(other) is None


def _with_one_key(factory: pytest.TempPathFactory, made: list[Path] = []) -> Path:  # noqa: B006 - made once
    if not made:
        made.append(factory.mktemp("keys"))
        Keys(made[0]).add("wire")
    return made[0]


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\nb", "a\x1b[31mb", "a\u2028b", "a\0", "\ud800"])
def test_a_name_is_one_short_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="printable"):
        Keys(tmp_path).add(name)
    assert not Keys(tmp_path).any()


@pytest.mark.parametrize("rate", [0, -1, MAX_RATE + 1])
def test_a_rate_lies_within_bounds(tmp_path: Path, rate: int) -> None:
    with pytest.raises(UsageError, match="--rate"):
        Keys(tmp_path).add("x", rate=rate)


def test_a_revoked_key_is_worthless_at_once_elsewhere_too(tmp_path: Path) -> None:
    running, command = Keys(tmp_path), Keys(tmp_path)
    key, token = command.add("wire")
    other, other_token = command.add("desk")
    secret = running.begin(key)
    assert running.holder(token) == key
    assert running.session(secret) == key
    command.revoke(key.id)
    assert running.holder(token) is None
    assert running.session(secret) is None
    assert not running.stands(key.id)
    assert running.session(running.begin(key)) is None  # a sign-in that was under way
    assert running.holder(other_token) == other
    revoked = command.listed()[0].revoked
    assert revoked is not None
    command.revoke(key.id)  # twice is no error, and keeps the day
    assert command.listed()[0].revoked == revoked


def test_revoking_the_last_key_does_not_open_the_doors(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    keys.revoke(keys.add("only")[0].id)
    assert keys.any()
    assert not keys.usable()


def test_a_session_ends_by_itself_or_when_it_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = Keys(tmp_path)
    key, _ = keys.add("wire")
    one, other = keys.begin(key), keys.begin(key)
    keys.end(one)
    keys.end("never was")
    assert keys.session(one) is None
    assert keys.session(other) == key
    monkeypatch.setattr(module, "SESSION_SECONDS", -1)
    assert keys.session(keys.begin(key)) is None
    keys.begin(key)
    with sqlite3.connect(tmp_path / FILE) as connection:
        assert connection.execute("SELECT count(*) FROM sessions").fetchone() == (2,)  # expired ones are cleared away


def test_two_processes_and_threads_write_and_none_is_lost(tmp_path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", _ADDING, tmp_path, name]) for name in ("one", "two")]
    keys = Keys(tmp_path)
    threads = [threading.Thread(target=lambda: [keys.add("three") for _ in range(10)]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [writer.wait(120) for writer in writers] == [0, 0]
    names = [key.name for key in keys.listed()]
    assert sorted(names) == sorted([f"{who} {n}" for who in ("one", "two") for n in range(20)] + ["three"] * 20)


def test_what_was_begun_and_not_committed_leaves_no_trace(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    keys.add("wire")
    with pytest.raises(ZeroDivisionError):
        _break_off(keys)
    assert [key.name for key in keys.listed()] == ["wire"]


def _break_off(keys: Keys) -> None:
    with keys._writing() as connection:
        connection.execute("DELETE FROM keys")
        raise ZeroDivisionError


def test_a_damaged_file_is_named_and_lets_nobody_in(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    _, token = keys.add("wire")
    (tmp_path / FILE).write_bytes(b"no database " * 1000)
    for look in (lambda: keys.holder(token), keys.usable, keys.listed, lambda: Keys(tmp_path).add("x")):
        with pytest.raises(LibraryDamaged, match="put the file back"):
            look()
    assert keys.any()


def test_an_emptied_file_opens_no_door(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    _, token = keys.add("wire")
    (tmp_path / FILE).write_bytes(b"")
    assert keys.any()
    assert keys.holder(token) is None
    assert Keys(tmp_path).any()


def test_a_file_put_in_its_place_is_the_one_that_counts(tmp_path: Path) -> None:
    keys, elsewhere = Keys(tmp_path), tmp_path / "elsewhere"
    elsewhere.mkdir()
    _, old = keys.add("old")
    _, new = Keys(elsewhere).add("new")
    assert keys.holder(old)
    (elsewhere / FILE).replace(tmp_path / FILE)
    assert keys.holder(old) is None
    assert keys.holder(new)


def test_a_newer_format_is_refused_by_name(tmp_path: Path) -> None:
    Keys(tmp_path).add("wire")
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("PRAGMA user_version=99")
    with pytest.raises(LibraryError, match="update Pullquote"):
        Keys(tmp_path).listed()


def test_the_list_shows_whose_they_are_and_nothing_secret(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    assert "pullquote key add" in render(keys.listed())
    desk, token = keys.add("City desk", Scope.WRITE, 30)
    wire, _ = keys.add("wire")
    keys.revoke(wire.id)
    header, *lines = render(keys.listed()).splitlines()
    assert header.split()[:3] == ["ID", "NAME", "SCOPE"]
    assert re.fullmatch(rf"{desk.id}  City desk  write  30 +{desk.created[:10]}", lines[0])
    assert re.fullmatch(rf"{wire.id}  wire +read +600 +\d{{4}}-\d\d-\d\d +\d{{4}}-\d\d-\d\d", lines[1])
    assert token not in render(keys.listed())


# limits


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_a_minutes_worth_at_once_and_then_as_it_fills() -> None:
    clock = Clock()
    buckets = Buckets(clock)
    assert [buckets.take("a", 60) for _ in range(60)] == [0.0] * 60
    assert buckets.take("a", 60) == pytest.approx(1.0)
    assert buckets.take("b", 60) == 0.0
    clock.now += 0.5
    assert buckets.take("a", 60) == pytest.approx(0.5)
    clock.now += 0.5
    assert buckets.take("a", 60) == 0.0
    clock.now += 3600
    assert [buckets.take("a", 60) > 0 for _ in range(61)] == [False] * 60 + [True]


@settings(deadline=None)
@given(st.integers(1, 1000), st.lists(st.floats(0, 100), max_size=200))
def test_no_more_than_its_rate_passes_and_a_wait_is_never_in_vain(rate: int, steps: list[float]) -> None:
    clock, passed = Clock(), 0
    buckets = Buckets(clock)
    for step in steps:
        clock.now += step
        wait = buckets.take("a", rate)
        passed += not wait
        if wait:
            clock.now += wait * (1 + 1e-9)
            assert buckets.take("a", rate) < 1e-6
            passed += 1
    assert passed <= rate + clock.now * rate / 60 + 1e-3 * (passed + 1)


def test_names_that_are_long_unused_are_forgotten() -> None:
    buckets = Buckets(Clock(), kept=3)
    for name in "abcabcd":
        buckets.take(name, 2)
    assert [buckets.take(name, 2) > 0 for name in "bcd"] == [True, True, False]
    assert buckets.take("a", 2) == 0.0


def test_what_is_under_way_is_counted_and_forgotten() -> None:
    under_way = UnderWay()
    with under_way.one("a"), under_way.one("a"), under_way.one("b"):
        assert (under_way.count("a"), under_way.count("b"), under_way.count("c")) == (2, 1, 0)
    assert under_way.count("a") == 0
    assert not under_way._counts
