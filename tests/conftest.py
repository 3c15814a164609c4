"""What many tests stand on: a toy encoder, a small library, an engine over it."""

from pathlib import Path

import pytest
from hypothesis import settings

from index.article import Article
from index.library import Library
from qa.confidence import Calibration
from qa.engine import Engine
from qa.open import open_library
from tests.command import pullquote
from tests.toy import ToyEncoder, ToyRanker, toy_library

ROOT = Path(__file__).parents[1]
settings.register_profile("patient", deadline=None)  # how long an example takes tells of the machine
settings.register_profile("quick", deadline=None, max_examples=20)  # `make quick`
settings.load_profile("patient")

BEES = Article(
    "bees.txt",
    "Bees buzz at dawn. The keeper counted 40,000 bees in May.\nShe sold nine jars of honey to the baker.",
    "Bees of the valley",
    source="The Valley Post",
    published_at="2024-05-02",
)
SHIP = Article(
    "news/ship.txt",
    "A container ship blocked the canal for six days. Tugs freed the vessel on Monday. Nobody was hurt.",
    "Ship freed",
    source="Harbour Wire",
    published_at="2021-03-29",
    url="https://example.org/ship",
)


@pytest.fixture
def toy_encoder() -> ToyEncoder:
    return ToyEncoder()


@pytest.fixture
def library(tmp_path: Path, toy_encoder: ToyEncoder) -> Library:
    """A library of two articles, `bees.txt` and `news/ship.txt`."""
    return toy_library(tmp_path / "library", toy_encoder, [BEES, SHIP])


@pytest.fixture
def engine(library: Library, toy_encoder: ToyEncoder) -> Engine:
    return Engine(library, toy_encoder, ToyRanker(), Calibration(score=1.0, intercept=-2.0, threshold=0.5))


@pytest.fixture(scope="session")
def sample_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample articles indexed by the real command with the real model, once a session. Do not write to it."""
    folder = tmp_path_factory.mktemp("sample") / "library"
    done = pullquote("index", ROOT / "data" / "articles", library=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def sample_engine(sample_library: Path) -> Engine:
    """The real engine over the sample library."""
    return open_library(sample_library)
