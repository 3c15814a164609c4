"""What a benchmark ran on, for its settings line."""

import os
import platform
from importlib.metadata import version
from pathlib import Path


def settings() -> str:
    """The load, the versions that matter and the processor."""
    return (
        f"load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, torch {version('torch')}, "
        f"{os.cpu_count()} cores, {_processor()}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())
