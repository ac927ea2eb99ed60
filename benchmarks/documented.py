"""Documented mixture: counts, lookup and the whole chain, beside plain NumPy, SciPy and scikit-image.

The plain statement is the one that the tests hold as the oracle; results are compared here too.
The lookup's rival is the original's way: gather float64 probabilities, then round them to float16.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks._table import Row
from benchmarks._timing import Timing, cpu
from specks._core.source import array_source
from specks.measure import label_particles
from specks.mixture.documented import NanoparticleSegConfig, documented_table, fit_documented
from specks.mixture.documented._counts import look_up, slice_counts
from specks.synth import ParticleScene, particle_volume
from tests.statements import documented as statement

COUNT_GOAL, LOOKUP_GOAL = 6.0, 40.0
MAX_ITER = 200  # enough to time; the iterations are the same 256 bins in both


def run(quick: bool) -> list[Row]:
    """Rows for single slices, then for a stack."""
    stack = particle_volume((4, 512, 512) if quick else (8, 2048, 2048), ParticleScene(), seed=1).image
    plane = np.ascontiguousarray(np.tile(stack[0], (4, 4)) if quick else stack[0])
    table = np.random.default_rng(0).random(256)
    return [
        _slice_row(
            "histogram of a slice / np.bincount",
            cpu(lambda: slice_counts(plane), 20),
            cpu(lambda: np.bincount(plane.ravel(), minlength=256), 10),
            COUNT_GOAL,
            plane.size,
        ),
        _slice_row(
            "lookup to float16 / gather float64 and cast",
            cpu(lambda: look_up(plane, table), 20),
            cpu(lambda: table[plane].astype(np.float16), 5),
            LOOKUP_GOAL,
            plane.size,
        ),
        *_stack_rows(stack),
    ]


def _slice_row(what: str, ours: Timing, plain: Timing, goal: float, pixels: int) -> Row:
    ratio = plain.warm / ours.warm
    same = np.array_equal(ours.result, plain.result)
    return {
        "what": what,
        "cold CPU s": ours.cold,
        "warm CPU s": ours.warm,
        "plain CPU s": plain.warm,
        "Mpixel/CPU s": pixels / ours.warm / 1e6,
        "ratio": ratio,
        "equal": same,
        "goal": f">= {goal:g}",
        "ok": same and ratio >= goal,
    }


def _stack_rows(stack: np.ndarray) -> list[Row]:
    config = NanoparticleSegConfig("none", "none", max_iter=MAX_ITER)
    fit = fit_documented(array_source(stack), config)
    plain_fit = statement.fit(stack, max_iter=MAX_ITER)
    posterior = statement.posterior(stack, plain_fit)

    def predict() -> Any:
        return np.stack([look_up(p, documented_table(fit, slice_counts(p), config)) for p in stack])

    def label() -> Any:
        return label_particles(posterior, 0.95, closing_radius=1.0, axes="zyx", borders="original")

    chain: list[tuple[str, Callable[[], Any], Callable[[], Any]]] = [
        (
            "fit of a stack",
            lambda: fit_documented(array_source(stack), config).hist_bg,
            lambda: statement.fit(stack, max_iter=MAX_ITER).hist_bg,
        ),
        ("posterior of a stack", predict, lambda: statement.posterior(stack, plain_fit)),
        ("labels of a stack", label, lambda: statement.labels(posterior, 0.95)),
    ]
    rows = []
    for what, ours, plain in chain:
        fast, slow = cpu(ours), cpu(plain, 1)
        rows.append(
            {
                "what": what,
                "cold CPU s": fast.cold,
                "warm CPU s": fast.warm,
                "plain CPU s": slow.warm,
                "Mpixel/CPU s": stack.size / fast.warm / 1e6,
                "ratio": slow.warm / fast.warm,
                "equal": np.array_equal(fast.result, slow.result),
            }
        )
    return rows
