"""What is in a library, and is it sound?"""

from pathlib import Path
from typing import Any

import numpy as np

from index import check, dense, schema
from index.errors import LibraryBusy, PullquoteError
from index.library import Library
from index.manifest import read_manifest
from qa import terminal
from qa.phrases import counted
from qa.stored import kept

_UNKNOWN = (
    "manifest", "generation", "sha256", "articles", "texts", "sentences", "passages", "sources", "dates", "views",
)  # fmt: skip
# What a library leaves beside its truth: where these lie and the truth does not, it was lost.
_LEFT_BEHIND = (dense.HEADER, "lexical", schema.FILE + "-wal")


def examine(folder: Path) -> dict[str, Any]:
    """A report on the library in `folder`: its state, counts and manifest, and `problems`, empty where it is sound.

    Every key is always there; what is not known is null. A view that was behind or missing has been mended by the
    time this returns, as on any opening.
    """
    report: dict[str, Any] = {"library": str(folder), "state": "open", "sound": True, "problems": []}
    report |= dict.fromkeys(_UNKNOWN)
    if not (folder / schema.FILE).exists():
        problems = _missing(folder)
        state = "cannot be opened" if problems else "empty: nothing was ever indexed here"
        return report | {"state": state, "sound": not problems, "problems": problems}
    try:
        report["problems"] = _truth_problems(folder)
        library = Library(folder)
        report |= {"manifest": library.manifest, **_contents(library)}
        if not report["problems"]:
            report["problems"] = _view_problems(library)
    except LibraryBusy as error:
        report["state"] = f"being written, so that its indexes cannot be looked at now: {error}"
    except PullquoteError as error:
        report["state"] = "cannot be opened"
        report["problems"] = [*report["problems"], str(error)]
    except (KeyError, ValueError) as error:
        if not report["problems"]:
            raise  # a bug of ours, not a damage that we know of
        report["state"] = f"cannot be opened: {type(error).__name__}: {error}"
    return report | {"sound": not report["problems"]}


def _missing(folder: Path) -> list[str]:
    """Why a folder without the truth is not simply one in which nothing was indexed yet."""
    if folder.exists() and not folder.is_dir():
        return [f"{folder} is a file, not a folder: choose another with --library"]
    left = [name for name in _LEFT_BEHIND if (folder / name).exists()]
    if left:
        return [
            f"{schema.FILE} is gone, {left[0]} is still there: restore it from a backup, or index the articles again"
        ]
    return []


def _truth_problems(folder: Path) -> list[str]:
    """What is wrong with the SQLite file, looked at by itself: its damage may keep a library from opening."""
    connection = schema.connect(folder)
    try:
        with schema.explained(folder):
            manifest = read_manifest(connection)
        wrong = check.manifest_problems(manifest)
        return wrong or check.problems_of(connection, int(manifest["dimension"]))
    finally:
        connection.close()


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
        problems, sentences = [], truth.counts()["sentences"]
        if len(snapshot.lexical) != sentences:
            held = f"{len(snapshot.lexical)} sentences, the truth {sentences}"
            problems.append(f"the Tantivy view holds {held}: delete the folder {library.folder / 'lexical'}")
        keys = np.fromiter(dense.keys_of(snapshot.dense), dtype=np.int64)
        if not np.array_equal(np.sort(keys), np.array(truth.passage_keys(), dtype=np.int64)):
            file = library.folder / dense.HEADER
            problems.append(f"the FAISS view holds other passages than the truth: delete the file {file}")
        return problems


def _calibrated(manifest: dict[str, str]) -> list[str]:
    """A line on the library's own calibration, where it has one."""
    try:
        own = kept(manifest)
    except ValueError:
        return ["fitted    to something that cannot be read: run `pullquote calibrate` again"]
    if own is None:
        return []
    held = f"{terminal.plain(own.name)} ({counted(own.questions, 'question')})"
    return [f"fitted    to {held}, threshold {own.threshold:g}, ranker {terminal.plain(own.ranker)}"]


def render(report: dict[str, Any]) -> str:
    """The report in lines that a person reads."""
    lines = [f"library   {report['library']}", f"state     {report['state']}"]
    if report["articles"] is not None:
        dates = " to ".join(report["dates"]) if report["dates"] else "undated"
        held = f"{counted(report['articles'], 'article')} ({counted(report['texts'], 'text')})"
        manifest = report["manifest"]
        lines += [
            f"holds     {held} of {counted(report['sources'], 'outlet')}, {dates}",
            f"          {counted(report['sentences'], 'sentence')}, {counted(report['passages'], 'passage')}",
            f"model     {manifest['model']} ({manifest['model_sha256'][:12]})",
            f"at        generation {report['generation']}, sha256 {report['sha256'][:12]}",
            *_calibrated(manifest),
        ]
    lines += [f"problem   {problem}" for problem in report["problems"]]
    return "\n".join([*lines, "sound" if report["sound"] else "NOT sound"])
