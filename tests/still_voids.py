"""Voids that keep their places in a sample that drifts, with exact truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from discs import scattered


@dataclass(frozen=True, eq=False)
class StillVoids:
    """A series of label images.

    Attributes
    ----------
    labels : (t, y, x) array of int32
        Voids by their number in `places`, from 1; nothing of those outside.
    drift : (t, 2) array
    places : (n, 2) array
        Without the drift.
    radii : (t, n) array
    """

    labels: np.ndarray
    drift: np.ndarray
    places: np.ndarray
    radii: np.ndarray

    def whole(self, frame: int) -> list[int]:
        """Numbers of the voids that no side cuts."""
        at = self.places + self.drift[frame]
        inside = (at > self.radii[frame][:, None] + 1) & (
            at < np.array(self.labels.shape[1:]) - self.radii[frame][:, None] - 2
        )
        return (np.flatnonzero(inside.all(axis=1)) + 1).tolist()


def still_voids(
    drift, shape=(128, 160), count=12, radius=(5, 8), growth=0.0, seed=0, beyond=0.0, jitter=0.0
) -> StillVoids:
    """Draw voids that keep their places.

    Parameters
    ----------
    drift : (t, 2) array
    shape : tuple of int
        (y, x).
    count : int
    radius : tuple of float
        Least and largest.
    growth : float
        Pixels of radius a frame.
    seed : int
    beyond : float
        How far outside of the first frame there are voids too.
    jitter : float
        Standard deviation of each position in each frame.
    """
    drift = np.asarray(drift, float)
    rng = np.random.default_rng(seed)
    field = np.array(shape) + 2 * beyond
    rim = radius[1] + 12 if not beyond else 0
    apart = 2 * (radius[1] + growth * len(drift)) + 6
    places = scattered(field, count, apart, seed, rim) - beyond
    radii = rng.uniform(*radius, count) + growth * np.arange(len(drift))[:, None]
    y, x = np.mgrid[: shape[0], : shape[1]]
    labels = np.zeros((len(drift), *shape), np.int32)
    for t, moved in enumerate(drift):
        at = places + moved + rng.normal(0, 1, places.shape) * jitter
        for k, ((cy, cx), r) in enumerate(zip(at, radii[t], strict=True)):
            labels[t][(y - cy) ** 2 + (x - cx) ** 2 <= r**2] = k + 1
    return StillVoids(labels, drift, places, radii)


def spread(objects: pd.DataFrame) -> float:
    """Largest standard deviation of the corrected positions of a track that no side cuts, in pixels."""
    whole = objects[~objects["touches_side"]]
    tracks = whole.groupby("particle")[["y_corrected", "x_corrected"]]
    return float(tracks.std().max().max())
