"""Arrays that the caller of a step wants filled."""

from __future__ import annotations

import os
import reprlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from specks._core.errors import InputError
from specks._core.source import Source

__all__ = ["arrays_to_fill"]


def arrays_to_fill(
    out: Any, source: Source, names: tuple[str, ...] = ("posterior", "labels")
) -> Mapping[str, Any]:
    """Arrays of these names that the caller wants filled; none when `out` is a path or nothing."""
    if out is None or isinstance(out, str | os.PathLike):
        return {}
    if not isinstance(out, Mapping) or set(out) - set(names):
        raise InputError(
            f"out is {reprlib.repr(out)}; it must be a path, or a mapping of {' and '.join(map(repr, names))} to arrays"
        )
    for name, array in out.items():
        if tuple(getattr(array, "shape", ())) != source.shape:
            raise InputError(f"out[{name!r}] is no array of the shape of the image, {source.shape}")
        fits = np.can_cast(np.int32 if name == "labels" else np.float32, array.dtype, "safe")
        if not fits or (isinstance(array, np.ndarray) and not array.flags.writeable):
            kind = "whole numbers of 32 bits" if name == "labels" else "floats of 32 bits"
            raise InputError(
                f"out[{name!r}] holds {array.dtype}{', read-only' if fits else ''}; it must be a writable array of "
                f"{kind} or more"
            )
    return out
