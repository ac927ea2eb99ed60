"""What can be written of tracked voids."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from specks._core.atomic import replacing
from specks._core.progress import Progress, Steps
from specks.ui.by_and_by import ByAndBy
from specks.ui.export import Export
from specks.ui.request import Finished
from specks.ui.void_sheet import FIGURE_FILES, Sheet
from specks.ui.voids_shown import VoidsShown

__all__ = ["void_exports"]


def void_exports(finished: Finished) -> list[Export]:
    """The figure and the objects; tables of tracks and of frames are written anyhow."""
    result: VoidsShown = finished.result

    def figure(path: Path) -> Steps[Any]:
        sheet = Sheet(result.figures, path.suffix)
        return _written(sheet, ByAndBy(sheet.drawing(), sheet.steps), path)

    def objects(path: Path) -> Steps[Any]:
        yield Progress(0, 0, f"Writing {path.name}")
        result.voids.save_tracks(path)

    files = "Tracks (*.csv *.parquet *.geff)"
    drawn = [Export("All plots as one figure…", "voids.png", FIGURE_FILES, figure)]
    return (drawn if result.figures is not None else []) + [
        Export("Objects with their tracks…", "objects.csv", files, objects),
    ]


def _written(sheet: Sheet, drawing: ByAndBy, path: Path) -> Steps[Any]:
    """Write what the main thread draws meanwhile."""
    yield from drawing.waiting("Drawing")
    yield Progress(0, 0, f"Writing {path.name}")
    with replacing(path) as aside:
        aside.write_bytes(sheet.content())
