"""Bounds of parameters: all five forms, in both spellings."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from exact_spots import BOTH, PAIR, SINGLES, by_leastsq, by_refine, exact_image, places, start_at
from hypothesis import given, settings
from hypothesis import strategies as st

from specks._core.errors import InputError
from specks.refinement._profile import as_profile
from specks.refinement.asked.bounds import bound_arrays
from specks.refinement.asked.parameters import parameters_of

RADIUS = np.array([1.0, 6.0, 6.0])
DEFAULT = {"background": (0.0, math.inf), "signal": (0.0, math.inf), "size": (0.0, math.inf)}
COLUMN = {"background": 0, "signal": 1, "y": 3, "x": 4, "size": 5, "size_y": 6, "size_x": 7, "thickness": 8}


def interval(
    name: str, p0: float, bounds: dict[str, Any] | None, isotropic: bool = True, default: Any = None
) -> tuple[float, float]:
    """The bounds of one parameter that begins at `p0`."""
    parameters = parameters_of(as_profile("ring"), ("y", "x"), isotropic)
    start = np.array([[10.0, 150.0, 0.0, 30.0, 30.0, 3.0, 3.0, 3.0, 0.5]])
    start[0, COLUMN[name]] = p0
    low, high = bound_arrays(bounds, parameters, start, [0], RADIUS, DEFAULT if default is None else default)
    return low[0, COLUMN[name]], high[0, COLUMN[name]]


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        (None, (24, 36)),
        ({"x_abs": (1, 2)}, (29, 32)),
        ({"x_diff": (1, 2)}, (29, 32)),
        ({"x_diff": 100}, (-70, 130)),
        ({"x_rel": (1.5, 2.5), "x_abs": 100}, (20, 75)),
        ({"x_rel_diff": 0.2, "x_diff": 100}, (24, 36)),
        ({"x_rel_diff": (0.1, 0.2), "x_diff": 100}, (27, 36)),
        ({"x_rel_diff": (0.1, 0.5)}, (27, 36)),
        ({"x": (26, 100)}, (26, 36)),
        ({"x": (26, 100), "x_diff": 50}, (26, 80)),
        ({"x": 31.0}, (31, 31)),
        ({"x": (np.nan, 33)}, (24, 33)),
        ({"x_diff": (np.nan, 3)}, (-math.inf, 33)),
        ({"x_diff": (math.inf, math.inf)}, (-math.inf, math.inf)),
        ({"pos_diff": (1, 2)}, (29, 32)),
        ({"pos_diff": (1, 2), "x_diff": 3}, (27, 33)),
        ({"pos": (0, 31)}, (24, 31)),
        ({"pos_rel_diff": 0.1}, (27, 33)),
    ],
)
def test_bounds_of_a_position(bounds: Any, expected: tuple[float, float]) -> None:
    assert interval("x", 30.0, bounds) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "bounds", "expected"),
    [
        ("signal", None, (0, math.inf)),
        ("signal", {"signal": (10, 20)}, (10, 20)),
        ("signal", {"signal": (np.nan, np.nan)}, (-math.inf, math.inf)),
        ("signal", {"signal_diff": 200}, (0, 350)),
        ("signal", {"signal_rel_diff": 0.2}, (120, 180)),
        ("signal", {"signal_rel": 1.5}, (100, 225)),
        ("background", {"background_abs": (3, 4)}, (7, 14)),
        ("size", {"size_rel_diff": 0.1}, (2.7, 3.3)),
        ("size", {"size": (2, 4), "size_diff": 0.5}, (2.5, 3.5)),
        ("thickness", None, (-math.inf, math.inf)),
        ("thickness", {"thickness": (0.1, 0.9)}, (0.1, 0.9)),
    ],
)
def test_bounds_of_other_parameters(name: str, bounds: Any, expected: tuple[float, float]) -> None:
    p0 = {"signal": 150.0, "background": 10.0, "size": 3.0, "thickness": 0.5}[name]
    assert interval(name, p0, bounds) == pytest.approx(expected)


@pytest.mark.parametrize(("name", "expected"), [("size_y", (2.5, 3.5)), ("size_x", (2.9, 3.1))])
def test_sizes_of_axes_are_distributed(name: str, expected: tuple[float, float]) -> None:
    assert interval(name, 3.0, {"size_diff": 0.5, "size_x_diff": 0.1}, isotropic=False) == pytest.approx(
        expected
    )


@pytest.mark.parametrize("bounds", [{"signal_rel_diff": 0.2}, {"signal_rel": 1.25}])
def test_an_interval_about_a_negative_start_is_not_reversed(bounds: Any) -> None:
    low, high = interval("signal", -100.0, bounds, default={})
    assert low < -100 < high


@settings(max_examples=100)
@given(
    st.floats(1, 1e3),
    st.fixed_dictionaries(
        {},
        optional={
            "x": st.tuples(st.floats(-1e4, 1), st.floats(1e3, 1e4)),
            "x_diff": st.tuples(st.floats(0, 1e3), st.floats(0, 1e3)),
            "x_rel_diff": st.tuples(st.floats(0, 0.99), st.floats(0, 5)),
        },
    ),
)
def test_the_interval_is_what_all_forms_allow(p0: float, bounds: dict[str, Any]) -> None:
    lows, highs = [-math.inf], [math.inf]
    if "x" in bounds:
        lows.append(bounds["x"][0])
        highs.append(bounds["x"][1])
    down, up = bounds.get("x_diff", (6, 6))
    lows.append(p0 - down)
    highs.append(p0 + up)
    if "x_rel_diff" in bounds:
        lows.append(p0 * (1 - bounds["x_rel_diff"][0]))
        highs.append(p0 * (1 + bounds["x_rel_diff"][1]))
    expected = max(lows), min(highs)
    assert interval("x", p0, bounds) == pytest.approx(expected)
    # The other spelling says the same.
    other = {{"x_diff": "x_abs", "x_rel_diff": "x_rel"}.get(key, key): value for key, value in bounds.items()}
    if "x_rel_diff" in bounds:
        a, b = bounds["x_rel_diff"]
        other["x_rel"] = (1 / (1 - a), 1 + b)
    assert interval("x", p0, other) == pytest.approx(expected)


@BOTH
def test_an_interval_that_is_empty_is_told_before_an_image_is_read(fit) -> None:
    start = start_at([(20.0, 30.0)])
    with pytest.raises(InputError, match=r"'x' of row 0.*\[24, 6\]") as told:
        fit(start, exact_image(SINGLES), 13, bounds={"x": (2, 6)})
    assert isinstance(told.value, ValueError)


@BOTH
@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ({"x_abs": 1, "x_diff": 1}, "x_abs.*x_diff|x_diff.*x_abs"),
        ({"size_rel": 2, "size_rel_diff": 0.1}, "size_rel_diff' and 'size_rel'"),
        ({"x_dif": 1}, "x_dif.*x_diff"),
        ({"sgnal": (0, 1)}, "sgnal.*signal"),
        ({"mass": (0, 1)}, "mass.*background, signal, y, x"),
        ({"x_diff": -1}, "x_diff.*-1"),
        ({"x": (1, 2, 3)}, r"\(1, 2, 3\)"),
        ({"x": "wide"}, "wide"),
    ],
)
def test_bounds_that_mean_nothing_are_refused(fit, bounds: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        fit(start_at(SINGLES), exact_image(SINGLES), 13, bounds=bounds)


@BOTH
def test_no_parameter_leaves_its_bounds(fit) -> None:
    bounds = {"pos_diff": 0.3, "signal": (100, 145), "background_diff": 0.5, "size_rel_diff": 0.02}
    start = start_at([*SINGLES, *(PAIR + np.array([10, 0]))], (0.4, -0.5), size=2.8)
    image = exact_image([*SINGLES, *(PAIR + np.array([10, 0]))], noise=3)
    table = fit(start, image, 13, bounds=bounds, param_mode={"size": "var"})
    assert (abs(places(table) - places(start)) <= 0.3 + 1e-12).all()
    assert table["signal"].between(100, 145).all()
    assert table["background"].between(7.5, 8.5).all()
    assert table["size"].between(2.8 * 0.98, 2.8 * 1.02).all()
    assert not table["ok"].any()


@BOTH
def test_a_start_outside_its_bounds_is_moved_onto_them(fit) -> None:
    table = fit(start_at(SINGLES, (0.3, 0.2)), exact_image(SINGLES), 13, bounds={"signal": (145, 155)})
    np.testing.assert_allclose(table["signal"], 150, atol=0.01)
    held = fit(start_at(SINGLES, (0.3, 0.2)), exact_image(SINGLES), 13, bounds={"signal": 147.0})
    np.testing.assert_array_equal(held["signal"], 147.0)


@BOTH
def test_what_is_shared_has_the_widest_interval(fit) -> None:
    start = start_at(SINGLES, (0.1, 0.1), size=[2.0, 2.95])
    table = fit(start, exact_image(SINGLES), 17, bounds={"size_diff": 0.1}, param_mode={"size": "global"})
    np.testing.assert_allclose(table["size"], 3, atol=1e-3)
    signals = start_at(PAIR, (0.1, 0.1), signal=[100.0, 149.0])
    one = fit(signals, exact_image(PAIR), 17, bounds={"signal_diff": 2}, param_mode={"signal": "cluster"})
    np.testing.assert_allclose(one["signal"], 150, atol=0.1)


def test_documented_bounds_are_positive_and_those_of_refine_are_not() -> None:
    image, start = exact_image(SINGLES, background=-40), start_at(SINGLES, (0.3, 0.2))
    assert (by_leastsq(start, image, 13)["background"] == 0).all()
    np.testing.assert_allclose(by_refine(start, image, 13)["background"], -40, atol=0.01)
