"""Losses other than the sum of squares, beside SciPy and the likelihood itself."""

from __future__ import annotations

import numpy as np
import pytest
from exact_spots import PAIR, SINGLES, by_refine, exact_image, places, start_at
from scipy.optimize import least_squares, minimize
from statements import refine as plain

from specks._core.errors import InputError

SHAPE, WIDE = (24, 27), 91
AT = np.array([(11.3, 10.2), (11.9, 15.9)])
PIXELS = np.argwhere(np.ones(SHAPE))
SEEN = np.ones((2, len(PIXELS)), bool)
BRIGHT = {"bounds": {"signal": (0, np.inf)}, "size": "const"}


def model(u: np.ndarray) -> np.ndarray:
    """Background, two signals, two y, two x; size 3."""
    rows = np.array([[u[0], u[1 + i], u[3 + i], u[5 + i], 3.0] for i in range(2)])
    return plain.model("gauss", PIXELS, rows, SEEN)


def unknowns(table) -> np.ndarray:
    return np.r_[table["background"][0], table["signal"], table["y"], table["x"]]


@pytest.mark.parametrize("loss", ["soft_l1", "cauchy"])
def test_robust_fits_are_those_of_scipy(loss: str) -> None:
    image = exact_image(AT, shape=SHAPE, noise=5)
    image.ravel()[np.random.default_rng(1).choice(image.size, 12, replace=False)] += 400
    table = by_refine(start_at(AT, (0.2, -0.1)), image, WIDE, loss=loss, **BRIGHT)
    found = unknowns(table)
    left = image.ravel() - model(found)
    scale = np.median(abs(left)) / 0.6744897501960817
    fit = least_squares(
        lambda u: image.ravel() - model(u), found, loss=loss, f_scale=scale, x_scale="jac", xtol=1e-12, ftol=1e-12, gtol=1e-12
    )  # fmt: skip
    np.testing.assert_allclose(found[3:], fit.x[3:], atol=1e-3)
    np.testing.assert_allclose(found[:3], fit.x[:3], rtol=1e-3)
    np.testing.assert_allclose(places(table), AT, atol=0.15)


@pytest.mark.parametrize(("gain", "offset"), [(1.0, 0.0), (2.5, 100.0)])
def test_poisson_is_the_greatest_likelihood(gain: float, offset: float) -> None:
    events = np.random.default_rng(3).poisson(exact_image(AT, signal=60, background=4, shape=SHAPE))
    image = gain * events + offset
    table = by_refine(
        start_at(AT, (0.2, -0.1)), image, WIDE, loss="poisson", gain=gain, offset=offset, **BRIGHT
    )
    found = unknowns(table)
    counts = events.ravel()

    def unlikely(u: np.ndarray) -> float:
        mean = model(u)
        return float(np.sum(mean - counts * np.log(mean)))

    begin = np.r_[(found[0] - offset) / gain, found[1:3] / gain, found[3:]]
    best = minimize(unlikely, begin, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-10, "maxiter": 20000, "maxfev": 20000}).x  # fmt: skip
    np.testing.assert_allclose(begin[3:], best[3:], atol=1e-3)
    np.testing.assert_allclose(begin[:3], best[:3], rtol=1e-3)


def test_errors_of_poisson_are_those_of_the_information() -> None:
    events = np.random.default_rng(3).poisson(exact_image(AT, signal=60, background=4, shape=SHAPE))
    table = by_refine(start_at(AT, (0.2, -0.1)), events, WIDE, loss="poisson", **BRIGHT)
    found = unknowns(table)
    steps = np.diag(np.full(7, 1e-5))
    columns = np.array([(model(found + s) - model(found - s)) / 2e-5 for s in steps])
    mean = model(found)
    chi2 = np.sum((events.ravel() - mean) ** 2 / mean) / (mean.size - 7)
    spread = np.sqrt(chi2 * np.diag(np.linalg.inv((columns / mean) @ columns.T)))
    np.testing.assert_allclose(table["y_std"], spread[3:5], rtol=1e-3)
    np.testing.assert_allclose(table["signal_std"], spread[1:3], rtol=1e-3)


@pytest.mark.parametrize("loss", ["soft_l1", "cauchy"])
def test_hot_pixels_do_no_harm(loss: str) -> None:
    """One pixel in a hundred ten times as bright as a feature."""
    rng = np.random.default_rng(5)
    at = np.array([(y, x) for y in range(15, 200, 24) for x in range(15, 200, 24)]) + rng.uniform(
        -0.5, 0.5, (64, 2)
    )
    clean = exact_image(at, shape=(212, 212), noise=10)
    hot = np.where(rng.random(clean.shape) < 0.01, clean + 1500, clean)
    start = start_at(at, rng.normal(0, 0.2, at.shape))
    rms = {
        name: np.sqrt(((places(by_refine(start, image, 13, loss=how, size="const")) - at) ** 2).mean())
        for name, image, how in (("clean", clean, "linear"), ("hot", hot, "linear"), ("robust", hot, loss))
    }
    assert rms["robust"] < 1.15 * rms["clean"]
    assert rms["hot"] > 3 * rms["clean"]


@pytest.mark.parametrize("loss", ["soft_l1", "cauchy", "poisson"])
@pytest.mark.parametrize("size", ["const", "global", "var"])
def test_every_loss_finds_the_truth_without_noise(loss: str, size: str) -> None:
    at = [*PAIR, *(SINGLES - np.array([8, 0]))]
    table = by_refine(
        start_at(at, (0.3, -0.2), size=2.9 if size != "const" else 3.0),
        exact_image(at),
        13,
        loss=loss,
        size=size,
    )
    np.testing.assert_allclose(places(table), at, atol=1e-3)
    np.testing.assert_allclose(table["size"], 3, atol=2e-3)


def test_a_loss_has_a_name() -> None:
    with pytest.raises(InputError, match=r"loss.*huber.*'soft_l1'"):
        by_refine(start_at(SINGLES), exact_image(SINGLES), 13, loss="huber")


@pytest.mark.parametrize("gain", [0, -1])
def test_a_gain_is_above_zero(gain: float) -> None:
    with pytest.raises(InputError, match="gain"):
        by_refine(start_at(SINGLES), exact_image(SINGLES), 13, loss="poisson", gain=gain)
