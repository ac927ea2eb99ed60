"""Plots of located and refined features: the numbers they show, and what they tell."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from napari.components import ViewerModel
from qtpy.QtWidgets import QApplication
from refined_features import refined

from specks._core.words import number, with_error
from specks.ui.bars import bins_of
from specks.ui.mass_plot import NOTHING_LOCATED, MassPlot
from specks.ui.plots import Plot
from specks.ui.quality_plot import QualityPlot
from specks.ui.refined_columns import NOTHING_REFINED
from specks.ui.subpixel_plot import Evenness, SubpixelPlot

pytestmark = pytest.mark.widgets

NARROW = 260


def title(plot: Plot) -> list[str]:
    text: str = plot.plotItem.titleLabel.item.toPlainText().replace("\xa0", " ")
    return [" ".join(line.split()) for line in text.splitlines()]


def bars(plot: Plot) -> list[tuple[np.ndarray, np.ndarray]]:
    return [item.getOriginalDataset() for item in plot.plotItem.listDataItems() if item.opts.get("stepMode")]


# Words and bars -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (20.30123, 0.00421, "20.301 ± 0.004"),
        (20.30123, 0.0142, "20.301 ± 0.014"),
        (-1497.2, 38.0, "−1497 ± 38"),
        (5.0, 0.96, "5.0 ± 1.0"),
        (3.0, np.nan, "3.00"),
        (3.0, 0.0, "3.00"),
        (np.nan, 0.1, "–"),
    ],
)
def test_a_value_has_the_digits_that_its_error_leaves(value, error, text):
    assert with_error(value, error) == text


def test_numbers_from_a_thousand_on_are_whole():
    assert [number(v) for v in (999.4, 1234.5, 2e7, -0.5)] == ["999", "1234", "2e+07", "−0.5"]


def test_bars_are_logarithmic_where_a_few_values_are_many_times_as_large():
    rng = np.random.default_rng(0)
    wide, even = bins_of(rng.lognormal(4, 2, 500)), bins_of(rng.normal(50, 4, 500))
    assert (wide.log, even.log) == (True, False)
    assert wide.value(float(wide.place(700.0))) == pytest.approx(700)
    for bins in (wide, even):
        assert 8 <= len(bins.edges) - 1 <= 30


def test_a_wild_value_does_not_squeeze_all_others_and_is_counted():
    values = np.append(np.random.default_rng(0).normal(50, 4, 500), 1e6)
    bins = bins_of(values)
    assert bins.edges[-1] < 100
    assert bins.count(values).sum() == 501


@pytest.mark.parametrize("values", [[], [3.0], [3.0] * 50, [-5.0, 0.0, 5.0], [np.nan, 2.0], [0.0] * 9])
def test_few_or_equal_values_have_bars(values):
    given = np.array(values, float)
    assert bins_of(given).count(given).sum() == np.isfinite(given).sum()


# Mass ---------------------------------------------------------------------------------------------


def masses() -> np.ndarray:
    """900 of noise, 300 of particles."""
    rng = np.random.default_rng(0)
    return np.concatenate([rng.lognormal(4, 0.5, 900), rng.normal(9000, 900, 300)])


def test_a_cut_tells_how_many_it_keeps(shown):
    plot = shown(MassPlot(ViewerModel()))
    plot.show_masses(masses(), 1500)
    assert title(plot) == ["300 kept 900 dropped", "mass over 1500"]
    (_, total), (edges, kept) = bars(plot)
    assert total.sum() == 1200
    assert kept.sum() == 300
    assert edges[0] == plot.line.value() == pytest.approx(np.log10(1500))


def test_a_feature_just_at_the_cut_is_dropped_as_locate_drops_it(shown):
    plot = shown(MassPlot(ViewerModel()))
    plot.show_masses([10.0, 20.0, 30.0, np.nan], 20.0)
    assert plot.kept == 1
    assert title(plot)[0] == "1 kept 2 dropped"


def test_dragging_the_cut_counts_on_the_way_and_tells_the_end_once(shown):
    plot = shown(MassPlot(ViewerModel()))
    plot.show_masses(masses())
    assert title(plot) == ["1200 kept 0 dropped", "no cut: drag the line"]
    moved, dragged = [], []
    plot.cut_moved.connect(moved.append)
    plot.cut_dragged.connect(dragged.append)
    for place in np.log10([100, 1000, 2345.6]):
        plot.line.setValue(place)
    assert moved == [100, 1000, 2350], "three digits: a hand means no more"
    assert dragged == []
    plot.line.sigPositionChangeFinished.emit(plot.line)
    assert dragged == [2350]
    assert title(plot) == ["300 kept 900 dropped", "mass over 2350"]


def test_a_line_at_the_left_end_cuts_nothing(shown):
    plot = shown(MassPlot(ViewerModel()))
    plot.show_masses(masses(), 1500)
    plot.line.setValue(-100)
    assert plot.cut == 0.0
    assert plot.kept == 1200


def test_showing_a_cut_does_not_count_as_dragging(shown):
    plot = shown(MassPlot(ViewerModel()))
    plot.show_masses(masses(), 1500)
    got = []
    plot.cut_moved.connect(got.append)
    plot.show_cut(500)
    plot.show_masses(masses() * 1000, 800)
    assert got == []
    assert (plot.cut, plot.kept) == (800, 1200)
    assert plot.line.value() == pytest.approx(plot.bins.edges[0]), (
        "at the end of the axis when it lies beyond"
    )


def test_a_few_particles_among_much_noise_are_seen(shown):
    plot = shown(MassPlot(ViewerModel()))
    rng = np.random.default_rng(0)
    plot.show_masses(np.concatenate([rng.lognormal(4, 0.5, 50_000), rng.normal(9000, 900, 30)]))
    assert plot.bins.log_counts
    _, (low, high) = plot.plotItem.vb.viewRange()
    (_, total), _ = bars(plot)
    assert total[-1] - low > 0.2 * (high - low), "as high as a fifth of the plot"


@pytest.mark.parametrize(
    ("make", "show", "words"),
    [
        (MassPlot, lambda plot: plot.show_masses([]), NOTHING_LOCATED),
        (SubpixelPlot, lambda plot: plot.show_positions({"y": [], "x": []}), NOTHING_LOCATED),
    ],
)
def test_without_features_the_plot_says_what_to_press(shown, make, show, words):
    plot = shown(make(ViewerModel()))
    assert (plot.words.text(), plot.words.isVisible()) == (words, True)
    if make is MassPlot:
        plot.show_masses(masses())
    else:
        plot.show_positions({"y": np.arange(9.0), "x": np.arange(9.0)})
    assert not plot.words.isVisible()
    show(plot)
    assert plot.words.isVisible()
    assert bars(plot) == []
    assert plot.words.geometry() == plot.rect()


# Positions within pixels --------------------------------------------------------------------------


def test_even_positions_are_called_flat_and_biased_ones_not(shown):
    rng = np.random.default_rng(1)
    even, true = rng.uniform(0, 500, 2000), rng.uniform(0, 500, 2000)
    biased = true - 0.06 * np.sin(2 * np.pi * true)
    plot = shown(SubpixelPlot(ViewerModel()))
    plot.show_positions({"y": even, "x": biased})
    (_, y), (_, x) = bars(plot)
    assert y.tolist() == np.histogram(even % 1, 10, (0, 1))[0].tolist()
    assert x.tolist() == np.histogram(biased % 1, 10, (0, 1))[0].tolist()
    assert plot.found["y"].flat
    assert not plot.found["x"].flat
    # The density of what is displaced by a sin(2πx) varies by 2πa (1 + …): 0.377/√2 root mean square.
    assert plot.found["x"].unevenness == pytest.approx(0.28, abs=0.04)
    assert title(plot) == [
        f"y flat x ±{100 * plot.found['x'].unevenness:.0f} %",
        "x piles up at whole pixels",
    ]


def test_chance_seldom_makes_even_positions_uneven():
    rng = np.random.default_rng(2)
    found = [Evenness.of(rng.uniform(0, 99, 300)) for _ in range(400)]
    assert sum(not one.flat for one in found) <= 3
    share = np.mean([one.probability < 0.1 for one in found])
    assert share == pytest.approx(0.1, abs=0.05)


def test_a_bias_that_matters_to_nobody_is_called_flat_however_sure_it_is():
    at = (np.arange(1_000_000) + 0.5) / 1000
    one = Evenness.of(at - 0.003 * np.sin(2 * np.pi * at))
    assert one.probability < 1e-6
    assert one.unevenness < 0.05
    assert one.flat


@pytest.mark.parametrize(("shift", "toward"), [(0.0, "whole pixels"), (0.5, "half pixels")])
def test_it_is_said_where_positions_pile_up(shift, toward):
    at = np.random.default_rng(3).normal(0, 0.12, 500) + np.arange(500) + shift
    assert Evenness.of(at).toward == toward


def test_few_features_tell_nothing(shown):
    plot = shown(SubpixelPlot(ViewerModel()))
    plot.show_positions({"y": np.full(99, 0.5), "x": np.full(99, 0.5)})
    assert title(plot) == ["y too few x too few", "tells nothing before 100 features"]


def test_both_axes_that_pile_up_are_named(shown):
    plot = shown(SubpixelPlot(ViewerModel()))
    at = np.random.default_rng(3).normal(0, 0.12, 500)
    plot.show_positions({"y": at + 0.5, "x": at + 0.5})
    assert title(plot)[1] == "y and x pile up at half pixels"
    plot.show_positions({"z": at + 0.5, "y": at + 0.5, "x": at + 0.5})
    assert title(plot)[1] == "z, y and x pile up at half pixels"


# Quality ------------------------------------------------------------------------------------------


def test_failed_rows_are_told_apart(shown):
    plots = QualityPlot(ViewerModel())
    plots.show_table(refined())
    plots.tabs.setCurrentIndex(2)
    shown(plots)
    signal = plots.signal
    assert signal.good.tolist() == [150, 120, 100, 110]
    assert signal.failed.tolist() == [40, 100]
    (_, total), (_, good) = bars(signal)
    assert (total.sum(), good.sum()) == (6, 4)
    assert title(signal) == ["4 ok ✕ 2 not ok", "median 115"]
    (crosses,) = (item for item in signal.plotItem.items if type(item).__name__ == "ScatterPlotItem")
    assert len(crosses.data) == np.count_nonzero(total - good)


def test_failed_rows_without_a_cost_are_counted(shown):
    plots = QualityPlot(ViewerModel())
    plots.show_table(refined())
    shown(plots)
    assert plots.cost.unknown == 2
    plots.tabs.setCurrentIndex(1)
    assert title(plots.cost) == ["4 ok ✕ 2 not ok", "median 0.025; 2 unknown"]
    plots.tabs.setCurrentIndex(0)
    assert title(plots.chi)[1] == "median 1.01; 2 unknown"


def test_good_rows_whose_misfit_is_unknown_are_counted_and_gray(shown):
    from specks._core.words import number
    from specks.ui.point_colors import FAILED, UNKNOWN, scale_words, shades_of

    table = refined()
    silent = np.flatnonzero(table["ok"])[:2]
    table.loc[table.index[silent], "chi"] = np.nan
    plots = QualityPlot(ViewerModel())
    plots.show_table(table)
    shown(plots)
    assert title(plots.chi) == ["4 ok ✕ 2 not ok", "median 1.33; 4 unknown"]
    shades = shades_of(table, "chi")
    gray = (shades.colors == UNKNOWN).all(axis=1)
    assert np.flatnonzero(gray).tolist() == silent.tolist()
    np.testing.assert_array_equal(shades.colors[~table["ok"].to_numpy(bool)], [FAILED, FAILED])
    assert "unknown" in scale_words(shades, number)
    assert "unknown" not in scale_words(shades_of(refined(), "chi"), number)


def test_sizes_and_signals_are_shown_beside_what_they_were(shown):
    table = refined()
    before = table[["signal", "size"]].assign(signal=80.0, size=2.5)
    plots = QualityPlot(ViewerModel())
    plots.show_table(table, before)
    plots.tabs.setCurrentIndex(3)
    shown(plots)
    assert plots.size.before.tolist() == [2.5] * 6
    assert title(plots.size) == ["4 ok ✕ 2 not ok before", "median 3, before 2.5"]
    _, _, (edges, counts) = bars(plots.size)
    assert counts[np.searchsorted(edges, 2.5, side="right") - 1] == 6
    plots.tabs.setCurrentIndex(2)
    assert title(plots.signal)[1] == "median 115, before 80"


def test_sizes_by_axis_are_shown_as_one_and_missing_columns_named(shown):
    table = refined().drop(columns=["size", "chi"])
    table = table.assign(size_y=2.0, size_x=8.0)
    plots = QualityPlot(ViewerModel())
    plots.show_table(table)
    shown(plots)
    assert plots.size.good.tolist() == [4.0] * 4
    assert plots.chi.words.text() == "The table has no such column"


def test_an_empty_result_says_so(shown):
    plots = QualityPlot(ViewerModel())
    plots.show_table(refined().iloc[:0])
    shown(plots)
    assert plots.chi.words.text() == NOTHING_REFINED


# Room ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_nothing_is_cut_in_a_narrow_dock(shown, theme):
    viewer = ViewerModel()
    viewer.theme = theme
    mass, subpixel, quality = MassPlot(viewer), SubpixelPlot(viewer), QualityPlot(viewer)
    mass.show_masses(np.repeat(masses(), 100), 1500)
    rng = np.random.default_rng(0)
    subpixel.show_positions({axis: rng.normal(0.5, 0.15, 5000) for axis in "zyx"})
    many = pd.concat([refined()] * 5000, ignore_index=True)
    quality.show_table(many, many)
    for widget in (mass, subpixel, quality):
        shown(widget)
    for plot in (mass, subpixel, *quality.pages):
        if plot in quality.pages:
            quality.tabs.setCurrentIndex(quality.pages.index(plot))
        QApplication.processEvents()
        label = plot.plotItem.titleLabel.item
        words = label.mapRectToScene(label.boundingRect())
        assert words.left() >= 0
        assert words.right() <= plot.width()
        assert words.bottom() <= plot.plotItem.vb.sceneBoundingRect().top() + 1
