"""Tracks as a table, a row a track; nothing is written that is not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from qtpy.QtCore import QAbstractTableModel, QModelIndex, QSize, Qt, Signal
from qtpy.QtWidgets import QAbstractItemView, QTableView

from specks.ui.track_course import number
from specks.ui.tracked import Scales

__all__ = ["Column", "TrackTable", "track_columns"]

#: Rows that are seen at once.
SEEN = 5


@dataclass(frozen=True, eq=False)
class Column:
    """A column of the table.

    Parameters
    ----------
    title : str
    values : numpy.ndarray (tracks,)
    tip : str
        What it is, for the tooltip of its title.
    """

    title: str
    values: npt.NDArray[Any]
    tip: str = ""

    def text(self, row: int) -> str:
        """A cell."""
        value = self.values[row]
        if self.values.dtype.kind in "iu":
            return str(int(value))
        return number(float(value)) if np.isfinite(value) else "–"


class _Model(QAbstractTableModel):
    """Columns of numbers, in the order in which they are sorted."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self.columns: Sequence[Column] = ()
        self.order: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self._sorted = (1, Qt.SortOrder.DescendingOrder)

    def show(self, columns: Sequence[Column]) -> None:
        """Show other columns, sorted as before."""
        self.beginResetModel()
        self.columns = tuple(columns)
        self._arrange()
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.order)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[index.column()].text(int(self.order[index.row()]))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        return f"<qt>{self.columns[section].tip}</qt>" if role == Qt.ItemDataRole.ToolTipRole else None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.layoutAboutToBeChanged.emit()
        self._sorted = (column, order)
        self._arrange()
        self.layoutChanged.emit()

    def _arrange(self) -> None:
        """What is not known comes last, whatever the order."""
        if not self.columns:
            self.order = np.empty(0, np.int64)
            return
        column, order = self._sorted
        values = self.columns[min(column, len(self.columns) - 1)].values
        sign = 1 if order == Qt.SortOrder.AscendingOrder else -1
        self.order = np.argsort(sign * values.astype(float), kind="stable")


class TrackTable(QTableView):
    """A table whose first column is the number of the track.

    Attributes
    ----------
    chosen : Signal
        With the number of the track of the row that a person chose.
    """

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._model = _Model(self)
        self.setModel(self._model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self.verticalHeader().setVisible(False)
        row = self.fontMetrics().height() + 6
        self.verticalHeader().setDefaultSectionSize(row)
        self.verticalHeader().setMinimumSectionSize(row)
        self.setSortingEnabled(True)
        self.horizontalHeader().setSortIndicator(1, Qt.SortOrder.DescendingOrder)
        self.setAccessibleName("Tracks")
        self._telling = True
        self.selectionModel().currentRowChanged.connect(self._on_row)
        self._chosen: int | None = None
        self._model.layoutAboutToBeChanged.connect(lambda: self._quiet(False))
        self._model.layoutChanged.connect(lambda: self._again())

    @property
    def particles(self) -> npt.NDArray[np.int64]:
        """Numbers of the tracks from top to bottom."""
        if not self._model.columns:
            return np.empty(0, np.int64)
        found: npt.NDArray[np.int64] = self._model.columns[0].values[self._model.order]
        return found

    def show_columns(self, columns: Sequence[Column]) -> None:
        """Show other tracks."""
        self._quiet(False)
        widths = [c.title for c in self._model.columns] != [c.title for c in columns]
        self._model.show(columns)
        self._chosen = None
        self._quiet(True)
        if widths:
            self._fit()

    def choose(self, particle: int | None) -> None:
        """Select the row of a track, without saying so."""
        self._chosen = particle
        self._again()

    def sizeHint(self) -> QSize:
        """Some rows high, and no wider than a narrow dock."""
        row = self.verticalHeader().defaultSectionSize()
        bar = self.horizontalScrollBar().sizeHint().height()
        return QSize(16 * row, (SEEN + 1) * row + bar + 2 * self.frameWidth() + 4)

    def minimumSizeHint(self) -> QSize:
        """As high, but as narrow as need be."""
        return QSize(60, self.sizeHint().height())

    def _again(self) -> None:
        self._quiet(False)
        found = np.flatnonzero(self.particles == self._chosen) if self._chosen is not None else ()
        if len(found):
            self.selectRow(int(found[0]))
            self.scrollTo(self._model.index(int(found[0]), 0))
        else:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
        self._quiet(True)

    def _on_row(self, now: QModelIndex, _: QModelIndex) -> None:
        if self._telling and now.isValid():
            self._chosen = int(self.particles[now.row()])
            self.chosen.emit(self._chosen)

    def _quiet(self, telling: bool) -> None:
        self._telling = telling

    def _fit(self) -> None:
        """Columns as wide as their titles: looking at all cells would take seconds."""
        digits = self.fontMetrics().horizontalAdvance("−0.0123")
        for i, column in enumerate(self._model.columns):
            whole = column.values.dtype.kind in "iu"
            least = (self.fontMetrics().horizontalAdvance("00000") if whole else digits) + 10
            title = self.fontMetrics().horizontalAdvance(column.title) + 22
            self.setColumnWidth(i, max(least, title))


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
