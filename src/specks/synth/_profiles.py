"""Radial profiles of particles as least-squares refinement knows them: 1 at their brightest."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

__all__ = ["DISC_SIZE", "THICKNESS", "Profile", "add_particles"]

Profile = Literal["gauss", "ring", "disc"]
Floats = npt.NDArray[np.float64]

#: Width of a ring's wall and radius of a disc's flat part, both as a part of the size.
THICKNESS, DISC_SIZE = 0.2, 0.5
#: A profile is drawn until its exponent falls below this: exp(-24) is nothing beside 16 bits.
LEAST = 24.0


def add_particles(
    image: Floats,
    centers: npt.NDArray[Any],
    sizes: npt.NDArray[Any],
    signals: npt.NDArray[Any],
    name: Profile,
) -> None:
    """Add particles to an image, in place, each of them whole.

    Parameters
    ----------
    image : array of float64
    centers : (n, ndim) array of float
        In pixels.
    sizes : (n, ndim) array of float
        Along each axis, in pixels: of a Gaussian the root of the number of axes times its standard
        deviation.
    signals : (n,) array of float
        What the brightest place of a particle adds.
    name : {"gauss", "ring", "disc"}
    """
    ndim = image.ndim
    far = _reach(name, ndim)
    for center, size, signal in zip(centers, sizes, signals, strict=True):
        low = np.maximum(np.ceil(center - far * size), 0).astype(int)
        high = np.minimum(np.floor(center + far * size) + 1, image.shape).astype(int)
        if (high <= low).any():
            continue
        r2: Any = 0.0
        for axis in range(ndim):
            line = ((np.arange(low[axis], high[axis]) - center[axis]) / size[axis]) ** 2
            r2 = r2 + line.reshape([-1 if d == axis else 1 for d in range(ndim)])
        box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        image[box] += signal * _profile(name, r2, ndim)


def _profile(name: Profile, r2: Floats, ndim: int) -> Floats:
    if name == "ring":
        u = (np.sqrt(r2) - 1 + THICKNESS) / THICKNESS
    elif name == "disc":
        u = np.maximum(np.sqrt(r2) - DISC_SIZE, 0) / (1 - DISC_SIZE)
    else:
        return np.exp(-0.5 * ndim * r2)
    return np.exp(-0.5 * ndim * u * u)


def _reach(name: Profile, ndim: int) -> float:
    """Distance from the center, in sizes, at which nothing is left."""
    u = float(np.sqrt(2 * LEAST / ndim))
    return {"gauss": u, "ring": 1 - THICKNESS + THICKNESS * u, "disc": DISC_SIZE + (1 - DISC_SIZE) * u}[name]
