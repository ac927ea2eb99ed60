"""Plain statements of what `specks.measure` does to turn a mask into labels."""

from __future__ import annotations

import numpy as np
from scipy import ndimage as ndi
from skimage.measure import label


def ellipsoid(radius: tuple[float, ...]) -> np.ndarray:
    """Ball with a radius of its own along each axis; an axis below 1 is not reached into."""
    reach = [int(np.floor(r + 1e-9)) for r in radius]
    grid = np.meshgrid(*(np.arange(-n, n + 1) for n in reach), indexing="ij")
    return sum((g / max(r, 1e-3)) ** 2 for g, r in zip(grid, radius, strict=True)) <= 1 + 1e-9


def close(mask: np.ndarray, radius: tuple[float, ...], borders: str) -> np.ndarray:
    """Closing of one frame."""
    ball = ellipsoid(radius)
    if borders == "original":
        return ndi.binary_closing(mask, ball, border_value=0)
    margin = [n // 2 for n in ball.shape]
    closed = ndi.binary_closing(np.pad(mask, [(m, m) for m in margin]), ball)
    return closed[tuple(slice(m, m + n) for m, n in zip(margin, mask.shape, strict=True))]


def label_frame(mask: np.ndarray, connectivity: int, min_size: int) -> np.ndarray:
    """Label, drop what is small, and count on from 1 in raster order."""
    found = label(mask, connectivity=min(connectivity, mask.ndim))
    sizes = np.bincount(found.ravel())
    kept = sizes >= min_size
    kept[0] = False
    return np.where(kept, np.cumsum(kept), 0)[found].astype(np.int32)


def label_stack(
    mask: np.ndarray,
    axes: str,
    radius: tuple[float, ...] | None = None,
    connectivity: int = 2,
    min_size: int = 1,
    borders: str = "keep",
    allowed: np.ndarray | bool = True,
) -> np.ndarray:
    """All frames, labels counting on from frame to frame."""
    spatial = sum(a in "zyx" for a in axes)
    allowed = np.broadcast_to(allowed, mask.shape)
    mask = mask & allowed
    out, count = np.zeros(mask.shape, np.int32), 0
    for frame in np.ndindex(mask.shape[: mask.ndim - spatial]):
        closed = mask[frame] if radius is None else close(mask[frame], radius, borders)
        found = label_frame(closed & allowed[frame], connectivity, min_size)
        out[frame] = np.where(found > 0, found + count, 0)
        count += found.max()
    return out
