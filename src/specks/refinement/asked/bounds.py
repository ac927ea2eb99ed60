"""Bounds of parameters, written out for every feature.

A bound is absolute (``x``), a difference from the start (``x_diff``) or a part of it (``x_rel_diff``); trackpy
writes the second ``x_abs`` and the third, as a factor, ``x_rel``. The interval is what all of them allow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from specks._core.checks import nearest
from specks._core.errors import InputError
from specks.refinement.asked.parameters import Parameters, distributed
from specks.refinement.fit.arrays import Floats

__all__ = ["SUFFIXES", "bound_arrays"]

#: Endings of keys, and the other spelling of the same.
SUFFIXES = ("_rel_diff", "_diff", "_rel", "_abs")
OTHER = {"_diff": "_abs", "_rel_diff": "_rel"}


def bound_arrays(
    bounds: Mapping[str, Any] | None,
    parameters: Parameters,
    start: Floats,
    labels: Sequence[Any],
    radius: Floats,
    default: Mapping[str, tuple[float, float]],
) -> tuple[Floats, Floats]:
    """Lower and upper bounds of every parameter of every feature.

    Parameters
    ----------
    bounds : mapping, optional
        As it was given.
    parameters : Parameters
    start : array (features, parameters) of float64
        Where the fit begins; NaN where that is not known.
    labels : sequence
        Names of the features in messages.
    radius : array (3,) of float64
        Half axes of the mask: how far a position may go where nothing else is said.
    default : mapping of str to (low, high)
        Absolute bounds of the other parameters where nothing else is said.

    Returns
    -------
    lower, upper : array (features, parameters) of float64

    Raises
    ------
    InputError
        When a key is unknown, both spellings are mixed, or an interval is empty.
    """
    given = dict(bounds or {})
    faults = _unknown(given, parameters) + _mixed(given)
    if faults:
        raise InputError(faults)
    spread: dict[str, Any] = {}
    for suffix in ("", *SUFFIXES):
        own = {key: value for key, value in given.items() if _split(key, parameters)[1] == suffix}
        spread |= distributed(own, parameters, suffix)
    lower, upper = np.full(start.shape, -np.inf), np.full(start.shape, np.inf)
    for name, column in zip(parameters.names, parameters.columns, strict=True):
        low, high = lower[:, column], upper[:, column]
        _narrow_by_default(name, column, spread, parameters, start, radius, default, low, high)
        p0 = start[:, column]
        for suffix in SUFFIXES:
            if name + suffix in spread:
                _narrow(suffix, *_pair(name + suffix, spread[name + suffix]), p0, low, high)
        if name in spread:
            a, b = _pair(name, spread[name], scalar_fixes=True)
            np.fmax(low, a, out=low)
            np.fmin(high, b, out=high)
    _check(parameters, lower, upper, labels)
    return lower, upper


def _split(key: str, parameters: Parameters) -> tuple[str, str]:
    """The parameter and the ending of a key."""
    names = {*parameters.names, "pos", "size"}
    if key in names:
        return key, ""
    for suffix in SUFFIXES:
        if key.endswith(suffix) and key[: -len(suffix)] in names:
            return key[: -len(suffix)], suffix
    return key, "?"


def _unknown(given: Mapping[str, Any], parameters: Parameters) -> list[str]:
    names = tuple(dict.fromkeys((*parameters.names, "pos", "size")))
    known = [name + suffix for name in names for suffix in ("", *SUFFIXES)]
    return [
        f"bounds names {key!r}{nearest(str(key), known).rstrip('?')}; keys are a parameter ({', '.join(names)}), alone or "
        "with _diff or _rel_diff (in trackpy's spelling _abs or _rel)"
        for key in given
        if not isinstance(key, str) or _split(key, parameters)[1] == "?"
    ]


def _mixed(given: Mapping[str, Any]) -> list[str]:
    return [
        f"bounds has both {key!r} and {key.removesuffix(suffix) + other!r}; give one of them"
        for suffix, other in OTHER.items()
        for key in given
        if isinstance(key, str)
        and key.endswith(suffix)
        and (suffix != "_diff" or not key.endswith("_rel_diff"))
        and key.removesuffix(suffix) + other in given
    ]


def _pair(key: str, value: Any, scalar_fixes: bool = False) -> tuple[float, float]:
    """Both ends of a bound, NaN where one is not given."""
    try:
        pair = np.broadcast_to(np.asarray(value, np.float64), 2)
    except (TypeError, ValueError):
        raise InputError(f"bounds[{key!r}] is {value!r}; it must be a number or two") from None
    if not scalar_fixes and np.nanmin(pair, initial=0) < 0:
        raise InputError(f"bounds[{key!r}] is {value!r}; how far to go each way must not be negative")
    return float(pair[0]), float(pair[1])


def _narrow_by_default(
    name: str,
    column: int,
    spread: Mapping[str, Any],
    parameters: Parameters,
    start: Floats,
    radius: Floats,
    default: Mapping[str, tuple[float, float]],
    low: Floats,
    high: Floats,
) -> None:
    """What holds where nothing else is said; a difference replaces it for positions, anything for the rest."""
    if name in parameters.positions:
        if name + "_diff" in spread or name + "_abs" in spread:
            return
        half = radius[3 - len(parameters.positions) + parameters.positions.index(name)]
        low[:], high[:] = start[:, column] - half, start[:, column] + half
    elif name not in spread:
        group = "size" if name in parameters.sizes else name
        low[:], high[:] = default.get(group, (-np.inf, np.inf))


def _narrow(suffix: str, a: float, b: float, p0: Floats, low: Floats, high: Floats) -> None:
    """Narrow an interval by one about the start."""
    if suffix in ("_diff", "_abs"):
        one, two = p0 - a, p0 + b
    elif suffix == "_rel_diff":
        one, two = p0 * (1 - a), p0 * (1 + b)
    else:
        one, two = p0 / a, p0 * b
    reversed_ = one > two
    np.fmax(low, np.where(reversed_, two, one), out=low)
    np.fmin(high, np.where(reversed_, one, two), out=high)


def _check(parameters: Parameters, lower: Floats, upper: Floats, labels: Sequence[Any]) -> None:
    faults = []
    for name, column in zip(parameters.names, parameters.columns, strict=True):
        empty = np.flatnonzero(lower[:, column] > upper[:, column])
        if len(empty):
            row = empty[0]
            low, high = lower[row, column], upper[row, column]
            more = f" and of {len(empty) - 1} others" if len(empty) > 1 else ""
            label = labels[row].item() if isinstance(labels[row], np.generic) else labels[row]
            faults.append(
                f"bounds leave nothing for {name!r} of row {label!r}{more}: the interval is [{low:g}, {high:g}]"
            )
    if faults:
        raise InputError(faults)
