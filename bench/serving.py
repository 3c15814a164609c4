"""How much can the server bear? 16 clients, each answer checked against the serial one, and then more than it can.

    python -m bench.serving [SECONDS] [SET]

Starts `pullquote serve` over the sample library (or over the articles of an evaluation set of PULLQUOTE_EVAL_DIR) and
asks it questions of that library from this process, which shares its cores. Every fourth client reads a stream.
"""

import asyncio
import csv
import itertools
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bench._machine import percentiles
from bench._sample import SAMPLE_QUESTIONS, sample_library
from qa.api.turnstile import AT_WORK, WAITING
from qa.evaluation.evalset import EvalSet
from qa.evaluation.evaluate import scratch_library
from qa.open import default_encoder

CLIENTS, CROWD = 16, 100
QUESTIONS = 40  # of an evaluation set
PAUSE = 0.2  # seconds that one of the crowd stays away, whatever it is told: the server shall be pressed
WATCHED = ("/healthz", "/readyz", "/")
SAME = 1e-3  # that scores may differ by


@dataclass
class Tally:
    """What came of one load: seconds of each answer, how many of each outcome, seconds of what was watched."""

    elapsed: float = 0.0
    seconds: list[float] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    watched: dict[str, list[float]] = field(default_factory=dict)


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    with tempfile.TemporaryDirectory() as folder:
        library, questions = chosen(Path(folder), sys.argv[2] if len(sys.argv) > 2 else None)
        with served(library) as (address, process):
            asyncio.run(measured(address, process.pid, questions, seconds))


def chosen(folder: Path, name: str | None) -> tuple[Path, list[str]]:
    """The library's folder and the questions."""
    if name:
        evalset = EvalSet(Path(os.environ["PULLQUOTE_EVAL_DIR"]) / name)
        asked = [question["question"] for question in evalset.questions()[:QUESTIONS]]
        return scratch_library(evalset, default_encoder()).folder, asked
    with SAMPLE_QUESTIONS.open(encoding="utf-8", newline="") as rows:
        return sample_library(folder), [row["question"] for row in csv.DictReader(rows)]


@contextmanager
def served(library: Path) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    command = [str(Path(sys.executable).with_name("pullquote")), "serve", "--library", str(library), "--port", "0"]
    process = subprocess.Popen([*command, "--log-level", "warning"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found
        yield found[0], process
    finally:
        process.terminate()
        process.wait(30)


async def measured(address: str, pid: int, questions: Sequence[str], seconds: float) -> None:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=address, timeout=300, limits=limits) as client:
        serial, alone = await one_by_one(client, questions)
        cores = len(os.sched_getaffinity(0))
        print(
            f"# {len(questions)} questions, {AT_WORK} at work, {WAITING} waiting, {cores} cores, {platform.processor()}"
        )
        show("one by one", alone)
        memory = resident(pid)
        show(f"{CLIENTS} clients", await load(client, serial, CLIENTS, seconds))
        show(f"{CROWD} clients", await load(client, serial, CROWD, max(5.0, seconds / 3)))
        print(f"resident memory {memory:.0f} MB before, {resident(pid):.0f} MB after")


async def one_by_one(client: httpx.AsyncClient, questions: Sequence[str]) -> tuple[dict[str, Any], Tally]:
    """Each question's answer, and how long it took, once all is warm."""
    tally, serial = Tally(), {}
    while (await client.post("/v1/ask", json={"question": questions[0]})).status_code == 503:
        continue  # a very busy machine is still reading the models
    for question in questions:
        started = time.perf_counter()
        serial[question] = (await client.post("/v1/ask", json={"question": question})).raise_for_status().json()
        tally.seconds.append(time.perf_counter() - started)
    tally.outcomes["right"], tally.elapsed = len(tally.seconds), sum(tally.seconds)
    return serial, tally


async def load(client: httpx.AsyncClient, serial: dict[str, Any], clients: int, seconds: float) -> Tally:
    tally, began = Tally(watched={path: [] for path in WATCHED}), time.perf_counter()
    ends = began + seconds
    async with asyncio.TaskGroup() as group:
        for number in range(clients):
            group.create_task(ask_on(client, serial, number, ends, tally))
        group.create_task(asyncio.to_thread(watch, str(client.base_url), ends, tally))
    tally.elapsed = time.perf_counter() - began
    return tally


async def ask_on(client: httpx.AsyncClient, serial: dict[str, Any], number: int, ends: float, tally: Tally) -> None:
    """One client: asks the questions in turn, each client from another one on."""
    questions = itertools.cycle(serial)
    for _ in range(number * 7 % len(serial)):
        next(questions)
    stream = number % 4 == 3
    while (started := time.perf_counter()) < ends:
        question = next(questions)
        try:
            response = await client.post("/v1/ask", json={"question": question, "stream": stream})
        except httpx.HTTPError as error:
            tally.outcomes[type(error).__name__] += 1
            continue
        if response.status_code == 503 and int(response.headers.get("retry-after", 0)) >= 1:
            tally.outcomes["503 with Retry-After"] += 1
            await asyncio.sleep(PAUSE)
            continue
        given = last(response.text) if stream else response.text
        right = response.status_code == 200 and alike(json.loads(given), serial[question])
        tally.outcomes["right" if right else f"wrong, {response.status_code}"] += 1
        tally.seconds.append(time.perf_counter() - started)


def watch(address: str, ends: float, tally: Tally) -> None:
    """How long what must not queue takes meanwhile; in a thread of its own, which the clients do not hold up."""
    with httpx.Client(base_url=address, timeout=60) as client:
        for path in itertools.cycle(WATCHED):
            if (started := time.perf_counter()) >= ends:
                return
            status = client.get(path).status_code
            tally.watched[path].append(time.perf_counter() - started)
            if status != 200:
                tally.outcomes[f"{path} {status}"] += 1
            time.sleep(PAUSE)


def last(stream: str) -> str:
    """The data of a stream's last event."""
    return stream.rstrip().rpartition("data: ")[2]


def alike(one: Any, other: Any) -> bool:
    """The same but for the last digits of scores."""
    match one, other:
        case float(), float():
            return abs(one - other) <= SAME
        case dict(), dict():
            return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
        case list(), list():
            return len(one) == len(other) and all(map(alike, one, other))
    return bool(one == other)


def show(name: str, tally: Tally) -> None:
    times = tally.seconds
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in tally.outcomes.most_common())
    print(f"{name:12} {len(times) / tally.elapsed:6.1f} answers/s   {spread(times)}   {outcomes}")
    for path, took in tally.watched.items():
        print(f"  {path:10} {spread(took)}")


def spread(times: Sequence[float]) -> str:
    if not times:
        return "none"
    p50, p95 = percentiles(times)
    return f"p50 {1000 * p50:6.0f} ms   p95 {1000 * p95:6.0f} ms"


def resident(pid: int) -> float:
    """The megabytes of memory that a process holds; 0 where the system does not say."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    main()
