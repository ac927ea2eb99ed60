"""A dock is as wide as what stands in it: nothing is cut off, neither buttons nor the ends of curves."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtWidgets import QApplication, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from specks.ui.page import Page
from specks.ui.plot_pages import PlotPages
from specks.ui.plots import Plot

pytestmark = pytest.mark.widgets


def wide_content(buttons: int) -> QWidget:
    content = QWidget()
    row, column = QHBoxLayout(), QVBoxLayout(content)
    for _ in range(buttons):
        row.addWidget(QPushButton("a button"))
    column.addLayout(row)
    column.addStretch()
    content.row = row
    return content


def test_a_page_asks_for_the_width_of_its_content_and_scrolls_up_and_down(qtbot) -> None:
    content = wide_content(3)
    content.layout().addSpacing(2000)
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    page = Page(content)
    column.addWidget(page)
    qtbot.addWidget(holder)
    holder.resize(10, 300)
    holder.show()
    qtbot.waitExposed(holder)
    assert page.horizontalScrollBar().maximum() == 0
    assert page.verticalScrollBar().maximum() > 0
    assert holder.height() == 300
    narrow = holder.minimumSizeHint().width()
    content.row.addWidget(QPushButton("a button that comes later"))
    qtbot.waitUntil(lambda: holder.width() > narrow, timeout=5000)
    qtbot.waitUntil(lambda: page.horizontalScrollBar().maximum() == 0, timeout=5000)


def test_plots_beside_each_other_can_become_narrow_again(viewer, qtbot) -> None:
    pages = PlotPages({name: Plot(viewer, "x", "y") for name in ("One", "Two")})
    qtbot.addWidget(pages)
    pages.setVisible(True)
    one = pages.pages[0].minimumSizeHint().width()
    pages.resize(4 * one, 300)
    assert pages.beside
    assert pages.minimumSizeHint().width() < 2 * one


@pytest.mark.parametrize("width", [200, 260, 600])
def test_a_long_title_takes_lines_instead_of_the_ends_of_curves(viewer, qtbot, width) -> None:
    plot = Plot(viewer, "Frame", "Drift (px)")
    plot.show_with(lambda: plot.plot(np.arange(20), np.arange(20) * 1000.0))
    plot.write_above("frame 17: agrees with no other frame, however long one looks at it and thinks")
    qtbot.addWidget(plot)
    plot.resize(width, 240)
    plot.show()
    qtbot.waitExposed(plot)
    for _ in range(3):
        QApplication.processEvents()
    label, drawn_in = plot.plotItem.titleLabel, plot.plotItem.vb.sceneBoundingRect()
    words = label.item.mapRectToScene(label.item.boundingRect())
    assert drawn_in.right() <= width
    assert words.left() >= 0
    assert words.right() <= width
    assert words.bottom() <= drawn_in.top() + 1
    line = plot.fontMetrics().height()
    assert (words.height() > 1.6 * line) == (width < 500)
