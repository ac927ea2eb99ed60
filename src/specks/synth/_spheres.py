"""Where the spheres are: sizes, aggregates, and a density that falls along x."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from specks.synth._scene import ParticleScene

__all__ = ["Spheres", "place"]

Floats = npt.NDArray[np.float64]
LOG_SD = 0.3
SMALLEST, LARGEST = 0.5, 2.8  # of the median radius
AGGREGATES, MEMBERS, SPREAD = 0.3, (2, 6), 2.0  # share, how many, in median radii
FALL = 0.75  # of the density along x
_BATCH = 512


@dataclass(frozen=True)
class Spheres:
    """Spheres in pixels of y and x, along z too.

    Attributes
    ----------
    center : (n, 3) float
        z, y, x.
    radius, contrast : (n,) float
    """

    center: Floats
    radius: Floats
    contrast: Floats

    def __len__(self) -> int:
        return len(self.radius)

    def __getitem__(self, chosen: Any) -> Spheres:
        return Spheres(self.center[chosen], self.radius[chosen], self.contrast[chosen])


def place(seed: Any, shape: tuple[int, int, int], scene: ParticleScene, prevalence: float) -> Spheres:
    """Draw spheres until they fill the asked fraction of the image.

    Parameters
    ----------
    seed
        What `numpy.random.default_rng` takes.
    shape : tuple of int
        (z, y, x) in voxels. With one slice all centers lie in it.
    scene : ParticleScene
    prevalence : float

    Returns
    -------
    Spheres
        In the order in which they were drawn. Some may have no voxel in the image.
    """
    rng = np.random.default_rng(seed)
    step = scene.z_step if shape[0] > 1 else 0.0
    extent = np.array([(shape[0] - 1) * step, shape[1] - 1.0, shape[2] - 1.0])
    target = prevalence * float(np.prod(shape, dtype=np.int64))
    batches = [_draw(rng, _BATCH if target else 0, extent, scene)]
    covered = np.cumsum(_voxels(batches[0], extent, step))
    while target > 0 and covered[-1] < target:
        batches.append(_draw(rng, _BATCH, extent, scene))
        covered = np.append(covered, covered[-1] + np.cumsum(_voxels(batches[-1], extent, step)))
    every = Spheres(
        np.concatenate([b.center for b in batches]),
        np.concatenate([b.radius for b in batches]),
        np.concatenate([b.contrast for b in batches]),
    )
    # As many as come nearest to the target, and at least one where there are to be any.
    return every[: int(np.abs(covered - target).argmin()) + 1] if target else every


def _draw(rng: np.random.Generator, count: int, extent: Floats, scene: ParticleScene) -> Spheres:
    """`count` single spheres or aggregates."""
    together = rng.random(count) < AGGREGATES
    members = np.where(together, rng.integers(MEMBERS[0], MEMBERS[1] + 1, count), 1)
    margin = np.array([extent[0] and scene.z_step / 2, 0.5, 0.5])
    first = rng.random((count, 3)) * (extent + 2 * margin) - margin
    # Inverse of the distribution function of a density that falls linearly by FALL.
    first[:, 2] = (1 - np.sqrt(1 - FALL * (2 - FALL) * rng.random(count))) / FALL * (extent[2] + 1) - 0.5
    center = np.repeat(first, members, axis=0)
    median = scene.diameter / 2
    radius = median * np.clip(np.exp(LOG_SD * rng.standard_normal(len(center))), SMALLEST, LARGEST)
    offset = rng.standard_normal(center.shape) * (SPREAD * median)
    center += np.where(np.repeat(together, members)[:, None], offset, 0.0)
    if extent[0] == 0:  # one slice goes through all centers
        center[:, 0] = 0.0
    return Spheres(center, radius, scene.contrast * (1 + rng.standard_normal(len(center)) / 9))


def _voxels(spheres: Spheres, extent: Floats, step: float) -> Floats:
    """About how many voxels of the image each sphere fills."""
    r = spheres.radius
    size = 4 / 3 * np.pi * r**3 / step if step else np.pi * r**2
    for axis in (0, 1, 2) if step else (1, 2):
        margin = step / 2 if axis == 0 else 0.5
        for inside in (spheres.center[:, axis] + margin, extent[axis] + margin - spheres.center[:, axis]):
            u = np.clip(inside / r, -1, 1)
            size = size * (2 + 3 * u - u**3) / 4  # what a plane leaves of a ball
    return np.asarray(size)
