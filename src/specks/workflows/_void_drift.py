"""How a series of objects has moved: as they tell it, or the images."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from specks._core.corrections import Corrections, same_records
from specks._core.progress import Progress
from specks._core.source import Source
from specks.drift import Drift, estimate_drift
from specks.drift.by_hand import LOOKING
from specks.workflows._void_segments import Segments
from specks.workflows._void_settings import Series, VoidSettings

__all__ = ["DRIFT_KINDS", "Moved", "moved"]

DRIFT_KINDS = ("bad_frame", "set_shift", "landmark")
Origin = Literal["objects", "images"]


@dataclass(frozen=True, eq=False)
class Moved:
    """How the sample has moved.

    Parameters
    ----------
    drift : Drift
    origin : {"objects", "images"}
        What has told it.
    looking : Corrections
        Where to look, as it was said when it was estimated.
    """

    drift: Drift
    origin: Origin
    looking: Corrections


def moved(
    segments: Segments, series: Series, settings: VoidSettings, log: Corrections, known: Moved | None
) -> Generator[Progress, None, Moved]:
    """Estimate the drift, then correct it by hand.

    In this order, so that a corrected result and a run with its corrections are the same.

    Parameters
    ----------
    segments : Segments
    series : Series
    settings : VoidSettings
    log : Corrections
        The whole log.
    known : Moved, optional
        What was found of the same objects, or images alone.
    """
    looking = log.only(*LOOKING)
    found = known
    if found is None or not same_records(looking, found.looking):
        found = yield from _estimated(segments, series, settings, looking)
    kept = found.drift.corrections.only(*LOOKING)
    ours = Corrections((*kept, *log.of(*DRIFT_KINDS)))
    if same_records(ours, found.drift.corrections):
        return found
    return Moved((yield from found.drift.refitting(ours)), found.origin, looking)


def _estimated(
    segments: Segments, series: Series, settings: VoidSettings, looking: Corrections
) -> Generator[Progress, None, Moved]:
    if settings.drift_from != "images":
        masks = segments.masks(f"objects of {series.source.name}", edges=not settings.drop_edges)
        by_objects = yield from _drift_of(masks, settings, Corrections())
        if settings.drift_from == "objects" or not series.has_images or series.frames < 2:
            return Moved(by_objects, "objects", looking)
    by_images = yield from _drift_of(series.source, settings, looking)
    if settings.drift_from == "images" or _surer(by_images, by_objects):
        return Moved(by_images, "images", looking)
    return Moved(by_objects, "objects", looking)


def _drift_of(
    images: Source, settings: VoidSettings, looking: Corrections
) -> Generator[Progress, None, Drift]:
    return (
        yield from estimate_drift.iterate(
            images,
            reference=settings.reference,  # type: ignore[arg-type]  # it was checked
            max_shift=settings.max_shift,
            static_pattern=settings.static_pattern,
            corrections=looking,
        )
    )


def _surer(images: Drift, objects: Drift) -> bool:
    """Whether images tell the drift better than objects do.

    What stands still in front of the sample makes images very sure of nothing.
    """
    hidden = images.measurements is not None and bool(images.measurements.hints)
    return not hidden and _usual_error(images) < _usual_error(objects)


def _usual_error(drift: Drift) -> float:
    """Median standard error in pixels; a frame that cannot be trusted has none that is finite."""
    names = [f"{axis}_std" for axis in drift.axes]
    errors = np.linalg.norm(drift.table[names].to_numpy(np.float64), axis=1)
    errors = np.where(drift.table["ok"], errors, np.inf)
    return float(np.median(np.sort(errors)[1:]))  # the first good frame has none
