"""What a pixel counts: the same for all, less where it lies far off, or as its shot noise says.

Weights belong to a set of parameters. A step is judged with those of where it starts and, once taken, they
are made anew: for the robust losses each such step lowers the loss itself, and for counts it rests where the
likelihood of Poisson has no slope.
"""

from __future__ import annotations

import math

from specks._core._rank_kernels import ranked
from specks._core.kernel import summing_kernel
from specks.refinement.fit.arrays import Floats

__all__ = ["CAUCHY", "LINEAR", "POISSON", "SOFT_L1", "weigh"]

LINEAR, SOFT_L1, CAUCHY, POISSON = 0, 1, 2, 3
#: Median of the distances of normal numbers from their median, in standard deviations.
MEDIAN_DISTANCE = 0.6744897501960817
#: Variance in squared events that a pixel has at least, so that dark ones do not count for ever more.
LEAST_EVENTS = 0.1
#: A guessed median is looked for within this part of itself.
NEAR = 0.12
#: How much longer a step is at most than reweighted squares say; below 2 it always lowers the loss.
FARTHEST = 1.9


@summing_kernel
def middle_size(residual: Floats, room: Floats, guess: float) -> float:
    """The size that half of the residuals do not exceed; sought near `guess` first, which is faster."""
    pixels, wanted = len(residual), len(residual) // 2
    low, high, below, within = guess * (1.0 - NEAR), guess * (1.0 + NEAR), 0, 0
    for p in range(pixels):
        size = abs(residual[p])
        room[within] = size
        below += size < low
        within += (size >= low) & (size < high)
    if below <= wanted < below + within:
        return ranked(room[:within], wanted - below)
    for p in range(pixels):
        room[p] = abs(residual[p])
    return ranked(room, wanted)


@summing_kernel
def scale_of(residual: Floats, room: Floats, guess: Floats) -> float:
    """Standard deviation of residuals by the median of their sizes; above 0 where they are not all 0.

    `room` is as long, and what it held is lost. `guess` holds the median that was found last, wherever that was: it
    says where to look first.
    """
    if len(residual) == 0:
        return 0.0
    size = middle_size(residual, room, guess[0])
    if size > 0.0:
        guess[0] = size
        return size / MEDIAN_DISTANCE
    total = 0.0
    for p in range(len(residual)):
        total += residual[p] * residual[p]
    return math.sqrt(total / len(residual))


@summing_kernel
def weigh(
    loss: int,
    gain: float,
    offset: float,
    value: Floats,
    weight: Floats,
    new_weight: Floats,
    residual: Floats,
    weighed: Floats,
    guess: Floats,
) -> tuple[float, float, float, float]:
    """Weigh the residuals of a cluster anew.

    Parameters
    ----------
    loss : int
        Not LINEAR.
    gain, offset : float
        Gray levels an event, and those of none.
    value : array (pixels,) of float64
        Gray levels.
    weight, new_weight : array (pixels,) of float64
        Weights as they were; the new ones are filled.
    residual, weighed : array (pixels,) of float64
        Image less model; filled with that times the new weights.
    guess : array (1,) of float64
        As for `scale_of`.

    Returns
    -------
    judged, cost, count : float
        Sum of squared residuals with the old weights and with the new ones, and the sum of the new ones.
    stride : float
        How much farther the minimum of a robust loss lies than that of the weighted squares. Weights fall as
        residuals grow, so the loss is less curved than the squares are, by the mean of its curvature to the weights.
    """
    judged, cost, count, pixels = 0.0, 0.0, 0.0, len(residual)
    scale = 0.0 if loss == POISSON else scale_of(residual, weighed, guess)
    inverse = 1.0 / scale if scale > 0.0 else 0.0
    if loss == POISSON:
        least = LEAST_EVENTS * gain * gain
        for p in range(pixels):
            new_weight[p] = 1.0 / max(gain * (value[p] - residual[p] - offset), least)
    elif scale == 0.0:
        for p in range(pixels):
            new_weight[p] = 1.0
    elif loss == SOFT_L1:
        for p in range(pixels):
            new_weight[p] = 1.0 / math.sqrt(1.0 + (residual[p] * inverse) ** 2)
    else:
        for p in range(pixels):
            new_weight[p] = 1.0 / (1.0 + (residual[p] * inverse) ** 2)
    for p in range(pixels):
        weighed[p] = new_weight[p] * residual[p]
        judged += weight[p] * residual[p] * residual[p]
        cost += weighed[p] * residual[p]
        count += new_weight[p]
    if loss == POISSON or scale == 0.0:
        return judged, cost, count, 1.0
    curved = 0.0
    for p in range(pixels):
        w = new_weight[p]
        curved += w * w * w if loss == SOFT_L1 else w * (2.0 * w - 1.0)
    return judged, cost, count, min(count / max(curved, count / FARTHEST), FARTHEST)
