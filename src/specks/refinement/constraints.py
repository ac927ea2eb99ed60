"""Constraints on the features of a cluster: ready arrangements, and the form that all have.

A constraint is a dict: ``type`` ("eq" or "ineq": met where the function is 0, or not below it), ``fun``,
``args`` (behind the first argument of the function) and ``cluster_size`` (of which clusters it is demanded; of all
when it is left out). The function takes an array (clusters, features, parameters), parameters in the order
background, signal, positions, sizes, those of the profile, and gives numbers for each cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from specks._core.errors import InputError
from specks.refinement.fit.arrays import Floats

__all__ = ["dimer", "dimer_global", "tetramer", "trimer"]

#: Behind background and signal.
POSITIONS = 2


def _squared(params: Floats, dist: Floats, pairs: Sequence[tuple[int, int]]) -> Floats:
    """Squared distances of pairs of features in units of `dist`, (clusters, pairs)."""
    at = params[..., POSITIONS : POSITIONS + len(dist)] / dist
    i, j = np.array(pairs).T
    return np.asarray(((at[:, i] - at[:, j]) ** 2).sum(axis=-1))


def _all_apart(params: Floats, dist: Floats, pairs: Sequence[tuple[int, int]]) -> Floats:
    return 1.0 - _squared(params, dist, pairs)


def _square(params: Floats, dist: Floats) -> Floats:
    """Four sides of equal length, whichever features they join, and two diagonals of equal length."""
    pairs = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    away = _squared(params, dist, pairs)
    # Opposite pairs: the diagonals are those that are together the longest.
    opposite = away[:, [0, 1, 2]] + away[:, [5, 4, 3]]
    longest = opposite.argmax(axis=1)
    out = np.empty((len(away), 5))
    for k, (a, b) in enumerate(((0, 5), (1, 4), (2, 3))):
        rows = longest == k
        sides = [p for p in range(6) if p not in (a, b)]
        out[rows, :4] = 1.0 - away[rows][:, sides]
        out[rows, 4] = away[rows, a] - away[rows, b]
    return out


def _lengths(dist: Any, ndim: int) -> Floats:
    try:
        lengths = np.asarray(dist, np.float64)
    except (TypeError, ValueError):
        lengths = np.zeros(0)
    if lengths.size not in (1, ndim) or not (np.isfinite(lengths) & (lengths > 0)).all():
        raise InputError(f"dist is {dist!r}; it must be a length above 0, or one for each of {ndim} axes")
    return np.broadcast_to(lengths.ravel(), ndim).copy()


def _constraint(fun: Callable[..., Any], size: int, *args: Any) -> tuple[dict[str, Any]]:
    return ({"type": "eq", "fun": fun, "args": args, "cluster_size": size},)


def dimer(dist: float | Sequence[float], ndim: int = 2) -> tuple[dict[str, Any]]:
    """Both features of clusters of two are at a distance from each other.

    Parameters
    ----------
    dist : float or sequence of float
        The distance in pixels, or one for each axis.
    ndim : int, optional
        Axes of the positions.

    Returns
    -------
    tuple of dict

    Raises
    ------
    InputError
        When `dist` is no length.

    Examples
    --------
    >>> dimer(6.0)[0]["cluster_size"]
    2
    """
    return _constraint(_all_apart, 2, _lengths(dist, ndim), [(0, 1)])


def trimer(dist: float | Sequence[float], ndim: int = 2) -> tuple[dict[str, Any]]:
    """All features of clusters of three are at a distance from each other.

    Parameters and errors are those of `dimer`.

    Examples
    --------
    >>> trimer(6.0)[0]["type"]
    'eq'
    """
    return _constraint(_all_apart, 3, _lengths(dist, ndim), [(0, 1), (1, 2), (0, 2)])


def tetramer(dist: float | Sequence[float], ndim: int = 2) -> tuple[dict[str, Any]]:
    """Clusters of four are squares in a plane, tetrahedra in space, with sides of a length.

    Parameters and errors are those of `dimer`.

    Examples
    --------
    >>> tetramer(6.0, ndim=3)[0]["cluster_size"]
    4
    """
    if ndim == 2:
        return _constraint(_square, 4, _lengths(dist, ndim))
    return _constraint(_all_apart, 4, _lengths(dist, ndim), [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)])


def _apart_from_length(params: Floats, length: float, scale: Floats) -> Floats:
    return _squared(params, scale, [(0, 1)]) - length**2


def dimer_global(mpp: float | Sequence[float] = 1.0, ndim: int = 2) -> tuple[dict[str, Any]]:
    """The features of all clusters of two are at the same distance, which is to be found.

    Parameters
    ----------
    mpp : float or sequence of float, optional
        Size of a pixel, or one for each axis, where axes differ.
    ndim : int, optional
        Axes of the positions.

    Returns
    -------
    tuple of dict

    Raises
    ------
    InputError
        When `mpp` is no size.

    Examples
    --------
    >>> dimer_global(0.1)[0]["cluster_size"]
    2
    """
    scale = 1.0 / _lengths(mpp, ndim)
    return ({"type": "eq", "fun": _apart_from_length, "args": (scale,), "cluster_size": 2, "length": True},)
