"""Features of a frame, said plainly: NumPy, one loop a pixel or feature; arrays are (z, y, x)."""

from __future__ import annotations

import numpy as np

__all__ = [
    "background",
    "bandpass",
    "characters",
    "ellipse",
    "far_enough",
    "local_maxima",
    "quantized",
    "settled",
]


def ellipse(radius: tuple[int, int, int]) -> np.ndarray:
    """Whether each pixel of a box lies in the ellipse that touches its sides."""
    mask = np.zeros([2 * r + 1 for r in radius], bool)
    for place in np.ndindex(mask.shape):
        mask[place] = sum(((p - r) / max(r, 1)) ** 2 for p, r in zip(place, radius, strict=True)) <= 1
    return mask


def bandpass(image: np.ndarray, noise: tuple, smoothing: tuple, threshold: float) -> np.ndarray:
    """A Gaussian, beyond the border 0, minus an average, beyond the border as on it."""
    smooth, ground = image.astype(float), image.copy()
    for axis in range(3):
        reach = int(4 * noise[axis] + 0.5)
        if reach:
            weights = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * noise[axis] ** 2))
            smooth = np.apply_along_axis(np.convolve, axis, smooth, weights / weights.sum(), "full")
            smooth = smooth.take(np.arange(reach, reach + image.shape[axis]), axis)
        half = smoothing[axis] // 2
        border = [(half, half) if a == axis else (0, 0) for a in range(3)]
        wide = np.lib.stride_tricks.sliding_window_view(
            np.pad(ground.astype(float), border, "edge"), smoothing[axis], axis
        )
        # Whole numbers stay whole after each axis.
        ground = (wide.sum(axis=-1) / smoothing[axis]).astype(image.dtype)
    found = smooth - ground
    return np.where(found >= threshold, found, 0.0)


def quantized(image: np.ndarray, most: int) -> tuple[np.ndarray, float]:
    """Cut to whole numbers from 0 to `most`."""
    scale = most / image.max()
    return (scale * image.clip(min=0)).astype(np.int64), scale


def local_maxima(levels: np.ndarray, box: tuple, percentile: float, margin: tuple) -> np.ndarray:
    """Pixels above a percentile of those that are not 0, and nowhere in their box exceeded."""
    threshold = np.percentile(levels[levels != 0], percentile)
    found = []
    for place in np.ndindex(levels.shape):
        if levels[place] <= threshold:
            continue
        if any(p < m or p > n - 1 - m for p, m, n in zip(place, margin, levels.shape, strict=True)):
            continue
        around = tuple(
            slice(max(0, p - (b - 1) // 2), p + b // 2 + 1) for p, b in zip(place, box, strict=True)
        )
        if levels[place] == levels[around].max():
            found.append(place)
    return np.array(found).reshape(-1, 3)


def settled(levels: np.ndarray, start: tuple, radius: tuple, rounds: int) -> tuple[np.ndarray, float, tuple]:
    """Center of mass, mass and middle of the ellipse that follows a feature from `start`."""
    mask, middle = ellipse(radius), list(start)
    offsets = np.indices(mask.shape) - np.array(radius).reshape(3, 1, 1, 1)
    for _ in range(rounds):
        used = tuple(middle)
        inside = mask * _box(levels, used, radius)
        away = (offsets * inside).sum(axis=(1, 2, 3)) / inside.sum()
        center = away + used
        if (abs(away) < 0.6).all():
            break
        for axis in range(3):
            step = int(away[axis] > 0.6) - int(away[axis] < -0.6)
            last = levels.shape[axis] - 1 - radius[axis]
            middle[axis] = min(max(middle[axis] + step, radius[axis]), last)
    return center, float(inside.sum()), used


def characters(levels: np.ndarray, image: np.ndarray, middle: tuple, radius: tuple) -> dict[str, float]:
    """Sizes, eccentricity, signal and raw mass within the ellipse."""
    mask = ellipse(radius)
    inside = mask * _box(levels, middle, radius)
    z, y, x = np.indices(mask.shape) - np.array(radius).reshape(3, 1, 1, 1)
    angle = np.arctan2(y, x)
    mass, ndim = inside.sum(), 3 if radius[0] else 2
    long = np.hypot((np.cos(2 * angle) * inside).sum(), (np.sin(2 * angle) * inside).sum())
    return {
        "size": np.sqrt(((z**2 + y**2 + x**2) * inside).sum() / mass),
        "size_z": np.sqrt(ndim * (z**2 * inside).sum() / mass),
        "size_y": np.sqrt(ndim * (y**2 * inside).sum() / mass),
        "size_x": np.sqrt(ndim * (x**2 * inside).sum() / mass),
        "ecc": long / (mass - levels[middle] + 1e-6),
        "signal": inside.max(),
        "raw_mass": (mask * _box(image, middle, radius)).sum(),
    }


def background(levels: np.ndarray, image: np.ndarray, radius: tuple) -> tuple[float, float]:
    """Mean and standard deviation of pixels whose ellipse holds no level above 0."""
    mask, wide = ellipse(radius), np.pad(levels, [(r, r) for r in radius])
    dark = [
        float(image[place])
        for place in np.ndindex(levels.shape)
        if not _box(wide, tuple(p + r for p, r in zip(place, radius, strict=True)), radius)[mask].any()
    ]
    return (np.mean(dark) if dark else np.nan), (np.std(dark) if len(dark) > 1 else np.nan)


def far_enough(position: np.ndarray, mass: np.ndarray, separation: tuple) -> np.ndarray:
    """Whether each feature wins against all that are too close: by mass, then by place."""
    scaled = position / np.array(separation)
    stays = np.ones(len(mass), bool)
    for i in range(len(mass)):
        for j in range(len(mass)):
            if i != j and np.linalg.norm(scaled[i] - scaled[j]) < 1 - 1e-7:
                mine, other = (mass[i], scaled[i].sum()), (mass[j], scaled[j].sum())
                stays[i] &= mine > other or (mine == other and i > j)
    return stays


def _box(image: np.ndarray, middle: tuple, radius: tuple) -> np.ndarray:
    return image[tuple(slice(m - r, m + r + 1) for m, r in zip(middle, radius, strict=True))]
