"""Labels of a posterior, in the caller's array, and the table of what is labeled."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from specks._core.progress import Progress, Where
from specks._core.source import Source
from specks.measure import LabelRuns, label_particles, measure_objects
from specks.mixture import Mixture, draw_peaks, label_peaks
from specks.mixture.slabs import slabs
from specks.workflows._cut import Cut, cut_by_hand
from specks.workflows._posterior import AllowedSource, is_lazy, readable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["drawn", "labeled", "meaning", "measured", "placed"]

#: Labels, and for those of peaks how sure each one is.
Labeled = tuple[Any, npt.NDArray[Any] | None]


def labeled(
    model: Mixture, source: Source, cut: Cut, posterior: Any, executor: Executor | None
) -> Generator[Progress, None, Labeled]:
    """Cut and label a posterior; labels are lazy where it is no array in memory."""
    now = cut_by_hand(cut, model.corrections)
    if model.peaks is not None:
        found = yield from label_peaks(model, source, now.threshold, cut.min_size, executor)
        return _of_peaks(model, *found, posterior)
    labels = yield from label_particles.iterate(
        posterior if type(posterior) is np.ndarray else readable(model, source, posterior),
        mask=AllowedSource(model, source) if model.exclusions.records else None,
        executor=executor if is_lazy(posterior) else None,
        **meaning(source),
        **dataclasses.asdict(now),
    )
    return labels, None


def drawn(
    model: Mixture, source: Source, cut: Cut, posterior: Any, executor: Executor | None
) -> Generator[Progress, None, Labeled]:
    """Fill the posterior of a model of peaks, and label it on the way."""
    threshold = cut_by_hand(cut, model.corrections).threshold
    found = yield from draw_peaks(model, source, threshold, cut.min_size, posterior, executor)
    return _of_peaks(model, *found, posterior)


def _of_peaks(model: Mixture, runs: LabelRuns, peaks: npt.NDArray[np.int64], posterior: Any) -> Labeled:
    return runs[...] if type(posterior) is np.ndarray else runs.as_dask(), model.certainty[peaks]


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
