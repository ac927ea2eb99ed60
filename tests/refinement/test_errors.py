"""Standard errors: beside the plain inverse, and how often they hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from exact_spots import BOTH, SINGLES, by_leastsq, by_refine, exact_image, places, start_at
from statements import refine as plain

from specks.refinement.constraints import dimer

SHAPE, WIDE = (24, 27), 91
NAMES = ["background", "signal", "y", "x", "size"]
AT = np.array([(11.3, 10.2), (11.9, 15.4)])


def derivatives(table: Any, index: np.ndarray) -> np.ndarray:
    """Of the model in every pixel by every unknown."""
    at = np.argwhere(np.ones(SHAPE))
    found = plain.jacobian("gauss", at, table[NAMES].to_numpy(), np.ones((len(table), len(at)), bool))
    columns = np.zeros((index.max() + 1, len(at)))
    for place in zip(*np.nonzero(index >= 0), strict=True):
        columns[index[place]] += found[place]
    return columns


INDEX = {
    "const": np.array([[0, 1, 3, 5, -1], [0, 2, 4, 6, -1]]),
    "var": np.array([[0, 1, 3, 5, 7], [0, 2, 4, 6, 8]]),
    "cluster": np.array([[0, 1, 3, 5, 7], [0, 2, 4, 6, 7]]),
}


@BOTH
@pytest.mark.parametrize("size", INDEX)
def test_standard_errors_are_those_of_the_inverse(fit, size: str) -> None:
    asked = {"bounds": {"signal": (0, np.inf)}} if fit is by_refine else {"compute_error": True}
    image = exact_image(AT, shape=SHAPE, noise=5)
    table = fit(start_at(AT, (0.1, 0.1)), image, WIDE, param_mode={"size": size}, **asked)
    index = INDEX[size]
    columns = derivatives(table, index)
    variance = table["rms"][0] ** 2 * image.size / (image.size - len(columns))
    expected = np.sqrt(variance * np.diag(np.linalg.inv(columns @ columns.T)))
    for p, name in enumerate(NAMES):
        if (index[:, p] >= 0).all():
            np.testing.assert_allclose(table[f"{name}_std"], expected[index[:, p]], rtol=1e-4)
        else:
            assert f"{name}_std" not in table


def test_constraints_leave_the_errors_of_what_they_allow() -> None:
    """Inverse within the null space of the constraint's derivatives."""
    image = exact_image(AT, shape=SHAPE, noise=5)
    table = by_leastsq(start_at(AT, (0.1, 0.1)), image, WIDE, constraints=dimer(5.2), compute_error=True)
    columns = derivatives(table, INDEX["const"])
    away = np.diff(places(table), axis=0)[0]
    held = np.zeros((1, 7))
    held[0, [3, 4]], held[0, [5, 6]] = (-away[0], away[0]), (-away[1], away[1])
    free = np.linalg.svd(held)[2][1:].T
    matrix = free.T @ (columns @ columns.T) @ free
    variance = table["rms"][0] ** 2 * image.size / (image.size - 7)
    expected = np.sqrt(variance * np.diag(free @ np.linalg.inv(matrix) @ free.T))
    for name, places_of in (("signal", [1, 2]), ("y", [3, 4]), ("x", [5, 6])):
        np.testing.assert_allclose(table[f"{name}_std"], expected[places_of], rtol=1e-2)


def test_what_a_bound_holds_has_no_error() -> None:
    image = exact_image(SINGLES, noise=3)
    table = by_refine(start_at(SINGLES, (0.3, 0.2)), image, 13, bounds={"signal": (0, 120)})
    assert table["signal_std"].isna().all()
    assert np.isfinite(table["x_std"]).all()


@BOTH
def test_scaled_images_have_scaled_errors(fit) -> None:
    asked = {} if fit is by_refine else {"compute_error": True}
    image, start = exact_image(SINGLES, noise=3), start_at(SINGLES, (0.3, 0.2))
    one, other = fit(start, image, 13, **asked), fit(start, 1000 * image, 13, **asked)
    np.testing.assert_allclose(other["x_std"], one["x_std"], rtol=1e-3)
    np.testing.assert_allclose(other["signal_std"], 1000 * one["signal_std"], rtol=1e-3)


def grid(count: int, step: float, rng: np.random.Generator) -> np.ndarray:
    side = int(np.ceil(np.sqrt(count)))
    at = np.stack(np.meshgrid(*2 * [np.arange(side) * step + step / 2], indexing="ij"), -1).reshape(-1, 2)
    return at[:count] + rng.uniform(-0.5, 0.5, (count, 2))


def image_of(at: np.ndarray, noise: float, seed: int) -> np.ndarray:
    """As `exact_image`, in small boxes, for many features."""
    side = int(at.max()) + 15
    image = np.random.default_rng(seed).normal(10, noise, (side, side))
    box = np.indices((25, 25)) - 12
    for place in at:
        corner = place.round().astype(int)
        y, x = (box + corner[:, None, None] - place[:, None, None]).reshape(2, 25, 25)
        low = np.maximum(corner - 12, 0)
        cut = tuple(slice(a - c + 12, None) for a, c in zip(low, corner, strict=True))
        bump = (150 * np.exp(-(y**2 + x**2) / 9))[cut]
        image[low[0] : low[0] + bump.shape[0], low[1] : low[1] + bump.shape[1]] += bump
    return image


@BOTH
def test_errors_of_two_thousand_features_are_calibrated(fit) -> None:
    rng = np.random.default_rng(11)
    at = grid(2000, 22, rng)
    start = start_at(at, rng.normal(0, 0.3, at.shape))
    asked = {"size": "const"} if fit is by_refine else {"compute_error": True}
    table = fit(start, image_of(at, 15.0, 4), 13, **asked)
    assert table["ok"].all()
    off = (places(table) - at) / table[["y_std", "x_std"]].to_numpy()
    assert 0.95 <= off.std() <= 1.05
    assert 0.93 <= (abs(off) < 1.96).mean() <= 0.97
    of_signal = (table["signal"] - 150) / table["signal_std"]
    assert 0.95 <= of_signal.std() <= 1.05
    assert "size_std" not in table


def test_errors_of_pairs_that_share_a_size_are_calibrated() -> None:
    rng = np.random.default_rng(12)
    middle, turn = grid(600, 26, rng), rng.uniform(0, np.pi, 600)
    arm = 2.8 * np.column_stack([np.sin(turn), np.cos(turn)])
    at = np.stack([middle - arm, middle + arm], 1).reshape(-1, 2)
    table = by_refine(start_at(at, rng.normal(0, 0.2, at.shape)), image_of(at, 10.0, 5), 15)
    off = (places(table) - at) / table[["y_std", "x_std"]].to_numpy()
    assert 0.95 <= off.std() <= 1.05
    assert abs(table["size"].iloc[0] - 3) < 4 * table["size_std"].iloc[0]
