"""Particles in a volume that does not fit in memory.

The volume of `specks.synth` lies in a memory-mapped NPY file of 8.6 GB (quick: 0.5 GB) and is
segmented from statistics to the table of objects, with labels that are painted on request, and then
once more into an OME-Zarr store. Memory is counted beyond what is held after a small volume was
segmented: libraries and kernels are loaded then. Scores are taken on the first slices.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import specks
from benchmarks._table import Row
from benchmarks._timing import memory_peak
from benchmarks._volume import Written, write_npy
from specks.synth import ParticleScene, truth

MEMORY_GOAL = 500.0
SCENE = ParticleScene()
GENERATED, SCORED = 128, 32


def run(quick: bool) -> list[Row]:
    """Rows for the lazy result and for the one that is written."""
    import time

    with tempfile.TemporaryDirectory(prefix="specks-benchmark-") as name:
        folder = Path(name)
        small = folder / "small"
        small.mkdir()
        _segment(write_npy(small, (8, 256, 256), SCENE, seed=2, generated=8).path, small / "out.zarr")
        shape = (128 if quick else 2048, 2048, 2048)
        written = write_npy(folder, shape, SCENE, seed=1, generated=GENERATED)
        gigabytes = written.path.stat().st_size / 1e9
        rows: list[Row] = []
        for what, out in (("lazy labels", None), ("written as OME-Zarr", folder / "out.zarr")):
            start = time.process_time()
            with memory_peak() as peak:
                found = _segment(written.path, out)
            seconds = time.process_time() - start
            rows.append(
                {
                    "what": what,
                    "GB": gigabytes,
                    "CPU s": seconds,
                    "Mvoxel / CPU s": gigabytes * 1e3 / seconds,
                    "objects": len(found.objects),
                    "MB beyond imports": peak.megabytes,
                    "goal": f"<= {MEMORY_GOAL:g} MB",
                    "ok": peak.megabytes <= MEMORY_GOAL,
                }
            )
        return [*rows, _scores(found, written)]


def _segment(path: Path, out: Path | None) -> Any:
    return specks.segment_particles(
        path, diameter=SCENE.diameter, polarity=SCENE.polarity, axes="zyx", out=out
    )


def _scores(found: Any, written: Written) -> Row:
    """Posterior and objects of the first slices against the truth."""
    part = slice(0, min(SCORED, written.labels.shape[0]))
    true = written.labels[part]
    pixels = truth.pixel_scores(found.posterior[part], true)
    objects = truth.object_scores(found.labels[part], true, min_size=10)
    return {
        "what": f"scores of the first {part.stop} slices",
        "AP": pixels.average_precision,
        "ECE": pixels.expected_calibration_error(),
        "Dice": pixels.counts(0.5).f1,
        "object F1": objects.f1,
    }
