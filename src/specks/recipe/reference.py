"""A step as tables of the manual."""

from __future__ import annotations

from collections.abc import Sequence

from specks._core.checks import expected
from specks._core.spec import Kind, ParamSpec, StepSpec

__all__ = ["parameter_table"]

KINDS = {Kind.CORRECTIONS: "corrections", Kind.OUT: "path or arrays"}
#: Where and how long a step runs is told by names that are the same in all steps.
RUNNING = {"executor": "executor", "cancel": "event"}


def parameter_table(spec: StepSpec) -> str:
    """Parameters and results of a step as Markdown tables.

    Parameters
    ----------
    spec : StepSpec

    Returns
    -------
    str

    Examples
    --------
    >>> from specks.measure import measure_objects
    >>> print(parameter_table(measure_objects.spec()).splitlines()[0])
    | parameter | takes | default | unit | what it is |
    """
    rows = [("parameter", "takes", "default", "unit", "what it is"), ("---",) * 5]
    rows += [(f"`{p.name}`", _takes(p), _default(p), _unit(p), p.help) for p in spec.params]
    results = [("result", "is", "what it is"), ("---",) * 3]
    results += [(f"`{r.name}`", r.role.value, r.help) for r in spec.results]
    return f"{_table(rows)}\n{_table(results)}"


def _takes(p: ParamSpec) -> str:
    if p.kind is Kind.DATA and p.role is not None:
        return p.role.value
    if p.kind is Kind.BOOL:
        return "True or False"
    if p.kind is Kind.TEXT:
        return "text or None" if p.optional else "text"
    if p.kind is Kind.MAPPING:
        return "mapping or None" if p.optional else "mapping"
    if p.kind is Kind.RUNTIME:
        return RUNNING[p.name]
    return KINDS.get(p.kind) or expected(p)


def _default(p: ParamSpec) -> str:
    return "required" if p.required else f"`{p.default!r}`"


def _unit(p: ParamSpec) -> str:
    return "of the image" if p.limits.unit == "length" else p.limits.unit or ""


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in rows)
