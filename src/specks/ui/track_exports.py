"""What can be written of tracks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from specks._core.progress import Progress, Steps
from specks.ui.export import TABLE_FILES, Export
from specks.ui.request import Finished
from specks.ui.tracked import Tracked

__all__ = ["track_exports"]


def track_exports(finished: Finished) -> list[Export]:
    """Tables for everybody, and files for other programs."""
    tracked: Tracked = finished.result
    table = tracked.summary_table
    found = [
        ("Tracks as a table…", "tracks.csv", TABLE_FILES, lambda path: tracked.links.save(path)),
        (
            "Summary of each track…",
            "track-summary.csv",
            TABLE_FILES,
            lambda path: _table(table, path, finished),
        ),
        ("Tracks for trackpy…", "trackpy.csv", "Tables (*.csv)", lambda path: _trackpy(tracked, path)),
        ("Tracks as GEFF…", "tracks.geff", "Graphs (*.geff)", lambda path: _geff(tracked, path)),
    ]
    if tracked.radius is not None and "z" not in tracked.filled:
        json = (
            "Tracks as JSON lines…",
            "track-data.json",
            "JSON (*.json)",
            lambda path: _json(tracked, path),
        )
        found.append(json)
    return [Export(label, name, files, _beside(write)) for label, name, files, write in found]


def _beside(write: Callable[[Path], Any]) -> Callable[[Path], Steps[Any]]:
    """To be run beside the window."""

    def steps(path: Path) -> Steps[Any]:
        yield Progress(0, 0, f"Writing {path.name}")
        write(path)

    return steps


def _table(table: Any, path: Path, finished: Finished) -> None:
    from specks.io import write_table

    write_table(table, path, provenance=finished.provenance)


def _trackpy(tracked: Tracked, path: Path) -> None:
    from specks.io import write_trackpy_csv

    write_trackpy_csv(tracked.table, path)


def _geff(tracked: Tracked, path: Path) -> None:
    from specks.io import write_geff

    geometry = tracked.geometry
    known = {"spacing": geometry.spatial_spacing, "units": geometry.length_unit}
    physical = known if geometry.is_physical else {}
    write_geff(tracked.table, path, parents=tracked.parents, dt=tracked.dt, **physical)


def _json(tracked: Tracked, path: Path) -> None:
    """As the notebook of rtdefects writes it; where an object touches a side is part of it."""
    from specks.io import write_track_data

    points = tracked.filled
    if "radius" not in points:
        points = points.assign(radius=tracked.radius / tracked.scales.pixel)
    if "touches_side" not in points:
        points = points.assign(touches_side=False)
    write_track_data(tracked.summary_table, points, path)
