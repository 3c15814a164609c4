"""The real `pullquote` command, as a user's shell would start it."""

import os
import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent
COMMAND = BIN / "pullquote"


def pullquote(
    *arguments: object, library: Path | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs the command and returns what it printed; whatever happens, it must print no traceback."""
    environment = {**os.environ, "PULLQUOTE_LIBRARY": str(library)} if library else dict(os.environ)
    done = subprocess.run(
        [COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        env=environment,
        cwd=cwd,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done
