"""Finding features, beside trackpy: CPU milliseconds a frame, and how far the two agree.

Frames of 1024 x 1024 with 484 Gaussian features of size 4 and a signal ten times the noise; a small
volume with balls. Both run one after the other in this process, from arrays in memory, trackpy with
its numba engine. Agreement is that of all seeds: features without a twin within .01 px, the farthest
twin, and the largest relative difference of any other column.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import trackpy
from scipy.spatial import cKDTree

import specks
from benchmarks._table import Row
from benchmarks._timing import cpu
from tests.gaussian_spots import as_type, grid_of_spots

TYPES, DIAMETERS = ("uint8", "uint16", "float32", "float64"), (11, 17)
SIDE, STEP, SIZE, NOISE = 1024, 46.5, 4.0, 10.0  # a grid of 22 x 22
VOLUME, STEP_3D, SIZE_3D, DIAMETER_3D = (40, 128, 128), 16.0, (3.0, 3.0, 3.0), (7, 9, 9)
RATIO, SAME, NEAR = 2.5, 0.999, 1e-6
WITHIN = {"mass": 1e-5, "size": 1e-5, "ecc": 1e-5, "signal": 1e-5, "ep": 0.02}


def run(quick: bool) -> list[Row]:
    """Rows for each type and diameter, then for volumes."""
    warnings.filterwarnings("ignore", module="trackpy")
    seeds = range(1 if quick else 3)
    side = 256 if quick else SIDE
    rows: list[Row] = []
    for dtype in TYPES:
        frames = [as_type(grid_of_spots((side, side), STEP, (SIZE, SIZE), NOISE, s)[0], dtype) for s in seeds]
        goal = 0.0 if quick else RATIO
        rows += [_row(f"{dtype}, diameter {d}", frames, d, goal) for d in DIAMETERS]
    for dtype in ("uint8", "float64"):
        volumes = [as_type(grid_of_spots(VOLUME, STEP_3D, SIZE_3D, NOISE, s)[0], dtype) for s in seeds]
        for diameter in (DIAMETER_3D[1], DIAMETER_3D):
            rows.append(
                _row(f"volume, {dtype}, diameter {diameter}", volumes, diameter, 0.0 if quick else 1.0)
            )
    return rows


def _row(what: str, images: list[np.ndarray], diameter: int | tuple[int, ...], least: float) -> Row:
    """One type and diameter: time, and agreement over all images."""
    axes = "yx" if images[0].ndim == 2 else "zyx"
    ours = cpu(lambda: specks.locate(images[0], diameter, axes=axes))
    theirs = cpu(lambda: trackpy.locate(images[0], diameter, engine="numba"))
    found = [specks.locate(image, diameter, axes=axes) for image in images]
    peer = [trackpy.locate(image, diameter, engine="numba").reset_index(drop=True) for image in images]
    ratio = theirs.warm / ours.warm
    agreed = _agreement(found, peer, list(axes))
    close = {name: limit for name, limit in WITHIN.items() if name in agreed}
    good = agreed["same"] >= SAME and all(agreed[name] <= limit for name, limit in close.items())
    return {
        "what": what,
        "cold CPU s": ours.cold,
        "CPU ms": 1e3 * ours.warm,
        "trackpy CPU ms": 1e3 * theirs.warm,
        "ratio": ratio,
        **agreed,
        "goal": f">= {least:g}, same >= {SAME:g}" if least else "",
        "ok": good and ratio >= least,
    }


def _agreement(found: list[pd.DataFrame], peer: list[pd.DataFrame], axes: list[str]) -> dict[str, float]:
    """Share of twins within 1e-6 px, the farthest one, and the largest relative differences."""
    off, worst = [], dict.fromkeys(WITHIN, 0.0)
    lone = 0
    for ours, theirs in zip(found, peer, strict=True):
        away, twin = cKDTree(theirs[axes]).query(ours[axes])
        paired = away < 0.01
        lone += int((~paired).sum()) + len(theirs) - len(set(twin[paired]))
        off.append(away)
        beside = theirs.iloc[twin[paired]]
        for name in [n for n in theirs if n.split("_")[0] in worst]:
            change = np.abs(ours[name].to_numpy()[paired] / beside[name].to_numpy() - 1)
            kind = name.split("_")[0]
            worst[kind] = float(np.nanmax([worst[kind], *change]))
    every = np.concatenate(off)
    return {
        "features": len(every),
        "without twin": lone,
        "same": float((every <= NEAR).sum() / (len(every) + lone)),
        "farthest px": float(every[every < 0.01].max()),
        **worst,
    }
