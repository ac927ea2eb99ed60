"""Compiled loops that move frames to be compared by parts of a pixel; stated plainly in tests/statements/drift.py."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from specks._core.kernel import kernel

__all__ = ["shift_last", "shift_middle"]

F32 = npt.NDArray[np.float32]


@kernel
def shift_middle(pixels: F32, weights: F32, out: F32) -> None:
    """Sums of 11 `weights` times neighbors along the middle of three axes; the border is continued."""
    before, n, after = pixels.shape
    for i in range(before):
        for j in range(n):
            target, at = out[i, j], j - 5
            for x in range(after):
                target[x] = 0
            for k in range(0, 9, 3):
                first = pixels[i, min(max(at + k, 0), n - 1)]
                second = pixels[i, min(max(at + k + 1, 0), n - 1)]
                third = pixels[i, min(max(at + k + 2, 0), n - 1)]
                a, b, c = weights[k], weights[k + 1], weights[k + 2]
                for x in range(after):
                    target[x] += a * first[x] + b * second[x] + c * third[x]
            first, second = pixels[i, min(max(at + 9, 0), n - 1)], pixels[i, min(max(at + 10, 0), n - 1)]
            a, b = weights[9], weights[10]
            for x in range(after):
                target[x] += a * first[x] + b * second[x]


@kernel
def shift_last(pixels: F32, weights: F32, out: F32) -> None:
    """Sums of 11 `weights` times neighbors along the last of two axes; the border is continued."""
    rows, n = pixels.shape
    a, b, c, d, e, f = weights[0], weights[1], weights[2], weights[3], weights[4], weights[5]
    g, h, k, l, m = weights[6], weights[7], weights[8], weights[9], weights[10]
    longer = np.empty(n + 10, np.float32)
    for i in range(rows):
        target = out[i]
        longer[:5] = pixels[i, 0]
        longer[5 : 5 + n] = pixels[i]
        longer[5 + n :] = pixels[i, n - 1]
        for x in range(n):
            target[x] = (
                (a * longer[x] + b * longer[x + 1] + c * longer[x + 2])
                + (d * longer[x + 3] + e * longer[x + 4] + f * longer[x + 5])
                + (g * longer[x + 6] + h * longer[x + 7] + k * longer[x + 8])
                + (l * longer[x + 9] + m * longer[x + 10])
            )
