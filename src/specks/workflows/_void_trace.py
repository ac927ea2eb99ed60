"""From the objects of a series to its drift, tracks and swelling."""

from __future__ import annotations

import warnings
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from specks._core.corrections import Corrections, same_records
from specks._core.progress import Progress, drain
from specks._core.source import Source
from specks.drift import Drift, correct_positions
from specks.measure import measure_swelling
from specks.tracking import Links, link, summarize_tracks
from specks.workflows._void_drift import Moved, moved
from specks.workflows._void_segments import Segments
from specks.workflows._void_settings import Series, VoidSettings

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LINK_KINDS", "Traced", "link_settings", "trace"]

LINK_KINDS = ("link_confirm", "link_forbid", "link_draw")
#: Columns in pixels.
PIXELS = (
    *("z", "y", "x", "z_corrected", "y_corrected", "x_corrected"),
    *("equivalent_diameter", "radius"),
)


@dataclass(frozen=True, eq=False)
class Traced:
    """Everything that is computed of the objects of a series.

    Parameters
    ----------
    segments : Segments
    moved : Moved
    links : Links
    tracks, frames : pandas.DataFrame
    corrections : Corrections
    """

    segments: Segments
    moved: Moved
    links: Links
    tracks: pd.DataFrame
    frames: pd.DataFrame
    corrections: Corrections


def trace(
    segments: Segments,
    series: Series,
    settings: VoidSettings,
    corrections: Corrections,
    known: Traced | None = None,
) -> Generator[Progress, None, Traced]:
    """Compute what depends on the objects, and take over what corrections do not touch.

    Parameters
    ----------
    segments : Segments
    series : Series
    settings : VoidSettings
    corrections : Corrections
        The whole log.
    known : Traced, optional
        What was computed with another log.
    """
    same = known is not None and known.segments is segments
    seen = known.moved if known is not None and (same or settings.drift_from == "images") else None
    found = yield from moved(segments, series, settings, corrections, seen)
    still = known if same and found is seen else None
    links = yield from _links(segments, series, settings, corrections, found.drift, still)
    if known is not None and known.links is links:
        return replace(known, corrections=corrections)
    tracks = yield from summarize_tracks.iterate(
        links, dt=settings.dt, dose_rate=settings.dose_rate, drop_edges=settings.drop_edges, **series.sizes
    )
    frames = _frames(segments, series, settings, links.table)
    return Traced(segments, found, links, tracks, frames, corrections)


def _links(
    segments: Segments,
    series: Series,
    settings: VoidSettings,
    log: Corrections,
    drift: Drift,
    known: Traced | None,
) -> Generator[Progress, None, Links]:
    ours = log.only(*LINK_KINDS)
    if known is not None:
        if same_records(ours, known.links.corrections):
            return known.links
        return (yield from known.links.refitting(ours))
    table = segments.objects
    if series.numbers is not None:
        numbers = np.array(series.numbers, np.int64)[table["frame"].to_numpy()]
        table = table.copy()
        table.insert(1, "frame_number", numbers)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="no frame of the drift can be trusted")
        table = drain(correct_positions.iterate(table, drift))
    units = {name: "px" for name in table if name in PIXELS}
    table.attrs["units"] = units
    return (yield from link.iterate(table, corrections=ours, **link_settings(series, settings)))


def link_settings(series: Series, settings: VoidSettings) -> dict[str, Any]:
    """How objects are linked, as `specks.link` takes it."""
    names = ("search_range", "memory", "method", "splitting", "merging")
    return {name: getattr(settings, name) for name in names} | {"spacing": _proportions(series.source)}


def _proportions(source: Source) -> tuple[float, ...] | None:
    """Pixel sizes with the finest at 1, so that lengths are pixels; None where all are equal."""
    sides = source.geometry.spatial_spacing
    return tuple(side / min(sides) for side in sides) if max(sides) > min(sides) else None


def _frames(segments: Segments, series: Series, settings: VoidSettings, table: pd.DataFrame) -> pd.DataFrame:
    """One row a frame; of frames in which nothing could be looked for there is nothing to tell."""
    sides = series.source.geometry.spatial_spacing
    physical = bool(series.sizes)
    height, width = (n * (s if physical else 1) for n, s in zip(series.shape[-2:], sides[-2:], strict=True))
    thickness = settings.thickness
    if thickness is None and len(series.shape) == 3:
        thickness = series.shape[0] * (sides[0] if physical else 1)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".* as large as the foil")  # the result says it
        found: pd.DataFrame = drain(
            measure_swelling.iterate(
                table,
                (float(height), float(width)),
                thickness=thickness,
                dt=None if settings.dt is None else settings.dt / series.step,
                dose_rate=settings.dose_rate,
                edge_buffer=settings.edge_buffer,
                frame_numbers=series.numbers if series.numbers is not None else range(series.frames),
                **(series.sizes or {"spacing": 1}),
            )
        )
    if series.numbers is None:
        found = found.drop(columns="frame_number")
    lost = np.array([bool(reason) for reason in segments.reasons])
    clock = [name for name in ("frame", "frame_number", "time_s", "dose_dpa") if name in found]
    told = [name for name in found if name not in clock and found[name].dtype.kind == "f"]
    found.loc[lost, told] = np.nan
    found.insert(len(clock) + 1, "area_fraction", np.where(lost, np.nan, segments.covered))
    found["reason"] = list(segments.reasons)
    if series.paths is not None:
        found["path"] = list(series.paths)
    return found
