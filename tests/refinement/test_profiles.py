"""Profiles and their derivatives, and profiles of the caller's."""

from __future__ import annotations

import numpy as np
import pytest
from exact_spots import BOTH, PAIR, SINGLES, by_leastsq, by_refine, exact_image, places, start_at
from statements import refine as plain

import specks
from specks._core.errors import InputError
from specks.refinement._profile import as_profile
from specks.refinement.asked.given import GivenProfile
from specks.refinement.fit._gauss_kernels import FACTOR, LAID, POWER, lay_axes
from specks.refinement.fit._profile_kernels import profile_values
from specks.refinement.fit.arrays import LENGTH, POSITION, SIZE

OWN = {"gauss": (), "ring": (0.3,), "disc": (0.45,), "inv_series_2": (1.3, 2.0, 3.0)}
#: Away from where the disc has a kink and the ring a cusp.
RADII = np.delete(np.linspace(0.01, 3, 300), 44)


def by_kernel(name: str, n: int, r2: np.ndarray, own: tuple) -> tuple:
    """Profile, slope and other derivatives from the kernels, pixels along x."""
    kind = as_profile(name).kind
    values = np.r_[0.0, 1.0, np.zeros(3), np.ones(3), own]
    f, slope, extra = np.empty(len(r2)), np.empty(len(r2)), np.zeros((max(1, len(own)), len(r2)))
    profile_values(kind, n, values, len(r2), r2, f, slope, extra)
    return f, slope, extra[: len(own)]


@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize("name", OWN)
def test_kernels_say_what_the_statement_says(name: str, n: int) -> None:
    r2 = np.r_[0.0, RADII] ** 2
    f, slope, extra = by_kernel(name, n, r2, OWN[name])
    expected = plain.profile(name, r2, n, OWN[name])
    np.testing.assert_allclose(f, expected[0], rtol=1e-12)
    np.testing.assert_allclose(slope, expected[1], rtol=1e-11, atol=1e-14)
    for mine, theirs in zip(extra, expected[2], strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize("name", OWN)
def test_derivatives_are_those_of_differences(name: str, n: int) -> None:
    own, step = OWN[name], 1e-5
    r2 = RADII**2
    _, slope, extra = by_kernel(name, n, r2, own)

    def f(r2: np.ndarray, own: tuple) -> np.ndarray:
        return by_kernel(name, n, r2, own)[0]

    nudge = step * r2
    differences = (f(r2 + nudge, own) - f(r2 - nudge, own)) / (2 * nudge)
    np.testing.assert_allclose(slope, differences, rtol=1e-6, atol=1e-6 * abs(slope).max())
    for k in range(len(own)):
        ends = [f(r2, tuple(p + s * step * (j == k) for j, p in enumerate(own))) for s in (1, -1)]
        by_own = (ends[0] - ends[1]) / (2 * step)
        np.testing.assert_allclose(extra[k], by_own, rtol=1e-6, atol=1e-6 * abs(by_own).max())


@pytest.mark.parametrize("name", OWN)
def test_derivatives_of_the_model_are_those_of_differences(name: str) -> None:
    at = np.argwhere(np.ones((15, 17)))
    own = OWN[name]
    values = np.array([[10.0, 150, 6.3, 7.1, 2.9, 3.3, *own], [12.0, 90, 9.1, 10.2, 3.1, 2.7, *own]])
    seen = np.ones((2, len(at)), bool)
    found = plain.jacobian(name, at, values, seen, isotropic=False)
    for i, p in np.ndindex(values.shape):
        ends = []
        for sign in (1, -1):
            moved = values.copy()
            moved[i, p] += sign * 1e-5
            ends.append(plain.model(name, at, moved, seen, isotropic=False))
        differences = (ends[0] - ends[1]) / 2e-5
        np.testing.assert_allclose(found[i, p], differences, rtol=1e-5, atol=1e-5 * abs(differences).max())


def test_the_series_is_the_documented_one() -> None:
    f, _, _ = by_kernel("inv_series_2", 2, np.array([0.0, 0.5, 1.0, 2.0]), (1.0, 2.0, 3.0))
    np.testing.assert_allclose(f, [1, 0.363636, 0.166667, 0.058824], atol=1e-6)


@pytest.mark.parametrize(
    ("name", "top"), [("gauss", 0.0), ("ring", 0.7), ("disc", 0.2), ("inv_series_2", 0.0)]
)
def test_the_largest_value_is_one(name: str, top: float) -> None:
    own = OWN[name] if name != "inv_series_2" else (1.0, 2.0, 3.0)
    f, _, _ = by_kernel(name, 2, np.r_[top, RADII] ** 2, own)
    assert f[0] == pytest.approx(1, abs=1e-12)
    assert f.max() <= 1 + 1e-12


@pytest.mark.parametrize("full", [1.0, 1.5, 0.999])
def test_a_disc_is_never_quite_full(full: float) -> None:
    f, slope, _ = by_kernel("disc", 2, RADII**2, (full,))
    np.testing.assert_array_equal(f, by_kernel("disc", 2, RADII**2, (0.999,))[0])
    assert np.isfinite(slope).all()


def test_an_empty_disc_is_a_gauss() -> None:
    for mine, theirs in zip(
        by_kernel("disc", 2, RADII**2, (0.0,))[:2], by_kernel("gauss", 2, RADII**2, ()), strict=False
    ):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12)


