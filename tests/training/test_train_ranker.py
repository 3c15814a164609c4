"""The recipe: where the network starts from, and that it learns."""

from dataclasses import replace

import pytest
import torch

from index.bert import Packed
from index.encode import default_folder
from qa.network import Network
from qa.pair import PairTokenizer
from tests.training.rows import PLAIN, ROW, chance
from training.lists import make_list
from training.train_ranker import Sums, loss_of, padded, start_from

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(0)
    network = Network()
    start_from(network, default_folder() / "model.safetensors")
    return network


def test_it_starts_as_the_encoder(network: Network, tokenizer: PairTokenizer) -> None:
    from transformers import BertModel

    encoder = BertModel.from_pretrained(default_folder()).eval()
    pairs = tokenizer.pairs("Who met whom?", [("Visit", "Ann met Bob in the old town hall."), ("", "It rained.")])
    batch = padded([(pair.ids, pair.question) for pair in pairs], torch.float32)
    with torch.inference_mode():
        ours = network.embed(batch.ids, batch.kinds, torch.arange(batch.ids.shape[1]))
        for layer in network.layers:
            ours = layer(ours, batch.mix)
        packed = network.read(Packed.of([pair.ids for pair in pairs], [pair.question for pair in pairs]))
        seen = (batch.mask[:, 0, 0] == 0).long()
        theirs = encoder(input_ids=batch.ids, token_type_ids=batch.kinds, attention_mask=seen).last_hidden_state
    for row, pair in enumerate(pairs):
        torch.testing.assert_close(ours[row, : len(pair.ids)], theirs[row, : len(pair.ids)], atol=1e-4, rtol=1e-4)
    ends = torch.cat([theirs[row, : len(pair.ids)] for row, pair in enumerate(pairs)])
    torch.testing.assert_close(packed, ends, atol=1e-4, rtol=1e-4)


def test_it_learns_a_list(network: Network, tokenizer: PairTokenizer) -> None:
    made = make_list(ROW, tokenizer, PLAIN, chance(0))
    optimiser = torch.optim.AdamW([w for w in network.parameters() if w.requires_grad], lr=1e-4)
    losses = []
    for _ in range(12):
        loss = loss_of(network, [made], PLAIN, Sums())
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0] / 2


def test_what_the_linear_score_has_right_weighs_less(network: Network, tokenizer: PairTokenizer) -> None:
    made = make_list(ROW, tokenizer, PLAIN, chance(0))
    known, unknown = (replace(made, linear=(first, *made.linear[1:])) for first in (100.0, -100.0))
    with torch.no_grad():
        assert loss_of(network, [known], PLAIN, Sums()) < loss_of(network, [unknown], PLAIN, Sums())
