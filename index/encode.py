"""Text to vectors. (Interface laid by the lead; the implementation is being written.)"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Encoder(Protocol):
    """Anything that turns texts into L2-normalised vectors."""

    @property
    def name(self) -> str: ...

    @property
    def digest(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Passages as `float32[n, dimension]`, in the order given."""
        ...

    def encode_question(self, question: str) -> NDArray[np.float32]:
        """One question as `float32[1, dimension]`: the same bits whatever is asked before or beside it."""
        ...
