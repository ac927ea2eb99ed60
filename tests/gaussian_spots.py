"""Images of Gaussian spots at known places."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["as_type", "grid_of_spots", "spots_at", "unit_of"]

#: Brightness of a spot and of what is around it.
SIGNAL, GROUND = 100.0, 20.0


def spots_at(
    shape: tuple[int, ...], places: np.ndarray, sizes: Sequence[float], noise: float, seed: int
) -> np.ndarray:
    """Spots exp(-r²) in noise; `sizes` are their half widths along each axis, at 1/e."""
    image = np.full(shape, GROUND)
    reach = np.ceil(5 * np.array(sizes)).astype(int)
    for place in places:
        box = [
            slice(max(0, int(p) - r), min(n, int(p) + r + 1))
            for p, r, n in zip(place, reach, shape, strict=True)
        ]
        grid = np.ogrid[tuple(box)]
        image[tuple(box)] += SIGNAL * np.exp(
            -sum(((g - p) / s) ** 2 for g, p, s in zip(grid, place, sizes, strict=True))
        )
    return image + np.random.default_rng(seed).normal(0, noise, shape)


def grid_of_spots(
    shape: tuple[int, ...], step: float, sizes: Sequence[float], noise: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Spots on a grid from which they lie off by chance, and where they are."""
    rng = np.random.default_rng([seed, 1])
    lines = [np.arange(step / 2, n, step) for n in shape]
    places = np.stack(np.meshgrid(*lines, indexing="ij"), axis=-1).reshape(-1, len(shape))
    places = places + rng.uniform(-step / 8, step / 8, places.shape)
    return spots_at(shape, places, sizes, noise, seed), places


def unit_of(dtype: str) -> float:
    """By what brightness is multiplied in images of a type: 16 bits and more are brighter, floats end at 1."""
    kind = np.dtype(dtype)
    return 1 / 255 if kind.kind == "f" else 1.0 if kind.itemsize == 1 else 150.0


def as_type(image: np.ndarray, dtype: str) -> np.ndarray:
    """As a camera of that type would give it."""
    bright = image * unit_of(dtype)
    if np.dtype(dtype).kind == "f":
        return bright.astype(dtype)
    return bright.clip(0, np.iinfo(dtype).max).astype(dtype)
