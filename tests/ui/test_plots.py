"""Plots of the docks: what they show, in the colors of the theme, and only while seen."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.utils.theme import get_theme
from qtpy.QtWidgets import QVBoxLayout, QWidget
from scipy.special import expit, logit

from specks.ui.histogram import HistogramPlot, Split
from specks.ui.plot_pages import PlotPages
from specks.ui.plots import palette
from specks.ui.size_plot import SizePlot

pytestmark = pytest.mark.widgets


def two_bells(weight: float = 0.05) -> Split:
    """A background at 0 and particles at 6, which begin at 1."""
    edges = (np.arange(257.0) - 64) / 10
    at = (edges[1:] + edges[:-1]) / 2
    background = np.exp(-(at**2) / 2)
    particle = np.where(at > 1, np.exp(-((at - 6) ** 2) / 4), 0)
    background *= (1 - weight) / background.sum()
    particle *= weight / particle.sum()
    return Split(edges, background + particle, background, particle)


@pytest.fixture
def plot(qtbot):
    made = HistogramPlot(ViewerModel())
    qtbot.addWidget(made)
    return made


def drawn(plot: HistogramPlot) -> list[tuple[np.ndarray, np.ndarray]]:
    return [item.getOriginalDataset() for item in plot.plotItem.listDataItems()]


def legend(plot: HistogramPlot) -> list[str]:
    return plot.plotItem.titleLabel.item.toPlainText().splitlines()


def test_the_line_stands_where_the_components_are_equally_likely():
    split = two_bells()
    at = split.value(0.5)
    assert np.interp(at, split.centers, split.particle) == pytest.approx(
        np.interp(at, split.centers, split.background), rel=0.05
    )


@pytest.mark.parametrize("probability", [1e-4, 0.03, 0.5, 0.8, 0.999])
def test_value_and_probability_are_inverse(probability):
    split = two_bells()
    assert logit(split.probability(split.value(probability))) == pytest.approx(logit(probability), abs=1e-9)


def test_probability_is_the_share_of_particles_in_a_bin():
    split = two_bells()
    bin_ = 100
    expected = split.particle[bin_] / (split.particle[bin_] + split.background[bin_])
    assert split.probability(split.centers[bin_]) == pytest.approx(expected, rel=1e-9)


def test_a_model_without_particles_has_a_place_for_the_line():
    split = two_bells()
    empty = Split(split.edges, split.background, split.background, np.zeros(256))
    low, high = empty.undecided
    assert np.isfinite([low, high, empty.value(0.5), empty.value(0.0), empty.value(1.0)]).all()
    assert low <= high


def test_everything_is_drawn_on_a_logarithmic_scale(plot, qtbot):
    split = two_bells()
    plot.show_split(split, 0.5)
    plot.show()
    qtbot.waitExposed(plot)
    (edges, total), (centers, background), (_, particle), (_, probability) = drawn(plot)
    assert len(edges) == len(total) + 1
    peak = split.total.argmax()
    assert total[np.searchsorted(edges, split.edges[peak])] == pytest.approx(np.log10(split.total[peak]))
    assert np.nanmax(background) == pytest.approx(np.log10(split.background.max()))
    assert np.nanmax(particle) == pytest.approx(np.log10(split.particle.max()))
    assert centers[np.nanargmax(particle)] == pytest.approx(6, abs=0.1)
    bottom, top = probability.min(), probability.max()
    crossing = np.interp(0.5, (probability - bottom) / (top - bottom), centers)
    assert plot.line.value() == pytest.approx(crossing, abs=0.1)


def test_a_plot_in_a_hidden_dock_is_not_drawn_until_it_is_seen(qtbot):
    dock = QWidget()
    plot = HistogramPlot(ViewerModel())
    QVBoxLayout(dock).addWidget(plot)
    qtbot.addWidget(dock)
    plot.show_split(two_bells(), 0.5)
    assert drawn(plot) == []
    dock.show()
    qtbot.waitExposed(dock)
    assert len(drawn(plot)) == 4


@pytest.mark.parametrize("decades", [0.3, 1.5, 4, 9])
def test_numbers_beside_the_plot_do_not_overlap(plot, qtbot, decades):
    total = np.logspace(-decades, 0, 50)
    plot.show_split(Split(np.arange(51.0), total, total / 2, total / 2), 0.5)
    plot.resize(240, 180)
    plot.show()
    qtbot.waitExposed(plot)
    axis, (low, high) = plot.getAxis("left"), plot.plotItem.vb.viewRange()[1]
    places = sorted(place for place, _ in axis._tickLevels[0] if low <= place <= high)
    assert len(places) >= 1
    pixels = np.diff(places) * plot.plotItem.vb.height() / (high - low)
    assert (pixels >= 0.8 * plot.fontMetrics().height()).all()


def stepped() -> Split:
    """As peaks are: wide steps of one probability each."""
    edges = np.arange(13.0)
    sure = np.repeat([0.0, 0.2283, 0.5432, 0.5479, 0.9254, 1 - 1e-6], 2)
    total = np.full(12, 1 / 12)
    return Split(edges, total, total * (1 - sure), total * sure)


def test_a_threshold_on_a_step_keeps_all_of_the_step():
    split = stepped()
    sure = split.particle / split.total
    for x in np.linspace(2.5, 10.5, 200):
        threshold = split.threshold(float(x))
        kept, wanted = sure >= threshold, sure >= split.probability(x) - 1e-9
        assert np.array_equal(kept, wanted), (x, threshold)
        assert len(f"{threshold:.9f}".rstrip("0")) <= 9, "few digits"


def test_a_line_let_go_on_a_step_goes_to_where_the_step_begins(plot, qtbot):
    plot.show_split(stepped(), 0.5)
    plot.show()
    qtbot.waitExposed(plot)
    got = []
    plot.threshold_dragged.connect(got.append)
    plot.line.setValue(5.4)  # within the step of 0.5432
    plot.line.sigPositionChangeFinished.emit(plot.line)
    assert got == [0.54]
    plot.show_split(stepped(), got[0])
    assert 3.5 < plot.line.value() <= 4.5


def test_what_was_counted_is_named(plot):
    plot.show_split(two_bells(), 0.5, "peaks")
    plot.show()
    assert legend(plot)[0] == "peaks background particles"


def test_dragging_the_line_gives_the_probability_there_once(plot, qtbot):
    split = two_bells()
    plot.show_split(split, 0.5)
    plot.show()
    qtbot.waitExposed(plot)
    got = []
    plot.threshold_dragged.connect(got.append)
    place = split.value(0.9)
    for x in np.linspace(plot.line.value(), place, 5):
        plot.line.setValue(x)
    assert got == []
    plot.line.sigPositionChangeFinished.emit(plot.line)
    assert got == [pytest.approx(0.9, abs=5e-4)]
    assert legend(plot)[1] == "threshold 0.9"


@pytest.mark.parametrize(
    ("threshold", "text"),
    [
        (0.5, "0.5"),
        (0.95, "0.95"),
        (2 / 3, "0.667"),
        (0.999, "0.999"),
        (1 - 7e-6, "0.999993"),
        (0.012, "0.012"),
        (1e-6, "0.000001"),
        (0.0, "0"),
        (1.0, "1"),
    ],
)
def test_the_threshold_is_written_as_people_write_it(plot, threshold, text):
    plot.show_split(two_bells(), threshold)
    plot.show()
    assert legend(plot) == ["pixels background particles", f"threshold {text}"]


@pytest.mark.parametrize("width", [230, 260, 500])
@pytest.mark.parametrize("threshold", [1e-6, 0.5, 1 - 7e-6])
def test_the_legend_fits_and_lies_above_what_is_drawn(plot, qtbot, width, threshold):
    plot.resize(width, 180)
    plot.show_split(two_bells(), threshold)
    plot.show()
    qtbot.waitExposed(plot)
    label = plot.plotItem.titleLabel
    words = label.item.mapRectToScene(label.item.boundingRect())
    drawn_in = plot.plotItem.vb.sceneBoundingRect()
    assert words.top() >= 0
    assert words.bottom() <= drawn_in.top() + 1
    assert words.left() >= 0
    assert words.right() <= width


def test_a_hand_means_no_more_digits_than_are_written(plot, qtbot):
    split = two_bells()
    plot.show_split(split, 0.5)
    plot.show()
    qtbot.waitExposed(plot)
    for probability, meant in ((0.53712, 0.54), (0.99934567, 0.99935), (0.00012345, 0.00012)):
        plot.line.setValue(split.value(probability))
        assert plot.threshold == pytest.approx(meant, rel=1e-12)
        assert legend(plot)[1] == f"threshold {meant:.5f}".rstrip("0")


def test_the_line_cannot_be_dragged_to_where_it_means_nothing(plot, qtbot):
    split = two_bells()
    plot.show_split(split, 0.5)
    plot.show()
    qtbot.waitExposed(plot)
    for x in (-100, 100):
        plot.line.setValue(x)
        assert expit(-13.9) < plot.threshold < 1 - expit(-13.9)


# sizes and pages ----------------------------------------------------------------------------------


@pytest.fixture
def sizes(qtbot):
    made = SizePlot(ViewerModel())
    qtbot.addWidget(made)
    return made


def test_every_particle_is_in_a_bar(sizes, qtbot):
    diameters = np.random.default_rng(0).normal(10, 2, 300)
    sizes.show_sizes(diameters, "nm")
    sizes.show()
    qtbot.waitExposed(sizes)
    ((edges, counts),) = drawn(sizes)
    assert counts.sum() == 300
    assert edges[0] == 0
    assert edges[-1] > diameters.max()
    assert len(counts) <= 31
    assert abs(edges[counts.argmax()] - 10) < 2
    assert sizes.getAxis("bottom").labelText == "Diameter (nm)"
    assert legend(sizes) == [f"median {np.median(diameters):.3g} nm"]


@pytest.mark.parametrize("diameters", [[], [3.0], [3.0] * 50, [1e-3, 1e3]])
def test_few_or_equal_sizes_can_be_shown(sizes, qtbot, diameters):
    sizes.show_sizes(np.array(diameters), "px")
    sizes.show()
    qtbot.waitExposed(sizes)
    ((_, counts),) = drawn(sizes)
    assert counts.sum() == len(diameters)
    assert len(counts) <= 31


@pytest.fixture
def pages(qtbot):
    viewer = ViewerModel()
    made = PlotPages({"Threshold": HistogramPlot(viewer), "Sizes": SizePlot(viewer)})
    qtbot.addWidget(made)
    return made


def test_without_something_to_see_there_is_no_plot(qtbot):
    viewer, dock = ViewerModel(), QWidget()
    pages = PlotPages({"Threshold": HistogramPlot(viewer)})
    QVBoxLayout(dock).addWidget(pages)
    qtbot.addWidget(dock)
    dock.show()
    qtbot.waitExposed(dock)
    assert not pages.isVisible()


def test_plots_take_turns_in_a_narrow_dock_and_stand_side_by_side_in_a_wide_one(pages, qtbot):
    first, second = pages.pages
    pages.resize(250, 250)
    pages.show()
    qtbot.waitExposed(pages)
    assert (first.isVisible(), second.isVisible(), pages.tabs.isVisible()) == (True, False, True)
    pages.tabs.setCurrentIndex(1)
    assert (first.isVisible(), second.isVisible()) == (False, True)
    assert pages.grab().size() == second.grab().size()
    pages.resize(700, 250)
    assert (first.isVisible(), second.isVisible(), pages.tabs.isVisible()) == (True, True, False)
    pages.resize(250, 250)
    assert (first.isVisible(), second.isVisible()) == (False, True)


def test_showing_a_threshold_does_not_count_as_dragging(plot, qtbot):
    plot.show_split(two_bells(), 0.5)
    plot.show()
    qtbot.waitExposed(plot)
    got = []
    plot.threshold_dragged.connect(got.append)
    plot.show_threshold(0.75)
    assert plot.line.value() == pytest.approx(two_bells().value(0.75))
    assert got == []


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_colors_are_those_of_the_theme_and_can_be_read(theme):
    colors = palette(theme)
    assert colors.paper == "#{:02x}{:02x}{:02x}".format(*get_theme(theme).background.as_rgb_tuple())
    for color in (colors.ink, colors.background, colors.particle, colors.marker):
        assert contrast(color, colors.paper) >= 4.5  # what WCAG asks for small text


def test_a_plot_follows_the_theme(plot, qtbot):
    plot.show_split(two_bells(), 0.5)
    plot.show()
    qtbot.waitExposed(plot)
    before = plot.grab().toImage().pixelColor(2, 2).name()
    plot._viewer.theme = "light"
    after = plot.grab().toImage().pixelColor(2, 2).name()
    assert (before, after) == (palette("dark").paper, palette("light").paper)


def contrast(one: str, other: str) -> float:
    """Ratio of luminances as WCAG defines it."""
    shades = []
    for color in (one, other):
        rgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        shades.append(float(linear @ [0.2126, 0.7152, 0.0722]) + 0.05)
    return max(shades) / min(shades)
