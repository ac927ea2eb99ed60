"""How much was corrected by hand, as a person would count it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.corrections import Corrections

__all__ = ["breakdown", "tally"]

#: One and many of each kind.
WORDS = {
    "scribble": ("stroke", "strokes"),
    "accept": ("accepted", "accepted"),
    "reject": ("rejected", "rejected"),
    "exclude_frame": ("frame left out", "frames left out"),
    "threshold": ("threshold", "thresholds"),
    "bad_frame": ("bad frame", "bad frames"),
    "set_shift": ("frame moved", "frames moved"),
    "point_add": ("point added", "points added"),
    "point_move": ("point moved", "points moved"),
    "point_delete": ("point deleted", "points deleted"),
}


def tally(corrections: Corrections) -> dict[str, int]:
    """How many corrections of each kind are in force, in the order in which the kinds first came.

    A record holds all that is painted on a frame; a person counts strokes.
    """
    counts: dict[str, int] = {}
    for record in corrections:
        counts[record["kind"]] = counts.get(record["kind"], 0) + _things(record)
    return counts


def breakdown(counts: Mapping[str, int]) -> str:
    """Such as "2 strokes, 1 accepted"."""
    parts = []
    for kind, n in counts.items():
        one, many = WORDS.get(kind, (kind.replace("_", " "), kind.replace("_", " ")))
        parts.append(f"{n} {one if n == 1 else many}")
    return ", ".join(parts)


def _things(record: Mapping[str, Any]) -> int:
    if record["kind"] != "scribble":
        return 1
    array = np.asarray(record["array"])
    return sum(_blobs(array == label) for label in _labels(array))


def _labels(array: npt.NDArray[Any]) -> Iterator[int]:
    return (label for label in np.unique(array).tolist() if label)


def _blobs(painted: npt.NDArray[np.bool_]) -> int:
    """Connected parts, over corners too; looked for only where something is painted."""
    from scipy.ndimage import find_objects, generate_binary_structure, label

    (where,) = find_objects(painted.astype(np.uint8))
    return int(label(painted[where], generate_binary_structure(painted.ndim, painted.ndim))[1])