@pytest.mark.parametrize("offset", [0.0, -3.4, -39.7, 5.3, -120.0, 80.0])
@pytest.mark.parametrize("rate", [0.01, 0.2, 3.0])
def test_tables_of_a_gauss_lose_nothing(offset: float, rate: float) -> None:
    values, box, laid = np.ones((1, 8)), np.zeros((1, 9), np.int64), np.empty((1, LAID, 40))
    values[0, POSITION : POSITION + 3], values[0, SIZE] = (0, 0, -offset), rate**-0.5
    box[0, LENGTH : LENGTH + 3] = (1, 1, 40)
    lay_axes(2, True, values, 0, box, laid, 0)
    away = np.arange(40) + offset
    gauss = np.exp(-rate * away**2)
    np.testing.assert_allclose(laid[0, FACTOR + 2], gauss, rtol=1e-9, atol=1e-290)
    for power in range(3):
        np.testing.assert_allclose(laid[0, POWER + power], gauss * away**power, rtol=1e-9, atol=1e-290)


def like(name: str, own: tuple, at: np.ndarray, size: float) -> np.ndarray:
    """An image of features of a profile."""
    pixels = np.argwhere(np.ones((64, 64)))
    values = np.array([[10, 150, *place, size, *own] for place in at])
    return plain.model(name, pixels, values, np.ones((len(at), len(pixels)), bool)).reshape(64, 64)


@pytest.mark.parametrize(
    ("name", "columns", "own"),
    [
        ("ring", {"thickness": 0.4}, (0.4,)),
        ("disc", {"disc_size": 0.6}, (0.6,)),
        ("inv_series_1", {"param_a": 1.5}, (1, 1.5)),
    ],
)
def test_every_profile_finds_its_like(name: str, columns: dict, own: tuple) -> None:
    at = np.array([(20.3, 20.7), (20.6, 29.9), (45.1, 40.2)])
    start = start_at(at, (0.3, -0.2), size=4.2, **columns)
    table = by_refine(start, like(name, own, at, 4.0), 17, name, separation=60)
    np.testing.assert_allclose(places(table), at, atol=1e-4)
    np.testing.assert_allclose(table["size"], 4, atol=1e-3)
    np.testing.assert_allclose(table["signal"], 150, atol=0.05)


