"""Frames without their drift, beside SciPy, scikit-image and OpenCV.

One thread, one frame of 1024 x 1024 (and a volume), shifted by parts of a pixel; whole pixels for labels. What
is not smooth at the border is left out where results are compared.
"""

from __future__ import annotations

import numpy as np

from benchmarks._table import Row
from benchmarks._timing import cpu
from specks._core.source import array_source
from specks.drift.canvas import Canvas
from specks.drift.corrected import CorrectedImages

SHIFT = (0.7, 3.3, -7.6)
#: Against SciPy at the same order: nobody should have a reason to shift frames with it.
GOALS = {0: 10.0, 1: 5.0, 3: 10.0}
BORDER = 12


def run(quick: bool) -> list[Row]:
    """A row for each type, order and dimension, and one for a peer of each order."""
    side = 256 if quick else 1024
    rng = np.random.default_rng(0)
    frame = rng.uniform(0, 200, (side, side)).astype(np.float32)
    volume = rng.uniform(0, 200, (16, side // 2, side // 2)).astype(np.float32)
    labels = np.kron(rng.integers(0, 99, (side // 16, side // 16)), np.ones((16, 16), int)).astype(np.int32)
    cases = [
        ("labels", labels, 0),
        ("float32", frame, 1),
        ("uint16", frame.astype(np.uint16), 1),
        ("float32", frame, 3),
        ("float32 with NaN", np.where(frame > 199.9, np.nan, frame), 1),
        ("float32 volume", volume, 1),
    ]
    rows: list[Row] = []
    for what, pixels, order in cases:
        rows.append(_row(what, pixels, order, quick))
    rows += _others(frame)
    return rows


def _row(what: str, pixels: np.ndarray, order: int, quick: bool) -> Row:
    """Ours and SciPy's on one frame; cubic splines of SciPy are another kind of cubic."""
    from scipy import ndimage

    shift = np.array(SHIFT[-pixels.ndim :])
    corrected = _corrected(pixels, shift, order)
    ours = cpu(lambda: corrected[0], 5)
    theirs = cpu(lambda: ndimage.shift(pixels, -shift, order=order), 3)
    inner = (slice(BORDER, -BORDER),) * 2
    off = np.abs(ours.result[..., *inner].astype(float) - theirs.result[..., *inner])
    row = {
        "what": f"{what}, order {order}, {'x'.join(map(str, pixels.shape))}",
        "ours, CPU ms": 1e3 * ours.warm,
        "scipy.ndimage.shift, CPU ms": 1e3 * theirs.warm,
        "ratio": theirs.warm / ours.warm,
        "largest difference": float(np.nanmax(off[2:-2] if pixels.ndim == 3 else off)) if order < 3 else None,
    }
    goal = GOALS[order]
    return row if quick else row | {"goal": f">= {goal:g}", "ok": row["ratio"] >= goal}


def _others(frame: np.ndarray) -> list[Row]:
    """Peers that others use for it, on the float32 frame."""
    from skimage.transform import AffineTransform, warp

    shift = np.array(SHIFT[1:])
    corrected = _corrected(frame, shift, 1)
    ours = cpu(lambda: corrected[0], 5)
    transform = AffineTransform(translation=shift[::-1])
    theirs = cpu(lambda: warp(frame, transform, order=1, preserve_range=True), 3)
    rows: list[Row] = [_beside("skimage.transform.warp, order 1", ours.warm, theirs.warm)]
    try:
        import cv2
    except ImportError:
        return rows
    cv2.setNumThreads(1)
    matrix = np.array([[1, 0, -shift[1]], [0, 1, -shift[0]]])
    size = frame.shape[::-1]
    theirs = cpu(lambda: cv2.warpAffine(frame, matrix, size, flags=cv2.INTER_LINEAR), 3)
    return [*rows, _beside("cv2.warpAffine, linear", ours.warm, theirs.warm)]


def _beside(what: str, ours: float, theirs: float) -> Row:
    return {"what": what, "ours, CPU ms": 1e3 * ours, "theirs, CPU ms": 1e3 * theirs, "ratio": theirs / ours}


def _corrected(pixels: np.ndarray, shift: np.ndarray, order: int) -> CorrectedImages:
    axes = "tzyx" if pixels.ndim == 3 else "tyx"
    canvas = Canvas((0,) * pixels.ndim, pixels.shape)
    return CorrectedImages(array_source(pixels[np.newaxis], axes), shift[np.newaxis], canvas, order)
