"""The two diameters of refinement, each derived from the other until a person says otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["LOCATE", "REFINE", "apart_of", "locate_of", "odd", "refine_of"]

#: A feature is located in twice its size, fitted in four and a half times its size; others are looked for from
#: six tenths of the first on.
LOCATING, FITTING, APART = 2.0, 4.5, 0.6
#: What is tried before anything is known of an image.
LOCATE = 9
REFINE = 21


def odd(value: float, least: int = 3) -> int:
    """The odd number nearest to a length."""
    return max(least, 2 * round((value - 1) / 2) + 1)


def refine_of(locating: Any) -> Any:
    """The diameter to fit in for one to locate in, a number an axis if that has several."""
    return _each(locating, lambda d: odd(d * FITTING / LOCATING, 5))


def locate_of(fitting: Any) -> Any:
    """The diameter to locate in for one to fit in."""
    return _each(fitting, lambda d: odd(d * LOCATING / FITTING))


def apart_of(locating: Any) -> Any:
    """How far apart touching features are looked for."""
    return _each(locating, lambda d: round(APART * d, 1))


def _each(value: Any, rule: Any) -> Any:
    """A rule for one number or for each of several; None where there is no length."""
    values = np.atleast_1d(np.asarray(value, object))
    try:
        found = tuple(rule(float(v)) for v in values)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if isinstance(value, tuple | list) else found[0]
