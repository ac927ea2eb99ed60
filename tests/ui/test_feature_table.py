"""The table of refined features: order, filter, and what is selected, told both ways."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from qtpy.QtCore import Qt
from refined_features import refined

from specks.ui.feature_table import FeatureTable
from specks.ui.refined_columns import NOTHING_REFINED

pytestmark = pytest.mark.widgets


@pytest.fixture
def table(shown):
    made = shown(FeatureTable())
    made.show_table(refined())
    return made


def cells(table: FeatureTable, column: str) -> list[str]:
    model = table.view.model()
    titles = [c.title for c in table.view.columns]
    return [model.data(model.index(row, titles.index(column))) for row in range(model.rowCount())]


def marked(table: FeatureTable) -> list[str]:
    rows = sorted(index.row() for index in table.view.selectionModel().selectedRows())
    return [cells(table, "Row")[row] for row in rows]


def choose(table: FeatureTable, key: str) -> None:
    table.filter_box.setCurrentIndex(table.filter_box.findData(key))


def test_the_worst_is_on_top_and_what_has_no_cost_below(table):
    assert cells(table, "Row") == ["41", "3", "7", "12", "5", "40"]
    assert cells(table, "Cost") == ["0.05", "0.03", "0.02", "0.01", "–", "–"]
    assert cells(table, "Remark") == ["touching border", "", "", "", "✕ at bound", "✕ out of image"]
    assert cells(table, "x") == ["30.00", "26.00", "20.00", "50.00", "50.00", "5.00"]
    assert table.words.text() == "6 features"


def test_a_click_on_a_title_sorts_by_it(table):
    titles = [c.title for c in table.view.columns]
    table.view.sortByColumn(titles.index("Signal"), Qt.SortOrder.AscendingOrder)
    assert cells(table, "Signal") == ["40", "100", "100", "110", "120", "150"]
    table.view.sortByColumn(titles.index("Remark"), Qt.SortOrder.AscendingOrder)
    assert cells(table, "Remark") == ["touching border", "✕ at bound", "✕ out of image", "", "", ""]


def test_a_filter_lists_what_is_not_ok_or_has_a_reason(table):
    offered = [table.filter_box.itemText(i) for i in range(table.filter_box.count())]
    assert offered == [
        "all features (6)",
        "✕ not ok (2)",
        "✕ at bound (1)",
        "✕ out of image (1)",
        "touching border (1)",
    ]
    choose(table, "not ok")
    assert cells(table, "Row") == ["5", "40"]
    assert table.words.text() == "2 of 6 features listed"
    choose(table, "reason touching_border")
    assert cells(table, "Row") == ["41"]
    choose(table, "all")
    assert len(table.rows) == 6


def test_a_chosen_row_is_told_by_its_label(table, qtbot):
    got = []
    table.selected.connect(got.append)
    table.view.selectRow(1)
    assert got == [[3]]
    table.view.selectAll()
    assert sorted(got[-1]) == [3, 5, 7, 12, 40, 41]
    assert table.words.text() == "6 features, 6 selected"


def test_selecting_from_outside_is_not_told_and_lasts_through_sort_and_filter(table):
    got = []
    table.selected.connect(got.append)
    table.set_selected([12, 5, 999])
    assert marked(table) == ["12", "5"]
    table.view.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    assert marked(table) == ["5", "12"]
    choose(table, "not ok")
    assert marked(table) == ["5"]
    assert table.words.text() == "2 of 6 features listed, 2 selected (1 not shown)"
    choose(table, "all")
    assert marked(table) == ["5", "12"]
    assert got == []
    assert sorted(table.selection) == [5, 12]
    table.set_selected([])
    assert marked(table) == table.selection == []


def test_another_result_keeps_selection_and_filter(table):
    table.set_selected([5])
    choose(table, "not ok")
    again = refined()
    again.loc[7, ["ok", "reason"]] = [False, "max_iter"]
    table.show_table(again.drop(index=40))
    assert cells(table, "Row") == ["7", "5"]
    assert table.selection == [5]
    table.show_table(refined().loc[[7, 3]])
    assert table.selection == []
    assert cells(table, "Row") == [], "none is not ok"
    assert table.words.text() == "0 of 2 features listed"


def test_rows_with_the_same_label_are_selected_together(table):
    both = refined()
    both.index = pd.Index([0, 1, 0, 1, 2, 3])
    table.show_table(both)
    table.set_selected([1])
    assert marked(table) == ["1", "1"]


def test_an_empty_table_says_what_to_press(table):
    table.show_table(refined().iloc[:0])
    assert table.words.text() == NOTHING_REFINED
    assert not table.view.isVisible()
    assert table.selection == []


def test_of_a_hundred_thousand_rows_only_what_is_seen_is_written(shown, monkeypatch):
    from specks.ui.column_model import Column

    n, written = 100_000, []
    text = Column.text
    monkeypatch.setattr(Column, "text", lambda self, row: written.append(row) or text(self, row))
    rng = np.random.default_rng(0)
    many = refined().iloc[rng.integers(0, 6, n)].reset_index(drop=True).assign(cost=rng.random(n))
    table = shown(FeatureTable())
    table.show_table(many)
    table.set_selected(range(0, n, 2))
    table.view.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    table.view.grab()
    assert len(set(written)) < 100
    assert table.rows.tolist() == np.argsort(many["cost"].to_numpy(), kind="stable").tolist()
    assert len(table.selection) == n // 2
    assert table.words.text() == f"100000 features, 50000 selected ({n // 2 - table.view.marked} not shown)"
