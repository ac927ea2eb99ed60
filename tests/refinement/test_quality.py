"""What refinement says of its own results: costs, verdicts and reasons."""

from __future__ import annotations

import numpy as np
import pytest
from exact_spots import BOTH, PAIR, SINGLES, by_leastsq, by_refine, exact_image, places, start_at

import specks

OFF = (0.6, -0.4)
NOISY = exact_image(SINGLES, noise=3)


@BOTH
def test_a_hot_pixel_changes_the_cost_and_nothing_else(fit) -> None:
    hot = NOISY.copy()
    hot[5, 5] = 10 * NOISY.max()
    plain, other = (fit(start_at(SINGLES, OFF), image, 13) for image in (NOISY, hot))
    np.testing.assert_allclose(other["cost"], plain["cost"] / 10, rtol=1e-6)
    np.testing.assert_array_equal(other[["y", "x", "rms", "ok"]], plain[["y", "x", "rms", "ok"]])
    np.testing.assert_allclose(other["chi"], plain["chi"], rtol=0.01)


@BOTH
def test_residuals_are_told_in_gray_levels_and_in_noise(fit) -> None:
    table = fit(start_at(SINGLES, OFF), NOISY, 13)
    np.testing.assert_allclose(table["rms"], 3, rtol=0.2)
    np.testing.assert_allclose(table["chi"], 1, rtol=0.2)
    np.testing.assert_allclose(table["cost"], table["rms"] / NOISY.max(), rtol=1e-9)


@BOTH
def test_each_cluster_has_its_own_cost_where_all_share_a_size(fit) -> None:
    many, few = (
        fit(start_at(at, OFF), exact_image(at, noise=3, shape=(64, 200)), 13, param_mode={"size": "global"})
        for at in ([(20 + 24 * (k % 2), 15 + 10 * k) for k in range(17)], SINGLES)
    )
    assert many["cost"].nunique() == 17
    assert many["cost"].max() < 1.4 * few["cost"].max()


@BOTH
def test_a_start_too_far_off_is_no_success(fit) -> None:
    """Nothing is within reach of the first, the second is where it is said to be."""
    start = start_at([(50.0, 12.0), SINGLES[1]])
    table = fit(start, NOISY, 13)
    assert table["ok"].tolist() == [False, True]
    assert table["reason"][0] in ("no_signal", "at_bound")


@BOTH
@pytest.mark.parametrize("turn", np.arange(0, 2 * np.pi, 0.7))
def test_a_start_at_the_end_of_its_reach_is_found_or_told(fit, turn: float) -> None:
    """5.5 px off: never a feature without signal that counts as found."""
    table = fit(start_at(SINGLES, (5.5 * np.sin(turn), 5.5 * np.cos(turn))), NOISY, 13)
    found = np.linalg.norm(places(table) - SINGLES, axis=1) < 0.2
    assert (found == table["ok"]).all()


@BOTH
def test_features_at_a_bound_are_told(fit) -> None:
    table = fit(start_at(SINGLES, (1.0, 0.0)), exact_image(SINGLES), 13, bounds={"y_diff": 0.25})
    assert table["reason"].tolist() == ["at_bound", "at_bound"]
    assert not table["ok"].any()
    np.testing.assert_allclose(table["y"], SINGLES[:, 0] + 0.75, atol=1e-9)


def test_a_sentence_names_the_bound() -> None:
    fit = specks.refine(start_at(SINGLES, (1.0, 0.0)), exact_image(SINGLES), 13, bounds={"y_diff": 0.25})
    assert "y (21.05)" in fit.explain(0)
    assert "bound" in fit.explain(0)


def test_a_background_below_zero_is_found_where_it_may_be() -> None:
    image, start = exact_image(SINGLES, background=-40.0), start_at(SINGLES, OFF)
    table = by_refine(start, image, 13)
    np.testing.assert_allclose(table["background"], -40, atol=0.01)
    np.testing.assert_allclose(places(table), SINGLES, atol=1e-4)
    documented = by_leastsq(start, image, 13)
    np.testing.assert_array_equal(documented["background"], 0.0)
    assert documented["reason"].tolist() == ["at_bound", "at_bound"]
    freed = by_leastsq(start, image, 13, bounds={"background": (-np.inf, np.inf)})
    np.testing.assert_allclose(places(freed), SINGLES, atol=1e-4)


