"""Plain statement of `specks.measure_objects`: scikit-image, frame by frame."""

from __future__ import annotations

import numpy as np
import pandas as pd
from skimage.measure import regionprops_table

SHAPE = ["label", "centroid", "area", "equivalent_diameter_area", "bbox", "area_bbox", "extent"]
FLAT = ["axis_minor_length", "eccentricity", "orientation", "perimeter"]
SOLID = ["inertia_tensor_eigvals"]
INTENSITY = ["intensity_mean", "intensity_min", "intensity_max", "intensity_std", "centroid_weighted"]


def regions(labels: np.ndarray, axes: str, image: np.ndarray | None = None) -> pd.DataFrame:
    """Table of all frames, columns named as ours are."""
    spatial = axes.replace("t", "")
    names = SHAPE + ["axis_major_length"] + (FLAT if spatial == "yx" else SOLID)
    names += INTENSITY if image is not None else []
    stack = labels if "t" in axes else labels[None]
    lights = [None] * len(stack) if image is None else image if "t" in axes else image[None]
    tables = []
    for t, (frame, light) in enumerate(zip(stack, lights, strict=True)):
        if not frame.any():
            continue
        table = pd.DataFrame(regionprops_table(frame, light, properties=names))
        table.insert(0, "frame", t)
        if spatial != "yx":  # scikit-image 0.25 fails where rounding makes the root's content negative
            a, b, c = (table.pop(f"inertia_tensor_eigvals-{i}") for i in range(3))
            table["axis_minor_length"] = np.sqrt(10 * np.maximum(b + c - a, 0))
        tables.append(table)
    found = pd.concat(tables, ignore_index=True)
    size = {} if spatial == "yx" else {"area": "volume"}
    centroid = {f"centroid-{i}": axis for i, axis in enumerate(spatial)}
    return found.rename(columns={"equivalent_diameter_area": "equivalent_diameter", **size, **centroid})


def touches_side(labels: np.ndarray, axes: str, edge_buffer: int) -> list[bool]:
    """Whether each object has a pixel so near to a side in y or x."""
    spatial = axes.replace("t", "")
    height, width = labels.shape[-2:]
    y, x = np.ogrid[:height, :width]
    rim = np.minimum(np.minimum(y, height - 1 - y), np.minimum(x, width - 1 - x)) <= edge_buffer
    stack = labels if "t" in axes else labels[None]
    return [
        bool((rim & (frame == label)).any() if spatial == "yx" else (rim[None] & (frame == label)).any())
        for frame in stack
        for label in np.unique(frame[frame > 0])
    ]
