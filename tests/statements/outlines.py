"""Outlines in plain NumPy and SciPy."""

from __future__ import annotations

import itertools

import numpy as np
from scipy import ndimage as ndi


def distances(shape, y, x, radius_y, radius_x):
    """Squared distance of each pixel to each peak, in radii of the peak."""
    j, i = np.mgrid[: shape[0], : shape[1]]
    parts = [
        ((j - v) / a) ** 2 + ((i - u) / b) ** 2
        for v, u, a, b in zip(*(np.float64(c) for c in (y, x, radius_y, radius_x)), strict=True)
    ]
    return np.array(parts).reshape((len(parts), *shape))


def nearest(shape, y, x, radius_y, radius_x, reach):
    """Peak with the least distance, the first of equal ones; -1 where none is within reach."""
    if not len(y):
        return np.full(shape, -1)
    away = distances(shape, y, x, radius_y, radius_x)
    away = np.where(away <= reach * reach, away.astype(np.float32), np.inf)
    return np.where(np.isfinite(away.min(axis=0)), away.argmin(axis=0), -1)


def middle_pixel(shape, y, x):
    """Pixel of a place, half pixels going up; the nearest of the plane."""
    return tuple(int(np.clip(np.floor(v + 0.5), 0, n - 1)) for v, n in zip((y, x), shape, strict=True))


def levels(plane, y, x, radius_y, radius_x, owner, inner, ring):
    """Brightness of each peak and around it; what is not a number counts nowhere.

    Where all around it belongs to others, the darkest of it is taken.
    """
    middle, outside = np.full(len(y), np.nan), np.full(len(y), np.nan)
    for k, away in enumerate(distances(plane.shape, y, x, radius_y, radius_x)):
        core = plane[(away <= inner**2) & ~np.isnan(plane)].astype(np.float64)
        middle[k] = core.mean() if core.size else plane[middle_pixel(plane.shape, y[k], x[k])]
        around = (away > inner**2) & (away <= ring[1] ** 2) & ~np.isnan(plane)
        free = plane[around & (away >= ring[0] ** 2) & ((owner < 0) | (owner == k))]
        if free.size:
            outside[k] = np.median(free)
        elif around.any():
            outside[k] = plane[around].min()
    return middle, outside


def flood(plane, y, x, owner, level):
    """What is connected over faces with the pixel where each peak begins."""
    labels = np.zeros(plane.shape, np.int32)
    for k in range(len(y)):
        own = (owner == k) & (plane >= level[k])
        start = row, column = middle_pixel(plane.shape, y[k], x[k])
        if not plane[start] >= level[k]:
            box = [
                (j, i)
                for j in range(max(row - 1, 0), min(row + 2, plane.shape[0]))
                for i in range(max(column - 1, 0), min(column + 2, plane.shape[1]))
                if own[j, i]
            ]
            start = max(box, key=lambda place: plane[place], default=start)
        if own[start]:
            found, _ = ndi.label(own)
            labels[found == found[start]] = k + 1
    return labels


def paint(plane, places, owner, level, contrast, sure, edge, out):
    """Probability of the peak times how far inside a pixel lies, where nothing is painted."""
    painted = out.copy()
    for place in places[out[places] == 0]:
        k = owner[place] - 1
        share = (float(plane[place]) - level[k]) / contrast[k]
        painted[place] = sure[k] * np.clip((share - edge[0]) / edge[1], 0, 1)
    return painted


def runs_of(labels):
    """Row, first pixel, pixel past the last and label of every run."""
    runs = []
    for j, line in enumerate(labels):
        starts = np.concatenate([[0], np.flatnonzero(np.diff(line)) + 1, [line.size]])
        runs += [(j, a, b, line[a]) for a, b in itertools.pairwise(starts) if a < b and line[a]]
    return np.array(runs, np.int64).reshape(-1, 4)
