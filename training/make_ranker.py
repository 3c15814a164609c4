"""Makes the ranker: its weights, what is fitted beside them, and its model card. Two hours on two cores.

    python -m training.make_ranker TRAINING_DIR [--earlier FILE …] [--work DIR] [--out DIR]

TRAINING_DIR holds the sets of `training.sets.SETS`, each with `articles.jsonl` and `questions.jsonl`. What takes long
(the library, the mined candidates, the trained weights) stays in `--work` and is not made twice. `--earlier` are the
weights of networks that take part in the mean; `make ranker` takes them out of the project's history.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from index.digests import digest_of_file
from index.encode import Encoder, load_encoder
from index.library import Library
from qa.confidence import Calibration
from qa.weights import FITTED, WEIGHTS, load_reader, ranker_name
from training.card import card
from training.fit_ranking import Asked, ask_all, ask_others, fit_confidence, fit_mix, ranker_over
from training.members import train_members
from training.mine import mine
from training.sets import SETS, Row, make_library, rows

SEED = 0  # of which questions are drawn
THRESHOLD = 0.6  # a compromise between precision and answering at all: docs/quality.md


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as scratch:
        work: Path = arguments.work or Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        _make(arguments.training, arguments.earlier, work, arguments.out)


def _make(training: Path, earlier: Sequence[Path], work: Path, out: Path) -> None:
    encoder = load_encoder()
    asked = rows(training, SEED)
    library = make_library(work / "library", training, SETS, encoder)
    mined, weights = work / "mined.jsonl", work / "ranker.safetensors"
    if not mined.exists():
        mine([row for row in asked if not row.kept_back], work / "library", mined)
    if not weights.exists():
        train_members(mined, weights, earlier)
    fitted = _fit(asked, library, encoder, weights)
    told = json.loads(weights.with_name("train.json").read_text("utf-8"))
    shutil.copyfile(weights, out / WEIGHTS.name)
    (out / FITTED.name).write_text(json.dumps(fitted, indent=1) + "\n", "utf-8")
    (out / "ranker.md").write_text(card(fitted, told), "utf-8")


def _fit(asked: Sequence[Row], library: Library, encoder: Encoder, weights: Path) -> dict[str, Any]:
    sha256 = digest_of_file(weights)
    reader = load_reader(weights, sha256)
    kept, others = (list(ask(asked, library, encoder, reader)) for ask in (ask_all, ask_others))
    mix = fit_mix(kept)
    name = ranker_name(sha256, mix)
    start = Calibration(threshold=THRESHOLD, intercept=0.0, name="default", ranker=name, model_sha256=encoder.digest)

    def ranker(one: Asked) -> Any:
        return ranker_over(one, name, mix)

    calibration = fit_confidence(kept, others, library, ranker, start)
    return {
        "sha256": sha256,
        "mix": asdict(mix),
        "calibration": calibration.to_json(),
        "kept_back": {"questions": len(kept)},
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("training", type=Path, help="the folder that holds the training sets")
    parser.add_argument("--earlier", type=Path, nargs="*", default=[], help="weights that take part in the mean")
    parser.add_argument("--work", type=Path, help="where the steps keep what they made")
    parser.add_argument("--out", type=Path, default=WEIGHTS.parent, help="where the result goes (default: the package)")
    return parser.parse_args()


if __name__ == "__main__":
    if "MALLOC_TRIM_THRESHOLD_" not in os.environ:
        # Freed memory is kept: tensors of many shapes come and go, and page faults took a tenth of the time.
        kept = dict.fromkeys(("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TOP_PAD_"), "1000000000")
        os.execve(sys.executable, [sys.executable, "-m", "training.make_ranker", *sys.argv[1:]], os.environ | kept)  # noqa: S606
    main()
