"""A volume of particles, rendered slice by slice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.ndimage import gaussian_filter

from specks._core.errors import InputError
from specks.synth._objects import discs, find_objects
from specks.synth._scene import ParticleScene, check_seed, check_shape
from specks.synth._spheres import Spheres, place
from specks.synth._texture import smooth_noise, texture_slices

__all__ = ["ParticleSlices"]

Image = npt.NDArray[Any]
Labels = npt.NDArray[np.int32]

GRAY = 110.0
BROAD, FINE = (60.0, 0.97), (6.0, 0.7)  # sigma in pixels, correlation between slices
BLUR, NOISE_SIGMA = 0.7, 0.6
OFFSET_STEP, OFFSET_MEMORY, GAIN_SD = 2.5, 0.8, 0.02
# What the random numbers are for; with the seed and the slice they are the seed of a stream.
SPHERES, CONFOUNDERS, BRIGHTNESS, BROAD_TEXTURE, FINE_TEXTURE, NOISE = range(6)


class ParticleSlices:
    """A generated volume, slice by slice, for volumes that do not fit in memory.

    Iterating yields ``(image, labels)`` of one slice after the other, from the first; the truth is
    known beforehand. Every iteration yields the same.

    Attributes
    ----------
    shape : tuple of int
        (z, y, x).
    dtype : numpy.dtype
        Of the image.
    scene : ParticleScene
    seed : int
    spheres, spacing, prevalence
        As in `ParticlePicture`.
    """

    def __init__(self, shape: tuple[int, ...], scene: ParticleScene, seed: int) -> None:
        if not isinstance(scene, ParticleScene):
            raise InputError(
                f"scene is {scene!r}; it must be a ParticleScene, such as ParticleScene(prevalence=0.01)"
            )
        nz, ny, nx = check_shape(shape, "zyx")
        self.shape = (nz, ny, nx)
        self.scene, self.seed = scene, check_seed(seed)
        self.dtype = np.dtype(scene.dtype)
        self.spacing = (scene.z_step, 1.0, 1.0)
        placed = place((self.seed, SPHERES), self.shape, scene, scene.prevalence)
        objects = find_objects(placed, self.shape, scene.z_step)
        visible = objects.labels > 0
        self._placed, self._labels = placed[visible], objects.labels[visible]
        self._blobs = place(
            (self.seed, CONFOUNDERS), self.shape, scene, min(0.5, scene.prevalence * scene.confounders)
        )
        self.prevalence = objects.voxels / float(np.prod(self.shape, dtype=np.int64))
        self.spheres = _table(self._placed, self._labels, scene.z_step)

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[tuple[Image, Labels]]:
        nz, *plane = self.shape
        gain, offset = self._brightness()
        broad = texture_slices(self._seeds(BROAD_TEXTURE), (plane[0], plane[1]), *BROAD)
        fine = texture_slices(self._seeds(FINE_TEXTURE), (plane[0], plane[1]), *FINE)
        for z, uneven, texture in zip(range(nz), broad, fine, strict=True):
            picture = np.float32(self.scene.unevenness) * uneven
            picture += np.float32(self.scene.texture) * texture
            labels = self._paint(z, picture)
            picture = gaussian_filter(picture, BLUR, mode="nearest")
            rng = np.random.default_rng((self.seed, NOISE, z))
            picture += np.float32(self.scene.noise) * smooth_noise(rng, self.shape[1:], NOISE_SIGMA)
            picture += np.float32(GRAY)
            picture *= np.float32(gain[z])
            picture += np.float32(offset[z])
            yield _recorded(picture, self.scene), labels

    def _seeds(self, stream: int) -> list[tuple[int, int, int]]:
        return [(self.seed, stream, z) for z in range(self.shape[0])]

    def _brightness(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Gain and offset of every slice."""
        rng = np.random.default_rng((self.seed, BRIGHTNESS))
        gain = 1 + GAIN_SD * self.scene.jitter * rng.standard_normal(self.shape[0])
        steps = OFFSET_STEP * self.scene.jitter * rng.standard_normal(self.shape[0])
        offset = np.empty(self.shape[0])
        last = steps[0] / np.sqrt(1 - OFFSET_MEMORY**2)  # as if slices had gone before
        for z, step in enumerate(steps):
            last = OFFSET_MEMORY * last + step if z else last
            offset[z] = last
        return gain, offset

    def _paint(self, z: int, picture: npt.NDArray[np.float32]) -> Labels:
        """Add the blobs, replace the texture inside particles, and return their labels."""
        dim = np.zeros(picture.shape, bool)
        for _, box, inside in discs(self._blobs, self.shape, self.scene.z_step, z):
            dim[box] |= inside
        picture[dim] += np.float32(self.scene.contrast / 2)
        labels = np.zeros(picture.shape, np.int32)
        for index, box, inside in discs(self._placed, self.shape, self.scene.z_step, z):
            labels[box][inside] = self._labels[index]
            picture[box][inside] = self._placed.contrast[index]
        return labels


def _table(spheres: Spheres, labels: Labels, z_step: float) -> pd.DataFrame:
    z, y, x = spheres.center.T
    return pd.DataFrame(
        {
            "z": z / z_step,
            "y": y,
            "x": x,
            "radius": spheres.radius,
            "contrast": spheres.contrast,
            "label": labels,
        }
    )


def _recorded(picture: npt.NDArray[np.float32], scene: ParticleScene) -> Image:
    """Gray values as the detector stores them."""
    if scene.polarity == "dark":
        picture = np.float32(255) - picture
    if scene.dtype == "float32":
        return picture
    limits = np.iinfo(scene.dtype)
    if scene.dtype == "uint16":
        picture = picture * np.float32(256)
    return np.clip(np.rint(picture), limits.min, limits.max).astype(scene.dtype)
