"""Two things done to files that must outlast a crash."""

import os
import shutil
from pathlib import Path


def sync(path: Path) -> None:
    """Waits until a file's content, or a folder's list of names, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def named_too(file: Path, name: Path) -> None:
    """Gives a file a second name; a copy, where the disk knows no second names."""
    try:
        os.link(file, name)
    except OSError:
        shutil.copyfile(file, name)
