"""Labels in the caller's array, and the table of what is labeled."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from specks._core.progress import Progress, Where
from specks._core.source import Source
from specks.measure import measure_objects
from specks.mixture.slabs import slabs

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["meaning", "measured", "placed"]


def placed(labels: Any, source: Source, target: Any) -> Generator[Progress, None, Any]:
    """Copy labels into the caller's array, slab by slab."""
    if target is None:
        return labels
    total = sum(slab.count for slab in slabs(source))
    for slab in slabs(source):
        target[slab.region] = np.asarray(labels[slab.region])
        done = slab.first + slab.count
        yield Progress(done, total, f"Labels of slice {done} of {total}", Where("labels", slab.region))
    return target


def measured(
    labels: Any, source: Source, posterior: Source, confidence: npt.NDArray[Any] | None
) -> Generator[Progress, None, pd.DataFrame]:
    """One row a particle, with its confidence: as it is given by label, else its mean posterior."""
    objects: pd.DataFrame = yield from measure_objects.iterate(labels, source, **meaning(source))
    if confidence is not None:
        objects["confidence"] = confidence[objects["label"].to_numpy() - 1]
        return objects
    sure = yield from measure_objects.iterate(
        labels, posterior, columns=("intensity_mean",), **meaning(source)
    )
    objects["confidence"] = sure["intensity_mean"].to_numpy()
    return objects


def meaning(source: Source) -> dict[str, Any]:
    """Axes and pixel size, for steps that are given bare arrays."""
    geometry = source.geometry
    return {"axes": geometry.axes, "spacing": geometry.spatial_spacing, "units": geometry.length_unit}
