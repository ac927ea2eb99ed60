"""Choose the layers that go with one layer."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from napari.components import ViewerModel
from napari.layers import Layer
from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtWidgets import QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from specks.ui.subscriptions import Subscriptions

__all__ = ["Companions"]

#: So many are seen at once; the list scrolls beyond that.
ROWS = 5


class Companions(QWidget):
    """A list of layers to tick; not there while there is none to choose.

    Parameters
    ----------
    viewer : napari viewer
    title : str
        What stands above it.
    offer : callable
        Whether a layer is offered, and if so whether it is ticked at first: True, False, or None for no.

    Attributes
    ----------
    changed : Signal
        Others are ticked, or a layer came or went.
    """

    changed = Signal()

    def __init__(self, viewer: ViewerModel, title: str, offer: Callable[[Layer], bool | None]) -> None:
        super().__init__()
        self._viewer, self._offer = viewer, offer
        self._ticked: weakref.WeakKeyDictionary[Layer, bool] = weakref.WeakKeyDictionary()
        self._shown: list[weakref.ref[Layer]] = []
        self.list = QListWidget()
        self.list.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.list.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.itemChanged.connect(self._on_ticked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.title = QLabel(title)
        column.addWidget(self.title)
        column.addWidget(self.list)
        follows = Subscriptions()
        for event in ("inserted", "removed", "reordered", "renamed"):
            follows.add(viewer.layers.events, event, self.refresh)
        self.destroyed.connect(lambda: follows.close())
        self.refresh()

    @property
    def layers(self) -> list[Layer]:
        """The layers that are ticked."""
        return [layer for ref in self._shown if (layer := ref()) is not None and self._ticked.get(layer)]

    def tick(self, layer: Layer, ticked: bool = True) -> None:
        """Choose a layer, or not."""
        self._ticked[layer] = ticked
        self.refresh()

    def refresh(self, *_: Any) -> None:
        """Offer what there is now."""
        found = [(layer, usual) for layer in self._viewer.layers if (usual := self._offer(layer)) is not None]
        self._shown = [weakref.ref(layer) for layer, _ in found]
        blocked = self.list.blockSignals(True)
        self.list.clear()
        for layer, usual in found:
            item = QListWidgetItem(layer.name)
            item.setFlags(Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled)
            ticked = self._ticked.setdefault(layer, usual)
            item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
            item.setToolTip(layer.name)
            self.list.addItem(item)
        self.list.blockSignals(blocked)
        self.setVisible(bool(found))
        self.list.setFixedHeight(self._height())
        self.changed.emit()

    def _height(self) -> int:
        row = self.list.sizeHintForRow(0) if self.list.count() else 0
        return min(self.list.count(), ROWS) * max(row, 1) + 2 * self.list.frameWidth() + 2

    def sizeHint(self) -> QSize:
        """No wider than it must be: names are cut in the middle."""
        hint = super().sizeHint()
        return QSize(min(hint.width(), 160), hint.height())

    def _on_ticked(self, item: QListWidgetItem) -> None:
        layer = self._shown[self.list.row(item)]()
        if layer is not None:
            self._ticked[layer] = item.checkState() == Qt.CheckState.Checked
            self.changed.emit()
