"""Smooth random fields: textures that stay alike from slice to slice, and noise."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

__all__ = ["smooth_noise", "texture_slices"]

Floats = npt.NDArray[np.float32]
# Grid points per sigma at which a smooth field is computed; between them it is as good as linear.
_POINTS_PER_SIGMA = 3


def smooth_noise(rng: np.random.Generator, shape: tuple[int, ...], sigma: float) -> Floats:
    """Gaussian noise smoothed by a Gaussian, with a standard deviation of 1 everywhere.

    Parameters
    ----------
    rng : numpy.random.Generator
    shape : tuple of int
    sigma : float
        Of the smoothing, in pixels.

    Returns
    -------
    numpy.ndarray of float32
    """
    radius = int(4 * sigma + 0.5)
    white = rng.standard_normal([n + 2 * radius for n in shape], dtype=np.float32)
    inner = tuple(slice(radius, radius + n) for n in shape)
    smooth: Floats = gaussian_filter(white, sigma, truncate=4.0, mode="constant")[inner]
    return smooth / np.float32(_kernel_norm(sigma, radius) ** len(shape))


def _kernel_norm(sigma: float, radius: int) -> float:
    """Root of the summed squares of a sampled Gaussian whose sum is 1."""
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    return float(np.sqrt((kernel**2).sum()) / kernel.sum())


def texture_slices(seeds: list[Any], shape: tuple[int, int], sigma: float, memory: float) -> Iterator[Floats]:
    """Smooth fields with a standard deviation of 1, each correlated with the last one.

    Parameters
    ----------
    seeds : list
        What `numpy.random.default_rng` takes, one a slice.
    shape : tuple of int
        (y, x).
    sigma : float
        In pixels.
    memory : float
        Correlation of one slice with the next.

    Yields
    ------
    numpy.ndarray of float32
    """
    step = max(1, int(sigma / _POINTS_PER_SIGMA))
    coarse = tuple(math.ceil(n / step) + 1 for n in shape)
    state: Floats | None = None
    for seed in seeds:
        fresh = smooth_noise(np.random.default_rng(seed), coarse, sigma / step)
        if state is None:
            state = fresh
        else:
            state = np.float32(memory) * state + np.float32(math.sqrt(1 - memory**2)) * fresh
        yield _interpolate(_interpolate(state, shape[0], step).T, shape[1], step).T


def _interpolate(field: Floats, size: int, step: int) -> Floats:
    """Linear interpolation along the first axis to `step` points for each one."""
    out = np.empty((field.shape[0] - 1, step, *field.shape[1:]), np.float32)
    for k in range(step):
        weight = np.float32(k / step)
        np.multiply(field[:-1], 1 - weight, out=out[:, k])
        out[:, k] += weight * field[1:]
    return out.reshape(-1, *field.shape[1:])[:size]
