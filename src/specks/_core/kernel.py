"""How every numba kernel of specks is compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

__all__ = ["kernel", "summing_kernel"]

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile `function` without the GIL and cache it on disk.

    numba's own parallel loops are not used: two of them at once can abort the process.
    Parallel work goes through `specks._core.blocks.map_blocks`.
    """
    return cast(F, numba.njit(nogil=True, cache=True)(function))


def summing_kernel(function: F) -> F:
    """Compile `function` as `kernel` does, and let sums be taken in another order.

    Sums over many numbers are then several times faster, and differ in their last bits from one kind of
    processor to another, never from one run to the next. A division by zero gives infinity or NaN.
    """
    fast = {"reassoc", "contract", "nsz"}
    return cast(F, numba.njit(nogil=True, cache=True, error_model="numpy", fastmath=fast)(function))
