"""Refined features as a table, a row a feature."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QComboBox, QVBoxLayout, QWidget

from specks._core.words import counted
from specks.ui.column_model import Column, Rows
from specks.ui.column_table import ColumnTable
from specks.ui.refined_columns import NOTHING_REFINED, Remarks, positions_of, reason_words, sizes_of
from specks.ui.wrapped import WrappedLabel

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FeatureTable", "feature_columns"]

#: What may be filtered by beside reasons.
ALL, NOT_OK = "all", "not ok"
#: Column by which rows are sorted at first: the worst on top.
COST = 1


class FeatureTable(QWidget):
    """A table that is sorted by a click on a title, filtered by a box, and linked with what is selected elsewhere.

    Attributes
    ----------
    selected : Signal
        With the labels in the index of the table (a list) of rows that a person chose.
    view : ColumnTable
    filter_box : QComboBox
    words : QLabel
        How many features there are, and what is not seen of them.
    """

    selected = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.index: Any = None
        self._ok: npt.NDArray[np.bool_] = np.zeros(0, bool)
        self._remarks = Remarks([], np.zeros(0, np.int64))
        self.view = ColumnTable("Features", many=True, sorted_by=(COST, Qt.SortOrder.DescendingOrder))
        self.filter_box, self.words = QComboBox(), WrappedLabel()
        self.filter_box.setMinimumWidth(60)
        self.filter_box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.filter_box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.filter_box.setToolTip("<qt>Which features are listed; ✕ marks those that are not ok</qt>")
        self.filter_box.currentIndexChanged.connect(lambda _: self._filter())
        self.view.rows_chosen.connect(self._tell)
        self.view.arranged.connect(self._count)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.filter_box, self.view, self.words):
            column.addWidget(part)
        self.clear()

    def clear(self) -> None:
        """Show that there is nothing."""
        self.index = None
        self.view.show_columns(())
        self.filter_box.setVisible(False)
        self.view.setVisible(False)
        self.words.setText(NOTHING_REFINED)

    def show_table(self, table: pd.DataFrame) -> None:
        """Show another result; what is selected stays so, by its labels, and so does the filter.

        Parameters
        ----------
        table : pandas.DataFrame
            That of a `Refined`.
        """
        if not len(table):
            self.clear()
            return
        before = self.selection
        self.index = table.index
        self._ok, self._remarks = table["ok"].to_numpy(bool), Remarks.in_table(table)
        self.view.show_columns(feature_columns(table, self._remarks), self._kept(self._choices()))
        self.filter_box.setVisible(True)
        self.view.setVisible(True)
        self.set_selected(before)

    @property
    def selection(self) -> list[Any]:
        """Labels of the rows that are selected, also of such as the filter hides."""
        return [] if self.index is None else self.index[self.view.chosen_rows].tolist()

    @property
    def rows(self) -> Rows:
        """Places in the table of the rows that are listed, from top to bottom."""
        return self.view.order

    def set_selected(self, rows: Iterable[Any]) -> None:
        """Select rows by their labels in the index of the table, without saying so; unknown ones are left out."""
        if self.index is not None:
            self.view.choose_rows(np.flatnonzero(self.index.isin(list(rows))))

    def _choices(self) -> str:
        """Offer what there is to filter by; returns what is chosen."""
        chosen = self.filter_box.currentData() or ALL
        choices = {ALL: f"all features ({len(self._ok)})", NOT_OK: f"✕ not ok ({int((~self._ok).sum())})"}
        for (code, ok), n in self._remarks.counts.items():
            if code:
                choices[f"reason {code}"] = f"{reason_words(code, ok)} ({n})"
        self.filter_box.blockSignals(True)
        self.filter_box.clear()
        for key, words in choices.items():
            self.filter_box.addItem(words, key)
        self.filter_box.setCurrentIndex(max(0, self.filter_box.findData(chosen)))
        self.filter_box.blockSignals(False)
        return str(self.filter_box.currentData())

    def _kept(self, choice: str) -> npt.NDArray[np.bool_] | None:
        if choice == ALL:
            return None
        if choice == NOT_OK:
            return ~self._ok
        return self._remarks.has(choice.removeprefix("reason "))

    def _filter(self) -> None:
        if self.index is not None:
            self.view.keep(self._kept(str(self.filter_box.currentData())))

    def _tell(self) -> None:
        self._count()
        self.selected.emit(self.selection)

    def _count(self) -> None:
        """Say how many there are, and of those that are selected, how many cannot be seen."""
        if self.index is None:
            return
        listed, chosen = len(self.rows), self.view.chosen_rows
        text = counted(len(self._ok), "feature")
        if listed < len(self._ok):
            text = f"{listed} of {text} listed"
        if len(chosen):
            text += f", {len(chosen)} selected"
            hidden = len(chosen) - self.view.marked
            text += f" ({hidden} not shown)" if hidden else ""
        self.words.setText(text)


def feature_columns(table: pd.DataFrame, remarks: Remarks) -> list[Column]:
    """Columns of a table of refined features, those that judge them first.

    Parameters
    ----------
    table : pandas.DataFrame
        That of a `Refined`.
    remarks : Remarks
        Those of the table.
    """
    labels = table.index.to_numpy()
    wanted: list[tuple[str, str, str, int | None]] = [
        (
            "Cost",
            "cost",
            "What the model leaves over (root mean square), as a part of the brightest pixel",
            None,
        ),
        ("Frame", "frame", "Frame in which it is", None),
        *((axis, axis, f"Position along {axis} in pixels", 2) for axis in positions_of(table)),
        ("Signal", "signal", "Height above the background, in gray levels", None),
        *((name.replace("_", " ").capitalize(), name, "Size in pixels", None) for name in sizes_of(table)),
        (
            "Chi",
            "chi",
            "What the model leaves over, in standard deviations of the noise; about 1 is good",
            None,
        ),
        ("Cluster", "cluster", "Number of the cluster that was fitted together", None),
        ("Members", "cluster_size", "Features of that cluster", None),
    ]
    columns = [
        Column(title, table[name].to_numpy(), tip, decimals)
        for title, name, tip, decimals in wanted
        if name in table.columns
    ]
    named = Column(
        "Row", labels if labels.dtype.kind in "iufOU" else labels.astype(str), "Its label in the table"
    )
    reason = Column(
        "Remark",
        remarks.words,
        "What is to be known of it; ✕: not to be trusted",
    )
    return [named, columns[0], reason, *columns[1:]]
