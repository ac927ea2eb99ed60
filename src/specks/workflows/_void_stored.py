"""Read tracked voids back, so that they can be looked at and corrected further."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from specks._core.corrections_file import load_corrections
from specks._core.errors import FileFormatError
from specks._core.json_file import read_json
from specks._core.paths import existing
from specks._core.provenance import Provenance
from specks.drift import Drift
from specks.io import StoredResult, open_result, read_table
from specks.io.lazy import as_dask
from specks.mixture import Mixture
from specks.tracking import Links
from specks.workflows._answers import Answer
from specks.workflows._by_mixture import mixed_of
from specks.workflows._cut import Cut
from specks.workflows._left_out import BY_HAND
from specks.workflows._void_files import (
    BEFORE,
    CORRECTIONS,
    DRIFT,
    LABELS,
    MODEL,
    OBJECTS,
    PROVENANCE,
    STORE,
    is_voids,
)
from specks.workflows._void_found import Found
from specks.workflows._void_result import VoidTracks
from specks.workflows._void_segments import Segments
from specks.workflows._void_settings import Series, VoidSettings
from specks.workflows.particles import Particles

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["load_voids"]

#: Columns that linking adds to what was measured, besides corrected positions.
ADDED = ("frame_number", "particle", "confidence")


def load_voids(path: str | os.PathLike[str]) -> VoidTracks:
    """What `VoidTracks.save` wrote."""
    folder = existing(path)
    if not (folder.is_dir() and is_voids(folder)):
        raise FileFormatError(f"{folder.name} is no result of track_voids: it lacks some of its files")
    provenance = Provenance.from_dict(read_json(folder / PROVENANCE))
    settings = _settings(folder, provenance.parameters)
    stored = open_result(folder / STORE)
    if LABELS not in stored.labels:
        raise FileFormatError(f"{folder.name} is no result of track_voids: its store lacks the labels")
    links = Links.load(folder / OBJECTS)
    tracks, frames = (_table(folder, name) for name in ("tracks", "frames"))
    labels = stored.labels[LABELS]
    series = Series(
        stored.image if stored.image is not None else labels,
        tuple(frames["frame_number"].tolist()) if "frame_number" in frames else None,
        tuple(frames["path"].tolist()) if "path" in frames else None,
        stored.image is not None,
    )
    objects = links.table.drop(columns=[n for n in links.table if n in ADDED or n.endswith("_corrected")])
    covered, reasons = np.nan_to_num(frames["area_fraction"].to_numpy()), tuple(map(str, frames["reason"]))
    segments = Segments(labels, objects, covered, reasons)
    return VoidTracks(
        labels=as_dask(labels),
        objects=links.table,
        tracks=tracks,
        frames=frames,
        drift=Drift.load(folder / DRIFT),
        links=links,
        provenance=provenance,
        corrections=load_corrections(folder / CORRECTIONS),
        settings=settings,
        series=series,
        found=_found(folder, stored, series, settings, provenance.parameters, segments),
        segments=segments,
    )


def _settings(folder: Path, parameters: Mapping[str, Any]) -> VoidSettings:
    try:
        return VoidSettings.of(parameters)
    except KeyError as error:
        raise FileFormatError(
            f"{folder.name} is no result of track_voids: its provenance does not say {error}"
        ) from error


def _table(folder: Path, name: str) -> pd.DataFrame:
    table = read_table(folder / f"{name}.csv")
    table.attrs.pop("provenance", None)
    return table


def _found(
    folder: Path,
    stored: StoredResult,
    series: Series,
    settings: VoidSettings,
    parameters: Mapping[str, Any],
    segments: Segments,
) -> Found:
    """How objects were found, so that this can be corrected."""
    how = Answer(series.shape, settings.min_size, settings.edge_buffer)
    if MODEL not in stored.models or stored.image is None:
        return Found(series, how, False, before=_before(folder, stored, segments))
    model = Mixture.load(stored.model_path(MODEL)).attached(stored.image)
    cut = Cut(parameters["threshold"], None, settings.min_size, connectivity=2, borders="keep")
    posterior, labels = model.posterior(stored.image), as_dask(stored.labels[LABELS])
    particles = Particles(model, posterior, labels, segments.objects, model.provenance, cut, stored.image)
    blank = {t: reason for t, reason in enumerate(segments.reasons) if reason not in ("", BY_HAND)}
    return Found(series, how, True, mixed=mixed_of(particles, blank, how, series.source))


def _before(folder: Path, stored: StoredResult, segments: Segments) -> Segments:
    """What was found before a hand left anything out."""
    if BEFORE not in stored.labels:
        return segments
    reasons = tuple("" if reason == BY_HAND else reason for reason in segments.reasons)
    kept = Segments(stored.labels[BEFORE], _table(folder, BEFORE), segments.covered, reasons)
    covered = np.array([kept.frame(t).area_fraction for t in range(len(reasons))])
    return dataclasses.replace(kept, covered=covered)
