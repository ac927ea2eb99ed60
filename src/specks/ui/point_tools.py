"""Move, add and delete points by hand."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

import numpy as np
from napari.components import ViewerModel
from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QPushButton

from specks.ui.canvas import shows_planes
from specks.ui.hand_log import HandLog
from specks.ui.live_fit import LiveFit
from specks.ui.mouse import MouseTool
from specks.ui.refine_scene import RefineScene
from specks.ui.subscriptions import Subscriptions
from specks.ui.wrapped import WrappedLabel

__all__ = ["KINDS", "PointTools"]

KINDS = ("point_add", "point_move", "point_delete")
#: A click may move by this many pixels of the canvas.
SHAKY = 4
NAMES = {
    "move": ("Move point", "Drag a point to where its fit shall begin; what touches it is fitted meanwhile"),
    "add": ("Add point", "Click a feature that was missed"),
    "delete": ("Delete point", "Click a point that is no feature"),
    "missed": ("Find in residual", "Locate what the fit leaves over in this frame, and add it"),
}
HINTS = {
    "move": "Drag a point; only clusters that it touches are fitted again",
    "add": "Click what was missed",
    "delete": "Click points that are no features",
}
BESIDE = "No point is there"
OUTSIDE = "That is beside the image"
TURNED = "Points are corrected where y and x are shown, in 2D"


class PointTools(QObject):
    """Buttons that correct points on the canvas; each correction is noted with where the fit began.

    Parameters
    ----------
    viewer : napari viewer
    parent : QObject

    Attributes
    ----------
    buttons : mapping of str to QPushButton
    hint : WrappedLabel
        What to do with the tool in the hand.
    live : LiveFit
    taken_back : Signal
        A point that was dragged is where it was.
    """

    taken_back = Signal()

    def __init__(self, viewer: ViewerModel, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._scene: RefineScene | None = None
        self._log: HandLog | None = None
        self._values: Mapping[str, Any] = {}
        self.live, self.hint = LiveFit(self), WrappedLabel()
        self._mouse = MouseTool(viewer, self, self._drag, self.put_down)
        self.buttons: Mapping[str, QPushButton] = {
            name: QPushButton(text) for name, (text, _) in NAMES.items()
        }
        for name, button in self.buttons.items():
            button.setToolTip(f"<qt>{NAMES[name][1]}</qt>")
            if name in HINTS:
                button.setCheckable(True)
                button.toggled.connect(lambda on, name=name: self._on_toggled(name, on))
        follows = Subscriptions()
        follows.add(viewer.layers.selection.events, "active", self._on_active)
        self.destroyed.connect(lambda: follows.close())
        self._refresh()

    @property
    def tool(self) -> str | None:
        """The tool in the hand."""
        return next((name for name in HINTS if self.buttons[name].isChecked()), None)

    def work_on(self, scene: RefineScene | None, log: HandLog | None, values: Mapping[str, Any]) -> None:
        """Correct a result.

        Parameters
        ----------
        scene : RefineScene or None
            None to correct nothing.
        log : HandLog or None
            Of its image.
        values : mapping
            Settings with which it was fitted.
        """
        if scene is None or (self._scene is not None and scene.layer is not self._scene.layer):
            self.put_down()
        self._scene, self._log, self._values = scene, log, values
        self._refresh()

    def put_down(self) -> None:
        """Take no tool in the hand any more."""
        for name in HINTS:
            self.buttons[name].setChecked(False)

    def _refresh(self) -> None:
        ready = self._scene is not None and self._log is not None
        for button in self.buttons.values():
            button.setEnabled(ready)
        self.hint.setText(HINTS[self.tool] if self.tool is not None else "")

    def _on_toggled(self, name: str, on: bool) -> None:
        if on:
            for other in HINTS:
                if other != name:
                    self.buttons[other].setChecked(False)
        wanted = self.tool is not None and self._scene is not None
        self._mouse.take(self._scene.layer if wanted else None)
        self._refresh()

    def _on_active(self, *_: Any) -> None:
        """Another layer may have a tool of its own for the mouse."""
        active = self._viewer.layers.selection.active
        ours = active is None or self._scene is None or active is self._scene.layer
        if self.tool is not None and not ours and str(active.mode) != "pan_zoom":
            self.put_down()

    def _drag(self, event: Any) -> Generator[None, None, None]:
        scene, tool = self._scene, self.tool
        if event.button != 1 or scene is None or tool is None:
            return
        if not shows_planes(self._viewer, scene.layer):
            self.hint.setText(TURNED)
            return
        frame = scene.frame(self._viewer)
        if frame is None:
            return
        row = scene.at(self._viewer, event.position)
        if tool == "move":
            if row is None:
                self.hint.setText(BESIDE)
            else:
                event.handled = True  # else the camera moves
                yield from self._move(scene, frame, row, event)
            return
        pressed, place, moved = np.array(event.pos), np.array(event.position), False
        yield
        while event.type == "mouse_move":
            moved = moved or np.abs(np.array(event.pos) - pressed).max() > SHAKY
            yield
        if not moved:
            self._click(tool, scene, frame, row, place)

    def _move(self, scene: RefineScene, frame: int, row: int, event: Any) -> Generator[None, None, None]:
        grip = np.array(scene.positions[row]) - scene.position(self._viewer, event.position)
        self.live.begin(scene, self._values, frame, row)
        new: list[float] | None = None
        yield
        while event.type == "mouse_move":
            at = grip + scene.position(self._viewer, event.position)
            if scene.inside(at.tolist()):
                new = [round(float(value), 2) for value in at]
                self.live.move(np.array(new))
            event.handled = True
            yield
        self.live.end()
        start = None if new is None else self._start(scene, row)
        if start is None:
            self.taken_back.emit()
        else:
            self._log.add("point_move", frame=frame, position=start, new=new)
        self._refresh()

    def _click(self, tool: str, scene: RefineScene, frame: int, row: int | None, place: Any) -> None:
        self._refresh()
        if self._log is None:
            return
        if tool == "add":
            position = scene.position(self._viewer, place)
            if scene.inside(position):
                self._log.add("point_add", frame=frame, position=position)
            else:
                self.hint.setText(OUTSIDE)
            return
        start = None if row is None else self._start(scene, row)
        if start is None:
            self.hint.setText(BESIDE)
        else:
            self._log.add("point_delete", frame=frame, position=start)

    def _start(self, scene: RefineScene, row: int) -> list[float] | None:
        """How a correction names a point, which an earlier one may have moved or deleted though the fit goes on."""
        return None if self._log is None else scene.start(row, self._log.corrections.only(*KINDS))