def test_dark_features_are_found_as_such() -> None:
    image = exact_image(SINGLES, signal=-100.0, background=200.0)
    table = by_refine(start_at(SINGLES, OFF, signal=None, background=None), image, 13)
    np.testing.assert_allclose(places(table), SINGLES, atol=1e-4)
    np.testing.assert_allclose(table["signal"], -100, atol=0.01)
    documented = by_leastsq(
        start_at(SINGLES, OFF, signal=-50.0, background=150.0), image, 13, bounds={"signal": (-1000, 0)}
    )
    np.testing.assert_allclose(places(documented), SINGLES, atol=1e-4)


def test_an_offset_of_the_camera_throws_nothing() -> None:
    start = start_at(SINGLES, OFF, signal=150.0, background=None)
    table = by_refine(start, NOISY + 10000, 13)
    np.testing.assert_allclose(places(table), SINGLES, atol=0.1)
    np.testing.assert_allclose(table["background"], 10010, atol=3)
    assert table["ok"].all()


def test_a_wrong_start_of_the_signal_is_no_matter_in_a_dim_image() -> None:
    table = by_refine(start_at(SINGLES, OFF, signal=150.0, background=5.0), NOISY * 1e-3, 13)
    np.testing.assert_allclose(
        places(table), by_refine(start_at(SINGLES, OFF), NOISY, 13)[["y", "x"]], atol=1e-4
    )


@pytest.mark.parametrize("limit", [1.0, 0.001])
def test_a_cost_above_the_limit_fails(limit: float) -> None:
    start = start_at(SINGLES, OFF)
    table = by_leastsq(start, NOISY, 13, max_rms_dev=limit)
    if limit == 1.0:
        assert table["ok"].all()
        return
    assert table["reason"].tolist() == ["cost", "cost"]
    assert table["cost"].isna().all()
    names = ["y", "x", "signal", "size", "background"]
    np.testing.assert_array_equal(table[names], start[names])


def test_brightest_pixels_that_reach_the_end_of_the_scale_are_told() -> None:
    image = np.clip(exact_image(SINGLES, signal=(150, 300)), 0, 255).astype(np.uint8)
    table = by_refine(start_at(SINGLES, OFF), image, 13)
    assert table["reason"].tolist() == ["", "saturated"]
    assert table["ok"].all()


def test_features_that_change_places_are_told() -> None:
    start = start_at(PAIR, [(0.0, 3.2), (0.0, -3.2)])
    fit = specks.refine(start, exact_image(PAIR), 13)
    ends = places(fit.table)
    if np.linalg.norm(ends - PAIR) < 0.1:
        assert fit.table["reason"].tolist() == ["swapped", "swapped"]
    else:
        np.testing.assert_allclose(ends[::-1], PAIR, atol=0.1)
        assert fit.table["reason"].tolist() == ["", ""]


def test_two_points_on_one_feature_are_told() -> None:
    at = [(30.0, 30.0)]
    start = start_at([(29.9, 29.0), (30.1, 31.0)])
    table = by_refine(start, exact_image(at, noise=8), 13)
    assert (table["reason"] != "").all()


@BOTH
def test_numbers_of_clusters_are_unique_over_frames(fit) -> None:
    moved = SINGLES + np.array([1, 0])
    start = start_at([*SINGLES, *moved], OFF).assign(frame=[0, 0, 1, 1])
    table = fit(start, np.stack([exact_image(SINGLES), exact_image(moved)]), 13)
    assert table["cluster"].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("thickness", [0.2, 0.3, 0.5])
def test_a_ring_is_bright_though_its_middle_is_dark(thickness: float) -> None:
    grid = np.indices((64, 64))
    image = np.full((64, 64), 10.0)
    for y, x in SINGLES:
        u = (np.hypot(grid[0] - y, grid[1] - x) / 5 - 1 + thickness) / thickness
        image += 150 * np.exp(-(u**2))
    start = start_at(SINGLES, (0.2, -0.1), signal=None, background=None, size=5.0, thickness=thickness)
    table = by_refine(start, image, 21, "ring", size="const")
    np.testing.assert_allclose(places(table), SINGLES, atol=1e-3)
    np.testing.assert_allclose(table["signal"], 150, rtol=1e-3)
