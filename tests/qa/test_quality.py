"""The quality gate: pinned floors on a slice of an evaluation set, whose digest is pinned too."""

import os
from pathlib import Path

import pytest

from index.encode import load_encoder
from qa.evaluation.evalset import EvalSet
from qa.evaluation.evaluate import judge_all, scratch_library
from qa.evaluation.measures import answering, ranking
from qa.open import engine_over

SET, SHA256 = "wikiqa-dev", "09771f8fad2bf7d3d1e7fbbee546bf586fe8fc9cae761964aa4e142df5a5cf70"
QUESTIONS = 150
# What is measured, less two questions: other processors round otherwise.
FLOORS = {"hit@1": 0.58, "hit@5": 0.90, "hit@10": 0.96, "mrr@10": 0.74, "auroc": 0.79}
CEILINGS = {"ece": 0.19}


@pytest.mark.slow
@pytest.mark.skipif("PULLQUOTE_EVAL_DIR" not in os.environ, reason="PULLQUOTE_EVAL_DIR is not set")
def test_quality_does_not_fall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULLQUOTE_CACHE", str(tmp_path))
    whole = EvalSet(Path(os.environ["PULLQUOTE_EVAL_DIR"]) / SET)
    assert whole.digest() == SHA256, "the floors were measured on another state of the set: measure them anew"
    monkeypatch.setattr(EvalSet, "questions", lambda self, every=EvalSet.questions: every(self)[:QUESTIONS])
    encoder = load_encoder()
    judged, _ = judge_all(engine_over(scratch_library(whole, encoder), encoder), whole)
    measures = ranking(judged) | answering(judged)
    for name, floor in FLOORS.items():
        assert measures[name] >= floor, measures
    for name, ceiling in CEILINGS.items():
        assert measures[name] <= ceiling, measures
