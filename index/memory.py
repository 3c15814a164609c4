"""Memory: freed, it is kept for the next batch; where there is none, that is said as Python says it."""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1  # glibc's names for its settings, in malloc.h
_LARGEST = 32 * 1024**2  # bytes: the most that glibc allows
# What is said of it by torch's allocator, by the system, by its loader of libraries, and by Python of a thread.
_SAID = ("DefaultCPUAllocator", "Cannot allocate memory", "failed to map segment", "can't start new thread")
_KEPT = 256 * 1024**2  # bytes that may lie free at the end of the heap


def keep_freed_memory() -> None:
    """Has glibc keep up to 256 MB that were freed; elsewhere nothing is done.

    By default it gives the memory of each layer's results back to the system and takes it again page by page, zeroed,
    for the next layer: a third of a layer's time where it happens.
    """
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(_MMAP_THRESHOLD, _LARGEST)
        libc.mallopt(_TRIM_THRESHOLD, _KEPT)


def keep_few_shapes(*, passing: bool = False) -> None:
    """Has torch keep little of what it makes ready for each shape of a product; it works until torch is imported.

    That is about half a megabyte a shape, and by default each thread keeps 1,024 and oneDNN as many again: an index
    run, whose batches hardly ever have the shape of another, grew to over 4 GB. What oneDNN keeps is worth a fifth of
    the ranking's time, so that it is few only where all texts are `passing`. Settings of the user's own stand.
    """
    os.environ.setdefault("LRU_CACHE_CAPACITY", "16")
    if passing:
        os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64")


@contextmanager
def no_more_than_there_is() -> Iterator[None]:
    """Turns what torch raises where memory cannot be had, as it is loaded or as it computes, into `MemoryError`."""
    try:
        yield
    except (RuntimeError, ImportError) as error:
        if any(said in str(error) for said in _SAID):
            raise MemoryError("there is not enough memory for the model or a batch of texts") from error
        raise
