"""Files that are either whole or not there."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from specks._core.errors import SpecksError, StoreError
from specks._core.paths import as_path

__all__ = [
    "check_free",
    "check_replaceable",
    "is_taken",
    "replacing",
    "store_faults",
    "write_bytes",
    "write_text",
]

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be larger than is allowed here",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "there is no permission to write there",
    errno.EPERM: "there is no permission to write there",
    errno.ENOENT: "its folder does not exist",
    errno.ENOTDIR: "a file stands where its folder should be",
    errno.EISDIR: "a folder of that name is in the way",
    errno.ENAMETOOLONG: "the name is too long",
}


@contextmanager
def store_faults(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn errors of the operating system into a `StoreError` that names `path` and says why.

    Parameters
    ----------
    path : path-like
        What is being written.

    Raises
    ------
    StoreError
        When the body raises an `OSError` that is not an error of specks already.
    """
    try:
        yield
    except SpecksError:
        raise
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, error.strerror or str(error))
        raise StoreError(f"{os.fspath(path)} cannot be written: {reason}") from error


def is_taken(path: str | os.PathLike[str]) -> bool:
    """Whether something stands at a path that is to be written.

    Raises
    ------
    InputError
        When it cannot be a path.
    StoreError
        When nothing could be written there, such as under a name that is too long.
    """
    target = as_path(path)
    with store_faults(target):
        return target.exists()


def check_free(path: str | os.PathLike[str]) -> None:
    """Refuse, before long work begins, a path at which nothing new can be written.

    Parameters
    ----------
    path : path-like

    Raises
    ------
    StoreError
        When something stands there, or its folder is missing or read-only.
    """
    target = as_path(path)
    if is_taken(target):
        raise StoreError(
            f"{target} cannot be written: something stands there already; choose another name, or replace it by "
            "save(path, overwrite=True) of the result"
        )
    if not target.parent.is_dir():
        raise StoreError(f"{target} cannot be written: its folder does not exist")
    if not os.access(target.parent, os.W_OK):
        raise StoreError(f"{target} cannot be written: there is no permission to write there")


def check_replaceable(path: str | os.PathLike[str]) -> None:
    """Refuse a path at which anything but a file stands: a folder, or a device such as /dev/null.

    Parameters
    ----------
    path : path-like

    Raises
    ------
    StoreError
    """
    target = as_path(path)
    if is_taken(target) and not target.is_file():
        reason = _REASONS[errno.EISDIR] if target.is_dir() else "what stands there is no file"
        raise StoreError(f"{target} cannot be written: {reason}")


def put_in_place(built: Path, folder: Path, old: Path) -> None:
    """Give a finished folder its name; what stood there goes to `old`, and comes back when that fails.

    Parameters
    ----------
    built, folder, old : pathlib.Path
        On one file system; nothing is at `old`.

    Raises
    ------
    OSError
    """
    if folder.exists():
        os.replace(folder, old)
    try:
        os.replace(built, folder)
    except OSError:
        if old.exists():
            os.replace(old, folder)
        raise


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary file beside `path`, which takes its place when the body ends well.

    Parameters
    ----------
    path : path-like
        The file to write. Its folder must exist.

    Yields
    ------
    pathlib.Path
        Where to write. Whatever stands at `path` stays untouched until the end, and for good when
        the body raises; the temporary file is then removed.

    Raises
    ------
    StoreError
        When the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = Path(folder) / "note.txt"
    ...     with replacing(target) as aside:
    ...         _ = aside.write_text("whole")
    ...     target.read_text()
    'whole'
    """
    target = as_path(path)
    check_replaceable(target)
    aside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
    try:
        with store_faults(target):
            yield aside
            with aside.open("rb+") as written:
                os.fsync(written.fileno())
            os.replace(aside, target)
    finally:
        with suppress(OSError):
            aside.unlink()


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a whole file at once, or leave everything as it was.

    Parameters
    ----------
    path : path-like
    data : bytes

    Raises
    ------
    StoreError
        When the folder is missing, read-only or full.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_bytes(Path(folder) / "a.bin", b"abc")
    ...     (Path(folder) / "a.bin").read_bytes()
    b'abc'
    """
    with replacing(path) as aside:
        aside.write_bytes(data)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a whole text file (UTF-8, line ends as given) at once, or leave everything as it was.

    Parameters
    ----------
    path : path-like
    text : str

    Raises
    ------
    StoreError
        When the folder is missing, read-only or full.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_text(Path(folder) / "a.txt", "one line")
    ...     (Path(folder) / "a.txt").read_text(encoding="utf-8")
    'one line'
    """
    write_bytes(path, text.encode())
