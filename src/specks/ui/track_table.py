"""Tracks as a table, a row a track."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from qtpy.QtCore import Qt, Signal

from specks.ui.column_model import Column
from specks.ui.column_table import ColumnTable
from specks.ui.tracked import Scales

__all__ = ["TrackTable", "track_columns"]


class TrackTable(ColumnTable):
    """A table whose first column is the number of the track.

    Attributes
    ----------
    chosen : Signal
        With the number of the track of the row that a person chose.
    """

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__("Tracks", many=False, sorted_by=(1, Qt.SortOrder.DescendingOrder))
        self.rows_chosen.connect(self._tell)

    @property
    def particles(self) -> npt.NDArray[np.int64]:
        """Numbers of the tracks from top to bottom."""
        if not self.columns:
            return np.empty(0, np.int64)
        found: npt.NDArray[np.int64] = self.columns[0].values[self.order]
        return found

    def choose(self, particle: int | None) -> None:
        """Select the row of a track, without saying so."""
        known = particle is not None and len(self.columns) > 0
        self.choose_rows(np.flatnonzero(self.columns[0].values == particle) if known else ())

    def _tell(self) -> None:
        for row in self.chosen_rows:
            self.chosen.emit(int(self.columns[0].values[row]))


def track_columns(summary: Any, scales: Scales) -> list[Column]:
    """Columns of a table of tracks.

    Parameters
    ----------
    summary : pandas.DataFrame
        What `specks.summarize_tracks` gives.
    scales : Scales
    """
    length = f" ({scales.length})" if scales.length else ""
    wanted = [
        ("Track", "particle", "Number of the track"),
        ("Frames", "observed_frames", "Frames in which it was seen"),
        (f"Radius{length}", f"mean_radius{scales.of_length}", "Mean radius"),
        (
            f"Growth ({scales.rate})",
            f"growth_rate_fit{scales.of_rate}",
            "Growth of the radius that was fitted",
        ),
        ("from", f"growth_rate_low{scales.of_rate}", "Least growth that is likely (95 %)"),
        ("to", f"growth_rate_high{scales.of_rate}", "Greatest growth that is likely (95 %)"),
        (f"Speed ({scales.rate})", f"speed{scales.of_rate}", "Speed without the noise of positions"),
        ("Sure", "confidence", "How sure its least sure link is, from 0 to 1"),
        ("First", "start_frame", "First frame"),
        ("Last", "end_frame", "Last frame"),
    ]
    return [Column(title, summary[name].to_numpy(), tip) for title, name, tip in wanted if name in summary]
