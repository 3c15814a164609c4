"""The locks hold what pyproject.toml asks for, each by hash, and say nothing of where it came from."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
WANTED = {
    "requirements.lock": PROJECT["dependencies"],
    "requirements-dev.lock": PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"],
}
PINNED = re.compile(r"([a-z0-9][a-z0-9.-]*)==(\S+)(?: ; [^\\]+)? \\")


def pinned(lock: str) -> dict[str, set[str]]:
    """The versions of each package; more than one where machines or Pythons differ."""
    versions: dict[str, set[str]] = {}
    for line in (ROOT / lock).read_text("utf-8").splitlines():
        if found := PINNED.fullmatch(line):
            versions.setdefault(found[1], set()).add(found[2])
    return versions


@pytest.mark.parametrize("lock", WANTED)
def test_what_is_asked_for_is_locked_within_its_range(lock: str) -> None:
    """`make lock` renews them."""
    versions = pinned(lock)
    for text in WANTED[lock]:
        wanted = Requirement(text)
        name = canonicalize_name(wanted.name)
        if name != "torch":  # its build differs by machine: constraints.txt pins the version
            assert versions.get(name), f"{text} is not in {lock}: run `make lock`"
            assert all(wanted.specifier.contains(Version(version)) for version in versions[name]), text


@pytest.mark.parametrize("lock", WANTED)
def test_every_file_is_known_by_its_hash_and_by_nothing_else(lock: str) -> None:
    lines = (ROOT / lock).read_text("utf-8").splitlines()
    assert len(pinned(lock)) > 100
    for line in lines:
        assert (
            line.startswith("#")
            or PINNED.fullmatch(line)
            or re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line)
        )
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        assert not PINNED.fullmatch(line) or following.startswith("    --hash=")
    assert not {"torch", "triton"} & set(pinned(lock))
    assert not any(name.startswith(("nvidia-", "cuda-")) for name in pinned(lock))


def test_the_tests_run_on_what_is_served() -> None:
    run, dev = (pinned(lock) for lock in WANTED)
    assert {name: dev.get(name) for name in run} == run
