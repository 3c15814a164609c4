"""The wheel works outside the clone: the command, the sample articles, the default library."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    return next(folder.glob("pullquote-*.whl"))


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's own files alone, put before everything else on the path."""
    folder = tmp_path_factory.mktemp("site")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder, wheel]
    subprocess.run(install, check=True, capture_output=True)
    return folder


def run(site: Path, home: Path, *arguments: str) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PULLQUOTE_")}
    environment |= {"PYTHONPATH": str(site), "HOME": str(home), "XDG_DATA_HOME": str(home / "data")}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_wheel_holds_the_program_and_the_sample_articles_only(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {"app.py", "index", "qa"} <= tops
    assert not tops & {"tests", "bench", "training", "docs", "data"}
    samples = {path.relative_to(ROOT / "data/articles").as_posix() for path in (ROOT / "data/articles").rglob("*.*")}
    assert {name.removeprefix("index/sample_articles/") for name in names if "sample_articles" in name} == samples
    assert any(name.startswith("qa/static/") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)


@pytest.mark.e2e
def test_the_wheel_indexes_and_answers_outside_the_clone(site: Path, tmp_path: Path) -> None:
    assert run(site, tmp_path, "-c", "import app; print(app.__file__)").strip() == str(site / "app.py")
    samples = run(site, tmp_path, "-c", "from qa.open import sample_articles; print(sample_articles())").strip()
    assert samples == str(site / "index" / "sample_articles")
    assert "20 added" in run(site, tmp_path, str(site / "bin" / "pullquote"), "index", samples)
    assert str(tmp_path / "data" / "pullquote" / "library") in run(
        site, tmp_path, str(site / "bin" / "pullquote"), "doctor"
    )
    assert "12.5 hours" in run(
        site,
        tmp_path,
        str(site / "bin" / "pullquote"),
        "ask",
        "How many hours did Webb need for its deep field picture?",
    )
