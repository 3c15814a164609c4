"""What is in a library, and is it sound?"""

from pathlib import Path
from typing import Any

import numpy as np

from index import dense, schema
from index.errors import PullquoteError
from index.library import Library


def examine(folder: Path) -> dict[str, Any]:
    """A report on the library in `folder`: its state, counts and manifest, and `problems`, empty where it is sound.

    A view that was behind or missing has been mended by the time this returns, as on any opening.
    """
    report: dict[str, Any] = {"library": str(folder), "sound": True, "problems": []}
    if not (folder / schema.FILE).exists():
        return report | {"state": "empty: nothing was ever indexed here"}
    try:
        library = Library(folder)
        report |= {"state": "open", "manifest": library.manifest, **_contents(library)}
        report["problems"] = [*library.check(), *_view_problems(library)]
    except PullquoteError as error:
        report["problems"] = [str(error)]
    return report | {"sound": not report["problems"]}


def _contents(library: Library) -> dict[str, Any]:
    with library.reading() as (snapshot, truth):
        return {
            "generation": truth.generation,
            "sha256": truth.articles_digest(),
            **truth.counts(),
            "sources": len(truth.sources()),
            "dates": truth.dates(),
            "views": {
                "dense": {"passages": len(snapshot.dense), "in_base_file": int(snapshot.dense.base.ntotal)},
                "lexical": {"sentences": len(snapshot.lexical)},
            },
        }


def _view_problems(library: Library) -> list[str]:
    """Where a view holds other than what the truth says (the truth itself having been found sound)."""
    with library.reading() as (snapshot, truth):
        problems = []
        if len(snapshot.lexical) != truth.counts()["sentences"]:
            problems.append(f"the Tantivy view holds {len(snapshot.lexical)} sentences: delete the folder `lexical` in it")
        held = np.fromiter(dense.keys_of(snapshot.dense), dtype=np.int64)
        if not np.array_equal(np.sort(held), np.array(truth.passage_keys(), dtype=np.int64)):
            problems.append("the FAISS view holds other passages than the truth: delete `dense.json` in it")
        return problems


def render(report: dict[str, Any]) -> str:
    """The report in lines that a person reads."""
    lines = [f"library   {report['library']}", f"state     {report.get('state', 'cannot be opened')}"]
    if "articles" in report:
        dates = " to ".join(report["dates"]) if report["dates"] else "undated"
        lines += [
            f"holds     {report['articles']} articles ({report['texts']} texts) of {report['sources']} outlets, {dates}",
            f"          {report['sentences']} sentences, {report['passages']} passages",
            f"model     {report['manifest']['model']} ({report['manifest']['model_sha256'][:12]})",
            f"at        generation {report['generation']}, sha256 {report['sha256'][:12]}",
        ]
    lines += [f"problem   {problem}" for problem in report["problems"]]
    return "\n".join([*lines, "sound" if report["sound"] else "NOT sound"])
