"""Discs and spheres drawn where they are, not where pixels are: their truth is exact at any shift."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import erfc

__all__ = ["EDGE", "add_soft", "balls", "number_hard"]

#: Standard deviation in pixels of the blur of an edge; hardly anything of it is above Nyquist's frequency.
EDGE = 1.0

Floats = npt.NDArray[np.float32]


def add_soft(
    image: Floats, centers: npt.NDArray[Any], radii: npt.NDArray[Any], contrast: npt.NDArray[Any]
) -> None:
    """Add balls with blurred edges to an image, in place.

    Parameters
    ----------
    image : array of float32
    centers : (n, ndim) array of float
        In pixels.
    radii, contrast : (n,) array of float
        In pixels and in gray values.
    """
    for index, box, distance in balls(image.shape, centers, radii + 4 * EDGE):
        profile = 0.5 * erfc((distance - radii[index]) / (np.sqrt(2) * EDGE))
        image[box] += (contrast[index] * profile).astype(np.float32)


def number_hard(labels: npt.NDArray[np.int32], centers: npt.NDArray[Any], radii: npt.NDArray[Any]) -> None:
    """Write 1, 2, … where pixels have their center in a ball, in place; a later one lies above.

    Parameters
    ----------
    labels : array of int32
    centers : (n, ndim) array of float
        In pixels.
    radii : (n,) array of float
        In pixels.
    """
    for index, box, distance in balls(labels.shape, centers, radii):
        labels[box][distance <= radii[index]] = index + 1


def balls(
    shape: tuple[int, ...], centers: npt.NDArray[Any], reach: npt.NDArray[Any]
) -> Iterator[tuple[int, tuple[slice, ...], npt.NDArray[np.float64]]]:
    """The part of an image around each center, and how far its pixels are from the center.

    Parameters
    ----------
    shape : tuple of int
    centers : (n, ndim) array of float
    reach : (n,) array of float
        Half the size of the part, in pixels.

    Yields
    ------
    index : int
        Of the center. Those with nothing in the image are left out.
    box : tuple of slice
    distance : array of float
        In pixels, of the shape of the box.
    """
    size = np.array(shape)
    first = np.maximum(np.ceil(centers - reach[:, None]), 0).astype(int)
    stop = np.minimum(np.floor(centers + reach[:, None]) + 1, size).astype(int)
    for index in np.flatnonzero((first < stop).all(axis=1)):
        box = tuple(slice(a, b) for a, b in zip(first[index], stop[index], strict=True))
        along = [np.arange(s.start, s.stop) - c for s, c in zip(box, centers[index], strict=True)]
        squared = sum(np.square(d) for d in np.meshgrid(*along, indexing="ij", sparse=True))
        yield int(index), box, np.sqrt(squared)
