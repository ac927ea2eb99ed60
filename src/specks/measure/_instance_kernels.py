"""Kernel from overlapping instances to sums. Its plain statement is in tests/statements/instances.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.kernel import kernel
from specks.measure._object_kernels import add_run, skip_background

__all__ = ["instance_sums"]

Array = npt.NDArray[Any]


@kernel
def instance_sums(
    stack: Array,
    words: Array,
    first: int,
    flat: Array,
    kinds: Array,
    lowest: Array,
    origin: Array,
    sums: Array,
    low: Array,
    high: Array,
) -> None:
    """Sums over the pixels of every instance; those of one never count for another.

    `stack`, of shape (n, z, y, x), holds instances `first`, `first` + 1, … of a longer stack, whose
    sums are those of `shape_sums`. `words` is the same memory in words of 64 bits along x, or of no
    words. `kinds` and `lowest` (all zero) become the largest and smallest pixel of each. `flat`, of
    shape (z, y, x) or empty, is given 1 + the number of the instance, later ones over earlier ones.
    """
    n, depth, height, width = stack.shape
    per_word = width // words.shape[3] if words.shape[3] else 1
    for i in range(n):
        k = first + i
        for z in range(depth):
            for y in range(height):
                row = stack[i, z, y]
                x = _next(row, words[i, z, y], 0, per_word)
                while x < width:
                    start = x
                    while x < width and row[x] != 0:
                        kinds[k] = max(kinds[k], np.int64(row[x]))
                        lowest[k] = min(lowest[k], np.int64(row[x]))
                        x += 1
                    add_run(z, y, start, x, origin[k], sums[k], low[k], high[k])
                    if flat.size > 0:
                        flat[z, y, start:x] = k + 1
                    x = _next(row, words[i, z, y], x, per_word)


@kernel
def _next(row: Array, words: Array, x: int, per_word: int) -> int:
    """The first pixel from `x` on that is not 0, or the length of the row."""
    if words.size == 0:
        return skip_background(row, x)
    while x < row.size and x % per_word:
        if row[x] != 0:
            return x
        x += 1
    w = skip_background(words, x // per_word)
    x = w * per_word
    while x < row.size and row[x] == 0:
        x += 1
    return x
