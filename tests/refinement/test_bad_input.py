"""Calls that mean nothing: every message names what was given and what would be right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from exact_spots import BOTH, SINGLES, by_leastsq, by_refine, exact_image, places, start_at

import specks
from specks._core.errors import InputError

IMAGE = exact_image(SINGLES)


@BOTH
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"param_mode": {"sgnal": "const"}}, r"param_mode.*'sgnal'.*did you mean 'signal'"),
        ({"param_mode": {"signal": "vary"}}, r"param_mode\['signal'\].*'vary'.*'var'"),
        ({"param_mode": {"signal": 7}}, r"param_mode\['signal'\].*7.*'const'"),
        ({"param_mode": {"signal": None}}, r"param_mode\['signal'\].*None"),
        ({"param_mode": {"size_y": "var"}}, r"param_mode.*'size_y'.*size"),
        ({"param_mode": ["signal"]}, r"param_mode.*\['signal'\].*mapping"),
        ({"param_val": {"sice": 3}}, r"param_val.*'sice'.*size"),
        ({"param_val": {"size": "big"}}, r"param_val.*big"),
        ({"param_val": 3}, r"param_val.*3.*mapping"),
        ({"bounds": [1, 2]}, r"bounds.*\[1, 2\].*mapping"),
        ({"separation": 0}, r"separation.*0"),
        ({"separation": -3}, r"separation.*-3"),
        ({"separation": (9, 9, 9)}, r"separation.*\(9, 9, 9\).*2 axes"),
        ({"separation": (9, 0)}, r"separation.*0"),
        ({"separation": np.nan}, r"separation.*nan"),
        ({"separation": "wide"}, r"separation.*wide"),
        ({"profile": "lorentz"}, r"lorentz.*'gauss'"),
        ({"profile": "inv_series"}, r"inv_series.*'inv_series_"),
        ({"profile": "inv_series_0"}, r"inv_series_0.*'inv_series_"),
        ({"profile": 3}, r"3.*'gauss'"),
        ({"max_itr": 3}, r"max_itr"),
    ],
)
def test_settings_that_mean_nothing_are_refused(fit, asked: dict, said: str) -> None:
    with pytest.raises(InputError, match=said) as told:
        fit(start_at(SINGLES), IMAGE, 13, **asked)
    assert isinstance(told.value, ValueError)


@BOTH
@pytest.mark.parametrize("diameter", [1, 0, -5, 1.9, (13, 1), (13, 13, 13), np.nan, np.inf, "wide", None, ()])
def test_a_diameter_makes_a_mask(fit, diameter: Any) -> None:
    with pytest.raises(InputError, match=r"diameter"):
        fit(start_at(SINGLES), IMAGE, diameter)


@BOTH
@pytest.mark.parametrize(
    "diameter", [12, 13, 12.9, 13.7, (13, 13), [13, 13], np.array([13, 13]), np.float32(13)]
)
def test_diameters_are_halved_and_rounded_down(fit, diameter: Any) -> None:
    start = start_at([(20.0, 20.0)])
    image = exact_image([(20.0, 20.0)])
    image[20, 27] = 500
    table = fit(start, image, diameter)
    np.testing.assert_allclose(places(table), [(20, 20)], atol=1e-4)


@pytest.mark.parametrize("name", ["signal", "size"])
def test_the_documented_call_needs_where_to_begin(name: str) -> None:
    start = start_at(SINGLES).drop(columns=name)
    with pytest.raises(InputError, match=rf"'{name}'.*param_val.*specks.refine"):
        by_leastsq(start, IMAGE, 13)
    table = by_leastsq(start, IMAGE, 13, param_val={name: 3.0 if name == "size" else 140.0})
    np.testing.assert_allclose(places(table), SINGLES, atol=1e-4)


def test_the_documented_call_begins_without_a_background_at_zero() -> None:
    start = start_at(SINGLES, (0.3, 0.2), background=None)
    table = by_leastsq(start, IMAGE, 13)
    np.testing.assert_allclose(places(table), SINGLES, atol=1e-4)
    np.testing.assert_allclose(table["background"], 10, atol=0.01)


def test_refine_needs_nothing_but_places() -> None:
    table = by_refine(start_at(SINGLES, (0.3, 0.2), signal=None, size=None, background=None), IMAGE, 13)
    np.testing.assert_allclose(places(table), SINGLES, atol=1e-4)
    np.testing.assert_allclose(table["size"], 3, atol=1e-3)


@BOTH
@pytest.mark.parametrize("missing", ["y", "x"])
def test_a_table_has_positions(fit, missing: str) -> None:
    with pytest.raises(InputError, match=rf"'{missing}'.*signal"):
        fit(start_at(SINGLES).drop(columns=missing), IMAGE, 13)


@BOTH
@pytest.mark.parametrize("column", ["y", "signal", "frame"])
def test_columns_hold_numbers(fit, column: str) -> None:
    with pytest.raises(InputError, match=rf"'{column}'"):
        fit(start_at(SINGLES).assign(**{column: "a"}), IMAGE, 13)


@BOTH
@pytest.mark.parametrize("value", [0.5, np.nan, np.inf])
def test_frames_are_whole_numbers(fit, value: float) -> None:
    with pytest.raises(InputError, match=rf"'frame' holds {value}.*whole"):
        fit(start_at(SINGLES).assign(frame=value), IMAGE, 13)


@BOTH
@pytest.mark.parametrize("f", [None, 3, "table", np.zeros((2, 2)), [{"y": 1, "x": 2}], {"y": [1], "x": [2]}])
def test_a_table_is_a_table(fit, f: Any) -> None:
    with pytest.raises(InputError, match=r"\bf\b"):
        fit(f, IMAGE, 13)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"pos_columns": ["y"]}, r"pos_columns.*\['y'\].*two or three"),
        ({"pos_columns": ["y", "y"]}, r"pos_columns"),
        ({"pos_columns": ["y", "u"]}, r"'u'"),
        ({"max_iter": 0}, r"max_iter.*0"),
        ({"max_iter": -1}, r"max_iter.*-1"),
        ({"max_shift": -1}, r"max_shift.*-1"),
        ({"max_shift": np.nan}, r"max_shift.*nan"),
        ({"max_rms_dev": -1}, r"max_rms_dev.*-1"),
        ({"noise_size": -1}, r"noise_size.*-1"),
        ({"noise_size": (1, 1, 1)}, r"noise_size.*\(1, 1, 1\).*2 axes"),
        ({"toll": 1}, r"'toll'.*did you mean 'tol'"),
        ({"compute_err": True}, r"'compute_err'.*did you mean 'compute_error'"),
    ],
)
def test_documented_settings_that_mean_nothing_are_refused(asked: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        by_leastsq(start_at(SINGLES), IMAGE, 13, **asked)


def test_a_method_of_the_original_is_without_effect_and_that_is_said() -> None:
    start = start_at(SINGLES, (0.3, 0.2))
    with pytest.warns(UserWarning, match=r"method='L-BFGS-B'.*without effect"):
        table = by_leastsq(start, IMAGE, 13, method="L-BFGS-B")
    asked = {"tol": 1e-9, "options": {"maxiter": 500}, "residual_factor": 10.0}
    np.testing.assert_array_equal(places(table), places(by_leastsq(start, IMAGE, 13, **asked)))


@pytest.mark.parametrize(
    ("dict_", "said"),
    [
        ({"params": []}, r"func"),
        ({"params": [], "func": 3}, r"func"),
        ({"params": [], "func": np.exp, "defualt": {}}, r"'defualt'.*did you mean 'default'"),
        ({"params": ["a"], "func": np.exp, "default": {"b": 1}}, r"'b'.*\['a'\]"),
    ],
)
def test_a_function_of_the_caller_has_what_it_needs(dict_: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        by_leastsq(start_at(SINGLES), IMAGE, 13, dict_)


def test_the_documented_order_of_arguments_holds() -> None:
    """Every argument by its place."""
    start = start_at(SINGLES, (0.3, 0.2)).assign(frame=0)
    table = specks.refine_leastsq(
        start, IMAGE[None], 13, 12, "gauss", {"size": "const"}, {"background": 5.0}, (), {"x_diff": 3}, ["y", "x"],
        "frame", None, None, 5, 0.5, 0.9, 1e5, True,
    )  # fmt: skip
    np.testing.assert_allclose(places(table), SINGLES, atol=1e-4)
    assert "x_std" in table


@pytest.mark.parametrize("name", ["size", "signal", "tails", "loss"])
def test_choices_are_among_those_that_there_are(name: str) -> None:
    with pytest.raises(InputError, match=rf"{name}.*'wrong'"):
        by_refine(start_at(SINGLES), IMAGE, 13, **{name: "wrong"})


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InputError) as told:
        by_leastsq(start_at(SINGLES), IMAGE, 1, separation=0, max_iter=0)
    assert len(told.value.faults) == 3


def test_nothing_is_read_where_something_is_wrong() -> None:
    class Never:
        frame_shape, dtype = (64, 64), np.dtype(float)

        def __len__(self) -> int:
            return 1

        def __getitem__(self, number: int) -> Any:
            raise AssertionError("a frame was read")

    for asked in ({"bounds": {"x": (2, 6)}}, {"param_mode": {"a": "var"}}, {"param_val": {"a": 1}}):
        with pytest.raises(InputError):
            by_leastsq(start_at(SINGLES).assign(frame=0), Never(), 13, **asked)
