"""Kernels of refinement beside the plain statement."""

from __future__ import annotations

import math

import numpy as np
import pytest
from statements import refine as plain

from specks.refinement._clusters import find_clusters
from specks.refinement._plan import LOSSES
from specks.refinement._profile import as_profile
from specks.refinement.asked.parameters import parameters_of
from specks.refinement.fit._draw_kernels import add_features
from specks.refinement.fit._judge_kernels import root_of_inverse
from specks.refinement.fit._level_kernels import mask_levels
from specks.refinement.fit.alone import Start
from specks.refinement.fit.assemble import Model
from specks.refinement.fit.piece import Piece

OWN = {"gauss": (), "ring": (0.4,), "disc": (0.5,), "inv_series_1": (1.2, 0.7)}
SHAPES = {2: (44, 50), 3: (16, 26, 30)}


class Scene:
    """Clusters of two and one in noise, as the kernels take them and as the statement does."""

    def __init__(
        self, name: str, n: int, isotropic: bool, tails: str, loss: str, modes: dict[str, str]
    ) -> None:
        rng = np.random.default_rng(7)
        profile = as_profile(name)
        self.name, self.n, self.isotropic, self.tails, self.loss = name, n, isotropic, tails, loss
        self.parameters = parameters_of(profile, ("z", "y", "x")[3 - n :], isotropic)
        middle, shift = np.array(SHAPES[n]) / 2, np.eye(n)[-1]
        at = np.stack([middle - 2.4 * shift, middle + 2.3 * shift, np.full(n, 4.6)]) + rng.uniform(
            -0.4, 0.4, (3, n)
        )
        self.image = np.asarray(rng.poisson(40, SHAPES[n]), float)
        values = np.zeros((3, self.parameters.width))
        values[:, 5:8] = 1
        sizes = [2.7] if isotropic else [2.2, 2.7, 3.1][3 - n :]
        rows = [[30 + i, 90 + 5 * i, *at[i], *(s + 0.1 * i for s in sizes), *OWN[name]] for i in range(3)]
        values[:, self.parameters.columns] = rows
        self.radius = np.array([1.0, 5.0, 5.0] if n == 2 else [4.0, 5.0, 5.0])
        said = [modes.get(name, "const") for name in self.parameters.names]
        which = ["const"] * self.parameters.width
        for column, mode in zip(self.parameters.columns, said, strict=True):
            which[column] = mode
        model = Model(
            profile.kind, LOSSES[loss], n, isotropic, tuple(self.radius), tuple(which), tails == "full",
            profile.decays, 2.0, 3.0,
        )  # fmt: skip
        wide = np.full(values.shape, np.inf)
        start = Start(values, -wide, wide, np.array([0, 2, 3]))
        volume = self.image.reshape((1,) * (3 - n) + self.image.shape)
        self.piece = Piece.of(model, start, lambda: volume, volume.shape, None, np.zeros(0, np.int64))
        # A cluster has one value of what its features share, and the statement sees that.
        self.piece.put_unknowns()
        self.piece.collect(self.piece.clusters)
        self.values = self.piece.state.values[:, self.parameters.columns]

    def plainly(self, c: int) -> tuple:
        """Cost, gradient and matrix of a cluster, and how many pixels it has, from the statement."""
        rows = slice(*self.piece.problem.first[c : c + 2])
        values, radius = self.values[rows], self.radius[3 - self.n :]
        centres = values[:, 2 : 2 + self.n]
        at, level = plain.pixels(self.image, centres, radius)
        seen = np.array([plain.mask(at, centre, radius) | (self.tails == "full") for centre in centres])
        residual = level - plain.model(self.name, at, values, seen, self.isotropic)
        weight = plain.weights(self.loss, level, residual, 2.0, 3.0)
        index = self.piece.problem.numbers[rows][:, self.parameters.columns]
        derivatives = plain.jacobian(self.name, at, values, seen, self.isotropic)
        return *plain.evaluation(residual, derivatives, index, weight), len(at)


ALL = {"background": "cluster", "signal": "var", "z": "var", "y": "var", "x": "var"}
SIZES = dict.fromkeys(("size", "size_z", "size_y", "size_x"), "var")
EXTRAS = dict.fromkeys(("thickness", "disc_size", "param_a"), "var")
MODES = [
    ALL,
    ALL | SIZES | EXTRAS,
    ALL | {"signal": "cluster"} | dict.fromkeys(SIZES, "cluster") | dict.fromkeys(EXTRAS, "cluster"),
    ALL | dict.fromkeys(SIZES, "global") | {"signal": "global"},
    {"signal": "var"} | SIZES,
]


@pytest.mark.parametrize("modes", range(len(MODES)))
@pytest.mark.parametrize("tails", ["mask", "full"])
@pytest.mark.parametrize("isotropic", [True, False])
@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize("name", OWN)
def test_an_evaluation_is_the_plain_one(name: str, n: int, isotropic: bool, tails: str, modes: int) -> None:
    assert_plain(Scene(name, n, isotropic, tails, "linear", MODES[modes]))


