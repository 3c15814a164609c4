"""What is done to files that must outlast a crash."""

import errno
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from index.digests import digest_of_json
from index.errors import PullquoteError, UsageError

SQLITE_ENDINGS = ("-wal", "-shm", "-journal")  # of what SQLite keeps beside a file
_DIGEST = "sha256"
_PAUSES = (0.01, 0.05, 0.2, 1.0)  # seconds


def check_place(file: Path) -> None:
    """Raises `UsageError` where no file can be written there, also of a link, and `PullquoteError` where none may."""
    try:
        if file.is_dir():
            raise UsageError(f"{file} is a folder: give the name of a file")
        folder = Path(os.path.realpath(file)).parent if file.is_symlink() else file.parent
        if not folder.is_dir():
            raise UsageError(f"there is no folder {folder}: make it first")
    except OSError as error:
        raise PullquoteError(f"{file} cannot be written: {error.strerror}") from error


@contextmanager
def replaced(file: Path, mode: str = "w", durable: bool = True) -> Iterator[IO[Any]]:
    """Opens what is to stand in the place of `file`, text in UTF-8 or (`"wb"`) bytes.

    It is written aside: a reader finds the old file or the new one, never half of one, and where writing fails the old
    one stays. Once it is there and `durable`, a power cut does not take it away. Who may read the old one may read the
    new one and nobody else, and of a link it is the file behind it that is replaced.
    """
    file = Path(os.path.realpath(file))
    aside = file.with_name(file.name + ".new")
    text = {} if "b" in mode else {"encoding": "utf-8", "newline": ""}
    try:
        with aside.open(mode, **text) as out:  # type: ignore[call-overload] # which wants to see the mode itself
            with suppress(FileNotFoundError):
                shutil.copymode(file, aside)
            yield out
            if durable:
                out.flush()
                os.fsync(out.fileno())
        aside.replace(file)
        if durable:
            sync(file.parent)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def write_sealed(file: Path, said: Mapping[str, Any], durable: bool = True) -> None:
    """Replaces `file` by what is said, as JSON with a digest of its own."""
    with replaced(file, durable=durable) as out:
        out.write(sealed(said))


def read_sealed(file: Path) -> dict[str, Any] | None:
    """What `write_sealed` wrote, None where there is no file; raises `ValueError` where it is not as it was written."""
    try:
        data = file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return unsealed(data)


def sealed(said: Mapping[str, Any]) -> str:
    """What is said, as one line of JSON with a digest of its own."""
    return json.dumps({**said, _DIGEST: digest_of_json(said)})


def unsealed(data: bytes) -> dict[str, Any]:
    """What `sealed` was given; raises `ValueError` where `data` is not what it made of it."""
    try:
        said = json.loads(data)
    except RecursionError:
        said = None
    if not isinstance(said, dict) or said.pop(_DIGEST, None) != digest_of_json(said):
        raise ValueError("does not match its own digest")
    return said


def made_anew(folder: Path) -> None:
    """Makes an empty folder in the place of what is there."""
    _in_place_of(folder, lambda: folder.mkdir(parents=True))


def moved(folder: Path, to: Path) -> None:
    """Puts a folder in the place of what is there."""
    _in_place_of(to, lambda: folder.replace(to))


def take_away(path: Path) -> None:
    """Takes a folder with all that is in it, a file, or a link away, so far as that can be done."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _in_place_of(path: Path, act: Callable[[], object]) -> None:
    """Takes away what is at `path`, then acts.

    Tried again for a moment: a file that comes while the others go, of a thread or a reader that has not ended yet,
    keeps a folder there.
    """
    for pause in _PAUSES:
        take_away(path)
        try:
            act()
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise
            time.sleep(pause)
        else:
            return
    shutil.rmtree(path)
    act()


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
