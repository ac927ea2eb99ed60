"""What a pixel counts: the same for all, less where it lies far off, or as its shot noise says.

Weights belong to a set of parameters. A step is judged with those of where it starts and, once taken, they
are made anew: for the robust losses each such step lowers the loss itself, and for counts it rests where the
likelihood of Poisson has no slope.
"""

from __future__ import annotations

import math

from specks._core.kernel import summing_kernel
from specks.refinement.fit.arrays import Floats

__all__ = ["CAUCHY", "LINEAR", "POISSON", "SOFT_L1", "weigh"]

LINEAR, SOFT_L1, CAUCHY, POISSON = 0, 1, 2, 3
#: Median of the distances of normal numbers from their median, in standard deviations.
MEDIAN_DISTANCE = 0.6744897501960817
#: Variance in squared events that a pixel has at least, so that dark ones do not count for ever more.
LEAST_EVENTS = 0.1


@summing_kernel
def middle(numbers: Floats) -> float:
    """The number that half of the others are not above; they are put in another order."""
    low, high, wanted = 0, len(numbers) - 1, len(numbers) // 2
    while low < high:
        pivot, i, j = numbers[(low + high) // 2], low, high
        while i <= j:
            while numbers[i] < pivot:
                i += 1
            while numbers[j] > pivot:
                j -= 1
            if i <= j:
                numbers[i], numbers[j] = numbers[j], numbers[i]
                i += 1
                j -= 1
        if wanted <= j:
            high = j
        elif wanted >= i:
            low = i
        else:
            break
    return numbers[wanted]  # type: ignore[no-any-return]


@summing_kernel
def scale_of(residual: Floats, room: Floats) -> float:
    """Standard deviation of residuals by the median of their sizes; above 0 where they are not all 0.

    `room` is as long, and what it held is lost.
    """
    if len(residual) == 0:
        return 0.0
    total = 0.0
    for p in range(len(residual)):
        room[p] = abs(residual[p])
        total += residual[p] * residual[p]
    scale = middle(room) / MEDIAN_DISTANCE
    return scale if scale > 0.0 else math.sqrt(total / len(residual))


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
) -> tuple[float, float, float]:
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

    Returns
    -------
    judged, cost, count : float
        Sum of squared residuals with the old weights and with the new ones, and the sum of the new ones.
    """
    judged, cost, count, pixels = 0.0, 0.0, 0.0, len(residual)
    scale = 0.0 if loss == POISSON else scale_of(residual, weighed)
    if loss == POISSON:
        least = LEAST_EVENTS * gain * gain
        for p in range(pixels):
            new_weight[p] = 1.0 / max(gain * (value[p] - residual[p] - offset), least)
    elif scale == 0.0:
        for p in range(pixels):
            new_weight[p] = 1.0
    elif loss == SOFT_L1:
        for p in range(pixels):
            new_weight[p] = 1.0 / math.sqrt(1.0 + (residual[p] / scale) ** 2)
    else:
        for p in range(pixels):
            new_weight[p] = 1.0 / (1.0 + (residual[p] / scale) ** 2)
    for p in range(pixels):
        weighed[p] = new_weight[p] * residual[p]
        judged += weight[p] * residual[p] * residual[p]
        cost += weighed[p] * residual[p]
        count += new_weight[p]
    return judged, cost, count
