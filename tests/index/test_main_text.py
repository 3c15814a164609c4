"""The main text of real pages, against what a person marked on them."""

import os
from pathlib import Path
from statistics import mean

import pytest

from bench.pages import gold_pages, ours, overlap

EVAL_DIR = os.environ.get("PULLQUOTE_EVAL_DIR")
HOSTILE = Path(EVAL_DIR or "").parent / "hostile"


def test_the_measure() -> None:
    assert overlap("bees came back", "bees came back") == (1, 1, pytest.approx(1))
    assert overlap("bees bees came home", "bees came back") == (0.5, pytest.approx(2 / 3), pytest.approx(4 / 7))
    assert overlap("", "bees").f1 == 0


@pytest.mark.skipif(EVAL_DIR is None or not HOSTILE.is_dir(), reason="there are no pages with gold bodies")
def test_the_main_text_of_real_pages() -> None:
    pages = list(gold_pages(HOSTILE))
    assert len(pages) == 60
    assert mean(overlap(ours(page), body).f1 for page, body in pages) >= 0.97  # .93 is asked for; .970 was measured
