"""From spheres to voxels and to objects: which spheres touch, and what number each object has."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from specks.synth._spheres import Spheres

__all__ = ["Objects", "discs", "find_objects"]

Bools = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Objects:
    """The truth that spheres make on a grid.

    Attributes
    ----------
    labels : (n,) int32
        Object of each sphere, from 1 in raster order of the objects' first voxels; 0 for a sphere
        with no voxel in the image.
    voxels : int
        Voxels that lie in any sphere.
    """

    labels: Labels
    voxels: int


def discs(
    spheres: Spheres, shape: tuple[int, int, int], z_step: float, z: int
) -> Iterator[tuple[int, tuple[slice, slice], Bools]]:
    """Pixels of one slice whose centers lie in a sphere.

    Parameters
    ----------
    spheres : Spheres
    shape : tuple of int
        (z, y, x).
    z_step : float
        Distance between slices in pixels.
    z : int
        The slice.

    Yields
    ------
    index : int
        The sphere.
    box : tuple of slice
        (y, x) within the slice, not empty.
    inside : (y, x) bool
        The pixels of that box; at least one is set.
    """
    height = np.square(spheres.radius) - np.square(spheres.center[:, 0] - z * z_step)
    for index in np.flatnonzero(height >= 0):
        squared = float(height[index])
        reach = math.sqrt(squared)
        _, cy, cx = spheres.center[index]
        y0, y1 = max(0, math.ceil(cy - reach)), min(shape[1], math.floor(cy + reach) + 1)
        x0, x1 = max(0, math.ceil(cx - reach)), min(shape[2], math.floor(cx + reach) + 1)
        if y0 >= y1 or x0 >= x1:
            continue
        dy, dx = np.arange(y0, y1) - cy, np.arange(x0, x1) - cx
        inside = (dy * dy)[:, None] + (dx * dx)[None, :] <= squared
        if inside.any():
            yield int(index), (slice(y0, y1), slice(x0, x1)), inside


def find_objects(spheres: Spheres, shape: tuple[int, int, int], z_step: float) -> Objects:
    """Join spheres whose voxels overlap or touch, by faces or edges (18-connected), slice by slice.

    The discs of one sphere lie within each other and are connected, so that it is enough to join
    spheres: each disc with those that were painted under and around it, on its slice and the one
    before.
    """
    parent = list(range(len(spheres) + 1))
    first = np.full(len(spheres) + 1, np.iinfo(np.int64).max)
    voxels = 0
    before = np.zeros((shape[1] + 2, shape[2] + 2), np.int32)  # a rim of one pixel around
    now = np.zeros_like(before)
    for z in range(shape[0]):
        now.fill(0)
        for index, (rows, columns), inside in discs(spheres, shape, z_step, z):
            around = (slice(rows.start, rows.stop + 2), slice(columns.start, columns.stop + 2))
            cross, square = _grown(inside)
            near = np.concatenate([now[around][square], before[around][cross]])
            for other in np.unique(near[near > 0]):
                _join(parent, index + 1, int(other))
            if first[index + 1] == np.iinfo(np.int64).max:
                y, x = np.unravel_index(int(inside.argmax()), inside.shape)
                first[index + 1] = (z * shape[1] + rows.start + int(y)) * shape[2] + columns.start + int(x)
            now[around][1:-1, 1:-1][inside] = index + 1
        voxels += int(np.count_nonzero(now))
        before, now = now, before
    return Objects(_numbered(parent, first), voxels)


def _grown(inside: Bools) -> tuple[Bools, Bools]:
    """A mask with a rim of one pixel, grown by the four and by the eight neighbors."""
    padded = np.pad(inside, 1)
    wide = padded.copy()
    wide[:, 1:] |= padded[:, :-1]
    wide[:, :-1] |= padded[:, 1:]
    cross, square = wide.copy(), wide.copy()
    for grown, source in ((cross, padded), (square, wide)):
        grown[1:] |= source[:-1]
        grown[:-1] |= source[1:]
    return cross, square


def _root(parent: list[int], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


def _join(parent: list[int], i: int, j: int) -> None:
    parent[_root(parent, i)] = _root(parent, j)


def _numbered(parent: list[int], first: npt.NDArray[Any]) -> Labels:
    """Numbers of the objects, by their first voxels."""
    nowhere = np.iinfo(np.int64).max
    roots = np.array([_root(parent, i) for i in range(len(parent))])
    start = np.full(len(parent), nowhere)
    np.minimum.at(start, roots, first)
    seen = np.unique(start[start != nowhere])
    labels = np.where(first == nowhere, 0, np.searchsorted(seen, start[roots]) + 1)
    return labels[1:].astype(np.int32)
