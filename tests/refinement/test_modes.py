"""Which parameters are shared, beside SciPy on the same residuals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from exact_spots import BOTH, PAIR, SINGLES, by_leastsq, by_refine, exact_image, places, start_at
from scipy.optimize import least_squares
from statements import refine as plain

from specks.refinement._profile import as_profile
from specks.refinement.asked.parameters import MODES, parameters_of, resolve_modes
from specks.refinement.fit.assemble import Model, assemble, state_for

NAMES = ["background", "signal", "y", "x", "size"]
DEFAULT = {"background": "cluster", "signal": "var", "pos": "var"}
#: Three frames whose masks are as large as they: every pixel belongs to every feature.
TRUTH = np.array([(9.3, 8.2), (9.9, 14.4), (8.6, 9.7), (11.2, 15.1), (10.1, 11.3)])
FRAME, SHAPE, WIDE = np.array([0, 0, 1, 1, 2]), (21, 24), 81
#: Standard deviation of the noise; frames differ, so that weights matter.
NOISE = (2.0, 4.0, 3.0)


def movie() -> np.ndarray:
    return np.stack(
        [exact_image(TRUTH[t == FRAME], size=2.9, shape=SHAPE, noise=NOISE[t], seed=t) for t in range(3)]
    )


def begin() -> Any:
    """Not where the fit ends, yet with sizes that differ."""
    return start_at(TRUTH, (0.2, -0.1), size=[2.8, 3.0, 2.9, 3.1, 2.7]).assign(frame=FRAME)


def numbering(modes: dict[str, str]) -> np.ndarray:
    """Which unknown each parameter of each feature is, over all frames; one frame is one cluster."""
    index, many = np.full((len(TRUTH), len(NAMES)), -1), 0
    for p, name in enumerate(NAMES):
        groups = {
            "const": None,
            "var": np.arange(len(TRUTH)),
            "cluster": FRAME,
            "frame": FRAME,
            "global": 0 * FRAME,
        }[modes[name]]
        if groups is not None:
            index[:, p] = many + groups
            many += groups.max() + 1
    return index


def by_scipy(modes: dict[str, str], alike: bool) -> tuple[np.ndarray, Any, np.ndarray]:
    """Parameters of the least weighted sum of squares, the fit, and the number of unknowns."""
    images, start = movie(), begin()[NAMES].to_numpy()
    index = numbering(modes)
    at = np.argwhere(np.ones(SHAPE))
    seen = np.ones((2, len(at)), bool)
    pixels = len(at)

    def values(unknown: np.ndarray) -> np.ndarray:
        return np.where(index >= 0, unknown[index], start)

    def residual(unknown: np.ndarray) -> np.ndarray:
        now = values(unknown)
        parts = [
            images[t].ravel() - plain.model("gauss", at, now[t == FRAME], seen[: (t == FRAME).sum()])
            for t in range(3)
        ]
        return np.concatenate(parts) / (np.sqrt(pixels) if alike else 1)

    def slopes(unknown: np.ndarray) -> np.ndarray:
        now, columns = values(unknown), np.zeros((3, len(unknown), pixels))
        for t in range(3):
            found = plain.jacobian("gauss", at, now[t == FRAME], seen[: (t == FRAME).sum()])
            rows = index[t == FRAME]
            for place in zip(*np.nonzero(rows >= 0), strict=True):
                columns[t, rows[place]] -= found[place]
        return np.hstack(list(columns)).T / (np.sqrt(pixels) if alike else 1)

    unknowns = np.array([start[index == u].mean() for u in range(index.max() + 1)])
    fit = least_squares(
        residual, unknowns, slopes, xtol=1e-12, ftol=1e-12, gtol=1e-12, x_scale="jac", method="lm"
    )
    return values(fit.x), fit, index


def deviations(fit: Any, index: np.ndarray, alike: bool) -> np.ndarray:
    """Standard errors of all parameters: each frame with its own noise, all unknowns known together."""
    pixels = SHAPE[0] * SHAPE[1]
    factor = np.sqrt(pixels) if alike else 1
    jacobian, residual = fit.jac * factor, fit.fun * factor
    inverse = np.linalg.inv(jacobian.T @ jacobian)
    scatter = np.zeros_like(inverse)
    for t in range(3):
        rows = slice(t * pixels, (t + 1) * pixels)
        many = len(np.unique(index[t == FRAME][index[t == FRAME] >= 0]))
        variance = residual[rows] @ residual[rows] / (pixels - many)
        scatter += variance * jacobian[rows].T @ jacobian[rows]
    found = np.sqrt(np.diag(inverse @ scatter @ inverse))
    return np.where(index >= 0, found[index], np.nan)


SHARED = [
    {"size": "global"},
    {"size": "frame"},
    {"size": "global", "signal": "global"},
    {"size": "frame", "signal": "global"},
    {"size": "global", "background": "global"},
    {"size": "var", "signal": "frame"},
    {"size": "cluster", "signal": "cluster"},
    {"size": "const", "x": "const", "signal": "global"},
]


@pytest.mark.parametrize("said", SHARED, ids=str)
@pytest.mark.parametrize("fit", [by_refine, by_leastsq])
def test_shared_parameters_are_those_of_scipy(fit, said: dict[str, str]) -> None:
    modes = {"background": "cluster", "signal": "var", "y": "var", "x": "var", "size": "const"} | said
    alike = fit is by_leastsq
    expected, told, index = by_scipy(modes, alike)
    asked = {"compute_error": True} if alike else {"bounds": {"signal": (0, np.inf)}}
    table = fit(begin(), movie(), WIDE, param_mode=modes, **asked)
    np.testing.assert_allclose(places(table), expected[:, 2:4], atol=2e-4)
    np.testing.assert_allclose(table["size"], expected[:, 4], atol=2e-4)
    np.testing.assert_allclose(table[["background", "signal"]], expected[:, :2], rtol=1e-3)
    for name, mode in modes.items():
        if mode == "global":
            assert table[name].nunique() == 1
        if mode == "frame":
            assert (table.groupby("frame")[name].nunique() == 1).all()
    spread = deviations(told, index, alike)
    for p, name in enumerate(NAMES):
        if modes[name] == "const":
            assert f"{name}_std" not in table
        else:
            np.testing.assert_allclose(table[f"{name}_std"], spread[:, p], rtol=0.01)


PAIR_VALUES = np.array([[5.0, 100, 0, 20, 30, 3, 1, 1], [6.0, 200, 0, 22, 33, 4, 1, 1]])


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, [5.5, 100, 200, 20, 22, 30, 33]),
        ({"signal": "cluster"}, [5.5, 150, 20, 22, 30, 33]),
        ({"size": "var"}, [5.5, 100, 200, 20, 22, 30, 33, 3, 4]),
        ({"signal": "global", "size": "global"}, [5.5, 150, 20, 22, 30, 33, 3.5]),
    ],
)
def test_unknowns_begin_at_the_mean_of_who_shares_them(said: dict[str, str], expected: list[float]) -> None:
    parameters = parameters_of(as_profile("gauss"), ("y", "x"), True)
    modes = resolve_modes(said, parameters, DEFAULT)
    model = Model(0, 0, 2, True, (1.0, 6.0, 6.0), modes, False)
    wide = np.full(PAIR_VALUES.shape, np.inf)
    problem = assemble(model, PAIR_VALUES, -wide, wide, np.array([0, 2]))
    unknown = state_for(problem, PAIR_VALUES).unknown
    # In the order of the parameters; the fit keeps what is shared at the end.
    numbers = problem.numbers.T[list(parameters.columns)].ravel()
    order = list(dict.fromkeys(numbers[numbers >= 0].tolist()))
    assert unknown[order].tolist() == expected


@BOTH
def test_modes_can_be_numbers(fit) -> None:
    start, image = start_at(SINGLES, (0.2, 0.1), size=2.9), exact_image(SINGLES, noise=2)
    for number, name in enumerate(MODES[:4]):
        tables = [fit(start, image, 13, param_mode={"size": mode}) for mode in (number, name)]
        np.testing.assert_array_equal(places(tables[0]), places(tables[1]))
        np.testing.assert_array_equal(tables[0]["size"], tables[1]["size"])


def test_what_is_said_of_one_wins_over_what_is_said_of_all() -> None:
    parameters = parameters_of(as_profile("gauss"), ("z", "y", "x"), False)
    modes = resolve_modes({"pos": "const", "x": "var", "size": "var", "size_z": "const"}, parameters, DEFAULT)
    assert modes == ("cluster", "var", "const", "const", "var", "const", "var", "var")


@BOTH
def test_a_background_for_each_feature_is_told_to_be_that_of_the_cluster(fit) -> None:
    start, image = start_at(PAIR, (0.2, 0.1)), exact_image(PAIR)
    with pytest.warns(UserWarning, match="background belongs to a cluster"):
        table = fit(start, image, 13, param_mode={"background": "var"})
    np.testing.assert_array_equal(places(table), places(fit(start, image, 13)))


@BOTH
def test_particles_over_frames_are_said_not_to_be_there(fit) -> None:
    with pytest.raises(NotImplementedError, match=r"particle.*'global'"):
        fit(start_at(SINGLES), exact_image(SINGLES), 13, param_mode={"size": "particle"})


@BOTH
def test_forty_pairs_share_a_size(fit) -> None:
    at = np.array(
        [
            (y, x + k * 5.6)
            for y in range(15, 15 + 5 * 24, 24)
            for x in range(15, 15 + 8 * 30, 30)
            for k in (0, 1)
        ],
        float,
    )
    image = exact_image(at, shape=(130, 260), noise=5)
    start = start_at(at, np.random.default_rng(0).normal(0, 0.4, at.shape), size=2.4)
    table = fit(start, image, 13, param_mode={"size": "global"})
    assert table["ok"].all()
    assert table["size"].nunique() == 1
    assert np.sqrt(((places(table) - at) ** 2).mean()) < 0.1
    assert table["size"][0] == pytest.approx(3, abs=0.05)


@BOTH
def test_a_feature_that_fails_does_not_fail_those_that_share_with_it(fit) -> None:
    at = [*SINGLES, (-40.0, 10.0), (np.nan, 3.0)]
    table = fit(start_at(at, (0.2, 0.1), size=2.8), exact_image(SINGLES), 13, param_mode={"size": "global"})
    assert table["ok"].tolist() == [True, True, False, False]
    np.testing.assert_allclose(table["size"][:2], 3, atol=1e-3)
    np.testing.assert_array_equal(table["size"][2:], 2.8)


@BOTH
@pytest.mark.parametrize("mode", ["global", "frame"])
def test_parameters_shared_over_frames_do_not_depend_on_the_order_of_rows(fit, mode: str) -> None:
    asked = {"param_mode": {"size": mode}, "bounds": {"signal": (0, np.inf)}}
    plainly, mixed = (
        fit(start, movie(), WIDE, **asked) for start in (begin(), begin().iloc[[3, 0, 4, 2, 1]])
    )
    names = [*NAMES, "cost"]
    np.testing.assert_allclose(mixed[names].sort_index(), plainly[names], rtol=1e-8)


def test_a_value_replaces_a_column() -> None:
    start = start_at(SINGLES, (0.2, 0.1), size=9.0)
    for fit in (by_refine, by_leastsq):
        table = fit(start, exact_image(SINGLES), 13, param_val={"size": 3.0}, param_mode={"size": "const"})
        np.testing.assert_allclose(places(table), SINGLES, atol=1e-4)
        np.testing.assert_array_equal(table["size"], 3.0)
    assert (start["size"] == 9).all()
