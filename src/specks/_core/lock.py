"""One writer at a time: a lock that goes away with the process that holds it."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from specks._core.atomic import store_faults
from specks._core.errors import StoreError

__all__ = ["sole_writer"]

if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def sole_writer(path: str | os.PathLike[str]) -> Iterator[None]:
    """Be the only one that writes at `path`, be it yet to be made.

    The lock is a file ``.<name>.lock`` beside it. The operating system frees it when the process
    ends, however it ends. File systems that know no locks are trusted to have one writer.

    Parameters
    ----------
    path : path-like
        Its folder must exist.

    Raises
    ------
    StoreError
        When another run is writing there.
    """
    target = Path(path)
    beside = target.with_name(f".{target.name}.lock")
    with store_faults(target):
        file = _taken(beside)
    if file is None:
        raise StoreError(
            f"{target} is being written by another run; wait until it has ended, or choose another name"
        )
    try:
        yield
    finally:
        if os.name == "posix":  # removed while it is held, or another's lock would be removed
            with suppress(OSError):
                beside.unlink()
        os.close(file)
        with suppress(OSError):
            if os.name != "posix":
                beside.unlink()


def _taken(beside: Path) -> int | None:
    """The locked file, or None when somebody else has it."""
    while True:
        file = os.open(beside, os.O_RDWR | os.O_CREAT)
        try:
            _lock(file)
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
                os.close(file)
                if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
                    return None
                raise
        if _is_at(file, beside):
            return file
        os.close(file)  # its holder has removed it meanwhile


def _is_at(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False
