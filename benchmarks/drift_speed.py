"""What drift costs, beside the original's arithmetic and scikit-image.

From arrays in memory. The original is timed on 15 pairs of frames and scaled to all of them; its
masks, which it makes again for every pair, are ready here. scikit-image looks at consecutive frames
only and at whole pixels, which is the least that it can do.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import specks
from benchmarks._drift_original import all_pairs, pair_shift
from benchmarks._drift_runs import drift_of, ready
from benchmarks._drift_score import score
from benchmarks._table import Row
from benchmarks._timing import Timing, cpu
from benchmarks.peers._scikit_image import consecutive
from specks.synth import DriftingSeries, drifting_series

PAIRS = 15
RATIOS = {50: 500.0, 100: 1000.0}  # frames: times as fast as the original
LONGEST = 0.03  # px, on masks
LONG, LONG_GOAL = (1000, 512), 15.0  # frames, pixels; CPU s


def run(quick: bool) -> list[Row]:
    """Rows for masks and gray values, then for a long series."""
    ready()
    size = 256 if quick else 1024
    rows: list[Row] = []
    for frames in RATIOS:
        for scenario in ("mask_easy", "easy_int"):
            made = drifting_series(scenario, seed=1, frames=frames, shape=(size, size))
            rows += _rows(scenario, made, 0.0 if quick else RATIOS[frames])
    frames, size = (100, 128) if quick else LONG
    made = drifting_series("easy_int", seed=1, frames=frames, shape=(size, size))
    ours = cpu(lambda: specks.estimate_drift(made.images, axes=made.axes), 1)
    row = _row("easy_int", made, ours)
    return [*rows, row | {"goal": f"<= {LONG_GOAL:g} s", "ok": ours.warm <= LONG_GOAL}]


def _rows(scenario: str, made: DriftingSeries, least: float) -> list[Row]:
    ours = cpu(lambda: specks.estimate_drift(made.images, axes=made.axes))
    row = _row(scenario, made, ours)
    original = _original(made.images)
    ratio = original / ours.warm
    against = row | {"beside": "original, all pairs", "its CPU s": original, "ratio": ratio}
    good = ratio >= least and (scenario != "mask_easy" or row["rms px"] <= LONGEST)
    limit = f", <= {LONGEST:g} px" if scenario == "mask_easy" else ""
    rows: list[Row] = [against | {"goal": f">= {least:g}{limit}", "ok": good}]
    if len(made.images) == min(RATIOS):
        theirs = cpu(lambda: consecutive(made.images, upsample_factor=1), 1)
        ratio = theirs.warm / ours.warm
        beside = {"beside": "scikit-image, consecutive", "its CPU s": theirs.warm, "ratio": ratio}
        rows.append(row | beside | {"goal": ">= 1", "ok": ratio >= 1})
    return rows


def _row(scenario: str, made: DriftingSeries, ours: Timing) -> dict[str, Any]:
    frames, *shape = made.images.shape
    return {
        "what": f"{scenario}, {frames} x {' x '.join(map(str, shape))}",
        "cold CPU s": ours.cold,
        "CPU s": ours.warm,
        "rms px": score(drift_of(ours.result, made), made).rms,
    }


def _original(images: np.ndarray) -> float:
    """CPU seconds of the original for all pairs, from those of a few that are spread over the series."""
    every = all_pairs(len(images))
    few = every[:: max(1, len(every) // PAIRS)][:PAIRS]
    timing = cpu(lambda: [pair_shift(images[i], images[j]) for i, j in few], 1)
    return timing.warm / len(few) * len(every)
