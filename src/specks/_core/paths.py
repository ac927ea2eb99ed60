"""Paths as people give them: checked before the operating system is asked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from specks._core.errors import InputError, NotFoundError

__all__ = ["as_path", "existing"]


def as_path(value: Any, name: str = "path") -> Path:
    """A path, if the value can be one.

    Parameters
    ----------
    value : path-like
    name : str, optional
        The argument, for messages.

    Raises
    ------
    InputError
        When it is no text, empty, or holds a zero byte.

    Examples
    --------
    >>> as_path("a/b.tif").name
    'b.tif'
    """
    text = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        raise InputError(f"{name} is {value!r}; it must be the path of a file or folder")
    return Path(text)


def existing(value: Any, name: str = "path") -> Path:
    """A path at which there is something.

    Parameters
    ----------
    value : path-like
    name : str, optional
        The argument, for messages.

    Raises
    ------
    InputError
        When it cannot be a path, or is that of a device or pipe, which may have no end.
    NotFoundError
        When there is nothing, or nobody may look.
    """
    place = as_path(value, name)
    nothing = f"{'' if name == 'path' else f'{name}: '}there is no file or folder {place}"
    try:
        there = place.exists()
    except OSError as error:  # a name too long for the file system, a folder that is closed
        raise NotFoundError(f"{nothing}: {error.strerror}") from error
    if not there:
        raise NotFoundError(nothing)
    if not (place.is_file() or place.is_dir()):
        raise InputError(f"{name} is {place}, a device or pipe; it must be a file or folder")
    return place
