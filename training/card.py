"""The model card of the ranker, written with its weights."""

import json
from typing import Any

from training.sets import KEPT_BACK, SETS

_CARD = """# The ranker's model card

A cross-encoder of six layers and 384 dimensions that reads a question, an article's title and a sentence of it, and
gives a logit (above 0: the sentence answers) and the answer's span in the sentence. Made by `training/make_ranker.py`.

- **Weights**: `ranker.safetensors`, float16, SHA-256 `{sha256}`. The word embeddings are not in it: they are those of
  all-MiniLM-L6-v2 (Apache-2.0), frozen, read from the encoder's own package; the layers start from that model too.
- **Licence**: CC BY-SA 4.0, as some of the training data is. (The code is Apache-2.0.)
- **Use**: ordering the sentences that retrieval found for a question in English. It is not a judge of truth: it tells
  whether a sentence says something that answers, not whether that is so.

## Data

| set | licence | questions drawn | share of articles kept back |
|---|---|---|---|
{data}

From SQuAD 1.1 (Rajpurkar et al., 2016; Wikipedia), SelQA (Jurczyk et al., 2016; Wikipedia) and QAMR (Michael et al.,
2018; Wikipedia and Wikinews). A question of QAMR is used only where retrieval finds its sentence among the first five:
most of the others make sense only with the sentence in view. Wrong sentences of a list come from the project's own
hybrid retrieval over all the articles, and from beside the right one; those that hold the answer's words are left out.
No news but Wikinews is in it. What stands in for the rest: a tenth of the questions are asked "this week", "on Tuesday"
and the like, and one sentence in twenty opens with a made-up dateline. No evaluation set was used.

## Training

The weights are the mean of several networks' (Wortsman et al., Model soups, 2022), all from the same start. Two were
trained side by side, in {minutes} minutes on two cores. The first learns what is to be added to the linear ranker's
score; two fifths of its questions are put as one types them to a search, a quarter lose some of the words that their
right sentence has, and some are asked about another name, number, month or direction, so that nothing in their list
answers. The second takes the questions as they stand, and its logit has all of the loss.

The others are those of earlier recipes, trained on the same questions; `make ranker` takes their weights out of the
project's history. Their files' SHA-256:

{earlier}

{members}

Fitted afterwards on {questions} questions whose articles the network never saw: how its logit mixes with the linear
ranker's score, and the confidence.

```json
{fitted}
```

## Limits

English only. Encyclopaedic prose and short wire news of before 2018; quotations, tables, live blogs and headlines are
outside its experience. It reads one sentence and a title: what the sentence before would explain (who "he" is) it does
not see. Names it has never read are told apart by their letters only. Like its data it knows some people and places
far better than others. Measures on held-out sets: `docs/quality.md`.
"""
_LICENCES = {
    "selqa-dev": "Apache-2.0",
    "selqa-test": "Apache-2.0",
    "squad-train-slice": "CC BY-SA 4.0",
    "qamr": "MIT",
}


def card(fitted: dict[str, Any], told: dict[str, Any]) -> str:
    """The card as Markdown. `told` is what `training.members.train_members` wrote of its work."""
    rows = [f"| `{name}` | {_LICENCES[name]} | {n:,} | {KEPT_BACK[name]:.0%} |" for name, n in SETS.items()]
    parts = {key: fitted[key] for key in ("mix", "calibration")}
    return _CARD.format(
        sha256=fitted["sha256"],
        data="\n".join(rows),
        minutes=told["minutes"],
        earlier="\n".join(f"- `{sha256}`" for sha256 in told["earlier"]),
        members="\n\n".join(_member(settings) for settings in told["members"]),
        questions=fitted["kept_back"]["questions"],
        fitted=json.dumps(parts, indent=1),
    )


def _member(settings: dict[str, Any]) -> str:
    lists = settings["steps"] * settings["lists"]
    return f"{lists:,} lists in {settings['steps']:,} steps:\n\n```json\n{json.dumps(settings, indent=1)}\n```"
