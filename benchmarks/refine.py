"""Least-squares refinement beside trackpy's: CPU time of one thread, accuracy, agreement.

Both fit the same picture from the same start, one after the other, in one process with one thread;
a ratio is the median of those of three rounds. Starts are off by up to 1 px, signals by 10 %, the
background is 25 % low. Errors are root mean squares along an axis, of features for which neither
failed, beside trackpy's and beside the Cramér-Rao bound on the same pixels. A feature has failed
when it has no cost or lies further than half a size from where it is. The bound is asked for of 100
features or more, and not of trimers and chains at a signal-to-noise ratio of 50: there the error is
that of a model which ends at each particle's own mask (see `refine_quality`). Where both have converged
they have the same objective and must agree: in the median to 1e-4 px, nowhere by more than .01 px (rings
.02), and our cost must not be higher in 99 of 100. Where all share a size, a single pixel at the edge of one
mask that another way there has let in moves all of them: there both begin once more where ours has ended. Costs
are not compared where they mean something else: trackpy's cost of rings counts pixels that it left out, that of a
shared size is one for all.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks._refine_cases import Case, Pair, once_more, quiet, run_pair, score
from benchmarks._table import Row
from specks.synth import TouchingScene

PLAIN, PLAIN_MEAN, FREE, PROFILES, DEEP, SHARED = 100.0, 130.0, 80.0, 70.0, 50.0, 50.0
CONSTRAINED, CONSTRAINED_DEEP = 30.0, 15.0
RMS, BOUND, BOUND_MANY, FEW, MANY = 1.02, 1.10, 1.05, 100, 1000
SHARP, CROWDED = 20.0, ("trimer", "chain")
MEDIAN, LARGEST, LARGEST_RING = 1e-4, 0.01, 0.02
COST, COST_SHARE = 1.0001, 0.99
VIOLATION = 1e-6  # px


def run(quick: bool) -> list[Row]:
    """A row for each case, and one for the geometric mean of those in 2D."""
    quiet()
    rounds, part = (1, 0.15) if quick else (3, 1.0)
    rows: list[Row] = []
    ratios = []
    for case, goal in _plain():
        pair = run_pair(case, rounds, part)
        ratios.append(pair.ratio)
        rows.append(_row(case, pair, goal, quick))
    mean = float(np.exp(np.mean(np.log(ratios))))
    limit = {} if quick else {"goal": f">= {PLAIN_MEAN:g} x", "ok": mean >= PLAIN_MEAN}
    rows.append({"what": f"geometric mean of these {len(ratios)}", "ratio": mean, **limit})
    for case, goal in _others():
        whole = case.mode.get("size") == "global"  # what is asked is how it grows with their number
        rows.append(_row(case, run_pair(case, rounds, 1.0 if whole else part), goal, quick))
    return rows


def _plain() -> Iterator[tuple[Case, float]]:
    for arrangement in ("single", "dimer", "trimer", "chain"):
        for snr in (50, 10, 3):
            said = "chain of 5" if arrangement == "chain" else arrangement
            scene = TouchingScene(arrangement=arrangement, snr=snr)
            yield Case(f"2D {said}, SNR {snr}", scene, 150 if arrangement != "chain" else 100), PLAIN


def _others() -> Iterator[tuple[Case, float]]:
    whole = TouchingScene(arrangement="single", background=64, dtype="uint8")
    yield Case("2D single, uint8", whole), PLAIN
    yield Case("2D single, size 1.5", TouchingScene(arrangement="single", size=1.5), diameter=7), PLAIN
    yield Case("2D single, 4 frames", TouchingScene(arrangement="single"), frames=4), PLAIN
    unlike = TouchingScene(arrangement="single", size=(3.0, 5.0))
    yield Case("2D single, sizes (3, 5)", unlike, diameter=(13, 21)), PLAIN
    yield Case("2D dimer, 1.2 sizes apart", TouchingScene(distance=1.2)), PLAIN
    yield Case("2D dimer, starts 2 px off", TouchingScene(), off=2.0), PLAIN
    photons = TouchingScene(poisson=True, snr=math.inf)
    yield Case("2D dimer, photons", photons), PLAIN
    for arrangement in ("single", "dimer"):
        scene = TouchingScene(arrangement=arrangement)
        yield Case(f"2D {arrangement}, size free", scene, mode={"size": "var"}), FREE
    for profile, values in (("ring", {"thickness": 0.2}), ("disc", {"disc_size": 0.5})):
        for arrangement in ("single", "dimer"):
            scene = TouchingScene(arrangement=arrangement, profile=profile)
            yield Case(f"2D {profile} {arrangement}", scene, 100, values=values), PROFILES
    for arrangement, snr in (("single", 10), ("dimer", 3), ("tetramer", 10)):
        scene = TouchingScene(arrangement=arrangement, snr=snr)
        yield Case(f"3D {arrangement}, SNR {snr}", scene, 45, ndim=3), DEEP
    for count in (10, 20, 40):
        yield Case(f"one size for {count} dimers", TouchingScene(), count, mode={"size": "global"}), SHARED
    for ndim, arrangement in ((2, "dimer"), (2, "trimer"), (3, "dimer"), (3, "tetramer")):
        scene = TouchingScene(arrangement=arrangement)
        goal = CONSTRAINED if ndim == 2 else CONSTRAINED_DEEP
        what = f"{ndim}D {arrangement}, constrained"
        yield Case(what, scene, 60 if ndim == 2 else 20, ndim=ndim, constraint=arrangement), goal


def _row(case: Case, pair: Pair, least: float, quick: bool) -> Row:
    truth = pair.made.table
    both = score(pair.ours, truth).good
    their_good = score(pair.theirs, truth).good
    both = both & their_good if their_good.any() else both
    ours, theirs = score(pair.ours, truth, both), score(pair.theirs, truth, both)
    ours_ms, theirs_ms = pair.milliseconds()
    row: dict[str, Any] = {
        "what": case.what,
        "features": len(truth),
        "ms each": ours_ms,
        "trackpy's": theirs_ms,
        "ratio": pair.ratio,
        "rms px": ours.rms,
        "/ trackpy's": ours.rms / theirs.rms,
        "/ bound": ours.rms / case.bound(pair.made),
        "failed %": 100 * ours.failed,
        "trackpy %": 100 * theirs.failed,
    } | _agreement(case, pair, both & their_good)
    if case.constraint:
        row["violation px"] = _violation(case, pair)
    if quick:
        return row
    misses = ", ".join(what for what, met in _gates(case, row, least) if not met)
    return row | {"goal": f">= {least:g} x", "ok": not misses, "misses": misses}


def _gates(case: Case, row: dict[str, Any], least: float) -> Iterator[tuple[str, bool]]:
    """What is asked for, and whether it was met; a figure that does not exist cannot miss."""
    yield "speed", row["ratio"] >= least
    yield "failures", row["failed %"] == 0
    yield "rms", not row["/ trackpy's"] > RMS
    if row["features"] >= FEW and not (case.scene.snr > SHARP and case.scene.arrangement in CROWDED):
        yield "bound", not row["/ bound"] > (BOUND_MANY if row["features"] >= MANY else BOUND)
    if case.constraint:
        yield "constraint", row["violation px"] <= VIOLATION
    elif "most px" in row:
        ring, shared = case.scene.profile == "ring", case.mode.get("size") == "global"
        yield "median apart", row["median apart px"] <= MEDIAN
        yield "most apart", row["most px"] <= (LARGEST_RING if ring else LARGEST)
        yield "cost", ring or shared or row["cost not higher %"] >= 100 * COST_SHARE


def _agreement(case: Case, pair: Pair, both: np.ndarray) -> dict[str, float]:
    """How far results are from each other, and the share for which our cost is not higher."""
    if not both.any():
        return {}
    axes = [axis for axis in "zyx" if axis in pair.made.table]
    shared = case.mode.get("size") == "global"
    ours, theirs = once_more(case, pair) if shared else (pair.ours, pair.theirs)
    apart = np.sqrt(((ours[axes] - theirs[axes])[both] ** 2).sum(axis=1))
    lower = ours["cost"][both] <= COST * theirs["cost"][both]
    return {
        "median apart px": float(np.median(apart)),
        "most px": float(apart.max()),
        "cost not higher %": 100 * float(lower.mean()),
    }


def _violation(case: Case, pair: Pair) -> float:
    """How far neighbors are from where the constraint holds them, at most."""
    axes = [axis for axis in "zyx" if axis in pair.made.table]
    wanted = case.scene.distance * case.scene.sizes(case.ndim)[0]
    apart = [
        np.linalg.norm(np.diff(rows[axes].to_numpy()[:2], axis=0)) for _, rows in pair.ours.groupby("cluster")
    ]
    return float(np.abs(np.array(apart) - wanted).max())
