"""Constraints on the features of a cluster, beside SciPy on the same residuals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from exact_spots import BOTH, PAIR, by_leastsq, by_refine, exact_image, places, start_at
from scipy.optimize import minimize
from statements import refine as plain

from specks._core.errors import InputError
from specks.refinement.constraints import dimer, dimer_global, tetramer, trimer

SHAPE, WIDE = (24, 27), 91
NAMES = ["background", "signal", "y", "x", "size"]


def by_slsqp(image: np.ndarray, start: Any, constraints: Any) -> np.ndarray:
    """Parameters of the least sum of squares under constraints: background, signals and positions."""
    first, k = start[NAMES].to_numpy(), len(start)
    at = np.argwhere(np.ones(SHAPE))
    seen = np.ones((k, len(at)), bool)

    def values(u: np.ndarray) -> np.ndarray:
        now = first.copy()
        now[:, 0], now[:, 1], now[:, 2], now[:, 3] = u[0], u[1 : k + 1], u[k + 1 : 2 * k + 1], u[2 * k + 1 :]
        return now

    def cost(u: np.ndarray) -> float:
        return float(np.mean((image.ravel() - plain.model("gauss", at, values(u), seen)) ** 2))

    told = [
        {"type": c["type"], "fun": lambda u, c=c: np.ravel(c["fun"](values(u)[None], *c.get("args", ())))}
        for c in constraints
    ]
    begin = np.r_[first[:, 0].mean(), first[:, 1], first[:, 2], first[:, 3]]
    fit = minimize(cost, begin, constraints=told, method="SLSQP", options={"ftol": 1e-13, "maxiter": 1000})
    assert fit.success
    return values(fit.x)


TRIO = np.array([(10.0, 9.0), (10.4, 15.1), (15.2, 11.8)])
CASES = {
    "pair": (TRIO[:2], dimer(6.6)),
    "pair along axes": (TRIO[:2], dimer((6.0, 6.4))),
    "three": (TRIO, trimer(5.7)),
    "four": (np.array([(9.0, 9.0), (9.3, 14.7), (14.9, 9.2), (15.0, 14.8)]), tetramer(5.6)),
    "order of signals": (
        TRIO[:2],
        (
            {"type": "ineq", "fun": lambda p: p[:, :, 1] - 155, "cluster_size": 2},
            {"type": "ineq", "fun": lambda p: p[:, 1, 3] - p[:, 0, 3] - 6.3},
        ),
    ),
    "mixed": (
        TRIO[:2],
        (*dimer(6.5), {"type": "ineq", "fun": lambda p, low: p[:, 0, 2] - low, "args": (10.2,)}),
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("fit", [by_refine, by_leastsq])
def test_constrained_fits_are_those_of_scipy(fit, case: str) -> None:
    at, constraints = CASES[case]
    image = exact_image(at, shape=SHAPE, noise=4, seed=2)
    start = start_at(at, (0.1, -0.15))
    expected = by_slsqp(image, start, constraints)
    asked = {"size": "const", "bounds": {"signal": (0, np.inf)}} if fit is by_refine else {}
    table = fit(start, image, WIDE, constraints=constraints, **asked)
    np.testing.assert_allclose(places(table), expected[:, 2:4], atol=1e-3)
    np.testing.assert_allclose(table[["background", "signal"]], expected[:, :2], rtol=2e-3)
    for c in constraints:
        left = np.ravel(c["fun"](table[NAMES].to_numpy()[None], *c.get("args", ())))
        assert (np.abs(left) < 1e-6).all() if c["type"] == "eq" else (left > -1e-6).all()


def distances(table: Any) -> np.ndarray:
    """Of all pairs of the features of each cluster, sorted; clusters in order."""
    found = []
    for _, rows in table.groupby("cluster"):
        at = places(rows)
        away = np.linalg.norm(at[:, None] - at, axis=2)[np.triu_indices(len(at), 1)]
        found.append(np.sort(away))
    return np.concatenate(found)


def test_an_unknown_distance_is_shared() -> None:
    """Pairs of 5.5 and 6.5 px: the same length for both, between these."""
    at = [(20.0, 15.0), (20.0, 20.5), (45.0, 15.0), (45.0, 21.5), (20.0, 48.0)]
    start = start_at(at, (0.2, 0.1))
    table = by_leastsq(start, exact_image(at), 13, constraints=dimer_global())
    apart = distances(table)
    assert apart[0] == pytest.approx(apart[1], abs=1e-6)
    assert 5.7 < apart[0] < 6.3
    np.testing.assert_allclose(places(table)[4], at[4], atol=1e-3)


def test_an_unknown_distance_is_found() -> None:
    rng = np.random.default_rng(0)
    turn = rng.uniform(0, np.pi, 8)
    middle = np.array([(18.0 + 26 * (k // 4), 18.0 + 26 * (k % 4)) for k in range(8)])
    arm = 2.8 * np.column_stack([np.sin(turn), np.cos(turn)])
    at = np.stack([middle - arm, middle + arm], axis=1).reshape(-1, 2)
    image = exact_image(at, shape=(64, 116), noise=4)
    table = by_refine(
        start_at(at, rng.normal(0, 0.3, at.shape)), image, 13, constraints={"dimer_global": True}
    )
    np.testing.assert_allclose(distances(table), 5.6, atol=0.1)
    assert np.ptp(distances(table)) < 1e-6


@BOTH
@pytest.mark.parametrize("mode", ["global", "frame", "cluster", "var"])
def test_a_constraint_goes_with_every_mode(fit, mode: str) -> None:
    at = [*PAIR, (10.0, 10.0), (10.0, 15.4), (50.0, 50.0)]
    table = fit(
        start_at(at, (0.2, 0.1), size=2.8),
        exact_image(at),
        13,
        constraints=dimer(5.45),
        param_mode={"size": mode},
    )
    np.testing.assert_allclose(distances(table), 5.45, atol=1e-6)
    np.testing.assert_allclose(table["size"], 3, atol=0.1)
    assert table["size"].nunique() == {"global": 1, "frame": 1, "cluster": 3, "var": 5}[mode]


def test_a_rhombus_is_no_square() -> None:
    """Its sides fit; its diagonals do not, and are made equal."""
    a = np.deg2rad(61)
    at = np.array(
        [
            (20, 20),
            (20, 26),
            (20 + 6 * np.sin(a), 20 + 6 * np.cos(a)),
            (20 + 6 * np.sin(a), 26 + 6 * np.cos(a)),
        ]
    )
    start = start_at(at)
    table = by_leastsq(start, exact_image(at), 13, constraints=tetramer(6))
    apart = distances(table)
    np.testing.assert_allclose(apart[:4], 6, atol=1e-5)
    np.testing.assert_allclose(apart[4:], 6 * np.sqrt(2), atol=1e-5)


def test_four_in_space_are_a_tetrahedron() -> None:
    half = 3.0
    corners = np.array([(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)]) * half / np.sqrt(2)
    at = corners + np.array([14.0, 15.0, 16.0])
    start = start_at(at, np.random.default_rng(1).normal(0, 0.2, at.shape))
    image = exact_image(at, shape=(28, 30, 32), noise=4)
    table = by_leastsq(start, image, 13, constraints=tetramer(6.0, ndim=3))
    np.testing.assert_allclose(distances(table), 6, atol=1e-6)
    assert np.sqrt(((places(table) - at) ** 2).mean()) < 0.1


@BOTH
def test_a_function_may_see_all_clusters_at_once_or_lay_out_its_numbers_otherwise(fit) -> None:
    at = [*PAIR, (10.0, 10.0), (10.0, 15.4), (50.0, 10.0), (50.0, 15.6)]
    start, image = start_at(at, (0.2, 0.1)), exact_image(at, noise=2)

    def rows(p: np.ndarray) -> np.ndarray:
        return np.stack([p[:, 0, 2] - p[:, 1, 2], p[:, 0, 1] - p[:, 1, 1]], axis=1)

    tables = [
        fit(start, image, 13, constraints=[{"type": "eq", "fun": fun, "cluster_size": 2}])
        for fun in (rows, lambda p: rows(p).T, lambda p: rows(p).ravel(), lambda p: rows(p).T.ravel())
    ]
    for table in tables[1:]:
        np.testing.assert_allclose(places(table), places(tables[0]), atol=1e-9)
    pairs = tables[0].groupby("cluster")
    np.testing.assert_allclose(pairs["y"].diff().dropna(), 0, atol=1e-6)
    np.testing.assert_allclose(pairs["signal"].diff().dropna(), 0, atol=1e-4)


def test_names_of_arrangements_are_constraints() -> None:
    image, start = exact_image(PAIR), start_at(PAIR, (0.2, 0.1))
    tables = [
        by_refine(start, image, 13, constraints={"dimer": 6.0}),
        by_refine(start, image, 13, constraints=dimer(6.0)),
    ]
    np.testing.assert_array_equal(places(tables[0]), places(tables[1]))


@BOTH
@pytest.mark.parametrize(
    ("constraints", "said"),
    [
        ([{"type": "eq"}], "fun"),
        ([{"type": "equal", "fun": np.sum}], "equal.*'eq' or 'ineq'"),
        ([{"type": "eq", "fun": np.sum, "size": 2}], "size"),
        ([3], "int.*dict"),
        ({"dimr": 3.0}, "dimr.*dimer"),
    ],
)
def test_constraints_that_mean_nothing_are_refused(fit, constraints: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        fit(start_at(PAIR), exact_image(PAIR), 13, constraints=constraints)


@pytest.mark.parametrize("make", [dimer, trimer, tetramer, dimer_global])
@pytest.mark.parametrize("dist", [0, -1, np.nan, (1, 2, 3), "near"])
def test_a_distance_is_a_length(make, dist: Any) -> None:
    with pytest.raises(InputError, match=r"dist|mpp"):
        make(dist)
