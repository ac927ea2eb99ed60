"""One refined feature from close by: pictures, radial profile, numbers, and what is said of it."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel
from qtpy.QtWidgets import QApplication
from refined_features import StandIn, refined

from specks._core.words import number
from specks.ui.feature_pane import NOTHING_CHOSEN, FeaturePane
from specks.ui.feature_view import crop_around, radial_about
from specks.ui.picture import LESS, MORE, SAME, diverging, gray

pytestmark = pytest.mark.widgets

NARROW = 260


def test_a_crop_holds_the_cluster_and_what_was_there():
    fit = StandIn(refined())
    model, residual = fit.model(0), fit.residual(0)
    crop = crop_around(fit.table, 0, model, residual)
    assert crop.box == (slice(12, 29), slice(12, 35))
    np.testing.assert_allclose(crop.data, (model + residual)[crop.box])
    assert crop.here == (8, 8)
    assert crop.others.tolist() == [[8, 14]]
    assert crop.levels == (crop.model.min(), crop.model.max())
    assert crop.swing == pytest.approx(2, abs=3), "one wild pixel of many is left out"


def test_a_crop_of_a_long_chain_stays_small_and_within_the_image():
    n = 40
    row = refined().iloc[[0] * n].assign(cluster_size=n, x=np.arange(n) * 6.0 + 2, y=1.0)
    row.index = range(n)
    image = np.zeros((300, 300))
    crop = crop_around(row, 20, image, image)
    assert crop.data.shape == (10, 65)
    assert crop.box[0] == slice(0, 10)
    assert crop_around(row.assign(y=np.nan), 20, image, image) is None
    assert crop_around(row.assign(y=-5.0), 20, image, image) is None


def test_a_radial_profile_is_that_of_the_feature():
    fit = StandIn(refined())
    model, residual = fit.model(0), fit.residual(0)
    crop = crop_around(fit.table, 2, model, residual)
    radial = radial_about(fit.table, 2, crop, model, residual)
    expected = 10 + 100 * np.exp(-(radial.distance**2) / 9)
    np.testing.assert_allclose(radial.model, expected, atol=2.0)  # means over rings half a pixel wide
    np.testing.assert_allclose(radial.data - radial.model, 2)
    assert radial.unit == "px"
    assert radial.distance[0] == 0
    assert (np.diff(radial.distance) > 0).all()


def test_in_a_volume_the_plane_of_the_feature_is_shown_and_distances_are_in_sizes():
    z, y, x = np.mgrid[:16, :40, :40]
    model = 10 + 100 * np.exp(-(((z - 7) / 2) ** 2 + ((y - 20) / 4) ** 2 + ((x - 18) / 4) ** 2))
    table = refined().iloc[[2]].drop(columns="size")
    table = table.assign(z=7.0, y=20.0, x=18.0, size_z=2.0, size_y=4.0, size_x=4.0)
    crop = crop_around(table, 0, model, np.zeros_like(model))
    np.testing.assert_allclose(crop.data, model[7][crop.box[1:]])
    radial = radial_about(table, 0, crop, model, np.zeros_like(model))
    assert radial.unit == "sizes"
    near = radial.distance < 2
    np.testing.assert_allclose(radial.model[near], 10 + 100 * np.exp(-(radial.distance[near] ** 2)), atol=2.5)


def test_gray_and_diverging_colors():
    colors = gray(np.array([[10.0, 60.0, 110.0, 999.0, np.nan]]), 10, 110)
    assert colors[0, :4, 0].tolist() == [0, 128, 255, 255]
    colors = diverging(np.array([[-4.0, 0.0, 4.0, 99.0]]), 4)
    assert [tuple(c) for c in colors[0].tolist()] == [LESS, SAME, MORE, MORE]


@pytest.fixture
def pane(shown):
    return shown(FeaturePane(ViewerModel()))


def numbers(pane: FeaturePane) -> list[str]:
    from qtpy.QtGui import QTextDocument

    document = QTextDocument()
    document.setHtml(pane.numbers.text())
    return [text.strip() for text in document.toPlainText().replace("\xa0", " ").splitlines() if text.strip()]


def test_a_feature_is_described_with_errors_and_units(pane):
    pane.show_feature(StandIn(refined()), 7)
    assert pane.title.text() == "Feature 7, frame 0, cluster of 2"
    assert pane.verdict.text() == "✓ ok"
    assert pane.remark.text() == ""
    assert numbers(pane) == [
        *("y", "20.000 ± 0.012 px", "x", "20.000 ± 0.012 px", "size", "3.00 px (fixed)"),
        *("signal", "150.0 ± 1.2 gray levels", "background", "10.0 ± 0.5 gray levels"),
        *("chi", "1.01 noise σ", "rms", "3 gray levels", "cost", "0.02"),
    ]


def test_its_pictures_share_gray_levels_and_residuals_are_symmetric(pane):
    fit = StandIn(refined())
    pane.show_feature(fit, 12)
    crop = crop_around(fit.table, 2, fit.model(0), fit.residual(0))
    assert np.array_equal(pane.pictures["data"].colors, gray(crop.data, *crop.levels))
    assert np.array_equal(pane.pictures["model"].colors, gray(crop.model, *crop.levels))
    assert np.array_equal(pane.pictures["residual"].colors, diverging(crop.residual, 2.0))
    assert pane.swing.text() == "±2"
    assert pane.levels.text() == f"black {number(crop.levels[0])}, white {number(crop.levels[1])}"
    np.testing.assert_allclose(pane.radial.radial.data - pane.radial.radial.model, 2)


def test_a_failed_feature_says_why_and_that_its_numbers_are_where_it_began(pane):
    fit = StandIn(refined())
    pane.show_feature(fit, 5)
    assert pane.verdict.text() == "✕ not ok: at bound"
    assert pane.remark.text() == "It is said to be at_bound."
    assert numbers(pane)[:3] == ["Not fitted; it began with", "y", "10.00 px"]
    assert "chi" not in numbers(pane)
    pane.show_feature(fit, 41)
    assert pane.verdict.text() == "✓ ok: touching border"


def test_a_feature_outside_the_image_has_no_pictures(pane):
    pane.show_feature(StandIn(refined()), 40)
    assert pane.verdict.text() == "✕ not ok: out of image"
    assert not pane.radial.isVisible()
    assert not pane.pictures["data"].isVisible()
    pane.show_feature(StandIn(refined()), 7)
    assert pane.pictures["data"].isVisible()


def test_without_the_image_the_numbers_are_still_there(pane):
    pane.show_feature(StandIn(refined(), gone="the image is not there any more"), 7)
    assert pane.remark.text() == "No pictures: the image is not there any more."
    assert not pane.pictures["data"].isVisible()
    assert "20.000 ± 0.012 px" in numbers(pane)


def test_a_label_of_no_row_or_of_several_is_said(pane):
    table = refined()
    pane.show_feature(StandIn(table), 99)
    assert pane.title.text() == "No row is called 99 in the table"
    table.index = [0, 0, 1, 2, 3, 4]
    pane.show_feature(StandIn(table), 0)
    assert pane.title.text() == "2 rows are called 0 in the table"
    assert not pane.numbers.isVisible()
    pane.clear()
    assert pane.title.text() == NOTHING_CHOSEN


def test_a_frame_is_modeled_once_and_only_when_seen(shown):
    fit, pane = StandIn(refined()), FeaturePane(ViewerModel())
    pane.show_feature(fit, 7)
    assert fit.asked == 0
    shown(pane)
    pane.show_feature(fit, 3)
    pane.show_feature(fit, 12)
    assert fit.asked == 1
    pane.show_feature(fit, 41)
    assert fit.asked == 2


@pytest.mark.parametrize("row", [7, 5, 40])
def test_the_pane_fits_into_a_narrow_dock(shown, row):
    pane = shown(FeaturePane(ViewerModel()))
    pane.show_feature(StandIn(refined()), row)
    QApplication.processEvents()
    assert pane.minimumSizeHint().width() <= NARROW
    for label in (pane.title, pane.verdict, pane.remark, pane.numbers):
        if label.isVisible():
            assert label.height() >= label.heightForWidth(label.width())
            assert label.width() <= NARROW
    for label in (pane.levels, pane.swing):
        if label.isVisible():
            assert label.width() >= label.sizeHint().width()
