"""Several plots in the room of one, or side by side where there is room."""

from __future__ import annotations

from collections.abc import Mapping

from qtpy.QtCore import QSize
from qtpy.QtGui import QPixmap, QResizeEvent
from qtpy.QtWidgets import QHBoxLayout, QTabBar, QVBoxLayout, QWidget

from specks.ui.plots import Plot

__all__ = ["PlotPages"]


class PlotPages(QWidget):
    """Plots that belong together; hidden until there is something to see.

    Parameters
    ----------
    pages : mapping of str to Plot
        By what is written on the tab.
    """

    def __init__(self, pages: Mapping[str, Plot]) -> None:
        super().__init__()
        self.pages = list(pages.values())
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        for name in pages:
            self.tabs.addTab(name)
        column, row = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tabs)
        for page in self.pages:
            row.addWidget(page)
        column.addLayout(row)
        self.tabs.currentChanged.connect(self._arrange)
        self._arrange()
        self.setVisible(False)

    @property
    def beside(self) -> bool:
        """Whether all are shown at once."""
        return self.width() >= sum(page.sizeHint().width() for page in self.pages)

    def minimumSizeHint(self) -> QSize:
        """One plot must have room: a dock that has become wide can become narrow again."""
        one = max(part.minimumSizeHint().width() for part in (self.tabs, *self.pages))
        return QSize(one, super().minimumSizeHint().height())

    def grab(self) -> QPixmap:
        """A picture of what is seen, without the tabs."""
        return super().grab() if self.beside else self.pages[self.tabs.currentIndex()].grab()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use the room that there is."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self, *_: int) -> None:
        beside = self.beside
        self.tabs.setVisible(not beside)
        for i, page in enumerate(self.pages):
            page.setVisible(beside or i == self.tabs.currentIndex())
