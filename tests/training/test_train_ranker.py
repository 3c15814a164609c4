"""The recipe: what a list holds, where the network starts from, and that it learns."""

import random
from dataclasses import replace

import pytest
import torch

from index.bert import Packed
from index.encode import default_folder
from qa.network import Network
from qa.pair import PairTokenizer
from training.train_ranker import Settings, Sums, loss_of, make_list, padded, start_from

ROW = {
    "kind": "squad",
    "question": "How many days was the canal blocked?",
    "title": "Ship freed",
    "sentence": "A container ship blocked the canal for six days.",
    "score": 8.0,
    "answer": [39, 47],
    "near": [["Tugs freed the vessel on Monday.", 2.0]],
    "candidates": [
        ["Ship freed", "A container ship blocked the canal for six days.", True, 8.0],
        ["Canals", "For six days nothing passed.", True, 7.0],
        *([f"Title {n}", f"The canal number {n} was dug by hand.", False, 5.0 - n / 10] for n in range(30)),
    ],
}
PLAIN = Settings(unanswerable=0, another=0, typed=0, other_words=0, untitled=0, on_a_day=0, dateline=0)
NAMES = ["Greta Garbo"]


@pytest.fixture(scope="module")
def tokenizer() -> PairTokenizer:
    return PairTokenizer(default_folder() / "tokenizer.json")


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(0)
    network = Network()
    start_from(network, default_folder() / "model.safetensors")
    return network


def _chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 (a sample)


def test_a_list_opens_with_its_right_sentence_and_holds_no_other_that_answers(tokenizer: PairTokenizer) -> None:
    for seed in range(20):
        made = make_list(ROW, tokenizer, PLAIN, _chance(seed))
        assert made.right == 0
        assert len(made.pairs) == len(made.linear) == PLAIN.sentences
        assert made.linear[0] == 8
        right = tokenizer.pairs(ROW["question"], [(ROW["title"], ROW["sentence"])])[0]
        other = tokenizer.pairs(ROW["question"], [("Canals", "For six days nothing passed.")])[0]
        assert made.pairs[0] == right
        assert right not in made.pairs[1:]
        assert other not in made.pairs
        assert made.answer is not None
        spans = made.pairs[0].offsets[made.answer[0]], made.pairs[0].offsets[made.answer[1]]
        assert ROW["sentence"][spans[0][0] : spans[1][1]] == "six days"


def test_an_unanswerable_list_lacks_it(tokenizer: PairTokenizer) -> None:
    made = make_list(ROW, tokenizer, Settings(unanswerable=1.0), _chance(0))
    assert made.right is None
    assert made.answer is None


def test_a_list_asked_about_another_thing_has_no_right_sentence_and_keeps_what_was_right(
    tokenizer: PairTokenizer,
) -> None:
    row = ROW | {"question": "How many days was the canal blocked in March?"}
    made = make_list(row, tokenizer, replace(PLAIN, another=1.0), _chance(0), NAMES)
    assert made.right is None
    assert made.answer is None
    sentence = tokenizer.pairs("", [(ROW["title"], ROW["sentence"])])[0]
    assert made.pairs[0].ids[made.pairs[0].question :] == sentence.ids[sentence.question :]
    assert made.pairs[0].ids != tokenizer.pairs(row["question"], [(ROW["title"], ROW["sentence"])])[0].ids


def test_a_dateline_shifts_the_answer(tokenizer: PairTokenizer) -> None:
    made = make_list(ROW, tokenizer, replace(PLAIN, dateline=1.0), _chance(0))
    assert made.answer is not None
    plain = make_list(ROW, tokenizer, PLAIN, _chance(0))
    assert plain.answer is not None
    assert made.answer[0] > plain.answer[0]


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
    made = make_list(ROW, tokenizer, PLAIN, _chance(0))
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
    made = make_list(ROW, tokenizer, PLAIN, _chance(0))
    known, unknown = (replace(made, linear=(first, *made.linear[1:])) for first in (100.0, -100.0))
    with torch.no_grad():
        assert loss_of(network, [known], PLAIN, Sums()) < loss_of(network, [unknown], PLAIN, Sums())
