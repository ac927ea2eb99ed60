"""A table of columns from which rows are chosen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from qtpy.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QSize, Qt, Signal
from qtpy.QtWidgets import QAbstractItemView, QTableView

from specks.ui.column_model import Column, ColumnModel, Rows

__all__ = ["ColumnTable"]

#: Rows that are seen at once.
SEEN = 5
#: Runs of rows beyond which no more are marked: Qt would take seconds.
RUNS = 1000


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
    arranged : Signal
        Other rows are shown, or stand elsewhere, or are marked.
    """

    rows_chosen = Signal()
    arranged = Signal()

    def __init__(self, name: str, *, many: bool, sorted_by: tuple[int, Qt.SortOrder]) -> None:
        super().__init__()
        self._model = ColumnModel(self, sorted_by)
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
        self._marked = 0
        self._telling = True
        self.selectionModel().selectionChanged.connect(lambda *_: self._on_selected())
        self._model.modelReset.connect(lambda: self._again())

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

    @property
    def marked(self) -> int:
        """How many of the chosen rows are seen as such: not those filtered out, nor the last of very many."""
        return self._marked

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
        self._model.show(columns, kept)
        if titles != [c.title for c in columns]:
            self._fit()

    def keep(self, kept: npt.NDArray[np.bool_] | None) -> None:
        """Show other rows of the same columns."""
        self._model.show(self.columns, kept)

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

    def _again(self) -> None:
        """Select what is chosen where it stands now."""
        self._telling = False
        places = np.flatnonzero(np.isin(self.order, self._chosen)) if len(self._chosen) else self._chosen
        model, chosen = self._model, QItemSelection()
        last = model.columnCount() - 1
        runs = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1) if len(places) else []
        for run in runs[:RUNS]:
            chosen.select(model.index(int(run[0]), 0), model.index(int(run[-1]), last))
        self._marked = sum(len(run) for run in runs[:RUNS])
        first = model.index(int(places[0]), 0) if len(places) else QModelIndex()
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(first, flags.NoUpdate)
        self.selectionModel().select(chosen, flags.ClearAndSelect)
        if first.isValid():
            self.scrollTo(first)
        self._telling = True
        self.arranged.emit()

    def _on_selected(self) -> None:
        if not self._telling:
            return
        ranges = [np.arange(run.top(), run.bottom() + 1) for run in self.selectionModel().selection()]
        places = np.unique(np.concatenate(ranges)) if ranges else np.empty(0, np.int64)
        self._chosen, self._marked = self.order[places], len(places)
        self.rows_chosen.emit()

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
