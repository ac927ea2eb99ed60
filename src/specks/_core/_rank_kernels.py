"""Numbers by their rank, without putting all in order."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from specks._core.kernel import kernel

__all__ = ["quantile", "ranked"]

Floats: TypeAlias = npt.NDArray[np.float64]


@kernel
def ranked(numbers: Floats, wanted: int) -> float:
    """The number that `wanted` others are not above; they are put in another order."""
    low, high = 0, len(numbers) - 1
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


@kernel
def quantile(numbers: Floats, part: float) -> float:
    """A quantile, between two numbers where it falls there; they are put in another order."""
    at = part * (len(numbers) - 1)
    low = math.floor(at)
    one = ranked(numbers, low)
    two = ranked(numbers, min(low + 1, len(numbers) - 1))
    return one + (at - low) * (two - one)
