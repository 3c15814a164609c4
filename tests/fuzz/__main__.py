"""Coverage-guided fuzzing with atheris: `python -m tests.fuzz TARGET [SECONDS] [options of libFuzzer]`.

A target is a module of this folder with `SEEDS` (inputs to begin from) and `check(data)`, which raises where something
is wrong. Besides, an input may take `SLOW` seconds of processor time at most. What breaks this is left in the file
`crash-…` or `timeout-…` in the current folder, and the exit code is not 0; `python -m tests.fuzz TARGET 0 FILE` runs it
again. What is found between the runs is kept in `.fuzz/TARGET`.
"""

import importlib
import sys
import time
from collections.abc import Callable
from pathlib import Path

SLOW = 1.0  # seconds of processor time, for an input as long as it may get
LONGEST = 4096  # bytes; targets repeat some inputs, to show what grows faster than they do
MEMORY = 2048  # megabytes

TARGETS = ("split", "articles", "question", "batch")


def timed(check: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """`check`, with a limit to its time."""

    def checked(data: bytes) -> None:
        started = time.process_time()
        check(data)
        took = time.process_time() - started
        if took > SLOW:
            raise TimeoutError(f"{len(data)} bytes took {took:.1f} s")

    return checked


def main(target: str, seconds: str, *options: str) -> None:
    """Fuzzes until the time is over; does not return."""
    import atheris

    with atheris.instrument_imports(include=["index", "qa"]):
        module = importlib.import_module(f"tests.fuzz.{target}")
    corpus = Path(".fuzz") / target
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(module.SEEDS):
        (corpus / f"seed-{number}").write_bytes(seed)
    limits = [f"-max_len={LONGEST}", f"-rss_limit_mb={MEMORY}", "-timeout=30", "-print_final_stats=1"]
    replayed = [option for option in options if not option.startswith("-")]
    time_limit = [f"-max_total_time={seconds}"] if seconds != "0" else []
    where = [] if replayed else [str(corpus)]
    atheris.Setup([target, *limits, *time_limit, *options, *where], timed(module.check))
    atheris.Fuzz()


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"python -m tests.fuzz {'|'.join(TARGETS)} [SECONDS] [options of libFuzzer]")
    main(sys.argv[1], *(sys.argv[2:] or ["60"]))
