"""Runs trackpy's own tests of its least-squares fit against any function of that signature.

The tests are read from a checkout of trackpy's repository, which the installed package is without. Of
the classes in that file, clustertracking also ran those for other axes and profiles; they are made here.
"""

from __future__ import annotations

import importlib.util
import sys
import types
import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["INTERNAL", "Outcome", "classes_of", "load", "run_tests", "wider"]

#: Tests of a class that is no part of the documented interface.
INTERNAL = "TestFitFunctions"


@dataclass
class Outcome:
    """What became of tests: how many passed and were skipped, and the names of those that failed."""

    passed: int = 0
    skipped: int = 0
    failed: list[str] = field(default_factory=list)


def load(repository: Path) -> types.ModuleType:
    """The file of tests as a fresh module."""
    folder = repository / "trackpy" / "tests"
    with _stand_ins():
        sys.modules["trackpy.tests.common"] = _module("trackpy.tests.common", folder / "common.py")
        return _module("trackpy.tests.test_leastsq", folder / "test_leastsq.py")


def wider(tests: types.ModuleType) -> dict[str, type]:
    """Further classes: anisotropic in 2D, and discs and rings of every kind; and starts 7 px off."""
    flat, deep, deep_a = tests.SIZE_2D_ANISOTROPIC, tests.SIZE_3D, tests.SIZE_3D_ANISOTROPIC
    disc = {"feat_func": "disc", "fit_func": "disc", "feat_kwargs": {"disc_size": tests.DISC_SIZE}}
    ring = {"feat_func": "ring", "fit_func": "ring", "feat_kwargs": {"thickness": tests.RING_THICKNESS}}
    ring |= {"pos_diff": 0.25, "size_dev": 0.05}
    gauss = {"feat_func": "gauss", "fit_func": "gauss", "feat_kwargs": {}}
    cases = {
        "gauss2D_a": (2, flat, gauss), "disc2D_a": (2, flat, disc), "ring2D_a": (2, flat, ring),
        "disc3D": (3, deep, disc), "disc3D_a": (3, deep_a, disc),
        "ring3D": (3, deep, ring), "ring3D_a": (3, deep_a, ring),
    }  # fmt: skip
    made = {}
    for name, (ndim, size, settings) in cases.items():
        own = {"ndim": ndim, "size": size, "param_val": dict(settings["feat_kwargs"]), **settings}
        made[f"TestFit_{name}"] = type(f"TestFit_{name}", (tests.RefineTsts, tests.StrictTestCase), own)
    made["TestMultiple_far"] = type("TestMultiple_far", (tests.TestMultiple,), {"pos_err": 7})
    return made


def run_tests(classes: dict[str, type], seed: int) -> Outcome:
    """Run every test of some classes, each with the same seed, so that their order does not matter."""
    outcome = Outcome()
    strict = np.geterr()
    try:
        for name, one in classes.items():
            suite = unittest.TestSuite(unittest.defaultTestLoader.loadTestsFromTestCase(one))
            result = _Seeded(seed)
            suite.run(result)
            outcome.skipped += len(result.skipped)
            wrong = [*result.failures, *result.errors]
            outcome.failed += [f"{name}.{getattr(test, '_testMethodName', test)}" for test, _ in wrong]
            outcome.passed += result.testsRun - len(wrong) - len(result.skipped)
    finally:
        np.seterr(**strict)  # the tests make NumPy raise
    return outcome


def classes_of(tests: types.ModuleType) -> dict[str, type]:
    """The classes of the file."""
    found = vars(tests).items()
    return {name: one for name, one in found if name.startswith("Test") and isinstance(one, type)}


class _Seeded(unittest.TestResult):
    def __init__(self, seed: int) -> None:
        super().__init__()
        self._seed = seed

    def startTest(self, test: unittest.TestCase) -> None:
        np.random.seed(self._seed)  # noqa: NPY002 - what the tests draw from
        super().startTest(test)


@contextmanager
def _stand_ins() -> Iterator[None]:
    """What the file imports, and SciPy or the installed trackpy are without, while it does so."""
    slsqp = types.ModuleType("scipy.optimize.slsqp")
    slsqp.approx_jacobian = _approx_jacobian
    given = {slsqp.__name__: slsqp, "trackpy.tests": types.ModuleType("trackpy.tests")}
    names = [*given, "trackpy.tests.common"]
    before = {name: sys.modules[name] for name in names if name in sys.modules}
    sys.modules.update(given)
    try:
        yield
    finally:
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(before)


def _approx_jacobian(
    x: np.ndarray, function: Callable[..., Any], epsilon: float, *further: Any
) -> np.ndarray:
    """Derivatives by forward differences, a row for each value and a column for each argument."""
    start = np.atleast_1d(function(x, *further))
    steps = epsilon * np.eye(len(x))
    return np.array([(np.atleast_1d(function(x + step, *further)) - start) / epsilon for step in steps]).T


def _module(name: str, path: Path) -> types.ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
