"""What must not change a fit, or must change it in a known way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from exact_spots import BOTH, by_leastsq, by_refine, exact_image, places, start_at
from hypothesis import given, settings
from hypothesis import strategies as st

AT = np.array([(22.3, 21.4), (22.9, 27.1), (38.2, 40.6)])
IMAGE = exact_image(AT, noise=4)
VALUES = ["signal", "background", "cost", "rms"]
FITS = st.sampled_from([by_refine, by_leastsq])
MODES = st.sampled_from(["const", "var", "global"])


def start() -> pd.DataFrame:
    return start_at(AT, (0.3, -0.2))


def assert_same(found: pd.DataFrame, at: np.ndarray, like: pd.DataFrame, within: float = 1e-4) -> None:
    np.testing.assert_allclose(places(found), at, atol=within)
    np.testing.assert_allclose(found[VALUES], like[VALUES], rtol=10 * within)
    assert found["ok"].tolist() == like["ok"].tolist()


@settings(max_examples=25)
@given(FITS, MODES, st.integers(-9, 12), st.integers(-9, 12))
def test_a_shift_by_whole_pixels_shifts_the_fit(fit: Any, mode: str, dy: int, dx: int) -> None:
    plain = fit(start(), IMAGE, 13, param_mode={"size": mode})
    moved = np.roll(IMAGE, (dy, dx), (0, 1))
    table = start().assign(y=lambda f: f["y"] + dy, x=lambda f: f["x"] + dx)
    assert_same(fit(table, moved, 13, param_mode={"size": mode}), np.add(places(plain), (dy, dx)), plain)


@settings(max_examples=25)
@given(FITS, MODES, st.floats(-4, 4), st.floats(0, 1e3))
def test_gray_levels_scale(fit: Any, mode: str, power: float, ground: float) -> None:
    factor = 10.0**power
    plain = fit(start(), IMAGE, 13, param_mode={"size": mode})
    table = start().assign(
        signal=lambda f: factor * f["signal"], background=lambda f: factor * (f["background"] + ground)
    )
    other = fit(table, factor * (IMAGE + ground), 13, param_mode={"size": mode})
    np.testing.assert_allclose(places(other), places(plain), atol=1e-4)
    np.testing.assert_allclose(other["signal"], factor * plain["signal"], rtol=1e-3)
    np.testing.assert_allclose(other["rms"], factor * plain["rms"], rtol=1e-3)
    np.testing.assert_allclose(other["chi"], plain["chi"], rtol=1e-3)


@settings(max_examples=15)
@given(FITS, MODES, st.permutations(range(3)))
def test_the_order_of_rows_is_no_matter(fit: Any, mode: str, order: list[int]) -> None:
    plain = fit(start(), IMAGE, 13, param_mode={"size": mode})
    other = fit(start().iloc[order], IMAGE, 13, param_mode={"size": mode}).sort_index()
    np.testing.assert_allclose(other[["y", "x", *VALUES]], plain[["y", "x", *VALUES]], rtol=1e-7)


@BOTH
@pytest.mark.parametrize("diameter", [13, (13, 15)])
@pytest.mark.parametrize("mode", ["const", "global"])
def test_axes_can_be_swapped(fit, diameter: Any, mode: str) -> None:
    isotropic = isinstance(diameter, int)
    columns = {} if isotropic else {"size": None, "size_y": 2.8, "size_x": 3.1}
    table = start_at(AT, (0.3, -0.2), **columns)
    plain = fit(table, IMAGE, diameter, param_mode={"size": mode})
    swapped = table.rename(columns={"y": "x", "x": "y", "size_y": "size_x", "size_x": "size_y"})
    other = fit(
        swapped,
        np.ascontiguousarray(IMAGE.T),
        diameter if isotropic else diameter[::-1],
        param_mode={"size": mode},
    )
    assert_same(other[["x", "y", *VALUES, "ok"]].rename(columns={"x": "y", "y": "x"}), places(plain), plain)


@BOTH
def test_a_mirror_mirrors(fit) -> None:
    plain = fit(start(), IMAGE, 13)
    table = start().assign(x=lambda f: 63 - f["x"])
    other = fit(table, IMAGE[:, ::-1], 13)
    assert_same(other, np.column_stack([plain["y"], 63 - plain["x"]]), plain)


@BOTH
def test_a_plane_is_a_volume_of_one_plane(fit) -> None:
    """With sizes that make the profiles alike: exp(-n r² / 2) of 2 and 3 dimensions."""
    asked = {"param_mode": {"z": "const", "size": "const"}}
    plain = fit(start(), IMAGE, 13, param_mode={"size": "const"})
    table = start().assign(z=0.0, size=lambda f: f["size"] * np.sqrt(1.5))
    other = fit(table, IMAGE[None], 13, **asked)
    np.testing.assert_allclose(other[["y", "x"]], plain[["y", "x"]], atol=1e-4)
    np.testing.assert_allclose(other["signal"], plain["signal"], rtol=1e-3)


@BOTH
def test_equal_sizes_along_axes_are_one_size(fit) -> None:
    plain = fit(start(), IMAGE, (13, 13), param_mode={"size": "const"})
    table = start_at(AT, (0.3, -0.2), size=None, size_y=3.0, size_x=3.0)
    # Half a pixel more of diameter makes no larger mask, and sizes of their own.
    other = fit(table, IMAGE, (13, 13.5), param_mode={"size": "const"})
    assert_same(other, places(plain), plain)


@settings(max_examples=20)
@given(FITS, st.integers(0, 10**6))
def test_frames_do_not_see_each_other(fit: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    frames = np.stack([IMAGE, np.roll(IMAGE, 3, 1), rng.normal(50, 9, IMAGE.shape)])
    table = pd.concat(
        [start().assign(frame=0), start().assign(frame=1, x=lambda f: f["x"] + 3), start().assign(frame=2)]
    )
    together = fit(table, frames, 13, param_mode={"size": "const"})
    alone = fit(start(), IMAGE, 13, param_mode={"size": "const"})
    np.testing.assert_array_equal(places(together[together["frame"] == 0]), places(alone))
