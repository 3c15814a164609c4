"""The mean of several networks is a network."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from index.encode import default_folder
from qa.network import Network, load_network
from training.members import MEMBERS, save_mean
from training.train_ranker import save_weights, start_from

pytestmark = pytest.mark.slow


def _member(seed: int, file: Path) -> Path:
    torch.manual_seed(seed)
    network = Network()
    start_from(network, default_folder() / "model.safetensors")
    save_weights(network, file)
    return file


def test_the_mean_of_members_is_a_network_of_their_mean_weights(tmp_path: Path) -> None:
    files = [_member(seed, tmp_path / f"{seed}.safetensors") for seed in range(2)]
    save_mean(files, tmp_path / "mean.safetensors")
    one, other, mean = (load_file(file) for file in (*files, tmp_path / "mean.safetensors"))
    assert set(mean) == set(one)
    assert not torch.equal(one["relevance.weight"], other["relevance.weight"])
    for name, tensor in mean.items():
        expected = ((one[name].double() + other[name].double()) / 2).to(torch.float16)
        torch.testing.assert_close(tensor, expected, rtol=1e-3, atol=1e-6)
    load_network(tmp_path / "mean.safetensors", default_folder() / "model.safetensors")


def test_a_network_of_the_first_recipe_takes_part_by_its_last_head(tmp_path: Path) -> None:
    file, earlier = _member(0, tmp_path / "0.safetensors"), tmp_path / "earlier.safetensors"
    tensors = load_file(file)
    heads = {f"relevance.{n}.{part}": torch.full((1,), float(n)) for n in range(5) for part in ("weight", "bias")}
    heads |= {f"relevance.5.{part}": tensors.pop(f"relevance.{part}") + 1 for part in ("weight", "bias")}
    save_file(tensors | heads, earlier)
    save_mean([file, earlier], tmp_path / "mean.safetensors")
    one, mean = load_file(file), load_file(tmp_path / "mean.safetensors")
    assert set(mean) == set(one)
    torch.testing.assert_close(
        mean["relevance.bias"].float(), one["relevance.bias"].float() + 0.5, rtol=1e-3, atol=1e-3
    )


def test_what_is_no_network_is_refused(tmp_path: Path) -> None:
    file = _member(0, tmp_path / "0.safetensors")
    tensors = load_file(file)
    save_file({name: tensors[name] for name in list(tensors)[1:]}, tmp_path / "less.safetensors")
    with pytest.raises(ValueError, match="no networks of this kind"):
        save_mean([tmp_path / "less.safetensors"], tmp_path / "mean.safetensors")
    assert not (tmp_path / "mean.safetensors").exists()


def test_members_differ_in_more_than_their_seeds() -> None:
    assert len({member.seed for member in MEMBERS}) == len(MEMBERS)
    assert len({(member.linear, member.typed, member.another) for member in MEMBERS}) == len(MEMBERS)
