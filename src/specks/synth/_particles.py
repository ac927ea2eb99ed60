"""Images and volumes of particles, with exact truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from specks.synth._scene import ParticleScene, check_shape
from specks.synth._slices import ParticleSlices

__all__ = ["ParticlePicture", "particle_image", "particle_volume", "particle_volume_slices"]


@dataclass(frozen=True, eq=False)
class ParticlePicture:
    """A generated picture and the truth about it.

    Attributes
    ----------
    image : (y, x) or (z, y, x) array
        Of the scene's data type.
    labels : int32 array of the same shape
        Objects, numbered from 1 in raster order: a voxel belongs to one when its center lies in a
        sphere, and voxels that touch by faces or edges (18-connected; 8-connected in images)
        belong to the same one.
    spheres : pandas.DataFrame
        One row a sphere: ``z`` (volumes), ``y``, ``x`` in pixels of the image, ``radius`` in pixels
        of y and x, ``contrast`` in gray values, ``label`` of its object. Only spheres that have a
        voxel in the image.
    spacing : tuple of float
        Size of a voxel along each axis, in pixels of y and x.
    prevalence : float
        Fraction of voxels that belong to objects.
    """

    image: npt.NDArray[Any]
    labels: npt.NDArray[np.int32]
    spheres: pd.DataFrame
    spacing: tuple[float, ...]
    prevalence: float


def particle_volume_slices(
    shape: tuple[int, int, int], scene: ParticleScene | None = None, *, seed: int = 0
) -> ParticleSlices:
    """Volume of spheres on an uneven background, made slice by slice.

    Parameters
    ----------
    shape : tuple of int
        (z, y, x).
    scene : ParticleScene, optional
        What it shows and how it was recorded.
    seed : int, optional
        The same seed gives the same bits, by whichever function.

    Returns
    -------
    ParticleSlices
        An iterable of ``(image, labels)``, both (y, x), with the truth beside it.

    Raises
    ------
    InputError
        When the shape or the seed cannot be used.

    Examples
    --------
    >>> import specks.synth
    >>> slices = specks.synth.particle_volume_slices((3, 64, 96), seed=1)
    >>> brightest = [int(image.max()) for image, labels in slices]
    >>> len(brightest), slices.dtype
    (3, dtype('uint8'))
    """
    return ParticleSlices(shape, ParticleScene() if scene is None else scene, seed)


def particle_volume(
    shape: tuple[int, int, int] = (16, 256, 256), scene: ParticleScene | None = None, *, seed: int = 0
) -> ParticlePicture:
    """Volume of spheres on an uneven background, with exact truth.

    Parameters
    ----------
    shape : tuple of int, optional
        (z, y, x).
    scene : ParticleScene, optional
        What it shows and how it was recorded.
    seed : int, optional
        The same seed gives the same bits.

    Returns
    -------
    ParticlePicture

    Raises
    ------
    InputError
        When the shape or the seed cannot be used.

    See Also
    --------
    particle_volume_slices : the same for volumes that do not fit in memory.

    Examples
    --------
    >>> import specks.synth
    >>> made = specks.synth.particle_volume((4, 96, 96), specks.synth.ParticleScene(prevalence=0.02), seed=1)
    >>> made.image.shape, made.image.dtype, made.spacing
    ((4, 96, 96), dtype('uint8'), (5.0, 1.0, 1.0))
    >>> bool(made.image[made.labels > 0].mean() > made.image[made.labels == 0].mean() + 50)
    True
    """
    slices = particle_volume_slices(shape, scene, seed=seed)
    image = np.empty(slices.shape, slices.dtype)
    labels = np.empty(slices.shape, np.int32)
    for z, (picture, truth) in enumerate(slices):
        image[z], labels[z] = picture, truth
    return ParticlePicture(image, labels, slices.spheres, slices.spacing, slices.prevalence)


def particle_image(
    shape: tuple[int, int] = (512, 512), scene: ParticleScene | None = None, *, seed: int = 0
) -> ParticlePicture:
    """Image of particles on an uneven background, with exact truth.

    Parameters
    ----------
    shape : tuple of int, optional
        (y, x).
    scene : ParticleScene, optional
        What it shows and how it was recorded. Without it: as the defaults of `ParticleScene`, but
        particles cover 2 % of the image, and the background is three times as uneven.
    seed : int, optional
        The same seed gives the same bits.

    Returns
    -------
    ParticlePicture

    Raises
    ------
    InputError
        When the shape or the seed cannot be used.

    Examples
    --------
    >>> import specks.synth
    >>> made = specks.synth.particle_image((128, 192), seed=3)
    >>> made.image.shape, made.labels.shape
    ((128, 192), (128, 192))
    >>> int(made.labels.max()) == int(made.spheres["label"].max())
    True
    """
    ny, nx = check_shape(shape, "yx")
    shown = ParticleScene(prevalence=0.02, unevenness=30) if scene is None else scene
    made = particle_volume((1, ny, nx), shown, seed=seed)
    return ParticlePicture(
        made.image[0], made.labels[0], made.spheres.drop(columns="z"), made.spacing[1:], made.prevalence
    )
