"""An index run needs no more memory the longer it goes on."""

import os
import platform
import subprocess
import sys

import pytest

_RUN = """
import ctypes, random
from index.memory import keep_few_shapes
keep_few_shapes(passing=True)
from index.encode import DefaultEncoder

class Told(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")]

libc = ctypes.CDLL(None)
libc.mallinfo2.restype = Told
encoder, chance, used = DefaultEncoder(), random.Random(0), []
for _ in range(6):
    encoder.encode([" ".join(chance.choices(["bees", "a ship"], k=chance.randint(2, 50))) for _ in range(400)])
    used.append(libc.mallinfo2().uordblks)
print((used[-1] - used[1]) // 1024**2)
"""


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="asks glibc what is in use")
def test_what_is_kept_ready_for_shapes_does_not_grow_with_what_is_read() -> None:
    """By default four windows add some hundred megabytes to what two had taken."""
    given = {name: value for name, value in os.environ.items() if not name.endswith("_CACHE_CAPACITY")}
    run = subprocess.run(
        [sys.executable, "-c", _RUN], check=True, capture_output=True, text=True, env=given | {"HF_HUB_OFFLINE": "1"}
    )
    assert int(run.stdout) < 20, "megabytes"
