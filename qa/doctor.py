"""What is in a library, is it sound, and what can be saved of it where it is not?"""

from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from index import acknowledged, dense, lexical, repair, schema
from index.commit import Writer
from index.errors import LibraryBusy, LibraryError, PullquoteError
from index.explain import explained
from index.library import Library
from index.manifest import read_manifest
from index.views import Views
from qa import beside, terminal
from qa.open import default_encoder
from qa.phrases import counted
from qa.stored import kept

_UNKNOWN = (
    "manifest", "generation", "sha256", "articles", "texts", "sentences", "passages", "sources", "dates", "views",
)  # fmt: skip
# What a library leaves beside its truth: where these lie and the truth does not, it was lost.
_LEFT_BEHIND = (dense.HEADER, lexical.FOLDER, schema.FILE + "-wal")


def examine(folder: Path) -> dict[str, Any]:
    """A report on the library in `folder`: its state, counts and manifest, and `problems`, empty where it is sound.

    Every key is always there; what is not known is null. What was damaged and could be made anew of the truth has
    been mended by the time this returns, and is named under `mended`.
    """
    report: dict[str, Any] = {"library": str(folder), "state": "open", "sound": True, "problems": [], "mended": []}
    report |= {"repair": None, **dict.fromkeys(_UNKNOWN)}
    try:
        if not Library.exists(folder):
            problems = _missing(folder)
            state = "cannot be opened" if problems else "empty: nothing was ever indexed here"
            return report | {"state": state, "sound": not problems, "problems": problems}
        report["problems"] = _truth_problems(folder)
        damaged = [] if report["problems"] else _damaged(folder)
        library = Library(folder)
        report |= {"manifest": library.manifest, **_contents(library)}
        if not report["problems"]:
            report["problems"], report["mended"] = _mended(library, damaged)
    except LibraryBusy as error:
        report["state"] = f"being written, so that its indexes cannot be looked at now: {error}"
    except PullquoteError as error:
        report["state"] = "cannot be opened"
        report["problems"] = list(dict.fromkeys([*report["problems"], str(error)]))
    except (KeyError, ValueError) as error:
        if not report["problems"]:
            raise  # a bug of ours, not a damage that we know of
        report["state"] = f"cannot be opened: {type(error).__name__}: {error}"
    report["problems"] += beside.problems(folder)
    return report | {"sound": not report["problems"]}


def mend(folder: Path) -> dict[str, Any]:
    """Repairs the library in `folder`, then examines it: the report says under `repair` what was saved and what lost.

    Raises `LibraryMissing` and `LibraryDamaged` where nothing can be saved, and `LibraryBusy`.
    """
    done = repair.repair(folder, default_encoder)
    return examine(folder) | {"repair": done.to_json()}


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
    noted = acknowledged.read(folder)
    with explained(folder), closing(schema.connect(folder)) as connection:
        if wrong := repair.problems_in(folder, connection, noted):
            return wrong
        mixed = acknowledged.mixed(folder, read_manifest(connection))
        return [mixed] if mixed else []


def _damaged(folder: Path) -> list[str]:
    """What beside the truth is not there as its writer left it."""
    with explained(folder), closing(schema.connect(folder)) as connection:
        found = Views(folder, read_manifest(connection)).damaged(Writer(connection).truth())
    return found if acknowledged.read(folder) else [*found, acknowledged.FILE]


def _contents(library: Library) -> dict[str, Any]:
    with library.reading() as (snapshot, truth):
        return {
            "generation": truth.generation,
            "sha256": truth.articles_digest(),
            **truth.counts(),
            "sources": sum(source is not None for source, _ in truth.sources()),
            "dates": truth.dates(),
            "views": {
                "dense": {"passages": len(snapshot.dense), "in_base_file": int(snapshot.dense.base.ntotal)},
                "lexical": {"sentences": len(snapshot.lexical)},
            },
        }


def _mended(library: Library, damaged: list[str]) -> tuple[list[str], list[str]]:
    """Problems with what is made of the truth (the truth itself having been found sound), and what was mended."""
    differing = _view_problems(library)
    if not damaged and not differing:
        return [], []
    try:
        if differing or damaged != [acknowledged.FILE]:
            library.mend_views()
        else:
            with library.writing():
                pass  # whoever writes begins with the note
    except LibraryError as error:  # being written by another, or not to be written at all
        if isinstance(error, LibraryBusy) and not differing:
            return [], []  # whoever is writing leaves it as it should be
        return [*differing, *(f"{name} is damaged, and cannot be made anew: {error}" for name in damaged)], []
    mended = damaged or ["what the views hold"]
    return _view_problems(library), [f"{what} was missing or not as it was written: made anew" for what in mended]


def _view_problems(library: Library) -> list[str]:
    """Where a view holds other than what the truth says."""
    with library.reading() as (snapshot, truth):
        problems, sentences = [], truth.counts()["sentences"]
        if len(snapshot.lexical) != sentences:
            problems.append(f"the Tantivy view holds {len(snapshot.lexical)} sentences, the truth {sentences}")
        keys = np.fromiter(dense.keys_of(snapshot.dense), dtype=np.int64)
        if not np.array_equal(np.sort(keys), np.array(truth.passage_keys(), dtype=np.int64)):
            problems.append("the FAISS view holds other passages than the truth")
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
    lines += [f"mended    {mended}" for mended in report["mended"]]
    lines += _repaired(report["repair"]) if report["repair"] else []
    lines += [f"problem   {problem}" for problem in report["problems"]]
    return "\n".join([*lines, "sound" if report["sound"] else "NOT sound"])


def _repaired(done: dict[str, Any]) -> list[str]:
    """What a repair came to, in lines."""
    if done["kept"] is None:
        return ["repaired  nothing of the truth had to be made anew"]
    lines = [f"repaired  {counted(done['saved'], 'article')} saved; the damaged file is kept as {done['kept']}"]
    if done["embedded_texts"]:
        lines.append(f"          {counted(done['embedded_texts'], 'text')} embedded anew")
    for said, key in (("in part", "saved_in_part"), ("lost", "lost")):
        lines += [f"{said:<9} {terminal.plain(one['id'])}: {one['why']}" for one in done[key]]
    if done["lost_unnamed"]:
        lines.append(f"lost      {counted(done['lost_unnamed'], 'article')} more, not even their ids are left")
    if done["lost_changes"]:
        lines.append(f"lost      the last {counted(done['lost_changes'], 'change')} that were acknowledged")
    return lines
