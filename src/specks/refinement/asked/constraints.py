"""Constraints as they were given, checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from specks._core.checks import nearest
from specks._core.errors import InputError
from specks.refinement import constraints as ready

__all__ = ["Constraint", "as_constraints"]

READY = {"dimer": ready.dimer, "trimer": ready.trimer, "tetramer": ready.tetramer}
KEYS = ("type", "fun", "args", "cluster_size", "jac", "length")


@dataclass(frozen=True)
class Constraint:
    """What clusters must meet.

    Parameters
    ----------
    fun : callable
        Of (clusters, features, parameters), the common length where there is one, and `args`.
    args : tuple
    equal : bool
        Whether it must be 0; else it must not be below.
    cluster_size : int or None
        Of which clusters it is demanded; None for all.
    length : bool
        Whether a length that all clusters share is to be found with it.
    """

    fun: Callable[..., Any]
    args: tuple[Any, ...] = ()
    equal: bool = True
    cluster_size: int | None = None
    length: bool = False


def as_constraints(given: Any, dimensions: int) -> tuple[Constraint, ...]:
    """The constraints that a call asks for.

    Parameters
    ----------
    given : mapping, sequence of mapping, or None
        Arrangements with their distances, or dicts with functions.
    dimensions : int
        Axes of the positions.

    Raises
    ------
    InputError
        When one has no function, or an unknown key or type.
    """
    if given is None:
        return ()
    if isinstance(given, Mapping) and "fun" not in given and "type" not in given:
        return _arranged(given, dimensions)
    dicts = [given] if isinstance(given, Mapping) else list(given)
    faults = [fault for k, one in enumerate(dicts) for fault in _faults(k, one)]
    if faults:
        raise InputError(faults)
    return tuple(
        Constraint(
            one["fun"],
            tuple(one.get("args") or ()),
            one.get("type", "eq") == "eq",
            one.get("cluster_size"),
            bool(one.get("length", False)),
        )
        for one in dicts
    )


def _arranged(given: Mapping[str, Any], dimensions: int) -> tuple[Constraint, ...]:
    known = (*READY, "dimer_global")
    strange = [name for name in given if name not in known]
    if strange:
        raise InputError(
            [
                f"constraints names {name!r}{nearest(str(name), known)}; arrangements are {', '.join(known)}"
                for name in strange
            ]
        )
    found: list[dict[str, Any]] = []
    for name, dist in given.items():
        if name == "dimer_global":
            found += ready.dimer_global(1.0 if dist in (None, True) else dist, dimensions)
        else:
            found += READY[name](dist, dimensions)
    return as_constraints(found, dimensions)


def _faults(k: int, one: Any) -> list[str]:
    if not isinstance(one, Mapping):
        return [f"constraint {k} is {type(one).__name__}; it must be a dict with type and fun"]
    faults = [
        f"constraint {k} has the key {key!r}{nearest(str(key), KEYS)}; it takes {', '.join(KEYS[:4])}"
        for key in one
        if key not in KEYS
    ]
    if not callable(one.get("fun")):
        faults.append(
            f"constraint {k} has no fun; it must be a function of an array (clusters, features, parameters)"
        )
    if one.get("type", "eq") not in ("eq", "ineq"):
        faults.append(f"constraint {k} has the type {one['type']!r}; it must be 'eq' or 'ineq'")
    return faults
