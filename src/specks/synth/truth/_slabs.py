"""Walk through two images side by side without holding either whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.errors import InputError

__all__ = ["same_shape", "slabs"]

_VOXELS = 1 << 22


def slabs(found: Any, truth: Any) -> Iterator[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
    """Blocks of both along the first axis; anything with `shape` that can be sliced will do."""
    found, truth = (a if hasattr(a, "shape") else np.asarray(a) for a in (found, truth))
    same_shape(found, truth)
    rest = int(np.prod(truth.shape[1:], dtype=np.int64))
    step = max(1, _VOXELS // max(1, rest))
    for start in range(0, truth.shape[0], step):
        part = slice(start, start + step)
        yield np.asarray(found[part]), np.asarray(truth[part])


def same_shape(found: Any, truth: Any) -> None:
    """Refuse images of different shapes."""
    if tuple(found.shape) != tuple(truth.shape):
        raise InputError(
            f"the result has the shape {tuple(found.shape)}, but the truth has {tuple(truth.shape)}; they must be equal"
        )
