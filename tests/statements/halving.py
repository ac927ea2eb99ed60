"""Halving of planes, said plainly: loops over coarse pixels."""

from __future__ import annotations

from fractions import Fraction

import numpy as np


def _under(plane: np.ndarray, y: int, x: int) -> list:
    """The pixels under a coarse one; those beyond an odd end repeat the last."""
    rows, columns = plane.shape
    return [
        plane[min(2 * y + i, rows - 1), min(2 * x + j, columns - 1)].item() for i in (0, 1) for j in (0, 1)
    ]


def halved_mean(plane: np.ndarray) -> np.ndarray:
    """Means of 2 x 2 pixels of a plane of integers, halves up."""
    out = np.zeros(tuple((n + 1) // 2 for n in plane.shape), plane.dtype)
    for y, x in np.ndindex(out.shape):
        out[y, x] = int((Fraction(sum(_under(plane, y, x)), 4) + Fraction(1, 2)).__floor__())
    return out


def halved_labels(plane: np.ndarray) -> np.ndarray:
    """Most frequent of 2 x 2 labels of a plane, the larger one of equals."""
    out = np.zeros(tuple((n + 1) // 2 for n in plane.shape), plane.dtype)
    for y, x in np.ndindex(out.shape):
        found = _under(plane, y, x)
        out[y, x] = max(found, key=lambda label: (found.count(label), label))
    return out
