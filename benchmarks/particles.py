"""Particles in real micrographs, beside other ways to find them.

Images are binned so that the median particle is about 14 pixels wide; what is found counts when its
center lies in a box that was drawn by hand and is widened by a fifth. By default the micrographs are
those that come with specks. SPECKS_STEM_DATA names a folder with more: NAME.jpg and NAME.txt (YOLO
boxes), such as the data set of https://github.com/ArdaGen/STEM-Automated-Nanoparticle-Analysis-YOLOv8-SAM;
the goals are meant for eleven of its images (Cu1, Cu_silica2, Pd1, Pd_silica3, Pt2, PtC1, PtCo, PtCo1,
PtW2, Pt_carbon1, Ru2). Strokes and answers are those of a hand that knows the boxes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

import specks
from benchmarks._by_hand import answered, by_the_best_cut, centers, stroked, taught_by_half
from benchmarks._micrographs import Micrograph, micrographs
from benchmarks._rivals import RIVALS
from benchmarks._table import Row
from specks.synth import particle_image
from specks.synth.truth import box_scores

Find = Callable[[Micrograph], np.ndarray]

F1_GOAL, SECONDS_GOAL, SIDE = 0.76, 0.3, 2048
STROKE_GOALS, ANSWER_GOALS = (0.01, -0.02), (0.02, 0.0)
DRAWS = 20


def run(quick: bool) -> list[Row]:
    """Rows for what finds, what a hand changes, what others find, and what it costs."""
    whole = micrographs()
    binned = [shot.binned() for shot in whole]
    rows: list[Row] = [
        _found("ours, diameter and polarity given", binned, _given, F1_GOAL),
        _found("ours, everything automatic, unbinned", whole, lambda shot: centers(_automatic(shot.image))),
        *_corrected(binned, 3 if quick else DRAWS),
    ]
    for name, rival in RIVALS.items():
        rows.append(_found(name, binned, lambda shot, rival=rival: rival(shot.bright, shot.diameter)))
    return [*rows, _speed(whole)]


def _segment(shot: Micrograph) -> Any:
    return specks.segment_particles(shot.image, diameter=shot.diameter, polarity=shot.polarity)


def _given(shot: Micrograph) -> np.ndarray:
    return centers(_segment(shot))


def _automatic(image: np.ndarray) -> Any:
    return specks.segment_particles(image)


def _found(what: str, shots: list[Micrograph], find: Find, goal: float | None = None) -> Row:
    find(min(shots, key=lambda shot: shot.image.size))  # compiles
    start = time.process_time()
    places = [find(shot) for shot in shots]
    seconds = time.process_time() - start
    f1 = [box_scores(p, shot.boxes).f1 for p, shot in zip(places, shots, strict=True)]
    worst = int(np.argmin(f1))
    row = {
        "what": f"{what} ({len(shots)} images)",
        "mean F1": float(np.mean(f1)),
        "least F1": f1[worst],
        "of": shots[worst].name,
        "CPU s": seconds,
    }
    return row if goal is None else row | {"goal": f">= {goal}", "ok": bool(np.mean(f1) >= goal)}


def _corrected(shots: list[Micrograph], draws: int) -> list[Row]:
    """What six strokes and what ten answers change, and what the best cut or half of the truth would."""
    found = [_segment(shot) for shot in shots]
    strokes = [
        np.mean([stroked(shot, result, np.random.default_rng((7, n))) for n in range(draws)], axis=0)
        for shot, result in zip(shots, found, strict=True)
    ]
    answers = [answered(shot, result) for shot, result in zip(shots, found, strict=True)]
    cut = [by_the_best_cut(shot, result) for shot, result in zip(shots, found, strict=True)]
    taught = [
        np.mean([taught_by_half(shot, result, np.random.default_rng((8, n))) for n in range(draws)], axis=0)
        for shot, result in zip(shots, found, strict=True)
    ]
    return [
        _gain(f"ours, 3 + 3 strokes, {draws} draws", shots, np.array(strokes), STROKE_GOALS),
        _gain("for comparison: the best cut in hindsight", shots, np.array(cut)),
        _gain("for comparison: half of the truth known", shots, np.array(taught)),
        _gain("ours, the 10 least sure answered", shots, np.array(answers), ANSWER_GOALS),
    ]


def _gain(
    what: str, shots: list[Micrograph], scores: np.ndarray, goals: tuple[float, float] | None = None
) -> Row:
    """A row of F1 after correction and of what it gained by image: `scores` are before and after."""
    gains = scores[:, 1] - scores[:, 0]
    worst = int(np.argmin(gains))
    row: Row = {
        "what": what,
        "mean F1": float(scores[:, 1].mean()),
        "least F1": float(scores[:, 1].min()),
        "gain": float(gains.mean()),
        "worst gain": float(gains[worst]),
        "of": shots[worst].name,
    }
    if goals is None:
        return row
    ok = bool(gains.mean() >= goals[0] and gains[worst] >= goals[1])
    return {**row, "goal": f"gain >= {goals[0]}, worst >= {goals[1]}", "ok": ok}


def _speed(shots: list[Micrograph]) -> Row:
    """Seconds of a large image of which nothing is known."""
    large = [shot.image for shot in shots if shot.image.shape == (SIDE, SIDE)]
    images = large or [particle_image((SIDE, SIDE), seed=1).image]
    what = f"{len(images)} micrographs" if large else "a generated one"
    seconds = []
    for image in images:
        times = []
        for _ in range(4):
            start = time.process_time()
            _automatic(image)
            times.append(time.process_time() - start)
        seconds.append(min(times[1:]))
    mean = float(np.mean(seconds))
    return {
        "what": f"ours, everything automatic, one of {SIDE} x {SIDE}: {what}",
        "CPU s": mean,
        "goal": f"<= {SECONDS_GOAL} s",
        "ok": mean <= SECONDS_GOAL,
    }
