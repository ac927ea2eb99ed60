"""Drift by trackpy: objects above a threshold, linked, and the mean of their steps."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import trackpy
from skimage.filters import threshold_otsu
from skimage.measure import label, regionprops_table

__all__ = ["METHODS"]

SMALLEST, SEARCH = 20, 10


def objects(images: np.ndarray) -> pd.DataFrame:
    """Centers of what is above Otsu's threshold of each frame, and not small."""
    axes = list("zyx"[-(images.ndim - 1) :])
    tables = [pd.DataFrame({"frame": [], **{a: [] for a in axes}})]
    for frame, image in enumerate(images):
        mask = image if image.dtype == bool else image > threshold_otsu(image)
        found = pd.DataFrame(regionprops_table(label(mask), properties=("area", "centroid")))
        found = found[found["area"] >= SMALLEST].drop(columns="area")
        tables.append(found.set_axis(axes, axis=1).assign(frame=frame))
    return pd.concat(tables, ignore_index=True)


def tracked(images: np.ndarray) -> np.ndarray:
    """Frames that no track joins to the one before stay where that one was."""
    trackpy.quiet()
    axes = list("zyx"[-(images.ndim - 1) :])
    table = objects(images)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what newer pandas will not do any more
        try:
            linked = trackpy.link(table, SEARCH, pos_columns=axes, adaptive_stop=1, adaptive_step=0.8)
        except trackpy.SubnetOversizeException:
            return np.full((len(images), len(axes)), np.nan)
        drift = trackpy.compute_drift(linked, pos_columns=axes)
    return drift.reindex(range(len(images))).ffill().fillna(0.0)[axes].to_numpy()


METHODS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"trackpy": tracked}
