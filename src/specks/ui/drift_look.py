"""How a drifting series is looked at: held still, and two frames over each other."""

from __future__ import annotations

from collections.abc import Iterable

from napari.components import ViewerModel
from napari.layers import Layer
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QCheckBox, QGridLayout, QSpinBox, QWidget

from specks.ui.course import Course
from specks.ui.hold_still import HoldStill
from specks.ui.two_frames import TwoFrames

__all__ = ["DriftLook"]


class DriftLook(QWidget):
    """Two switches: hold still, and compare the frame in view with another one.

    Parameters
    ----------
    viewer : napari viewer

    Attributes
    ----------
    still : HoldStill
    two : TwoFrames
    """

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__()
        self.still = HoldStill(viewer, self)
        self.two = TwoFrames(viewer, self.still, self)
        self.still_box, self.compare_box = QCheckBox("Hold still"), QCheckBox("Compare with")
        self.frame_box = QSpinBox()
        self._others: list[Layer] = []
        self._lent = False
        self._lay_out()
        self.still_box.toggled.connect(self.still.set_on)
        self.compare_box.toggled.connect(self._compare)
        self.frame_box.valueChanged.connect(self._compare)
        self.two.changed.connect(self._on_layers)
        self.setVisible(False)

    @property
    def course(self) -> Course | None:
        """The drift that is shown, with the layer that it is about."""
        return self.still.course

    def follow(self, course: Course, first: int) -> None:
        """Show another drift.

        Parameters
        ----------
        course : Course
        first : int
            The frame that others are compared with unless somebody chose one.
        """
        fresh = self.course is None or self.course.view != course.view
        self.still.follow(course)
        blocked = self.frame_box.blockSignals(True)
        self.frame_box.setMaximum(max(0, len(course.shifts) - 1))
        if fresh:
            self.frame_box.setValue(first)
        self.frame_box.blockSignals(blocked)
        self._compare()
        self.setVisible(True)

    def hold(self, others: Iterable[Layer]) -> None:
        """Which layers move along with the one that drifts."""
        self._others = list(others)
        self._hold()

    def lend(self, lent: bool) -> None:
        """Hold still and compare while a frame is moved by hand; then look as before."""
        if lent:
            self._lent = not self.compare_box.isChecked()
            self.still_box.setChecked(True)
            self.compare_box.setChecked(True)
        elif self._lent:
            self._lent = False
            self.compare_box.setChecked(False)

    def close_view(self) -> None:
        """Show every layer where it belongs; the switches stay as they are."""
        self.still.set_away(True)
        self.two.hide()

    def open_view(self) -> None:
        """Go on as the switches say."""
        self.still.set_away(False)
        self._compare()

    def _compare(self, *_: object) -> None:
        if self.course is None or self.still.away:
            return
        if self.compare_box.isChecked():
            self.two.show(self.course, self.frame_box.value())
        else:
            self.two.hide()

    def _on_layers(self) -> None:
        if not self.two.shown and not self.still.away:  # somebody has removed one of the two
            blocked = self.compare_box.blockSignals(True)
            self.compare_box.setChecked(False)
            self.compare_box.blockSignals(blocked)
        self._hold()

    def _hold(self) -> None:
        course = self.course
        if course is not None:
            current = [] if self.two.current is None else [self.two.current]
            self.still.hold([course.layer, *current, *self._others])

    def _lay_out(self) -> None:
        self.still_box.setChecked(True)
        self.still_box.setToolTip(
            "<qt>Show each frame where it would be had the sample not moved. Only the place of the layers on the "
            "canvas changes, no pixel; it is taken back when this is switched off or the dock is closed.</qt>"
        )
        self.compare_box.setToolTip(
            "<qt>Show the frame in view in green and another one in magenta: what is the same in both is white.</qt>"
        )
        self.frame_box.setToolTip("The other frame")
        self.frame_box.setPrefix("frame ")
        self.frame_box.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.frame_box.setMinimumWidth(60)
        self.frame_box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(self.still_box, 0, 0, 1, 2)
        grid.addWidget(self.compare_box, 1, 0)
        grid.addWidget(self.frame_box, 1, 1)
        grid.setColumnStretch(1, 1)
