"""All tracks as a table, one of them as plots, and by what they are colored."""

from __future__ import annotations

from collections.abc import Mapping

from napari.components import ViewerModel
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QCheckBox, QComboBox, QFormLayout, QVBoxLayout, QWidget

from specks.ui.color_scale import ColorScale
from specks.ui.picked_track import PickedTrack
from specks.ui.plot_pages import PlotPages
from specks.ui.track_colors import NUMBER, Shade, color_choices
from specks.ui.track_course import TrackCourse
from specks.ui.track_plot import TrackSizePlot, TrackSpeedPlot
from specks.ui.track_table import TrackTable, track_columns
from specks.ui.tracked import Tracked

__all__ = ["TrackPanel"]


class TrackPanel(QWidget):
    """Shows what was tracked; table, plots and canvas show the same track.

    Parameters
    ----------
    viewer : napari viewer
    picked : PickedTrack

    Attributes
    ----------
    colored : Signal
        With the feature that tracks are to be colored by.
    still : Signal
        Whether positions are to be drawn without the drift.
    plots : PlotPages
    """

    colored = Signal(str)
    still = Signal(bool)

    def __init__(self, viewer: ViewerModel, picked: PickedTrack) -> None:
        super().__init__()
        self._picked = picked
        self._tracked: Tracked | None = None
        self._shades: Mapping[str, Shade] = {}
        self.scale = ColorScale()
        self.color_box, self.still_box, self.table = (
            QComboBox(),
            QCheckBox("Draw without the drift"),
            TrackTable(),
        )
        self.size_plot, self.speed_plot = TrackSizePlot(viewer), TrackSpeedPlot(viewer)
        self.plots = PlotPages({"Size": self.size_plot, "Speed": self.speed_plot})
        self._lay_out()
        self.color_box.activated.connect(self._on_colored)
        self.still_box.toggled.connect(self.still)
        self.table.chosen.connect(lambda particle: picked.pick(particle, show=True))
        picked.changed.connect(self._show_picked)
        picked.frame_changed.connect(self._show_frame)
        for plot in self.plots.pages:
            plot.frame_chosen.connect(picked.show_frame)
        self.setVisible(False)

    def show_tracks(self, tracked: Tracked, shades: Mapping[str, Shade]) -> None:
        """Show another result.

        Parameters
        ----------
        tracked : Tracked
        shades : mapping of str to Shade
            Colors of each feature that tracks can be colored by.
        """
        self._tracked, self._shades = tracked, shades
        chosen = self.color_box.currentIndex()
        self.color_box.clear()
        for words, feature in color_choices(tracked.scales, tracked.radius is not None).items():
            self.color_box.addItem(words, feature)
        self.color_box.setCurrentIndex(max(0, min(chosen, self.color_box.count() - 1)))
        self.scale.show_shade(shades.get(self.color_by))
        self.still_box.setVisible(tracked.has_corrected)
        self.table.show_columns(track_columns(tracked.summary_table, tracked.scales))
        self.setVisible(True)
        self.plots.setVisible(True)

    @property
    def color_by(self) -> str:
        """The feature that is chosen."""
        return self.color_box.currentData() or NUMBER

    def _on_colored(self, _: int) -> None:
        self.scale.show_shade(self._shades.get(self.color_by))
        self.colored.emit(self.color_by)

    def _show_picked(self) -> None:
        tracked, particle = self._tracked, self._picked.particle
        if tracked is None:
            return
        known = particle is not None and particle in tracked.rows
        course = TrackCourse.of(tracked, particle) if known else None
        for plot in self.plots.pages:
            plot.show_course(course, tracked.scales)
        self.table.choose(particle)
        self._show_frame()

    def _show_frame(self) -> None:
        for plot in self.plots.pages:
            plot.show_frame(self._picked.frame)

    def _lay_out(self) -> None:
        self.color_box.setToolTip("<qt>By what tracks are colored on the canvas</qt>")
        self.color_box.setMinimumWidth(60)
        self.color_box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.color_box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.still_box.setToolTip(
            "<qt>Draw tracks where objects would be had the sample not moved; fits what is shown while the dock "
            "Drift holds it still.</qt>"
        )
        self.still_box.setVisible(False)
        column, row = QVBoxLayout(self), QFormLayout()
        column.setContentsMargins(0, 0, 0, 0)
        row.setContentsMargins(0, 0, 0, 0)
        row.addRow("Color by", self.color_box)
        column.addLayout(row)
        for part in (self.scale, self.still_box, self.table, self.plots):
            column.addWidget(part)
