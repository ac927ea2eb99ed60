"""Labels of a mask that arrives plane by plane."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.axes import check_axes
from specks._core.errors import InputError
from specks.measure._bits import as_words, pack
from specks.measure._closing import Borders, Closing
from specks.measure._kernels import count_runs, find_runs, join, resolve
from specks.measure._runs import LabelRuns

__all__ = ["RunLabeler"]

Ints = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint64]
MAX_RUNS = 2**31 - 1


class RunLabeler:
    """Label a mask that arrives plane by plane; memory grows only with the runs of the mask.

    Objects are connected within a frame: along z, y and x. Each index along another axis is a
    frame of its own. Labels count 1, 2, … over all frames, in the order in which a raster scan
    meets the objects.

    Parameters
    ----------
    shape : tuple of int
        Of the mask.
    axes : str
        Such as ``"yx"``, ``"zyx"`` or ``"tzyx"``.
    closing_radius : tuple of float, optional
        Radius of the ball of a closing before labeling along each spatial axis, in pixels of that axis; none when
        not given.
    connectivity : int, optional
        Pixels that differ by 1 along at most so many axes are connected.
    min_size : int, optional
        Smaller objects are left out; in pixels or voxels, after the closing.
    borders : {"keep", "original"}, optional
        How the closing treats what lies outside; see `label_particles`.

    Raises
    ------
    InputError
        When axes and shape do not fit, or the closing reaches further than 100 pixels.

    References
    ----------
    .. [1] L. He, Y. Chao, K. Suzuki, "A run-based two-scan labeling algorithm", IEEE Transactions
       on Image Processing 17 (2008) 749-756.

    Examples
    --------
    >>> import numpy as np
    >>> from specks.measure import RunLabeler
    >>> labeler = RunLabeler((2, 1, 6), "zyx", connectivity=1)
    >>> labeler.add(np.array([[1, 1, 0, 0, 0, 1]], bool))
    >>> labeler.add(np.array([[0, 1, 1, 0, 0, 0]], bool))
    >>> labeler.finish()[...]
    array([[[1, 1, 0, 0, 0, 2]],
    <BLANKLINE>
           [[0, 1, 1, 0, 0, 0]]], dtype=int32)
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        axes: str,
        *,
        closing_radius: tuple[float, ...] | None = None,
        connectivity: int = 2,
        min_size: int = 1,
        borders: Borders = "keep",
    ) -> None:
        check_axes(axes, len(shape))
        self.shape, self._min_size = tuple(shape), min_size
        self._depth = shape[axes.index("z")] if "z" in axes else 1
        self._planes = math.prod(shape[:-2])
        self._closing = None
        # Where labels may be in the planes that the closing still holds back.
        self._rooms: deque[Words | None] = deque()
        if closing_radius is not None and max(closing_radius) > 1 - 1e-9:
            radius = (0.0,) * (3 - len(closing_radius)) + tuple(closing_radius)
            self._closing = Closing((shape[-2], shape[-1]), radius, borders)
        # (dz, dy, reach) of the rows that come before a row in raster order and may touch it.
        steps = ((0, -1), (-1, -1), (-1, 0), (-1, 1))
        self._touching = [
            (dz, dy, int(connectivity > abs(dz) + abs(dy)))
            for dz, dy in steps
            if connectivity >= abs(dz) + abs(dy)
        ]
        self._taken, self._found = 0, 0
        self._plane_start = np.zeros(self._planes + 1, np.int64)
        self._parent = np.empty(1024, np.int32)
        self._runs: tuple[list[Ints], list[Ints], list[Ints]] = ([], [], [])  # y, x0 and x1 of each plane
        self._before: tuple[npt.NDArray[np.int64], Ints, Ints, int] | None = None
        self._emitted = 0

    def add(self, mask: npt.NDArray[Any]) -> None:
        """Take the next planes.

        Parameters
        ----------
        mask : array of bool, shape (n, y, x) or (y, x)
            They follow those of the call before in raster order; frames may end within.
        """
        if mask.shape[-2:] != self.shape[-2:] or mask.ndim not in (2, 3):
            raise InputError(f"mask has the shape {mask.shape}; expected planes of {self.shape[-2:]}")
        for plane in mask.reshape(-1, *self.shape[-2:]):
            self.add_bits(pack(plane)[None])

    def add_bits(self, packed: npt.NDArray[np.uint8], allowed: npt.NDArray[np.uint8] | None = None) -> None:
        """Take the next planes as bits.

        Parameters
        ----------
        packed : array of uint8, shape (n, y, ceil(x / 8))
            As ``numpy.packbits(mask, axis=-1, bitorder="little")`` gives them.
        allowed : array of uint8, shape of `packed`, optional
            Bits of where labels may be: what lies elsewhere is background, and stays so when the
            closing fills gaps.
        """
        if self._taken + len(packed) > self._planes:
            raise InputError(f"mask has more planes than the {self._planes} of the shape {self.shape}")
        for i, plane in enumerate(packed):
            words = as_words(plane, self.shape[-1])
            room = None if allowed is None else as_words(allowed[i], self.shape[-1])
            self._taken += 1
            self._rooms.append(room)
            words = words if room is None else words & room
            if self._closing is None:
                self._label([words])
                continue
            self._label(self._closing.feed(words))
            if self._taken % self._depth == 0:
                self._label(self._closing.finish())

    def _label(self, planes: Iterable[Words]) -> None:
        """Find the runs of finished planes and unite those that touch."""
        for closed in planes:
            room = self._rooms.popleft()
            words = closed if room is None else closed & room
            n, first = count_runs(words), self._found
            row_start = np.empty(len(words) + 1, np.int64)
            x0, x1 = np.empty(n, np.int32), np.empty(n, np.int32)
            find_runs(words, row_start, x0, x1)
            self._grow(n)
            if self._emitted % self._depth == 0:
                self._before = None
            here = (row_start, x0, x1, first)
            for dz, dy, reach in self._touching:
                other = here if dz == 0 else self._before
                if other is not None and n:
                    join(self._parent, *here, *other, dy, reach)
            self._before = here
            self._emitted += 1
            self._plane_start[self._emitted] = self._found
            y = np.repeat(np.arange(len(words), dtype=np.int32), np.diff(row_start))
            for column, plane in zip(self._runs, (y, x0, x1), strict=True):
                column.append(plane)

    def _grow(self, n: int) -> None:
        """Make room for `n` more runs, each a set of its own."""
        self._found += n
        if self._found > MAX_RUNS:
            raise InputError(f"mask has more than {MAX_RUNS} runs; label it in parts")
        if self._found > self._parent.size:
            larger = np.empty(max(self._found, 2 * self._parent.size), np.int32)
            larger[: self._found - n] = self._parent[: self._found - n]
            self._parent = larger
        self._parent[self._found - n : self._found] = np.arange(self._found - n, self._found, dtype=np.int32)

    def finish(self) -> LabelRuns:
        """Drop what is too small, number the rest, and return it.

        Raises
        ------
        InputError
            When planes are missing.
        """
        if self._taken != self._planes:
            raise InputError(
                f"mask has {self._taken} planes; expected the {self._planes} of the shape {self.shape}"
            )
        y, x0, x1 = (_joined(column) for column in self._runs)
        label, sizes = self._parent[: self._found], np.empty(self._found, np.int64)
        count = resolve(label, x0, x1, self._min_size, sizes)
        kept = label > 0
        left = [np.count_nonzero(kept[a:b]) for a, b in pairwise(self._plane_start.tolist())]
        return LabelRuns(
            self.shape,
            sizes[:count].copy(),
            np.concatenate([[0], np.cumsum(left, dtype=np.int64)]),
            y[kept],
            x0[kept],
            x1[kept],
            label[kept],
        )


def _joined(parts: list[Ints]) -> Ints:
    """One array of many, which are let go."""
    whole = np.concatenate(parts)
    parts.clear()
    return whole
