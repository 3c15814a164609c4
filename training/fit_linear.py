"""Fits the weights of the first ranker and of its confidence. Deterministic: the same folder gives the same numbers.

    python -m training.fit_linear TRAINING_DIR [--library DIR]

TRAINING_DIR holds the sets of `SETS`, each with `articles.jsonl` and `questions.jsonl`. Their articles make one library
(kept in `--library`, else made anew in a temporary folder), the questions are asked of it through the real retrieval,
and the weights are those under which the right sentences of a question's candidates are likeliest (a softmax over the
candidates, each kind of set counting the same). The confidence is a logistic over the best sentence's log-probability
among the candidates, its cosine and what it lacks of the question's names and numbers. Each question counts twice: as
it is, and made unanswerable by leaving out the right articles (every other question) or only the right sentences (the
rest: the subject is there, the answer is not). One of four is asked about another name, number, month or direction too.
"""

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]

from index.article import Span
from index.encode import load_encoder
from index.truth import Truth
from qa.linear import Features, features_of, kind_asked
from qa.query import Query, make_query
from qa.retrieve import CANDIDATES, Candidate, retrieve
from qa.signs import lacking
from training.asked import OTHERS, names_in, of_another
from training.mine import LOOKED_AT, is_right
from training.sets import lines_of, make_library

# Set → kind. Each kind has the same say: crowd questions written from a text, and those written for a search.
SETS = {"selqa-dev": "selqa", "selqa-test": "selqa", "squad-train-slice": "squad"}
FEATURES = tuple(field.name for field in fields(Features))
QUESTIONS = 3000  # at most so many a set, drawn with SEED
SEED = 0
PENALTY = 1e-3  # of the squared weights of standardised features
THRESHOLD = 0.4  # docs/decisions.md

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question's candidates: features float64[n, d], right and of_right_article bool[n], and lacking float64[n]."""

    kind: str
    seen: Floats
    right: NDArray[np.bool_]
    of_right_article: NDArray[np.bool_]
    lacking: Floats

    def first(self, most: int) -> "Asked":
        """The same with at most so many candidates, as users have them."""
        return Asked(self.kind, self.seen[:most], self.right[:most], self.of_right_article[:most], self.lacking[:most])


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as scratch:
        asked, others = _ask_all(arguments.training, arguments.library or Path(scratch) / "library")
    weights, loss = fit_weights(asked)
    as_users_have, others_too = ([one.first(CANDIDATES) for one in some] for some in (asked, others))
    confidence = fit_confidence(as_users_have, others_too, weights)
    firsts = [bool(a.right[np.argmax(a.seen @ weights)]) for a in asked]
    _say(f"# {len(asked)} questions, {np.mean([a.right.any() for a in asked]):.3f} with a right candidate")
    _say(f"# loss {loss:.4f}, hit@1 {np.mean(firsts):.3f}")
    _say("WEIGHTS = Features(" + ", ".join(f"{n}={w:.3f}" for n, w in zip(FEATURES, weights, strict=True)) + ")")
    _say(
        f"DEFAULT = Calibration(threshold={THRESHOLD}, "
        + ", ".join(f"{n}={v:.3f}" for n, v in confidence.items())
        + ")"
    )


def fit_weights(asked: Sequence[Asked]) -> tuple[Floats, float]:
    """Weights float64[d] of the raw features, and the mean negative log-likelihood of a right sentence."""
    useful = [a for a in asked if a.right.any() and not a.right.all()]
    kinds = Counter(a.kind for a in useful)
    scale: Floats = np.concatenate([a.seen for a in useful]).std(axis=0) + 1e-6

    def objective(w: Floats) -> tuple[float, Floats]:
        loss, slope = PENALTY * float(w @ w), 2 * PENALTY * w
        for one in useful:
            share = 1 / (len(kinds) * kinds[one.kind])
            seen = one.seen / scale
            scores = seen @ w
            chances, wanted = _softmax(scores), _softmax(np.where(one.right, scores, -np.inf))
            loss -= share * float(np.log(chances[one.right].sum() + 1e-300))
            slope = slope + share * (chances - wanted) @ seen
        return loss, slope

    found = minimize(objective, np.zeros(len(scale)), jac=True, method="L-BFGS-B")
    return found.x / scale, float(found.fun)


