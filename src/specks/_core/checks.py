"""Check arguments against a spec: every fault at once, in words."""

from __future__ import annotations

import difflib
import math
import reprlib
from collections.abc import Hashable, Iterable, Mapping, Set
from numbers import Integral, Real
from typing import Any

from specks._core.errors import InputError
from specks._core.spec import Kind, ParamSpec, StepSpec

__all__ = ["bind", "check", "corrections_fault", "expected", "nearest"]

#: Whole numbers end here: files and kernels keep them in 64 bits.
LARGEST = 2**63 - 1


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint such as ``"; did you mean 'diameter'?"``, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def bind(spec: StepSpec, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a call into values of all parameters, defaults filled in.

    Raises
    ------
    InputError
        With every unknown name, doubled, missing or unusable value.
    """
    faults: list[str] = []
    names = [p.name for p in spec.params]
    if len(args) > len(names):
        faults.append(f"{spec.name} takes at most {len(names)} arguments, {len(args)} were given")
    values = dict(zip(names, args, strict=False))
    old = {alias: p.name for p in spec.params for alias in p.limits.aliases}
    for given, value in kwargs.items():
        name = old.get(given, given)
        if name not in names:
            faults.append(f"no parameter {given!r}{nearest(given, [*names, *old])}")
        elif name in values:
            faults.append(f"{name} was given twice")
        else:
            values[name] = value
    settings = {p.name for p in spec.settings}
    values = {n: _as_python(v) if n in settings else v for n, v in values.items()}
    for p in spec.params:
        if p.required and p.name not in values:
            faults.append(f"{p.name} is missing: {_what(p)}")
        values.setdefault(p.name, p.default)
    faults += check(
        spec,
        {n: v for n, v in values.items() if not spec.param(n).required or v is not spec.param(n).default},
    )
    if faults:
        raise InputError(faults)
    return values


def check(spec: StepSpec, values: Mapping[str, Any]) -> list[str]:
    """Faults of values, one sentence each; an empty list when all is well."""
    faults: list[str] = []
    for name, value in values.items():
        known = {p.name: p for p in spec.params}
        if name not in known:
            faults.append(f"no parameter {name!r}{nearest(name, known)}")
            continue
        fault = _fault(known[name], value)
        if fault:
            faults.append(f"{name} {fault}")
    return faults


def _as_python(value: Any) -> Any:
    """NumPy's numbers and rows of numbers as Python's, so that engines and files meet one kind."""
    import numpy as np  # not before it is needed: help at the shell does without

    few = isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim < 2)
    return value.tolist() if few else value


def _shown(value: Any) -> str:
    """A value in a sentence; long ones are cut."""
    short = reprlib.Repr()
    short.maxstring = short.maxother = 80
    short.maxlong = 40
    return short.repr(value)


def _what(p: ParamSpec) -> str:
    return p.help.split(". ")[0].rstrip(".").lower() if p.help else "it is required"


def _fault(p: ParamSpec, value: Any) -> str | None:
    if p.kind is Kind.CORRECTIONS and value is not None:
        return corrections_fault(value)
    if p.kind in (Kind.DATA, Kind.CORRECTIONS, Kind.OUT, Kind.RUNTIME):
        return "is None, but it is required" if value is None and p.required else None
    if value is None:
        return None if p.optional else f"is None; it must be {expected(p)}"
    if isinstance(value, str) and value in p.choices:
        return None
    if p.kind is Kind.CHOICE:
        if p.limits.objects and not isinstance(value, str | bytes | Real | Mapping | Set | list | tuple):
            return None
        hint = nearest(value, [str(c) for c in p.choices]) if isinstance(value, str) else ""
        known = isinstance(value, Hashable) and value in p.choices
        return None if known else f"is {_shown(value)}; it must be {expected(p)}{hint}"
    if p.kind is Kind.BOOL:
        return None if isinstance(value, bool) else f"is {_shown(value)}; it must be True or False"
    if p.kind is Kind.TEXT:
        return None if isinstance(value, str) else f"is {_shown(value)}; it must be text"
    if p.kind is Kind.MAPPING:
        several = p.limits.objects and isinstance(value, list | tuple)
        return (
            None
            if several or isinstance(value, Mapping)
            else f"is {_shown(value)}; it must be a mapping of names to values"
        )
    if p.kind in (Kind.PER_AXIS, Kind.SEQUENCE):
        return _sequence_fault(p, value)
    return _number_fault(p, value, whole=p.kind is Kind.INT)


def corrections_fault(value: Any) -> str | None:
    """Why a value is no log of corrections."""
    from specks._core.corrections import Corrections  # which needs this module

    if isinstance(value, Corrections):
        return None
    return f"is {_shown(value)}; it must be Corrections; specks.load_corrections reads them from a file"


def _sequence_fault(p: ParamSpec, value: Any) -> str | None:
    if p.kind is Kind.PER_AXIS and isinstance(value, Real):
        return _number_fault(p, value)
    if isinstance(value, str | bytes | bytearray | Mapping | Set) or not isinstance(value, Iterable):
        return f"is {_shown(value)}; it must be {expected(p)}"
    items = list(value)
    if not items and p.kind is Kind.PER_AXIS:
        return f"is empty; it must be {expected(p)}"
    for item in items:
        if p.element is str:
            fault = (
                None
                if isinstance(item, str)
                else f"has the element {_shown(item)}; every element must be text"
            )
        else:
            fault = _number_fault(p, item, whole=p.element is int, element=True)
        if fault:
            return fault
    return None


def _number_fault(p: ParamSpec, value: Any, *, whole: bool = False, element: bool = False) -> str | None:
    verb = "has the element" if element else "is"
    limits = p.limits
    if isinstance(value, bool) or not isinstance(value, Integral if whole else Real):
        return f"{verb} {_shown(value)}; it must be {expected(p)}"
    if isinstance(value, Integral) and abs(int(value)) > LARGEST:
        return f"{verb} {_shown(value)}; whole numbers end at {LARGEST}"
    number = float(value)
    below = limits.ge is not None and number < limits.ge
    at = limits.gt is not None and number <= limits.gt
    above = limits.le is not None and number > limits.le
    if math.isnan(number) or below or at or above or math.isinf(number):
        return f"{verb} {number:g}; it must be {expected(p)}"
    return None


def expected(p: ParamSpec) -> str:
    """What a parameter takes, in words."""
    words = [repr(c) for c in p.choices]
    if p.kind is Kind.CHOICE:
        return _or(words)
    limits, ranges = p.limits, []
    if limits.gt is not None:
        ranges.append(f"above {limits.gt:g}")
    if limits.ge is not None and limits.le is not None:
        ranges.append(f"from {limits.ge:g} to {limits.le:g}")
    elif limits.ge is not None:
        ranges.append(f"{limits.ge:g} or more")
    elif limits.le is not None:
        ranges.append(f"at most {limits.le:g}")
    noun = {
        Kind.INT: "a whole number",
        Kind.PER_AXIS: "a number or one per spatial axis",
        Kind.SEQUENCE: "a sequence of text" if p.element is str else "a sequence of numbers",
    }.get(p.kind, "a number")
    phrase = f"{noun}, {' and '.join(ranges)}" if ranges else noun
    return _or([phrase, *words] + (["None"] if p.optional else []))


def _or(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
