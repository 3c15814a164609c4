"""The harnesses work: their seeds, and a few accidents to each, break nothing. `make fuzz` looks much longer."""

import importlib
import random

import pytest

from tests.fuzz.__main__ import TARGETS, timed
from tests.index.test_hostile import damaged


@pytest.mark.parametrize("target", TARGETS)
def test_seeds_and_accidents(target: str) -> None:
    module = importlib.import_module(f"tests.fuzz.{target}")
    chance = random.Random(5)  # noqa: S311 - the same accidents each time
    check = timed(module.check)
    for seed in module.SEEDS:
        module.check(seed)  # what is imported at the first has no part in the time of those after it
        for _ in range(20):
            check(damaged(seed, chance))
