"""Keeping freed memory for the next batch, where the C library can be told to."""

import ctypes
import sys

_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1  # glibc's names for its settings, in malloc.h
_LARGEST = 32 * 1024**2  # bytes: the most that glibc allows
_KEPT = 256 * 1024**2  # bytes that may lie free at the end of the heap


def keep_freed_memory() -> None:
    """Has glibc keep up to 256 MB that were freed; elsewhere nothing is done.

    By default it gives the memory of each layer's results back to the system and takes it again page by page, zeroed,
    for the next layer: a third of a layer's time where it happens.
    """
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(_MMAP_THRESHOLD, _LARGEST)
        libc.mallopt(_TRIM_THRESHOLD, _KEPT)
