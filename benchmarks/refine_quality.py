"""Least-squares refinement: from how far it finds, how sure it is, and what it makes of bad pictures.

Particles have size 4 at a signal-to-noise ratio of 10 and diameter 17 unless a row says otherwise.
A cluster is found when each of its features lies within half a pixel of its own place; trackpy is asked
for 40 clusters. Errors are divided by the standard error that the fit gives, along every axis; an
interval of 95 % is 1.96 standard errors to either side. Bounds are Cramér-Rao bounds.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import trackpy

import specks
from benchmarks._refine_bound import position_bound
from benchmarks._refine_cases import quiet, score
from benchmarks._table import Row
from specks.synth import TouchingParticles, TouchingScene, start_table, touching_particles

DIAMETER = 17
FAR, THEIRS = 400, 40
BASIN = {("dimer", 3): 0.99, ("dimer", 4): 0.99, ("dimer", 5): 0.87} | {
    ("single", d): 0.99 for d in (3, 5, 7)
}
CLUSTERS, CLUSTERS_DEEP = 1500, 400
HELD, CALIBRATED = (0.93, 0.97), (0.95, 1.05)
BOUND_MANY = 1.05
BRIGHT, SAME = 1e4, 1e-3  # gray values of an offset; px
BIAS, BIAS_BOUND = 0.005, 1.10
HOT, ROBUST, PHOTONS = 0.01, 1.10, 1.05


def run(quick: bool) -> list[Row]:
    """Rows for the basin, standard errors, start values, full tails, hot pixels and photons."""
    quiet()
    part = 0.1 if quick else 1.0
    rows = [_basin(arrangement, off, share, part) for (arrangement, off), share in BASIN.items()]
    rows += [_errors(*case, part) for case in _error_cases()]
    rows += [_starts(off, part) for off in (1.0, 2.0)]
    rows += [_bias(tails, part) for tails in ("full", "mask")]
    rows += [_hot(loss, part) for loss in ("linear", "soft_l1", "cauchy")]
    rows += [_photons(loss, part) for loss in ("linear", "poisson")]
    if not quick:
        return rows
    return [{name: value for name, value in row.items() if name not in ("goal", "ok")} for row in rows]


def _basin(arrangement: Any, off: float, least: float, part: float) -> Row:
    """Share of clusters that are found from starts exactly `off` pixels away."""
    scene = TouchingScene(arrangement=arrangement)
    ours = _found(scene, off, round(FAR * part), specks.refine_leastsq)
    theirs = _found(scene, off, round(THEIRS * part), trackpy.refine_leastsq)
    return {
        "what": f"{arrangement}s found from {off:g} px off",
        "figure": ours,
        "trackpy": theirs,
        "goal": f">= {least:g}",
        "ok": ours >= least,
    }


def _found(scene: TouchingScene, off: float, count: int, refine: Any) -> float:
    # With more room than usual: starts of neighbors must not come so close that they make one cluster.
    side = int(np.ceil(count**0.5)) * 72
    made = touching_particles((side, side), scene, count=count, seed=2)
    start = start_table(made.table, off, exactly=True, seed=2)
    found = refine(start, made.images, DIAMETER)
    away = np.hypot(*(found[["y", "x"]] - made.table[["y", "x"]]).to_numpy().T)
    good = pd.Series((away < 0.5) & found["cost"].notna().to_numpy())
    return float(good.groupby(made.table["group"].to_numpy()).all().mean())


def _error_cases() -> list[tuple[str, TouchingScene, int, dict[str, Any]]]:
    single = TouchingScene(arrangement="single")
    return [
        ("single", single, 2, {}),
        ("single, SNR 3", TouchingScene(arrangement="single", snr=3), 2, {}),
        ("dimer", TouchingScene(), 2, {}),
        ("dimer, 1.2 sizes apart", TouchingScene(distance=1.2), 2, {}),
        ("single, size free", single, 2, {"param_mode": {"size": "var"}}),
        (
            "ring",
            TouchingScene(arrangement="single", profile="ring"),
            2,
            {"fit_function": "ring", "param_val": {"thickness": 0.2}},
        ),
        ("3D single", single, 3, {}),
    ]


def _errors(what: str, scene: TouchingScene, ndim: int, options: dict[str, Any], part: float) -> Row:
    """Whether standard errors are as large as errors, and errors as small as can be."""
    count = round((CLUSTERS if ndim == 2 else CLUSTERS_DEEP) * part)
    made = touching_particles(None, scene, count=count, ndim=ndim, seed=3)
    start = start_table(made.table, 1.0, seed=3)
    found = specks.refine_leastsq(start, made.images, DIAMETER, compute_error=True, **options)
    got = score(found, made.table)
    predicted = found[[f"{axis}_std" for axis in "zyx"[-ndim:]]].to_numpy()
    ratio = got.error[got.good] / predicted[got.good]
    inside, spread = float((np.abs(ratio) < 1.96).mean()), float(ratio.std())
    of_bound = got.rms / _bound(made, scene, options.get("param_mode"))
    good = HELD[0] <= inside <= HELD[1] and CALIBRATED[0] <= spread <= CALIBRATED[1] and got.failed == 0
    goal = f"{HELD[0]:g} to {HELD[1]:g}, {CALIBRATED[0]:g} to {CALIBRATED[1]:g}"
    if count >= 1000:
        good, goal = good and of_bound <= BOUND_MANY, f"{goal}, <= {BOUND_MANY:g}"
    return {
        "what": f"intervals of 95 % that hold: {what}",
        "figure": inside,
        "error / standard error": spread,
        "rms px": got.rms,
        "/ bound": of_bound,
        "failed %": 100 * got.failed,
        "goal": goal,
        "ok": good,
    }


def _starts(off: float, part: float) -> Row:
    """Starts without signal and background, on an offset of 10 000, beside given ones: how far apart at most."""
    made = touching_particles(None, count=round(500 * part), seed=4)
    image = made.images.astype(float) + BRIGHT
    start = start_table(made.table, off, seed=4)
    given = specks.refine(
        start.assign(background=start["background"] + BRIGHT), image, DIAMETER, size="const"
    )
    bare = specks.refine(start.drop(columns=["signal", "background"]), image, DIAMETER, size="const")
    apart = float(np.abs(given.table[["y", "x"]] - bare.table[["y", "x"]]).to_numpy().max())
    failed = score(bare.table, made.table).failed + (~bare.table["ok"]).mean()
    return {
        "what": f"dimers on 10 000, starts {off:g} px off without values: px from those with",
        "figure": apart,
        "failed %": 100 * float(failed),
        "goal": f"<= {SAME:g}, 0 %",
        "ok": bool(apart <= SAME and failed == 0),
    }


def _bias(tails: str, part: float) -> Row:
    """Touching dimers in masks of 3 sizes: how much too far apart, along their axis, for each particle."""
    scene = TouchingScene(snr=50)
    made = touching_particles(None, scene, count=round(1000 * part), seed=5)
    start = start_table(made.table, 1.0, seed=5)
    found = specks.refine(start, made.images, 13, size="const", tails=tails).table
    got = score(found, made.table)
    true, seen = (
        np.diff(t[["y", "x"]].to_numpy().reshape(-1, 2, 2), axis=1)[:, 0] for t in (made.table, found)
    )
    along = ((seen - true) * true).sum(axis=1) / np.linalg.norm(true, axis=1) / 2
    of_bound = got.rms / _bound(made, scene, None, 13)
    row = {
        "what": f"bias of dimers px, diameter 13, SNR 50, tails='{tails}'",
        "figure": float(along.mean()),
        "rms px": got.rms,
        "/ bound": of_bound,
        "failed %": 100 * got.failed,
    }
    if tails != "full":
        return row
    good = abs(along.mean()) <= BIAS and of_bound <= BIAS_BOUND
    return row | {"goal": f"<= {BIAS:g}, <= {BIAS_BOUND:g} of the bound", "ok": bool(good)}


def _hot(loss: str, part: float) -> Row:
    """One pixel in a hundred ten signals too bright: errors beside those of the clean picture."""
    made = touching_particles(None, TouchingScene(arrangement="single"), count=round(1000 * part), seed=6)
    hot = made.images.copy()
    rng = np.random.default_rng(6)
    hot[rng.random(hot.shape) < HOT] += 10 * made.table["signal"].iloc[0]
    start = start_table(made.table, 1.0, seed=6)
    clean, dirty = (
        score(specks.refine(start, image, DIAMETER, size="const", loss=used).table, made.table)
        for image, used in ((made.images, "linear"), (hot, loss))
    )
    ratio = math.sqrt((dirty.error**2).mean()) / clean.rms
    row = {
        "what": f"1 % hot pixels, loss='{loss}': error / that without",
        "figure": ratio,
        "rms px": dirty.rms,
        "failed %": 100 * dirty.failed,
    }
    return row if loss != "soft_l1" else row | {"goal": f"<= {ROBUST:g}", "ok": ratio <= ROBUST}


def _photons(loss: str, part: float) -> Row:
    """1000 photons at the brightest place on a background of 10."""
    scene = TouchingScene(arrangement="single", signal=1000, background=10, poisson=True, snr=math.inf)
    made = touching_particles(None, scene, count=round(CLUSTERS * part), seed=7)
    start = start_table(made.table, 1.0, seed=7)
    got = score(specks.refine(start, made.images, DIAMETER, size="const", loss=loss).table, made.table)
    ratio = got.rms / _bound(made, scene, None)
    row = {
        "what": f"photons, loss='{loss}': error / bound",
        "figure": ratio,
        "rms px": got.rms,
        "failed %": 100 * got.failed,
    }
    return row if loss != "poisson" else row | {"goal": f"<= {PHOTONS:g}", "ok": ratio <= PHOTONS}


def _bound(made: TouchingParticles, scene: TouchingScene, free: Any, diameter: int = DIAMETER) -> float:
    groups = 100 if made.images.ndim == 2 else 12
    return position_bound(made.table, scene, made.images.shape, diameter, free, groups)
