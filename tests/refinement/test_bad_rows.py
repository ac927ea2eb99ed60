"""Rows and pixels that cannot be used, and tables of every type."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from exact_spots import BOTH, PAIR, SINGLES, by_leastsq, by_refine, exact_image, places, start_at

import specks

OFF = (0.6, -0.4)
IMAGE = exact_image(SINGLES)
WHOLE = [(20, 21), (20, 45)]


@BOTH
@pytest.mark.parametrize("kind", ["int64", "int32", "uint8", "Int64", "float32", "object"])
def test_columns_of_any_type_are_fitted_in_double_precision(fit, kind: str) -> None:
    start = start_at(WHOLE).astype(int).astype(kind)
    table = fit(start, IMAGE, 13)
    np.testing.assert_allclose(places(table), SINGLES, atol=1e-4)
    np.testing.assert_allclose(table["signal"].to_numpy(), 150, atol=0.01)
    fitted = ["y", "x", "signal", "size", "background", "cost"]
    assert (table[fitted].dtypes == np.float64).all()
    assert (table[["cluster", "cluster_size"]].dtypes == np.int64).all()
    assert table["ok"].dtype == bool


@BOTH
def test_only_one_column_may_be_of_integers(fit) -> None:
    table = fit(start_at(SINGLES, OFF).astype({"signal": int}), IMAGE, 13)
    np.testing.assert_allclose(places(table), SINGLES, atol=1e-4)


@BOTH
def test_other_columns_are_kept(fit) -> None:
    start = start_at(SINGLES, OFF).assign(name=["left", "right"], mass=[1, 2])
    table = fit(start, IMAGE, 13)
    pd.testing.assert_frame_equal(table[["name", "mass"]], start[["name", "mass"]])
    assert list(table.columns[: len(start.columns)]) == list(start.columns)


@BOTH
def test_the_table_of_the_caller_is_not_changed(fit) -> None:
    start = start_at(WHOLE).astype({"y": int, "x": np.float32}).assign(name="a")
    start.index = [7, 7]
    before = start.copy(deep=True)
    table = fit(start, IMAGE, 13, param_val={"size": 3.0})
    pd.testing.assert_frame_equal(start, before)
    table["y"] = -1.0
    table.loc[:, "name"] = "b"
    pd.testing.assert_frame_equal(start, before)


@BOTH
def test_a_single_image_needs_no_frame(fit) -> None:
    start = start_at(SINGLES, OFF)
    table = fit(start, IMAGE, 13)
    assert "frame" not in start
    assert table["frame"].tolist() == [0, 0]
    assert table["frame"].dtype == np.int64


@BOTH
def test_rows_that_cannot_be_fitted_stay_as_they_were(fit) -> None:
    at = [(20.9, 20.3), (np.nan, 45.2), (-30.0, 45.0), (20.7, 44.8)]
    start = start_at(at)
    table = fit(start, IMAGE, 13)
    np.testing.assert_allclose(places(table)[[0, 3]], SINGLES, atol=1e-4)
    names = ["y", "x", "signal", "size", "background"]
    pd.testing.assert_frame_equal(table[names].iloc[[1, 2]], start[names].iloc[[1, 2]])
    assert table["cost"].isna().tolist() == [False, True, True, False]
    assert table["ok"].tolist() == [True, False, False, True]
    assert table["reason"].tolist() == ["", "bad_input", "out_of_image", ""]


@BOTH
@pytest.mark.parametrize("value", [np.inf, -np.inf])
@pytest.mark.parametrize("column", ["y", "x", "signal", "size", "background"])
def test_no_number_of_a_row_may_be_infinite(fit, column: str, value: float) -> None:
    start = start_at(SINGLES, OFF)
    start.loc[0, column] = value
    table = fit(start, IMAGE, 13, param_mode={"size": "const"})
    assert table["reason"].tolist() == ["bad_input", ""]
    assert table.loc[0, column] == value
    np.testing.assert_allclose(places(table)[1], SINGLES[1], atol=1e-4)


def test_a_sentence_says_which_number_is_bad() -> None:
    start = start_at(SINGLES, OFF)
    start.loc[0, "y"] = np.nan
    fit = specks.refine(start, IMAGE, 13)
    assert "y is nan" in fit.explain(0)
    assert fit.explain(1) == ""


@BOTH
def test_where_a_start_is_missing_refine_estimates_and_the_documented_call_refuses_the_row(fit) -> None:
    start = start_at(SINGLES, OFF)
    start.loc[0, "signal"] = np.nan
    table = fit(start, IMAGE, 13)
    np.testing.assert_allclose(places(table)[1], SINGLES[1], atol=1e-4)
    assert table["ok"].tolist() == [fit is by_refine, True]


@BOTH
def test_a_pixel_without_a_number_is_left_out(fit) -> None:
    image = IMAGE.copy()
    image[20, 22] = np.nan
    table = fit(start_at(SINGLES, OFF), image, 13)
    np.testing.assert_allclose(places(table), SINGLES, atol=1e-3)
    np.testing.assert_allclose(table["signal"], 150, atol=0.1)
    assert table["ok"].all()


def test_a_pixel_without_a_number_counts_for_nothing() -> None:
    start = start_at(SINGLES, (0.1, 0.1))
    plain = specks.refine(start, IMAGE, 13)
    image = IMAGE.copy()
    image[20, 22] = np.nan
    holed = specks.refine(start, image, 13)
    counted = [fit.known.found.fitted.pixels for fit in (plain, holed)]
    assert (counted[0] - counted[1]).tolist() == [1, 0]


@BOTH
def test_features_whose_pixels_hold_no_number_fail_alone(fit) -> None:
    image = IMAGE.copy()
    image[:, 33:] = np.nan
    table = fit(start_at(SINGLES, OFF), image, 13)
    assert table["ok"].tolist() == [True, False]
    assert table["reason"].tolist() == ["", "out_of_image"]
    np.testing.assert_allclose(places(table)[0], SINGLES[0], atol=1e-4)


@BOTH
def test_a_member_outside_the_image_fails_alone(fit) -> None:
    """The others of its cluster are fitted as if it were not there."""
    at = [(30.25, 5.0), (30.25, -7.5), (30.25, 60.0)]
    image = exact_image(at[::2])
    start = start_at(at, (0.3, 0.2))
    table = fit(start, image, 13)
    assert table["cluster_size"].tolist() == [2, 2, 1]
    assert table["reason"].tolist()[1] == "out_of_image"
    assert table["ok"].tolist() == [True, False, True]
    assert np.isnan(table["cost"][1])
    assert (places(table)[1] == places(start)[1]).all()
    np.testing.assert_allclose(places(table)[::2], at[::2], atol=1e-3)


@BOTH
def test_a_repeated_point_is_told(fit) -> None:
    start = start_at([*SINGLES, SINGLES[0]], (0.3, 0.2))
    table = fit(start, IMAGE, 13)
    assert table["cluster_size"].tolist() == [2, 1, 2]
    assert table["reason"].tolist() == ["duplicate", "", "duplicate"]


@BOTH
@pytest.mark.parametrize("asked", [{}, {"param_mode": {"size": "var"}, "constraints": {"dimer": 6.0}}])
def test_an_empty_table_gives_one_with_all_columns(fit, asked: dict) -> None:
    if fit is by_leastsq:
        asked = asked | {"compute_error": True}
    some = fit(start_at(PAIR, (0.1, 0.2)), exact_image(PAIR), 13, **asked)
    none = fit(start_at(PAIR).iloc[:0], exact_image(PAIR), 13, **asked)
    assert len(none) == 0
    assert list(none.columns) == list(some.columns)
    assert none.dtypes.to_dict() == some.dtypes.to_dict()


@BOTH
def test_one_cluster_that_fails_leaves_the_errors_of_others(fit) -> None:
    start = start_at([*SINGLES, (-30.0, 10.0)], (0.3, 0.2))
    asked = {} if fit is by_refine else {"compute_error": True}
    table = fit(start, exact_image(SINGLES, noise=3), 13, **asked)
    assert np.isfinite(table["x_std"]).tolist() == [True, True, False]
    assert (table["x_std"][:2] < 0.1).all()
