"""The sample articles as a library, for what is measured without an evaluation set."""

from pathlib import Path

from index.library import Library
from index.read import read_files
from index.update import index_articles
from qa.open import default_encoder, sample_articles

SAMPLE_QUESTIONS = Path(__file__).parents[1] / "data" / "questions.csv"


def sample_library(folder: Path) -> Path:
    """The folder of a new library of the sample articles, made in `folder`."""
    encoder = default_encoder()
    library = Library.create(folder / "library", encoder)
    index_articles(library, encoder, read_files([sample_articles()]))
    library.close()
    return library.folder
