"""The read side: question → hits → ranked sentences → confidence → cited answer, and the doors to it."""

from qa.answer import Answer, Status
from qa.citation import Citation
from qa.engine import Engine
from qa.open import open_library

__all__ = ["Answer", "Citation", "Engine", "Status", "open_library"]
