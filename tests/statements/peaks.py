"""Peaks in plain NumPy and SciPy."""

from __future__ import annotations

import itertools

import numpy as np
from scipy import ndimage as ndi


def binned(plane, step_y, step_x):
    """Mean of every cell, the last ones as large as they are."""
    height, width = plane.shape
    return np.array(
        [
            [plane[y : y + step_y, x : x + step_x].astype(np.float64).mean() for x in range(0, width, step_x)]
            for y in range(0, height, step_y)
        ]
    )


def blur(plane, weights_y, weights_x):
    """Two convolutions with whole windows; borders are continued."""
    out = plane.astype(np.float64)
    for axis, half in enumerate((weights_y, weights_x)):
        window = np.concatenate([half[:0:-1], half]).astype(np.float64)
        out = ndi.correlate1d(out, window, axis=axis, mode="nearest")
    return out


def laplacian(plane, scale_y, scale_x):
    """Second differences with the sign turned; borders are continued."""
    values = plane.astype(np.float64)
    return sum(
        scale * ndi.correlate1d(values, [-1, 2, -1], axis=axis, mode="nearest")
        for axis, scale in enumerate((scale_y, scale_x))
    )


def curvature_ratio(stack, weights):
    """Lesser curvature of each pixel over its greater one, by the eigenvalues; 1 where both are 0."""
    a, b = weights
    padded = np.pad(stack.astype(np.float64), ((0, 0), (1, 1), (1, 1)), mode="edge")

    def moved(j, i):
        return padded[:, 1 + j : 1 + j + stack.shape[1], 1 + i : 1 + i + stack.shape[2]]

    yy = a * a * (moved(-1, 0) + moved(1, 0) - 2 * moved(0, 0))
    xx = b * b * (moved(0, -1) + moved(0, 1) - 2 * moved(0, 0))
    xy = a * b / 4 * (moved(-1, -1) + moved(1, 1) - moved(-1, 1) - moved(1, -1))
    values = np.linalg.eigvalsh(np.moveaxis(np.array([[yy, xy], [xy, xx]]), (0, 1), (-2, -1)))
    least, most = np.sort(np.abs(values), axis=-1).transpose(-1, 0, 1, 2)
    same = np.sign(values).prod(axis=-1) >= 0
    return np.where(most > 0, np.where(same, least / np.maximum(most, 1e-300), -1), 1)


def extremes(stack, sign, edge_y, edge_x):
    """Places above 0 that no neighbor exceeds and no earlier neighbor equals, in reading order."""
    values = sign * stack
    height, width = values.shape[1:]
    padded = np.pad(values, 1, constant_values=-np.inf)
    highest = values > 0
    for shift in itertools.product((-1, 0, 1), repeat=3):
        other = padded[tuple(slice(1 + d, 1 + d + n) for d, n in zip(shift, values.shape, strict=True))]
        if shift < (0, 0, 0):
            highest &= other < values
        elif shift > (0, 0, 0):
            highest &= other <= values
    inside = np.zeros_like(highest)
    rim_y, rim_x = max(edge_y, 1), max(edge_x, 1)
    inside[:, rim_y : max(height - rim_y, 0), rim_x : max(width - rim_x, 0)] = True
    return np.argwhere(highest & inside)


def vertices(stack, places, allowed):
    """Scale, place and value of the extremes where allowed; parabolas through their neighbors lead between the pixels."""

    def shift(before, middle, after):
        bend = before - 2 * middle + after
        return np.clip((before - after) / (2 * bend), -0.5, 0.5) if bend else 0.0

    values = stack.astype(np.float64)
    found = [
        (
            s,
            y + shift(*values[s, y - 1 : y + 2, x]),
            x + shift(*values[s, y, x - 1 : x + 2]),
            values[s, y, x],
        )
        for s, y, x in places
        if allowed[y, x]
    ]
    return np.array(found).reshape(-1, 4)


def cell_sums(stack, allowed, size_y, size_x):
    """Squares of what is below 0 by cell, and pixels by cell, where allowed."""
    rows, columns = (np.arange(n) // s for n, s in zip(allowed.shape, (size_y, size_x), strict=True))
    place = (rows[:, None], columns[None, :])
    grid = (rows[-1] + 1, columns[-1] + 1)
    counts, sums = np.zeros(grid), np.zeros((len(stack), *grid))
    np.add.at(counts, place, allowed)
    for total, plane in zip(sums, stack, strict=True):
        np.add.at(total, place, np.where(allowed, np.minimum(plane, 0).astype(np.float64) ** 2, 0))
    return sums, counts


def noise_levels(near, seen, share, shrinkage, whole):
    """Parts of the root mean square nearby, which the whole plane's holds where little was seen, and of that."""
    local = np.sqrt((2 * near.astype(np.float64) + shrinkage * whole) / (seen + shrinkage))
    return share[0] * local + share[1] * np.sqrt(whole)


def windowed(counts, sigma):
    """A Gaussian of four sigmas, by SciPy."""
    return ndi.gaussian_filter1d(counts, sigma, mode="reflect")


def ranked(height, least):
    """By a stable sort of what is high enough."""
    chosen = np.flatnonzero(height >= least)
    return chosen[np.argsort(-height[chosen].astype(np.float32), kind="stable")]


def sample(grids, cell, which, y, x):
    """Linear interpolation between the middles of cells; borders are continued."""
    y, x = ((np.asarray(place) + 0.5) / side - 0.5 for place, side in zip((y, x), cell, strict=True))
    return np.array(
        [
            ndi.map_coordinates(grids[k].astype(np.float64), [[v], [u]], order=1, mode="nearest")[0]
            for k, v, u in zip(which, y, x, strict=True)
        ]
    )


def fill_discs(shape, y, x, radius_y, radius_x):
    """Pixels whose center lies in an ellipse; and those so near to an outline that rounding decides."""
    j, i = np.mgrid[: shape[0], : shape[1]]
    inside, unclear = np.zeros(shape, bool), np.zeros(shape, bool)
    for cy, cx, a, b in zip(y, x, radius_y, radius_x, strict=True):
        away = ((j - cy) / a) ** 2 + ((i - cx) / b) ** 2
        inside |= away <= 1
        unclear |= np.abs(away - 1) < 1e-9
    return inside, unclear


def separated(y, x, radius, gap, alike):
    """Each one that is far enough from all of like size that were kept before it."""
    kept = []
    for k in range(len(y)):
        if all(
            (y[k] - y[m]) ** 2 + (x[k] - x[m]) ** 2 >= (gap * max(radius[k], radius[m])) ** 2
            or max(radius[k], radius[m]) > alike * min(radius[k], radius[m])
            for m in kept
        ):
            kept.append(k)
    return np.isin(np.arange(len(y)), kept)


def within(y, x, center_y, center_x, reach):
    """All pairs of a center and a place that is near enough."""
    away = (y - center_y[:, np.newaxis]) ** 2 + (x - center_x[:, np.newaxis]) ** 2
    return np.argwhere(away <= reach[:, np.newaxis] ** 2)
