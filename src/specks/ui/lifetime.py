"""Notice when a dock is closed, however that happens."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QObject, Signal
from qtpy.QtWidgets import QDockWidget, QWidget

__all__ = ["ClosedWatcher"]


class ClosedWatcher(QObject):
    """Says when a widget is closed with its dock, or taken out of the window.

    napari hides a closed dock and keeps its widget; being hidden behind another tab is not being
    closed.

    Parameters
    ----------
    widget : QWidget
        What is docked.
    """

    closed = Signal()

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._dock: QDockWidget | None = None
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Close:
            self.closed.emit()
        elif watched is self._widget and event.type() == QEvent.Type.ParentChange:
            self._find_dock()
            if self._widget.parent() is None:
                self.closed.emit()
        elif watched is self._widget and event.type() == QEvent.Type.Show:
            self._find_dock()
        return False

    def _find_dock(self) -> None:
        above = self._widget.parent()
        while above is not None and not isinstance(above, QDockWidget):
            above = above.parent()
        if above is not self._dock:
            if above is not None:
                above.installEventFilter(self)
            self._dock = above
