"""Particles in the volume of the generator: scores, cost and memory, beside the original's algorithm.

64 slices of 2048 x 2048 from `specks.synth`, memory-mapped or compressed as the original stores it.
Polarity and diameter are given; timed is everything from the first statistics to labels that are
painted on request. The rival is the plain statement of the original's algorithm, all in memory, which
the tests hold as the oracle of its fast form. Memory is counted beyond what is held after a small
volume was done: libraries and kernels are loaded then.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import zarr
from zarr.codecs import BloscCodec

from benchmarks._table import Row
from benchmarks._timing import Skip, cpu, memory_peak
from benchmarks._volume import Written, write_npy
from specks.io import as_source
from specks.measure import label_particles
from specks.mixture import Mixture, fit_mixture
from specks.synth import ParticleScene, truth
from specks.workflows._posterior import PosteriorSource
from tests.statements import documented as statement

SCENE = ParticleScene()
SHAPE, QUICK = (64, 2048, 2048), (16, 512, 512)
MIN_SIZE = 10
#: Average precision, calibration error and F1 of objects that contrast is to reach.
SCORE_GOALS = (0.93, 0.001, 0.92)
FALSE_GOAL, MEMORY_GOAL = 1e-6, 500.0
#: By how much the plain statement is to take longer: memory-mapped, and from compressed Zarr.
RATIO_GOALS = {"contrast": (15.0, 6.0), "intensity": (40.0, 12.0)}


class Found(NamedTuple):
    """A model and labels that are painted on request."""

    model: Mixture
    labels: Any


def run(quick: bool) -> list[Row]:
    """Rows for an empty volume, for each variable from both files, and for the plain statement."""
    with tempfile.TemporaryDirectory(prefix="specks-benchmark-") as name:
        folder = Path(name)
        shape = QUICK if quick else SHAPE
        rows: list[Row] = list(_empty(folder / "empty", shape))
        written = _written(folder / "full", shape, SCENE)
        store = _compressed(written.path, folder / "full.zarr")
        plain, decoding = _plain(written), cpu(lambda: zarr.open_array(store, mode="r")[:], 1).warm
        rows.append(_plain_row(plain, written))
        for variable, goals in RATIO_GOALS.items():
            for path, goal, extra in zip((written.path, store), goals, (0.0, decoding), strict=True):
                # On small volumes the fixed costs decide, so there the ratio has no goal.
                rows.append(_row(path, variable, written, plain.seconds + extra, 0.0 if quick else goal))
        return rows


def _written(folder: Path, shape: tuple[int, int, int], scene: ParticleScene) -> Written:
    folder.mkdir()
    return write_npy(folder, shape, scene, seed=1, generated=shape[0])


def _compressed(path: Path, store: Path) -> Path:
    """The same volume as the original stores it."""
    volume = np.load(path, mmap_mode="r")
    chunks = (1, *(min(1024, n) for n in volume.shape[1:]))
    codec = BloscCodec(cname="zstd", clevel=3, shuffle="bitshuffle")
    array = zarr.create_array(store, shape=volume.shape, chunks=chunks, dtype=volume.dtype, compressors=codec)
    array[:] = volume
    return store


def _segment(path: Path, variable: str) -> Found:
    source = as_source(path, axes="zyx")
    model = fit_mixture(source, diameter=SCENE.diameter, polarity=SCENE.polarity, variable=variable)
    return Found(model, label_particles(PosteriorSource(model, source), min_size=MIN_SIZE))


def _empty(folder: Path, shape: tuple[int, int, int]) -> Iterator[Row]:
    """What is found where nothing is."""
    written = _written(folder, shape, ParticleScene(prevalence=0.0))
    for variable in RATIO_GOALS:
        labels = _segment(written.path, variable).labels
        found = sum(int(np.count_nonzero(labels[z].compute())) for z in range(shape[0]))
        share = found / float(np.prod(shape))
        yield {
            "what": f"{variable}, no particles there",
            "false share": share,
            "goal": f"<= {FALSE_GOAL}",
            "ok": share <= FALSE_GOAL,
        }
    written.path.unlink()


class _Plain(NamedTuple):
    """The plain statement's result and the seconds it took."""

    seconds: float
    posterior: np.ndarray
    labels: np.ndarray
    weight: float


def _plain(written: Written) -> _Plain:
    start = time.process_time()
    stack = np.array(np.load(written.path, mmap_mode="r"))
    fit = statement.fit(stack)
    posterior = statement.posterior(stack, fit)
    labels = statement.labels(posterior, 0.95, min_size=MIN_SIZE)
    return _Plain(time.process_time() - start, posterior, labels, 1 - fit.w_bg)


def _plain_row(plain: _Plain, written: Written) -> Row:
    return {
        "what": "the original's algorithm, plain",
        "warm CPU s": plain.seconds,
        **_scores(plain.posterior, plain.labels, written),
        "share": plain.weight,
    }


def _row(path: Path, variable: str, written: Written, plain: float, goal: float) -> Row:
    timing = cpu(lambda: _segment(path, variable), 2)
    found: Found = timing.result
    ratio = plain / timing.warm
    row = {
        "what": f"{variable}, {'memory-mapped' if path.suffix == '.npy' else 'compressed Zarr'}",
        "cold CPU s": timing.cold,
        "warm CPU s": timing.warm,
        "plain CPU s": plain,
        "ratio": ratio,
        "MB": _memory(path, variable),
        "goal": f"ratio >= {goal:g}, <= {MEMORY_GOAL:g} MB",
    }
    row["ok"] = ratio >= goal and not row["MB"] > MEMORY_GOAL
    if path.suffix != ".npy":
        return row
    row |= _scores(found.model.posterior(path), found.labels, written)
    row["share"] = found.model.prevalence
    if variable == "contrast":
        ap, error, f1 = SCORE_GOALS
        row["goal"] += f"; AP >= {ap}, ECE <= {error}, F1 >= {f1}"
        row["ok"] &= row["AP"] >= ap and row["ECE"] <= error and row["object F1"] >= f1
    return row


def _scores(posterior: Any, labels: Any, written: Written) -> dict[str, float]:
    pixels = truth.pixel_scores(posterior, written.labels)
    return {
        "AP": pixels.average_precision,
        "ECE": pixels.expected_calibration_error(),
        "object F1": truth.object_scores(labels, written.labels, min_size=MIN_SIZE).f1,
        "true share": written.prevalence,
    }


def _memory(path: Path, variable: str) -> float:
    """Megabytes beyond what is held when everything has run once; NaN where that cannot be told."""
    try:
        with memory_peak() as peak:
            _segment(path, variable)
    except Skip:
        return float("nan")
    return peak.megabytes
