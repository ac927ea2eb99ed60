"""How every numba kernel of specks is compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

__all__ = ["kernel"]

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile `function` without the GIL and cache it on disk.

    numba's own parallel loops are not used: two of them at once can abort the process.
    Parallel work goes through `specks._core.blocks.map_blocks`.
    """
    return cast(F, numba.njit(nogil=True, cache=True)(function))
