"""The tools by which a person corrects drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from napari.components import ViewerModel
from napari.layers import Layer
from qtpy.QtCore import QObject, QTimer, Signal
from qtpy.QtWidgets import QPushButton

from specks.drift import Drift
from specks.ui.course import frame_in_view
from specks.ui.drift_log import is_bad, with_bad, with_regions, with_shift
from specks.ui.frame_drag import FrameDrag
from specks.ui.hand_log import HandLog
from specks.ui.hold_still import HoldStill
from specks.ui.landmarks import Landmarks
from specks.ui.layer_view import LayerView
from specks.ui.regions import Regions
from specks.ui.shortcuts import Shortcuts
from specks.ui.subscriptions import Subscriptions
from specks.ui.wrapped import WrappedLabel

__all__ = ["BAD_KEY", "DriftTools"]

#: Means nothing to napari, whatever the layer: *unusable*.
BAD_KEY = "U"
LATER = "; once the drift of this layer is estimated"
NAMES = {
    "bad": ("Bad frame", f"Leave the frame that is shown out, or take it in again (key {BAD_KEY})"),
    "move": ("Move frame", f"Drag the frame that is shown to where it belongs{LATER}"),
    "landmark": ("Landmark", f"Click the same thing on two frames{LATER}"),
    "region": ("Region", "Draw around what to look at; the rest is not looked at"),
}
HINTS = {
    "move": "Drag the frame until both colors meet",
    "landmark": "Click a thing in this frame; then go to another frame and click the same thing there",
    "second": "Now go to another frame and click the same thing there (first: frame {frame})",
    "region": "Click the corners of what to look at, and double-click the last one; frames are then read again",
}


class DriftTools(QObject):
    """Buttons for bad frames, frames moved by hand, landmarks and regions, and what they do on the canvas.

    Parameters
    ----------
    viewer : napari viewer
    still : HoldStill
    parent : QObject

    Attributes
    ----------
    buttons : mapping of str to QPushButton
    hint : WrappedLabel
        What to do with the tool in the hand.
    aids : Signal
        Layers of marks and regions came or went.
    moving : Signal
        Frames are dragged from now on, or no longer.
    """

    aids = Signal()
    moving = Signal(bool)

    def __init__(self, viewer: ViewerModel, still: HoldStill, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer, self._still = viewer, still
        self._view: LayerView | None = None
        self._log: HandLog | None = None
        self._drift: Drift | None = None
        self.drag = FrameDrag(viewer, still, self)
        self.landmarks = Landmarks(viewer, still, self)
        self.regions = Regions(viewer, self)
        self.hint = WrappedLabel()
        self.buttons: Mapping[str, QPushButton] = {
            name: QPushButton(text) for name, (text, _) in NAMES.items()
        }
        for name, button in self.buttons.items():
            button.setCheckable(True)
            button.setToolTip(NAMES[name][1])
        self.keys = keys = Shortcuts(viewer, {BAD_KEY: self.buttons["bad"].click})
        self._follows = follows = Subscriptions()
        self._looks = looks = Subscriptions()
        for name in ("current_step", "ndisplay", "order"):
            looks.add(viewer.dims.events, name, self.refresh)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)  # a layer that is added is active only for a moment
        self._later.timeout.connect(self._on_active)
        looks.add(viewer.layers.selection.events, "active", lambda _: self._later.start())
        self.destroyed.connect(lambda: (follows.close(), looks.close(), keys.unbind()))
        self._connect()
        self.refresh()

    @property
    def layers(self) -> Sequence[Layer]:
        """Layers of marks and regions, which go with the frames."""
        return [layer for layer in (self.landmarks.layer, self.regions.layer) if layer is not None]

    def work_on(self, view: LayerView | None, log: HandLog | None, drift: Drift | None) -> None:
        """Correct the drift of a layer.

        Parameters
        ----------
        view : LayerView or None
        log : HandLog or None
            Of that layer.
        drift : Drift or None
            What is known of it so far.
        """
        if log is not self._log:
            self.put_down()
            self.landmarks.close()
            self._follows.close()
            if log is not None:
                self._follows.add(log, "changed", self._on_log)
        self._view, self._log, self._drift = view, log, drift
        if drift is None:
            self._uncheck("move", "landmark")
        self.regions.work_on(view)
        self._on_log()

    def put_down(self) -> None:
        """Take no tool in the hand any more."""
        self._uncheck("move", "landmark", "region")

    def close(self) -> None:
        """Put everything down and away; the log stays as it is."""
        self.put_down()
        self.landmarks.close()
        self.regions.close()
        self.keys.unbind()

    def open(self) -> None:
        """Go on where it was left."""
        self.keys.bind()
        self._on_log()

    def refresh(self, *_: Any) -> None:
        """Let be pressed what does something now."""
        frame = self._frame
        flat = self._viewer.dims.ndisplay == 2
        known = self._drift is not None and frame is not None and flat
        self.buttons["bad"].setEnabled(frame is not None)
        self._show("bad", frame is not None and is_bad(self._log.corrections, frame))
        self.buttons["move"].setEnabled(known or self.drag.on)
        self.buttons["landmark"].setEnabled(known or self.landmarks.on)
        self.buttons["region"].setEnabled(self._view is not None and flat)
        self._say(self._hint())

    def _connect(self) -> None:
        self.buttons["bad"].clicked.connect(self._toggle_bad)
        self.buttons["move"].toggled.connect(self._on_move)
        self.buttons["landmark"].toggled.connect(self._on_landmark)
        self.buttons["region"].toggled.connect(self._on_region)
        self._still.moved.connect(self.refresh)
        self.drag.let_go.connect(self._on_let_go)
        self.drag.lost.connect(lambda: self._uncheck("move"))
        self.landmarks.lost.connect(lambda: self._uncheck("landmark"))
        self.landmarks.marked.connect(lambda fields: self._log.add("landmark", **fields))
        self.landmarks.changed.connect(self.refresh)
        self.regions.drawn.connect(lambda found: self._log.write(with_regions(self._log.corrections, found)))
        for one in (self.landmarks, self.regions):
            one.changed.connect(self.aids)

    @property
    def _frame(self) -> int | None:
        """The frame in view, whether its drift is known or not."""
        if self._view is None or self._view.layer not in self._viewer.layers:
            return None
        return frame_in_view(self._viewer, self._view)

    def _say(self, hint: str) -> None:
        """Below the buttons, and where napari itself says what the mouse does."""
        ended = self.hint.text() and not hint
        self.hint.setText(hint)
        if hint or ended:
            active = self._viewer.layers.selection.active
            self._viewer.help = hint or ("" if active is None else active.help)

    def _hint(self) -> str:
        if self.drag.on:
            return HINTS["move"]
        if self.landmarks.on:
            first = self.landmarks.first
            return HINTS["landmark"] if first is None else HINTS["second"].format(frame=first[0])
        return HINTS["region"] if self.buttons["region"].isChecked() else ""

    def _toggle_bad(self) -> None:
        frame = self._frame
        if frame is not None:
            self._log.write(with_bad(self._log.corrections, frame, self._drift))
        self.refresh()

    def _on_let_go(self, frame: int, shift: Any) -> None:
        self._log.write(with_shift(self._log.corrections, frame, shift, self._drift))

    def _on_move(self, on: bool) -> None:
        if on:
            self._uncheck("landmark", "region")
        self.drag.set_on(on)
        self.moving.emit(on)
        self.refresh()

    def _on_landmark(self, on: bool) -> None:
        if on:
            self._uncheck("move", "region")
        self.landmarks.set_on(on)
        self.refresh()

    def _on_region(self, on: bool) -> None:
        if on:
            self._uncheck("move", "landmark")
            self.regions.draw()
        else:
            self.regions.put_down()
        self.refresh()

    def _on_active(self) -> None:
        """Who selects another layer wants to do something else."""
        active = self._viewer.layers.selection.active
        if self.drag.on or self.landmarks.on:
            if self._view is None or active is not self._view.layer:
                self._uncheck("move", "landmark")
        elif self.buttons["region"].isChecked() and active is not self.regions.layer:
            self._uncheck("region")

    def _on_log(self) -> None:
        if self._log is not None:
            self.landmarks.show(self._log.corrections)
            self.regions.show(self._log.corrections)
        self.refresh()

    def _uncheck(self, *names: str) -> None:
        for name in names:
            self.buttons[name].setChecked(False)

    def _show(self, name: str, checked: bool) -> None:
        """Show a state without doing what a click does."""
        button = self.buttons[name]
        blocked = button.blockSignals(True)
        button.setChecked(checked)
        button.blockSignals(blocked)
