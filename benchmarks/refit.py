"""What a correction costs: a fitted volume is refitted after a stroke or without a slice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks._table import Row
from benchmarks._timing import cpu
from specks._core.corrections import Corrections
from specks.mixture import fit_mixture
from specks.synth import particle_volume

VARIABLES = ("contrast", "intensity")
GOAL_MS = 50


def run(quick: bool) -> list[Row]:
    """Refit after a new stroke and after excluding a slice; strokes that were counted are not read again."""
    shape = (20, 512, 512) if quick else (100, 1024, 1024)
    image = particle_volume(shape, seed=0).image
    return [row for variable in VARIABLES for row in _rows(image, variable)]


def _rows(image: np.ndarray, variable: str) -> Iterator[Row]:
    """What corrections of one model cost."""
    model = fit_mixture(image, diameter=10, polarity="bright", variable=variable)
    stroke = np.zeros(image.shape[1:], np.uint8)
    stroke[100:104, 100:160] = 2
    painted = Corrections().add("scribble", array=stroke, frame=len(image) // 2)
    known = model.refit(painted)
    calls = {
        "a new stroke": lambda: model.refit(painted),
        "a slice excluded": lambda: known.refit(painted.add("exclude_frame", frame=7)),
    }
    for what, call in calls.items():
        timing = cpu(call)
        milliseconds = 1000 * timing.warm
        yield {
            "what": f"{what}, {' x '.join(map(str, image.shape))}, {variable}",
            "cold CPU ms": 1000 * timing.cold,
            "warm CPU ms": milliseconds,
            "goal": f"<= {GOAL_MS} ms",
            "ok": milliseconds <= GOAL_MS,
        }
