"""Drift by OpenCV: phaseCorrelate of consecutive frames, and ECC to the first frame."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np

__all__ = ["METHODS"]


def phase(images: np.ndarray) -> np.ndarray:
    """phaseCorrelate of each frame with the one before under a Hanning window, added up."""
    size = images.shape[2], images.shape[1]
    window = cv2.createHanningWindow(size, cv2.CV_32F)
    gray = images.astype(np.float32)
    steps = [np.zeros(2)]
    for before, now in pairwise(gray):
        (x, y), _ = cv2.phaseCorrelate(before, now, window)
        steps.append(np.array([y, x]))
    return np.cumsum(steps, axis=0)


def ecc(images: np.ndarray) -> np.ndarray:
    """Enhanced correlation to the first frame, started at where the frame before was found.

    A frame for which it does not converge keeps its start.
    """
    gray = images.astype(np.float32)
    until = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 200, 1e-6)
    found = [np.zeros(2)]
    for frame in gray[1:]:
        warp = np.eye(2, 3, dtype=np.float32)
        warp[:, 2] = found[-1][::-1]
        try:
            _, warp = cv2.findTransformECC(gray[0], frame, warp, cv2.MOTION_TRANSLATION, until, None, 5)
            found.append(warp[::-1, 2].astype(float))
        except cv2.error:
            found.append(found[-1])
    return np.array(found)


METHODS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "OpenCV phaseCorrelate": phase,
    "OpenCV ECC to first": ecc,
}
