"""How threads that compute share the processor with others."""

import contextlib
import os
import threading

_TURNS = "2000"
_NICE = 10  # of 19


def wait_asleep() -> None:
    """Has the threads of torch sleep while they wait for one another; it works until torch is imported.

    libgomp, which reads this as it is loaded, has them turn by default, for so long that on a busy machine they take
    the processor from one another. A setting of the user's own stands.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", _TURNS)


def give_way() -> None:
    """Lowers this thread's claim on the processor, and that of those it starts, where the system has such a thing."""
    with contextlib.suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), max(_NICE, niceness()))


def niceness() -> int:
    """How far this thread gives way: 0 to 19, and 0 where threads have no priority of their own."""
    with contextlib.suppress(AttributeError, OSError):
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    return 0
