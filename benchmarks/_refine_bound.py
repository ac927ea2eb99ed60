"""How well positions can be known at all: the Cramér-Rao bound on the pixels that a fit looks at."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from specks.synth import TouchingScene
from specks.synth._profiles import add_particles

__all__ = ["position_bound"]

STEP = 1e-4  # of derivatives, in pixels or parts of a signal


def position_bound(
    truth: pd.DataFrame,
    scene: TouchingScene,
    shape: tuple[int, ...],
    diameter: int | tuple[int, ...],
    free: Mapping[str, str] | None = None,
    groups: int = 100,
) -> float:
    """Root mean square of the least possible error of a position along an axis, in pixels.

    Unknown are positions, signals, one background for a group and, where they are free, sizes; the
    pixels are those within a radius of a particle. Noise is normal, or that of photons.

    Parameters
    ----------
    truth : pandas.DataFrame
        Of one frame.
    scene : TouchingScene
    shape : tuple of int
        Of a frame.
    diameter : int or tuple of int
        Of the masks.
    free : dict, optional
        How parameters are shared, as the fit is told; a size that all share counts as known.
    groups : int, optional
        Over how many groups the mean is taken.
    """
    axes = list("zyx"[-len(shape) :])
    radius = np.broadcast_to(np.asarray(diameter) // 2, len(axes))
    size_free = dict(free or {}).get("size", "const") == "var"
    variances = [
        _variances(rows, axes, scene, shape, radius, size_free)
        for _, rows in list(truth.groupby("group"))[:groups]
    ]
    return float(np.sqrt(np.mean(np.concatenate(variances))))


def _variances(
    rows: pd.DataFrame,
    axes: list[str],
    scene: TouchingScene,
    shape: tuple[int, ...],
    radius: np.ndarray,
    size_free: bool,
) -> np.ndarray:
    """Least variance of each coordinate of a group."""
    centers = rows[axes].to_numpy()
    low = np.maximum(np.floor(centers.min(axis=0) - radius), 0).astype(int)
    high = np.minimum(np.ceil(centers.max(axis=0) + radius) + 1, shape).astype(int)
    grid = np.indices(high - low).reshape(len(axes), -1).T + low
    inside = ((((grid[:, None] - centers) / radius) ** 2).sum(axis=2) <= 1).any(axis=1)
    sizes = (
        rows["size"].to_numpy()[:, None] if "size" in rows else rows[[f"size_{a}" for a in axes]].to_numpy()
    )

    def light(centers: np.ndarray, signals: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        image = np.zeros(high - low)
        add_particles(image, centers - low, np.broadcast_to(sizes, centers.shape), signals, scene.profile)
        return image.ravel()[inside]

    start = [centers, rows["signal"].to_numpy() / scene.gain, sizes]
    columns = [*_derivatives(light, start, 0), *_derivatives(light, start, 1), np.ones(inside.sum())]
    if size_free:
        columns += _derivatives(light, start, 2)
    jacobian = np.array(columns).T
    variance = np.full(inside.sum(), (scene.signal / scene.snr) ** 2)
    if scene.poisson:
        variance += light(*start) + scene.background
    bound = np.linalg.inv(jacobian.T @ (jacobian / variance[:, None]))
    return np.diag(bound)[: centers.size]


def _derivatives(light: Callable[..., np.ndarray], start: list[np.ndarray], which: int) -> list[np.ndarray]:
    """By central differences, a column for each number of one of the parameters."""
    columns = []
    for place in np.ndindex(start[which].shape):
        up, down = (list(start) for _ in range(2))
        for moved, sign in ((up, 1), (down, -1)):
            moved[which] = start[which].astype(float)
            moved[which][place] += sign * STEP
        columns.append((light(*up) - light(*down)) / (2 * STEP))
    return columns
