"""What the tests of the training share."""

import pytest

from index.encode import default_folder
from qa.pair import PairTokenizer


@pytest.fixture(scope="session")
def tokenizer() -> PairTokenizer:
    return PairTokenizer(default_folder() / "tokenizer.json")
