"""Columns of values in the order in which they are sorted; nothing is written that is not asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt

from specks._core.words import number

__all__ = ["Column", "ColumnModel", "Rows"]

Rows = npt.NDArray[np.int64]


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
        from pandas import factorize

        ranks, words = factorize(self.values, sort=True)
        return np.where(np.asarray(words == "")[ranks], np.nan, ranks.astype(float))


class ColumnModel(QAbstractTableModel):
    """Columns in the order in which they are sorted, without the rows that are filtered out.

    Parameters
    ----------
    parent : QObject
    sorted_by : (int, Qt.SortOrder)
        Column and order at first.
    """

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
        self.beginResetModel()  # a change of layout would carry every selected row over, one by one
        self._sorted = (column, order)
        self._arrange()
        self.endResetModel()

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
