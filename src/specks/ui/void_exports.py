"""What can be written of tracked voids."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from specks._core.atomic import replacing
from specks._core.progress import Progress, Steps
from specks.ui.export import Export
from specks.ui.request import Finished
from specks.ui.void_figure import FIGURE_FILES, VoidFigure, painted
from specks.ui.voids_shown import VoidsShown

__all__ = ["void_exports"]


def void_exports(finished: Finished, sheet: Callable[[], VoidFigure]) -> list[Export]:
    """The figure and the objects; tables of tracks and of frames are written anyhow.

    Parameters
    ----------
    finished : Finished
    sheet : callable
        Gives all plots on a sheet.
    """
    result: VoidsShown = finished.result

    def figure(path: Path) -> Steps[Any]:
        return _written(painted(sheet(), path.suffix), path)

    def objects(path: Path) -> Steps[Any]:
        yield Progress(0, 0, f"Writing {path.name}")
        result.voids.save_tracks(path)

    files = "Tracks (*.csv *.parquet *.geff)"
    return [
        Export("All plots as one figure…", "voids.png", FIGURE_FILES, figure),
        Export("Objects with their tracks…", "objects.csv", files, objects),
    ]


def _written(content: bytes, path: Path) -> Steps[Any]:
    """Write what was drawn in the window."""
    yield Progress(0, 0, f"Writing {path.name}")
    with replacing(path) as aside:
        aside.write_bytes(content)
