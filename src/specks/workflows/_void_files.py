"""Tracked voids on disk: one folder, with files for other programs and for `VoidTracks.load`."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specks._core.atomic import is_taken, put_in_place, store_faults, write_text
from specks._core.corrections_file import save_corrections
from specks._core.errors import StoreError, UnsupportedFormatError
from specks._core.lock import sole_writer
from specks._core.paths import as_path
from specks._core.progress import Progress
from specks._core.source import Source, array_source
from specks.io import (
    write_frame_data,
    write_geff,
    write_result,
    write_table,
    write_track_data,
    write_trackpy_csv,
    write_void_coordinates,
)
from specks.measure import fill_gaps
from specks.workflows._void_result import VoidTracks

if TYPE_CHECKING:
    pass

__all__ = [
    *(
        "COORDINATES",
        "CORRECTIONS",
        "DRIFT",
        "FRAME_DATA",
        "LABELS",
        "MODEL",
        "OBJECTS",
        "PROVENANCE",
        "STORE",
    ),
    *("TRACK_DATA", "is_voids", "save_track_file", "save_voids"),
]

#: The files of rtdefects' notebooks.
FRAME_DATA, TRACK_DATA, COORDINATES = "frame-data.json", "track-data.json", "void-2d-coordinates.csv"
STORE, LABELS, MODEL, DRIFT = "voids.zarr", "voids", "model", "drift.json"
#: What was found before a hand left anything out: labels and table.
BEFORE = "found"
OBJECTS, TRACKPY = "objects.csv", "trackpy.csv"
CORRECTIONS, PROVENANCE = "corrections.json", "provenance.json"


def is_voids(folder: Path) -> bool:
    """Whether a folder is a result of `track_voids`, by its files."""
    return all((folder / name).exists() for name in (STORE, PROVENANCE, DRIFT))


def save_voids(
    voids: VoidTracks, path: str | os.PathLike[str], overwrite: bool = False
) -> Generator[Progress, None, dict[str, str]]:
    """Write everything aside, and give it its name at the end.

    Returns
    -------
    dict of str to str
        Where each output lies in the folder.
    """
    target = as_path(path)
    _check_place(target, overwrite)
    with sole_writer(target):
        aside = target.with_name(f".{target.name}.partial")
        try:
            with store_faults(target):
                shutil.rmtree(aside, ignore_errors=True)  # of a run that was killed
                (aside / "new").mkdir(parents=True)
            places = yield from _write(voids, aside / "new")
            with store_faults(target):
                put_in_place(aside / "new", target, aside / "old")
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return places


def _check_place(target: Path, overwrite: bool) -> None:
    if not is_taken(target):
        return
    if not overwrite:
        raise StoreError(f"{target} exists already; choose another name, or replace it with overwrite=True")
    if not is_voids(target):
        raise StoreError(f"{target} is no result of track_voids, so it is not replaced; choose another name")


def _write(voids: VoidTracks, folder: Path) -> Generator[Progress, None, dict[str, str]]:
    provenance = voids.provenance
    voids.links.save(folder / OBJECTS)
    for name in ("tracks", "frames"):
        write_table(getattr(voids, name), folder / f"{name}.csv", provenance=provenance)
    voids.drift.save(folder / DRIFT)
    voids.drift.save(folder / "drift.csv")
    write_trackpy_csv(voids.objects, folder / TRACKPY)
    if "z" not in voids.objects:
        _write_originals(voids, folder)
    save_corrections(voids.corrections, folder / CORRECTIONS)
    source, mixed = voids.series.source, voids.found.mixed
    yield from write_result(
        folder / STORE,
        source if voids.series.has_images else None,
        labels=_labels(voids),
        models={MODEL: mixed.particles.model} if mixed is not None and mixed.particles is not None else None,
    )
    before = voids.found.before
    if before is not None and before is not voids.segments:
        write_table(before.objects, folder / f"{BEFORE}.csv")
    write_text(folder / PROVENANCE, json.dumps(provenance.to_dict(), indent=2) + "\n")
    return {
        "labels": f"{STORE}/labels/{LABELS}",
        "objects": OBJECTS,
        "tracks": "tracks.csv",
        "frames": "frames.csv",
        "drift": DRIFT,
    }


def _labels(voids: VoidTracks) -> dict[str, Source]:
    """Label images by name: as they are, and if a hand has left anything out, as they were before."""
    geometry, before = voids.series.source.geometry, voids.found.before
    found = {LABELS: array_source(voids.labels).with_geometry(geometry)}
    if before is not None and before is not voids.segments:
        found[BEFORE] = array_source(before.shown(voids.series.source)).with_geometry(geometry)
    return found


def _write_originals(voids: VoidTracks, folder: Path) -> None:
    """The three files that rtdefects' notebooks write."""
    height, width = voids.series.shape
    objects = voids.objects.assign(local_id=voids.objects.groupby("frame").cumcount())
    facts = voids.frames[[name for name in ("frame", "path", "frame_number") if name in voids.frames]]
    facts = facts.assign(area_fraction=voids.segments.covered)
    write_frame_data(
        objects, folder / FRAME_DATA, shape=(height, width), frames=facts, drift=voids.drift.table
    )
    points = fill_gaps(objects)
    write_track_data(voids.tracks, points, folder / TRACK_DATA)
    write_void_coordinates(
        points, folder / COORDINATES, tracks=voids.tracks, min_frames=voids.settings.min_frames
    )


def save_track_file(voids: VoidTracks, path: str | os.PathLike[str]) -> None:
    """Write objects with their tracks to one file."""
    file = as_path(path)
    ending = file.suffix.lower()
    if ending in (".csv", ".parquet"):
        write_table(voids.objects, file, provenance=voids.provenance)
        return
    if ending != ".geff":
        raise UnsupportedFormatError(
            f"{file.name} ends in {ending or 'nothing'}; tracks are .csv, .parquet or .geff files"
        )
    sizes: dict[str, Any] = voids.series.sizes
    write_geff(voids.objects, file, parents=voids.links.parents, dt=voids.settings.dt, **sizes)
