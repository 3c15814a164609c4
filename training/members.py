"""The ranker's network is a mean: of two trained side by side on different views of the data, and of earlier ones.

Networks that start from the same weights end close enough to one another for the mean of their weights to be a network
too, and one that errs less than either (Wortsman et al., Model soups, 2022). They differ in what they are asked: the
first questions as they are typed, with fewer of their answer's words, and about other things, the second as they stand.
The networks of earlier recipes start from the same weights too: they take part as they lie in the project's history.
"""

import json
import multiprocessing
import re
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors.torch import load_file

from index.digests import digest_of_file
from index.encode import default_folder
from qa.network import Network
from qa.pair import PairTokenizer
from training.lists import Settings
from training.sets import lines_of
from training.train_ranker import save_weights, start_from, train

MEMBERS = (
    Settings(),
    Settings(
        seed=1,
        unanswerable=0.15,
        layer_decay=1.0,
        dropout=0.0,
        linear=None,
        another=0.0,
        typed=0.0,
        other_words=0.0,
        repeats=(("selqa-dev", 2), ("selqa-test", 2)),
    ),
)


# The head after each layer but the last, which the networks of the first recipe had.
_EXIT = re.compile(r"relevance\.[0-4]\.")


def train_members(
    mined: Path, weights: Path, earlier: Sequence[Path] = (), members: Sequence[Settings] = MEMBERS
) -> None:
    """Writes the mean of the members and of the `earlier` networks to `weights`, and beside it each member and its log.

    A core for each: one torch thread of each takes an eighth less time than two threads of one after the other.
    """
    files = [weights.with_name(f"member-{number}.safetensors") for number in range(len(members))]
    started = time.monotonic()
    with ProcessPoolExecutor(len(members), multiprocessing.get_context("spawn")) as pool:
        steps = list(pool.map(_train_member, [mined] * len(members), files, members))
    save_mean([*files, *earlier], weights)
    told = {
        "earlier": [digest_of_file(file) for file in earlier],
        "members": [asdict(one) | {"steps": taken} for one, taken in zip(members, steps, strict=True)],
        "minutes": round((time.monotonic() - started) / 60),
    }
    weights.with_name("train.json").write_text(json.dumps(told), "utf-8")


def _train_member(mined: Path, file: Path, settings: Settings) -> int:
    """The number of steps."""
    torch.set_num_threads(1)
    torch.manual_seed(settings.seed)
    network, folder = Network(), default_folder()
    start_from(network, folder / "model.safetensors")
    with file.with_suffix(".log").open("w", encoding="utf-8", buffering=1) as log:
        tokenizer = PairTokenizer(folder / "tokenizer.json")
        steps = train(list(lines_of(mined)), network, tokenizer, settings, lambda line: print(line, file=log))
    save_weights(network, file)
    return steps


def save_mean(files: Sequence[Path], out: Path) -> None:
    """The mean of several networks' weights as one network's. Their tensors have the same names and shapes."""
    parts = [_load(file) for file in files]
    network = Network()
    mean = {name: torch.stack([part[name].float() for part in parts]).mean(dim=0) for name in parts[0]}
    missing, unexpected = network.load_state_dict(mean, strict=False)
    if unexpected or set(missing) - {"words.weight"}:
        raise ValueError(f"the members are no networks of this kind: {unexpected or missing}")
    save_weights(network, out)


def _load(file: Path) -> dict[str, torch.Tensor]:
    """A network's weights, by the names that they have now."""
    tensors = load_file(file)
    return {n.replace("relevance.5.", "relevance."): tensor for n, tensor in tensors.items() if not _EXIT.match(n)}
