"""What refinement is held against: the least possible error, how errors are counted, and foreign tests."""

from __future__ import annotations

import math
import sys
import types
import unittest
from pathlib import Path

import numpy as np
import pytest

from specks.synth import TouchingScene, start_table, touching_particles

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
from benchmarks import upstream_leastsq  # noqa: E402
from benchmarks._refine_bound import position_bound  # noqa: E402
from benchmarks._refine_cases import Case, score  # noqa: E402
from benchmarks._upstream import load, run_tests, wider  # noqa: E402

sys.path.remove(str(ROOT))


@pytest.mark.parametrize(("ndim", "size"), [(2, 4.0), (2, 2.5), (3, 4.0)])
def test_the_bound_of_a_lone_gauss_is_that_of_the_formula(ndim: int, size: float) -> None:
    """Sums over pixels are integrals: noise² / Σ (dI/dx)², whatever else is fitted."""
    scene = TouchingScene(arrangement="single", size=size, snr=20)
    made = touching_particles(None, scene, count=4, ndim=ndim)
    sigma = size / math.sqrt(ndim)
    integral = (math.sqrt(math.pi) * sigma) ** ndim / (2 * sigma**2)
    expected = 1 / (20 * math.sqrt(integral))
    diameter = 2 * math.ceil(3 * size) + 1
    for free in (None, {"size": "var"}):
        found = position_bound(made.table, scene, made.images.shape, diameter, free)
        assert found == pytest.approx(expected, rel=2e-3)


def test_the_bound_of_photons_is_that_of_poisson_noise() -> None:
    """Without background the information of a photon about its place is 1 / variance of the profile."""
    scene = TouchingScene(arrangement="single", signal=500, background=0.01, poisson=True, snr=math.inf)
    made = touching_particles(None, scene, count=4)
    photons = 500 * math.pi * 16
    found = position_bound(made.table, scene, made.images.shape, 25)
    assert found == pytest.approx(math.sqrt(8 / photons), rel=0.02)


def test_the_bound_grows_where_particles_come_close() -> None:
    far, near = (
        position_bound(made.table, scene, made.images.shape, 17)
        for scene in (TouchingScene(distance=3), TouchingScene(distance=1))
        for made in (touching_particles(None, scene, count=10),)
    )
    assert near > 1.5 * far


def test_errors_are_counted_without_features_that_failed() -> None:
    truth = touching_particles(None, count=5, seed=1).table
    found = truth.assign(cost=0.1)
    found["x"] += 0.3
    assert score(found, truth).rms == pytest.approx(0.3 / 2**0.5)
    found.loc[0, "cost"] = np.nan
    found.loc[1, "y"] += 2.1
    got = score(found, truth)
    assert got.failed == pytest.approx(0.2)
    assert got.good.tolist() == [False, False] + [True] * 8
    assert got.rms == pytest.approx(0.3 / 2**0.5)
    assert math.isnan(score(found, truth, np.zeros(10, bool)).rms)


def test_a_case_gives_both_programs_the_same_words() -> None:
    case = Case("", TouchingScene(size=3.0, profile="ring"), mode={"size": "var"}, values={"thickness": 0.2})
    assert case.options(None) == {
        "fit_function": "ring", "param_mode": {"size": "var"}, "param_val": {"thickness": 0.2},
    }  # fmt: skip
    assert case.options(lambda *given: given)["constraints"] == (6.0, 2)
    assert case.made(part=0.1).table["group"].nunique() == 15
    assert len(start_table(case.made(part=0.1).table)) == 30


@pytest.mark.parametrize(("theirs", "ours"), [
    ({"signal": (20, 2000), "size_rel": 10}, {"signal": (20, 2000), "size_rel_diff": (0.9, 9)}),
    ({"x_abs": (1, 2), "y_rel": (2.0, 1.5)}, {"x_diff": (1, 2), "y_rel_diff": (0.5, 0.5)}),
])  # fmt: skip
def test_bounds_are_the_same_in_other_words(theirs: dict, ours: dict) -> None:
    said = upstream_leastsq.in_words_of_clustertracking(theirs)
    assert said.keys() == ours.keys()
    assert all(said[name] == pytest.approx(ours[name]) for name in ours)


def test_foreign_tests_are_counted_and_each_begins_with_the_seed() -> None:
    drawn = []

    class Some(unittest.TestCase):
        def test_one(self) -> None:
            drawn.append(np.random.random())  # noqa: NPY002

        def test_other(self) -> None:
            drawn.append(np.random.random())  # noqa: NPY002
            np.seterr(all="raise")

        def test_skips(self) -> None:
            raise unittest.SkipTest

        def test_wrong(self) -> None:
            raise AssertionError

        def test_error(self) -> None:
            raise KeyError

    before = np.geterr()
    outcome = run_tests({"Some": Some}, seed=3)
    assert np.geterr() == before
    assert (outcome.passed, outcome.skipped) == (2, 1)
    assert sorted(outcome.failed) == ["Some.test_error", "Some.test_wrong"]
    assert drawn == [np.random.RandomState(3).random_sample()] * 2


def test_a_file_of_tests_finds_what_scipy_no_longer_has(tmp_path: Path) -> None:
    folder = tmp_path / "trackpy" / "tests"
    folder.mkdir(parents=True)
    (folder / "common.py").write_text("class StrictTestCase: pass\n")
    (folder / "test_leastsq.py").write_text(
        "from scipy.optimize.slsqp import approx_jacobian\n"
        "from trackpy.tests.common import StrictTestCase\n"
        "SIZE_2D_ANISOTROPIC, SIZE_3D, SIZE_3D_ANISOTROPIC = (5., 3.), 4., (3., 5., 5.)\n"
        "DISC_SIZE, RING_THICKNESS = .5, .2\n"
        "class RefineTsts: pos_diff = .5\n"
        "class TestMultiple(StrictTestCase): pos_err = 3\n"
    )
    before = sorted(sys.modules)
    tests = load(tmp_path)
    assert not {"trackpy.tests", "trackpy.tests.common"} & (set(sys.modules) - set(before))
    jacobian = tests.approx_jacobian(np.array([1.0, 2.0]), lambda x: np.array([x[0] * x[1], x[0] ** 2]), 1e-7)
    np.testing.assert_allclose(jacobian, [[2, 1], [2, 0]], atol=1e-5)
    further = wider(tests)
    assert isinstance(tests, types.ModuleType)
    assert len(further) == 8
    assert (further["TestFit_ring3D_a"].size, further["TestFit_ring3D_a"].pos_diff) == ((3.0, 5.0, 5.0), 0.25)
    assert (further["TestFit_disc2D_a"].ndim, further["TestFit_disc2D_a"].pos_diff) == (2, 0.5)
    assert further["TestMultiple_far"].pos_err == 7
