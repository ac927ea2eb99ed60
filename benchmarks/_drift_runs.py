"""Runs of `specks.estimate_drift` on the scenarios of `specks.synth`, and what came of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import specks
from benchmarks._drift_score import Score, score
from specks.synth import DriftingSeries, drifting_series

__all__ = ["SEEDS", "STATIC", "Run", "drift_of", "estimated", "pooled", "ready"]

SEEDS = (0, 1, 2)
#: Scenarios whose pattern stands still; it has to be asked for.
STATIC = ("fixedpat",)


@dataclass(frozen=True, eq=False)
class Run:
    """One estimate.

    Attributes
    ----------
    made : DriftingSeries
    result : specks.Drift
    seconds : float
        CPU.
    """

    made: DriftingSeries
    result: Any
    seconds: float

    @property
    def score(self) -> Score:
        """Against the truth."""
        return score(drift_of(self.result, self.made), self.made)

    @property
    def bound(self) -> float:
        """Cramér-Rao bound of the root mean square error; NaN where there is none."""
        return float("nan") if self.made.crlb is None else float(np.sqrt(np.nanmean(self.made.crlb**2)))

    @property
    def surprise(self) -> np.ndarray:
        """Errors in units of their standard errors, (frames with ``ok``, ndim): both against the first of them."""
        table, axes = self.result.table, list(self.made.axes[1:])
        ok = table["ok"].to_numpy(bool)
        error = drift_of(self.result, self.made) - self.made.drift
        error -= error[np.flatnonzero(ok)[0]]
        known = table[[f"{a}_std" for a in axes]].to_numpy()
        moved = self.made.good & ok & (known.min(axis=1) > 0)  # not the frame from which drift is counted
        return error[moved] / known[moved]


def ready() -> None:
    """Load and compile what the first estimate would, so that no scenario pays for it."""
    for scenario in ("easy_int", "mask_easy", "vol_mask"):
        made = drifting_series(scenario, frames=6)
        specks.estimate_drift(made.images, axes=made.axes)


def estimated(scenario: str, seed: int, **options: Any) -> Run:
    """Estimate the drift of a series."""
    made = drifting_series(scenario, seed)
    start = time.process_time()
    result = specks.estimate_drift(made.images, axes=made.axes, **options)
    return Run(made, result, time.process_time() - start)


def drift_of(result: Any, made: DriftingSeries) -> np.ndarray:
    """Drift as an array, (frames, ndim)."""
    return result.table[list(made.axes[1:])].to_numpy(float)


def pooled(values: Sequence[float]) -> float:
    """Root mean square of several root mean squares."""
    return float(np.sqrt(np.mean(np.square(values))))