@BOTH
def test_own_parameters_of_a_profile_are_found(fit) -> None:
    at = np.array([(20.3, 20.7), (45.1, 40.2)])
    start = start_at(at, (0.2, -0.1), size=5.0, thickness=0.35)
    table = fit(
        start, like("ring", (0.4,), at, 5.0), 19, "ring", param_mode={"thickness": "global", "size": "const"}
    )
    np.testing.assert_allclose(table["thickness"], 0.4, atol=1e-3)
    assert table["thickness"].nunique() == 1
    np.testing.assert_allclose(places(table), at, atol=1e-4)


@BOTH
def test_own_parameters_have_defaults(fit) -> None:
    table = fit(start_at(SINGLES, (0.2, 0.1), size=5.0), like("ring", (0.5,), SINGLES, 5.0), 19, "ring")
    np.testing.assert_array_equal(table["thickness"], 0.5)
    np.testing.assert_allclose(places(table), SINGLES, atol=1e-4)


def gauss_of_the_caller(r2: np.ndarray, p: np.ndarray, ndim: int) -> np.ndarray:
    return np.exp(-ndim * r2 / 2)


def gauss_with_derivative(r2: np.ndarray, p: np.ndarray, ndim: int) -> tuple:
    f = np.exp(-ndim * r2 / 2)
    return f, [-ndim * f / 2]


@BOTH
@pytest.mark.parametrize("dfunc", [None, gauss_with_derivative])
@pytest.mark.parametrize("mode", ["const", "var", "global"])
def test_a_gauss_of_the_caller_is_a_gauss(fit, dfunc, mode: str) -> None:
    own = {"params": [], "func": gauss_of_the_caller, "dfunc": dfunc, "default": {}}
    image = exact_image(PAIR, noise=3)
    start, asked = start_at(PAIR, (0.2, 0.1)), {"param_mode": {"size": mode}}
    mine, theirs = (fit(start, image, 17, profile, **asked) for profile in (own, "gauss"))
    np.testing.assert_allclose(places(mine), places(theirs), atol=5e-4)
    np.testing.assert_allclose(mine["signal"], theirs["signal"], rtol=5e-4)


def test_own_parameters_of_a_profile_of_the_caller_are_found() -> None:
    def power(r2, p, ndim):
        return (1 + r2) ** -p[0]

    image = like_power(3.0)
    start = start_at(SINGLES, (0.3, -0.2))
    own = {"params": ["power"], "func": power, "default": {"power": 2.0}}
    table = by_leastsq(start, image, 17, own, param_mode={"power": "cluster"})
    np.testing.assert_allclose(table["power"], 3, rtol=1e-2)
    named = specks.refinement.Profile("power", ["power"], power, default={"power": 2.0})
    both = by_refine(start, image, 17, named, size="const", tails="mask", param_mode={"power": "cluster"})
    np.testing.assert_allclose(places(both), places(table), atol=1e-4)


def like_power(power: float) -> np.ndarray:
    grid = np.indices((64, 64))
    return 10 + sum(150 * (1 + ((grid[0] - y) ** 2 + (grid[1] - x) ** 2) / 9) ** -power for y, x in SINGLES)


def test_both_spellings_of_a_function_are_taken() -> None:
    start, image = start_at(SINGLES, (0.3, -0.2)), exact_image(SINGLES)
    tables = [
        by_leastsq(start, image, 13, {"params": [], f: gauss_of_the_caller, d: gauss_with_derivative})
        for f, d in (("func", "dfunc"), ("fun", "dfun"))
    ]
    np.testing.assert_array_equal(places(tables[0]), places(tables[1]))


def test_derivatives_of_the_caller_must_be_as_many_as_parameters() -> None:
    profile = as_profile({"params": ["a"], "func": gauss_of_the_caller, "dfunc": gauss_with_derivative})
    with pytest.raises(InputError, match="gives 1 derivatives"):
        GivenProfile(profile)(np.ones(3), np.ones(1), 2)


def test_a_hat_is_a_disc() -> None:
    assert as_profile("hat") == as_profile("disc")
