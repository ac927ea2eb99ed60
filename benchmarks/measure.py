"""Labels and object tables, beside scikit-image.

Labels: scikit-image's label, remove_small_objects and relabel_sequential (after SciPy's
binary_closing where there is a closing), as the original does it. Tables: regionprops_table with
the same columns. Memory is what is held at most beyond the mask and the labels that are returned.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy import ndimage as ndi
from skimage.measure import label, regionprops_table
from skimage.morphology import ball, remove_small_objects
from skimage.segmentation import relabel_sequential

from benchmarks._table import Row
from benchmarks._timing import Timing, cpu, memory_peak
from specks.measure import RunLabeler, label_particles, measure_objects
from specks.synth import ParticleScene, particle_volume

MIN_SIZE = 10
LABEL_GOAL, MEMORY_GOAL = 100.0, 300.0
BASIC = ("label", "centroid", "area", "equivalent_diameter_area", "bbox", "intensity_mean")
ALL = (
    *BASIC, "area_bbox", "extent", "axis_major_length", "axis_minor_length",
    "intensity_min", "intensity_max", "intensity_std", "centroid_weighted",
)  # fmt: skip


def run(quick: bool) -> list[Row]:
    """Rows for labels, then for tables."""
    volume = particle_volume((16, 512, 512) if quick else (16, 1024, 1024), ParticleScene(), seed=1)
    mask = np.tile(volume.labels > 0, (1, 2, 2) if quick else (4, 2, 2))
    image = np.tile(volume.image, (1, 2, 2))
    labels = label_particles(mask[: len(image)], closing_radius=0, min_size=MIN_SIZE)
    return [*_label_rows(mask), *_table_rows(labels, image)]


def _label_rows(mask: np.ndarray) -> list[Row]:
    memory = _memory(lambda: label_particles(mask, closing_radius=0, min_size=MIN_SIZE))
    ours = cpu(lambda: label_particles(mask, closing_radius=0, min_size=MIN_SIZE), 5)
    theirs = cpu(lambda: _plain(mask), 1)
    first = _row("mask to labels", mask, ours, theirs)
    first |= {"MB beyond": memory, "goal": f">= {LABEL_GOAL:g}, <= {MEMORY_GOAL:g} MB"}
    first["ok"] = first["equal"] and first["ratio"] >= LABEL_GOAL and memory <= MEMORY_GOAL
    parts = _part_rows(mask, theirs.warm)
    del ours, theirs
    part = mask[: len(mask) // 2]
    closed = cpu(lambda: label_particles(part, closing_radius=1, min_size=MIN_SIZE, borders="original"), 3)
    plain = cpu(lambda: _plain(ndi.binary_closing(part, ball(1))), 1)
    return [first, *parts, _row("closing by 1 pixel, labels", part, closed, plain)]


def _plain(mask: np.ndarray) -> np.ndarray:
    found = label(mask, connectivity=2)
    return relabel_sequential(remove_small_objects(found, max_size=MIN_SIZE - 1))[0]


def _part_rows(mask: np.ndarray, plain: float) -> list[Row]:
    """What the labels are made of: the runs, which are all that a lazy result needs, and fresh pages."""

    def runs() -> Any:
        labeler = RunLabeler(mask.shape, "zyx", min_size=MIN_SIZE)
        labeler.add(mask)
        return labeler.finish()

    def pages() -> None:
        np.zeros(mask.shape, np.int32).reshape(-1)[::1024] = 1

    found, touched = cpu(runs, 5), cpu(pages, 5)
    return [
        {
            "what": f"of this: mask to runs ({found.result.count} objects)",
            "cold CPU s": found.cold,
            "warm CPU s": found.warm,
            "Mpixel/CPU s": mask.size / found.warm / 1e6,
            "scikit-image CPU s": plain,
            "ratio": plain / found.warm,
        },
        {
            "what": "of this: the system's zeroed pages",
            "cold CPU s": touched.cold,
            "warm CPU s": touched.warm,
        },
    ]


def _table_rows(labels: np.ndarray, image: np.ndarray) -> list[Row]:
    planes = labels.reshape(-1, labels.shape[-1])
    flat_image = image.reshape(planes.shape)
    cases = [
        ("basic table, volume", labels, image, "basic", BASIC),
        ("whole table, volume", labels, image, "all", ALL),
        ("whole table, plane", planes, flat_image, "all", (*ALL, "eccentricity", "orientation", "perimeter")),
    ]
    rows = []
    for what, found, light, columns, names in cases:
        axes = "zyx" if found.ndim == 3 else "yx"
        ours = cpu(lambda f=found, i=light, c=columns, a=axes: measure_objects(f, i, axes=a, columns=c))
        theirs = cpu(lambda f=found, i=light, n=names: pd.DataFrame(regionprops_table(f, i, properties=n)), 1)
        row = _row(f"{what} ({len(ours.result)} objects)", found, ours, theirs)
        same = np.allclose(ours.result["intensity_mean"], theirs.result["intensity_mean"], rtol=1e-9, atol=0)
        rows.append(row | {"equal": bool(same)})
    return rows


def _row(what: str, image: np.ndarray, ours: Timing, theirs: Timing) -> dict[str, Any]:
    return {
        "what": what,
        "cold CPU s": ours.cold,
        "warm CPU s": ours.warm,
        "scikit-image CPU s": theirs.warm,
        "Mpixel/CPU s": image.size / ours.warm / 1e6,
        "ratio": theirs.warm / ours.warm,
        "equal": isinstance(ours.result, np.ndarray) and np.array_equal(ours.result, theirs.result),
    }


def _memory(call: Callable[[], np.ndarray]) -> float:
    """Megabytes beyond the result, all of which counts as held."""
    call()
    with memory_peak() as peak:
        result = call()
        result += 0  # so that all of its pages are there
    return peak.megabytes - result.nbytes / 1e6
