"""Side by side: the results in order, one thread of torch's each, whoever calls and however it ends."""

import multiprocessing
import os
import subprocess
import sys
import threading

import pytest
import torch

from index.threads import give_way, niceness
from index.workers import workers


def test_results_come_in_the_order_of_the_parts() -> None:
    assert workers().map(lambda n: n * n, range(200)) == [n * n for n in range(200)]
    assert workers().map(str, []) == []


def test_each_has_one_thread_and_all_others_keep_theirs() -> None:
    before = torch.get_num_threads()
    assert (
        workers().map(lambda _: (torch.ones(9, 9) @ torch.ones(9, 9), torch.get_num_threads())[1], range(8)) == [1] * 8
    )
    assert torch.get_num_threads() == before
    seen: list[int] = []
    thread = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert seen == [before]


def test_what_the_first_that_failed_raised_is_raised_and_work_goes_on() -> None:
    def fail(n: int) -> int:
        if n > 2:
            raise ValueError(f"part {n}")
        return n

    with pytest.raises(ValueError, match="part 3"):
        workers().map(fail, range(9))
    assert workers().map(fail, [1, 2]) == [1, 2]


def test_what_is_begun_is_there_when_it_is_awaited() -> None:
    seen: list[int] = []
    awaited = workers().begin(lambda: seen.append(1) or len(seen))  # type: ignore[func-returns-value]
    assert [awaited(), awaited()] == [1, 1]
    assert seen == [1]


def test_what_is_begun_and_fails_raises_where_it_is_awaited() -> None:
    def fail() -> None:
        raise ValueError("begun")

    with pytest.raises(ValueError, match="begun"):
        workers().begin(fail)()
    assert workers().map(str, [1]) == ["1"]


def test_where_all_are_busy_what_is_begun_is_done_by_whoever_awaits_it() -> None:
    go, crew = threading.Event(), workers()
    busy = [crew.begin(go.wait) for _ in range(crew.count)]  # one more than there are beside the caller
    assert crew.begin(threading.get_ident)() == threading.get_ident()
    go.set()
    assert [wait() for wait in busy] == [True] * crew.count


def test_callers_from_many_threads_get_their_own() -> None:
    found: dict[int, list[int]] = {}

    def call(me: int) -> None:
        found[me] = workers().map(lambda n: 1000 * me + n, range(50))

    threads = [threading.Thread(target=call, args=(me,)) for me in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {me: [1000 * me + n for n in range(50)] for me in range(16)}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere a thread has no priority of its own")
def test_who_gives_way_has_workers_that_do() -> None:
    seen: list[list[int]] = []

    def call() -> None:
        give_way()
        seen.append(workers().map(lambda _: niceness(), range(4)))

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    assert seen == [[max(10, niceness())] * 4]
    assert workers().map(lambda _: niceness(), range(4)) == [niceness()] * 4


def _squares(send: "multiprocessing.connection.Connection") -> None:
    send.send(workers().map(lambda n: n * n, range(5)))


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="nothing forks here")
def test_a_forked_process_has_its_own() -> None:
    workers()
    context = multiprocessing.get_context("fork")
    receive, send = context.Pipe(duplex=False)
    child = context.Process(target=_squares, args=(send,))
    child.start()
    assert receive.poll(60)
    assert receive.recv() == [n * n for n in range(5)]
    child.join(60)
    assert child.exitcode == 0


ENDS = """
import threading, time
from index.workers import workers
def late():
    time.sleep(0.5)
    print(workers().map(lambda n: n + 1, [1, 2]))
workers()
threading.Thread(target=late).start()
"""


@pytest.mark.slow
def test_a_thread_that_outlives_the_main_one_still_computes() -> None:
    done = subprocess.run([sys.executable, "-c", ENDS], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split("\n")[0] == "[2, 3]"


NO_THREADS = """
import threading
from index.workers import workers
def refused(self):
    raise RuntimeError("can't start new thread")
start, threading.Thread.start = threading.Thread.start, refused
try:
    workers()
except MemoryError as error:
    print(error)
threading.Thread.start = start
print(workers().map(str, [1]))
"""


@pytest.mark.slow
def test_want_of_threads_is_said_and_may_pass() -> None:
    two = {**os.environ, "OMP_NUM_THREADS": "2"}  # one core needs no other thread
    done = subprocess.run(
        [sys.executable, "-c", NO_THREADS], capture_output=True, text=True, check=True, timeout=120, env=two
    )
    assert done.stdout.splitlines() == ["there is not enough memory for the model or a batch of texts", "['1']"]
