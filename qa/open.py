"""Opening a library for asking, with the models that come with Pullquote."""

import os
from pathlib import Path

from index.encode import DEFAULT_MODEL, Encoder, load_encoder
from index.library import Library
from qa.confidence import DEFAULT
from qa.engine import Engine
from qa.linear import LinearRanker
from qa.stored import in_force
from qa.weights import fitted, ranker_of

# Each by the sample article that answers it.
_SAMPLE_QUESTIONS = {
    "northern-ledger-kremlin-visit.txt": "When might Xi Jinping travel to Moscow, according to press reports?",
    "space/northern-ledger-moon-landing.docx": "At what time of day did India's lander reach the lunar surface?",
    "mw-2022-12-18-final": "Who scored the decisive kick for Argentina?",
    "mw-2021-03-29-suez": "How much sand was dug away to loosen the Ever Given?",
}


def default_encoder() -> Encoder:
    """The encoder of `$PULLQUOTE_MODEL` (a sentence-transformers name or folder), else all-MiniLM-L6-v2."""
    return load_encoder(os.environ.get("PULLQUOTE_MODEL") or DEFAULT_MODEL)


def default_folder() -> Path:
    """The library of `$PULLQUOTE_LIBRARY`, else `data/library` of the clone, else one in the user's data folder."""
    if named := os.environ.get("PULLQUOTE_LIBRARY"):
        return Path(named)
    if (root := clone_root()) is not None:
        return root / "data" / "library"
    from platformdirs import user_data_path

    return user_data_path("pullquote") / "library"


def sample_articles() -> Path:
    """The sample articles: the clone's own, or those that came with the wheel."""
    root = clone_root()
    return root / "data" / "articles" if root else Path(__file__).parents[1] / "index" / "sample_articles"


def sample_questions(library: Library) -> list[str]:
    """Questions to begin with, of those sample articles that are in the library."""
    with library.reading() as (_, truth):
        return [question for article_id, question in _SAMPLE_QUESTIONS.items() if truth.body_of(article_id) is not None]


def clone_root() -> Path | None:
    """The clone this code runs from, None where it is installed from a wheel."""
    root = Path(__file__).parents[1]
    return root if (root / "pyproject.toml").is_file() and (root / "data" / "articles").is_dir() else None


def engine_over(library: Library, encoder: Encoder, own_calibration: bool = True) -> Engine:
    """An engine with the ranker that comes with Pullquote, and with the library's own calibration where it has one."""
    ready = fitted()
    ranker = ranker_of(ready)
    calibration = in_force(library, ranker.name, ready.calibration) if own_calibration else ready.calibration
    return Engine(library, encoder, ranker, calibration, quick=(LinearRanker(), DEFAULT))


def open_library(folder: str | os.PathLike[str] | None = None) -> Engine:
    """Opens the library in `folder` (or the default one) for asking.

    Raises `LibraryMissing` where there is none, and the other errors of `index.errors` as they say.
    """
    encoder = default_encoder()
    return engine_over(Library(Path(folder) if folder is not None else default_folder(), encoder), encoder)
