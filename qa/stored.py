"""The calibration that is kept with a library, in its manifest."""

import json
import logging
from collections.abc import Mapping

from index import manifest
from index.library import Library
from qa.confidence import Calibration

KEY = "calibration"
_LOG = logging.getLogger("pullquote")


def store(library: Library, calibration: Calibration) -> None:
    """Keeps `calibration` with the library: in force wherever the library is opened from now on.

    Raises `LibraryBusy` where another process is writing.
    """
    with library.writing():
        manifest.put(library.folder, KEY, json.dumps(calibration.to_json()))


def reset(library: Library) -> bool:
    """Goes back to the default; False where that was in force."""
    with library.writing():
        return manifest.take_out(library.folder, KEY)


def kept(manifest: Mapping[str, str]) -> Calibration | None:
    """The calibration of a library's manifest, None where it has none; raises `ValueError` where it cannot be read."""
    text = manifest.get(KEY)
    return None if text is None else Calibration.from_json(json.loads(text))


def in_force(library: Library, ranker_name: str, default: Calibration) -> Calibration:
    """The library's own calibration, else `default`.

    One made for another ranker or model than those in use is not used, and the log says so in one line.
    """
    try:
        stored = kept(library.manifest)
    except ValueError as error:
        problem = f"it cannot be read ({error})"
    else:
        if stored is None:
            return default
        theirs, ours = (stored.ranker, stored.model_sha256), (ranker_name, library.manifest["model_sha256"])
        if theirs == ours:
            return stored
        problem = f"{stored.name!r} was asked of {_made(*theirs)}, this is {_made(*ours)}"
    _LOG.warning("the library's own calibration is not used: %s; run `pullquote calibrate` again", problem)
    return default


def _made(ranker: str, model_sha256: str) -> str:
    return f"ranker {ranker!r} with model {model_sha256[:12]!r}"
