"""What we are measured against: the plain loop, and txtai and Haystack from a venv of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from index.encode import default_folder

PEERS = {"txtai": "9.14.0", "haystack-ai": "3.4.0"}
_PINNED = [*(f"{name}=={v}" for name, v in PEERS.items()), "sentence-transformers-haystack==2.0.0"]
# What they share with us, at our versions.
_SHARED = ("torch", "numpy", "faiss-cpu", "sentence-transformers", "transformers", "tokenizers")


LOOP = "the plain loop"


class Peer:
    """A peer's process, started with the default model loaded."""

    def __init__(self, name: str, kind: str, python: str | Path) -> None:
        self.name = name
        command = [python, Path(__file__).with_name("_peer.py"), kind, default_folder()]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
        self._read()

    def seconds(self, **wanted: str) -> float:
        """How long it takes over what `bench/_peer.py` says it can be asked."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(wanted) + "\n")
        self._process.stdin.flush()
        return float(self._read()["seconds"])

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} has ended")
        found: dict[str, Any] = json.loads(line)
        return found


@contextmanager
def peers() -> Iterator[list[Peer]]:
    """The loop and the peers, ready; the loop alone, and a line that says why, where their venv cannot be made."""
    started: list[Peer] = []
    try:
        started.append(Peer(LOOP, "loop", sys.executable))
        if python := _venv():
            started += [Peer(f"{name} {v}", name.removesuffix("-ai"), python) for name, v in PEERS.items()]
        yield started
    finally:
        for peer in started:
            peer.close()


def _venv() -> Path | None:
    """The Python of the peers' venv, which is made where it is not there."""
    cache = Path(named) if (named := os.environ.get("PULLQUOTE_CACHE")) else user_cache_path("pullquote")
    folder = cache / "bench-peers"
    wanted = "\n".join([*_PINNED, *(f"{name}=={version(name).partition('+')[0]}" for name in _SHARED)])
    made = folder / "made-with.txt"
    if not made.is_file() or made.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        done = subprocess.run([folder / "bin" / "pip", "install", "--quiet", *wanted.split("\n")], check=False)
        if done.returncode:
            print("# without txtai and Haystack: they cannot be installed")
            return None
        made.write_text(wanted)
    return folder / "bin" / "python"
