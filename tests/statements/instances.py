"""Plain statements of `specks.measure.measure_instances`, and of how the original measures the same stack."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from skimage.measure import regionprops

from .objects import regions, touches_side


def instances(stack: np.ndarray, image: np.ndarray | None = None, edge_buffer: int = 8) -> pd.DataFrame:
    """scikit-image on every instance by itself; empty ones have no row."""
    axes = "zyx"[-(stack.ndim - 1) :]
    tables = []
    for i, instance in enumerate(stack):
        mask = (instance > 0).astype(np.int64)
        if not mask.any():
            continue
        table = regions(mask, axes, image)
        table["label"], table["class"] = i + 1, int(instance.max())
        table["touches_side"] = touches_side(mask, axes, edge_buffer)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def label_image(stack: np.ndarray) -> np.ndarray:
    """Number of the last instance at each pixel."""
    numbers = np.arange(1, len(stack) + 1).reshape(-1, *(1,) * (stack.ndim - 1))
    return np.where(stack > 0, numbers, 0).max(axis=0)


def as_original(stack: np.ndarray, edge_buffer: int = 8) -> dict[str, Any]:
    """One frame by the definitions of rtdefects, faults included.

    The denominator of the fraction is the number of objects times the height; an object loses the
    pixels that a later one has too, and one that loses all of them is in `type` only.
    """
    height, width = stack.shape[1:]
    found = regionprops(label_image(stack))
    radii = [region.equivalent_diameter_area / 2 for region in found]
    boxes = [region.bbox for region in found]
    return {
        "overlap": bool((stack > 0).sum(axis=0).max() > 1),  # it warns
        "void_frac": float((stack > 0).sum() / (stack.shape[0] * stack.shape[1])),
        "void_count": len(stack),
        "type": stack.max(axis=(1, 2)).tolist(),
        "radii": radii,
        "radii_average": float(np.mean(radii)),
        "positions": [region.centroid[::-1] for region in found],
        "touches_side": [
            bool(min(b) <= edge_buffer or b[2] >= height - edge_buffer or b[3] >= width - edge_buffer)
            for b in boxes
        ],
    }
