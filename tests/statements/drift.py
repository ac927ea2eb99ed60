"""What the compiled loops of drift estimation compute, said plainly."""

from __future__ import annotations

import numpy as np


def bin_mean(pixels: np.ndarray, boxes: tuple[int, int, int]) -> np.ndarray:
    """Mean of the finite pixels of each box."""
    shape = [n // b for n, b in zip(pixels.shape, boxes, strict=True)]
    out = np.full(shape, np.nan)
    for index in np.ndindex(*shape):
        box = pixels[tuple(slice(i * b, (i + 1) * b) for i, b in zip(index, boxes, strict=True))]
        finite = box[np.isfinite(box)].astype(np.float64)
        if finite.size:
            out[index] = finite.mean()
    return out


def halve(pixels: np.ndarray, weights: tuple[float, ...]) -> np.ndarray:
    """Every other pixel, along y and x, of a low-pass whose border is continued."""
    out = pixels.astype(np.float64)
    half = len(weights) // 2
    for axis in (1, 2):
        n = out.shape[axis] // 2 * 2
        at = np.clip(np.arange(0, n, 2)[:, None] + np.arange(-half, half + 1), 0, out.shape[axis] - 1)
        out = np.moveaxis(np.moveaxis(out, axis, -1)[..., at] @ np.array(weights), -1, axis)
    return out


def shift_along(pixels: np.ndarray, weights: np.ndarray, axis: int) -> np.ndarray:
    """Sums of weights times neighbors along an axis; the border is continued."""
    half = len(weights) // 2
    at = np.clip(
        np.arange(pixels.shape[axis])[:, None] + np.arange(-half, half + 1), 0, pixels.shape[axis] - 1
    )
    moved = np.moveaxis(pixels.astype(np.float64), axis, -1)[..., at] @ weights.astype(np.float64)
    return np.moveaxis(moved, -1, axis)


def slope(pixels: np.ndarray, axis: int, weights: tuple[float, ...]) -> np.ndarray:
    """Differences of neighbors on either side; 0 nearer to the border than there are neighbors."""
    values = np.moveaxis(pixels.astype(np.float64), axis, 0)
    out = np.zeros_like(values)
    n = len(values)
    for k, weight in enumerate(weights, 1):
        out[3 : n - 3] += weight * (values[3 + k : n - 3 + k] - values[3 - k : n - 3 - k])
    return np.moveaxis(out, 0, axis)


def common(shape: tuple[int, ...], offset: np.ndarray) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Where a frame shows what another shows `offset` pixels further: in the one and in the other."""
    here = tuple(
        slice(max(0, -int(o)), max(0, n - max(0, int(o)))) for o, n in zip(offset, shape, strict=True)
    )
    there = tuple(slice(s.start + int(o), s.stop + int(o)) for s, o in zip(here, offset, strict=True))
    return here, there


def highest_peaks(
    surface: np.ndarray, limit: np.ndarray, apart: float, count: int
) -> list[tuple[tuple[int, ...], float]]:
    """Signed places and heights of the highest maxima of a periodic surface, none nearer to a higher one than `apart`."""
    found = []
    for index in np.ndindex(*surface.shape):
        signed = tuple(i if i <= n // 2 else i - n for i, n in zip(index, surface.shape, strict=True))
        if any(abs(s) > m for s, m in zip(signed, limit, strict=True)):
            continue
        steps = [(a - 1, b - 1, c - 1) for a, b, c in np.ndindex(3, 3, 3) if surface.shape[0] > 1 or a == 1]
        around = [
            surface[tuple((i + d) % n for i, d, n in zip(index, step, surface.shape, strict=True))]
            for step in steps
        ]
        if surface[index] >= max(around):
            found.append((signed, float(surface[index])))
    found.sort(key=lambda item: -item[1])
    kept: list[tuple[tuple[int, ...], float]] = []
    for place, height in found:
        gaps = [
            [min(abs(a - b), n - abs(a - b)) for a, b, n in zip(place, other, surface.shape, strict=True)]
            for other, _ in kept
        ]
        if all(sum(g * g for g in gap) >= apart * apart for gap in gaps):
            kept.append((place, height))
    return kept[:count]
