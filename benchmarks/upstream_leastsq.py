"""Tests of trackpy's least-squares fit, run against specks.

``SPECKS_TRACKPY_SOURCE`` must name a checkout of trackpy's repository: the installed package is without
its tests. Each of them runs with seeds 0 to 4, as it stands, and once more in the words of clustertracking:
its order of arguments, its names of bounds, and the bounds that the file declares but does not use.
Left out are those of `FitFunctions`, which is no part of the documented interface. Further are the
classes that clustertracking ran beside them. trackpy itself is the control.
"""

from __future__ import annotations

import os
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks._table import Row
from benchmarks._timing import Skip
from benchmarks._upstream import INTERNAL, classes_of, load, run_tests, wider

#: Names a checkout of https://github.com/soft-matter/trackpy.
SOURCE = "SPECKS_TRACKPY_SOURCE"
SEEDS = range(5)
CONSTRAINTS = ("dimer", "trimer", "tetramer", "dimer_global")
Refine = Callable[..., pd.DataFrame]


def run(quick: bool) -> list[Row]:
    """A row for trackpy itself, and one for specks in each of the two ways to call it."""
    repository = Path(os.environ.get(SOURCE, "none"))
    if not (repository / "trackpy" / "tests" / "test_leastsq.py").is_file():
        raise Skip(f"{SOURCE} must name a checkout of https://github.com/soft-matter/trackpy")
    seeds = SEEDS[:1] if quick else SEEDS
    tests = load(repository)
    rows = [_row("trackpy itself, its file", classes_of(tests), seeds[:1])]
    tests = load(repository)
    _give(tests, as_trackpy_calls_it)
    rows += _ours("specks, called as by trackpy", tests, seeds)
    tests = load(repository)
    _give(tests, as_clustertracking_calls_it(tests.RefineTsts.bounds))
    return rows + _ours("specks, called as by clustertracking", tests, seeds)


def as_trackpy_calls_it(*arguments: Any, **named: Any) -> pd.DataFrame:
    """Pass a call on as it is."""
    import specks

    return specks.refine_leastsq(*arguments, **named)


def as_clustertracking_calls_it(declared: dict[str, Any]) -> Refine:
    """Pass a call on in the order of arguments and with the names of bounds of clustertracking.

    Parameters
    ----------
    declared : dict
        Bounds for calls that give none.
    """

    def refine(
        f: pd.DataFrame,
        reader: Any,
        diameter: Any,
        separation: Any = None,
        fit_function: Any = "gauss",
        param_mode: Any = None,
        param_val: Any = None,
        constraints: Any = None,
        bounds: Any = None,
        pos_columns: Any = None,
        t_column: str = "frame",
        **further: Any,
    ) -> pd.DataFrame:
        import specks

        known = in_words_of_clustertracking(bounds or declared)
        documented = (
            fit_function,
            param_mode,
            param_val,
            constraints,
            known,
            pos_columns,
            t_column,
            None,
            None,
        )
        return specks.refine_leastsq(f, reader, diameter, separation, *documented, **further)

    return refine


def in_words_of_clustertracking(bounds: dict[str, Any]) -> dict[str, Any]:
    """The same bounds: ``x_abs`` is ``x_diff``, and factors ``x_rel`` are fractions ``x_rel_diff``."""
    said = {}
    for name, value in bounds.items():
        if name.endswith("_abs"):
            said[f"{name[:-4]}_diff"] = value
        elif name.endswith("_rel"):
            low, high = value if isinstance(value, tuple) else (value, value)
            said[f"{name[:-4]}_rel_diff"] = (1 - 1 / low, high - 1)
        else:
            said[name] = value
    return said


def _give(tests: types.ModuleType, refine: Refine) -> None:
    """Let the tests call `refine`, and our constraints."""
    from specks.refinement import constraints

    tests.refine_leastsq = refine
    for name in CONSTRAINTS:
        setattr(tests, name, getattr(constraints, name))


def _ours(what: str, tests: types.ModuleType, seeds: range) -> list[Row]:
    """The file without what is internal, and the further classes; nothing may fail."""
    own = {name: one for name, one in classes_of(tests).items() if name != INTERNAL}
    rows = [_row(f"{what}, its file", own, seeds), _row(f"{what}, further classes", wider(tests), seeds)]
    return [{**row, "goal": "0 failed", "ok": row["failed"] == 0} for row in rows]


def _row(what: str, classes: dict[str, type], seeds: range) -> Row:
    begun = time.process_time()
    outcomes = [run_tests(classes, seed) for seed in seeds]
    failed = sorted({name for outcome in outcomes for name in outcome.failed})
    return {
        "what": what,
        "seeds": len(seeds),
        "passed": sum(outcome.passed for outcome in outcomes),
        "failed": sum(len(outcome.failed) for outcome in outcomes),
        "skipped": sum(outcome.skipped for outcome in outcomes),
        "CPU s": time.process_time() - begun,
        "which failed": ", ".join(failed[:6]) + (f" and {len(failed) - 6} more" if len(failed) > 6 else ""),
    }
