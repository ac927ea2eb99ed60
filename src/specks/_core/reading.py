"""Errors of foreign parsers in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from specks._core.errors import FileFormatError, SpecksError

__all__ = ["reading"]


@contextmanager
def reading(name: str, kind: str = "an image") -> Iterator[None]:
    """Turn whatever a parser raises on a broken file into one sentence.

    Parameters
    ----------
    name : str
        The file.
    kind : str
        What it should have been.

    Raises
    ------
    FileFormatError
    """
    try:
        yield
    except SpecksError:
        raise
    except Exception as error:  # parsers of foreign formats fail in any way on edited files
        reason = str(error).strip().partition("\n")[0][:200] or type(error).__name__
        raise FileFormatError(
            f"{name} cannot be read as {kind}; it may be damaged or cut off ({reason})"
        ) from error
