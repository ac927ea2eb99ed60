"""The tools by which a person corrects: brushes, excluding a frame, taking back."""

from __future__ import annotations

from collections.abc import Sequence

from napari.components import ViewerModel
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QGridLayout, QLabel, QPushButton, QWidget

from specks._core.corrections import Corrections
from specks.ui.hand_log import HandLog, log_of
from specks.ui.layer_view import LayerView
from specks.ui.scribbles import BACKGROUND, PARTICLE, Scribbling
from specks.ui.subscriptions import Subscriptions
from specks.ui.tally import breakdown, tally

__all__ = ["HandTools"]


class HandTools(QWidget):
    """Buttons for the kinds of corrections that a step takes.

    Parameters
    ----------
    viewer : napari viewer
    kinds : sequence of str
        Kinds of corrections; for those without a tool here the dock has its own, and the log.
    more : sequence of QPushButton
        The dock's own tools.
    """

    changed = Signal()

    def __init__(self, viewer: ViewerModel, kinds: Sequence[str], more: Sequence[QPushButton] = ()) -> None:
        super().__init__()
        self._viewer, self._kinds, self._more = viewer, tuple(kinds), tuple(more)
        self._view: LayerView | None = None
        self._log: HandLog | None = None
        self.scribbling: Scribbling | None = None
        self.background, self.particle = QPushButton("Background"), QPushButton("Particle")
        self.exclude, self.undo = QPushButton("Exclude frame"), QPushButton("Undo")
        self.count = QLabel()
        self._lay_out()
        self.background.clicked.connect(lambda: self.scribbling.brush(BACKGROUND))
        self.particle.clicked.connect(lambda: self.scribbling.brush(PARTICLE))
        self.exclude.clicked.connect(self._exclude)
        self.undo.clicked.connect(lambda: self._log.undo())
        self._follows = follows = Subscriptions()
        self.destroyed.connect(lambda: follows.close())
        self.work_on(None)

    @property
    def log(self) -> HandLog | None:
        """The log of the layer that is worked on."""
        return self._log

    @property
    def corrections(self) -> Corrections:
        """What was corrected, of the kinds that the step takes."""
        return Corrections(() if self._log is None else self._log.corrections.of(*self._kinds))

    def work_on(self, view: LayerView | None) -> None:
        """Correct another layer; what was done on the last one is kept with it."""
        if self._view == view and view is not None:
            return
        if self.scribbling is not None:
            self.scribbling.close()
            self._follows.close()
            self.scribbling.deleteLater()
        self._view, self.scribbling, self._log = view, None, None
        if view is not None:
            self._log = log_of(view.layer)
            self.scribbling = Scribbling(self._viewer, view, self._log, self)
            self._follows.add(self._log, "changed", self._on_changed)
        self._refresh()

    def _exclude(self) -> None:
        frame = self.scribbling.frame_in_view()
        if frame is not None:
            self._log.toggle_frame(frame)

    def _on_changed(self) -> None:
        self._refresh()
        self.changed.emit()

    def _refresh(self) -> None:
        has_frames = self._view is not None and len(self._view.axes) > 2
        for button in (self.background, self.particle, self.undo):
            button.setEnabled(self._view is not None)
        self.exclude.setEnabled(has_frames)
        counts = tally(self.corrections)
        n = sum(counts.values())
        self.undo.setEnabled(self._log is not None and self._log.can_undo)
        self.count.setText("" if n == 0 else "1 correction" if n == 1 else f"{n} corrections")
        self.count.setToolTip(breakdown(counts))

    def _lay_out(self) -> None:
        self.background.setToolTip("Paint over background that was taken for a particle")
        self.particle.setToolTip(
            "Paint over particles that were missed; labels 3, 4, … of the strokes are further classes of particles"
        )
        self.exclude.setToolTip("Leave the frame that is shown out, or take it in again")
        self.undo.setToolTip("Take back the last correction")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(QLabel("Correct by hand"), 0, 0)
        grid.addWidget(self.count, 0, 1)
        buttons = [self.background, self.particle] if "scribble" in self._kinds else []
        buttons += [self.exclude] if "exclude_frame" in self._kinds else []
        for i, button in enumerate((*buttons, *self._more)):
            grid.addWidget(button, 1 + i // 2, i % 2)
        row = max(2, 1 + (len(buttons) + len(self._more)) // 2)
        grid.addWidget(self.undo, row, 1)
