"""Binary closing of a stack that arrives plane by plane."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from specks._core.errors import InputError
from specks.measure._bits import n_words
from specks.measure._kernels import WORD, dilate

__all__ = ["Borders", "Closing", "ball"]

Borders = Literal["keep", "original"]
Words = npt.NDArray[np.uint64]

#: Widest reach of a closing in pixels.
MAX_REACH = 100


def ball(radius: tuple[float, ...]) -> npt.NDArray[np.int64]:
    """Rows of a ball: for each (dz, dy), how many pixels it reaches to both sides in x.

    Parameters
    ----------
    radius : tuple of float
        Along z, y and x, in pixels of each axis. An axis whose radius is below 1 is not reached
        into.

    Returns
    -------
    array of int64, shape (n, 3)
        dz, dy and half width, widest rows first.
    """
    if max(radius) > MAX_REACH:
        raise InputError(
            f"closing_radius reaches {max(radius):g} pixels; it must be at most {MAX_REACH} pixels along every axis"
        )
    r_z, r_y, r_x = (r if r > 1 - 1e-9 else 0.0 for r in radius)
    rows = []
    for dz in range(-math.floor(r_z + 1e-9), math.floor(r_z + 1e-9) + 1):
        for dy in range(-math.floor(r_y + 1e-9), math.floor(r_y + 1e-9) + 1):
            left = 1.0 - sum((d / r) ** 2 for d, r in ((dz, r_z), (dy, r_y)) if d)
            if left > -1e-9:
                rows.append((dz, dy, math.floor(r_x * math.sqrt(max(left, 0.0)) + 1e-9)))
    return np.array(sorted(rows, key=lambda row: -row[2]), np.int64)


class Closing:
    """Close a stack of planes of bits, holding only as many planes as the ball is high, twice.

    Parameters
    ----------
    shape : tuple of int
        Height and width of a plane in pixels.
    radius : tuple of float
        Of the ball along z, y and x in pixels.
    borders : {"keep", "original"}
        What lies outside: background that the closing may grow into and come back from (an object
        never shrinks), or background that also cuts the dilated objects off, so that nothing is
        left within the radius of a face (`scipy.ndimage.binary_closing` with ``border_value=0``).
    """

    def __init__(self, shape: tuple[int, int], radius: tuple[float, ...], borders: Borders) -> None:
        rows = ball(radius)
        self._reach_z, self._margin_y = int(rows[:, 0].max()), int(rows[:, 1].max())
        self._deep = rows[:, 0] + self._reach_z
        self._down, self._half = rows[:, 1].copy(), rows[:, 2].copy()
        self._margin_x = -(-int(self._half[0]) // WORD)  # in words, so that no bit must be shifted
        height, width = shape
        padded = (height + 2 * self._margin_y, n_words(width) + 2 * self._margin_x)
        self._inside = np.zeros(padded, np.uint64)
        self._view(self._inside)[...] = _row_of_ones(width)
        everything = np.full(padded, np.iinfo(np.uint64).max, np.uint64)
        cut = borders == "original"
        self._cut_beside = ~self._inside if cut else np.zeros_like(self._inside)
        self._cut_beyond = everything if cut else np.zeros_like(everything)
        self._window = 2 * self._reach_z + 1
        self._masks = np.zeros((self._window, *padded), np.uint64)
        self._gaps = np.zeros((self._window, *padded), np.uint64)  # complements of dilated planes
        self._scratch = (
            np.empty(padded, np.uint64),
            np.empty(padded[1], np.uint64),
            np.empty(padded[1], np.uint64),
        )
        self._begin()

    def _begin(self) -> None:
        self._seen = 0
        self._masks[...] = 0

    def _view(self, padded: Words) -> Words:
        """The image within a padded plane."""
        rows = slice(self._margin_y, padded.shape[0] - self._margin_y)
        return padded[rows, self._margin_x : padded.shape[1] - self._margin_x]

    def feed(self, plane: Words) -> Iterator[Words]:
        """Take the next plane; yields a closed one once enough of those after it are known."""
        self._view(self._masks[self._seen % self._window])[...] = plane
        yield from self._advance(beyond=False)

    def finish(self) -> Iterator[Words]:
        """Yield the planes that are left, and be ready for another stack."""
        for i in range(2 * self._reach_z):
            self._masks[self._seen % self._window] = 0
            yield from self._advance(beyond=i >= self._reach_z)
        self._begin()

    def _advance(self, beyond: bool) -> Iterator[Words]:
        """Work on what the newest plane completes: a dilated plane, and with it a closed one."""
        gap = self._gaps[self._seen % self._window]
        outside = beyond or self._seen < self._reach_z
        self._dilate(self._masks, gap)
        np.invert(gap, out=gap)
        gap |= self._cut_beyond if outside else self._cut_beside
        complete = self._seen >= self._window - 1
        closed = self._scratch[0]
        if complete:
            self._dilate(self._gaps, closed)  # eroding is dilating what is not there
            np.invert(closed, out=closed)
            closed &= self._inside
        self._seen += 1
        if complete:
            yield np.ascontiguousarray(self._view(closed))

    def _dilate(self, planes: Words, out: Words) -> None:
        order = (self._seen + 1 + np.arange(self._window)) % self._window
        _, row, wide = self._scratch
        dilate(planes, order, self._deep, self._down, self._half, out, row, wide)


def _row_of_ones(width: int) -> npt.NDArray[Any]:
    """Words of a row whose pixels are all foreground."""
    row = np.full(n_words(width), np.iinfo(np.uint64).max, np.uint64)
    if width % WORD:
        row[-1] = (1 << width % WORD) - 1
    return row
