"""The tests. What fails in what they share is told in full, as in the tests themselves."""

import pytest

pytest.register_assert_rewrite("tests.e2e.visit", "tests.e2e.killing", "tests.index.damage", "tests.qa.door")
