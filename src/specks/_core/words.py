"""Numbers in sentences."""

from __future__ import annotations

import math

__all__ = ["counted", "number", "with_error"]


def counted(number: int, what: str) -> str:
    """A number with its noun.

    Examples
    --------
    >>> counted(1, "frame"), counted(0, "frame")
    ('1 frame', '0 frames')
    """
    return f"{number} {what}{'s' * (number != 1)}"


def number(value: float, decimals: int | None = None) -> str:
    """A number as people write it, with a proper minus: three digits, or so many decimals; whole from 1000 on.

    Examples
    --------
    >>> number(-0.01234), number(1234.5), number(20.3, 2), number(float("nan"))
    ('−0.0123', '1234', '20.30', '–')
    """
    if math.isnan(value):
        return "–"
    if decimals is not None:
        text = f"{value:.{decimals}f}"
    else:
        text = f"{value:.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.3g}"
    return text.replace("-", "−")


def with_error(value: float, error: float) -> str:
    """A number and its standard error, with the digits that the error leaves: two of it where it begins with 1.

    Examples
    --------
    >>> with_error(20.30123, 0.00421), with_error(1497.2, 12.4), with_error(3.0, float("nan"))
    ('20.301 ± 0.004', '1497 ± 12', '3.00')
    """
    if not (math.isfinite(error) and error > 0 and math.isfinite(value)):
        return number(value, _decimals(value, 3))
    decimals = _decimals(error, 2 if f"{error:e}".startswith("1") else 1)
    return f"{number(value, decimals)} ± {number(error, decimals)}"


def _decimals(value: float, digits: int) -> int:
    """Decimals that so many digits of a number have; none of what is large."""
    if not math.isfinite(value) or value == 0:
        return digits - 1
    return max(0, digits - 1 - math.floor(math.log10(abs(value))))
