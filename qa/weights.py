"""The ranker that comes with Pullquote: its weights, what was fitted beside them, and the check that they belong."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.digests import digest_of_file, digest_of_json
from index.encode import default_folder, precision
from index.errors import ModelError
from index.memory import keep_freed_memory, no_more_than_there_is
from qa.confidence import Calibration
from qa.cross import AT_ONCE, BEHIND, READ, UNREAD, CrossRanker, Mix
from qa.linear import ASKS
from qa.retrieve import CANDIDATES

if TYPE_CHECKING:
    from qa.reading import Reader

WEIGHTS = Path(__file__).with_name("ranker.safetensors")
FITTED = Path(__file__).with_name("ranker.json")
_MEND = "run `pip install --force-reinstall pullquote`, or `git checkout qa` in a clone"


@dataclass(frozen=True, slots=True)
class Fitted:
    """What training/make_ranker.py wrote beside the weights."""

    sha256: str
    mix: Mix
    calibration: Calibration


def fitted(file: Path = FITTED) -> Fitted:
    """Raises `ModelError` where the file is missing or not what this version reads."""
    try:
        found = json.loads(file.read_text("utf-8"))
        calibration = Calibration.from_json(found["calibration"])
        return Fitted(found["sha256"], Mix(**found["mix"]), calibration)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{file} cannot be read ({error}): {_MEND}") from error


def ranker_of(ready: Fitted, weights: Path = WEIGHTS) -> CrossRanker:
    """The ranker; its weights are read and checked when the first question is ranked."""
    return CrossRanker(ranker_name(ready.sha256, ready.mix), lambda: load_reader(weights, ready.sha256), ready.mix)


def ranker_name(sha256: str, mix: Mix) -> str:
    """What the ranker with weights of this digest, mixed so, is called: its scores are no other's."""
    told = [sha256, asdict(mix), ASKS, CANDIDATES, READ, BEHIND, AT_ONCE, UNREAD]
    return f"cross {digest_of_json(told)[:12]}"


def load_reader(weights: Path, sha256: str) -> "Reader":
    """The network over these weights; raises `ModelError` unless they have this digest."""
    try:
        found = digest_of_file(weights)
    except OSError as error:
        raise ModelError(f"the ranker's weights cannot be read: {error.strerror}: {weights}: {_MEND}") from error
    if found != sha256:
        raise ModelError(
            f"{weights} are not the ranker's weights (SHA-256 {found[:12]}, expected {sha256[:12]}): {_MEND}"
        )
    with no_more_than_there_is():
        return _reader(weights)


def _reader(weights: Path) -> "Reader":
    from qa.network import load_network
    from qa.pair import PairTokenizer
    from qa.reading import Reader

    keep_freed_memory()
    folder = default_folder()
    network = load_network(weights, folder / "model.safetensors")
    network = network.for_computing(precision())
    return Reader(network, PairTokenizer(folder / "tokenizer.json"))
