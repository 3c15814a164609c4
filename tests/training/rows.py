"""A mined question, a recipe that asks it as it stands, and chance by a seed."""

import random

from training.lists import Settings

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


def chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 (a sample)
