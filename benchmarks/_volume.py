"""Write generated volumes and their truth to files, block by block."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from specks.synth import ParticleScene, particle_volume_slices

__all__ = ["Written", "write_npy"]


@dataclass(frozen=True)
class Written:
    """A volume in a file, and the truth about the slices that were generated for it.

    Attributes
    ----------
    path : Path
    labels : zarr.Array
        True objects of the first slices, (z, y, x) int32.
    prevalence : float
    """

    path: Path
    labels: Any
    prevalence: float


def write_npy(
    folder: Path, shape: tuple[int, int, int], scene: ParticleScene, *, seed: int, generated: int
) -> Written:
    """Write a volume as NPY, with `generated` slices that go on forwards and backwards in turn.

    So the volume stays continuous, and hundreds of its slices take the time of `generated`.
    """
    path = folder / "volume.npy"
    volume = np.lib.format.open_memmap(path, "w+", scene.dtype, shape)
    slices = particle_volume_slices((min(generated, shape[0]), *shape[1:]), scene, seed=seed)
    truth = zarr.create_array(
        folder / "truth.zarr", shape=slices.shape, chunks=(1, *shape[1:]), dtype=np.int32
    )
    for z, (image, labels) in enumerate(slices):
        volume[z], truth[z] = image, labels
    there_and_back = cycle([*range(len(slices) - 1, -1, -1), *range(len(slices))])
    for z, source in zip(range(len(slices), shape[0]), there_and_back, strict=False):
        volume[z] = volume[source]
    volume.flush()
    return Written(path, truth, slices.prevalence)