@pytest.mark.parametrize("tails", ["mask", "full"])
@pytest.mark.parametrize("loss", ["soft_l1", "cauchy", "poisson"])
@pytest.mark.parametrize("name", ["gauss", "ring"])
def test_a_weighted_evaluation_is_the_plain_one(name: str, loss: str, tails: str) -> None:
    for modes in MODES:
        assert_plain(Scene(name, 2, True, tails, loss, modes))


def assert_plain(scene: Scene) -> None:
    state, problem = scene.piece.state, scene.piece.problem
    # What is fainter than 1e-11 of a feature's middle, tails leave out.
    within = 1e-8 if scene.tails == "full" else 1e-10
    for c in range(2):
        cost, gradient, matrix, pixels = scene.plainly(c)
        assert scene.piece.room.pixels[c] == pixels
        assert state.cost[c] == pytest.approx(cost, rel=within)
        own = slice(*problem.unknown_first[c : c + 2])
        scale = np.sqrt(np.diag(matrix))
        np.testing.assert_allclose(
            state.gradient[own] / scale, gradient / scale, atol=within * math.sqrt(cost)
        )
        found = state.matrix[slice(*problem.matrix_first[c : c + 2])].reshape(matrix.shape)
        np.testing.assert_allclose(
            found / np.outer(scale, scale), matrix / np.outer(scale, scale), atol=within
        )


@pytest.mark.parametrize("hole", [(22, 23), (22, 27)])
def test_a_pixel_without_a_number_is_in_no_mask(hole: tuple[int, int]) -> None:
    scene = Scene("gauss", 2, True, "mask", "linear", ALL)
    before = scene.piece.room.pixels.copy()
    scene.image[hole] = np.nan
    scene.piece.collect(scene.piece.clusters)
    assert (before - scene.piece.room.pixels).tolist() == [1, 0]
    assert_plain(scene)


@pytest.mark.parametrize(
    "centre", [(10.0, 10.0), (10.5, 10.25), (0.2, 20.3), (-4.0, 5.0), (10.0, 19.9), (30.0, 5.0)]
)
@pytest.mark.parametrize("radius", [(5.0, 5.0), (6.0, 3.0), (1.0, 1.0)])
def test_levels_are_those_of_the_plain_mask(centre: tuple, radius: tuple) -> None:
    image = np.random.default_rng(1).normal(50, 9, (21, 22))
    levels = np.empty((1, 5))
    mask_levels(image[None], np.array([[0.0, *centre]]), np.array([1.0, *radius]), levels)
    _, inside = plain.pixels(image, [np.array(centre)], np.array(radius))
    if not len(inside):
        assert np.isnan(levels).all()
        return
    np.testing.assert_allclose(levels[0, :4], np.quantile(inside, [0.05, 0.1, 0.9, 0.95]), rtol=1e-12)
    _, middle = plain.pixels(image, [np.array(centre)], np.array(radius) / 3)
    if len(middle):
        assert levels[0, 4] == pytest.approx(middle.mean(), rel=1e-12)


@pytest.mark.parametrize("name", OWN)
def test_what_is_drawn_is_the_model(name: str) -> None:
    profile, shape = as_profile(name), (30, 33)
    values = np.array(
        [[0, 150, 0, 10.3, 11.2, 3, 3, 3, *OWN[name]], [0, -40, 0, 16.1, 20.4, 2.5, 3, 3, *OWN[name]]]
    )
    image = np.zeros((1, *shape))
    add_features(image, values, np.full((2, 3), 1e9), profile.kind, 2, True)
    at = np.argwhere(np.ones(shape))
    rows = np.array([[0, v[1], v[3], v[4], v[5], *v[8:]] for v in values])
    expected = plain.model(name, at, rows, np.ones((2, len(at)), bool))
    np.testing.assert_allclose(image[0].ravel(), expected, atol=1e-10)


@pytest.mark.parametrize("m", [1, 2, 7])
def test_standard_errors_are_roots_of_the_inverse(m: int) -> None:
    rng = np.random.default_rng(m)
    half = rng.normal(size=(m + 3, m))
    a = np.zeros((m + 1, m))
    a[:m] = half.T @ half
    out = np.empty(m)
    expected = np.sqrt(np.diag(np.linalg.inv(half.T @ half)))
    assert root_of_inverse(a, m, out)
    np.testing.assert_allclose(out, expected, rtol=1e-10)


def test_a_singular_matrix_has_no_standard_errors() -> None:
    a = np.zeros((3, 2))
    a[:2] = 1.0
    assert not root_of_inverse(a, 2, np.empty(2))


def test_no_feature_is_in_no_cluster() -> None:
    none = find_clusters(np.zeros((0, 2)), np.zeros(0, np.int64), np.ones(2), np.zeros(0, bool))
    assert len(none) == 0
