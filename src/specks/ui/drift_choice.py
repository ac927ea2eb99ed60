"""Choose the drift that is taken out of positions."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Labels, Layer
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QComboBox, QFormLayout, QWidget

from specks.ui.layer_view import LayerView
from specks.ui.request import Wire
from specks.ui.shelf import shelf_of
from specks.ui.subscriptions import Subscriptions

__all__ = ["DriftChoice"]

#: Steps that find a drift, the later the better, and the output that it is; nothing where it is all they give.
STEPS = {"track_voids": "drift", "estimate_drift": ""}


class DriftChoice(QWidget):
    """A row with the drifts that were estimated in this viewer and fit; not there while there is none.

    The drift of the layer itself is taken unless somebody chooses otherwise. Others are only offered: a layer
    whose drift was taken out already looks like one that still drifts.

    Parameters
    ----------
    viewer : napari viewer

    Attributes
    ----------
    changed : Signal
        Another drift is chosen, or the chosen one was estimated anew.
    """

    changed = Signal()

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__()
        self._viewer, self._shelf = viewer, shelf_of(viewer)
        self._view: LayerView | None = None
        self._wanted: weakref.ref[Layer] | None = None
        self._touched = False
        self._offered: list[Layer] = []
        self._wire: Wire | None = None
        self.box = QComboBox()
        self.box.setMinimumWidth(60)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.box.setToolTip(
            "<qt>What moves all objects alike is taken out of their positions before they are linked. "
            "Estimate it in the dock <i>Drift</i>.</qt>"
        )
        row = QFormLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addRow("Drift", self.box)
        self.box.activated.connect(self._on_chosen)
        follows = Subscriptions()
        follows.add(self._shelf, "changed", self.refresh)
        follows.add(viewer.layers.events, "renamed", self.refresh)
        self.destroyed.connect(lambda: follows.close())
        self.refresh()

    @property
    def wire(self) -> Wire | None:
        """What gives the drift; None for none."""
        return self._wire

    def work_on(self, view: LayerView | None) -> None:
        """Offer what fits another layer."""
        if view is None or self._view is None or view.layer is not self._view.layer:
            self._touched, self._wanted = False, None
        self._view = view
        self.refresh()

    def choose(self, layer: Layer | None) -> None:
        """Take the drift of a layer, or none."""
        self._touched, self._wanted = True, None if layer is None else weakref.ref(layer)
        self.refresh()

    def refresh(self, *_: Any) -> None:
        """Offer what there is now."""
        view = self._view
        self._offered = [] if view is None else [one for one in self._viewer.layers if self._fits(one, view)]
        if not self._touched and view is not None:
            self._wanted = weakref.ref(view.layer) if view.layer in self._offered else None
        wanted = None if self._wanted is None else self._wanted()
        self.box.clear()
        self.box.addItems(["none", *(f"of {layer.name}" for layer in self._offered)])
        at = self._offered.index(wanted) + 1 if wanted in self._offered else 0
        self.box.setCurrentIndex(at)
        self.setVisible(bool(self._offered))
        self._take(self._offered[at - 1] if at else None)

    def _on_chosen(self, index: int) -> None:
        self.choose(self._offered[index - 1] if index else None)

    def _take(self, layer: Layer | None) -> None:
        now = None if layer is None else self._known(layer)
        before = None if self._wire is None else self._wire.result
        if (None if now is None else now.result) is not before:
            self._wire = now
            self.changed.emit()

    def _known(self, layer: Layer) -> Wire | None:
        """The drift of a layer, as far as it was estimated here."""
        wires = []
        for step, output in STEPS.items():
            found = self._shelf.get(layer, step)
            if found is not None and found[0].main.intact:
                result = found[1].result
                wires.append(Wire(found[0], getattr(result, output) if output else result, output))
        return wires[-1] if wires else None

    def _fits(self, layer: Layer, view: LayerView) -> bool:
        """Whether a drift of a layer is known that has the frames and the pixels of another one."""
        wire = self._known(layer)
        if wire is None:
            return False
        frames, count = len(wire.result.table), view.frame_count
        enough = frames == count if isinstance(view.layer, Labels) else frames >= count
        sides = [one.geometry.spatial_spacing[-2:] for one in (wire.request.main, view)]
        same_unit = wire.request.main.geometry.length_unit == view.geometry.length_unit
        return enough and same_unit and bool(np.allclose(*sides, rtol=1e-6))