def fit_confidence(asked: Sequence[Asked], others: Sequence[Asked], weights: Floats) -> dict[str, float]:
    """The logistic's coefficients, by name; `others` are asked about another thing."""
    every = [(one, np.ones(len(one.right), dtype=bool)) for one in (*asked, *others)]
    every += [(one, ~one.of_right_article if number % 2 else ~one.right) for number, one in enumerate(asked)]
    rows, right = [], []
    for one, kept in every:
        if not kept.any():
            continue
        scores = one.seen[kept] @ weights
        best = int(np.argmax(scores))
        cosine = one.seen[kept][best, FEATURES.index("cosine")]
        rows.append([1.0, np.log(_softmax(scores)[best]), cosine, one.lacking[kept][best]])
        right.append(bool(one.right[kept][best]))
    seen, sign = np.array(rows), np.where(right, 1.0, -1.0)

    def objective(w: Floats) -> tuple[float, Floats]:
        margin = sign * (seen @ w)
        slope = -(sign / (1 + np.exp(margin))) @ seen / len(sign)
        return float(np.logaddexp(0, -margin).mean()), slope

    found = minimize(objective, np.zeros(4), jac=True, method="L-BFGS-B")
    return dict(zip(("intercept", "log_chance", "cosine", "lacking"), map(float, found.x), strict=True))


def _softmax(scores: Floats) -> Floats:
    raised: Floats = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum())


def _ask_all(training: Path, folder: Path) -> tuple[list[Asked], list[Asked]]:
    """The questions as they are, and one of four about another thing."""
    encoder = load_encoder()
    chance = random.Random(SEED)  # noqa: S311 (a sample)
    asked: list[Asked] = []
    others: list[Asked] = []
    with make_library(folder, training, SETS, encoder).reading() as (snapshot, truth):

        def ask(kind: str, question: str, evidence: Sequence[tuple[int | None, Span]], among: list[Asked]) -> None:
            query = make_query(question, snapshot.lexical)
            if candidates := retrieve(snapshot, truth, query, encoder, most=LOOKED_AT):
                among.append(_judged(kind, query, candidates, evidence))

        for name, kind in SETS.items():
            questions = _questions(training / name)
            names = [one for question in questions for one in names_in(question["question"])]
            for number, question in enumerate(questions):
                ask(kind, question["question"], _evidence(truth, name, question), asked)
                some = chance.sample(names, min(OTHERS, len(names)))
                if number % 4 == 0 and (other := of_another(question["question"], some, "", chance)):
                    ask(kind, other, (), others)
    return asked, others


def _seen(query: Query, candidates: Sequence[Candidate]) -> Floats:
    holds_kind = kind_asked(query.text)
    return np.array([astuple(features_of(query, c, holds_kind)) for c in candidates], dtype=np.float64)


def _judged(
    kind: str, query: Query, candidates: Sequence[Candidate], evidence: Sequence[tuple[int | None, Span]]
) -> Asked:
    bodies = {body for body, _ in evidence}
    right = np.array([is_right(candidate, evidence) for candidate in candidates])
    of_right_article = np.array([c.body.number in bodies for c in candidates])
    return Asked(
        kind, _seen(query, candidates), right, of_right_article, np.array([lacking(query, c) for c in candidates])
    )


def _questions(folder: Path) -> list[dict[str, Any]]:
    rows = list(lines_of(folder / "questions.jsonl"))
    chosen = sorted(random.Random(SEED).sample(range(len(rows)), min(QUESTIONS, len(rows))))  # noqa: S311 (a sample)
    return [rows[i] for i in chosen]


def _evidence(truth: Truth, name: str, question: dict[str, Any]) -> list[tuple[int | None, Span]]:
    """By stored text, not by id: two sets may hold the same article."""
    return [(truth.body_of(f"{name}/{e['article_id']}"), Span(e["start"], e["end"])) for e in question["evidence"]]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("training", type=Path, help="the folder that holds the training sets")
    parser.add_argument("--library", type=Path, help="where the library of the training articles is kept")
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
