"""How a sample moves under the microscope: a path from frame to frame."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Motion", "path"]


@dataclass(frozen=True, kw_only=True)
class Motion:
    """What a path is made of; all lengths in pixels.

    Parameters
    ----------
    travel : float
        Steady drift over the whole series, along the axis that moves most; its direction is drawn.
    wander : float
        Standard deviation along each axis of the random step from frame to frame; steps add up.
    jitter : float
        Standard deviation along each axis of a vibration, which does not add up.
    jump : float
        Length of a sudden move of the stage, in a drawn direction.
    jumps : int
        How many there are, evenly spread over the series.
    """

    travel: float = 20.0
    wander: float = 0.4
    jitter: float = 0.1
    jump: float = 0.0
    jumps: int = 0


def path(motion: Motion, frames: int, ndim: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Draw a path.

    Parameters
    ----------
    motion : Motion
    frames : int
    ndim : int
        Spatial axes.
    rng : numpy.random.Generator

    Returns
    -------
    (frames, ndim) array of float
        Where the sample is, in pixels from where it is in frame 0.
    """
    direction = _direction(ndim, rng)
    line = np.linspace(0.0, motion.travel, frames)[:, None] * direction / np.abs(direction).max()
    steps = motion.wander * rng.standard_normal((frames, ndim))
    steps[0] = 0.0
    for k in range(motion.jumps):
        frame = round((k + 1) * frames / (motion.jumps + 1))
        if 0 < frame < frames:
            steps[frame] += motion.jump * _direction(ndim, rng)
    drift = line + np.cumsum(steps, axis=0) + motion.jitter * rng.standard_normal((frames, ndim))
    moved: npt.NDArray[np.float64] = drift - drift[0]
    return moved


def _direction(ndim: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """A unit vector, every direction alike."""
    vector = rng.standard_normal(ndim)
    unit: npt.NDArray[np.float64] = vector / math.sqrt(float(vector @ vector))
    return unit
