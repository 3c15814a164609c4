"""Sharing the processor: what is set before torch is loaded, and who gives way."""

import os
import subprocess
import sys
import threading

import pytest

from index.threads import give_way

LOADS = """
import os, sys
from index.encode import load_encoder
load_encoder()
print(os.environ["GOMP_SPINCOUNT"], "torch" in sys.modules)
"""


@pytest.mark.parametrize(("given", "kept"), [(None, "2000"), ("7", "7")])
def test_an_encoder_sets_it_before_torch_is_there_unless_it_is_set(given: str | None, kept: str) -> None:
    settings = {name: value for name, value in os.environ.items() if name != "GOMP_SPINCOUNT"}
    if given is not None:
        settings["GOMP_SPINCOUNT"] = given
    done = subprocess.run([sys.executable, "-c", LOADS], env=settings, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [kept, "False"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere a thread has no priority of its own")
def test_a_thread_gives_way_and_the_others_do_not() -> None:
    before, found = os.getpriority(os.PRIO_PROCESS, threading.get_native_id()), []

    def work() -> None:
        give_way()
        found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [max(before, 10)]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
