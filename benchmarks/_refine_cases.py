"""What least-squares refinement is measured on, and both programs on it, back to back."""

from __future__ import annotations

import logging
import math
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import trackpy

import specks
from benchmarks._refine_bound import position_bound
from specks.synth import TouchingParticles, TouchingScene, start_table, touching_particles

__all__ = ["Case", "Frames", "Pair", "Score", "once_more", "quiet", "run_pair", "score"]

Diameter = int | tuple[int, ...]


@dataclass(frozen=True)
class Case:
    """One kind of picture, and how it is fitted.

    Parameters
    ----------
    what : str
    scene : TouchingScene
    groups : int
        In all frames together.
    diameter : int or tuple of int
    ndim : int
    frames : int or None
    mode : dict
        How parameters are shared.
    values : dict
        Parameters that are given.
    constraint : str
        Name of the constraint: neighbors are as far apart as they really are.
    off : float
        How far starts are off at most, in pixels.
    """

    what: str
    scene: TouchingScene
    groups: int = 150
    diameter: Diameter = 17
    ndim: int = 2
    frames: int | None = None
    mode: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    constraint: str = ""
    off: float = 1.0

    def made(self, seed: int = 1, part: float = 1.0) -> TouchingParticles:
        """The picture; `part` of the groups for a quick look."""
        count = round(max(min(self.groups, 10), self.groups * part) / (self.frames or 1))
        return touching_particles(
            None, self.scene, count=count, frames=self.frames, step=0.5, ndim=self.ndim, seed=seed
        )

    def bound(self, made: TouchingParticles) -> float:
        """Least possible root mean square error of a position; NaN with a constraint, where it is another."""
        if self.constraint:
            return math.nan
        truth = made.table[made.table["frame"] == 0]
        shape = made.images.shape[-self.ndim :]
        return position_bound(
            truth, self.scene, shape, self.diameter, self.mode, 100 if self.ndim == 2 else 12
        )

    def options(self, constraints: Callable[..., Any] | None) -> dict[str, Any]:
        """Arguments by name, alike for both programs."""
        named: dict[str, Any] = {"fit_function": self.scene.profile}
        if self.mode:
            named["param_mode"] = dict(self.mode)
        if self.values:
            named["param_val"] = dict(self.values)
        if constraints is not None:
            apart = self.scene.distance * self.scene.sizes(self.ndim)[0]
            named["constraints"] = constraints(apart, self.ndim)
        return named


class Frames:
    """A movie as both programs read it, frame by frame."""

    def __init__(self, images: np.ndarray) -> None:
        self._images = images
        self.frame_shape = images.shape[1:]

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, frame: int) -> np.ndarray:
        return self._images[frame]


@dataclass(frozen=True)
class Pair:
    """Results of both programs on the same start, with CPU seconds of each round."""

    made: TouchingParticles
    ours: pd.DataFrame
    theirs: pd.DataFrame
    our_seconds: list[float]
    their_seconds: list[float]

    @property
    def ratio(self) -> float:
        """The median of how many times as fast ours was."""
        return float(np.median(np.divide(self.their_seconds, self.our_seconds)))

    def milliseconds(self) -> tuple[float, float]:
        """Ours and theirs for one feature."""
        count = len(self.made.table) / 1000
        return float(np.median(self.our_seconds)) / count, float(np.median(self.their_seconds)) / count


def run_pair(case: Case, rounds: int = 3, part: float = 1.0) -> Pair:
    """Fit with trackpy and with specks, one after the other, `rounds` times."""
    made = case.made(part=part)
    start = start_table(made.table, case.off, seed=1)
    images = made.images if case.frames is None else Frames(made.images)
    ours_named, theirs_named = (
        case.options(_constraint(where, case.constraint)) for where in (_OURS, _THEIRS)
    )

    def ours() -> pd.DataFrame:
        return specks.refine_leastsq(start, images, case.diameter, **ours_named)

    def theirs() -> pd.DataFrame:
        return trackpy.refine_leastsq(start.copy(), images, case.diameter, **theirs_named)

    ours()  # compiled, or read from the cache
    seconds: tuple[list[float], list[float]] = ([], [])
    found: list[Any] = [None, None]
    for _ in range(rounds):
        for k, call in enumerate((theirs, ours)):
            begun = time.process_time()
            found[k] = call()
            seconds[k].append(time.process_time() - begun)
    return Pair(made, found[1].sort_index(), found[0].sort_index(), seconds[1], seconds[0])


def once_more(case: Case, pair: Pair) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ours and theirs, both from our result: from there nothing moves, and masks stay where they are."""
    start = pair.ours[list(start_table(pair.made.table).columns)]
    named = case.options(None)
    ours = specks.refine_leastsq(start, pair.made.images, case.diameter, **named)
    theirs = trackpy.refine_leastsq(start.copy(), pair.made.images, case.diameter, **named)
    return ours.sort_index(), theirs.sort_index()


@dataclass(frozen=True)
class Score:
    """How far a result is from the truth.

    Attributes
    ----------
    rms : float
        Root mean square of errors along an axis, in pixels, of features that did not fail.
    failed : float
        Share of features without a result, or further than half a size from where they are.
    good : (n,) array of bool
        Those that did not fail.
    error : (n, ndim) array of float
        Found minus true.
    """

    rms: float
    failed: float
    good: np.ndarray
    error: np.ndarray


def score(found: pd.DataFrame, truth: pd.DataFrame, among: np.ndarray | None = None) -> Score:
    """Compare a table with the truth, row by row; the error is that of the rows `among`, if given."""
    axes = [axis for axis in "zyx" if axis in truth]
    error = found[axes].to_numpy() - truth[axes].to_numpy()
    size = truth["size"].to_numpy() if "size" in truth else truth[[f"size_{a}" for a in axes]].min(axis=1)
    off = np.sqrt((error**2).sum(axis=1))
    good = found["cost"].notna().to_numpy() & (off <= np.asarray(size) / 2)
    counted = good if among is None else good & among
    rms = float(np.sqrt((error[counted] ** 2).mean())) if counted.any() else math.nan
    return Score(rms, float(1 - good.mean()), good, error)


def quiet() -> None:
    """Keep logs and warnings of trackpy, which speaks of every cluster that it gives up, out of the table."""
    logging.getLogger("trackpy").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", module="trackpy")
    warnings.filterwarnings("ignore", module="numdifftools")


def _constraint(where: str, name: str) -> Callable[..., Any] | None:
    if not name:
        return None
    import importlib

    found: Callable[..., Any] = getattr(importlib.import_module(where), name)
    return found


_OURS, _THEIRS = "specks.refinement.constraints", "trackpy.refine.least_squares"
