"""The ranker's network: six BERT layers over (question, title, sentence), a relevance logit and a span.

The word embeddings are the encoder's own, frozen and read from its package; everything else is ours, and starts from
the encoder's layers.
"""

from pathlib import Path

from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from index.bert import WIDTH, Bert


class Network(Bert):
    """`relevance` is a logit of a text's first token, `span` the answer's ends."""

    def __init__(self) -> None:
        super().__init__()
        self.words.weight.requires_grad_(False)
        self.relevance = nn.Linear(WIDTH, 1)
        self.span = nn.Linear(WIDTH, 2)

    def own_state(self) -> dict[str, Tensor]:
        """All weights but the frozen word embeddings."""
        return {name: tensor for name, tensor in self.state_dict().items() if not name.startswith("words.")}


def load_network(own: Path, encoder: Path) -> Network:
    """The network of our own weights over the word embeddings of the encoder's; in float32, both in safetensors."""
    weights = {name: tensor.float() for name, tensor in load_file(own).items()}
    with safe_open(encoder, "pt") as file:  # of its 90 MB only the words are read
        words = file.get_tensor("embeddings.word_embeddings.weight").float()
    network = Network()
    network.load_state_dict({**weights, "words.weight": words}, assign=True)
    return network
