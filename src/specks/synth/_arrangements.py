"""How particles of a group stand to each other: centers of groups whose neighbors are 1 apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

__all__ = ["Arrangement", "group_centers", "group_radius"]

Arrangement = Literal["single", "dimer", "trimer", "tetramer", "chain"]
Centers = npt.NDArray[np.float64]

#: How far a chain may bend from one particle to the next: the length of what is added to a direction.
BEND = 0.5


def group_centers(arrangement: Arrangement, ndim: int, length: int, rng: np.random.Generator) -> Centers:
    """Centers of a group in a drawn orientation, around their mean.

    Parameters
    ----------
    arrangement : {"single", "dimer", "trimer", "tetramer", "chain"}
        ``"tetramer"`` is a square in 2D and a regular tetrahedron in 3D.
    ndim : int
        2 or 3.
    length : int
        Particles of a chain.
    rng : numpy.random.Generator

    Returns
    -------
    (n, ndim) array of float
        Neighbors are 1 apart.
    """
    if arrangement == "chain":
        made = _chain(ndim, length, rng)
    else:
        shape = _SHAPES[arrangement](ndim)
        made = np.zeros((len(shape), ndim))
        made[:, : shape.shape[1]] = shape
        made = made @ _rotation(ndim, rng)
    centered: Centers = made - made.mean(axis=0)
    return centered


def group_radius(arrangement: Arrangement, length: int) -> float:
    """How far a center may lie from the middle of its group."""
    return {"single": 0.0, "dimer": 0.5, "trimer": 3**-0.5, "tetramer": 2**-0.5}.get(
        arrangement, (length - 1) / 2
    )


def _chain(ndim: int, length: int, rng: np.random.Generator) -> Centers:
    made = np.zeros((length, ndim))
    direction = _unit(rng.standard_normal(ndim))
    for k in range(1, length):
        made[k] = made[k - 1] + direction
        direction = _unit(direction + BEND * _unit(rng.standard_normal(ndim)))
    return made


def _unit(vector: npt.NDArray[Any]) -> Centers:
    unit: Centers = vector / np.sqrt(vector @ vector)
    return unit


def _rotation(ndim: int, rng: np.random.Generator) -> Centers:
    """A random orientation, mirrored or not: no group differs from its mirror image."""
    basis: Centers = np.linalg.qr(rng.standard_normal((ndim, ndim)))[0]
    return basis


def _tetramer(ndim: int) -> Centers:
    if ndim == 2:
        return np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]])
    corners: Centers = np.array([[1.0, 1.0, 1.0], [1.0, -1.0, -1.0], [-1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]])
    corners /= np.sqrt(8)
    return corners


_SHAPES: dict[str, Callable[[int], Centers]] = {
    "single": lambda _: np.zeros((1, 1)),
    "dimer": lambda _: np.array([[0.0], [1.0]]),
    "trimer": lambda _: np.array([[0.0, 0.0], [0.0, 1.0], [np.sqrt(0.75), 0.5]]),
    "tetramer": _tetramer,
}
