"""Least-squares refinement: what it costs by itself.

CPU time of one thread, warm, with 3000 features in a frame, 1000 in 3D. The plain fit has own masks and squares;
what further options cost is the median of five ratios, taken back to back. A first call compiles the
kernels, or reads them from their cache, in a fresh process with a cache of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import specks
from benchmarks._refine_cases import quiet
from benchmarks._table import Row
from benchmarks._timing import cpu, memory_peak
from specks.synth import TouchingScene, start_table, touching_particles

DIAMETER = 17
EACH = {("single", 2): 20.0, ("dimer", 2): 25.0, ("single", 3): 80.0}  # µs
TIMES = 2.0
FEW, OVERHEAD = 8, 5.0  # features; ms
COLD, CACHED = 25.0, 1.0  # s
FRAMES, SIDE, FEATURES, SPARE = 1000, 1024, 500, 100.0  # of the long movie; MB

_FIRST_CALL = """
import time
from benchmarks import _one_thread
import numba, pandas, scipy.spatial, specks
from specks.synth import start_table, touching_particles
made = touching_particles(None, count=4)
start = start_table(made.table)
seconds = []
for _ in range(2):
    begun = time.process_time()
    specks.refine_leastsq(start, made.images, 17)
    seconds.append(time.process_time() - begun)
print(seconds[0] - seconds[1])
"""


def run(quick: bool) -> list[Row]:
    """Rows for time per feature, options, overhead, memory and compiling."""
    quiet()
    part = 0.1 if quick else 1.0
    rows = [_each(arrangement, ndim, goal, part) for (arrangement, ndim), goal in EACH.items()]
    rows += _options(part)
    rows += [_overhead(), _memory(round(FRAMES * part)), *_compiling()]
    if not quick:
        return rows
    return [{name: value for name, value in row.items() if name not in ("goal", "ok")} for row in rows]


def _each(arrangement: Any, ndim: int, goal: float, part: float) -> Row:
    groups = round((3000 if ndim == 2 else 1000) * part / (2 if arrangement == "dimer" else 1))
    made = touching_particles(None, TouchingScene(arrangement=arrangement), count=groups, ndim=ndim)
    start = start_table(made.table)
    timing = cpu(lambda: specks.refine_leastsq(start, made.images, DIAMETER))
    each = 1e6 * timing.warm / len(made.table)
    what = f"{len(made.table)} features, {ndim}D {arrangement}"
    return {"what": what, "figure": each, "unit": "µs each", "goal": f"<= {goal:g}", "ok": each <= goal}


def _options(part: float) -> list[Row]:
    """Dimers: full tails, losses and shared sizes beside the plain fit."""
    made = touching_particles(None, TouchingScene(poisson=True), count=round(1500 * part))
    start = start_table(made.table)

    def fit(**named: Any) -> float:
        settings = {"size": "const", "tails": "mask", **named}
        begun = time.process_time()
        specks.refine(start, made.images, DIAMETER, **settings)
        return time.process_time() - begun

    rows = []
    for named in (
        {"tails": "full"},
        *({"loss": loss} for loss in ("soft_l1", "cauchy", "poisson")),
        {"size": "global"},
        {"size": "global", "tails": "full"},
    ):
        fit(**named)
        ratio = float(np.median([fit(**named) / fit() for _ in range(5)]))
        said = ", ".join(f"{name}='{value}'" for name, value in named.items())
        row = {"what": f"dimers, {said}", "figure": ratio, "unit": "x the plain fit"}
        rows.append(row if "size" in named else row | {"goal": f"<= {TIMES:g}", "ok": ratio <= TIMES})
    return rows


def _overhead() -> Row:
    made = touching_particles(None, count=FEW // 2)
    start = start_table(made.table)
    took = 1000 * cpu(lambda: specks.refine_leastsq(start, made.images, DIAMETER), 20).warm
    goal = {"goal": f"<= {OVERHEAD:g}", "ok": took <= OVERHEAD}
    return {"what": f"{FEW} features in one frame", "figure": took, "unit": "ms a call", **goal}


class _LongMovie:
    """A movie that makes each frame when it is asked for it, from a few that it has."""

    def __init__(self, few: np.ndarray, frames: int) -> None:
        self._few, self._frames = few, frames
        self.frame_shape = few.shape[1:]

    def __len__(self) -> int:
        return self._frames

    def __getitem__(self, frame: int) -> np.ndarray:
        return self._few[frame % len(self._few)].copy()


def _memory(frames: int) -> Row:
    """A long movie, frame by frame, and its table."""
    scene = TouchingScene(arrangement="single", background=64, dtype="uint8")
    made = touching_particles((SIDE, SIDE), scene, count=FEATURES, frames=2)
    first = [start_table(rows) for _, rows in made.table.groupby("frame")]
    start = pd.concat([first[t % 2].assign(frame=t) for t in range(frames)], ignore_index=True)
    movie = _LongMovie(made.images, frames)
    specks.refine_leastsq(start[start["frame"] < 1], movie, DIAMETER)
    with memory_peak() as peak:
        begun = time.process_time()
        table = specks.refine_leastsq(start, movie, DIAMETER)
        took = time.process_time() - begun
    held = (4 * made.images[0].nbytes + 4 * table.memory_usage(deep=True).sum()) / 1e6 + SPARE
    what = f"{frames} frames of {SIDE} x {SIDE}, {FEATURES} features each: {took:.1f} s"
    goal = {"goal": f"<= {held:.0f}", "ok": bool(peak.megabytes <= held)}
    return {"what": what, "figure": peak.megabytes, "unit": "MB", **goal}


def _compiling() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "NUMBA_CACHE_DIR": folder}
        took = [
            float(
                subprocess.run(
                    [sys.executable, "-c", _FIRST_CALL],
                    cwd=Path(__file__).parents[1],
                    env=environment,
                    check=True,
                    capture_output=True,
                    text=True,
                ).stdout
            )
            for _ in range(2)
        ]
    return [
        {"what": f"first call, {said}", "figure": seconds, "unit": "CPU s"}
        | {"goal": f"<= {goal:g}", "ok": seconds <= goal}
        for said, seconds, goal in (("cold", took[0], COLD), ("cached", took[1], CACHED))
    ]
