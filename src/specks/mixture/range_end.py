"""How much of an image has reached the end of its range, where contrast is lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.source import Source
from specks.mixture.slabs import plane_region

__all__ = ["saturation"]

#: Slices looked at, and how many rows in their middle.
SLICES, ROWS = 4, 128


def saturation(source: Source, sign: int) -> float:
    """Share of pixels at the upper (sign 1) or lower (sign -1) end of a whole-number image's range.

    The end is that of the type, or of as many bits as the pixels use when there are fewer, as
    12-bit cameras write into 16 bits. Floating-point images have none.
    """
    if source.dtype.kind not in "iu":
        return 0.0
    count = int(np.prod(source.shape[:-2], dtype=np.int64))
    reached = looked_at = 0
    for number in sorted({int((i + 0.5) * count / SLICES) for i in range(SLICES)}):
        *lead, rows, columns = plane_region(source.shape, number)
        middle = slice(max(0, (rows.stop - ROWS) // 2), min(rows.stop, (rows.stop + ROWS) // 2))
        plane = source.read((*lead, middle, columns))
        reached += int(np.count_nonzero(plane == _end(plane, sign)))
        looked_at += plane.size
    return reached / max(looked_at, 1)


def _end(plane: npt.NDArray[np.integer[Any]], sign: int) -> int:
    """The value beyond which nothing can be recorded."""
    if sign < 0:
        return int(np.iinfo(plane.dtype).min)
    highest = int(plane.max())
    return 2 ** max(highest.bit_length(), 8) - 1 if highest > 0 else int(np.iinfo(plane.dtype).max)
