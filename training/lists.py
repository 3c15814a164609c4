"""What the network is shown: a question's list of sentences, and the recipe by which lists are made and learnt from."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from qa.pair import Pair, PairTokenizer
from training.asked import as_typed, in_other_words, of_another, on_a_day


@dataclass(frozen=True, slots=True)
class Settings:
    """The recipe."""

    seed: int = 0
    steps: int = 2400
    lists: int = 8  # a step
    sentences: int = 8  # a list
    rate: float = 6e-5
    head_rate: float = 6e-4
    warm_up: float = 0.06  # of all steps
    decay: float = 0.01
    clip: float = 1.0
    layer_decay: float = 0.9  # of the rate, from each layer to the one below: what lies deep is the most general
    dropout: float = 0.05
    linear: float | None = 0.45  # of the linear score, beside the logit; None: the logit has all of the loss
    span_share: float = 0.3
    hard: int = 15  # wrong sentences are drawn from so many of the likeliest
    unanswerable: float = 0.12  # of the lists lose their right sentence
    another: float = 0.15  # of the others are asked about another thing: none of their sentences is right
    typed: float = 0.4  # of the questions are put as one types them
    other_words: float = 0.25  # of the questions lose some of the words that their right sentence has
    lost: float = 0.4  # of these words
    untitled: float = 0.1  # of the lists lose their titles
    on_a_day: float = 0.1  # of the questions are asked "this week" or the like
    dateline: float = 0.05  # of the sentences open as news do
    repeats: tuple[tuple[str, int], ...] = (("selqa-dev", 3), ("selqa-test", 3))


_DATELINES = (
    "LONDON (AP) — ",
    "WASHINGTON, Oct 5 (Reuters) - ",
    "BEIJING — ",
    "PARIS (AFP) - ",
    "Moscow: ",
    "(CNN) — ",
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A question's list: pairs, the linear ranker's score of each, which one is right (None: none of them), and its
    answer's first and last token."""

    pairs: tuple[Pair, ...]
    linear: tuple[float, ...]
    right: int | None
    answer: tuple[int, int] | None


def make_list(
    row: dict[str, Any], tokenizer: PairTokenizer, settings: Settings, chance: random.Random, names: Sequence[str] = ()
) -> Listed:
    """A question's sentences: the right one first (if it is kept), then wrong ones. `names` are those of others."""
    right = Sentence(row["title"], row["sentence"], row["score"])
    question, asked = _asked(row["question"], right, names, settings, chance)
    kept = asked and chance.random() >= settings.unanswerable
    texts = [right] if kept or not asked else []
    texts = (texts + _wrong(row, settings, chance))[: settings.sentences]
    if chance.random() < settings.untitled:
        texts = [one._replace(title="") for one in texts]
    lines = [chance.choice(_DATELINES) if chance.random() < settings.dateline else "" for _ in texts]
    pairs = tuple(tokenizer.pairs(question, [(t.title, line + t.text) for line, t in zip(lines, texts, strict=True)]))
    linear = tuple(one.score for one in texts)
    if not kept:
        return Listed(pairs, linear, None, None)
    return Listed(pairs, linear, 0, _tokens(pairs[0], row["answer"], len(lines[0])))


class Sentence(NamedTuple):
    """A sentence of a list, with its title and the linear ranker's score."""

    title: str
    text: str
    score: float


def _wrong(row: dict[str, Any], settings: Settings, chance: random.Random) -> list[Sentence]:
    bad = [Sentence(c[0], c[1], c[3]) for c in row["candidates"] if not c[2] and c[1] != row["sentence"]]
    likely, rest = bad[: settings.hard], bad[settings.hard :]
    near = [Sentence(row["title"], *one) for one in chance.sample(row["near"], min(1, len(row["near"])))]
    far = chance.sample(rest, min(1, len(rest)))
    hard = chance.sample(likely, min(settings.sentences - len(near) - len(far), len(likely)))
    wrong = hard + far + near
    chance.shuffle(wrong)
    return list({one[:2]: one for one in wrong}.values())


def _asked(
    question: str, right: Sentence, names: Sequence[str], settings: Settings, chance: random.Random
) -> tuple[str, bool]:
    """The question as it is asked this time, and whether it is still about the same thing."""
    other = of_another(question, names, right.text, chance) if chance.random() < settings.another else None
    asked = other or question
    if chance.random() < settings.on_a_day:
        asked = on_a_day(asked, chance)
    if other is None and chance.random() < settings.other_words:
        asked = in_other_words(asked, right.text, settings.lost, chance)
    return (as_typed(asked) if chance.random() < settings.typed else asked), other is None


def _tokens(pair: Pair, place: Sequence[int] | None, shift: int) -> tuple[int, int] | None:
    """The first and the last of the sentence's tokens that the answer touches, from the sentence's start."""
    if place is None:
        return None
    start, end = place[0] + shift, place[1] + shift
    inside = [n for n, (a, b) in enumerate(pair.offsets) if a < end and b > start]
    return (inside[0], inside[-1]) if inside and pair.offsets[-1][1] >= end else None
