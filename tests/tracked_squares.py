"""Squares that move and grow as is known, for the tests of what shows tracks."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["FRAMES", "OVER_THE_GAP", "PLACED", "squares", "view_of"]

FRAMES = 8
#: The link over the frame in which a square is missing.
OVER_THE_GAP = {"frame_a": 2, "label_a": 1, "frame_b": 4, "label_b": 3}
PLACED = {
    "scale": (2.0, 0.5, 0.5),
    "units": ("s", "nm", "nm"),
    "axis_labels": ("t", "y", "x"),
}


def squares() -> np.ndarray:
    """Three squares: one grows by two pixels a frame, one is missing in frame 3, one touches a side.

    Labels are numbered anew in each frame: 1 + (number + frame) % 3.
    """
    labels = np.zeros((FRAMES, 80, 90), np.int32)
    for t in range(FRAMES):
        boxes = [
            (slice(30 - t, 34 + t), slice(30 - t, 34 + t)),
            (slice(60, 66), slice(20 + t, 26 + t)),
            (slice(10, 16), slice(0, 4)),
        ]
        for number, box in enumerate(boxes):
            if (number, t) != (1, 3):
                labels[t][box] = 1 + (number + t) % 3
    return labels


def view_of(labels: np.ndarray, **placed: Any) -> Any:
    """A layer of labels as docks read it."""
    from napari.layers import Labels

    from specks.ui.layer_view import view_layer

    return view_layer(Labels(labels, name="squares", **{**PLACED, **placed}), "tyx")
