"""Take out noise and slow changes of brightness."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks.refinement.finding._bandpass_kernels import bandpass_plane

__all__ = ["bandpass"]

#: Standard deviations at which the Gaussian ends.
TRUNCATE = 4


def bandpass(
    image: npt.NDArray[Any],
    noise: tuple[float, float, float],
    smoothing: tuple[int, int, int],
    threshold: float,
) -> npt.NDArray[np.float64]:
    """A Gaussian minus a moving average, and 0 where that is below a threshold.

    The average of whole numbers is cut to a whole number after each axis. Beyond the border the Gaussian sees
    nothing and the average the border's pixels.

    Parameters
    ----------
    image : array, shape (z, y, x)
    noise : tuple of three float
        Standard deviation of the Gaussian; 0 leaves an axis as it is.
    smoothing : tuple of three int
        Odd width of the average; 1 leaves an axis as it is.
    threshold : float

    Returns
    -------
    numpy.ndarray of float64, shape (z, y, x)
    """
    ground = smooth = image
    if len(image) > 1:
        from scipy.ndimage import correlate1d, uniform_filter1d

        along = one_side(noise[0])
        smooth = correlate1d(
            image.astype(np.float64), np.concatenate([along[:0:-1], along]), axis=0, mode="constant"
        )
        if smoothing[0] > 1:
            ground = uniform_filter1d(image, smoothing[0], axis=0, mode="nearest")
    weights = one_side(noise[1]), one_side(noise[2])
    width = image.shape[2]
    work = np.zeros((3, width + 2 * len(weights[1])))
    line = np.empty(width, image.dtype)
    out = np.empty(image.shape, np.float64)
    for z in range(len(image)):
        bandpass_plane(smooth[z], ground[z], weights, smoothing[1:], threshold, work, line, out[z])
    return out


def one_side(sigma: float) -> npt.NDArray[np.float64]:
    """Weights of a Gaussian, its middle and one side."""
    if sigma == 0:
        return np.ones(1)
    x = np.arange(int(TRUNCATE * sigma + 0.5) + 1)
    x = np.concatenate([-x[:0:-1], x])
    weights = np.exp(x**2 / (-2 * sigma**2))
    weights /= weights.sum()
    return np.ascontiguousarray(weights[len(x) // 2 :])
