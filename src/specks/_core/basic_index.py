"""Indexing by integers, slices and an ellipsis, for what computes its pixels where it is looked at."""

from __future__ import annotations

import operator
from typing import Any

__all__ = ["bounds", "full_key", "within"]


def full_key(key: Any, ndim: int) -> tuple[Any, ...]:
    """One integer or slice an axis.

    Raises
    ------
    IndexError
        When there are too many, or one is neither an integer, a slice nor an ellipsis.

    Examples
    --------
    >>> full_key((..., 3), 3)
    (slice(None, None, None), slice(None, None, None), 3)
    """
    keys = key if isinstance(key, tuple) else (key,)
    dots = [i for i, k in enumerate(keys) if k is Ellipsis]
    if len(dots) > 1 or len(keys) - len(dots) > ndim:
        raise IndexError(f"there are {len(keys)} indices for {ndim} axes")
    at = dots[0] if dots else len(keys)
    keys = (*keys[:at], *(slice(None),) * (ndim - len(keys) + len(dots)), *keys[at + 1 :])
    return tuple(k if isinstance(k, slice) else _integer(k) for k in keys)


def _integer(key: Any) -> int:
    try:
        return operator.index(key)
    except TypeError as error:
        raise IndexError(
            f"the index {key!r} is no integer, slice or ellipsis; np.asarray reads all"
        ) from error


def bounds(key: Any, n: int) -> tuple[int, int]:
    """Range along an axis of length `n` that holds everything that a key asks for."""
    if not isinstance(key, slice):
        i = range(n)[key]
        return i, i + 1
    picked = range(n)[key]
    return (min(picked[0], picked[-1]), max(picked[0], picked[-1]) + 1) if picked else (0, 0)


def within(key: Any) -> Any:
    """What to take of that range."""
    return slice(None, None, key.step) if isinstance(key, slice) else 0
