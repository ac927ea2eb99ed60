"""Columns of values as a table that is sorted, filtered and chosen from; nothing is written that is not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from qtpy.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QSize,
    Qt,
    Signal,
)
from qtpy.QtWidgets import QAbstractItemView, QTableView

from specks._core.words import number

__all__ = ["Column", "ColumnTable"]

Rows = npt.NDArray[np.int64]

#: Rows that are seen at once.
SEEN = 5


@dataclass(frozen=True, eq=False)
class Column:
    """A column of the table.

    Parameters
    ----------
    title : str
    values : numpy.ndarray (n,)
        Numbers or words.
    tip : str
        What it is, for the tooltip of its title.
    decimals : int, optional
        As many are written; else three digits.
    """

    title: str
    values: npt.NDArray[Any]
    tip: str = ""
    decimals: int | None = None

    @property
    def is_text(self) -> bool:
        """Whether it holds words."""
        return self.values.dtype.kind in "OU"

    def text(self, row: int) -> str:
        """A cell."""
        value = self.values[row]
        if self.is_text:
            return str(value)
        return str(int(value)) if self.values.dtype.kind in "iu" else number(float(value), self.decimals)

    @property
    def ranks(self) -> npt.NDArray[np.float64]:
        """Numbers in the order of which rows are sorted; NaN where nothing is known or said."""
        if not self.is_text:
            return self.values.astype(float)
        words, ranks = np.unique(self.values.astype(str), return_inverse=True)
        return np.where(words[ranks] == "", np.nan, ranks.ravel().astype(float))


class _Model(QAbstractTableModel):
    """Columns in the order in which they are sorted, without the rows that are filtered out."""

    def __init__(self, parent: Any, sorted_by: tuple[int, Qt.SortOrder]) -> None:
        super().__init__(parent)
        self.columns: Sequence[Column] = ()
        self.order: Rows = np.empty(0, np.int64)
        self._kept: npt.NDArray[np.bool_] | None = None
        self._sorted = sorted_by

    def show(self, columns: Sequence[Column], kept: npt.NDArray[np.bool_] | None) -> None:
        """Show other columns, or other rows of them, sorted as before."""
        self.beginResetModel()
        self.columns, self._kept = tuple(columns), kept
        self._arrange()
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.order)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column = self.columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(int(self.order[index.row()]))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if column.is_text else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
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
        ranks = self.columns[min(column, len(self.columns) - 1)].ranks
        sign = 1 if order == Qt.SortOrder.AscendingOrder else -1
        arranged = np.argsort(sign * ranks, kind="stable")
        self.order = arranged if self._kept is None else arranged[self._kept[arranged]]


class ColumnTable(QTableView):
    """A table of columns; what is chosen stays chosen when it is sorted or filtered.

    Parameters
    ----------
    name : str
        For those who hear instead of see.
    many : bool
        Whether several rows can be chosen at once.
    sorted_by : (int, Qt.SortOrder)
        Column and order at first.

    Attributes
    ----------
    rows_chosen : Signal
        A person has chosen other rows.
    """

    rows_chosen = Signal()

    def __init__(self, name: str, *, many: bool, sorted_by: tuple[int, Qt.SortOrder]) -> None:
        super().__init__()
        self._model = _Model(self, sorted_by)
        self.setModel(self._model)
        modes = QAbstractItemView.SelectionMode
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(modes.ExtendedSelection if many else modes.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self.verticalHeader().setVisible(False)
        row = self.fontMetrics().height() + 6
        self.verticalHeader().setDefaultSectionSize(row)
        self.verticalHeader().setMinimumSectionSize(row)
        self.setSortingEnabled(True)
        self.horizontalHeader().setSortIndicator(*sorted_by)
        self.setAccessibleName(name)
        self._chosen: Rows = np.empty(0, np.int64)
        self._telling = True
        self.selectionModel().selectionChanged.connect(lambda *_: self._on_selected())
        self._model.layoutAboutToBeChanged.connect(lambda: self._quiet(False))
        self._model.layoutChanged.connect(lambda: self._again())

    @property
    def columns(self) -> Sequence[Column]:
        """What is shown."""
        return self._model.columns

    @property
    def order(self) -> Rows:
        """Which row of the columns stands where, from top to bottom."""
        return self._model.order

    @property
    def chosen_rows(self) -> Rows:
        """Rows of the columns that are chosen, also such as are filtered out."""
        return self._chosen

    def show_columns(self, columns: Sequence[Column], kept: npt.NDArray[np.bool_] | None = None) -> None:
        """Show other columns, of which nothing is chosen.

        Parameters
        ----------
        columns : sequence of Column
        kept : numpy.ndarray (n,) of bool, optional
            Rows to be seen.
        """
        titles = [c.title for c in self.columns]
        self._chosen = np.empty(0, np.int64)
        self._show(columns, kept)
        if titles != [c.title for c in columns]:
            self._fit()

    def keep(self, kept: npt.NDArray[np.bool_] | None) -> None:
        """Show other rows of the same columns."""
        self._show(self.columns, kept)
        self._again()

    def choose_rows(self, rows: npt.ArrayLike) -> None:
        """Select rows of the columns, without saying so."""
        self._chosen = np.asarray(rows, np.int64).reshape(-1)
        self._again()

    def sizeHint(self) -> QSize:
        """Some rows high, and no wider than a narrow dock."""
        row = self.verticalHeader().defaultSectionSize()
        bar = self.horizontalScrollBar().sizeHint().height()
        return QSize(16 * row, (SEEN + 1) * row + bar + 2 * self.frameWidth() + 4)

    def minimumSizeHint(self) -> QSize:
        """As high, but as narrow as need be."""
        return QSize(60, self.sizeHint().height())

    def _show(self, columns: Sequence[Column], kept: npt.NDArray[np.bool_] | None) -> None:
        self._quiet(False)
        self._model.show(columns, kept)
        self._quiet(True)

    def _again(self) -> None:
        """Select what is chosen where it stands now."""
        self._quiet(False)
        places = np.flatnonzero(np.isin(self.order, self._chosen)) if len(self._chosen) else self._chosen
        model, chosen = self._model, QItemSelection()
        last = model.columnCount() - 1
        for run in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1) if len(places) else ():
            chosen.select(model.index(int(run[0]), 0), model.index(int(run[-1]), last))
        first = model.index(int(places[0]), 0) if len(places) else QModelIndex()
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(first, flags.NoUpdate)
        self.selectionModel().select(chosen, flags.ClearAndSelect)
        if first.isValid():
            self.scrollTo(first)
        self._quiet(True)

    def _on_selected(self) -> None:
        if not self._telling:
            return
        ranges = [np.arange(run.top(), run.bottom() + 1) for run in self.selectionModel().selection()]
        places = np.unique(np.concatenate(ranges)) if ranges else np.empty(0, np.int64)
        self._chosen = self.order[places]
        self.rows_chosen.emit()

    def _quiet(self, telling: bool) -> None:
        self._telling = telling

    def _fit(self) -> None:
        """Columns as wide as their titles and some digits: looking at all cells would take seconds."""
        metrics = self.fontMetrics()
        for i, column in enumerate(self.columns):
            if column.is_text:
                seen = max((str(word) for word in set(column.values.tolist())), key=len, default="")
            else:
                seen = "00000" if column.values.dtype.kind in "iu" else "−0.0123"
            title = metrics.horizontalAdvance(column.title) + 22
            self.setColumnWidth(i, max(metrics.horizontalAdvance(seen) + 10, title))
