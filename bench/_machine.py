"""What benchmarks have in common: what they ran on, for the settings line, and how times are told."""

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np


def percentiles(times: Sequence[float]) -> tuple[float, float]:
    """The median and the 95th percentile."""
    p50, p95 = np.percentile(times, [50, 95])
    return float(p50), float(p95)


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
